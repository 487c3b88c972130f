"""A command as a child process, and what it takes: ``python child.py WORDS …`` runs derive and prints it.

Seconds are those of the processor, user and system, of a command and all that it starts, so that what else runs does not count.
Memory is what it and all that it starts have at one time, at most: pages that processes share count once. What starts a
command is small, since a process begins with the memory of the one that starts it; so this module loads nothing but the
standard library.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread

PATIENCE = 600.0
"""So many seconds of the clock a command may take, whatever else runs; then it is ended."""
OFTEN = 0.1
PROCESSES = Path("/proc")
UNIT = 1 if sys.platform == "darwin" else 1024
"""What the system counts the largest size of a process in: bytes there, kilobytes elsewhere."""


@dataclass(frozen=True)
class Taken:
    """What a command took: its exit code, what it said, seconds of the processor and megabytes."""

    code: int
    said: str
    seconds: float
    megabytes: float


def taken(words: Sequence[str], folder: Path, patience: float = PATIENCE) -> Taken:
    """Run derive in a folder, and return what it took; what takes too long is ended with all that it started."""
    with subprocess.Popen(
        [sys.executable, __file__, *words],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
    ) as run:
        try:
            out, said = run.communicate(timeout=patience)
        except subprocess.TimeoutExpired:
            os.killpg(run.pid, signal.SIGKILL)
            return Taken(-1, f"not done after {patience:g} s", float("inf"), float("inf"))
    code, seconds, megabytes = json.loads(out)
    return Taken(code, said.strip(), seconds, megabytes)


def main(words: Sequence[str]) -> None:
    """Run derive, watch its memory, and print what it took."""
    import resource  # not every system has it

    with subprocess.Popen([sys.executable, "-m", "derive", *words], stdout=subprocess.DEVNULL) as run:
        most, ended = [0.0], Event()
        watch = Thread(target=_watch, args=(run.pid, most, ended))
        watch.start()
        code = run.wait()
        ended.set()
        watch.join()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    largest = max(most[0], used.ru_maxrss * UNIT)
    print(json.dumps([code, used.ru_utime + used.ru_stime, largest / 1e6]))


def _watch(process: int, most: list[float], ended: Event) -> None:
    while not ended.wait(OFTEN):
        most[0] = max(most[0], sum(map(_size, _family(process))))


def _family(process: int) -> Iterator[int]:
    """A process with all that it has started; where the system has no list of them, nothing."""
    parents: dict[int, list[int]] = {}
    for place in PROCESSES.glob("[0-9]*"):
        with suppress(OSError, ValueError):
            parent = int((place / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1])
            parents.setdefault(parent, []).append(int(place.name))
    waiting = [process] if parents else []
    while waiting:
        yield (found := waiting.pop())
        waiting += parents.get(found, [])


def _size(process: int) -> int:
    """The bytes of a process, its part of what is shared."""
    with suppress(OSError):
        for line in (PROCESSES / str(process) / "smaps_rollup").read_text(encoding="utf-8").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0


if __name__ == "__main__":
    main(sys.argv[1:])
