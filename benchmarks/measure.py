"""Measure: two ways of doing the same, timed in turns, and a row of the table that says how they compare."""

from __future__ import annotations

import gc
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from statistics import median
from typing import Any

import numpy as np

SHORTEST = 0.01
"""A sample repeats what it times until it takes this many seconds."""

UNITS = (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6))


@dataclass(frozen=True)
class Row:
    """One comparison, as it is printed; ``met`` None: there is no target, or the peer is not there."""

    what: str
    ours: str
    peer: str
    ratio: str
    target: str
    met: bool | None
    note: str = ""


class DisagreeError(Exception):
    """Two ways of computing the same gave different answers: then their times mean nothing."""


def agree(what: str, ours: Any, peers: Any, relative: float = 1e-9) -> None:
    """Raise `DisagreeError` unless two answers, numbers or sequences of them, are the same but for rounding."""
    if isinstance(ours, list | tuple | np.ndarray):
        for mine, theirs in zip(ours, peers, strict=True):
            agree(what, mine, theirs, relative)
    elif not abs(ours - peers) <= relative * max(1, abs(ours), abs(peers)):
        raise DisagreeError(f"{what}: {ours} here, {peers} there")


def installed(name: str) -> bool:
    """Whether a peer is there."""
    return find_spec(name) is not None


def medians(*runs: Callable[[], object], repeats: int, once: bool = False) -> tuple[float, ...]:
    """Return the median seconds of each; they take turns, so that a busy machine slows all of them alike.

    Each is warmed up first. A sample repeats a run until it takes `SHORTEST`, or with ``once``, for what takes longer
    anyway, is a single one. The collection of garbage is off meanwhile, as in the standard library's ``timeit``.
    """
    times = tuple(_times(run, once=once) for run in runs)
    samples: list[list[float]] = [[] for _ in runs]
    for _ in range(repeats):
        for number, run, kept in zip(times, runs, samples, strict=True):
            kept.append(_sample(run, number))
    return tuple(map(median, samples))


def _sample(run: Callable[[], object], number: int) -> float:
    gc.collect()
    gc.disable()
    try:
        start = time.perf_counter()
        for _ in range(number):
            run()
        return (time.perf_counter() - start) / number
    finally:
        gc.enable()


def _times(run: Callable[[], object], *, once: bool) -> int:
    """How often a sample repeats a run; the first run warms up what is made once."""
    run()
    if once:
        return 1
    start = time.perf_counter()
    run()
    return max(1, round(SHORTEST / max(1e-9, time.perf_counter() - start)))


def shown(seconds: float) -> str:
    """Return a time with its unit.

    >>> shown(0.0123), shown(4.5e-5), shown(2), shown(0.9999)
    ('12.3 ms', '45.0 µs', '2.00 s', '1,000 ms')
    """
    unit, size = next((found for found in UNITS if seconds >= found[1]), UNITS[-1])
    value = seconds / size
    return f"{value:,.{_places(value)}f} {unit}"


def at_least(what: str, ours: float, theirs: float, name: str, note: str = "", *, times: float) -> Row:
    """Return the row of a target "at least so many times faster than the peer" (1: no slower)."""
    target = "no slower" if times == 1 else f"≥ {times:,.0f}× faster"
    return Row(what, shown(ours), f"{name}: {shown(theirs)}", gain(ours, theirs), target, theirs >= times * ours, note)


def at_most(what: str, ours: float, theirs: float, name: str, note: str = "", *, times: float | None) -> Row:
    """Return the row of a target "at most so many times as long as the other", or of what the other is a measure for."""
    target, met = ("–", None) if times is None else (f"≤ {times}×", ours <= times * theirs)
    return Row(what, shown(ours), f"{name}: {shown(theirs)}", as_long(ours, theirs), target, met, note)


def within(what: str, ours: float, limit: float, note: str = "") -> Row:
    """Return the row of a target in seconds."""
    ratio = f"{_up(ours / limit)} of the limit"
    return Row(what, shown(ours), "–", ratio, f"≤ {shown(limit)}", ours <= limit, note)


def beside(what: str, ours: float, theirs: float, name: str, note: str = "") -> Row:
    """Return the row of a comparison that has no target."""
    return Row(what, shown(ours), f"{name}: {shown(theirs)}", gain(ours, theirs), "–", None, note)


def alone(what: str, ours: float, note: str = "") -> Row:
    """Return the row of a time that has neither peer nor target."""
    return Row(what, shown(ours), "–", "–", "–", None, note)


def missing(what: str, name: str) -> Row:
    """Return the row of a comparison whose peer is not installed."""
    return Row(what, "–", f"{name}: not installed", "–", "–", None)


# A ratio is rounded to our disadvantage, so that what is printed meets a target exactly if what was measured does.


def as_long(ours: float, theirs: float, unit: str = "as long") -> str:
    """Return how many times as long as the other, or as much.

    >>> as_long(1.331, 0.492)
    '2.71× as long'
    """
    return f"{_up(ours / theirs)}× {unit}"


def gain(ours: float, theirs: float, better: str = "faster", worse: str = "slower") -> str:
    """Return how much less than the other, or how much more.

    >>> gain(1, 2.999), gain(1, 0.9999)
    ('2.99× faster', '1.01× slower')
    """
    return f"{_down(theirs / ours)}× {better}" if theirs >= ours else f"{_up(ours / theirs)}× {worse}"


def _down(ratio: float) -> str:
    places = _places(ratio)
    return f"{math.floor(ratio * 10**places) / 10**places:,.{places}f}"


def _up(ratio: float) -> str:
    places = _places(ratio)
    return f"{math.ceil(ratio * 10**places) / 10**places:,.{places}f}"


def _places(ratio: float) -> int:
    return 2 if ratio < 10 else 1 if ratio < 100 else 0
