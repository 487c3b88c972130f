"""Faults, done for real: signals at any moment, full disks, streams that cannot be written to, a TeX that fails.

What is held: one message, the right exit code, no traceback; every file whole, old or new; nothing left running, and nothing
left on the disk that the next run does not remove.
"""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from fuzz import kills
from stubs import tex

from derive import derive
from derive.report.engines.engines import EngineError
from derive.report.engines.whole_pdf import pages
from derive.report.write import write

ROOT = Path(__file__).resolve().parent.parent
COMMAND = (sys.executable, "-m", "derive")
NAMED = {"SIGINT": 130, "SIGTERM": 143, "SIGHUP": 129}


def surroundings(tmp_path: Path, **more: str) -> dict[str, str]:
    """An environment with a temporary folder of its own."""
    (tmp_path / "temporary").mkdir(exist_ok=True)
    return os.environ | {"PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path / "temporary")} | more


def until(true: Callable[[], object], seconds: float = 60) -> None:
    """Wait for something."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.01)


def run(command: Sequence[str | bytes], tmp_path: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a command in the test's folder, to its end."""
    return subprocess.run(
        command, cwd=tmp_path, env=surroundings(tmp_path, **more), capture_output=True, encoding="utf-8", check=False
    )


def one_message(errors: str) -> str:
    """What was said, in one line."""
    (line,) = errors.splitlines()
    assert line.startswith("derive: ")
    return line


# --- a TeX that fails -------------------------------------------------------------------------------------------------

FAILS = "printf '! Undefined control sequence.\\nl.7 \\\\nothing\\n' >handout.log; exit 12"
HANDOUT = {"elman-T1.en.html", "elman-T1.en.md", "elman-T1.en.tex", "elman-T1.en.pictures"}


@pytest.mark.parametrize(("latexmk", "reason"), [(FAILS, "Undefined control sequence."), ("exit 0", "made no PDF")])
def test_where_tex_fails_typst_makes_the_pdf(latexmk: str, reason: str, tmp_path: Path) -> None:
    """With the engine left to the command a handout is whole whatever TeX does, and one line says why it was not TeX."""
    done = run([*COMMAND, "report", "-T", "1"], tmp_path, PATH=tex(tmp_path / "programs", latexmk))
    assert done.returncode == 0
    assert re.fullmatch(rf"derive: LaTeX: .*{re.escape(reason)}.*; so typst made the pdf", one_message(done.stderr))
    assert done.stdout.splitlines()[-1] == "PDF engine: typst"
    assert {path.name for path in (tmp_path / "output").iterdir()} == HANDOUT | {"elman-T1.en.pdf"}
    assert pages((tmp_path / "output" / "elman-T1.en.pdf").read_bytes())


@pytest.mark.parametrize(
    ("latexmk", "reason"), [(FAILS, "Undefined control sequence."), (None, "LaTeX is not complete")]
)
def test_where_tex_has_to_make_the_pdf_and_fails(latexmk: str | None, reason: str, tmp_path: Path) -> None:
    """With the engine insisted on the other formats are written all the same, and message and exit code say what is missing."""
    path = tex(tmp_path / "programs", latexmk or "exit 1")
    if latexmk is None:
        (tmp_path / "programs" / "kpsewhich").write_text("#!/bin/sh\n", encoding="utf-8")
    done = run([*COMMAND, "report", "-T", "1", "--engine", "latex"], tmp_path, PATH=path)
    assert done.returncode == 2
    assert re.fullmatch(rf"derive: there is no pdf: .*{re.escape(reason)}.*", one_message(done.stderr))
    assert "PDF engine" not in done.stdout
    assert {path.name for path in (tmp_path / "output").iterdir()} == HANDOUT


def test_in_python_a_tex_that_fails_is_a_warning_or_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever calls from Python hears the same: a warning where Typst stood in, the error, after writing, where it may not."""
    monkeypatch.setenv("PATH", tex(tmp_path / "programs", FAILS))
    with pytest.warns(UserWarning, match="LaTeX: Undefined control sequence.*; so typst made the pdf"):
        places = derive("elman", 1).report(tmp_path / "one")
    assert {place.suffix for place in places} == {".pdf", ".html", ".tex", ".md", ".svg"}
    with pytest.raises(EngineError, match="LaTeX: Undefined control sequence"):
        derive("elman", 1).report(tmp_path / "two", engine="latex")
    assert {path.name for path in (tmp_path / "two").iterdir()} == HANDOUT


# --- signals ----------------------------------------------------------------------------------------------------------

TREE = """
sh -c 'echo $$ >>"$PLACE/running"; sleep 600 & echo $! >>"$PLACE/running"; wait' &
setsid true
echo $$ >>"$PLACE/running"; touch "$PLACE/ready"; wait
"""


@pytest.fixture
def running(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A report whose TeX, with a child and a grandchild, never comes to an end."""
    path = tex(tmp_path / "programs", f"export PLACE={tmp_path}{TREE}")
    environment = surroundings(tmp_path, PATH=path)
    command = [*COMMAND, "report", "-T", "2", "--engine", "latex", "--output", str(tmp_path / "output")]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        until((tmp_path / "ready").exists)
        yield process
        process.kill()


def all_ended(tmp_path: Path) -> bool:
    """Whether nothing that TeX started runs any more."""
    processes = [Path("/proc") / number / "stat" for number in (tmp_path / "running").read_text().split()]
    assert len(processes) == 3
    return not [stat for stat in processes if stat.exists() and stat.read_text().split()[2] != "Z"]


@pytest.mark.parametrize("name", NAMED)
def test_a_signal_ends_tex_and_all_its_children(name: str, running: subprocess.Popen[str], tmp_path: Path) -> None:
    """The command says that it was stopped, and TeX, its children and its folder are gone by then; nothing was written."""
    running.send_signal(getattr(signal, name))
    _, errors = running.communicate(timeout=30)
    assert (running.returncode, one_message(errors)) == (NAMED[name], "derive: stopped")
    assert all_ended(tmp_path)
    assert not list((tmp_path / "temporary").iterdir())
    assert not (tmp_path / "output").exists()


def test_a_second_signal_does_not_disturb_the_first(running: subprocess.Popen[str], tmp_path: Path) -> None:
    """Whoever presses Ctrl-C again and again is left nothing either."""
    for _ in range(20):
        running.send_signal(signal.SIGINT)
        time.sleep(0.002)
    assert one_message(running.communicate(timeout=30)[1]) == "derive: stopped"
    assert all_ended(tmp_path)
    assert not list((tmp_path / "temporary").iterdir())


def test_a_killed_command_takes_tex_along(running: subprocess.Popen[str], tmp_path: Path) -> None:
    """Nothing runs on after SIGKILL, and the folder that was left goes with the next run that uses TeX."""
    running.kill()
    until(lambda: all_ended(tmp_path), 10)
    assert len(list((tmp_path / "temporary").iterdir())) == 1
    path = tex(tmp_path / "programs", "exit 12")
    command = [
        *COMMAND,
        "report",
        "-T",
        "2",
        "--format",
        "pdf",
        "--engine",
        "latex",
        "--output",
        str(tmp_path / "output"),
    ]
    subprocess.run(command, env=surroundings(tmp_path, PATH=path), capture_output=True, check=False)
    assert not list((tmp_path / "temporary").iterdir())


@pytest.mark.parametrize(
    ("module", "name"),
    [("click", name) for name in NAMED]
    + list(zip(["sympy", "flint", "typst", "jinja2", "pylatex"], [*NAMED, *NAMED], strict=False)),
)
def test_a_signal_during_an_import(module: str, name: str, tmp_path: Path) -> None:
    """Also while something is imported, a signal is one message and the code by which a shell knows it."""
    stub = f"import os, signal\nos.kill(os.getpid(), signal.{name})\nfor _ in range(10**6): pass\nraise ImportError\n"
    (tmp_path / "stubs").mkdir()
    (tmp_path / "stubs" / f"{module}.py").write_text(stub)
    environment = surroundings(tmp_path, PYTHONPATH=f"{tmp_path / 'stubs'}:{ROOT}")
    command = [*COMMAND, "report", "-T", "2", "--output", str(tmp_path / "output")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, one_message(done.stderr)) == (NAMED[name], "", "derive: stopped")


def test_an_ignored_signal_stays_ignored(tmp_path: Path) -> None:
    """Under nohup a terminal that closes does not end the command."""
    here = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # what is ignored here is ignored by what is started from here
    try:
        process = subprocess.Popen(
            [*COMMAND, "networks"], env=surroundings(tmp_path), stdout=subprocess.PIPE, text=True
        )
    finally:
        signal.signal(signal.SIGHUP, here)
    with process:
        for _ in range(50):
            process.send_signal(signal.SIGHUP)
            time.sleep(0.01)
        assert "elman" in process.communicate(timeout=60)[0]
    assert process.returncode == 0


# --- killed at any moment ---------------------------------------------------------------------------------------------

NAMES = ("handout.pdf", "handout.tex", "handout.md", "handout.pictures/one.svg", "handout.pictures/two.svg")
OLD, NEW = (letter * 300_000 for letter in (b"o", b"n"))
WRITING = f"""
import sys
from pathlib import Path
from derive import stopping
from derive.report.write import write
stopping.listen()
print("ready", flush=True)
while True:
    for content in ({NEW[:1]!r}, {OLD[:1]!r}):
        write(dict.fromkeys({NAMES!r}, content * {len(OLD)}), Path(sys.argv[1]))
"""


def stopped_in_the_midst(number: int, output: Path, tmp_path: Path, chance: random.Random) -> int:
    """Stop, at any moment, a process that replaces a handout over and over, and return its exit code."""
    command = [sys.executable, "-c", WRITING, str(output)]
    with subprocess.Popen(
        command, env=surroundings(tmp_path), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(chance.uniform(0.005, 0.06))
        process.send_signal(number)
        return process.wait(30)


def contents(output: Path) -> dict[str, bytes]:
    """Every file below a folder, and what is in it."""
    return {str(path.relative_to(output)): path.read_bytes() for path in output.rglob("*") if path.is_file()}


def many(count: int) -> list[object]:
    """A few times as a rule, and many times among the slow tests."""
    return [pytest.param(count, id="some"), pytest.param(8 * count, id="many", marks=pytest.mark.slow)]


@pytest.mark.parametrize("times", many(20))
def test_killed_at_any_moment_every_file_is_whole(times: int, tmp_path: Path) -> None:
    """After SIGKILL each file is the old one or the new one, to the byte, and the next run leaves those and nothing else."""
    output, left_over = tmp_path / "output", 0
    chance = random.Random(12)  # noqa: S311
    write(dict.fromkeys(NAMES, OLD), output)
    for _ in range(times):
        stopped_in_the_midst(signal.SIGKILL, output, tmp_path, chance)
        found = contents(output)
        assert all(found[name] in {OLD, NEW} for name in NAMES)
        left_over += len(found) > len(NAMES)
        write(dict.fromkeys(NAMES, OLD), output)
        assert contents(output) == dict.fromkeys(NAMES, OLD)
    assert left_over, "the kills came at no moment that matters"


@pytest.mark.parametrize("times", many(8))
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_stopped_at_any_moment_all_files_are_old_or_all_new(name: str, times: int, tmp_path: Path) -> None:
    """After Ctrl-C or SIGTERM the handout is one handout, and nothing lies beside it."""
    output = tmp_path / "output"
    chance = random.Random(12)  # noqa: S311
    for _ in range(times):
        stopped_in_the_midst(getattr(signal, name), output, tmp_path, chance)
        found = contents(output)
        assert found in (dict.fromkeys(NAMES, OLD), dict.fromkeys(NAMES, NEW), {})


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGKILL, None], ids=["SIGKILL", "SIGTERM and SIGINT"])
def test_a_stopped_report(number: int | None) -> None:
    """The whole command, and make above it, stopped at any moment of a run over an older handout: every file is whole."""
    found = kills.run(number, times=12, seed=12)
    assert (found.partial, found.remained, found.said) == ([], [], [])
    assert found.ended > found.times // 2


