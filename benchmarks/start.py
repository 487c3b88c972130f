"""How long a person waits: importing, asking for help, a whole handout; each in a fresh process, warm."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks.measure import DisagreeError, Row, at_most, beside, medians

HELP = ("-m", "derive", "--help")
HANDOUT = ("-m", "derive", "report", "--steps", "3", "--engine", "typst", "--output")
BUSY = "import sys, runpy; sys.argv = ['derive', '--help']; runpy.run_module('derive', run_name='__main__')"


def rows(*, quick: bool) -> Iterator[Row]:
    """Against ``import sympy``, the interpreter's own start included on both sides."""
    repeats = 1 if quick else 9
    with tempfile.TemporaryDirectory() as folder:
        # Compiled modules are kept, as they are for a user, and here in a place that is ours to write to.
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": str(Path(folder) / "compiled")}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)

        def run(*arguments: str) -> str:
            command = [sys.executable, *arguments]
            return subprocess.run(command, check=True, capture_output=True, env=environment, text=True).stdout

        if "sympy" in run("-X", "importtime", "-c", f"{LOADED}\n{BUSY}"):
            raise DisagreeError("derive --help loads sympy")
        sympy = partial(run, "-c", "import sympy")
        for what, arguments, times, note in (
            ("import derive", ("-c", "import derive"), 1.3, "names are imported when they are first used"),
            ("from derive import derive", ("-c", "from derive import derive"), None, "everything but the writers"),
            ("derive --help", HELP, 1.0, "without importing sympy"),
            ("handout, T = 3, Typst, warm", (*HANDOUT, folder), 3.0, "derivation, example, checks; PDF, TeX, Markdown"),
        ):
            ours, theirs = medians(partial(run, *arguments), sympy, repeats=repeats)
            if times is None:
                yield beside(what, ours, theirs, "import sympy", note)
            else:
                yield at_most(what, ours, theirs, "import sympy", times, note)


LOADED = "import atexit, sys; atexit.register(lambda: print('sympy' if 'sympy' in sys.modules else ''))"
