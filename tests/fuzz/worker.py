"""Worker: a process that answers inputs one by one under limits, so that one which hangs, or grows, ends no run.

Processor time is what is limited, not time on the clock: a busy machine makes no finding. The kernel ends what takes longer,
wherever it is (SIGPROF); memory is limited as address space over what the process begins with.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import resource
import signal
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

from fuzz.targets import Answer, Finding, Target, folder

FRESH = multiprocessing.get_context("forkserver")
"""A worker comes from a process without threads: one forked from a process in which Typst has worked would wait for ever."""
FRESH.set_forkserver_preload(["fuzz.targets"])
SLACK = 30
"""How many times longer than its processor time an input may take on the clock."""
TURNS = 2_000
"""After so many inputs a worker is replaced, or what libraries keep would add up."""
PAGE = resource.getpagesize()


@dataclass(frozen=True)
class Result:
    """What became of an input: the kind of answer, or ``finding``; by which way, or what was wrong; the time it took."""

    kind: str
    way: str
    seconds: float
    megabytes: float


@dataclass
class Worker:
    """Answers the inputs of one target, in a process that is replaced when it ends."""

    target: Target
    process: BaseProcess | None = None
    line: Connection | None = None
    turns: int = field(default=0)

    def __call__(self, texts: Sequence[str]) -> Iterator[Result]:
        """What becomes of each of some inputs; they are sent together, since a busy machine lets each exchange wait."""
        while texts:
            if self.process is None or self.turns >= TURNS:
                self._start()
            assert self.line is not None
            try:
                self.line.send(texts)
                while texts:
                    if not self.line.poll(SLACK * self.target.seconds):
                        why = f"no answer in {SLACK * self.target.seconds:.0f} s on the clock"
                        break
                    yield Result(*self.line.recv())
                    self.turns, texts = self.turns + 1, texts[1:]
                else:
                    return
            except (EOFError, ConnectionError):
                why = self._end()
            self.stop()
            yield Result("finding", why, self.target.seconds, 0)
            texts = texts[1:]

    def _end(self) -> str:
        """Why the process has ended."""
        assert self.process is not None
        self.process.join()
        code = self.process.exitcode
        return f"more than {self.target.seconds:g} s" if code == -signal.SIGPROF else f"the process ended, {code}"

    def stop(self) -> None:
        """End the process."""
        if self.process is not None:
            self.process.kill()
            self.process.join()
            self.process = None

    def _start(self) -> None:
        self.stop()
        self.line, theirs = FRESH.Pipe()
        self.process = FRESH.Process(
            target=_serve, args=(self.target.answer, self.target.seconds, self.target.megabytes, theirs), daemon=True
        )
        self.process.start()
        theirs.close()
        self.turns = 0


def _serve(answer: Callable[[str], Answer], seconds: float, megabytes: float, line: Connection) -> None:
    """Answer what comes, until nothing does."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGPROF):
        signal.signal(number, signal.SIG_DFL)
    gc.set_threshold(10_000)
    ceiling = _pages()[0] * PAGE + int(megabytes * 1_000_000)
    resource.setrlimit(resource.RLIMIT_AS, (ceiling, ceiling))
    with folder():
        while True:
            for text in line.recv():
                before, began = _pages()[1], _seconds()
                signal.setitimer(signal.ITIMER_PROF, seconds)
                kind, way = _answer(answer, text)
                signal.setitimer(signal.ITIMER_PROF, 0)
                line.send((kind, way, _seconds() - began, (_pages()[1] - before) * PAGE / 1e6))


def _answer(answer: Callable[[str], Answer], text: str) -> tuple[str, str]:
    try:
        return answer(text)
    except Finding as finding:
        return "finding", str(finding)
    except BaseException as error:  # noqa: BLE001 - whatever it is, it is no answer
        if isinstance(error, RecursionError | MemoryError):
            return "finding", f"{type(error).__name__}: {str(error)[:300]!a}"
        frame = traceback.extract_tb(error.__traceback__)[-1]
        return (
            "finding",
            f"{type(error).__name__} in {Path(frame.filename).name}, line {frame.lineno}: {str(error)[:300]!a}",
        )


def _seconds() -> float:
    """Processor time so far, that of children included."""
    return sum(os.times()[:4])


def _pages() -> tuple[int, int]:
    """How many pages of memory this process has asked for, and how many it has."""
    asked, resident, *_ = Path("/proc/self/statm").read_text(encoding="ascii").split()
    return int(asked), int(resident)
