"""Many handouts at once: each is that of its own values; one that fails stops no other; a run that was stopped goes on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from derive import Network, derive, load
from derive.errors import DeriveError
from derive.report import many
from derive.report.many import ANSWERS, RECORD, Progress, all_made
from derive.report.options import Options
from derive.report.rows import Row, rows_of

ROOT = Path(__file__).resolve().parents[2]
MARKDOWN = Options(formats=("md",), engine="typst")
GIVEN = {"w": "0.5", "x": 1}
CLASS = [Row("anna", {"w_h": "0.5"}), Row("bo", {"w_h": "-1/2", "x": [1, 1]}), Row("cy", {})]


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {
        str(place.relative_to(folder)): place.read_bytes() for place in sorted(folder.rglob("*")) if place.is_file()
    }


def made(rows: list[Row], folder: Path, options: Options = MARKDOWN, executor: Executor | None = None) -> list[str]:
    """Make handouts of the Elman network at T = 2 in threads; return what became of each row in a word."""
    found = all_made(derive("elman", 2), options, rows, folder, executor or ThreadPoolExecutor(2))
    assert [each.row.name for each in found] == [row.name for row in rows]
    return ["failed" if each.failure else "kept" if each.kept else "made" for each in found]


def test_each_row_has_its_own_handout(tmp_path: Path) -> None:
    """The files of a row are those of a handout with its values, and the key has the loss and gradients that it prints."""
    assert made(CLASS, tmp_path / "many") == ["made"] * 3
    lesson = derive("elman", 2)
    for row in CLASS:
        lesson.report(tmp_path / "one" / row.name, values=row.values, formats=["md"])
    found = contents(tmp_path / "many")
    key = found.pop(ANSWERS).decode().splitlines()
    for row in CLASS:
        found.pop(f"{row.name}/{RECORD}")
    assert found == contents(tmp_path / "one")
    assert key[0] == "name,L,dL/dw_x,dL/dw_h,dL/dw_y"
    for row, line in zip(CLASS, key[1:], strict=True):
        example = lesson.evaluate(row.values)
        shown = [example.show(example.gradient(gradient.target)) for gradient in lesson.single_gradients.values()]
        assert line == ",".join([row.name, *map(str, (example.show(example.loss), *shown))])


def test_a_row_that_fails_is_named_and_stops_no_other(tmp_path: Path) -> None:
    """What is wrong with the values of one row is told of that row; the others have handouts, and answers in the key."""
    rows = [CLASS[0], Row("bad", {"w_h": "q"}), Row("odd", {"x": [1, 2, 3]}), CLASS[1]]
    found = all_made(derive("elman", 2), MARKDOWN, rows, tmp_path, ThreadPoolExecutor(2))
    assert [each.failure is None for each in found] == [True, False, False, True]
    assert "w_h has to be a number, not 'q'" in str(found[1].failure)
    assert not (tmp_path / "bad").exists()
    names = [line.partition(",")[0] for line in (tmp_path / ANSWERS).read_text().splitlines()]
    assert names == ["name", "anna", "bo"]


def test_what_stands_there_is_kept_if_it_was_made_of_the_same(tmp_path: Path) -> None:
    """A row is made again if its values, an option or what is read has changed, or a file of it is gone; else it stays."""
    assert made(CLASS, tmp_path) == ["made"] * 3
    before = contents(tmp_path)
    assert made(CLASS, tmp_path) == ["kept"] * 3
    assert contents(tmp_path) == before
    assert made([CLASS[0], Row("bo", {"w_h": "-0.4"}), CLASS[2]], tmp_path) == ["kept", "made", "kept"]
    assert made(CLASS, tmp_path, Options(formats=("md",), digits=6)) == ["made"] * 3
    (tmp_path / "cy" / "elman-T2.en.md").unlink()
    assert made(CLASS, tmp_path, Options(formats=("md",), digits=6)) == ["kept", "kept", "made"]
    (tmp_path / "bo" / RECORD).write_text("{")
    assert made(CLASS, tmp_path, Options(formats=("md",), digits=6)) == ["kept", "made", "kept"]


def test_a_heading_that_changes_is_read_anew(tmp_path: Path) -> None:
    """What stands above the title belongs to what a handout is made of."""
    heading = tmp_path / "heading.toml"
    options = Options(formats=("md",), heading=heading) if heading.write_text('course = "A"\n') else MARKDOWN
    assert made(CLASS[:1], tmp_path / "out", options) == ["made"]
    heading.write_text('course = "B"\n')
    assert made(CLASS[:1], tmp_path / "out", options) == ["made"]


def test_what_stands_beside_templates_stops_no_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Links to what cannot be read, and to nothing, are noted and not followed; too many files are one message."""
    own = tmp_path / "own"
    own.mkdir()
    (own / "out").symlink_to("/proc/self/mem")
    (own / "nowhere").symlink_to("nothing")
    options = replace(MARKDOWN, templates=own)
    assert made(CLASS[:1], tmp_path / "out", options) == ["made"]
    assert made(CLASS[:1], tmp_path / "out", options) == ["kept"]
    (own / "nowhere").unlink()
    (own / "nowhere").symlink_to("elsewhere")
    assert made(CLASS[:1], tmp_path / "out", options) == ["made"]
    with (own / "large").open("wb") as large:
        large.truncate(50_000_000_000)
    assert len(many._said(own, Path("large"))) <= 200_001
    assert made(CLASS[:1], tmp_path / "out", options) == ["made"]
    (own / "large").unlink()
    monkeypatch.setattr(many, "MOST_FILES", 1)
    with pytest.raises(DeriveError, match=r"own holds more than 1 files; those of templates are a few"):
        made(CLASS[:1], tmp_path / "out", options)


