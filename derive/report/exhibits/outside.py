"""Outside: arrows from states outside 1 … T, where these stand nearer than the endless picture has them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from derive.graph import Node
from derive.report.exhibits.drawing import Dot, Stroke
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
            clear = (route for route in ways if _clear(route, (stroke.tail, stroke.head), found, dots))
            found.append(replace(stroke, route=next(clear, stroke.route)))
    return found


def _clear(route: Route, own: tuple[Node, Node], strokes: list[Stroke], dots: Mapping[Node, Dot]) -> bool:
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
