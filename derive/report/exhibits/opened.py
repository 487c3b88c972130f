"""Opened: an arrow between states as the ways of equations that it adds up, and one step of the network to light them in.

Formulas are written for the step `STEP`, which the page puts others in place of.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from derive.equations import ONE, Var
from derive.graph import Arc, Edge, Node
from derive.notation.express import Clock
from derive.notation.formula import Formula, Sign, row
from derive.paths import Letter, States, pull_along
from derive.recurrence import ADJOINT
from derive.report.document import STEP, Picture, Shape
from derive.report.document import Node as Circle
from derive.report.exhibits import graphs
from derive.report.exhibits.diagram import arrow, key, keyed, nodes, picture, role_back
from derive.report.exhibits.drawing import Drawing
from derive.report.subject import Subject

MOST_WAYS = 12
"""So many ways of a letter are written out,"""
MOST = 150
"""and so many of all letters together."""
AT_STEP = Clock(None, STEP)


def written(subject: Subject, states: States) -> Iterator[list[tuple[Formula, Formula]]]:
    """Per letter its first ways: the nodes on each, and the factor that it is, or what it makes of an adjoint of arrays."""
    room = MOST
    for letter in states.letters:
        ways = list(islice(states.ways(letter), min(MOST_WAYS, room)))
        room -= len(ways)
        yield [(_nodes(subject, letter, way), _made(subject, letter, way)) for way in ways]


def _nodes(subject: Subject, letter: Letter, way: tuple[Edge, ...]) -> Formula:
    """c_t → f_t → h_{t−1}."""
    items: list[Formula] = [subject.node(Node(letter.head, 0), AT_STEP)]
    for edge in way:
        tail = Node(edge.collected) if edge.lag is None else Node(edge.tail, -edge.lag)
        items += [Sign("→"), subject.node(tail, AT_STEP)]
    return row(*items)


def _made(subject: Subject, letter: Letter, way: tuple[Edge, ...]) -> Formula:
    """What a way makes of the adjoint of its head; the loss's own is 1, and so is that of a scalar, which is multiplied."""
    bare = letter.head == subject.derivation.network.loss or subject.derivation.network.is_scalar
    adjoint = ONE if bare else Var(f"{ADJOINT}{letter.head}", 0)
    return subject.formula(pull_along((Arc(edge, 0) for edge in way), adjoint), AT_STEP)


def cell(subject: Subject, target: Node) -> Picture | None:
    """One step, arrows the way of the derivative, with the bar of the parameter if there is room; None where none is true."""
    found = graphs.cell(subject, target) or graphs.cell(subject)
    if found is None:
        return None
    drawing = _at_step(found.drawing)
    shapes: list[Shape] = [
        keyed(arrow(stroke, role_back(subject, stroke), back=True), stroke) for stroke in drawing.strokes
    ]
    places = [dot.node for dot in drawing.dots] + [bar.node for bar in drawing.bars]
    for node, shape in zip(places, nodes(subject, found.drawing), strict=True):
        if isinstance(shape, Circle):
            shapes.append(replace(shape, label=subject.node(node), key=key(node)))
    return picture(drawing, shapes)


def _at_step(drawing: Drawing) -> Drawing:
    """The same with `STEP` for step 1."""
    return replace(
        drawing,
        dots=tuple(replace(dot, node=_moved(dot.node)) for dot in drawing.dots),
        strokes=tuple(
            replace(stroke, head=_moved(stroke.head), tail=_moved(stroke.tail)) for stroke in drawing.strokes
        ),
    )


def _moved(node: Node) -> Node:
    return node if node.step is None else Node(node.name, node.step - 1 + STEP)
