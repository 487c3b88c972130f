"""Walk: the graph on the way back — one path lit beside its product, and what flows along every arrow in numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice, pairwise
from typing import Any

from derive.graph import TOTAL, Arc, Node
from derive.notation.express import NUMBERS
from derive.notation.formula import Formula, number, row
from derive.notation.measure import width
from derive.numbers import Evaluation, Masks
from derive.paths import Path, PathSum
from derive.report.document import WIDEST, Block, Figure, Inline, Label, Picture, Shape, beside
from derive.report.exhibits.diagram import (
    arrow,
    backward,
    gap_caption,
    gaps,
    keyed,
    lit_arrows,
    nodes,
    paths,
    penalty_caption,
    picture,
    role_back,
)
from derive.report.exhibits.drawing import Drawing, Stroke
from derive.report.exhibits.graphs import Graphed
from derive.report.exhibits.labels import EM, Crowd, high
from derive.report.exhibits.lettered import letter_of
from derive.report.exhibits.paths import pieces, product
from derive.report.exhibits.printed_numbers import certain_digits
from derive.report.exhibits.words import by_states, letter_symbol
from derive.report.subject import Call, Subject

APART = 0.8
"""From the picture of the paths to that of one of them."""
FEW = 100
"""Among so many paths one is looked for, if the last leads through steps left out."""
LONGEST_PRODUCT = 70.0
"""A longer product, in em, is left to the table of paths."""


def path_figure(subject: Subject, label: str) -> tuple[Block, ...]:
    """The paths to what a gradient is taken by, and one of them, beside it if there is room; nothing if none is drawn truly."""
    target = subject.target(label)
    found, one = paths(subject, target), lit_path(subject, target)
    if found is None:
        return ()
    caption = subject.sentence(f"caption_paths_{found.counted}_counted", target=subject.node(target))
    gap = gap_caption(subject, elided=found.elided) + penalty_caption(subject, target)
    name, words = f"fig-paths-{label}", subject.word("alt_paths")
    if one is None:
        return (Figure(found.picture, caption + gap, name, words),)
    if found.picture.width + APART + one.picture.width <= WIDEST:
        both = beside((found.picture, one.picture), APART)
        return (Figure(both, caption + gap + subject.sentence("between_captions") + one.caption, name, words),)
    alone = Figure(one.picture, one.caption + gap, f"fig-path-{label}", subject.word("alt_one_path"))
    return (Figure(found.picture, caption + gap, name, words), alone)


def one_path_figure(subject: Subject, path: Path) -> tuple[Block, ...]:
    """One path in the graph; nothing if it is not drawn whole."""
    target = path.nodes[-1]
    found = backward(subject, target)
    strokes = None if found is None else along(found, path)
    if found is None or strokes is None:
        return ()
    drawn, lag = _lit(subject, found, path, strokes), number(path.lag)
    caption = () if path.is_penalty else subject.sentence("caption_one_path_long", lag=lag)
    return (Figure(drawn, caption, "fig-path", subject.word("alt_one_path")),)


@dataclass(frozen=True)
class LitPath:
    """The picture of one path, and what is said below it."""

    path: Path
    picture: Picture
    caption: tuple[Inline, ...]


def lit_path(subject: Subject, target: Node) -> LitPath | None:
    """The path of the longest way back, lit: its factors beside its arrows where there is room, its product below."""
    sums, found = subject.derivation.paths(*target), backward(subject, target)
    if found is None or sums.count - sums.penalty < 2:
        return None
    path, strokes = _chosen(subject, sums, found)
    if path is None:
        return None
    return subject.kept((lit_path, target, path.word), partial(_lit_path, subject, found, path, strokes))


def _lit_path(subject: Subject, found: Graphed, path: Path, strokes: Sequence[Stroke]) -> LitPath:
    letters = _letters(subject, found, path, strokes)
    word = row(*reversed(letters.values())) if letters else None
    return LitPath(path, _lit(subject, found, path, strokes), _said_of(subject, path, word))


def _lit(subject: Subject, found: Graphed, path: Path, strokes: Sequence[Stroke]) -> Picture:
    """The graph with one path lit, its factors or letters beside its arrows where there is room."""
    shapes = [*lit_arrows(subject, found.drawing, dict.fromkeys(strokes, True)), *nodes(subject, found.drawing)]
    factors = _letters(subject, found, path, strokes) or _factors(subject, found, path, strokes)
    tagged, labels = _beside(found.drawing, factors)
    return picture(tagged, [*shapes, *gaps(found), *labels])


def _said_of(subject: Subject, path: Path, word: Formula | None) -> tuple[Inline, ...]:
    """Its lag, and the word that it spells where paths are told by states, or its product if that is short."""
    lag, shown = number(path.lag), product(subject, path)
    if word is not None:
        return subject.sentence("caption_one_word", lag=lag, word=word)
    if width(shown) < LONGEST_PRODUCT:
        return subject.sentence("caption_one_path", lag=lag, product=tuple(pieces(shown)))
    return subject.sentence("caption_one_path_long", lag=lag)


def _chosen(subject: Subject, sums: PathSum, found: Graphed) -> tuple[Path | None, list[Stroke]]:
    """The last path, or if it leads through steps left out the one of the first few with the longest way back; its arrows.

    The penalty's is one arrow, and the last of all; it is passed over. So is, while there is another, one that is worth nothing
    whatever is learned.
    """
    others = sorted(islice(sums, FEW), key=lambda path: -abs(path.lag))
    masked = Masks(subject.evaluation).path
    for path in sorted((sums[sums.count - sums.penalty - 1], *others), key=masked):
        strokes = along(found, path)
        if strokes is not None:
            return path, strokes
    return None, []


def along(found: Graphed, path: Path) -> list[Stroke] | None:
    """The arrows of a drawing that a path runs along, from L on; None if some are not drawn whole."""
    names = {dot.node for dot in found.drawing.dots} | {bar.node for bar in found.drawing.bars}
    drawn = {(stroke.head, stroke.tail, stroke.anchor): stroke for stroke in found.drawing.strokes if stroke.whole}
    anchors = {tail: arc.edge.anchor for arc, tail in zip(path.arcs, path.nodes[1:], strict=True)}
    places = [node for node in path.nodes if node in names]
    skipped = [node for node in path.nodes if node not in names and node.name in found.level.names]
    pairs = [(head, tail, anchors[tail]) for head, tail in pairwise(places)]
    if skipped or not all(pair in drawn for pair in pairs):
        return None
    return [drawn[pair] for pair in pairs]


def _letters(subject: Subject, found: Graphed, path: Path, strokes: Iterable[Stroke]) -> dict[Stroke, Formula]:
    """The letters of a path beside its arrows, but for that from L, where paths are told and drawn by states."""
    target = path.nodes[-1]
    if found.level.zoom == "equations" or not by_states(subject, target):
        return {}
    letters = subject.derivation.states(*target).letters
    places = {stroke: letter_of(stroke, letters) for stroke in strokes}
    return {stroke: letter_symbol(subject, place, letters) for stroke, place in places.items() if place is not None}


def _factors(subject: Subject, found: Graphed, path: Path, strokes: Iterable[Stroke]) -> dict[Stroke, Formula]:
    """The local partials of a scalar path beside its arrows, but for those that are 1, where these are of equations."""
    if found.level.zoom == "states":
        return {}
    if not subject.derivation.network.is_scalar:
        return {}
    factors: dict[Stroke, Formula] = {}
    for arc, stroke in zip(path.arcs, strokes, strict=True):
        if arc.edge is not None:
            shown = subject.notation.formula(arc.edge.at(arc.step).factor, NUMBERS)
            if shown != number(1):
                factors[stroke] = shown
    return factors


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
        keyed(arrow(stroke, role_back(subject, stroke), back=True, faint=stroke.head != TOTAL), stroke)
        for stroke in strokes
    ]
    shapes += [keyed(arrow(stroke, role_back(subject, stroke), back=True), stroke) for stroke in numbers]
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
    highest = max(map(high, wanted.values()), default=0.0)
    crowd.on_arrows({stroke: width(shown) * EM for stroke, shown in wanted.items()}, highest)
    labels = [Label(tag.at, wanted[tag.of], "path") for tag in crowd.tags if isinstance(tag.of, Stroke)]
    return drawing.with_tags(tuple(crowd.tags)), labels


CALLS: Mapping[str, Call] = {"path_figure": path_figure, "flow_figure": flow_figure}
