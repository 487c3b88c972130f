"""Run a compiler, and end with whoever asked for it: ``python guard.py COMMAND …``, in a session of its own.

Standard input is a pipe whose other end the asking process holds. When it lets go, or ends, however that happens, everything
in the session is killed: this process, TeX, and all its children.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from threading import Thread


def guard(command: list[str]) -> int:
    """Run a command and return its exit code."""
    Thread(target=_end_with_who_asked, daemon=True).start()
    with subprocess.Popen(command, stdin=subprocess.DEVNULL) as process:  # noqa: S603 -- from `derive.report.engines`
        return process.wait()


def _end_with_who_asked() -> None:
    os.read(0, 1)
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(guard(sys.argv[1:]))
