"""How long a person waits: importing, asking for help, counting paths, a whole handout; each a fresh process, whole.

The interpreter's own start and the imports are included on both sides. Compiled modules are kept, as they are for a user.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.contest import END
from benchmarks.measure import DisagreeError, Row, at_most, installed, medians, missing

SYMPY, PACKAGE = "import sympy", "from derive import derive"
BUSY = "import sys, runpy; sys.argv = ['derive', '--help']; runpy.run_module('derive', run_name='__main__')"
LOADED = "import atexit, sys; atexit.register(lambda: print('sympy' if 'sympy' in sys.modules else ''))"
LIMIT = 1.8
"""What Elman's handout at T = 3 may take, in the time of ``import sympy``, web page and all."""
BEFORE = 2.7
"""What it took before it was checked as it is now, and had no web page."""
PATHS = ("-m", "derive", "paths")
MANY, FEW = "14,166,632,180,785 paths summed, lstm-scalar, T = 20", "6 paths, elman, T = 3"
NOTE = "derivation, example, checks; PDF by Typst, TeX, Markdown, web page"


@dataclass(frozen=True)
class Wait:
    """A command, the names of what it is compared with, and how many times as long as that it may take."""

    what: str
    arguments: tuple[str, ...]
    against: tuple[str, ...] = (SYMPY,)
    times: float | None = None
    note: str = ""

    def row(self, ours: float, theirs: float, name: str) -> Row:
        """The row beside one of its peers."""
        return at_most(self.what + END, ours, theirs, name, self.note, times=self.times)


def rows(*, quick: bool) -> Iterator[Row]:
    """All take turns in one run."""
    with tempfile.TemporaryDirectory() as folder:
        run = partial(_run, folder)
        if "sympy" in run("-X", "importtime", "-c", f"{LOADED}\n{BUSY}"):
            raise DisagreeError("derive --help loads sympy")
        waits = _waits(folder, quick=quick)
        commands = {wait.what: wait.arguments for wait in waits} | {FEW: (*PATHS, "w_h", "--steps", "3")}
        imports = {name for wait in waits for name in wait.against} - {FEW}
        commands |= {name: ("-c", name) for name in sorted(imports) if installed(name.removeprefix("import "))}
        taken = medians(
            *(partial(run, *command) for command in commands.values()), repeats=1 if quick else 9, once=True
        )
    seconds = dict(zip(commands, taken, strict=True))
    for wait in waits:
        for name in wait.against:
            found = seconds.get(name)
            yield missing(wait.what + END, name) if found is None else wait.row(seconds[wait.what], found, name)


def _run(folder: str, *arguments: str) -> str:
    """Run Python; its compiled modules are kept in a place that is ours to write to."""
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": str(Path(folder) / "compiled")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [sys.executable, *arguments]
    return subprocess.run(command, check=True, capture_output=True, env=environment, text=True).stdout


def _waits(folder: str, *, quick: bool) -> tuple[Wait, ...]:
    peers = () if quick else ("import casadi", "import torch", "import jax")
    handouts = (("elman", 1),) if quick else (("elman", 3), ("elman", 20), ("lstm", 3))
    return (
        Wait("import derive", ("-c", "import derive"), times=1.3, note="names are imported when they are first used"),
        Wait(PACKAGE, ("-c", PACKAGE), times=0.5, note="all but SymPy and the writers, imported when they are used"),
        Wait(PACKAGE, ("-c", PACKAGE), peers, note="all but SymPy and the writers"),
        Wait("derive --help", ("-m", "derive", "--help"), times=1.0, note="without importing sympy"),
        Wait(MANY, (*PATHS, "w_hf", "--network", "lstm-scalar", "--steps", "20"), (FEW,), note="`derive paths`"),
        *(wait for network, steps in handouts for wait in _handout(network, steps, folder)),
    )


def _handout(network: str, steps: int, folder: str) -> Iterator[Wait]:
    """Elman's at T = 3 has targets: whole, and without the web page, as at first."""
    command = ("-m", "derive", "report", "--engine", "typst", "--output", folder)
    arguments = (*command, "--network", network, "--steps", str(steps))
    what, first = f"handout, {network}, T = {steps}", (network, steps) == ("elman", 3)
    yield Wait(what, arguments, times=LIMIT if first else None, note=NOTE)
    if first:
        note = NOTE.removesuffix(", web page") + f"; {BEFORE:.2f}× before every formula was read"
        yield Wait(f"{what}, without the web page", (*arguments, "--format", "pdf,tex,md"), times=BEFORE, note=note)
