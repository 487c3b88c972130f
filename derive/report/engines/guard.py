"""Run a compiler quietly, with a time limit: ``python guard.py SECONDS COMMAND …``.

PyLaTeX runs its compiler without a limit and passes on no environment, so it is given this script for a compiler. The
environment makes TeX write the same bytes each time, and its log in whole lines. Exit code 124 says the time was up.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys

TIMED_OUT = 124
ENVIRONMENT = {"SOURCE_DATE_EPOCH": "0", "FORCE_SOURCE_DATE": "1", "max_print_line": "100000", "openout_any": "p"}


def guard(seconds: float, command: list[str]) -> int:
    """Run command for at most so many seconds and return its exit code; its children end with it."""
    with subprocess.Popen(  # noqa: S603 -- the command comes from `derive.report.engines`
        command,
        env=os.environ | ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return TIMED_OUT


if __name__ == "__main__":
    sys.exit(guard(float(sys.argv[1]), sys.argv[2:]))
