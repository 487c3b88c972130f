"""The memory that enumerating paths takes, in a process of its own: ``python -m benchmarks.memory LIBRARY STEPS`` prints it."""

from __future__ import annotations

import importlib
import resource
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks import ways
from benchmarks.measure import Row, missing, peer
from derive.derivation import derive
from derive.graph import Node
from derive.numbers import resolve
from derive.paths import PathSum

ROOT = Path(__file__).parent.parent
UNIT = 1 if sys.platform == "darwin" else 1024
"""What the system counts the largest size of a process in: bytes there, kilobytes elsewhere."""


def against(library: str, steps: int) -> Row:
    """Return the row that compares what we take with what a library does, for all paths to Elman's recurrent weight."""
    what = f"memory for {steps * (steps + 1) // 2:,} paths with products, elman, T = {steps}"
    if peer(library) is None:
        return missing(what, library)
    ours, theirs = (_taken(name, steps) for name in ("derive", library))
    return Row(
        what,
        f"{ours / 1e6:.1f} MB",
        f"{library}: {theirs / 1e6:.0f} MB",
        f"{theirs / max(ours, 1e5):,.0f}× less",
        "–",
        None,
        "what a process of its own grows by at most, from the graph to the last path",
    )


def _taken(library: str, steps: int) -> int:
    command = [sys.executable, "-m", "benchmarks.memory", library, str(steps)]
    done = subprocess.run(command, check=True, capture_output=True, cwd=ROOT, text=True)
    return int(done.stdout)


def main(library: str, steps: int) -> None:
    """Enumerate, and print by how many bytes the process has grown at its largest."""
    derivation = derive("elman", steps)
    paths = PathSum(derivation.unrolled, Node("w_h"))
    known = ways.weights(paths, resolve(derivation.network, steps))
    run: Callable[[], object] = partial(ways.ours, paths, known)
    if library != "derive":
        run = ways.PEERS[library](importlib.import_module(library), paths, known)
    before = _largest()
    run()
    print(_largest() - before)


def _largest() -> int:
    """The largest size of this process so far, in bytes.

    On Linux ``getrusage`` also knows that of the process before it became this one, so the kernel's own file is read.
    """
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text(encoding="utf-8").splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * UNIT


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
