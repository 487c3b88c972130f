"""Diagram: the unrolled graph as a picture, one step of it, and the paths to a parameter drawn on it.

What an arrow does is said by its place, its colour and its line: from the loss, within a step, to another step, or, broken,
from the use of a parameter to its bar, which is one and the same at every step.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from derive.graph import TOTAL, Node
from derive.notation.express import NUMBERS, Clock, T, one_step
from derive.notation.formula import Formula, Number, Role, Sign, Symbol, plus, relation, row
from derive.notation.measure import width
from derive.paths import PathSum
from derive.report.document import WIDEST, Arrow, Block, Figure, Inline, Label, Picture, Shape, beside
from derive.report.document import Node as Circle
from derive.report.exhibits import graphs
from derive.report.exhibits.drawing import Dot, Drawing, Stroke
from derive.report.exhibits.equations import added, in_total, kind
from derive.report.exhibits.graphs import Graphed
from derive.report.exhibits.labels import EM, EM_IN_NODE, Crowd
from derive.report.exhibits.level import Level, Zoom
from derive.report.exhibits.places import RADIUS, Fixed, Link
from derive.report.exhibits.weights import at_nodes, on_arrows
from derive.report.exhibits.words import by_states
from derive.report.subject import Call, Subject

BETWEEN = 1.0
"""From one step to the unrolled graph beside it."""
SPARE = 0.2
"""So much of the bar of L stays free."""
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


# -- the graph itself -------------------------------------------------------------------------------------------------


def unrolled_figure(subject: Subject) -> tuple[Block, ...]:
    """The unrolled graph, captioned; nothing if no true picture was found."""
    found, step = unrolled(subject), cell(subject)
    if found is None:
        return ()
    steps = relation(Symbol("T"), ("=", Number(str(subject.steps))))
    picture, key = found.picture, f"caption_unrolled_{found.zoom}{'_counted' * found.counted}"
    single = step is not None and is_beside(step, found)
    if step is not None and single:
        picture, key = beside((step.picture, found.picture), BETWEEN), "caption_unrolled_beside"
    caption = subject.sentence(key, T=steps, t=Symbol("t")) + gap_caption(subject, elided=found.elided)
    caption += _cut_caption(subject, found) + fixed_caption(subject, drawn=found.drawing.complete, single=single)
    caption += penalty_caption(subject)
    return (Figure(picture, caption, "fig-unrolled", subject.word("alt_unrolled")),)


def cell_figure(subject: Subject) -> tuple[Block, ...]:
    """One general step of the network, captioned; nothing if no true picture was found."""
    found = cell(subject)
    if found is None:
        return ()
    caption = subject.sentence("caption_cell", t=Symbol("t")) + _cut_caption(subject, found)
    caption += fixed_caption(subject, drawn=True, single=True)
    return (Figure(found.picture, caption, "fig-cell", subject.word("alt_cell")),)


def is_beside(step: GraphPicture, unrolled: GraphPicture) -> bool:
    """Whether one step has room beside the unrolled graph, at the same level."""
    return unrolled.zoom == "equations" and step.picture.width + BETWEEN + unrolled.picture.width <= WIDEST


@dataclass(frozen=True)
class GraphPicture:
    """A picture of the graph: at which level, whether the parameters stand in it, whether steps are left out.

    Of states alone: whether a number stands beside each arrow that is several ways, as there is room for all or for none.
    """

    drawing: Drawing
    picture: Picture
    zoom: Literal["equations", "states"]
    parameters: bool
    elided: bool
    cut: bool
    counted: bool


@graphs.once
def unrolled(subject: Subject) -> GraphPicture | None:
    """The unrolled graph: arrows lead the way the values are computed."""
    zoom = graphs.zoom(subject)
    found = graphs.graphed(subject, graphs.level(subject, zoom)) if zoom else None
    return None if found is None else _forward(subject, found, NUMBERS)


@graphs.once
def cell(subject: Subject) -> GraphPicture | None:
    """One general step: what enters it from other steps at the side, in a broken line."""
    found = graphs.cell(subject)
    return None if found is None else _forward(subject, found, Clock("t", 1))


def _forward(subject: Subject, found: Graphed, clock: Clock) -> GraphPicture:
    """Arrows the way of the data, a parameter beside the arrow of what it multiplies, or how many ways an arrow stands for."""
    drawing, crowd = found.drawing, Crowd(found.drawing)
    on_strokes, on_dots = _weights(subject, found)
    crowd.on_arrows({stroke: width(names) * EM for stroke, names in on_strokes.items()})
    crowd.at_nodes({dot: width(names) * EM for dot, names in on_dots.items()})
    whole = len(crowd.tags) == len(on_strokes) + len(on_dots)
    by_node = {dot.node: names for dot, names in on_dots.items()}
    role: Role = "parameter" if found.level.zoom == "equations" else "muted"
    labels = [
        Label(tag.at, on_strokes[tag.of] if isinstance(tag.of, Stroke) else by_node[tag.of], role)
        for tag in crowd.tags * whole
    ]
    arrows = [
        arrow(stroke, _forward_role(subject, stroke), cut=_key(stroke) in found.level.cut) for stroke in drawing.strokes
    ]
    if not clock.letter:
        arrows = [keyed(shape, stroke) for shape, stroke in zip(arrows, drawing.strokes, strict=True)]
    shapes = [
        *arrows,
        *nodes(subject, drawing, clock),
        *gaps(found),
        *labels,
    ]
    zoom, drawing = found.level.zoom, drawing.with_tags(tuple(crowd.tags * whole))
    cut, drawn, counted = bool(found.level.cut), whole and zoom == "equations", bool(labels) and zoom == "states"
    return GraphPicture(drawing, picture(drawing, shapes), zoom, drawn, drawing.elided, cut, counted)


def _weights(subject: Subject, found: Graphed) -> tuple[dict[Stroke, Formula], dict[Dot, Formula]]:
    """What stands beside arrows and beside nodes."""
    network, drawing = subject.derivation.network, found.drawing
    if found.level.zoom == "states":
        ways = ((stroke, _ways(found.level, stroke)) for stroke in drawing.strokes if stroke.whole)
        return {stroke: Number(str(number)) for stroke, number in ways if number > 1}, {}
    led = {_key(stroke) for stroke in drawing.strokes if stroke.anchor is not None}
    multiplied = {link: names for link, names in on_arrows(network).items() if isinstance(link, Link) or link in led}
    alone = at_nodes(network, multiplied)
    last = max(drawing.columns)
    arrows = {
        stroke: _list(subject, multiplied[_key(stroke)])
        for stroke in drawing.strokes
        if stroke.whole and _key(stroke) in multiplied
    }
    dots = {
        dot: _list(subject, alone[dot.node.name])
        for dot in drawing.dots
        if dot.node.name in alone and 1 <= (dot.node.step or 0) <= last
    }
    return arrows, dots


def _list(subject: Subject, names: Iterable[str]) -> Formula:
    """Names with commas between."""
    items: list[Formula] = []
    for name in names:
        items += [Sign(","), subject.node(Node(name))] if items else [subject.node(Node(name))]
    return row(*items)


def _key(stroke: Stroke) -> Link | Fixed:
    """The arrow of the rolled graph, whichever kind it is."""
    return link_of(stroke) if stroke.anchor is None else fixed_of(stroke)


def link_of(stroke: Stroke) -> Link:
    """The arrow of the rolled graph that a stroke is a copy of."""
    return Link(stroke.tail.name, stroke.head.name, (stroke.head.step or 0) - (stroke.tail.step or 0))


def fixed_of(stroke: Stroke) -> Fixed:
    """The arrow from one step for all t that a stroke is one of."""
    return Fixed(stroke.tail.name, stroke.head.name, stroke.anchor or 0)


def _forward_role(subject: Subject, stroke: Stroke) -> Role:
    if stroke.head == TOTAL:
        return "loss"
    return "muted" if stroke.tail.name in subject.derivation.network.data else "state"


# -- paths on it ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PathPicture:
    """The paths to a parameter; how many run along an arrow stands beside it, beside some arrows or beside none."""

    drawing: Drawing
    picture: Picture
    counted: Literal["all", "some", "none"]
    elided: bool


@graphs.once
def backward(subject: Subject, target: Node) -> Graphed | None:
    """The graph without data, which no path leads through, and with the bar of a parameter: as its paths are told.

    None if paths lead along arrows that are not drawn.
    """
    zoom = graphs.zoom(subject)
    if zoom is None:
        return None
    found = _backward(subject, target, zoom)
    return found if found is not None and found.drawing.complete else None


def _backward(subject: Subject, target: Node, zoom: Zoom) -> Graphed | None:
    """The same, whether all arrows find a way or not."""
    if target != TOTAL and by_states(subject, target):
        states = graphs.level(subject, "states")
        if (found := graphs.graphed(subject, states, target, shown=states)) is not None:
            return found
    whole = graphs.level(subject, zoom)
    on_path = target.step is None or target.name not in whole.given
    found = graphs.graphed(subject, whole, target, shown=whole.backward) if on_path else None
    if found is None and zoom == "equations":
        states = graphs.level(subject, "states")
        found = graphs.graphed(subject, states, target, shown=states)
    return found


def paths(subject: Subject, target: Node) -> PathPicture | None:
    """The paths to a parameter: arrows lead from L back; beside each stands how many paths run along it.

    Not where the number would touch something; and nowhere if there is one path only, or some number has many digits.
    """
    found = backward(subject, target)
    if found is None:
        return None
    sums = subject.derivation.paths(*target)
    loads = {stroke: load(sums, found.level, stroke) for stroke in found.drawing.strokes}
    lit = {stroke: number for stroke, number in loads.items() if number and stroke.whole}
    crowd = Crowd(found.drawing)
    if sums.count > 1 and max(lit.values(), default=0) <= MOST_COUNTED:
        crowd.on_arrows({stroke: width(Number(str(number))) * EM for stroke, number in lit.items()})
    labels = [Label(tag.at, Number(str(lit[tag.of])), "path") for tag in crowd.tags if isinstance(tag.of, Stroke)]
    shapes = [*lit_arrows(subject, found.drawing, loads), *nodes(subject, found.drawing), *gaps(found), *labels]
    counted: Literal["all", "some", "none"] = "none" if not labels else "all" if len(labels) == len(lit) else "some"
    drawing = found.drawing.with_tags(tuple(crowd.tags))
    return PathPicture(drawing, picture(drawing, shapes), counted, found.drawing.elided)


def load(sums: PathSum, level: Level, stroke: Stroke) -> int:
    """How many paths run along an arrow: ways to its head, times the ways it stands for, times ways on from its tail."""
    if stroke.head == TOTAL:
        return sums.along(TOTAL, stroke.tail)
    if stroke.tail.step is None:
        ways = level.uses[stroke.tail.name][stroke.head.name]
        return ways * sums.along(stroke.head, stroke.tail) if stroke.tail == sums.target else 0
    return _ways(level, stroke) * sums.along(stroke.head, stroke.tail)


def _ways(level: Level, stroke: Stroke) -> int:
    """How many ways an arrow of the graph stands for; one from a loss to L is one."""
    return level.links.get(link_of(stroke), 1) if stroke.anchor is None else level.fixed[fixed_of(stroke)]


def lit_arrows(subject: Subject, drawing: Drawing, lit: Mapping[Stroke, object]) -> Iterator[Shape]:
    """The arrows against the data's way, thick where something runs along them, else a hairline; what is lit comes last."""
    for stroke in drawing.strokes:
        if not lit.get(stroke):
            yield keyed(arrow(stroke, "muted", back=True, faint=True), stroke)
    for stroke in drawing.strokes:
        if lit.get(stroke):
            yield keyed(arrow(stroke, role_back(subject, stroke), back=True, strong=True), stroke)


