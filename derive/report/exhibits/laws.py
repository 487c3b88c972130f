"""Laws: what every drawing of an unrolled graph owes its reader, as functions of the drawing alone.

An arrow that runs through a node it does not touch says something false, and so do two arrows on one line. A law returns what
breaks it, in words; a drawing that breaks one is not shown.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterator

from derive.graph import TOTAL, Node
from derive.report.exhibits.drawing import Drawing, Stroke
from derive.report.exhibits.geometry import Box, bounds, length, overlap, run, shared
from derive.report.exhibits.places import RADIUS
from derive.report.exhibits.routes import touches

THICK = 0.028
"""A stroke, in cm."""
TOUCH = 0.09
"""How far the end of an arrow is from its node at most."""
NEAR, LONGEST = 0.06, 0.45
SHARE = 0.8
"""Two arrows nearer than ``NEAR`` over more than ``LONGEST`` cm, or over that share of one of them, share a stretch."""


def broken(drawing: Drawing) -> list[str]:
    """Return every breach of a law; none for a drawing that is true."""
    return [breach for law in LAWS for breach in law(drawing)]


def missing(drawing: Drawing, arrows: Collection[tuple[Node, Node]]) -> list[tuple[Node, Node]]:
    """Return the arrows, tail and head, that are neither drawn whole nor lead to or from a step that is left out."""
    drawn = {(stroke.tail, stroke.head) for stroke in drawing.strokes}
    steps = set(drawing.columns)
    last = max(drawing.columns)

    def shown(node: Node) -> bool:
        return node.step is None or node.step in steps or not 1 <= node.step <= last

    return [(tail, head) for tail, head in arrows if (tail, head) not in drawn and (shown(tail) and shown(head))]


def arrows_reach_their_nodes(drawing: Drawing) -> Iterator[str]:
    """An arrow leads from the edge of its tail to the edge of its head; one into the gap has one of the two ends."""
    dots = {dot.node: dot for dot in drawing.dots}
    bars = {bar.node: bar for bar in drawing.bars}
    for stroke in drawing.strokes:
        for node, (x, y) in ((stroke.tail, stroke.route.start), (stroke.head, stroke.route.end)):
            if node in dots:
                (u, v), flat = dots[node].at, RADIUS / dots[node].half
                there = length((x - u) * flat, y - v) < RADIUS + TOUCH
            elif node in bars:
                left, low, right, high = bars[node].box
                there = left < x < right and low - TOUCH < y < high + TOUCH
            else:
                there = not stroke.whole
            if not there and (stroke.whole or _ends(drawing, stroke) == 0):
                yield f"{_arrow(stroke)} does not reach {_name(node)}"


def _ends(drawing: Drawing, stroke: Stroke) -> int:
    """At how many of its nodes an arrow begins or ends."""
    at = {dot.node: dot.at for dot in drawing.dots}
    ends = ((stroke.tail, stroke.route.start), (stroke.head, stroke.route.end))
    return sum(node in at and length(x - at[node][0], y - at[node][1]) < RADIUS + 1.0 for node, (x, y) in ends)


def arrows_keep_from_nodes(drawing: Drawing) -> Iterator[str]:
    """No arrow is nearer to a foreign node than that node's radius plus a stroke, nor to a foreign bar."""
    room = RADIUS + THICK
    for stroke in drawing.strokes:
        box, line = bounds(stroke.line), stroke.line
        for dot in drawing.dots:
            (x, y), half = dot.at, dot.half
            wide = room * half / RADIUS
            if dot.node in (stroke.tail, stroke.head):
                continue
            if overlap(box, (x - wide, y - room, x + wide, y + room)) and touches(dot.at, half, line, room):
                yield f"{_arrow(stroke)} runs through {_name(dot.node)}"
        for bar in drawing.bars:
            if bar.node not in (stroke.tail, stroke.head) and overlap(box, bar.box, THICK):
                yield f"{_arrow(stroke)} runs through the bar of {_name(bar.node)}"


def arrows_are_apart(drawing: Drawing) -> Iterator[str]:
    """No two arrows share a stretch; they may cross."""
    boxes = [bounds(stroke.line) for stroke in drawing.strokes]
    for place, stroke in enumerate(drawing.strokes):
        for later in range(place + 1, len(drawing.strokes)):
            if overlap(boxes[place], boxes[later], NEAR):
                other = drawing.strokes[later]
                limit = min(LONGEST, SHARE * run(stroke.line), SHARE * run(other.line))
                if shared(stroke.line, other.line, NEAR) > limit:
                    yield f"{_arrow(stroke)} and {_arrow(other)} share a stretch"