def test_many_at_once(tmp_path: Path) -> None:
    """Processes that replace the same handout at the same time do not take each other's files away."""
    output = tmp_path / "output"
    once = WRITING.replace("while True:", "for _ in range(5):")
    command = [sys.executable, "-c", once, str(output)]
    started = [
        subprocess.Popen(
            command, env=surroundings(tmp_path), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        for _ in range(6)
    ]
    assert [process.communicate(timeout=60)[1] for process in started] == [""] * len(started)
    assert contents(output) == dict.fromkeys(NAMES, OLD)


# --- full disks -------------------------------------------------------------------------------------------------------


def test_no_file_may_grow_so_large(tmp_path: Path) -> None:
    """Where a file cannot be written to its end, one message says so, and the older handout stays as it was."""
    output = tmp_path / "output"
    command = [*COMMAND, "report", "-T", "2", "--engine", "typst", "--output", str(output)]
    subprocess.run(command, env=surroundings(tmp_path), capture_output=True, check=True)
    old = contents(output)
    done = subprocess.run(
        ["sh", "-c", 'ulimit -f 40; exec "$@"', "sh", *command, "--digits", "6"],  # blocks of 512 bytes
        env=surroundings(tmp_path, PYTHONDONTWRITEBYTECODE="1"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "elman-T2.en.pdf: File too large" in one_message(done.stderr)
    assert contents(output) == old


def test_a_full_disk_for_real(tmp_path: Path) -> None:
    """On a disk with no room for all of the handout nothing of it is written, and what stood there stays."""
    output = tmp_path / "disk"
    output.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=100k", "tmpfs", output], capture_output=True, check=False
    ).returncode:
        pytest.skip("no small disk can be mounted here")
    try:
        (output / "elman-T2.en.md").write_bytes(b"what stood here")
        done = run([*COMMAND, "report", "-T", "2", "--engine", "typst", "--output", str(output)], tmp_path)
        assert done.returncode == 2
        assert "No space left on device" in one_message(done.stderr)
        assert contents(output) == {"elman-T2.en.md": b"what stood here"}
    finally:
        subprocess.run(["umount", output], check=True)


# --- streams, folders, names ------------------------------------------------------------------------------------------

REPORT = ("report", "-T", "1", "--format", "md")


@pytest.mark.parametrize("arguments", [("show", "-T", "1"), ("networks",), ("--help",), ("--version",), (), REPORT])
def test_standard_output_is_full(arguments: tuple[str, ...], tmp_path: Path) -> None:
    """If what is printed cannot be, one message says so, with exit code 2."""
    command = [*COMMAND, *arguments]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            command,
            cwd=tmp_path,
            env=surroundings(tmp_path),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 2
    assert one_message(done.stderr) == "derive: cannot write to standard output: No space left on device"


@pytest.mark.parametrize("arguments", [("show", "-T", "1"), ("networks",), ("--help",), (), REPORT])
def test_nobody_reads(arguments: tuple[str, ...], tmp_path: Path) -> None:
    """If whoever read has gone, as in `derive show | head`, nothing is said, and the code is that of a broken pipe."""
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [*COMMAND, *arguments], cwd=tmp_path, env=surroundings(tmp_path), stdout=pipe, stderr=pipe
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 128 + signal.SIGPIPE


@pytest.mark.parametrize("closed", ["1>&-", "2>&-", "1>&- 2>&-", "<&- 1>&- 2>&-"])
def test_there_are_no_streams(closed: str, tmp_path: Path) -> None:
    """Without standard streams the handout is written all the same."""
    done = run(["sh", "-c", f'exec "$@" {closed}', "sh", *COMMAND, *REPORT], tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "output" / "elman-T1.en.md").exists()


ASCII = ({"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"})


@pytest.mark.parametrize("environment", ASCII)
def test_standard_output_knows_no_mathematics(environment: dict[str, str], tmp_path: Path) -> None:
    """What ASCII cannot say is one message with the remedy; a handout is written as anywhere, and its places are named."""
    done = run([*COMMAND, "show", "-T", "1"], tmp_path, **environment)
    assert done.returncode == 2
    assert "cannot be written as ascii; PYTHONIOENCODING=utf-8 makes the output UTF-8" in one_message(done.stderr)
    done = run([*COMMAND, *REPORT, "--locale", "zh", "--output", "梯度"], tmp_path, **environment)
    assert (done.returncode, done.stderr) == (0, "")
    assert "梯度/elman-T1.zh.md" in done.stdout.splitlines()
    assert (tmp_path / "梯度" / "elman-T1.zh.md").exists()


def test_the_c_locale_is_utf_8(tmp_path: Path) -> None:
    """LC_ALL=C alone, as in many a container, does not keep the derivation from the terminal."""
    done = run([*COMMAND, "show", "-T", "1"], tmp_path, LC_ALL="C")
    assert (done.returncode, done.stderr) == (0, "")
    assert "δ" in done.stdout


def in_no_folder(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a working directory that has been deleted."""
    (tmp_path / "gone").mkdir()
    command = [*COMMAND, *arguments]
    probe = f"import os; os.chdir('gone'); os.rmdir({str(tmp_path / 'gone')!r}); os.execv({command[0]!r}, {command!r})"
    return run([sys.executable, "-c", probe], tmp_path)


def test_the_working_directory_is_gone(tmp_path: Path) -> None:
    """In a folder that was deleted a handout is written to wherever there is one; else the message says where it cannot be."""
    output = tmp_path / "output"
    done = in_no_folder(tmp_path, "report", "-T", "1", "--engine", "typst", "--output", str(output))
    assert (done.returncode, done.stderr) == (0, "")
    assert (output / "elman-T1.en.pdf").exists()
    for folder in ("output", "."):
        done = in_no_folder(tmp_path, *REPORT, "--output", folder)
        assert done.returncode == 2
        assert one_message(done.stderr).startswith("derive: cannot write ")


@pytest.mark.tex
def test_tex_in_a_working_directory_that_is_gone(tmp_path: Path) -> None:
    """TeX has a folder of its own, and needs no other."""
    done = in_no_folder(
        tmp_path, "report", "-T", "1", "--engine", "latex", "--format", "pdf", "--output", str(tmp_path)
    )
    assert (done.returncode, done.stderr) == (0, "")


BYTES = b"caf\xe9"
OPTIONS = ("network", "values", "templates", "engine", "set", "locale", "format", "with")


@pytest.mark.parametrize("option", OPTIONS)
def test_an_argument_that_is_no_text(option: str, tmp_path: Path) -> None:
    """An argument that is not UTF-8 is as wrong as any other: one message."""
    done = run([*COMMAND, *REPORT, f"--{option}", BYTES], tmp_path)
    assert done.returncode == 2
    assert "caf\\udce9" in one_message(done.stderr)


def test_file_names_that_are_no_text(tmp_path: Path) -> None:
    """Networks, values, templates and handouts may stand in folders whose names are not UTF-8."""
    folder = os.fsencode(tmp_path) + b"/" + BYTES
    Path(os.fsdecode(folder)).mkdir()
    network = (ROOT / "derive" / "network" / "ready_made" / "elman.toml").read_bytes()
    for name, content in {b"elman.toml": network, b"values.toml": b"w_h = 0.5\n"}.items():
        Path(os.fsdecode(folder + b"/" + name)).write_bytes(content)
    command = [*COMMAND, "report", "-T", "1", "--network", folder + b"/elman.toml", "--values", folder + b"/values.toml",
               "--templates", folder, "--output", folder + b"/output"]  # fmt: skip
    done = subprocess.run(command, cwd=tmp_path, env=surroundings(tmp_path), capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert folder + b"/output/elman-T1.en.md" in done.stdout.splitlines()
    assert Path(os.fsdecode(folder + b"/output/elman-T1.en.md")).exists()


def test_a_fault_of_its_own_is_exit_code_3(tmp_path: Path) -> None:
    """Exit code 1 says that a check disagreed, and nothing else, whatever happens inside."""
    probe = (
        "from derive.report import publish\n"
        "def fails(*_): raise ZeroDivisionError('unheard of')\n"
        "publish.subject = fails\n"
        "import sys\nsys.argv = ['derive', 'show']\nfrom derive.__main__ import main\nmain()\n"
    )
    done = run([sys.executable, "-c", probe], tmp_path)
    assert done.returncode == 3
    assert "ZeroDivisionError: unheard of" in done.stderr
    assert done.stderr.splitlines()[-1].startswith("derive: this is a fault in derive itself")
