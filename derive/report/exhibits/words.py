"""Words: the paths at the level of states — the letters and what they do, the words, the triangle of loss and use.

Letters stand in the columns of their steps, the parameter on the left and the error on the right, as in a picture in which time
runs to the right. Superscripts read "to, from", so that neighbours agree like dominoes; with one state there are none.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from functools import cache, partial
from itertools import groupby, islice, pairwise
from math import inf
from typing import Any, TypeAlias, TypeVar

from derive import groups
from derive.equations import Var
from derive.graph import Arc, Node
from derive.notation import general
from derive.notation.express import LAST, NUMBERS, Clock, T, one_step
from derive.notation.formula import (
    Big,
    Colored,
    Formula,
    Minus,
    Number,
    Role,
    Sign,
    Symbol,
    grouped,
    number,
    plus,
    relation,
    row,
)
from derive.notation.measure import width
from derive.notation.spelling import signed
from derive.numbers import Evaluation, Masks, decided
from derive.paths import Cell as Count
from derive.paths import Letter, Place, States, StateWord, columns, pull_along
from derive.recurrence import ADJOINT
from derive.report.document import Column, Display, Inline, Math, Shaded, Table, Text
from derive.report.exhibits.cells import DOTS, Cell, about, first_and_last, grouped_digits
from derive.report.exhibits.lattice import bar, lattice
from derive.report.exhibits.paths import masked_caption, product
from derive.report.exhibits.printed_numbers import certain_digits, sizes, two_digits
from derive.report.subject import Call, Subject

Key = TypeVar("Key", bound=Hashable)
ROLES: Mapping[str, Role | None] = {"e": "now", "D": None, "J": "later", "U": "parameter"}
FEW_PATHS, SHORT_SUM = 20, 200.0
"""Up to so many paths, whose products take so many em together, are told by equations, if nobody asks otherwise."""
MOST_WORDS = 50
"""So many words are listed."""
MOST_WAYS, WIDEST_WAYS = 40, 160.0
"""So many ways of a letter are written, and as many as take so many em together; there can be millions."""
MOST_ADDED = 20
"""A sum of words by itself has so many."""
MOST_CHECKED = 100
"""Up to so many last letters the words before each are counted, and have to be all words."""
MOST_SHOWN = 4
"""Of a sum in the folding so many terms are written."""
MOST_COLUMNS = 6
"""A word of more steps stands in one column."""
MOST_STEPS = 8
"""A triangle of more steps shows its first and last rows and columns, if each cell is one word."""
MOST_COUNTED = 5
"""So many if cells count their words."""
LINEAR, DARKEST = 2.0, 0.8
"""Sizes within so many powers of ten are shaded in proportion; the largest is so dark."""
ALL = 0
"""Stands for all losses together, in place of the step of one."""
CELLS, HEAD, BETWEEN = 48.0, 3.0, 1.1
"""The room for the cells of a triangle, for the head of a column, and between two, in em of a table."""


def by_states(subject: Subject, main: Node) -> bool:
    """Whether the paths are told at the level of states, as they are in brief."""
    if subject.options.brief:
        return True
    if subject.options.zoom == "auto":
        return bool(subject.derivation.network.states) and not _are_few(subject, main)
    return subject.options.zoom == "states"


def _are_few(subject: Subject, main: Node) -> bool:
    """Whether the products of all paths may be read in full."""

    def found() -> bool:
        paths = subject.derivation.paths(*main)
        return paths.count <= FEW_PATHS and sum(width(product(subject, path)) for path in paths) <= SHORT_SUM

    return subject.kept((_are_few, main), found)


def words_are_listed(subject: Subject, main: Node) -> bool:
    """Whether there are few enough words to list them, and the triangle is not the list of them already."""
    states = subject.derivation.states(*main)
    return states.count <= MOST_WORDS and not states.are_single


def words_are_folded(subject: Subject, main: Node) -> bool:
    """Whether some words end in the same letter at the same step, so that it can be taken out."""
    states = subject.derivation.states(*main)
    return states.count > len(states.ends)


def are_single(subject: Subject, main: Node) -> bool:
    """Whether there is one word at most from a loss to a use."""
    return subject.derivation.states(*main).are_single


def kinds(subject: Subject, main: Node) -> set[str]:
    """The kinds of letters there are; ``ends`` if some have superscripts, ``long`` if some jump further than a step.

    ``fixed`` if some lead to one and the same step from every one.
    """
    letters = subject.derivation.states(*main).letters
    further = {"long"} if any(_is_long(letter) for letter in letters) else set()
    further |= {"fixed"} if any(letter.anchor is not None for letter in letters) else set()
    ends = {"ends"} if any(_has_ends(letter, letters) for letter in letters) else set()
    return {letter.kind for letter in letters} | ends | further


# --- letters ----------------------------------------------------------------------------------------------------------


def letter_symbol(subject: Subject, place: Place, letters: Sequence[Letter], clock: Clock = NUMBERS) -> Formula:
    """A letter at a step: e, D, J or U in the colour of its kind, with its ends where others of its kind are there too."""
    letter, step = place
    ends: list[Formula] = []
    if _has_ends(letter, letters):
        if letter.kind != "U":
            ends.append(_tail(subject, letter))
        if letter.kind != "e":
            ends.append(subject.notation.name(letter.head))
    if _is_long(letter):
        ends += [Sign(","), number(letter.lag)] if ends else [number(letter.lag)]
    symbol = Symbol(subject.letters_of_words[letter.kind], None, (clock.step(step),), (row(*ends),) if ends else ())
    role = ROLES[letter.kind]
    return symbol if role is None else Colored(role, symbol)


def _is_long(letter: Letter) -> bool:
    """Whether a letter says how far it jumps."""
    return letter.kind == "J" and letter.anchor is None and letter.lag != 1


def _tail(subject: Subject, letter: Letter) -> Formula:
    """Where a letter leads: h, or h_T if that is one step for all t."""
    at = None if letter.anchor is None else one_step(letter.anchor)
    return subject.notation.at(letter.tail, at)


def _has_ends(letter: Letter, letters: Sequence[Letter]) -> bool:
    """Whether a letter says where it leads and where it comes from."""
    if letter.anchor is not None:
        return True
    several = len({(other.head, other.tail) for other in letters if other.kind == letter.kind}) > 1
    states = {other.tail for other in letters if other.kind != "U"}
    return several or (letter.kind in "DJ" and len(states) > 1)


def letters_table(subject: Subject, target: Node, label: str, only: Sequence[Letter] = ()) -> Table:
    """Every letter, or some: its arrow, what it makes of an adjoint, how many ways it adds up."""
    states = subject.derivation.states(*target)
    rows: list[tuple[Cell, ...]] = []
    for letter in only or states.letters:
        head = subject.node(Node(letter.head, 0), T)
        there = _tail(subject, letter) if letter.anchor is not None else subject.node(Node(letter.tail, -letter.lag), T)
        tail = subject.node(target) if letter.kind == "U" else there
        rows.append(
            (
                (Math(letter_symbol(subject, Place(letter, 0), states.letters, T)),),
                (Math(row(head, Sign("→"), tail), whole=True),),
                tuple(_made(subject, letter, islice(states.ways(letter), MOST_WAYS))),
                (Text(grouped_digits(letter.ways)),),
            )
        )
    heads = (subject.column("letter"), subject.column("arrow"), subject.column("makes", share=1))
    caption = subject.sentence("caption_letters", target=subject.node(target))
    return Table((*heads, subject.column("ways", right=True)), tuple(rows), caption, label)


def _made(subject: Subject, letter: Letter, ways: Iterable[tuple[Any, ...]]) -> Iterator[Math | Text]:
    """What a letter makes of the adjoint of its head, way by way, the first of them if there are many."""
    network = subject.derivation.network
    adjoint = network.loss_weight if letter.head == network.loss else Var(f"{ADJOINT}{letter.head}", 0)
    written, taken = 0, 0.0
    for way in ways:
        made = subject.formula(pull_along((Arc(edge, 0) for edge in way), adjoint), T)
        taken += width(made)
        if written and taken > WIDEST_WAYS:
            break
        if written:
            sign, made = signed(made)
            yield from (Text(" "), Math(Sign(sign)), Text("\u00a0"))
        yield Math(made, whole=True)
        written += 1
    if written < letter.ways:
        yield from (Text(" "), Math(Sign("+")), Text("\u00a0"), Math(Sign("⋯")))


# --- words ------------------------------------------------------------------------------------------------------------


def words_table(subject: Subject, target: Node, label: str) -> Table:
    """Every word, those of one lag together: its letters in the columns of their steps, its ways, what it adds."""
    states = subject.derivation.states(*target)
    every = listed(subject, target)
    masks = Masks(subject.evaluation)
    places = {word: place for place, word in enumerate(every, 1) if not masks.word(states, word)}
    words = list(places)
    place = place_of(subject, target)
    values = values_of(
        subject,
        target,
        lambda spelled: {word: spelled.word(word) if place is None else spelled.brought(word) for word in words},
    )
    steps = range(1, subject.steps + 1) if subject.steps <= MOST_COLUMNS else ()
    dots, shares = lattice(subject, target, states.names), _word_shares(subject, target, words, place)
    rows: list[tuple[Cell, ...]] = [
        (
            (Text(str(places[word])),),
            (Math(number(word.lag)),),
            *(((dots.drawn(subject, word),),) if dots else ()),
            *(_letters_of(subject, word, states.letters, steps)),
            (Text(grouped_digits(word.ways)),),
            *(((bar(shares[word]),) if word in shares else (),) if shares else ()),
            (Math(values[word]),),
        )
        for word in words
    ]
    rules = tuple(place for place, (one, other) in enumerate(pairwise(words), 1) if one.lag != other.lag)
    at_steps = tuple(Column(subject.sentence("step_of", step=number(step))) for step in steps)
    caption = subject.sentence(
        "caption_words",
        target=subject.node(target),
        words=grouped_digits(states.count),
        count=grouped_digits(states.paths),
    )
    if dots:
        names = [subject.notation.name(name) for name in states.names]
        caption += subject.sentence("caption_lattice", states=subject.listed(names))
    caption += masked_caption(subject, "caption_masked_words", len(every) - len(words))
    heads = (subject.column("count"), subject.column("lag", right=True), *([subject.column("path")] if dots else ()))
    middle = at_steps or (subject.column("word", share=1),)
    what = _size_at(subject, place) if place else subject.sentence("adds" if _scalar(subject) else "adds_size")
    ends = (subject.column("ways", right=True), *([Column(())] if shares else ()), Column(what, "right"))
    return Table((*heads, *middle, *ends), tuple(rows), caption, label, rules)


def listed(subject: Subject, target: Node) -> list[StateWord]:
    """The words in the order of their table: by lag, and those together that are shifted copies of one another."""
    states = islice(subject.derivation.states(*target), MOST_WORDS)
    return sorted(states, key=lambda word: (word.lag, _shape(word), word.use_step))


def _word_shares(
    subject: Subject, target: Node, words: Sequence[StateWord], place: str | None
) -> Mapping[StateWord, float]:
    """Of each word that is not 0 the part of the largest that it is as large as."""

    def sizes_at(example: Evaluation) -> dict[StateWord, float]:
        spelled = _spelled(subject, example, target)
        return {
            word: groups.size(example, spelled.word(word) if place is None else spelled.brought(word)) for word in words
        }

    there = {word: found for word, found in decided(subject.evaluation, sizes_at).items() if found != -inf}
    return {word: 10 ** (found - max(there.values())) for word, found in there.items()}


def place_of(subject: Subject, target: Node) -> str | None:
    """Where sizes of arrays are measured: at the variable whose equation uses the target, where there is one such."""
    return None if _scalar(subject) else _spelled(subject, subject.evaluation, target).use


def _size_at(subject: Subject, place: str) -> Cell:
    """What stands above such sizes."""
    return subject.sentence("size_at", node=subject.node(Node(place, 0), T))


def _shape(word: StateWord) -> tuple[tuple[str, str, str, int, int], ...]:
    """What words that are shifted copies of one another have in common."""
    return tuple(
        (one.kind, one.head, one.tail, one.lag, -1 if one.anchor is None else one.anchor) for one, _ in word.places
    )


def _letters_of(subject: Subject, word: StateWord, letters: Sequence[Letter], steps: Sequence[int]) -> Iterator[Cell]:
    """The letters of a word, in the columns of their steps, or in one."""
    if not steps:
        runs = groupby(reversed(word.places), key=lambda place: place.step)
        symbols = (row(*(letter_symbol(subject, place, letters) for place in places)) for _, places in runs)
        yield tuple(Math(found, whole=True) for found in symbols)
        return
    found = {step: [letter_symbol(subject, place, letters) for place in places] for step, places in columns(word)}
    for step in steps:
        yield (Math(row(*found[step]), whole=True),) if step in found else ()


# --- the triangle -----------------------------------------------------------------------------------------------------


def triangle_table(subject: Subject, target: Node, label: str) -> Table:
    """Per loss and use what the words between add up to, and how many words and ways they are, if any are several."""
    states = subject.derivation.states(*target)
    single = states.are_single and all(letter.ways == 1 for letter in states.letters)
    shown, counts, values = _sums_shown(subject, target, MOST_STEPS if single else MOST_COUNTED)
    rows: list[tuple[Cell, ...]] = []
    shares, logarithmic = _shares(subject, target, [key for key in values if key[0] != ALL])
    for loss in shown:
        if loss is None:
            rows.append((DOTS,) * (1 + len(shown)))
            continue
        cells = (_cell((loss, use), counts, values) for use in shown)
        if not single:
            cells = (_counted(subject, (loss, use), cell, counts) for use, cell in zip(shown, cells, strict=True))
        cells = (_shaded(cell, shares.get((loss, use or 0))) for use, cell in zip(shown, cells, strict=True))
        rows.append(((Math(subject.node(Node(subject.derivation.network.loss, loss))),), *cells))
    share = 0 if single or len(shown) < MOST_COUNTED else 1
    heads = [DOTS if use is None else subject.sentence("step_of", step=number(use)) for use in shown]
    caption = subject.sentence("caption_words_each" if single else "caption_triangle", target=subject.node(target))
    columns = (Column(head, share=share) for head in heads)
    place = place_of(subject, target)
    if place is not None:
        caption = (*caption, *subject.sentence("caption_measured", node=subject.node(Node(place, 0), T)))
    caption = (*caption, *subject.sentence("caption_shaded_log" if logarithmic else "caption_shaded"))
    rules: tuple[int, ...] = ()
    if target.step is None:
        rules = (len(rows),)
        rows.append(((Text(subject.word("all")),), *(_whole_column(use, values) for use in shown)))
    return Table((subject.column("loss_step"), *columns), tuple(rows), caption, label, rules)


def _shaded(cell: Cell, share: float | None) -> Cell:
    """A cell on its ground, if it has one."""
    return cell if share is None else (Shaded(cell, share),)


def _shares(
    subject: Subject, target: Node, keys: Sequence[tuple[int, int]]
) -> tuple[Mapping[tuple[int, int], float], bool]:
    """How dark cells are: by their part of the largest, or of its decimal logarithm if some are less than a hundredth of it."""
    place = place_of(subject, target)

    def sizes_at(example: Evaluation) -> dict[tuple[int, int], float]:
        cells = cells_of(_spelled(subject, example, target), keys, place)
        return {key: groups.size(example, cells[key]) for key in keys}

    sizes_of = decided(subject.evaluation, sizes_at)
    there = {key: found for key, found in sizes_of.items() if found != -inf}
    most, least = max(there.values(), default=0.0), min(there.values(), default=0.0)
    if most - least <= LINEAR:
        return {key: DARKEST * 10 ** (found - most) for key, found in there.items()}, False
    return {key: DARKEST * (1 - (most - found) / (most - least + 1)) for key, found in there.items()}, True


def _spelled(subject: Subject, example: Evaluation, target: Node) -> groups.Spelled:
    """The words of a target in numbers, the same for all who ask while the example is as fine as it was."""
    if example is not subject.evaluation:
        return groups.Spelled(example, target)
    return subject.kept(("spelled", target), lambda: groups.Spelled(subject.evaluation, target))


def _whole_column(use: int | None, values: Mapping[tuple[int, int], Formula]) -> Cell:
    """What all losses together bring to a use."""
    return DOTS if use is None else (Math(values[ALL, use]),) if (ALL, use) in values else ()


def _sums_shown(
    subject: Subject, target: Node, most: int
) -> tuple[Sequence[int | None], Mapping[tuple[int, int], Count], Mapping[tuple[int, int], Formula]]:
    """The steps whose rows and columns are shown, what is in their cells, counted and in numbers.

    There are fewer of both if a line is too short.
    """
    steps = tuple(range(1, subject.steps + 1))
    row = cache(subject.derivation.states(*target).row)
    for fewer, short, alike in (
        (most, False, True),
        (most, True, True),
        (most, True, False),
        (MOST_COUNTED, True, True),
    ):
        shown = first_and_last(steps, fewer, fewer // 2 - (fewer > MOST_COUNTED))
        counts = {
            (loss, use): row(loss)[use] for loss in shown if loss is not None for use in row(loss) if use in shown
        }
        cells = partial(cells_of, keys=set(counts), place=place_of(subject, target))
        values = values_of(subject, target, cells, short=short, alike=alike)
        widest = [max((width(value) for key, value in values.items() if key[1] == use), default=0) for use in shown]
        if sum(max(wide, HEAD) + BETWEEN for wide in widest) <= CELLS:
            break
    return shown, counts, values


def _cell(
    key: tuple[int, int | None], counts: Mapping[tuple[int, int], Count], values: Mapping[tuple[int, int], Formula]
) -> Cell:
    """The value of a cell; nothing where no path leads."""
    loss, use = key
    if use is None:
        return DOTS
    return (Math(values[loss, use], whole=True),) if (loss, use) in counts else ()


def _counted(
    subject: Subject, key: tuple[int, int | None], cell: Cell, counts: Mapping[tuple[int, int], Count]
) -> Cell:
    """A cell with its words and ways behind its value."""
    loss, use = key
    if use is None or (loss, use) not in counts:
        return cell
    words, ways = counts[loss, use]
    (value,) = cell
    return (value, *subject.sentence("words_and_ways", words=about(words), ways=about(ways)))


# --- folding ----------------------------------------------------------------------------------------------------------


def folding_table(subject: Subject, target: Node, label: str) -> Table:
    """The sum over words folded, line by line with its reason, into adjoints, and these into one another.

    Raises `CheckFailedError` if the words that a line puts together are not all there are to the node whose adjoint it is.
    """
    main = subject.derivation.states(*target)
    rows = list(_folded(subject, target, main, main.letters))
    rules = [len(rows)]
    node = _shown_adjoint(subject, main)
    if node is not None:
        rows += _folded(subject, node, subject.derivation.states(*node), main.letters)
        rules.append(len(rows))
    rows += _general(subject, main.letters)
    columns = (
        Column((), "right"),
        Column((), "center"),
        Column((), "left", 3),
        Column(subject.sentence("reason"), "left", 2),
    )
    caption = subject.sentence("caption_words_folded", target=subject.node(target))
    return Table(columns, tuple(rows), caption, label, tuple(rules))


def _shown_adjoint(subject: Subject, main: States) -> Node | None:
    """The adjoint that is folded as well: of the last state on the way to the parameter, where a few words lead to it."""
    rules = subject.derivation.rules
    heads = [letter.head for letter in main.letters if letter.kind == "U" and letter.head in rules]
    if not heads:
        return None
    losses = subject.derivation.unrolled.loss_steps
    forwards = subject.derivation.rules[heads[0]].ahead >= 0
    return Node(heads[0], max(1, losses[-1] - 1) if forwards else min(losses[0] + 1, subject.steps))


def _folded(subject: Subject, target: Node, states: States, letters: Sequence[Letter]) -> Iterator[tuple[Cell, ...]]:
    """All words, in the ``letters`` of the table; grouped by their last letter; the brackets recognised as adjoints."""
    groups, once = _groups(subject, states), _once(subject, target)
    words = [word_formula(subject, word, letters) for word in islice(states, _shown(states.count))]
    left: Cell = (Math(_left(subject, target), whole=True),)
    key = {1: "one_word", 2: "both_words"}.get(states.count, "all_words")
    yield _line(left, _sum(words, states.count, once), subject.sentence(key, words=grouped_digits(states.count)))
    grouped_first, recognised = _brackets(states, groups)
    if grouped_first:
        brackets = [_bracket(subject, last, inner, letters) for last, inner in groups[: _shown(len(groups))]]
        key = "words_by_use" if target.step is None else "words_by_letter"
        yield _line((), _sum(brackets, len(groups), once), subject.sentence(key))
    if recognised:
        terms = [_recognised(subject, last, inner, letters) for last, inner in groups[: _shown(len(groups))]]
        yield _line((), _sum(terms, len(groups), once), subject.sentence("words_are_adjoints"))


def folded_terms(subject: Subject, target: Node) -> Iterator[tuple[Node, Sequence[StateWord | Place]]]:
    """The terms of the table's lines, without those for every t: words, or the letters with which those of a bracket end."""
    for node in filter(None, (target, _shown_adjoint(subject, subject.derivation.states(*target)))):
        states = subject.derivation.states(*node)
        groups = _groups(subject, states)
        last = [last for last, _ in groups[: _shown(len(groups))]]
        yield node, list(islice(states, _shown(states.count)))
        yield from ((node, last) for shown in _brackets(states, groups) if shown)


