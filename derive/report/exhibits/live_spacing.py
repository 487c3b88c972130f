"""Live spacing: steps drawn nearer to one another, so that eight of them, and tables in their columns, fit a screen.

Every node is moved with its step, and every arrow with its ends; of what comes out the laws are asked anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from derive.graph import Node
from derive.report.document import Point
from derive.report.exhibits.drawing import Bar, Dot, Drawing, Stroke
from derive.report.exhibits.laws import broken
from derive.report.exhibits.routes import Route, curves

SPACINGS = tuple((pitch, rise) for pitch in (1.75, 2.0, 2.25) for rise in (1.0, 1.3, 1.6))
"""From step to step, in cm, and how much higher than they were rows of nodes stand: what is tried, one after another."""


def middle(drawing: Drawing, step: int) -> float:
    """Where a step has its middle: between the outermost of the nodes that every step has."""
    names = [{dot.node.name for dot in drawing.dots if dot.node.step == column} for column in drawing.columns]
    common = set.intersection(*names)
    across = [dot.at[0] for dot in drawing.dots if dot.node.step == step and dot.node.name in common]
    return (min(across) + max(across)) / 2


def pitch_of(drawings: Mapping[int, Drawing]) -> float | None:
    """How far it is from step to step; None where no drawing has two."""
    return next((pitch(drawing) for drawing in drawings.values() if len(drawing.columns) > 1), None)


def pitch(drawing: Drawing) -> float:
    """How far it is from step to step in a drawing that has two."""
    return round(middle(drawing, 2) - middle(drawing, 1), 3)


def nearer(drawings: Mapping[int, Drawing], far: float, rise: float) -> Mapping[int, Drawing] | None:
    """The same with steps so far apart and rows so much higher; None if one of them would break a law."""
    was = pitch_of(drawings)
    if was is None or was <= far:
        return None
    found = {steps: _Moved(drawing, far - was, rise - 1).drawing for steps, drawing in drawings.items()}
    return None if any(broken(drawing) for _, drawing in sorted(found.items(), reverse=True)) else found


@dataclass(frozen=True)
class _Moved:
    """Each step moved by so much against the one before, states outside by the first or the last; rows by a share."""

    of: Drawing
    across: float
    up: float

    @cached_property
    def drawing(self) -> Drawing:
        """What comes out."""
        wide = self.across * (max(self.of.columns) - 1)
        high = self._up(max(dot.at[1] for dot in self.of.dots))
        return replace(
            self.of,
            width=self.of.width + wide,
            height=self.of.height + high,
            dots=tuple(self._dots.values()),
            bars=tuple(self._bar(bar, wide, high) for bar in self.of.bars),
            strokes=tuple(replace(stroke, route=self._route(stroke)) for stroke in self.of.strokes),
        )

    @cached_property
    def _dots(self) -> Mapping[Node, Dot]:
        return {dot.node: replace(dot, at=self._shifted(dot.at, self._by(dot.node))) for dot in self.of.dots}

    @cached_property
    def _heights(self) -> Mapping[Node, float]:
        return {dot.node: dot.at[1] for dot in self.of.dots}

    def _up(self, y: float) -> float:
        return self.up * (y - min(self._heights.values()))

    def _by(self, node: Node) -> Point:
        """How far a node is moved: across with its step, up with its row."""
        steps = min(max(node.step or 1, 1), max(self.of.columns)) - 1
        return self.across * steps, self._up(self._heights[node])

    def _bar(self, bar: Bar, wide: float, high: float) -> Bar:
        left, low, right, top = bar.box
        up = high if low > max(self._heights.values()) else 0.0
        return replace(bar, box=(left, low + up, right + wide, top + up))

    def _route(self, stroke: Stroke) -> Route:
        """A line whose ends stay where they were at their nodes; a straight one from middle to middle."""
        tail, head, route = self._dots.get(stroke.tail), self._dots.get(stroke.head), stroke.route
        if tail and head and route.controls is None:
            return next(curves(tail.at, head.at, (tail.half, head.half), across=True))
        start = self._by(stroke.tail) if tail else (self._by(stroke.head)[0], 0.0)
        end = self._by(stroke.head) if head else self._by(stroke.tail)
        bent = route.controls and (self._shifted(route.controls[0], start), self._shifted(route.controls[1], end))
        return Route(self._shifted(route.start, start), self._shifted(route.end, end), bent)

    @staticmethod
    def _shifted(point: Point, by: Point) -> Point:
        return point[0] + by[0], point[1] + by[1]