def role_back(subject: Subject, stroke: Stroke) -> Role:
    """What an arrow does on the way back: from the loss, to a parameter, to another step, or down within one."""
    if subject.derivation.network.loss in {stroke.head.name, stroke.tail.name} and stroke.tail.step is not None:
        return "now" if stroke.tail.step == stroke.head.step or stroke.head == TOTAL else "later"
    if stroke.tail.step is None:
        return "parameter"
    return "state" if stroke.tail.step == stroke.head.step and stroke.anchor is None else "later"


# -- shapes -----------------------------------------------------------------------------------------------------------


def arrow(
    stroke: Stroke, role: Role, *, back: bool = False, strong: bool = False, faint: bool = False, cut: bool = False
) -> Shape:
    """An arrow, the way of the data or ``back``.

    What leads into steps left out is broken, and so are the use of a parameter and what no gradient goes through.
    """
    route = stroke.route.reversed if back else stroke.route
    dashed = cut or not stroke.whole or (stroke.tail.step is None and not faint)
    return Arrow(route.start, route.end, role, route.controls, strong, dashed, faint)


def keyed(shape: Shape, stroke: Stroke) -> Shape:
    """An arrow that the script of a page finds: the way back, from the head to the tail."""
    return replace(shape, key=key_of(stroke)) if isinstance(shape, Arrow) else shape


