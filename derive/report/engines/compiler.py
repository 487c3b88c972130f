"""Run a compiler in a folder, quietly, with a time limit, so that it ends with whoever asked for it, and all its children too.

The environment makes TeX write the same bytes each time, and its log in whole lines.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from derive.stopping import allowed

_GUARD: Final = (sys.executable, "-I", "-S", str(Path(__file__).with_name("guard.py")))
_ENVIRONMENT: Final = {
    "SOURCE_DATE_EPOCH": "0",
    "FORCE_SOURCE_DATE": "1",
    "max_print_line": "100000",
    "openout_any": "p",
}


def compiled(command: Sequence[str], folder: Path, seconds: float) -> int | None:
    """Run a command in a folder and return its exit code; None if it took longer than that, and was ended."""
    with subprocess.Popen(  # noqa: S603 -- no input in it
        [*_GUARD, *command],
        cwd=folder,
        env=os.environ | _ENVIRONMENT,
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
