"""Folding in pictures: step by step on the way back, all that lies behind a state becomes one node, its adjoint δ.

A row of small pictures at the level of states, over three steps at most. In each, the steps behind are folded: what comes from
them comes out of their nodes δ; the rest is as it was.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from derive.graph import TOTAL, Node
from derive.notation.express import NUMBERS
from derive.notation.formula import Number, Sign, Symbol, relation
from derive.report.document import WIDEST, Arrow, Block, Figure, Label, Picture, Shape, beside
from derive.report.document import Node as Circle
from derive.report.exhibits import graphs
from derive.report.exhibits.diagram import key_of, role_back
from derive.report.exhibits.drawing import Dot, Drawing, Stroke
from derive.report.exhibits.geometry import Box
from derive.report.exhibits.labels import half_around
from derive.report.exhibits.places import RADIUS
from derive.report.exhibits.unrolling import Unrolling
from derive.report.subject import Call, Subject

MOST_STEPS = 3
APART = 1.0
LARGEST = 0.68
"""How large the pictures are at most, beside a picture of the graph."""
SMALLEST = 0.45
SMALL = 0.74
"""So much smaller than elsewhere are names in nodes."""
WIDER = 1.1
"""Nodes are a little larger than the picture, for their names."""


def folding_figure(subject: Subject, label: str) -> tuple[Block, ...]:
    """The fold of the paths to a parameter, one picture per step; nothing where states run both ways or one has no δ.

    Nor is there one where a loss looks at the states of another step: it does not lie behind those of its own.
    """
    target, direction = subject.target(label), subject.derivation.graph.direction
    if direction is None or target.step is not None:
        return ()
    for steps in range(min(subject.steps, MOST_STEPS), 1, -1):
        drawing = _drawing(subject, label, steps)
        scale = _scale(drawing) if drawing is not None else 0
        if drawing is not None and scale >= SMALLEST and _is_clear(subject, drawing, scale):
            return (_row(subject, target, drawing, scale),)
    return ()


def _row(subject: Subject, target: Node, drawing: Drawing, scale: float) -> Figure:
    """The pictures in a row, one for each number of steps that are folded."""
    steps = [step for step in drawing.columns if step]
    order = sorted(steps, reverse=subject.derivation.graph.direction == 1)
    panels = [_panel(subject, drawing, frozenset(order[:folded]), scale) for folded in range(len(steps) + 1)]
    drawn = relation(Symbol("T"), ("=", Number(str(len(steps)))))
    caption = subject.sentence("caption_folding", target=subject.node(target), T=drawn)
    label = f"fig-folding-{subject.label(target)}"
    return Figure(_arrowed(panels), caption, label, subject.word("alt_folding"))


def _arrowed(panels: Sequence[Picture]) -> Picture:
    """Pictures in a row, with an arrow from each to the next."""
    row, (first, *_) = beside(panels, APART), panels
    places = ((place + 1) * (first.width + APART) - APART / 2 for place in range(len(panels) - 1))
    return replace(row, shapes=(*row.shapes, *(Label((x, row.height / 2), Sign("→")) for x in places)))


def _scale(drawing: Drawing) -> float:
    """How large a picture is for all to have room in a row."""
    left, _, right, _ = _extent(drawing)
    steps = len([step for step in drawing.columns if step])
    return min(LARGEST, (WIDEST - APART * steps) / (steps + 1) / (right - left))


def _is_clear(subject: Subject, drawing: Drawing, scale: float) -> bool:
    """Whether names fit their nodes: a node that grows with its name covers the heads of arrows."""

    def fits(dot: Dot) -> bool:
        names = [subject.node(dot.node)]
        if dot.node.name in subject.derivation.rules:
            names.append(subject.notation.adjoint(dot.node.name, NUMBERS.step(dot.node.step or 0)))
        return all(half_around(name, scale * WIDER / SMALL) <= dot.half * scale * WIDER / SMALL for name in names)

    return all(map(fits, drawing.dots))


def _drawing(subject: Subject, label: str, steps: int) -> Drawing | None:
    """The states of so many steps, without L and what is outside."""
    derivation, target = subject.derivation, subject.target(label)
    level = graphs.level(subject, "states")
    known = all(name in derivation.rules or name == derivation.network.loss for name in level.names)
    if not known or derivation.network.loss_at != "every" or target.step is not None:
        return None
    uses = tuple(level.uses[target.name])
    if set(uses) <= {derivation.network.loss}:  # no path to it leads through what is folded
        return None
    losses = range(1, steps + 1)
    found = Unrolling(
        graphs.wiring(subject, level), steps, losses, level.names, tuple(level.links), target, uses
    ).drawing
    if found is None or found.elided:
        return None
    if any(s.head.name == derivation.network.loss and s.tail.step not in (None, s.head.step) for s in found.strokes):
        return None  # what a loss of a step that is folded adds to another step would be lost
    inside = {dot.node for dot in found.dots if dot.node.step in losses}
    judged = {Node(derivation.network.loss, step) for step in losses}
    strokes = tuple(s for s in found.strokes if s.head in inside and (s.tail in inside or s.tail == target))
    strokes = _leading(strokes, judged, target)
    passed = {node for stroke in strokes for node in (stroke.tail, stroke.head)}
    return replace(
        found,
        dots=tuple(dot for dot in found.dots if dot.node in passed),
        bars=tuple(bar for bar in found.bars if bar.node != TOTAL),
        strokes=strokes,
    )


def _leading(strokes: Sequence[Stroke], losses: Collection[Node], target: Node) -> tuple[Stroke, ...]:
    """The arrows that lie on a path from a loss to the target: a state that no loss looks at hands nothing on."""
    behind = _reached(losses, {stroke: (stroke.head, stroke.tail) for stroke in strokes})
    ahead = _reached((target,), {stroke: (stroke.tail, stroke.head) for stroke in strokes})
    return tuple(stroke for stroke in strokes if stroke.head in behind and stroke.tail in ahead)


def _reached(starts: Collection[Node], arrows: Mapping[Stroke, tuple[Node, Node]]) -> set[Node]:
    """The nodes to which arrows, each from one node to another, lead."""
    found: set[Node] = set()
    new = set(starts)
    while new:
        found |= new
        new = {end for start, end in arrows.values() if start in new} - found
    return found


def _extent(drawing: Drawing) -> Box:
    """The box around nodes and bars."""
    boxes = [(x - dot.half, y - RADIUS, x + dot.half, y + RADIUS) for dot in drawing.dots for x, y in (dot.at,)]
    boxes += [bar.box for bar in drawing.bars]
    lefts, lows, rights, highs = zip(*boxes, strict=True)
    return min(lefts), min(lows), max(rights), max(highs)


def _panel(subject: Subject, drawing: Drawing, folded: frozenset[int], scale: float) -> Picture:
    """One picture, with some steps folded."""
    left, low, right, high = _extent(drawing)
    shapes: list[Arrow | Circle] = [*_strokes(subject, drawing, folded), *_nodes(subject, drawing, folded)]
    small = tuple(_scaled(shape, left, low, scale) for shape in shapes)
    return Picture((right - left) * scale, (high - low) * scale, small)


def _strokes(subject: Subject, drawing: Drawing, folded: frozenset[int]) -> Iterator[Arrow]:
    loss = subject.derivation.network.loss
    for stroke in drawing.strokes:
        if not _hidden(stroke, loss, folded):
            route = stroke.route.reversed
            use, key = stroke.tail.step is None, key_of(stroke)
            yield Arrow(route.start, route.end, role_back(subject, stroke), route.controls, dashed=use, key=key)


def _hidden(stroke: Stroke, loss: str, folded: frozenset[int]) -> bool:
    """Whether an arrow lies within what is folded."""
    if stroke.head.step not in folded or stroke.tail.step is None:
        return False
    return stroke.head.name == loss or stroke.tail.step in folded


def _nodes(subject: Subject, drawing: Drawing, folded: frozenset[int]) -> Iterator[Circle]:
    network = subject.derivation.network
    for dot in drawing.dots:
        name, step = dot.node
        size = (2 * dot.half, 2 * RADIUS)
        if step in folded and name != network.loss:
            delta = subject.notation.adjoint(name, NUMBERS.step(step or 0))
            yield Circle(dot.at, size, delta, "later", strong=True)
        elif step not in folded:
            yield Circle(dot.at, size, subject.node(dot.node), "loss" if name == network.loss else "state")
    for bar in drawing.bars:
        left, low, right, high = bar.box
        at, size = ((left + right) / 2, (low + high) / 2), (right - left, (high - low))
        yield Circle(at, size, subject.node(Node(bar.node.name)), "parameter", "box")


def _scaled(shape: Arrow | Circle, left: float, low: float, scale: float) -> Shape:
    """A shape at another size, its name small, the lower left corner of the drawing at the origin."""

    def there(point: tuple[float, float]) -> tuple[float, float]:
        return (point[0] - left) * scale, (point[1] - low) * scale

    if isinstance(shape, Circle):
        wide, high = shape.size
        return replace(shape, at=there(shape.at), size=(wide * scale * WIDER, high * scale * WIDER), small=True)
    bent = (there(shape.controls[0]), there(shape.controls[1])) if shape.controls else None
    return replace(shape, start=there(shape.start), end=there(shape.end), controls=bent)


CALLS: Mapping[str, Call] = {"folding_figure": folding_figure}
