"""Run a compiler, and end with whoever asked for it: ``python guard.py MEGABYTES COMMAND …``, in a session of its own.

Standard input is a pipe whose other end the asking process holds. When it lets go, or ends, however that happens, everything
in the session is killed: this process, TeX, and all its children. So it is when the files in this folder become too large. Each
process has so many megabytes of memory at most, where the system keeps count; 0 is no bound.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import Final

DISK: Final = 200_000_000
"""How many bytes may stand in the folder; the files of a long handout have a tenth of it."""
_SELDOM: Final = 0.2


def guard(megabytes: int, command: list[str]) -> int:
    """Run a command and return its exit code."""
    Thread(target=_end_with_who_asked, daemon=True).start()
    _bound_memory(megabytes)
    with subprocess.Popen(command, stdin=subprocess.DEVNULL) as process:  # noqa: S603 -- from `derive.report.engines`
        while True:
            with suppress(subprocess.TimeoutExpired):
                return process.wait(_SELDOM)
            if _written() > DISK:
                os.killpg(0, signal.SIGKILL)


def _bound_memory(megabytes: int) -> None:
    with suppress(ImportError, OSError, ValueError):  # not every system can
        import resource  # noqa: PLC0415

        if megabytes:
            resource.setrlimit(resource.RLIMIT_AS, (megabytes * 1_000_000,) * 2)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _written() -> int:
    sizes = 0
    for place in Path().rglob("*"):
        with suppress(OSError):
            sizes += place.lstat().st_size
    return sizes


def _end_with_who_asked() -> None:
    os.read(0, 1)
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(guard(int(sys.argv[1]), sys.argv[2:]))
