"""Diagram: the unrolled graph as a picture, and the paths to a parameter drawn on it.

A parameter is one quantity used at every step; it is written beside the nodes that use it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import hypot
from typing import Literal

from derive.graph import TOTAL, Arc, Node
from derive.notation.formula import Formula, Number, Role, Sign, Symbol, relation, row
from derive.notation.measure import width
from derive.paths import PathSum
from derive.report.document import Arrow, Figure, Label, Picture, Shape
from derive.report.document import Node as Dot
from derive.report.exhibits.equations import kind
from derive.report.exhibits.labels import EM, Crowd, Segment, around
from derive.report.exhibits.layout import BETWEEN, MARGIN, RADIUS, RISE, Layout
from derive.report.subject import Call, Subject

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


def unrolled_figure(subject: Subject) -> Figure:
    """The unrolled graph, captioned."""
    caption = subject.sentence("caption_unrolled", T=relation(Symbol("T"), ("=", Number(str(subject.steps)))))
    return Figure(unrolled(subject), caption, "fig-unrolled", subject.word("alt_unrolled"))


def path_figure(subject: Subject, label: str) -> Figure:
    """The paths to what a gradient is taken by, captioned."""
    target = subject.target(label)
    found = paths(subject, target)
    caption = subject.sentence(f"caption_paths_{found.counted}_counted", target=subject.node(target))
    return Figure(found.picture, caption, f"fig-paths-{label}", subject.word("alt_paths"))


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
    others: list[Segment] = []
    on_paths: list[tuple[Segment, int]] = []
    for head, tail, number in _loads(layout, found):
        if number:
            on_paths.append((_between(layout, head, tail), number))
        else:
            others.append(_between(layout, tail, head))
    stubs = tuple(_stubs(subject, layout))
    crowd = _crowd(layout, [*others, *(line for line, _ in on_paths)], stubs)
    parameters = _parameters(subject, layout, crowd, target)
    counts: list[Label] = []
    if found.count > 1 and max((number for _, number in on_paths), default=0) <= MOST_COUNTED:
        counts = list(_counts(on_paths, crowd))
    arrows = [
        *(Arrow(*line, role="muted", dashed=True) for line in others),
        *(Arrow(*line, role="path", strong=True) for line, _ in on_paths),
    ]
    shapes = [*arrows, *stubs, *_dots(subject, layout), *_gaps(layout), *parameters, *counts]
    return PathPicture(
        _picture(layout, shapes), "none" if not counts else "all" if len(counts) == len(on_paths) else "some"
    )


def _counts(on_paths: list[tuple[Segment, int]], crowd: Crowd) -> Iterator[Label]:
    for line, number in on_paths:
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


CALLS: Mapping[str, Call] = {"unrolled_figure": unrolled_figure, "path_figure": path_figure}