class Counting(ThreadPoolExecutor):
    """An executor that notes how many rows are under way at most."""

    most = under_way = 0

    def submit(self, *given: object, **more: object) -> Future[object]:  # type: ignore[override]
        """Take a row, and note it."""
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        future: Future[object] = super().submit(*given, **more)  # type: ignore[arg-type]
        future.add_done_callback(lambda _: setattr(self, "under_way", self.under_way - 1))
        return future


def test_few_rows_are_under_way(tmp_path: Path) -> None:
    """However many rows there are, a few for each worker are handed out at a time; progress counts each."""
    executor, heard = Counting(1), list[Progress]()
    rows = [Row(str(number), {"w_h": number}) for number in range(12)]
    all_made(derive("elman", 1), MARKDOWN, rows, tmp_path, executor, heard.append)
    assert executor.most <= 4
    assert [far.done for far in heard] == list(range(13))
    assert str(heard[0]) == "0 of 12"
    assert str(heard[-1]) == "12 of 12, about 0 s left"


class Broken(ThreadPoolExecutor):
    """An executor whose processes have ended."""

    def submit(self, *_given: object, **_more: object) -> Future[object]:  # type: ignore[override]
        """Fail as a pool does whose process was killed."""
        from concurrent.futures.process import BrokenProcessPool  # noqa: PLC0415

        future: Future[object] = Future()
        future.set_exception(BrokenProcessPool("gone"))
        return future


def test_a_process_that_ends_by_itself_is_told(tmp_path: Path) -> None:
    """Where the system killed a process, one message says so, and that one may go on."""
    with pytest.raises(DeriveError, match="anna: a process ended by itself, perhaps for want of memory; call again"):
        made(CLASS, tmp_path, executor=Broken(1))


def command(*arguments: str) -> list[str]:
    """The command line for rows in Markdown."""
    return [sys.executable, "-m", "derive", "report", "-T", "1", "--engine", "typst", "--format", "md", *arguments]


@pytest.mark.parametrize("name", ["SIGINT", pytest.param("SIGKILL", marks=pytest.mark.slow)])
def test_a_run_that_is_stopped_goes_on(name: str, tmp_path: Path) -> None:
    """Stopped half way, and called again, it makes what is left; in the end all is as if it had not been stopped."""
    table = tmp_path / "class.csv"
    table.write_text("name,w_h\n" + "".join(f"row-{number},{number}\n" for number in range(9)))
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    rows = rows_of(table, load("elman"), 1)
    assert rows is not None
    all_made(derive("elman", 1), MARKDOWN, rows, tmp_path / "whole", ThreadPoolExecutor(1))
    part = command("--values", str(table), "--output", str(tmp_path / "part"))
    with subprocess.Popen(
        part, env=environment, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    ) as process:
        until = time.monotonic() + 60
        while len(list((tmp_path / "part").glob(f"*/{RECORD}"))) < 2 and time.monotonic() < until:
            time.sleep(0.005)
        process.send_signal(getattr(signal, name))
        assert process.wait(30) == (-signal.SIGKILL if name == "SIGKILL" else 128 + signal.SIGINT)
        said = process.communicate()[1]
        assert name == "SIGKILL" or said == "derive: stopped\n"
    stood = len(list((tmp_path / "part").glob(f"*/{RECORD}")))
    assert 2 <= stood < 9
    subprocess.run(part, env=environment, check=True, capture_output=True)
    assert contents(tmp_path / "part") == contents(tmp_path / "whole")


def test_every_equation_counts(tmp_path: Path) -> None:
    """A network of which one number has changed is another one, however long it is."""
    rules = {f"a{number}": f"w*a{number - 1}[t] + 1" for number in range(1, 30)} | {"l": "a29[t]**2"}

    def chain(first: str) -> Network:
        return Network(
            name="chain", equations={"a0": first, **rules}, parameters=("w",), inputs=("x",), loss="l", values=GIVEN
        )

    for word, first in (("made", "x[t]"), ("kept", "x[t]"), ("made", "2*x[t]")):
        (found,) = all_made(derive(chain(first), 1), MARKDOWN, [Row("one", {})], tmp_path, ThreadPoolExecutor(1))
        assert (found.failure, found.kept) == (None, word == "kept")


def test_the_record_says_nothing_of_the_machine(tmp_path: Path) -> None:
    """Two folders have the same record: neither the place nor the time is in it."""
    made(CLASS[:1], tmp_path / "a")
    made(CLASS[:1], tmp_path / "b")
    assert contents(tmp_path / "a") == contents(tmp_path / "b")
    assert set(json.loads((tmp_path / "a" / "anna" / RECORD).read_bytes())) == {
        "of",
        "engine",
        "files",
        "loss",
        "gradients",
    }


def test_dask(tmp_path: Path) -> None:
    """The same call takes the executor of a cluster, and makes the same files."""
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        assert made(CLASS[:2], tmp_path / "dask", executor=client.get_executor()) == ["made"] * 2
    made(CLASS[:2], tmp_path / "here")
    assert contents(tmp_path / "dask") == contents(tmp_path / "here")