Ending: TypeAlias = tuple[Place, "States | None"]
"""A letter with which words end, and the words that it continues; None: it comes from the loss alone."""


def _brackets(states: States, groups: Sequence[Ending]) -> tuple[bool, bool]:
    """Whether brackets of several words are shown, and then as adjoints. An ending has a word at least."""
    return states.count > len(groups), any(inner is not None for _, inner in groups)


def _groups(subject: Subject, states: States) -> list[Ending]:
    """The letters with which words end; what each continues is all words to the node that it leaves."""
    loss = subject.derivation.network.loss
    found: list[Ending] = []
    for last in sorted(states.ends, key=lambda last: last.step):
        at_loss = last.letter.head == loss
        found.append((last, None if at_loss else subject.derivation.states(last.letter.head, last.step)))
    if len(found) <= MOST_CHECKED:  # to count the words to each takes as long as there are steps
        count = sum(1 if inner is None else inner.count for _, inner in found)
        subject.insist(
            f"the words to {states.target.name} are not those to where their last letters begin",
            holds=count == states.count,
        )
    return found


def _shown(count: int) -> int:
    """How many terms of a sum are written: of many the first ones; dots never stand for a single term."""
    return count if count <= MOST_SHOWN + 1 else MOST_SHOWN


def word_formula(subject: Subject, word: StateWord, letters: Sequence[Letter]) -> Formula:
    """The letters of a word, side by side: what comes first on the way from the loss stands on the right."""
    return row(*(letter_symbol(subject, place, letters) for place in reversed(word.places)))


