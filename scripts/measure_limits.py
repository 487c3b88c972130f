"""Measure what is just within the limits: the processor's seconds and the memory that each command takes.

A network for each limit, and for several at once (tests/large.py), is told by the commands that take it. Seconds are those of
the processor, user and system, of a command and all that it starts, so that what else runs does not count; memory is that of
its largest process. What takes more than a minute or a gigabyte, or does not end as it should, ends the run with exit code 1.
To run all, or some, by a part of what they are called:

    .venv/bin/python scripts/measure_limits.py
    .venv/bin/python scripts/measure_limits.py --only states --only lag
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from large import CASES, Case

MOST_SECONDS, MOST_MEGABYTES = 60, 1_000
PATIENCE = 600
"""So many seconds of the clock a command may take, whatever else runs; then it is ended."""
LEAN = """
import resource, subprocess, sys
done = subprocess.run([sys.executable, "-m", "derive", *sys.argv[1:]], stdout=subprocess.DEVNULL)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(done.returncode, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)
"""
"""A small process between, since what is started begins with the memory of what starts it."""


@dataclass(frozen=True)
class Taken:
    """What a command took: its exit code, what it said, seconds of the processor and megabytes."""

    code: int
    said: str
    seconds: float
    megabytes: float

    def fault(self, case: Case) -> str:
        """Return what is wrong with it, or nothing."""
        if self.code != case.code:
            return f"exit code {self.code}: {self.said[-400:]}"
        if self.seconds > MOST_SECONDS or self.megabytes > MOST_MEGABYTES:
            return "too much"
        return ""


def taken(words: Sequence[str], folder: Path) -> Taken:
    """Run a command in a folder, and return what it took; what takes too long is ended with all that it started."""
    with subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-c", LEAN, *words],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
    ) as run:
        try:
            out, said = run.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(run.pid, signal.SIGKILL)
            return Taken(-1, f"not done after {PATIENCE} s", float("inf"), float("inf"))
    code, seconds, megabytes = out.split()
    return Taken(int(code), said.strip(), float(seconds), float(megabytes))


def measured(case: Case) -> Taken:
    """Run a case in a folder of its own."""
    with TemporaryDirectory() as folder:
        case.prepare(Path(folder))
        return taken(case.words, Path(folder))


def main() -> int:
    """Run what was asked for, print a line for each, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", default=[], help="a part of what cases are called; may be repeated")
    asked = parser.parse_args()
    wanted = [case for case in CASES if not asked.only or any(part in str(case) for part in asked.only)]
    sys.stdout.write("| what | command | seconds | MB | |\n|---|---|--:|--:|---|\n")
    faults = 0
    for case in wanted:
        found = measured(case)
        fault = found.fault(case)
        faults += bool(fault)
        sys.stdout.write(f"| {case.what} | `{case.shown}` | {found.seconds:.0f} | {found.megabytes:.0f} | {fault} |\n")
        sys.stdout.flush()
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
