"""Run a compiler in a folder, quietly, within time, memory and disk; it ends with whoever asked for it, and its children too.

The environment makes TeX write the same bytes each time, and its log in whole lines. What is set may come from a stranger's
template, so TeX sees that folder, as its home too, and the files of its own installation: nothing above or beside it, nor what
the reader's variables point to.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from derive.report.engines.typst_pages import FONTS
from derive.stopping import allowed

MEGABYTES: Final = 1_000
"""How much memory each process of a compiler may have."""
_GUARD: Final = (sys.executable, "-I", "-S", str(Path(__file__).with_name("guard.py")))
_ENVIRONMENT: Final = {
    "SOURCE_DATE_EPOCH": "0",
    "FORCE_SOURCE_DATE": "1",
    "max_print_line": "100000",
    "openin_any": "p",
    "openout_any": "p",
    "shell_escape": "f",
    "RAYON_NUM_THREADS": "2",  # Typst's threads, and what memory is reserved for each: the same wherever it runs
    "MALLOC_ARENA_MAX": "2",
    "TTFONTS": f"{FONTS}{os.pathsep}",  # what Fandol lacks; the empty end stands for TeX's own
}
_KEPT: Final = (
    *("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "LD_LIBRARY_PATH", "TEXMFCNF", "TEXMFSYSVAR", "TEXMFSYSCONFIG"),
    *("TEMP", "TMP", "PATHEXT", "SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC"),
)
"""Of the reader's variables: where programs are, and a TeX that is not in its usual place; on Windows what programs need."""


def environment(home: Path) -> dict[str, str]:
    """Return what a compiler is told of the system: ``home`` is all that it has."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return kept | _ENVIRONMENT | {name: str(home) for name in ("HOME", "USERPROFILE", "TEXMFHOME")}


def compiled(
    command: Sequence[str], folder: Path, seconds: float | None, megabytes: int | None = MEGABYTES
) -> int | None:
    """Run a command in a folder and return its exit code; None if it took longer than that, and was ended.

    It is negative if the command was ended for what it wrote, or by the system. Without seconds, or megabytes, it has as many
    as it takes.
    """
    with subprocess.Popen(  # noqa: S603 -- no input in it
        [*_GUARD, str(megabytes or 0), *command],
        cwd=folder,
        env=environment(folder),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as guard:
        try:
            with allowed():
                return guard.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        finally:
            if guard.stdin is not None:
                guard.stdin.close()
            guard.wait()