def sum_of_words(subject: Subject, states: States) -> Display:
    """The derivative as a sum of words, of many the first."""
    first = [word_formula(subject, word, states.letters) for word in islice(states, MOST_ADDED)]
    terms = [*first, Sign("⋯")] if states.count > MOST_ADDED else first or [Number("0")]
    return subject.display((subject.derivative(states.target), "=", plus(*terms)))


def _bracket(subject: Subject, last: Place, inner: States | None, letters: Sequence[Letter]) -> Formula:
    """A last letter before the words that it continues: one, or the first of them and their number."""
    symbol = letter_symbol(subject, last, letters)
    if inner is None:
        return symbol
    first, *rest = (word_formula(subject, word, letters) for word in islice(inner, 2))
    if inner.count == 1:
        return row(symbol, first)
    return row(symbol, grouped(row(first, Sign("+"), *(rest if inner.count == len(rest) + 1 else (Sign("⋯"),)))))


def _recognised(subject: Subject, last: Place, inner: States | None, letters: Sequence[Letter]) -> Formula:
    """A last letter times the adjoint of the node that it leaves."""
    symbol = letter_symbol(subject, last, letters)
    if inner is None:
        return symbol
    return row(symbol, subject.notation.adjoint(last.letter.head, number(last.step)))


def _once(subject: Subject, target: Node) -> tuple[Formula, ...]:
    """What a term of L that counts once adds, which is no word: it is added behind them."""
    return general.penalty(subject.notation, subject.derivation.recurrence, target)