def nodes_are_apart(drawing: Drawing) -> Iterator[str]:
    """No node stands on a node or bar."""
    for place, dot in enumerate(drawing.dots):
        (x, y), half = dot.at, dot.half
        for other in drawing.dots[place + 1 :]:
            across = max(abs(x - other.at[0]) - (half - RADIUS) - (other.half - RADIUS), 0.0)
            if length(across, y - other.at[1]) < 2 * RADIUS + THICK:
                yield f"{_name(dot.node)} stands on {_name(other.node)}"
        for bar in drawing.bars:
            if overlap((x - half, y - RADIUS, x + half, y + RADIUS), bar.box):
                yield f"{_name(dot.node)} stands on the bar of {_name(bar.node)}"


def labels_are_free(drawing: Drawing) -> Iterator[str]:
    """No label is on a stroke, a node, a bar or another label."""
    for place, tag in enumerate(drawing.tags):
        box = tag.box
        for stroke in drawing.strokes:
            if overlap(bounds(stroke.line), box) and enters(stroke.line, box):
                yield f"the label at {_place(tag.at)} is on {_arrow(stroke)}"
        for dot in drawing.dots:
            if on_node(box, dot.at, dot.half):
                yield f"the label at {_place(tag.at)} is on {_name(dot.node)}"
        boxes = (*(other.box for other in drawing.tags[place + 1 :]), *(bar.box for bar in drawing.bars))
        if any(overlap(box, other) for other in boxes):
            yield f"the label at {_place(tag.at)} is on another, or on a bar"


def enters(line: tuple[tuple[float, float], ...], box: Box) -> bool:
    """Whether a line passes through a box."""
    left, low, right, high = box
    for (x, y), (u, v) in itertools.pairwise(line):
        first, last = 0.0, 1.0
        for start, way, small, large in ((x, u - x, left, right), (y, v - y, low, high)):
            if way == 0.0:
                if not small < start < large:
                    first = 2.0
                continue
            one, other = sorted(((small - start) / way, (large - start) / way))
            first, last = max(first, one), min(last, other)
        if first < last:
            return True
    return False


def on_node(box: Box, middle: tuple[float, float], half: float) -> bool:
    """Whether a box touches a node, an ellipse."""
    (x, y), (left, low, right, high) = middle, box
    across = max(left - x, 0.0, x - right) * RADIUS / half
    up = max(low - y, 0.0, y - high)
    return length(across, up) < RADIUS


def time_runs_right(drawing: Drawing) -> Iterator[str]:
    """Every node of a step stands left of every node of the next; before step 1 left of its state, after T right of it."""
    last = max(drawing.columns)
    for step in sorted(set(drawing.columns) - {0}):
        here = [dot for dot in drawing.dots if dot.node.step == step]
        after = [dot for dot in drawing.dots if dot.node.step is not None and step < dot.node.step <= last]
        if here and after and max(dot.at[0] for dot in here) >= min(dot.at[0] for dot in after):
            yield f"step {step} does not stand left of what comes after"
    for dot in drawing.dots:
        step = dot.node.step or 0
        if step < 1 or step > last:
            same = [other.at[0] for other in drawing.dots if other.node.name == dot.node.name and other != dot]
            inside = [other.at[0] for other in drawing.dots if 1 <= (other.node.step or 0) <= last]
            if (step < 1 and dot.at[0] >= min(inside)) or (step > last and dot.at[0] <= max(inside)):
                yield f"{_name(dot.node)} does not stand outside the steps"
            later = [x for x, other in zip(same, _others(drawing, dot.node), strict=True) if other > step]
            if later and dot.at[0] >= min(later):
                yield f"{_name(dot.node)} stands right of a later step"


def _others(drawing: Drawing, node: Node) -> list[int]:
    return [dot.node.step or 0 for dot in drawing.dots if dot.node.name == node.name and dot.node != node]


def loss_is_above(drawing: Drawing) -> Iterator[str]:
    """L is above everything; a parameter's bar below everything; no node stands above the loss of its step."""
    for bar in drawing.bars:
        for dot in drawing.dots:
            if (bar.node == TOTAL) != (dot.at[1] < bar.box[1]):
                yield f"{_name(dot.node)} is on the wrong side of the bar of {_name(bar.node)}"
    losses = {stroke.tail: None for stroke in drawing.strokes if stroke.head == TOTAL}
    heights = [dot.at[1] for dot in drawing.dots if dot.node in losses]
    if heights and max(dot.at[1] for dot in drawing.dots) > min(heights) + 1e-9:
        yield "a node stands above a loss"


LAWS: tuple[Callable[[Drawing], Iterator[str]], ...] = (
    arrows_reach_their_nodes,
    arrows_keep_from_nodes,
    arrows_are_apart,
    nodes_are_apart,
    labels_are_free,
    time_runs_right,
    loss_is_above,
)


def _name(node: Node) -> str:
    return node.name if node.step is None else f"{node.name}_{node.step}"


def _arrow(stroke: Stroke) -> str:
    return f"{_name(stroke.tail)} → {_name(stroke.head)}"


def _place(point: tuple[float, float]) -> str:
    return f"({point[0]:.2f}, {point[1]:.2f})"
