"""Graphs: what is drawn of a subject's graph, at which level, and the drawing of it.

At the level of equations while that is plain: a few crossings a step, and three steps (or all) in the width of the page.
Otherwise at the level of states. A drawing that would break a law is not shown; then there is none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from derive.graph import Node
from derive.notation.express import T
from derive.report.document import WIDEST
from derive.report.exhibits import level as levels
from derive.report.exhibits.drawing import Drawing
from derive.report.exhibits.labels import half_around
from derive.report.exhibits.level import Level, Zoom
from derive.report.exhibits.places import Wiring
from derive.report.exhibits.unrolling import Unrolling
from derive.report.subject import Subject

MOST_CROSSINGS = 5
"""A step with more crossings is drawn at the level of states."""
LEAST_STEPS = 3
MOST_DRAWN = 17
"""At the level of equations no more arrows a step are unrolled."""


Found = TypeVar("Found")
Asked = ParamSpec("Asked")


def once(
    look: Callable[Concatenate[Subject, Asked], Found],
) -> Callable[Concatenate[Subject, Asked], Found]:
    """Look for something of a subject once, however often it is asked for."""

    @wraps(look)
    def looked(subject: Subject, /, *args: Asked.args, **others: Asked.kwargs) -> Found:
        return subject.kept((look.__name__, args), lambda: look(subject, *args, **others))

    return looked


@dataclass(frozen=True)
class Graphed:
    """A drawing with its level, and the crossings of each step."""

    level: Level
    drawing: Drawing
    crossings: int


@once
def zoom(subject: Subject) -> Zoom | None:
    """The level at which the unrolled graph is drawn; None if at neither it would be true."""
    level = levels.equations(subject.derivation.graph)
    if len(level.links) <= MOST_DRAWN:
        found = graphed(subject, level)
        if found is not None and found.crossings <= MOST_CROSSINGS:
            shown = len([step for step in found.drawing.columns if step])
            if shown >= min(LEAST_STEPS, subject.steps):
                return "equations"
    return "states" if graphed(subject, levels.states(subject.derivation.graph)) is not None else None


def level(subject: Subject, zoom: Zoom) -> Level:
    """The graph of a subject at a level."""
    graph = subject.derivation.graph
    return levels.equations(graph) if zoom == "equations" else levels.states(graph)


def half(subject: Subject, name: str, *, relative: bool = False) -> float:
    """Half the width of a node: a long name makes it wider. ``relative``: it is to hold h_{t−1}."""
    symbol = subject.node(Node(name, -1), T) if relative else subject.node(Node(name, subject.steps))
    return half_around(symbol)


def wiring(subject: Subject, level: Level) -> Wiring:
    """What is laid out of a level."""
    halves = tuple(half(subject, name) for name in level.names)
    loss, given = subject.derivation.network.loss, frozenset(level.given)
    return Wiring(level.names, halves, tuple(level.links), loss, given, tuple(level.fixed))


def graphed(
    subject: Subject, level: Level, target: Node | None = None, *, shown: Level | None = None, widest: float = WIDEST
) -> Graphed | None:
    """The drawing of a level; of ``shown`` only, if that is given, and with the bar of a parameter."""
    shown = shown or level
    bar = target if target is not None and target.name in shown.uses else None
    uses = tuple(shown.uses[bar.name]) if bar else ()
    losses = subject.derivation.unrolled.loss_steps
    unrolling = Unrolling(
        wiring(subject, level),
        subject.steps,
        losses,
        shown.names,
        tuple(shown.links),
        bar,
        uses,
        widest=widest,
        fixed=tuple(shown.fixed),
    )
    return _graphed(shown, unrolling)


def cell(subject: Subject, target: Node | None = None) -> Graphed | None:
    """One general step at the level of equations: its own nodes, and the states of other steps that enter it.

    With the bar of a parameter, where no path leads through data, these are left out.
    """
    found = levels.equations(subject.derivation.graph)
    found = found if target is None else found.backward
    uses = () if target is None else tuple(found.uses[target.name])
    wide = tuple((name, half(subject, name, relative=True)) for name in found.names)
    links, nothing = tuple(found.links), range(0)
    return _graphed(found, Unrolling(wiring(subject, found), 1, nothing, found.names, links, target, uses, wide=wide))


def _graphed(level: Level, unrolling: Unrolling) -> Graphed | None:
    return None if unrolling.drawing is None else Graphed(level, unrolling.drawing, unrolling.layout.crossings)
