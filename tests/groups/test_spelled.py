"""Spelled: words are worth what the paths that they stand for add up to, in numbers."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from networks import networks
from worked import same, total, worked

from derive.graph import targets
from derive.groups.spelled import Spelled
from derive.network import Network, load
from derive.numbers import Evaluation
from derive.paths import PathSum

SLOW = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def assert_worth(evaluation: Evaluation) -> None:
    """Words and cells against single paths, where those are numbers, and against the gradient."""
    for target in targets(evaluation.unrolled):
        spelled = Spelled(evaluation, target)
        gradient = evaluation.gradient(target)
        words = {word: spelled.word(word) for word in spelled.states}
        assert same(total(list(words.values()), gradient * 0), gradient)
        assert same(total(list(spelled.cells().values()), gradient * 0), gradient)
        for (row, column), value in spelled.cells().items():
            between = [found for word, found in words.items() if (word.loss_step, word.use_step) == (row, column)]
            assert same(total(between, gradient * 0), value)
        if evaluation.unrolled.graph.network.is_scalar:
            by_word: dict[tuple[Any, ...], Any] = {}
            names = {*spelled.states.names, evaluation.unrolled.graph.network.loss}
            for path in PathSum(evaluation.unrolled, target):
                key = tuple(node for node in path.nodes[1:-1] if node.name in names)
                by_word.setdefault(key, []).append(evaluation.product(path))
            for word, value in words.items():
                key = tuple((place.letter.head, place.step) for place in word.places)
                assert same(total(by_word[key], gradient * 0), value)


@SLOW
@given(networks(), st.integers(1, 3))
def test_words_are_worth_their_paths(network: Network, steps: int) -> None:
    """In any scalar network a word has the sum of the products of its paths, and all words add up to the gradient."""
    assert_worth(worked(network, steps))


@pytest.mark.parametrize("name", ["elman-vector", "lstm", "bidirectional", "narx"])
def test_words_of_ready_made_networks(name: str) -> None:
    """The same for vectors, where a word is an array in the shape of the parameter."""
    assert_worth(worked(load(name), 3))
