"""Walk: the graph on the way back — one path lit beside its product, and what flows along every arrow in numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

from derive.graph import TOTAL, Arc, Node
from derive.notation.express import NUMBERS
from derive.notation.formula import Formula, number
from derive.notation.measure import width
from derive.numbers import Evaluation
from derive.paths import Path
from derive.report.document import Block, Figure, Label, Shape
from derive.report.exhibits.diagram import (
    arrow,
    backward,
    gap_caption,
    gaps,
    lit_arrows,
    nodes,
    picture,
    role_back,
)
from derive.report.exhibits.drawing import Drawing, Stroke
from derive.report.exhibits.graphs import Graphed
from derive.report.exhibits.labels import EM, Crowd
from derive.report.exhibits.paths import pieces, product
from derive.report.exhibits.printed_numbers import certain_digits
from derive.report.subject import Call, Subject

LONGEST_PRODUCT = 70.0
"""A longer product, in em, is left to the table of paths."""


def one_path_figure(subject: Subject, label: str) -> tuple[Block, ...]:
    """The path of the longest way back, lit: its factors beside its arrows where there is room, its product below."""
    target = subject.target(label)
    sums, found = subject.derivation.paths(*target), backward(subject, target)
    if found is None or sums.count < 2:
        return ()
    path = sums[sums.count - 1]
    strokes = along(found, path)
    if strokes is None:
        return ()
    shapes = [*lit_arrows(subject, found.drawing, dict.fromkeys(strokes, True)), *nodes(subject, found.drawing)]
    tagged, labels = _beside(found.drawing, _factors(subject, path, strokes) if found.level.zoom == "equations" else {})
    shown = product(subject, path)
    short = width(shown) < LONGEST_PRODUCT
    key = "caption_one_path" if short else "caption_one_path_long"
    caption = subject.sentence(key, lag=number(path.lag)) + (pieces(shown) if short else ())
    caption += gap_caption(subject, elided=found.drawing.elided)
    drawn = picture(tagged, [*shapes, *gaps(found), *labels])
    return (Figure(drawn, caption, f"fig-path-{label}", subject.word("alt_one_path")),)


def along(found: Graphed, path: Path) -> list[Stroke] | None:
    """The arrows of a drawing that a path runs along, from L on; None if some are not drawn whole."""
    names = {dot.node for dot in found.drawing.dots} | {bar.node for bar in found.drawing.bars}
    drawn = {(stroke.head, stroke.tail): stroke for stroke in found.drawing.strokes if stroke.whole}
    places = [node for node in path.nodes if node in names]
    skipped = [node for node in path.nodes if node not in names and node.name in found.level.names]
    pairs = list(pairwise(places))
    if skipped or not all(pair in drawn for pair in pairs):
        return None
    return [drawn[pair] for pair in pairs]


def _factors(subject: Subject, path: Path, strokes: Iterable[Stroke]) -> dict[Stroke, Formula]:
    """The local partials of a scalar path beside its arrows, but for those that are 1."""
    if not subject.derivation.network.is_scalar:
        return {}
    found: dict[Stroke, Formula] = {}
    for arc, stroke in zip(path.arcs, strokes, strict=True):
        if arc.edge is not None:
            shown = subject.notation.formula(arc.edge.at(arc.step).factor, NUMBERS)
            if shown != number(1):
                found[stroke] = shown
    return found


def flow_figure(subject: Subject) -> tuple[Block, ...]:
    """What each arrow brings back in the worked example: the adjoint of its head times its local partial."""
    found = backward(subject, TOTAL) if subject.derivation.network.is_scalar else None
    if found is None or found.level.zoom == "states":
        return ()
    arcs = arcs_of(subject, found.drawing)
    numbers = certain_digits(subject, lambda example: _flows(example, arcs))
    tagged, labels = _beside(found.drawing, numbers)
    strokes = [stroke for stroke in found.drawing.strokes if stroke not in numbers]
    shapes: list[Shape] = [
        arrow(stroke, role_back(subject, stroke), back=True, faint=stroke.head != TOTAL) for stroke in strokes
    ]
    shapes += [arrow(stroke, role_back(subject, stroke), back=True) for stroke in numbers]
    shapes += [*nodes(subject, found.drawing), *gaps(found), *labels]
    key = "caption_flow_all" if len(labels) == len(numbers) else "caption_flow_some"
    caption = subject.sentence(key) + gap_caption(subject, elided=found.drawing.elided)
    return (Figure(picture(tagged, shapes), caption, "fig-flow", subject.word("alt_flow")),)


def arcs_of(subject: Subject, drawing: Drawing) -> dict[Stroke, tuple[Node, Arc]]:
    """Per arrow that is drawn whole and that the loss depends on, but those from L, its head and its arc."""
    unrolled = subject.derivation.unrolled
    found: dict[Stroke, tuple[Node, Arc]] = {}
    for stroke in drawing.strokes:
        if stroke.whole and stroke.head in unrolled.reached:
            for arc, tail in unrolled.below(stroke.head):
                if tail == stroke.tail:
                    found[stroke] = (stroke.head, arc)
    return found


def _flows(example: Evaluation, arcs: Mapping[Stroke, tuple[Node, Arc]]) -> dict[Stroke, Any]:
    return {stroke: example.along(arc, head) for stroke, (head, arc) in arcs.items()}


def _beside(drawing: Drawing, wanted: Mapping[Stroke, Formula]) -> tuple[Drawing, list[Label]]:
    """Labels beside arrows, as far as there is room."""
    crowd = Crowd(drawing)
    crowd.on_arrows({stroke: width(shown) * EM for stroke, shown in wanted.items()})
    labels = [Label(tag.at, wanted[tag.of], "path") for tag in crowd.tags if isinstance(tag.of, Stroke)]
    return drawing.with_tags(tuple(crowd.tags)), labels


CALLS: Mapping[str, Call] = {"one_path_figure": one_path_figure, "flow_figure": flow_figure}
