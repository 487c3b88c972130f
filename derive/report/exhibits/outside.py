"""Outside: arrows that are no part of what repeats itself: from states outside 1 … T, and from one step to all."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from derive.graph import Node
from derive.report.exhibits.drawing import Dot, Drawing, Stroke
from derive.report.exhibits.geometry import overlap
from derive.report.exhibits.places import RADIUS
from derive.report.exhibits.routes import FOREIGN, NEAR, Route, curves, together, touches


def pulled(strokes: list[Stroke], dots: Mapping[Node, Dot], outside: Collection[Node]) -> list[Stroke]:
    """Strokes with those from states outside led anew from where these stand if a line is free."""
    found = [stroke for stroke in strokes if stroke.tail not in outside]
    for stroke in strokes:
        if stroke.tail in outside:
            tail, head = dots[stroke.tail], dots[stroke.head]
            ways = curves(tail.at, head.at, (tail.half, head.half), across=True)
            free = (route for route in ways if clear(route, (stroke.tail, stroke.head), found, dots))
            found.append(replace(stroke, route=next(free, stroke.route)))
    return found


def led(wanted: Collection[tuple[Node, Node, int]], drawing: Drawing) -> tuple[Stroke, ...] | None:
    """Arrows from one step to others, the shortest first, each the plainest that is clear; None if one finds no way."""
    dots, strokes = {dot.node: dot for dot in drawing.dots}, list(drawing.strokes)
    for tail, head, anchor in sorted(wanted, key=lambda arrow: abs((arrow[1].step or 0) - (arrow[0].step or 0))):
        if tail not in dots:
            return None
        ways = curves(dots[tail].at, dots[head].at, (dots[tail].half, dots[head].half), across=True)
        found = (
            route
            for route in ways
            if clear(route, (tail, head), strokes, dots)
            and not any(overlap(route.box, bar.box, FOREIGN - RADIUS) for bar in drawing.bars)
        )
        route = next(found, None)
        if route is None:
            return None
        strokes.append(Stroke(tail, head, route, anchor=anchor))
    return tuple(strokes)


def clear(route: Route, own: tuple[Node, Node], strokes: list[Stroke], dots: Mapping[Node, Dot]) -> bool:
    """Whether a line keeps away from foreign nodes, and runs along no other."""
    left, low, right, high = route.box
    for node, dot in dots.items():
        (x, y), wide = dot.at, FOREIGN * dot.half / RADIUS
        near = left - wide < x < right + wide and low - FOREIGN < y < high + FOREIGN
        if near and node not in own and touches(dot.at, dot.half, route.line, FOREIGN):
            return False
    return not any(
        overlap(stroke.route.box, route.box, NEAR) and together(route.line, stroke.line) for stroke in strokes
    )
