"""A contest: ways to the same answer, compared, then timed twice: with what is done once left out, and from end to end.

What is done once, however often one asks, is the set-up: deriving, tracing, compiling, building a graph. Left out, a way is
warm, and its time is a median of many runs in turns with the others'. From end to end is the first answer of a fresh
process, set-up and all; only imports are left out, which have rows of their own (`benchmarks.start`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks import fresh
from benchmarks.measure import Row, agree, beside, installed, medians, missing
from benchmarks.way import Way

END = ", end to end"
"""What the name of a row that counts everything ends in."""


@dataclass(frozen=True)
class Contest:
    """Ways to the same answer; the first is ours."""

    what: str
    ways: tuple[Way, ...]
    repeats: int
    relative: float = 1e-9
    """How far apart the answers may be."""
    end_note: str = ""


def held(subject: str, contests: Iterable[Contest], *, quick: bool) -> Iterator[Row]:
    """Hold the contests of a subject, and return two rows for each peer."""
    for place, contest in enumerate(contests):
        present = {number: way for number, way in enumerate(contest.ways) if installed(way.module)}
        warm = dict(zip(present, _warm([*present.values()], contest), strict=True))
        cold = dict(zip(present, _cold(subject, place, present, quick=quick), strict=True))
        for number, way in enumerate(contest.ways[1:], 1):
            if number not in present:
                yield missing(contest.what, way.name)
                yield missing(contest.what + END, way.name)
                continue
            yield way.row(contest.what, warm[0], warm[number], way.name, note=way.note)
            yield beside(contest.what + END, cold[0], cold[number], way.name, note=contest.end_note)


def _warm(ways: Sequence[Way], contest: Contest) -> tuple[float, ...]:
    """Compare the answers; then the time of each without its set-up."""
    runs = [way.set_up(*way.given()) for way in ways]
    ours, *theirs = (way.answer() if way.answer else run() for way, run in zip(ways, runs, strict=True))
    for way, found in zip(ways[1:], theirs, strict=True):
        agree(f"{contest.what}, {way.name}", ours, found, relative=contest.relative)
    return medians(*runs, repeats=contest.repeats)


def _cold(subject: str, place: int, present: dict[int, Way], *, quick: bool) -> tuple[float, ...]:
    """The time from end to end of each, a process for every sample, in turns; to see that it runs, this one will do."""
    if quick:
        return tuple(fresh.taken(way).seconds for way in present.values())
    rounds = [[fresh.first(subject, place, number, quick=quick).seconds for number in present] for _ in range(5)]
    return tuple(map(median, zip(*rounds, strict=True)))
