"""Lattice: a word as a small picture beside its letters, a row of dots for each state, a column for each step; a size as a bar.

Time runs to the right. What a letter does to time is the direction of its line: e enters from above, D goes down, J crosses to
another step, U leaves below. A letter of several ways has several lines.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from derive.graph import Node
from derive.notation.formula import Role, Sign, row
from derive.paths import Place, StateWord
from derive.report.document import Drawn, Math, Picture, Point, Polyline, Text
from derive.report.subject import Subject

MOST_STEPS, MOST_STATES = 8, 4
"""A lattice of more steps or states is not drawn."""
STEP, STATE, TICK, EDGE = 0.42, 0.22, 0.14, 0.03
"""From step to step, from state to state; how long e and U are; the margin."""
MOST_LINES = 4
"""So many lines has a letter of so many ways or more,"""
APART = 0.05
"""so far from one another."""
AROUND = 0.13
"""How far a line keeps from the dots that it passes."""
BAR, THICK, THIN = 1.9, 0.2, 0.02
"""How long the longest bar is, how thick it is, and how long the shortest."""
ROLES: dict[str, Role] = {"e": "now", "D": "path", "J": "later", "U": "parameter"}


@dataclass(frozen=True)
class Lattice:
    """The dots: a row for each state, the first one above, and a column for each step, also for one outside 1 … T."""

    states: tuple[str, ...]
    steps: range
    last: int
    """T."""

    def drawn(self, subject: Subject, word: StateWord) -> Drawn:
        """A word as a picture; in words the nodes that it passes."""
        height = (len(self.states) - 1) * STATE + 2 * (TICK + EDGE)
        width = (len(self.steps) - 1) * STEP + 2 * (EDGE + APART)
        dots = (self.at(name, step) for name in self.states for step in self.steps)
        lines = (line for place in word.places for line in self._lines(place))
        shapes = (*(Polyline((at, at), "muted", marked=True, faint=True) for at in dots), *lines)
        return Drawn(Picture(width, height, shapes), _passed(subject, word))

    def at(self, name: str, step: int) -> Point:
        """Where a state stands at a step."""
        up = len(self.states) - 1 - self.states.index(name)
        return EDGE + APART + (step - self.steps[0]) * STEP, EDGE + TICK + up * STATE

    def _lines(self, place: Place) -> Iterator[Polyline]:
        """The lines of a letter."""
        letter, step = place
        if letter.kind == "U" or letter.tail not in self.states:
            x, y = self.at(letter.head if letter.head in self.states else self.states[-1], step)
            yield Polyline(((x, y), (x, y - TICK)), ROLES["U"])
            return
        end = self.at(letter.tail, letter.end(step, self.last))
        role = ROLES[letter.kind]
        if letter.kind == "e":
            yield Polyline(((end[0], end[1] + TICK), end), role)
            return
        lines = min(letter.ways, MOST_LINES)
        way = _way(self.at(letter.head, step), end)
        yield from (Polyline(_moved(way, (line - (lines - 1) / 2) * APART), role) for line in range(lines))


def lattice(subject: Subject, target: Node, states: Sequence[str]) -> Lattice | None:
    """The dots for the words to a target, if there is room for them in a row of a table."""
    outside = () if target.step is None else (target.step,)
    steps = range(min(1, *outside, 1), max(subject.steps, *outside, 1) + 1)
    drawn = 0 < len(states) <= MOST_STATES and len(steps) <= MOST_STEPS
    return Lattice(tuple(states), steps, subject.steps) if drawn else None


def bar(share: float) -> Drawn:
    """A bar that is so large a part of the longest."""
    length = max(THIN, BAR * share)
    middle = THICK / 2
    outline = ((0.0, middle), (length, middle))
    return Drawn(Picture(BAR, THICK, (Polyline(outline, "muted", thick=True),)), (Text("█" * round(8 * share)),))


def _passed(subject: Subject, word: StateWord) -> tuple[Math, ...]:
    """The states that a word passes, from the loss on."""
    nodes = [Node(letter.tail, letter.end(step, subject.steps)) for letter, step in word.places if letter.kind != "U"]
    arrows = (item for node in nodes for item in (Sign("→"), subject.node(node)))
    return (Math(row(*list(arrows)[1:]), whole=True),) if nodes else ()


def _way(start: Point, end: Point) -> tuple[Point, ...]:
    """From dot to dot, around those between."""
    (x, y), (u, v) = start, end
    if x == u and abs(y - v) > 1.5 * STATE:
        return start, (x + AROUND, (y + v) / 2), end
    if y == v and abs(x - u) > 1.5 * STEP:
        return start, ((x + u) / 2, y + AROUND), end
    return start, end


def _moved(points: tuple[Point, ...], by: float) -> tuple[Point, ...]:
    """A line moved across itself."""
    (x, y), (u, v) = points[0], points[-1]
    size = ((u - x) ** 2 + (v - y) ** 2) ** 0.5
    return tuple((a - by * (v - y) / size, b + by * (u - x) / size) for a, b in points)