def _sum(shown: Sequence[Formula], count: int, once: Sequence[Formula] = ()) -> Cell:
    """Terms with a plus between, before which a line may break; ⋯ for those that are left out."""
    found: list[Inline] = []
    for term in (*shown, *((Sign("⋯"),) if count > len(shown) else ()), *once):
        found += [Text(" "), Math(Sign("+")), Text("\u00a0")] if found else []
        found.append(Math(term, whole=True))
    return tuple(found)


def _left(subject: Subject, target: Node) -> Formula:
    if target.step is None:
        return subject.slashed(target)
    return subject.notation.adjoint(target.name, number(target.step))


def _line(left: Cell, right: Cell, reason: Cell) -> tuple[Cell, ...]:
    return (left, (Math(Sign("=")),), right, reason)


def _general(subject: Subject, letters: Sequence[Letter]) -> Iterator[tuple[Cell, ...]]:
    """The rule of every state's adjoint in letters, for general t."""
    for left, terms in rules_in_letters(subject, letters):
        yield _line((Math(left, whole=True),), _sum(terms, len(terms)), subject.sentence("for_every_t"))


def rules_in_letters(subject: Subject, letters: Sequence[Letter]) -> Iterator[tuple[Formula, list[Formula]]]:
    """The adjoint of every state for general t, and the terms of its rule in letters."""
    into: dict[str, list[Letter]] = {}
    for letter in letters:
        if letter.kind != "U":
            into.setdefault(letter.tail, []).append(letter)
    for state, found in into.items():
        terms: list[Formula] = []
        for letter in found:
            if letter.anchor is not None:
                terms.append(_collected(subject, letter, letters))
                continue
            symbol = letter_symbol(subject, Place(letter, letter.lag), letters, T)
            head = subject.notation.adjoint(letter.head, T.step(letter.lag))
            terms.append(symbol if letter.kind == "e" else row(symbol, head))
        yield subject.notation.adjoint(state, T.step(0)), terms


