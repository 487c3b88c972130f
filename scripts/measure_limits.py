"""Measure what is just within the limits: the processor's seconds and the memory that each command takes.

A network for each limit, and for several at once (tests/large.py), is told by the commands that take it. Seconds and
memory are those of a command and all that it starts (benchmarks/child.py). What takes more than a minute or a gigabyte, or
does not end as it should, ends the run with exit code 1.
To run all, or some, by a part of what they are called:

    .venv/bin/python scripts/measure_limits.py
    .venv/bin/python scripts/measure_limits.py --only states --only lag
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from large import CASES, Case, fault  # noqa: E402 - found by that

from benchmarks.child import Taken, taken  # noqa: E402 - as above


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
        wrong = fault(case, found)
        faults += bool(wrong)
        sys.stdout.write(f"| {case.what} | `{case.shown}` | {found.seconds:.0f} | {found.megabytes:.0f} | {wrong} |\n")
        sys.stdout.flush()
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
