"""Engines that fail: one message each time, nothing left running, nothing left in the temporary folder."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pylatex
import pytest
from stubs import tex

from derive.report.claims import claimed
from derive.report.engines.engines import EngineError, latex_is_complete, latex_pdf, typst_pdf
from derive.report.engines.whole_pdf import pages
from derive.report.engines.workplace import workplace

WHOLE = typst_pdf("one #pagebreak() two #pagebreak() three")


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A temporary folder of the test's own."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def made_by(latexmk: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seconds: float = 30) -> bytes:
    """The PDF of a document that this latexmk makes."""
    monkeypatch.setenv("PATH", tex(tmp_path / "programs", f"PLACE={tmp_path}; {latexmk}"))
    (tmp_path / "whole.pdf").write_bytes(WHOLE)
    (tmp_path / "half.pdf").write_bytes(WHOLE[: len(WHOLE) // 2])
    assert latex_is_complete() is None
    return latex_pdf(pylatex.Document(), seconds)


def test_a_log_is_read_in_time_whatever_is_in_it(
    tmp_path: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A shell can write into it what looks like the beginning of a complaint, again and again, and as much as it likes."""
    beginnings = "Missing character: There is no " + "a" * 5_000 + "\n" + "Reference `" * 30_000
    (tmp_path / "beginnings").write_text(beginnings)
    began = time.process_time()
    assert made_by("cp $PLACE/whole.pdf handout.pdf; cp $PLACE/beginnings handout.log", tmp_path, monkeypatch) == WHOLE
    assert time.process_time() - began < 5
    with pytest.raises(EngineError, match="LaTeX: wrote more than 10 MB of its log"):
        made_by("cp $PLACE/whole.pdf handout.pdf; truncate -s 11000000 handout.log", tmp_path / "b", monkeypatch)
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize(
    ("latexmk", "complaint"),
    [
        ("exit 0", "made no PDF"),
        (": >handout.pdf", "not a whole PDF"),
        ("echo garbage >handout.pdf", "not a whole PDF"),
        ("printf '%%PDF-1.5\\n%%%%EOF\\n' >handout.pdf", "not a whole PDF"),
        ("cp $PLACE/half.pdf handout.pdf", "not a whole PDF"),
        (
            "cp $PLACE/whole.pdf handout.pdf; echo 'Output written on handout.xdv (4 pages, 9 bytes).' >handout.log",
            "whole",
        ),
        ("mkdir handout.pdf", "made no PDF but a folder"),
        ("ln -s /nowhere handout.pdf", "made no PDF"),
        ("exit 12", "latexmk failed without a word in its log"),
        ("kill -9 $$", "latexmk failed without a word in its log"),
        ("printf '! No room\\377.\\n' >handout.log; exit 12", "No room"),
        ("rm -rf ../derive-*; exit 0", "made no PDF"),
        ("sleep 60", "took more than 0.5 s"),
    ],
)
def test_a_latex_that_makes_no_pdf_is_one_message(
    latexmk: str, complaint: str, tmp_path: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever latexmk does and says, what it made is a whole PDF or the error says why not, and nothing is left of it."""
    with pytest.raises(EngineError, match=f"^LaTeX: .*{complaint}") as raised:
        made_by(latexmk, tmp_path, monkeypatch, 0.5 if "sleep" in latexmk else 30)
    assert "\n" not in str(raised.value)
    assert not list(temporary.iterdir())


@pytest.mark.parametrize("log", ["", "echo 'Output written on handout.xdv (3 pages, 9 bytes).' >handout.log"])
def test_a_whole_pdf_is_taken(log: str, tmp_path: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A PDF with as many pages as the log says, if it says so, is what is returned."""
    assert made_by(f"cp $PLACE/whole.pdf handout.pdf; {log}", tmp_path, monkeypatch) == WHOLE
    assert not list(temporary.iterdir())


def test_no_room_for_a_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no temporary folder can be made, that is the engine's message."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    with pytest.raises(EngineError, match=r"^LaTeX: No such file or directory"):
        latex_pdf(pylatex.Document())


def test_a_kpsewhich_that_does_not_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A TeX whose search program hangs is not complete."""
    monkeypatch.setenv("PATH", tex(tmp_path / "programs", "exit 0"))
    monkeypatch.setattr("derive.report.engines.engines._PATIENCE", 0.2)
    (tmp_path / "programs" / "kpsewhich").write_text("#!/bin/sh\nexec sleep 60\n", encoding="utf-8")
    assert "lacks article.cls" in (latex_is_complete() or "")


@pytest.mark.parametrize("count", [1, 2, 40])
def test_pages_are_counted(count: int) -> None:
    """A PDF is as many pages as were made, and none once its end is gone."""
    content = typst_pdf("x #pagebreak()" * (count - 1) + "x")
    assert pages(content) == count
    assert not [length for length in range(0, len(content) - 8, 97) if pages(content[:length])]


@pytest.mark.tex
def test_the_pages_of_xelatex_are_counted() -> None:
    """XeLaTeX, which packs its objects, has as many pages as its log says; else `latex_pdf` refuses."""
    document = pylatex.Document(fontenc=None, inputenc=None, lmodern=False, textcomp=False)
    document.append(pylatex.NoEscape(r"one\newpage two\newpage three"))
    assert pages(latex_pdf(document)) == 3


KILLED = """
import os, signal
from derive.report.engines.workplace import workplace
with workplace() as folder:
    (folder / 'handout.tex').touch()
    print(folder, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_process_is_cleaned_up_after(temporary: Path) -> None:
    """The folder of a process that was killed goes with the next; that of one that lives, and another's, stays."""
    (temporary / "derive-12345678").mkdir()
    (temporary / "derive-12345678" / "mine").touch()
    environment = os.environ | {"TMPDIR": str(temporary)}
    done = subprocess.run([sys.executable, "-c", KILLED], env=environment, capture_output=True, text=True, check=False)
    left = Path(done.stdout.strip())
    assert left.parent == temporary
    assert (left / "handout.tex").exists()
    with workplace() as first, workplace() as second:
        assert {path.name for path in temporary.iterdir()} == {"derive-12345678", first.name, second.name}
    assert [path.name for path in temporary.iterdir()] == ["derive-12345678"]


def test_an_empty_folder_that_was_left_goes_too(temporary: Path) -> None:
    """A process can be killed between making its folder and claiming it; a minute later that folder is nobody's."""
    for name, age in {"derive-aaaaaaaa": 3600, "derive-bbbbbbbb": 0, "derive-notes": 3600}.items():
        (temporary / name).mkdir()
        os.utime(temporary / name, (time.time() - age, time.time() - age))
    with workplace():
        pass
    assert {path.name for path in temporary.iterdir()} == {"derive-bbbbbbbb", "derive-notes"}


def test_a_disk_without_locks(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing can be claimed, work goes on all the same, and nothing is cleaned up."""
    monkeypatch.setattr("derive.report.claims.fcntl", None)
    (temporary / "derive-aaaaaaaa").mkdir()
    (temporary / "derive-aaaaaaaa" / ".claimed-by-derive").touch()
    with workplace() as folder:
        assert folder.is_dir()
    assert [path.name for path in temporary.iterdir()] == ["derive-aaaaaaaa"]


def test_a_claim_is_for_one(tmp_path: Path) -> None:
    """What one has claimed another has not, until the first lets go; what is not there is nobody's."""
    with claimed(tmp_path) as first, claimed(tmp_path) as second, claimed(tmp_path, 0.1) as waited:
        assert (first, second, waited) == (True, False, False)
    with claimed(tmp_path) as again, claimed(tmp_path / "nothing") as nothing:
        assert (again, nothing) == (True, False)