def key_of(stroke: Stroke) -> str:
    """What the script of a page finds an arrow by; one from a step that is the same for all t is marked by it."""
    mark = "" if stroke.anchor is None else f"@{stroke.anchor}"
    return f"{key(stroke.head)}>{key(stroke.tail)}{mark}"


def key(node: Node) -> str:
    """What the script of a page finds a node by."""
    return node.name if node.step is None else f"{node.name},{node.step}"


def nodes(subject: Subject, drawing: Drawing, clock: Clock = NUMBERS) -> Iterator[Shape]:
    """The nodes and bars: states with a thick outline, data as boxes if they are targets, what is outside in a broken line."""
    last = max(drawing.columns)
    for dot in drawing.dots:
        what = kind(subject, dot.node.name)
        outside = not 1 <= (dot.node.step or 0) <= last
        offset = (dot.node.step or 0) - clock.origin if clock.letter else dot.node.step
        yield Circle(
            dot.at,
            (2 * dot.half, 2 * RADIUS),
            subject.node(Node(dot.node.name, offset), T if clock.letter else NUMBERS),
            ROLES[what],
            "box" if what == "target" else "circle",
            strong=what == "state" and not outside,
            dashed=outside,
        )
    for bar in drawing.bars:
        left, low, right, high = bar.box
        role: Role = "loss" if bar.node == TOTAL else "parameter"
        text = _total(subject, drawing, right - left) if bar.node == TOTAL else subject.node(bar.node)
        yield Circle(((left + right) / 2, (low + high) / 2), (right - left, high - low), text, role, "box")


