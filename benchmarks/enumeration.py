"""Enumerating paths with the product of their local partials, against networkx and rustworkx; and the memory it takes."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from functools import partial
from itertools import islice

from benchmarks import fresh, ways
from benchmarks.contest import END, Contest, held
from benchmarks.measure import Row, agree, as_long, at_least, gain, installed, missing
from benchmarks.way import Way
from derive.derivation import derive

FULL = ("elman", "w_h", 300, 45_150), ("lstm-scalar", "w_hf", 8, 96_789)
QUICK = ("elman", "w_h", 5, 15), ("lstm-scalar", "w_hf", 3, 37)
"""Network, parameter, T, and how many paths there are: elman's are T(T + 1)/2."""


def rows(*, quick: bool) -> Iterator[Row]:
    """Elman's recurrent weight and an LSTM's forget gate, and the memory that their paths take."""
    sizes = QUICK if quick else FULL
    for name, target, steps, count in sizes:
        agree(f"paths to {target}", derive(name, steps).paths(target).count, count, relative=0)
    yield from held("enumeration", contests(quick=quick), quick=quick)
    yield from _memory(quick=quick)
    yield _streamed(*sizes[1])


def contests(*, quick: bool) -> tuple[Contest, ...]:
    """Libraries of graphs, which are given the local partials: they cannot find them."""
    return tuple(
        Contest(
            f"{count:,} paths with products, {name}, T = {steps}",
            (
                Way("derive", partial(ways.ours, name, target, steps)),
                _library("networkx", 50, name, target, steps),
                _library("rustworkx", 5, name, target, steps),
            ),
            repeats=1 if quick else 7,
            relative=1e-6,
            end_note="here with deriving the network and its local partials, which the peer is given and makes its graph of",
        )
        for name, target, steps, count in (QUICK if quick else FULL)
    )


def _library(library: str, times: float, *paths: object) -> Way:
    return Way(
        library,
        getattr(ways, library),
        library,
        partial(at_least, times=times),
        "the peer is given only what leads to the target",
        given=partial(ways.partials, *paths),
    )


def _memory(*, quick: bool) -> Iterator[Row]:
    """What all paths to Elman's recurrent weight take here and with rustworkx, each in a process of its own."""
    contest = contests(quick=quick)[0]
    what = f"memory for {contest.what}"
    number, theirs = next((place, way) for place, way in enumerate(contest.ways) if way.name == "rustworkx")
    if not installed(theirs.module):
        yield missing(what, theirs.name)
        yield missing(what + END, theirs.name)
        return
    mine, other = (fresh.first("enumeration", 0, way, quick=quick) for way in (0, number))
    note = "what a process grows by at most from the graph to the last path"
    yield _sizes(what, mine.grown_by_run, other.grown_by_run, theirs.name, note)
    note = "what a process grows by at most after its imports"
    yield _sizes(what + END, mine.grown, other.grown, theirs.name, note)


def _sizes(what: str, ours: int, theirs: int, name: str, note: str) -> Row:
    """A page or two is the least that a process grows by."""
    mine, other = (max(size, 100_000) / 1e6 for size in (ours, theirs))
    return Row(what, f"{mine:.1f} MB", f"{name}: {other:.1f} MB", gain(mine, other, "less", "more"), "–", None, note)


def _streamed(name: str, target: str, steps: int, count: int) -> Row:
    """The most that is held while paths are streamed: some, and all of them."""
    paths, known = ways.partials(name, target, steps)
    some = max(1, count // 50)
    peaks = []
    for number in (some, None):
        stream = ways.stream(paths, known)
        stream.paths.ways  # noqa: B018 - part of the graph
        tracemalloc.start()
        for _ in islice(stream, number):
            pass
        peaks.append(tracemalloc.get_traced_memory()[1] / 1000)
        tracemalloc.stop()
    return Row(
        f"memory while {count:,} paths are streamed",
        f"{peaks[1]:.0f} kB",
        f"ours while {some:,} are: {peaks[0]:.0f} kB",
        as_long(*reversed(peaks), "as much"),
        "≤ 2×",
        peaks[1] <= 2 * peaks[0],
        "the most that Python held at a time; the limit is our own",
    )
