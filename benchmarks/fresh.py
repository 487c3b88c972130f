"""The first answer of a fresh process: ``python -m benchmarks.fresh SUBJECT CONTEST WAY QUICK`` prints what it takes."""

from __future__ import annotations

import importlib
import json
import resource
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.way import Way

ROOT = Path(__file__).parent.parent
UNIT = 1 if sys.platform == "darwin" else 1024
"""What the system counts the largest size of a process in: bytes there, kilobytes elsewhere."""

LATE = {"derive": ("sympy", "derive.equations.algebra", "derive.equations.sympy_functions")}
"""What is imported when it is first used: an import all the same, whose time has rows of its own."""


@dataclass(frozen=True)
class Taken:
    """What a first answer took, imports left out: seconds, and by how many bytes the process grew at most."""

    seconds: float
    grown: int
    """Set-up and run."""
    grown_by_run: int


def first(subject: str, contest: int, way: int, *, quick: bool) -> Taken:
    """Ask one way of a subject's contest for its answer, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.fresh", subject, str(contest), str(way), str(int(quick))]
    done = subprocess.run(command, check=True, capture_output=True, cwd=ROOT, text=True)
    return Taken(**json.loads(done.stdout))


def taken(way: Way) -> Taken:
    """Return what the first answer takes in this process, which should be fresh."""
    for module in (way.module, *LATE.get(way.module, ())):
        importlib.import_module(module)
    given = way.given()
    before = _largest()
    start = time.perf_counter()
    run = way.set_up(*given)
    between = time.perf_counter()
    set_up = _largest()
    again = time.perf_counter()
    run()
    seconds = time.perf_counter() - again + between - start
    after = _largest()
    return Taken(seconds, after - before, after - set_up)


def _largest() -> int:
    """The largest size of this process so far, in bytes.

    On Linux ``getrusage`` also knows that of the process before it became this one, so the kernel's own file is read.
    """
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text(encoding="utf-8").splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * UNIT


def main(subject: str, contest: str, way: str, quick: str) -> None:
    """Print what the first answer takes."""
    contests = importlib.import_module(f"benchmarks.{subject}").contests(quick=quick == "1")
    print(json.dumps(asdict(taken(contests[int(contest)].ways[int(way)]))))


if __name__ == "__main__":
    main(*sys.argv[1:])
