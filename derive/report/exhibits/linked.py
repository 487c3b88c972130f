"""Linked: which words of the live part the rows of the handout's own tables are, so that a page lights both together.

A path of equations is a word with one way chosen for each of its letters. The factors of its product are those of its arrows,
in order; where a product was collected, so that factors are no longer those of single arrows, only the row is linked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from derive.graph import Node
from derive.notation.express import NUMBERS
from derive.notation.formula import Formula, Product
from derive.paths import Letter, Path, States, is_plain
from derive.report.exhibits import paths, words
from derive.report.subject import Subject

MOST = 60
"""So many rows are linked: a page that lists more is read, not pointed at."""


def linked(subject: Subject, states: States) -> Mapping[str, Any]:
    """Per table the words of its rows, by the place that stands in each."""
    main = states.target
    label = next((label for label, found in subject.derivation.single_gradients.items() if found.target == main), None)
    if label is None:
        return {}
    found: dict[str, Any] = {"triangle": f"tab-triangle-{label}"}
    if words.by_states(subject, main):
        if words.words_are_listed(subject, main):
            found |= {"words": f"tab-words-{label}", "lines": dict(_words(subject, states))}
        return found
    shown = {
        place: path
        for place, path in paths.in_table(subject, main, subject.derivation.paths(*main)).items()
        if path is not None
    }
    if len(shown) <= MOST:
        found |= {"paths": f"tab-paths-{label}", "rows": dict(_paths(subject, states, shown))}
    return found


def _words(subject: Subject, states: States) -> Iterator[tuple[str, list[list[int]]]]:
    """The rows of the table of words: each letter with its step."""
    places = _places(states.letters)
    for place, word in enumerate(words.listed(subject, states.target), 1):
        yield str(place), [[places[_key(letter)], step] for letter, step in word.places]


def _paths(subject: Subject, states: States, shown: Mapping[int, Path]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The rows of the table of paths: letter, step and way, and per factor of the product the place of its letter."""
    places, scalar = _places(states.letters), subject.derivation.network.is_scalar
    ways = {letter: {way: place for place, way in enumerate(states.ways(letter))} for letter in states.letters}
    by_ends = {_key(letter): letter for letter in states.letters}
    ends = {*states.names, states.target.name}
    for place, path in shown.items():
        if path.is_penalty:
            continue
        word: list[list[int]] = []
        factors: list[int] = []
        bundle: list[Any] = []
        first: Node = path.nodes[1]
        for arc, node in zip(path.arcs[1:], path.nodes[2:], strict=True):
            bundle.append(arc)
            if scalar:
                factors += [len(word)] * len(_factors(subject.notation.formula(arc.edge.at(arc.step).factor, NUMBERS)))
            if node.name not in ends:
                continue
            lag = 0 if node.step is None else bundle[0].step - node.step
            letter = by_ends[first.name, node.name, lag]
            way = ways[letter][tuple(arc.edge for arc in bundle)]
            word.append([places[first.name, node.name, lag], bundle[0].step, way])
            first, bundle = node, []
        if not is_plain(path.arcs[0]):
            factors.insert(0, 0)
        printed = len(_factors(paths.product(subject, path))) if scalar else 0
        yield str(place), {"word": word, "factors": factors if len(factors) == printed else []}


def _factors(formula: Formula) -> tuple[Formula, ...]:
    return formula.factors if isinstance(formula, Product) else (formula,)


def _places(letters: tuple[Letter, ...]) -> Mapping[tuple[str, str, int], int]:
    return {_key(letter): place for place, letter in enumerate(letters)}


def _key(letter: Letter) -> tuple[str, str, int]:
    return letter.head, letter.tail, letter.lag
