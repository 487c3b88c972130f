"""Labels: where a label stands beside its arrow or node without touching anything, and nearest to what it belongs to.

Arrows of one kind, which differ in their step only, have their labels at the same place, if one is free at every step.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from math import inf, sqrt
from typing import TypeAlias

from derive.notation.formula import Formula, Row, Symbol, inside
from derive.notation.measure import width
from derive.report.document import Point
from derive.report.exhibits.drawing import Dot, Drawing, Stroke, Tag
from derive.report.exhibits.geometry import Box, along, from_line, overlap
from derive.report.exhibits.laws import enters, on_node
from derive.report.exhibits.places import RADIUS

EM, EM_IN_NODE = 0.34, 0.38
"""An em of a label, and of the larger letters in nodes and bars, in cm."""
LABEL_HEIGHT, HIGH_LABEL = 0.3, 0.46
PADDING = 0.03
"""What stays free around a label."""
BESIDE = (0.17, 0.11)
"""How far the corner of a label is from its own arrow: clear of its head if there is room, or touching it."""
ALONG = (0.45, 0.36, 0.54, 0.28, 0.63, 0.2, 0.72, 0.8)
"""Where a label may stand along its arrow; not in the middle first, where other arrows cross."""

HIGH, HIGHER, HIGHEST = 0.15, 0.23, 0.29
"""Half the height of a name in a node: with a subscript, with a superscript too, and with one that has one itself."""
RIM = 0.05
"""What stays free between a name and the outline of its node."""

Kind: TypeAlias = tuple[str, str, int | None, Point]


def half_around(name: Formula, scale: float = 1.0) -> float:
    """Half the width of a node, an ellipse so many times as high as nodes are, that holds a name."""
    stacked = isinstance(name, Symbol) and bool(name.sups) + any(
        isinstance(sup, Symbol) and sup.sups for sup in name.sups
    )
    high, radius = (HIGH, HIGHER, HIGHEST)[stacked], RADIUS * scale
    return max(radius, width(name) * EM_IN_NODE / 2 / sqrt(1 - (high / radius) ** 2) + RIM) if high < radius else inf


def high(label: Formula) -> float:
    """How high a label is: one with a superscript that has one itself is higher."""
    tall = any(
        isinstance(sup, Symbol) and sup.sups
        for part in inside([label])
        if isinstance(part, Symbol)
        for sup in _sups(part)
    )
    return HIGH_LABEL if tall else LABEL_HEIGHT


def _sups(symbol: Symbol) -> Iterator[Formula]:
    """What stands above a symbol, one by one."""
    for sup in symbol.sups:
        yield from sup.items if isinstance(sup, Row) else (sup,)


@dataclass
class Crowd:
    """What stands in a drawing already, and the labels that are put there one after another."""

    drawing: Drawing
    tags: list[Tag] = field(default_factory=list)

    def on_arrows(self, wanted: Mapping[Stroke, float], high: float = LABEL_HEIGHT) -> None:
        """Put labels of such widths and of one height beside arrows, as far as there is room."""
        kinds: dict[Kind, list[Stroke]] = {}
        for stroke in wanted:
            kinds.setdefault(_kind(stroke), []).append(stroke)
        for strokes in kinds.values():
            if not self._together(strokes, wanted, high):
                for stroke in strokes:
                    self._together([stroke], wanted, high)

    def _together(self, strokes: list[Stroke], wanted: Mapping[Stroke, float], high: float) -> bool:
        widest = max(wanted[stroke] for stroke in strokes)
        for far, part, side in product(BESIDE, ALONG, (1, -1)):
            places = [_beside(stroke, part, side * far, (widest, high)) for stroke in strokes]
            tags = [Tag(place, wanted[stroke], high, stroke) for place, stroke in zip(places, strokes, strict=True)]
            if all(map(self.free, tags)):
                self.tags += tags
                return True
        return False

    def at_nodes(self, wanted: Mapping[Dot, float]) -> None:
        """Put labels of such widths beside nodes, as far as there is room."""
        for dot, wide in wanted.items():
            tags = (Tag(place, wide, LABEL_HEIGHT, dot.node) for place in _around(dot, wide))
            self.tags += [tag for tag in [next(filter(self.free, tags), None)] if tag is not None]

    def free(self, tag: Tag) -> bool:
        """Whether a label touches nothing, and no other arrow is nearer than its own."""
        left, low, right, high = tag.box
        box: Box = (left - PADDING, low - PADDING, right + PADDING, high + PADDING)
        if any(overlap(box, other.box) for other in self.tags) or any(
            overlap(box, bar.box) for bar in self.drawing.bars
        ):
            return False
        x, y = tag.at
        reach = (right - left) / 2 + RADIUS
        for dot in self.drawing.dots:
            near = abs(dot.at[0] - x) < reach + dot.half and abs(dot.at[1] - y) < 2 * RADIUS
            if near and on_node(box, dot.at, dot.half):
                return False
        own = _apart(tag.box, tag.of) if isinstance(tag.of, Stroke) else 0.0
        for stroke in self.drawing.strokes:
            if overlap(stroke.route.box, box, own) and (
                enters(stroke.line, box) or (stroke is not tag.of and own and _apart(tag.box, stroke) < own)
            ):
                return False
        return True


def _apart(box: Box, stroke: Stroke) -> float:
    """How far an arrow is from the rim of a label."""
    left, low, right, high = box
    rim = ((left + (right - left) * part, y) for part in (0.0, 0.25, 0.5, 0.75, 1.0) for y in (low, high))
    sides = ((x, (low + high) / 2) for x in (left, right))
    return min(from_line(point, stroke.line) for point in (*rim, *sides))


def _kind(stroke: Stroke) -> Kind:
    """What arrows have in common that differ in their step only."""
    tail, head = stroke.tail.step, stroke.head.step
    (x, y), (u, v) = stroke.route.start, stroke.route.end
    lag = None if tail is None or head is None else head - tail
    return stroke.tail.name, stroke.head.name, lag, (round(u - x, 3), round(v - y, 3))


def _beside(stroke: Stroke, part: float, far: float, size: Point) -> Point:
    """The middle of a label so far beside an arrow: above, or right of what is upright, or if ``far`` is less than 0 below."""
    (x, y), (u, v) = along(stroke.line, part)
    across, up = -v, u
    if up < -1e-9 or (abs(up) <= 1e-9 and across < 0):
        across, up = -across, -up
    if abs(u) < 0.35 and across < 0:
        across, up = -across, -up
    off = (abs(across) * size[0] + abs(up) * size[1]) / 2 + abs(far)
    off = off if far > 0 else -off
    return x + off * across, y + off * up


def _around(dot: Dot, wide: float) -> Iterator[Point]:
    """Places beside a node: right and left, then at an angle, then below and above."""
    (x, y), side = dot.at, dot.half + 0.1 + wide / 2
    for sign in (1, -1):
        yield x + sign * side, y
    for up in (-1, 1):
        for sign in (1, -1):
            yield x + sign * (side - 0.1), y + up * 0.3
            yield x + sign * (side - 0.25), y + up * (RADIUS + 0.14)
    yield x, y - RADIUS - 0.22
    yield x, y + RADIUS + 0.22
