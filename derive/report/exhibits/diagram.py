"""Diagram: the unrolled graph as a picture, and the paths to a parameter drawn on it.

A column per step, time to the right; within a step, a variable stands above what it needs. A parameter is one quantity used
at every step; it is written beside the nodes that use it. With many steps the middle ones are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from derive import expression as ex
from derive.notation.formula import Formula, Number, Role, Sign, row
from derive.paths import PathSum
from derive.report.exhibits.model import kind
from derive.report.exhibits.subject import Subject
from derive.report.picture import Arrow, Label, Picture, Point, Shape
from derive.report.picture import Node as Dot
from derive.unroll import TOTAL, Arc, Node

WIDEST = 16.0
SPREAD = 1.25
RISE = 1.45
GAP = 1.5
RADIUS = 0.36
MARGIN = 0.55
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
        height: dict[str, int] = {name: 0 for name in network.data}
        for name in self.subject.derivation.recurrence.graph.order:
            below = [height[var.name] for var in ex.variables(network.rules[name]) if var.lag == 0 and var.name in height]
            height[name] = 1 + max(below, default=0)
        top = max(height.values())
        height[network.loss] = top
        for name in network.targets:
            height[name] = max(top - 1, 0)
        return tuple(tuple(name for name in height if height[name] == level) for level in range(top + 1))

    @cached_property
    def column_width(self) -> float:
        """The distance between steps."""
        return max(max(len(names) for names in self.rows) * SPREAD, 1.6) + GAP - 0.5

    @cached_property
    def columns(self) -> tuple[int, ...]:
        """The steps drawn, from left to right; 0 stands for those left out. An initial state has its own place."""
        steps = self.subject.steps
        most = max(2, int((WIDEST - 2 * MARGIN - self.before) / self.column_width))
        if steps <= most:
            return tuple(range(1, steps + 1))
        if most < 3:  # noqa: PLR2004 - no room for a gap
            return tuple(range(1, most + 1))
        return (*range(1, most - 1), 0, steps)

    @cached_property
    def before(self) -> float:
        """The room to the left for states before their first step."""
        return 1.5 if any(before for before, _ in self.subject.derivation.network.reach.values()) else 0.0

    @cached_property
    def places(self) -> dict[Node, Point]:
        """Where each drawn node stands."""
        found: dict[Node, Point] = {}
        for index, step in enumerate(self.columns):
            middle = MARGIN + self.before + (index + 0.5) * self.column_width
            for level, names in enumerate(self.rows):
                for place, name in enumerate(names):
                    shift = (place - (len(names) - 1) / 2) * SPREAD
                    found[Node(name, step)] = (middle + shift + self._stagger(level), MARGIN + level * RISE)
        for name, (before, _) in self.subject.derivation.network.reach.items():
            if before and name in self.subject.derivation.network.variables and 1 in self.columns:
                found[Node(name, 0)] = (MARGIN + 0.5, found[Node(name, 1)][1])
        found = {node: place for node, place in found.items() if node.step != 0 or self._is_initial(node)}
        found[TOTAL] = (self.width / 2, self.height - MARGIN)
        return found

    def _is_initial(self, node: Node) -> bool:
        reach = self.subject.derivation.network.reach.get(node.name, (0, 0))
        return reach[0] > 0 and node.name in self.subject.derivation.network.variables

    def _stagger(self, level: int) -> float:
        """Rows of one node are set off a little, so that straight lines do not run through other nodes."""
        return 0.0 if len(self.rows[level]) > 1 else (0.18 if level % 2 else -0.18) * (len(self.rows) > 4)  # noqa: PLR2004

    @cached_property
    def width(self) -> float:
        """The width of the picture."""
        return 2 * MARGIN + self.before + len(self.columns) * self.column_width

    @cached_property
    def height(self) -> float:
        """The height of the picture: the rows, and L above them."""
        return 2 * MARGIN + len(self.rows) * RISE


def unrolled(subject: Subject) -> Picture:
    """The unrolled graph: arrows lead the way the values are computed."""
    layout = Layout(subject)
    shapes: list[Shape] = [
        Arrow(*_between(layout, tail, head), role="muted") for _, head, tail in _arcs(subject, layout)
    ]
    return _picture(layout, [*shapes, *_dots(subject, layout), *_gaps(layout), *_parameters(subject, layout, None)])


def paths(subject: Subject, target: Node) -> Picture:
    """The paths to a parameter: arrows lead from L back; beside each stands how many paths run along it."""
    layout = Layout(subject)
    found = PathSum(subject.derivation.unrolled, target)
    into = _ways_from_loss(found)
    quiet: list[Shape] = []
    loud: list[Shape] = []
    for _, head, tail in _arcs(subject, layout):
        number = into.get(head, 0) * found.ways.get(tail, 0)
        if not number:
            quiet.append(Arrow(*_between(layout, tail, head), role="muted", dashed=True))
            continue
        line = _between(layout, head, tail)
        loud.append(Arrow(*line, role="path", strong=True))
        if found.count > 1:
            loud.append(Label(_beside(*line), Number(str(number)), "path"))
    return _picture(layout, [*quiet, *loud, *_dots(subject, layout), *_gaps(layout), *_parameters(subject, layout, target)])


def _ways_from_loss(paths: PathSum) -> dict[Node, int]:
    """In how many ways each node is reached from L."""
    ways = {TOTAL: 1}
    for node in (TOTAL, *paths.unrolled.nodes_from_loss()):
        if node in ways:
            for _, tail in paths.unrolled.below(node):
                if tail.step is not None:
                    ways[tail] = ways.get(tail, 0) + ways[node]
    return ways


def _arcs(subject: Subject, layout: Layout) -> Iterator[tuple[Arc, Node, Node]]:
    """The arcs between drawn nodes: arc, head, tail."""
    for node in (TOTAL, *layout.places):
        if node == TOTAL or node.step:
            for arc, tail in subject.derivation.unrolled.below(node):
                if tail in layout.places:
                    yield arc, node, tail


def _between(layout: Layout, start: Node, end: Node) -> tuple[Point, Point]:
    """A straight line from node to node, clear of both."""
    (x, y), (u, v) = layout.places[start], layout.places[end]
    length = ((u - x) ** 2 + (v - y) ** 2) ** 0.5 or 1.0
    off = (RADIUS + 0.05) / length
    return (x + (u - x) * off, y + (v - y) * off), (u - (u - x) * off, v - (v - y) * off)


def _beside(start: Point, end: Point) -> Point:
    """A place beside the middle of a line."""
    (x, y), (u, v) = start, end
    length = ((u - x) ** 2 + (v - y) ** 2) ** 0.5 or 1.0
    return (x + u) / 2 + 0.17 * abs(v - y) / length, (y + v) / 2 + 0.17 * abs(u - x) / length


def _dots(subject: Subject, layout: Layout) -> Iterator[Shape]:
    for node, place in layout.places.items():
        role: Role = "loss" if node == TOTAL else ROLES[kind(subject, node.name)]
        yield Dot(place, (2 * RADIUS, 2 * RADIUS), subject.node(node), role, strong=node == TOTAL)


def _gaps(layout: Layout) -> Iterator[Shape]:
    if 0 in layout.columns:
        middle = MARGIN + layout.before + (layout.columns.index(0) + 0.5) * layout.column_width
        for level in range(len(layout.rows)):
            yield Label((middle, MARGIN + level * RISE), Sign("⋯"))


def _parameters(subject: Subject, layout: Layout, only: Node | None) -> Iterator[Shape]:
    """Beside each node, the parameters that its equation uses."""
    graph = subject.derivation.recurrence.graph
    for node, (x, y) in layout.places.items():
        if not node.step:
            continue
        names = [edge.tail for edge in graph.below.get(node.name, ()) if edge.lag is None]
        chosen = [name for name in names if only is None or name == only.name]
        if not chosen:
            continue
        items: list[Formula] = []
        for name in chosen:
            items += [Sign(","), subject.node(Node(name))] if items else [subject.node(Node(name))]
        yield Label((x - RADIUS - 0.08, y + RADIUS * 0.75), row(*items), "parameter", "end")


def _picture(layout: Layout, shapes: list[Shape]) -> Picture:
    return Picture(layout.width, layout.height, tuple(shapes))

