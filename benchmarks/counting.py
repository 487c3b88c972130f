"""Counting the paths to an LSTM's forget gate, exactly."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from statistics import median

from flint import fmpz

from benchmarks import fresh
from benchmarks.contest import END, Contest
from benchmarks.measure import Row, agree, alone, medians, within
from benchmarks.way import Way
from derive.derivation import derive


def rows(*, quick: bool) -> Iterator[Row]:
    """The count at T = 10,000 has thousands of digits; a small one is known."""
    agree("count at T = 20", _count(20)(), 14_166_632_180_785, relative=0)
    (contest,) = contests(quick=quick)
    run = contest.ways[0].set_up()
    (taken,) = medians(run, repeats=contest.repeats)
    cold = median(fresh.first("counting", 0, 0, quick=quick).seconds for _ in range(contest.repeats))
    yield within(contest.what, taken, 2, f"exactly: a number of {len(str(fmpz(run()))):,} digits")
    yield alone(contest.what + END, cold)


def contests(*, quick: bool) -> tuple[Contest, ...]:
    """From the network's name on, without a peer: nothing but what was imported and remembered is left out."""
    steps = 50 if quick else 10_000
    ours = Way("derive", partial(_count, steps))
    return (Contest(f"counting paths, lstm-scalar, T = {steps:,}", (ours,), 1 if quick else 5),)


def _count(steps: int) -> Callable[[], int]:
    return lambda: derive("lstm-scalar", steps).paths("w_hf").count
