"""Plot: sizes over a whole number, on a logarithmic scale. Curves are given by decimal logarithms; −∞ is left out."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from derive.notation.formula import Formula, Number, Power, Role, number
from derive.notation.measure import width
from derive.report.document import Label, Picture, Point, Polyline, Shape
from derive.report.exhibits.labels import EM

WIDTH, HEIGHT = 13.0, 6.4
LEFT, BOTTOM, RIGHT = 1.5, 1.1, 0.4
LEGEND = 0.55
"""The room of a line of the legend."""
TICKS = 6
TICK = 0.1
SAMPLE = 0.9


@dataclass(frozen=True)
class Curve:
    """The decimal logarithms of a series from 0 on, its name in the legend, and its looks."""

    exponents: tuple[float, ...]
    name: Formula
    role: Role
    marked: bool = False
    dashed: bool = False


def log_plot(curves: tuple[Curve, ...], across: Formula) -> Picture:
    """Return the curves over 0, 1, 2, …, whose name is ``across``, with axes and a legend above them."""
    finite = [exponent for curve in curves for exponent in curve.exponents if math.isfinite(exponent)]
    low, high = math.floor(min(finite, default=0.0)), math.ceil(max(finite, default=0.0))
    high = max(high, low + 1)
    last = max(len(curve.exponents) for curve in curves) - 1
    top = HEIGHT - LEGEND * len(curves) - 0.2

    def place(at: float, exponent: float) -> Point:
        share = (exponent - low) / (high - low)
        return LEFT + (WIDTH - LEFT - RIGHT) * at / max(last, 1), BOTTOM + (top - BOTTOM) * share

    shapes: list[Shape] = [
        Polyline((place(0, high), place(0, low), place(last, low)), "muted"),
        Label((WIDTH - RIGHT, 0.3), across, anchor="end"),
    ]
    step = _every(high - low)
    for power in range(-(-low // step) * step, high + 1, step):
        x, y = place(0, power)
        shapes += [
            Polyline(((x - TICK, y), (x, y)), "muted"),
            Label((x - 2 * TICK, y), Power(Number("10"), number(power)) if power else Number("1"), anchor="end"),
        ]
    for at in range(0, last + 1, _every(last)):
        x, y = place(at, low)
        shapes += [Polyline(((x, y - TICK), (x, y)), "muted"), Label((x, y - 0.35), number(at))]
    for curve in curves:
        for run in _runs(curve.exponents):
            points = tuple(place(at, exponent) for at, exponent in run)
            shapes.append(Polyline(points, curve.role, curve.marked or len(points) == 1, curve.dashed))
    shapes += _legend(curves)
    return Picture(WIDTH, HEIGHT, tuple(shapes))


def _every(span: int) -> int:
    """1, 2, 5, 10, 20, …: how far apart ticks stand, so that there are few."""
    step = 1
    while span / step > TICKS:
        step = step * 5 // 2 if str(step)[0] == "2" else step * 2
    return step


def _runs(exponents: tuple[float, ...]) -> Iterator[list[tuple[int, float]]]:
    """The stretches of a curve between the places where it is 0."""
    run: list[tuple[int, float]] = []
    for at, exponent in enumerate(exponents):
        if math.isfinite(exponent):
            run.append((at, exponent))
        elif run:
            yield run
            run = []
    if run:
        yield run


def _legend(curves: tuple[Curve, ...]) -> Iterator[Shape]:
    """A piece of each curve with its name, above the plot, ending at the right."""
    widest = max(width(curve.name) for curve in curves) * EM
    start = WIDTH - RIGHT - widest - SAMPLE - 0.2
    for place, curve in enumerate(curves):
        y = HEIGHT - LEGEND * (place + 0.5)
        points = ((start, y), (start + SAMPLE / 2, y), (start + SAMPLE, y))
        yield Polyline(points, curve.role, curve.marked, curve.dashed)
        yield Label((start + SAMPLE + 0.2, y), curve.name, curve.role, "start")
