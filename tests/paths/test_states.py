"""States: every path spells exactly one word, whatever the network, and words are what the notes on an LSTM say."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from networks import networks

from derive.derivation import derive
from derive.graph import Graph, Node, Unrolled, targets
from derive.network import Network, load, ready_made
from derive.paths.paths import Path, PathSum
from derive.paths.states import Cell, States, StateWord, columns, lags

SLOW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def states(network: str, steps: int, target: str) -> States:
    """The paths of a ready-made network to a parameter, at the level of states."""
    return derive(network, steps).states(target)


def spelled(path: Path, seen: States) -> tuple[Any, ...]:
    """The word that a path spells, read off its nodes: the loss, the states it passes; and which reads one step for all t."""
    names = {*seen.names, seen.unrolled.graph.network.loss}
    found: list[tuple[Node, int | None]] = []
    for head, arc in zip(path.nodes[:-1], path.arcs, strict=True):
        if head.name in names:
            found.append((head, None))
        if found and arc.edge.anchor is not None:
            found[-1] = found[-1][0], arc.edge.anchor
    return tuple(found)


def read(word: StateWord) -> tuple[Any, ...]:
    """The nodes at which the letters of a word begin, and whether they lead to one step for all t."""
    return tuple((Node(letter.head, step), letter.anchor) for letter, step in word.places)


def assert_quotient(network: Network, steps: int) -> None:
    """Paths from the losses, spelled, are the words with their ways; counts and the triangle are those of the enumeration."""
    unrolled = Unrolled(Graph(network), steps)
    for target in targets(unrolled):
        seen, paths = States(unrolled, target), PathSum(unrolled, target)
        words = list(seen)
        from_losses = [path for path in paths if not path.is_penalty]
        assert Counter(spelled(path, seen) for path in from_losses) == {read(word): word.ways for word in words}
        assert (
            (len(words), sum(word.ways for word in words)) == (seen.count, seen.paths) == (len(words), len(from_losses))
        )
        found: dict[tuple[int, int], Cell] = {}
        for word in words:
            before = found.get((word.loss_step, word.use_step), Cell(0, 0))
            found[word.loss_step, word.use_step] = Cell(before.words + 1, before.ways + word.ways)
        assert seen.triangle == found
        assert seen.are_single == all(cell.words <= 1 for cell in found.values())
        assert {lag: cell.ways for lag, cell in lags(seen).items()} == paths.by_lag()
        for letter in seen.letters:
            ways = list(seen.ways(letter))
            assert len(ways) == letter.ways
            for way in ways:
                assert (way[0].head, way[-1].tail) == (letter.head, letter.tail)
                assert all(one.tail == other.head for one, other in itertools.pairwise(way))


@SLOW
@given(st.one_of(networks(), networks(one_step=True)), st.integers(1, 4))
def test_every_path_spells_one_word(network: Network, steps: int) -> None:
    """In any network, whatever its states, lags and directions, words are a quotient of the paths."""
    assert_quotient(network, steps)


@pytest.mark.parametrize("name", ready_made())
def test_every_path_of_a_ready_made_network_spells_one_word(name: str) -> None:
    """The same for the networks that come along."""
    assert_quotient(load(name), 3)


def test_an_lstm_has_six_letters_and_seventeen_words() -> None:
    """As counted by hand: e, D, three J, U; one J has three ways; 3, 6 and 8 words of lag 0, 1 and 2."""
    seen = states("lstm", 3, "W_hi")
    assert [(letter.kind, letter.tail + letter.head, letter.lag, letter.ways) for letter in seen.letters] == [
        ("e", "hl", 0, 1),
        ("D", "ch", 0, 1),
        ("J", "hh", 1, 1),
        ("J", "cc", 1, 1),
        ("J", "hc", 1, 3),
        ("U", "W_hic", 0, 1),
    ]
    assert (seen.count, seen.paths) == (17, 37)
    assert lags(seen) == {0: Cell(3, 3), 1: Cell(6, 10), 2: Cell(8, 24)}
    assert seen.triangle[3, 2] == Cell(3, 5)


def test_peepholes_change_ways_only() -> None:
    """The same seventeen words stand for 240 paths where gates also see the cell."""
    seen = states("lstm-peephole", 3, "W_hi")
    assert (seen.count, seen.paths) == (17, 240)


@pytest.mark.parametrize(("name", "target", "words", "paths"), [("gru", "W_hn", 6, 27), ("stacked", "w_x1", 10, 10)])
def test_words_of_others(name: str, target: str, words: int, paths: int) -> None:
    """A GRU has the words of an Elman network; a stack of two has ten to its lower weight."""
    names = load(name).parameters
    seen = states(name, 3, target if target in names else names[0])
    assert (seen.count, seen.paths) == (words, paths)


def test_a_word_reads_like_the_picture() -> None:
    """Step by step from the left, the error on the right, the parameter on the left."""
    seen = states("lstm", 3, "W_hi")
    word = next(word for word in seen if word.ways == 9)
    read_off = [[place.letter.kind for place in places] for _, places in columns(word)]
    assert read_off == [["U", "D"], ["J", "D"], ["J", "D", "e"]]


def test_long_sequences_are_counted() -> None:
    """At T = 200 words are counted and the triangle is there, though nobody could write the words."""
    seen = states("lstm-scalar", 200, "w_hi")
    assert seen.count > 10**50
    assert seen.paths == derive("lstm-scalar", 200).paths("w_hi").count
    assert len(seen.triangle) == 200 * 201 // 2


@pytest.mark.parametrize(("steps", "loss_at"), [(4, "last"), (5, (2, 4))])
def test_words_end_only_where_a_word_comes_from_a_loss(steps: int, loss_at: str | tuple[int, ...]) -> None:
    """Of steps whose loss does not count, and of those after the last that does, no letter is the end of a word."""
    unrolled = Unrolled(Graph(replace(load("elman"), loss_at=loss_at)), steps)
    for target in (Node("w_h"), Node("h", 3)):
        found = States(unrolled, target)
        assert set(found.ends) == {word.places[-1] for word in found}
