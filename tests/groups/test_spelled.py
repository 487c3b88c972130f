"""Spelled: words are worth what the paths that they stand for add up to, in numbers."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from networks import networks
from worked import BITS, same, total, worked

from derive.graph import Node, targets
from derive.groups.groups import Accounts
from derive.groups.spelled import Spelled
from derive.network import Network, load
from derive.numbers import Evaluation
from derive.numbers.example import precision
from derive.paths import PathSum

SLOW = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def assert_worth(evaluation: Evaluation) -> None:
    """Words and cells against single paths, where those are numbers, and against the gradient without a penalty's share."""
    for target in targets(evaluation.unrolled):
        spelled = Spelled(evaluation, target)
        straight = Accounts(evaluation, target).penalty
        gradient = evaluation.gradient(target)
        if straight is not None:
            with precision(BITS):
                gradient = gradient - straight.sum
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
                anchors = tuple(arc.edge.anchor for arc in path.arcs if arc.edge.anchor is not None)
                key = (tuple(node for node in path.nodes[1:-1] if node.name in names), anchors)
                by_word.setdefault(key, []).append(evaluation.product(path))
            for word, value in words.items():
                anchors = tuple(place.letter.anchor for place in word.places if place.letter.anchor is not None)
                key = (tuple((place.letter.head, place.step) for place in word.places), anchors)
                assert same(total(by_word[key], gradient * 0), value)


@SLOW
@given(st.one_of(networks(), networks(one_step=True)), st.integers(1, 3))
def test_words_are_worth_their_paths(network: Network, steps: int) -> None:
    """In any scalar network a word has the sum of the products of its paths, and all words add up to the gradient."""
    assert_worth(worked(network, steps))


@pytest.mark.parametrize("name", ["elman-vector", "lstm", "bidirectional", "bidirectional-classifier", "narx"])
def test_words_of_ready_made_networks(name: str) -> None:
    """The same for vectors, where a word is an array in the shape of the parameter."""
    assert_worth(worked(load(name), 3))


@pytest.mark.parametrize(
    ("name", "target", "use"), [("lstm", "W_hi", "ibar"), ("elman-vector", "W_h", "a"), ("gru", "W_hr", "rbar")]
)
def test_words_bring_an_adjoint_to_where_the_target_is_used(name: str, target: str, use: str) -> None:
    """Before what is multiplied there, which may be 0, the words to one use add up to the adjoint of the equation there."""
    evaluation = worked(load(name), 3)
    spelled = Spelled(evaluation, Node(target))
    assert spelled.use == use
    brought = {word: spelled.brought(word) for word in spelled.states}
    for step in (1, 2, 3):
        adjoint = evaluation.adjoint(Node(use, step))
        assert same(total([value for word, value in brought.items() if word.use_step == step], adjoint * 0), adjoint)
        for (loss, _), value in spelled.brought_together((1, 2, 3), (step,)).items():
            between = [found for word, found in brought.items() if (word.loss_step, word.use_step) == (loss, step)]
            assert same(total(between, adjoint * 0), value)


def test_a_target_that_several_equations_use_has_no_one_use() -> None:
    """A parameter in two equations is measured by itself."""
    network = Network(
        name="shared",
        equations={"h": "tanh(w*x[t] + h[t-1])", "y": "w*h[t]", "l": "(y[t] - yhat[t])**2/2"},
        parameters=("w",),
        inputs=("x",),
        targets=("yhat",),
        loss="l",
        initial={"h": 0},
        values={"w": 1, "x": 1, "yhat": 0},
    )
    assert Spelled(worked(network, 2), Node("w")).use is None