def _collected(subject: Subject, letter: Letter, letters: Sequence[Letter]) -> Formula:
    """What comes back to one step from all that read it: [t = T] Σ_s J_s δ_s."""
    there = grouped(relation(T.step(0), ("=", one_step(letter.anchor or 0))), "[]")
    clock, place = Clock("s"), Place(letter, 0)
    if letter.kind == "e" and subject.derivation.network.loss_at == "last":
        return row(there, letter_symbol(subject, place, letters, Clock("T")))
    losses = general.counts(subject.notation, clock) if letter.kind == "e" else ()
    adjoint = () if letter.kind == "e" else (subject.notation.adjoint(letter.head, clock.step(0)),)
    body = row(*losses, letter_symbol(subject, place, letters, clock), *adjoint)
    return row(there, Big("Σ", relation(clock.step(0), ("=", number(1))), LAST, body))


# --- numbers ----------------------------------------------------------------------------------------------------------


def _scalar(subject: Subject) -> bool:
    return subject.derivation.network.is_scalar


def values_of(
    subject: Subject,
    target: Node,
    of: Callable[[groups.Spelled], Mapping[Key, Any]],
    *,
    short: bool = False,
    alike: bool = True,
) -> Mapping[Key, Formula]:
    """Numbers to the example's places, or short, to two digits; of arrays the size, to two digits.

    Short ones are all decimals or all powers of ten, unless they need not be ``alike``.
    """
    scalar = _scalar(subject)
    if scalar and not short:
        return certain_digits(subject, lambda example: of(_spelled(subject, example, target)))

    def short_ones(example: Evaluation) -> dict[Key, Formula]:
        values = of(_spelled(subject, example, target))
        exponents = {key: groups.size(example, value) for key, value in values.items()}
        shown = sizes(exponents) if alike else {key: two_digits(exponent) for key, exponent in exponents.items()}
        return {key: _signed(example, values[key], shown[key]) if scalar else shown[key] for key in values}

    return decided(subject.evaluation, short_ones)


