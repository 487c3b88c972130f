"""Linked: which words of the live part the rows of the handout's own tables are, so that a page lights both together.

A path of equations is a word with one way chosen for each of its letters. The factors of its product are those of its arrows,
in order; where a product was collected, so that factors are no longer those of single arrows, only the row is linked. Paths to
another parameter end with letters of their own, which the page knows beside those of the parameter that it is about.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from derive.graph import Node
from derive.notation.express import NUMBERS
from derive.notation.formula import Formula, Product
from derive.paths import Letter, States, StateWord, is_plain
from derive.report.exhibits import paths, words
from derive.report.subject import Subject

MOST = 60
"""So many rows are linked: a page that lists more is read, not pointed at."""


def others(subject: Subject, states: States) -> Mapping[str, States]:
    """Per table of paths to another parameter these paths at the level of states."""
    main = states.target
    if words.by_states(subject, main):
        return {}
    found = {label: subject.derivation.single_gradients[label].target for label in paths.listed(subject, main)}
    return {
        f"tab-paths-{label}": States(states.unrolled, target)
        for label, target in found.items()
        if target != main and target.step is None
    }


def linked(subject: Subject, states: States, letters: Sequence[Letter]) -> Mapping[str, Any]:
    """Per table the words of its rows, by the place that stands in each; ``letters`` are those of the page, in its order."""
    main = states.target
    label = next((label for label, found in subject.derivation.single_gradients.items() if found.target == main), None)
    if label is None:
        return {"paths": []}
    found: dict[str, Any] = {"triangle": f"tab-triangle-{label}", "paths": [], "values": list(_values(subject, main))}
    if words.by_states(subject, main):
        found["letters"] = f"tab-letters-{label}"
        found["folding"] = {"table": f"tab-folding-{label}", "rows": list(_folded(subject, main, _places(letters)))}
        listed = {"words": f"tab-words-{label}", "lines": dict(_words(subject, states))}
        return found | (listed if words.words_are_listed(subject, main) else {})
    tables = {f"tab-paths-{label}": states, **others(subject, states)}
    rows = {table: dict(_paths(subject, to, _places(letters))) for table, to in tables.items()}
    return found | {"paths": [{"table": table, "rows": rows} for table, rows in rows.items() if rows]}


def _values(subject: Subject, main: Node) -> Iterator[Mapping[str, Any]]:
    """The tables of numbers: what each of their rows has at every step, a variable, an adjoint, or the parameter's use."""
    network, derivation = subject.derivation.network, subject.derivation
    yield {"table": "tab-forward", "kind": "n", "names": [*network.data, *network.variables]}
    several = {name: len(rule.parts) if network.is_scalar else 1 for name, rule in derivation.rules.items()}
    rows = [name for name, parts in several.items() for _ in range(parts + 1 if parts > 1 else 1)]
    yield {"table": "tab-backward", "kind": "d", "names": rows}
    yield {"table": "tab-gradients", "kind": "u", "names": [node == main for node in subject.by_name]}


def _folded(
    subject: Subject, main: Node, places: Mapping[tuple[str, str, int, int | None], int]
) -> Iterator[list[Mapping[str, Any]]]:
    """The lines of the folded sum: words, or a letter that ends all that is put together; to which node, if not the use."""
    for node, terms in words.folded_terms(subject, main):
        to = {} if node.step is None else {"node": list(node)}
        yield [
            {"word": [[places[_key(letter)], step] for letter, step in term.places]} | to
            if isinstance(term, StateWord)
            else {"through": [places[_key(term.letter)], term.step]} | to
            for term in terms
        ]


def _words(subject: Subject, states: States) -> Iterator[tuple[str, list[list[int]]]]:
    """The rows of the table of words: each letter with its step."""
    places = _places(states.letters)
    for place, word in enumerate(words.listed(subject, states.target), 1):
        yield str(place), [[places[_key(letter)], step] for letter, step in word.places]


def _paths(
    subject: Subject, states: States, places: Mapping[tuple[str, str, int, int | None], int]
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The rows of a table of paths: letter, step and way, and per factor of the product the place of its letter."""
    target, scalar = states.target, subject.derivation.network.is_scalar
    listed = paths.in_table(subject, target, subject.derivation.paths(*target))
    shown = {place: path for place, path in listed.items() if path is not None and not path.is_penalty}
    if len(shown) > MOST:
        return
    ways = {letter: {way: place for place, way in enumerate(states.ways(letter))} for letter in states.letters}
    by_ends = {_key(letter): letter for letter in states.letters}
    ends = {*states.names, states.target.name}
    for place, path in shown.items():
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
            at = arc.edge.anchor
            lag = 0 if node.step is None or at is not None else bundle[0].step - node.step
            key = first.name, node.name, lag, at
            way = ways[by_ends[key]][tuple(arc.edge for arc in bundle)]
            word.append([places[key], bundle[0].step, way])
            first, bundle = node, []
        if not is_plain(path.arcs[0]):
            factors.insert(0, 0)
        printed = len(_factors(paths.product(subject, path))) if scalar else 0
        yield str(place), {"word": word, "factors": factors if len(factors) == printed else []}


def _factors(formula: Formula) -> tuple[Formula, ...]:
    return formula.factors if isinstance(formula, Product) else (formula,)


def _places(letters: Sequence[Letter]) -> Mapping[tuple[str, str, int, int | None], int]:
    return {_key(letter): place for place, letter in enumerate(letters)}


def _key(letter: Letter) -> tuple[str, str, int, int | None]:
    return letter.head, letter.tail, letter.lag, letter.anchor
