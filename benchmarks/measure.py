"""Measure: two ways of doing the same, timed in turns, and a row of the table that says how they compare."""

from __future__ import annotations

import gc
import importlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from types import ModuleType
from typing import Any

SHORTEST = 0.01
"""A sample repeats what it times until it takes this many seconds."""

UNITS = (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6))


@dataclass(frozen=True)
class Row:
    """One comparison. ``ratio`` is ours / limit's unit as ``target`` says it; ``met`` None: no target, or no peer."""

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
    """Raise `DisagreeError` unless two answers, numbers or sequences of numbers, are the same but for rounding."""
    pairs = zip(ours, peers, strict=True) if isinstance(ours, list | tuple) else [(ours, peers)]
    for mine, theirs in pairs:
        if abs(mine - theirs) > relative * max(1, abs(mine), abs(theirs)):
            raise DisagreeError(f"{what}: {mine} here, {theirs} there")


def peer(name: str) -> ModuleType | None:
    """Return a peer's module, or None where it is not installed."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def medians(*runs: Callable[[], object], repeats: int) -> tuple[float, ...]:
    """Return the median seconds of each; they take turns, so that a busy machine slows all of them alike.

    The collection of garbage is off while a sample is taken, as in the standard library's ``timeit``.
    """
    times = tuple(_times(run) for run in runs)
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


def _times(run: Callable[[], object]) -> int:
    """How often a sample repeats a run; the first run warms up what is made once."""
    run()
    start = time.perf_counter()
    run()
    return max(1, round(SHORTEST / max(1e-9, time.perf_counter() - start)))


def shown(seconds: float) -> str:
    """Return a time with its unit.

    >>> shown(0.0123), shown(4.5e-5), shown(2)
    ('12.3 ms', '45.0 µs', '2.00 s')
    """
    unit, size = next((found for found in UNITS if seconds >= found[1]), UNITS[-1])
    return f"{seconds / size:#.3g}".rstrip(".") + f" {unit}"


def at_least(what: str, ours: float, theirs: float, name: str, times: float, note: str = "") -> Row:
    """Return the row of a target "at least so many times faster than the peer" (1: no slower)."""
    target = "no slower" if times == 1 else f"≥ {times:,.0f}× faster"
    ratio = theirs / ours
    return Row(what, shown(ours), f"{name}: {shown(theirs)}", f"{ratio:,.1f}× faster", target, ratio >= times, note)


def at_most(what: str, ours: float, theirs: float, name: str, times: float, note: str = "") -> Row:
    """Return the row of a target "at most so many times as long as the other"."""
    ratio = ours / theirs
    return Row(
        what, shown(ours), f"{name}: {shown(theirs)}", f"{ratio:.2f}× as long", f"≤ {times}×", ratio <= times, note
    )


def within(what: str, ours: float, limit: float, note: str = "") -> Row:
    """Return the row of a target in seconds."""
    return Row(what, shown(ours), "–", f"{ours / limit:.2f} of the limit", f"≤ {shown(limit)}", ours <= limit, note)


def beside(what: str, ours: float, theirs: float, name: str, note: str = "") -> Row:
    """Return the row of a comparison that has no target."""
    faster = theirs >= ours
    ratio = f"{theirs / ours if faster else ours / theirs:,.1f}× {'faster' if faster else 'slower'}"
    return Row(what, shown(ours), f"{name}: {shown(theirs)}", ratio, "–", None, note)


def missing(what: str, name: str) -> Row:
    """Return the row of a comparison whose peer is not installed."""
    return Row(what, "–", f"{name}: not installed", "–", "–", None)
