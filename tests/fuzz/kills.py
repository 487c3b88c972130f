"""Kills: a report that replaces an older handout is stopped, over and over, and each file stays whole.

    python -m fuzz kills --times 100 --record

Each turn begins `derive report`, or every fifth time `make report`, for PDF, LaTeX and Markdown, in a folder in which another
handout of the same name stands, and sends its processes SIGKILL, or by turns SIGTERM and SIGINT. The moments are random; every
other time the signal comes some thousandths of a second after the first file was begun, since the writing takes no longer.
After it each file has to be the old one or the new one, to the byte. After SIGTERM and SIGINT they are all old or all new,
nothing lies beside them, and one line was said. A run that is let alone after every few of SIGKILL leaves its handout, and
nothing else, there and in the temporary folder.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from fuzz.corpus import ROOT

SIGNALS = (signal.SIGTERM, signal.SIGINT)
REPORT = ("-n", "elman", "-T", "1", "--engine", "typst", "--format", "pdf,tex,md")
MADE = ("NETWORK=elman", "T=1", "ENGINE=typst", "FORMAT=pdf,tex,md")
NEXT = 4
"""After so many times SIGKILL a run is let alone."""
WRITING = 0.012
"""How long, in seconds, files may have been written when the signal comes."""


@dataclass
class Kills:
    """So many turns: how many came before the end, while files were being written, and what was wrong."""

    times: int
    seed: int
    ended: int = 0
    left_over: int = 0
    partial: list[str] = field(default_factory=list)
    remained: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Place:
    """A folder with a handout in it, in its two forms, and a checkout for make."""

    folder: Path
    old: dict[str, bytes]
    new: dict[str, bytes]
    whole: float

    @property
    def output(self) -> Path:
        """Where the handout stands."""
        return self.folder / "output"

    @property
    def temporary(self) -> Path:
        """Where its processes keep what is temporary."""
        return self.folder / "temporary"

    def begin(self, *, make: bool, digits: int) -> subprocess.Popen[str]:
        """Begin a report of so many digits."""
        command = [
            sys.executable,
            "-m",
            "derive",
            "report",
            *REPORT,
            "--output",
            str(self.output),
            "--digits",
            str(digits),
        ]
        if make:
            command = ["make", "report", *MADE, f"OUTPUT={self.output}", f"DIGITS={digits}"]
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "TMPDIR": str(self.temporary)}
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )


def run(number: int | None, times: int, seed: int, tell: Callable[[str], None] = lambda _: None) -> Kills:
    """Stop a report so many times, by that signal, or if there is none by SIGTERM and SIGINT in turn."""
    chance, found = random.Random(f"{number} {seed}"), Kills(times, seed)
    with tempfile.TemporaryDirectory() as name:
        place = _laid_out(Path(name))
        for turn in range(times):
            sent = SIGNALS[turn % 2] if number is None else number
            process = place.begin(make=turn % 5 == 4, digits=(4, 6)[turn % 2])
            _wait(place, process, chance, writing=turn // 2 % 2 == 1)
            found.ended += process.poll() is None
            with suppress(ProcessLookupError):
                os.killpg(process.pid, sent)
            errors = process.communicate(timeout=120)[1]
            _look(place, sent, process.returncode, errors, found)
            tell(f"turn {turn + 1}: {found.ended} stopped, {found.left_over} while writing, {_wrong(found)} wrong")
            if sent == signal.SIGKILL and (turn % NEXT == NEXT - 1 or turn == times - 1):
                _look_after_the_next(place, found)
    return found


def _wrong(found: Kills) -> int:
    return len(found.partial) + len(found.remained) + len(found.said)


def _laid_out(folder: Path) -> Place:
    """The two handouts, and a checkout whose environment is the one that runs this."""
    shutil.copy(ROOT / "Makefile", folder)
    shutil.copy(ROOT / "pyproject.toml", folder)
    (folder / ".venv" / "bin").mkdir(parents=True)
    (folder / "temporary").mkdir()
    python = folder / ".venv" / "bin" / "python"
    python.write_text(f"#!/bin/sh\nexec '{sys.executable}' \"$@\"\n", encoding="utf-8")
    python.chmod(0o755)
    for name in ("pyvenv.cfg", "installed"):
        (folder / ".venv" / name).touch()
    place = Place(folder, {}, {}, 0)
    handouts = []
    for digits in (6, 4):
        began = time.monotonic()
        errors = place.begin(make=False, digits=digits).communicate(timeout=300)[1]
        assert not errors, errors
        handouts.append(contents(place.output))
    return Place(folder, handouts[1], handouts[0], time.monotonic() - began)


def _wait(place: Place, process: subprocess.Popen[str], chance: random.Random, *, writing: bool) -> None:
    """Wait for a random moment of the run, or of its writing."""
    if not writing:
        time.sleep(chance.uniform(0.05, 1.1) * place.whole)
        return
    before = {entry.name for entry in place.output.iterdir()}
    while process.poll() is None and {entry.name for entry in place.output.iterdir()} <= before:
        time.sleep(0.0005)
    time.sleep(chance.uniform(0, WRITING))


def contents(output: Path) -> dict[str, bytes]:
    """Every file below a folder, and what is in it."""
    return {str(path.relative_to(output)): path.read_bytes() for path in output.rglob("*") if path.is_file()}


def _look(place: Place, sent: int, code: int, errors: str, found: Kills) -> None:
    """Each file is one of two; after a signal that can be caught they belong together, and nothing lies beside."""
    files = contents(place.output)
    beside = files.keys() - place.old.keys()
    found.left_over += bool(beside)
    found.partial += [name for name in place.old if files.get(name) not in {place.old[name], place.new[name]}]
    if sent == signal.SIGKILL:
        return
    found.partial += [] if beside or files in (place.old, place.new) else ["a handout of two"]
    found.remained += [*beside, *(path.name for path in place.temporary.iterdir())]
    lines = [line for line in errors.splitlines() if not line.startswith("make")]
    if code not in {0, 128 + sent, -sent, 2} or lines not in ([], ["derive: stopped"]):
        found.said.append(f"{code}: {errors[-500:]}")


def _look_after_the_next(place: Place, found: Kills) -> None:
    """The next run leaves its handout and nothing else."""
    errors = place.begin(make=False, digits=4).communicate(timeout=300)[1]
    files = contents(place.output)
    found.remained += [*(files.keys() - place.old.keys()), *(path.name for path in place.temporary.iterdir())]
    if errors or files != place.old:
        found.said.append(f"the next run: {errors[-500:]}")