def cells_of(
    spelled: groups.Spelled, keys: Collection[tuple[int, int]], place: str | None
) -> Mapping[tuple[int, int], Any]:
    """What the words between a loss and a use add up to, or bring to a place; then all that arrives at each use."""
    losses, uses = {loss for loss, _ in keys}, {use for _, use in keys}
    found = spelled.cells(losses) if place is None else spelled.brought_together(losses, uses)
    cells = {key: found[key] for key in keys}
    if spelled.target.step is not None:
        return cells
    example = spelled.evaluation
    if place is not None:
        return cells | {(ALL, use): example.adjoint(Node(place, use)) for use in uses}
    added = example.contributions(spelled.target)
    return cells | {(ALL, use): added[use] for use in uses if use in added}


def _signed(example: Evaluation, value: Any, shown: Formula) -> Formula:
    """The size of a scalar with its sign."""
    return Minus(shown) if str(example.show(value)).startswith("-") else shown


CALLS: Mapping[str, Call] = {
    "letters_table": lambda subject, label: letters_table(subject, subject.target(label), f"tab-letters-{label}"),
    "words_table": lambda subject, label: words_table(subject, subject.target(label), f"tab-words-{label}"),
    "folding_table": lambda subject, label: folding_table(subject, subject.target(label), f"tab-folding-{label}"),
    "triangle_table": lambda subject, label: triangle_table(subject, subject.target(label), f"tab-triangle-{label}"),
}
