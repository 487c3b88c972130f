"""Diagram: the unrolled graph as a picture, and the paths to a parameter drawn on it.

A column per step, time to the right; within a step, a variable stands above what it needs. A parameter is one quantity used
at every step; it is written beside the nodes that use it. With many steps the middle ones are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from math import hypot
from typing import Literal

from derive.equations import expression as ex
from derive.graph import TOTAL, Arc, Node
from derive.notation.formula import Formula, Number, Role, Sign, row
from derive.notation.measure import width
from derive.paths import PathSum
from derive.report.document.picture import Arrow, Label, Picture, Point, Shape
from derive.report.document.picture import Node as Dot
from derive.report.exhibits.equations import kind
from derive.report.exhibits.labels import Crowd, Segment, around
from derive.report.subject import Subject

WIDEST = 16.2
SPREADS = (1.3, 1.1, 0.9)
"""How far apart the nodes of one row may stand, in cm: as wide as lets all steps be drawn."""
BETWEEN = 1.0
"""The room between columns beyond that of their nodes."""
GAP = 1.3
OUTSIDE = 1.2
"""The room for a state outside 1 … T."""
RISE = 1.45
RADIUS = 0.36
MARGIN = 0.5
EM = 0.34
"""An em of a small label, in cm."""
MOST_LABELS = 8
MOST_COUNTED = 9_999
"""Longer numbers of paths would cover the arrows."""
ROLES: dict[str, Role] = {
    "input": "input",
    "target": "target",
    "state": "state",
    "loss": "loss",
    "parameter": "parameter",
    "intermediate": "muted",
}


@dataclass(frozen=True)
class Layout:
    """Where the nodes of an unrolled graph stand."""

    subject: Subject

    @cached_property
    def rows(self) -> tuple[tuple[str, ...], ...]:
        """Names by height: data lowest, each variable above what it needs within its step, the losses on top."""
        network = self.subject.derivation.network
        height: dict[str, int] = dict.fromkeys(network.data, 0)
        for name in self.subject.derivation.recurrence.graph.order:
            below = [
                height[var.name] for var in ex.variables(network.rules[name]) if var.lag == 0 and var.name in height
            ]
            height[name] = 1 + max(below, default=0)
        top = max(height.values())
        height[network.loss] = top
        for name in network.targets:
            height[name] = max(top - 1, 0)
        return tuple(tuple(name for name in height if height[name] == level) for level in range(top + 1))

    @cached_property
    def spread(self) -> float:
        """How far apart the nodes of one row stand: less where that lets more steps be drawn."""
        side_by_side = [name for names in self.rows if len(names) > 1 for name in names]
        least = max((2 * self.half(Node(name, self.subject.steps)) + 0.1 for name in side_by_side), default=0.0)
        spreads = [max(spread, least) for spread in SPREADS]
        fitting = (spread for spread in spreads if self._most(spread) >= self.subject.steps)
        return next(fitting, spreads[0] if self._most(spreads[0]) > 2 else spreads[-1])

    def _width_at(self, spread: float) -> float:
        return (max(len(names) for names in self.rows) - 1) * spread + 2 * RADIUS + BETWEEN

    def _most(self, spread: float) -> int:
        """How many columns fit."""
        return max(1, int((WIDEST - 2 * MARGIN - self.before - self.after) / self._width_at(spread)))

    @cached_property
    def columns(self) -> tuple[int, ...]:
        """The steps drawn, from left to right; 0 stands for those left out. An initial state has its own place."""
        steps = self.subject.steps
        if steps <= self._most(self.spread):
            return tuple(range(1, steps + 1))
        room = WIDEST - 2 * MARGIN - self.before - self.after - GAP
        most = max(2, int(room / self._width_at(self.spread)))
        return (*range(1, most), 0, steps)

    @property
    def elided(self) -> bool:
        """Whether steps are left out."""
        return 0 in self.columns

    def middle(self, index: int) -> float:
        """Where the middle of a column lies."""
        left = sum(GAP if step == 0 else self._width_at(self.spread) for step in self.columns[:index])
        own = GAP if self.columns[index] == 0 else self._width_at(self.spread)
        return MARGIN + self.before + left + own / 2

    @cached_property
    def outside(self) -> tuple[Node, ...]:
        """States before their first step (or, running backwards, after the last) that some equation looks at."""
        values = self.subject.evaluation.values.of
        inside = range(1, self.subject.steps + 1)
        variables = self.subject.derivation.network.variables
        return tuple(
            node for node in values if node.step is not None and node.step not in inside and node.name in variables
        )

    @cached_property
    def before(self) -> float:
        """The room to the left for states before their first step."""
        return OUTSIDE * max((0, *(1 - (node.step or 0) for node in self.outside)))

    @cached_property
    def after(self) -> float:
        """The room to the right for states after the last step."""
        return OUTSIDE * max((0, *((node.step or 0) - self.subject.steps for node in self.outside)))

    @cached_property
    def places(self) -> dict[Node, Point]:
        """Where each drawn node stands."""
        found: dict[Node, Point] = {}
        for index, step in enumerate(self.columns):
            middle = self.middle(index)
            for level, names in enumerate(self.rows):
                for place, name in enumerate(names):
                    shift = (place - (len(names) - 1) / 2) * self.spread
                    found[Node(name, step)] = (middle + shift + self._stagger(level), MARGIN + level * RISE)
        found = {node: place for node, place in found.items() if node.step}
        for node in self.outside:
            step = node.step or 0
            beyond = max(step - self.subject.steps, 0)
            left = MARGIN + self.before + (step - 0.5) * OUTSIDE
            right = self.width - MARGIN - self.after + (beyond - 0.5) * OUTSIDE
            height = found[Node(node.name, self.columns[-1 if beyond else 0])][1]
            found[node] = (right if beyond else left, height)
        found[TOTAL] = ((self.middle(0) + self.middle(len(self.columns) - 1)) / 2, self.height - MARGIN)
        return found

    def half(self, node: Node) -> float:
        """Half the width of a node: a long name makes it an ellipse."""
        return max(RADIUS, (width(self.subject.node(node)) * EM + 0.2) / 2)

    def _stagger(self, level: int) -> float:
        """Rows of one node are set off a little, so that straight lines do not run through other nodes."""
        return 0.0 if len(self.rows[level]) > 1 else (0.18 if level % 2 else -0.18) * (len(self.rows) > 4)

    @cached_property
    def width(self) -> float:
        """The width of the picture."""
        return self.middle(len(self.columns) - 1) + self._width_at(self.spread) / 2 + self.after + MARGIN

    @cached_property
    def height(self) -> float:
        """The height of the picture: the rows, and L above them."""
        return 2 * MARGIN + len(self.rows) * RISE


def unrolled(subject: Subject) -> Picture:
    """The unrolled graph: arrows lead the way the values are computed."""
    layout = Layout(subject)
    lines = [_between(layout, tail, head) for _, head, tail in _arcs(subject, layout)]
    stubs = tuple(_stubs(subject, layout))
    crowd = _crowd(layout, lines, stubs)
    arrows: list[Shape] = [Arrow(*line, role="muted") for line in lines]
    labels = _parameters(subject, layout, crowd, None) if shows_parameters(subject) else ()
    return _picture(layout, [*arrows, *stubs, *_dots(subject, layout), *_gaps(layout), *labels])


def shows_parameters(subject: Subject) -> bool:
    """Whether the names of the parameters fit beside the nodes."""
    widest = max((width(names) for names in _uses(subject, None).values()), default=0.0)
    return widest * EM < 2 * BETWEEN and len(subject.derivation.network.parameters) <= MOST_LABELS


@dataclass(frozen=True)
class PathPicture:
    """The paths to a parameter; how many run along an arrow stands beside it, beside some arrows or beside none."""

    picture: Picture
    counted: Literal["all", "some", "none"]


def paths(subject: Subject, target: Node) -> PathPicture:
    """The paths to a parameter: arrows lead from L back; beside each stands how many paths run along it.

    Not where the number would touch something; and nowhere if there is one path only, or some number has many digits.
    """
    layout = Layout(subject)
    found = subject.derivation.paths(*target)
    quiet: list[Segment] = []
    loud: list[tuple[Segment, int]] = []
    for head, tail, number in _loads(layout, found):
        if number:
            loud.append((_between(layout, head, tail), number))
        else:
            quiet.append(_between(layout, tail, head))
    stubs = tuple(_stubs(subject, layout))
    crowd = _crowd(layout, [*quiet, *(line for line, _ in loud)], stubs)
    parameters = _parameters(subject, layout, crowd, target)
    counts: list[Label] = []
    if found.count > 1 and max((number for _, number in loud), default=0) <= MOST_COUNTED:
        counts = list(_counts(loud, crowd))
    arrows = [
        *(Arrow(*line, role="muted", dashed=True) for line in quiet),
        *(Arrow(*line, role="path", strong=True) for line, _ in loud),
    ]
    shapes = [*arrows, *stubs, *_dots(subject, layout), *_gaps(layout), *parameters, *counts]
    return PathPicture(
        _picture(layout, shapes), "none" if not counts else "all" if len(counts) == len(loud) else "some"
    )


def _counts(loud: list[tuple[Segment, int]], crowd: Crowd) -> Iterator[Label]:
    for line, number in loud:
        digits = Number(str(number))
        place = crowd.place_on(line, width(digits) * EM)
        if place is not None:
            yield Label(place, digits, "path")


def _loads(layout: Layout, found: PathSum) -> Iterator[tuple[Node, Node, int]]:
    """The arcs between drawn nodes, head and tail, and how many paths run along each."""
    for _, head, tail in _arcs(layout.subject, layout):
        yield head, tail, found.along(head, tail)


def _crowd(layout: Layout, lines: list[Segment], stubs: tuple[Arrow, ...]) -> Crowd:
    segments = (*lines, *((stub.start, stub.end) for stub in stubs))
    return Crowd(segments, tuple((place, layout.half(node)) for node, place in layout.places.items()), RADIUS)


def _arcs(subject: Subject, layout: Layout) -> Iterator[tuple[Arc, Node, Node]]:
    """The arcs between drawn nodes: arc, head, tail."""
    for node in layout.places:
        if node == TOTAL or node.step:
            for arc, tail in subject.derivation.unrolled.below(node):
                if tail in layout.places:
                    yield arc, node, tail


def _between(layout: Layout, start: Node, end: Node) -> Segment:
    """A straight line from node to node, clear of both."""
    (x, y), (u, v) = layout.places[start], layout.places[end]

    def clear(node: Node) -> float:
        """How much of the line the node, an ellipse, takes up."""
        return 1 / hypot((u - x) / (layout.half(node) + 0.05), (v - y) / (RADIUS + 0.05))

    first, last = clear(start), clear(end)
    return (x + (u - x) * first, y + (v - y) * first), (u - (u - x) * last, v - (v - y) * last)


def _dots(subject: Subject, layout: Layout) -> Iterator[Shape]:
    for node, place in layout.places.items():
        role: Role = "loss" if node == TOTAL else ROLES[kind(subject, node.name)]
        size = (2 * layout.half(node), 2 * RADIUS)
        yield Dot(place, size, subject.node(node), role, strong=node == TOTAL)


def _stubs(subject: Subject, layout: Layout) -> Iterator[Arrow]:
    """Broken lines from the drawn steps into those left out, along every arrow between different steps."""
    if not layout.elided:
        return
    gap = layout.middle(layout.columns.index(0))
    last = max(step for step in layout.columns[: layout.columns.index(0)])
    for edge in subject.derivation.recurrence.graph.edges:
        if not edge.lag:
            continue
        before, after = (edge.tail, edge.head) if edge.lag > 0 else (edge.head, edge.tail)
        for node, other in ((Node(before, last), after), (Node(after, subject.steps), before)):
            if node in layout.places and Node(other, 1) in layout.places:
                (x, y), up = layout.places[node], layout.places[Node(other, 1)][1]
                length = ((gap - x) ** 2 + (up - y) ** 2) ** 0.5
                near, far = (RADIUS + 0.05) / length, 0.62
                inner, outer = ((x + (gap - x) * part, y + (up - y) * part) for part in (near, far))
                outward = node.name == edge.tail
                yield Arrow(inner if outward else outer, outer if outward else inner, "muted", dashed=True)


def _gaps(layout: Layout) -> Iterator[Shape]:
    if 0 in layout.columns:
        middle = layout.middle(layout.columns.index(0))
        for level in range(len(layout.rows)):
            yield Label((middle, MARGIN + level * RISE), Sign("⋯"))


def _uses(subject: Subject, only: Node | None) -> dict[str, Formula]:
    """Per variable, the parameters in its equation, with commas between."""
    found: dict[str, Formula] = {}
    for name, edges in subject.derivation.recurrence.graph.below.items():
        items: list[Formula] = []
        for edge in edges:
            if edge.lag is None and (only is None or edge.tail == only.name):
                items += [Sign(","), subject.node(Node(edge.tail))] if items else [subject.node(Node(edge.tail))]
        if items:
            found[name] = row(*items)
    return found


def _parameters(subject: Subject, layout: Layout, crowd: Crowd, only: Node | None) -> list[Shape]:
    """Beside each node, the parameters that its equation uses."""
    uses = _uses(subject, only)
    labels: list[Shape] = []
    for node, place in layout.places.items():
        if node.name in uses and node not in layout.outside:
            wide = width(uses[node.name]) * EM
            places = around(place, RADIUS, wide, layout.half(node))
            labels.append(Label(crowd.place(places, wide), uses[node.name], "parameter"))
    return labels


def _picture(layout: Layout, shapes: list[Shape]) -> Picture:
    return Picture(layout.width, layout.height, tuple(shapes))