def _total(subject: Subject, drawing: Drawing, room: float) -> Formula:
    """L = l₁ + l₂ + l₃, or L where that is too long."""
    symbol = subject.node(TOTAL)
    listed = subject.derivation.network.loss_at
    if isinstance(listed, tuple):
        whole = relation(symbol, ("=", in_total(subject, added(subject, subject.derivation.loss.terms))))
        return whole if width(whole) * EM_IN_NODE < room - SPARE else symbol
    losses: list[Formula] = [
        subject.node(Node(subject.derivation.network.loss, step)) if step else Sign("⋯")
        for step in drawing.columns
        if not step or step in subject.derivation.unrolled.loss_steps
    ]
    if len(losses) == 2 and losses[0] == Sign("⋯"):
        losses = losses[1:]
    whole = relation(symbol, ("=", in_total(subject, plus(*losses))))
    spare = SPARE if subject.derivation.network.penalty_term is None else 3 * SPARE  # norms are wider than measured
    return whole if width(whole) * EM_IN_NODE < room - spare else symbol


def gaps(found: Graphed) -> Iterator[Shape]:
    """Dots for the steps left out, one in each row that has a state."""
    if not found.drawing.elided:
        return
    columns = found.drawing.columns
    before = max(step for step in columns[: columns.index(0)])
    left = [dot for dot in found.drawing.dots if dot.node.step == before]
    right = [dot for dot in found.drawing.dots if dot.node.step == columns[-1]]
    x = (max(dot.at[0] + dot.half for dot in left) + min(dot.at[0] - dot.half for dot in right)) / 2
    for height in dict.fromkeys(dot.at[1] for dot in left):
        yield Label((x, height), Sign("⋯"))


def picture(drawing: Drawing, shapes: Iterable[Shape]) -> Picture:
    """A picture as large as the drawing with its labels."""
    left = min(0.0, *(tag.box[0] for tag in drawing.tags), 0.0)
    right = max(drawing.width, *(tag.box[2] for tag in drawing.tags), drawing.width)
    whole = Picture(drawing.width, drawing.height, tuple(shapes))
    return Picture(right - left, drawing.height, whole.moved(-left, 0.0) if left else whole.shapes)


def _cut_caption(subject: Subject, found: GraphPicture) -> tuple[Inline, ...]:
    """What has become of arrows that no gradient goes through: broken, or left out where states stand alone."""
    if found.zoom == "states" and graphs.level(subject, "equations").cut:
        return subject.sentence("caption_uncarried")
    return subject.sentence("caption_cut") if found.cut else ()


def gap_caption(subject: Subject, *, elided: bool) -> tuple[Inline, ...]:
    """That steps are left out, if they are."""
    return subject.sentence("caption_gap") if elided else ()


def fixed_caption(subject: Subject, *, drawn: bool, single: bool) -> tuple[Inline, ...]:
    """That arrows from one step for all t are not drawn, if they find no way; or not in the picture of a single step."""
    network, notation = subject.derivation.network, subject.notation
    data = [notation.at(name, one_step(at)) for name, steps in network.fixed.items() for at in sorted(steps)]
    read = [*(notation.node(Node(name)) for name in network.anchored), *data]
    if not read or (drawn and not single):
        return ()
    return subject.sentence("caption_fixed_single" if drawn else "caption_fixed", read=subject.listed(read))


def penalty_caption(subject: Subject, target: Node | None = None) -> tuple[Inline, ...]:
    """That what counts once has arrows which are not drawn, if it has any: to anything, or to a target."""
    edges = subject.derivation.graph.penalty_edges
    drawn = any(target is None or edge.tail == target.name for edge in edges)
    return subject.sentence("caption_penalty" if target is None else "caption_penalty_path") if drawn else ()


CALLS: Mapping[str, Call] = {
    "unrolled_figure": unrolled_figure,
    "cell_figure": cell_figure,
}
