"""Lettered: the graph of states on the way back, with the letter of each arrow beside it, and the words in a triangle.

Row: the loss at which words begin; column: the step at which the parameter is used. A cell holds the words between them while
they are few, and what they add up to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from derive.graph import Node
from derive.notation.formula import Formula, Sign, number, plus
from derive.notation.measure import width
from derive.numbers import Masks
from derive.paths import Letter, Place, StateWord
from derive.report.document import Block, Column, Display, Figure, Label, Math, Table, Text
from derive.report.exhibits import graphs, words
from derive.report.exhibits.cells import Cell
from derive.report.exhibits.diagram import arrow, gap_caption, gaps, load, nodes, picture, role_back
from derive.report.exhibits.drawing import Stroke
from derive.report.exhibits.labels import EM, Crowd, high
from derive.report.exhibits.paths import masked_caption
from derive.report.subject import Call, Subject

MOST_WORDS = 20
"""Up to so many words stand in the triangle;"""
MOST_STEPS = 4
"""over so many steps."""
WIDEST = 3
"""So many times the narrowest column is the widest as wide, where cells have more words."""


def letters_figure(subject: Subject, label: str) -> tuple[Block, ...]:
    """The states and the parameter, arrows against the way of the data, each with its letter; nothing if none is true."""
    target = subject.target(label)
    level = graphs.level(subject, "states")
    found = graphs.graphed(subject, level, target, shown=level)
    if found is None or not found.drawing.complete:
        return ()
    letters = subject.derivation.states(*target).letters
    sums = subject.derivation.paths(*target)
    named = {
        stroke: letter_of(stroke, letters)
        for stroke in found.drawing.strokes
        if stroke.whole and load(sums, level, stroke)
    }
    shown = {
        stroke: words.letter_symbol(subject, place, letters) for stroke, place in named.items() if place is not None
    }
    crowd = Crowd(found.drawing)
    highest = max(map(high, shown.values()), default=0.0)
    crowd.on_arrows({stroke: width(symbol) * EM for stroke, symbol in shown.items()}, highest)
    labels = [
        Label(tag.at, shown[tag.of], role_back(subject, tag.of)) for tag in crowd.tags if isinstance(tag.of, Stroke)
    ]
    arrows = (
        arrow(stroke, role_back(subject, stroke), back=True, faint=stroke.whole and stroke not in named)
        for stroke in found.drawing.strokes
    )
    drawn = picture(
        found.drawing.with_tags(tuple(crowd.tags)), [*arrows, *nodes(subject, found.drawing), *gaps(found), *labels]
    )
    caption = subject.sentence("caption_lettered", target=subject.node(target))
    caption += gap_caption(subject, elided=found.drawing.elided)
    return (Figure(drawn, caption, f"fig-letters-{label}", subject.word("alt_lettered")),)


def letter_of(stroke: Stroke, letters: tuple[Letter, ...]) -> Place | None:
    """The letter of an arrow, at its step; None for one from L."""
    step = stroke.head.step
    if step is None:
        return None
    lag = 0 if stroke.tail.step is None or stroke.anchor is not None else step - stroke.tail.step
    wanted = (stroke.head.name, stroke.tail.name, lag, stroke.anchor)
    for letter in letters:
        if (letter.head, letter.tail, letter.lag, letter.anchor) == wanted:
            return Place(letter, step)
    return None


def word_triangle(subject: Subject, target: Node, label: str) -> Table:
    """The words between each loss and each use, and what they add up to; of many words their number."""
    states = subject.derivation.states(*target)
    if states.count > MOST_WORDS or subject.steps > MOST_STEPS:
        return words.triangle_table(subject, target, label)
    steps = tuple(range(1, subject.steps + 1))
    found: dict[tuple[int, int], list[StateWord]] = {}
    masks = Masks(subject.evaluation)
    for word in states:
        if not masks.word(states, word):
            found.setdefault((word.loss_step, word.use_step), []).append(word)
    added = partial(words.cells_of, keys=found, place=words.place_of(subject, target))
    sums = words.values_of(subject, target, added)
    loss = subject.derivation.network.loss
    rows: list[tuple[Cell, ...]] = []
    for step in sorted({step for step, _ in found}):
        cells = (_cell(subject, found.get((step, use), []), sums.get((step, use)), states.letters) for use in steps)
        rows.append(((Math(subject.node(Node(loss, step))),), *cells))
    most = {use: max((len(cell) for (_, at), cell in found.items() if at == use), default=1) for use in steps}
    heads = (Column(subject.sentence("used_at_step", step=number(use)), share=min(most[use], WIDEST)) for use in steps)
    caption = subject.sentence("caption_word_triangle", target=subject.node(target))
    masked = states.count - sum(map(len, found.values()))
    caption += masked_caption(subject, "caption_masked_words", masked)
    return Table((subject.column("loss_step"), *heads), tuple(rows), caption, label)


def _cell(subject: Subject, found: list[StateWord], total: Formula | None, letters: tuple[Letter, ...]) -> Cell:
    """Words with a plus between, and what they add up to: of arrays the size."""
    if total is None:
        return ()
    symbols = tuple(
        inline for place, word in enumerate(found) for inline in _added(subject, word, letters, first=not place)
    )
    if subject.derivation.network.is_scalar:
        return (*symbols, Text(" "), Math(Sign("=")), Text("\u00a0"), Math(total, whole=True))
    return (*symbols, *subject.sentence("of_size", size=total))


def _added(subject: Subject, word: StateWord, letters: tuple[Letter, ...], *, first: bool) -> Iterator[Math | Text]:
    if not first:
        yield from (Text(" "), Math(Sign("+")), Text("\u00a0"))
    yield Math(words.word_formula(subject, word, letters), whole=True)


def letter_rules(subject: Subject, target: Node) -> Display:
    """The recurrence in letters: the adjoint of every state on the way to the parameter, for general t."""
    letters = subject.derivation.states(*target).letters
    found = words.rules_in_letters(subject, letters)
    return subject.display(*((left, "=", plus(*terms)) for left, terms in found))


CALLS: Mapping[str, Call] = {
    "letters_figure": letters_figure,
    "letter_rules": lambda subject, label: letter_rules(subject, subject.target(label)),
    "word_triangle_table": lambda subject, label: word_triangle(
        subject, subject.target(label), f"tab-triangle-{label}"
    ),
}
