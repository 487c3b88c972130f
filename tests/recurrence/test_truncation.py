"""Truncation: kept and dropped paths against the enumeration, and truncated + bias = full."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from fixed_steps import FIXED
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from networks import ZOO, derivation, networks
from samples import networks as sample_networks
from samples import random_values
from worked import same, total, worked

from derive.errors import DeriveError
from derive.graph.rolled import Graph
from derive.graph.unrolled import Node, Unrolled, targets
from derive.network.network import Network
from derive.network.toml import load
from derive.numbers.example import precision
from derive.numbers.jacobians import Jacobians
from derive.numbers.truncated import truncated_gradient
from derive.paths.paths import PathSum
from derive.paths.words import Words
from derive.recurrence.recurrence import Recurrence
from derive.recurrence.truncation import Truncation

FORWARD = [name for name in ZOO if Graph(ZOO[name]).direction == 1]
WINDOWS = [(1, 1), (2, 1), (2, 2), (3, 2), (4, 3), (9, 1)]
SLOW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def assert_words_hold(network: Network, steps: int, through: int, every: int) -> None:
    """Kept and dropped paths are the enumerated ones, and the truncated recurrence adds up the kept ones."""
    found = derivation(network, steps)
    truncation = Truncation(found.recurrence, found.unrolled, through, every)
    for target in found.targets:
        paths = list(PathSum(found.unrolled, target))
        by_hand = Words.of(
            path.word
            for path in paths
            for one in truncation.passes
            if path.loss_step in one.losses and all(one.first <= arc.step <= one.last for arc in path.arcs)
        ) + Words.of(path.word for path in paths if path.is_penalty)
        kept, dropped = (part or Words() for part in truncation.sums(target, Words.letter))
        assert kept == by_hand == Words.of(path.word for path in paths if truncation.keeps(path))
        assert kept + dropped == Words.of(path.word for path in paths)
        assert (truncation.derivative(target, Words.letter) or Words()) == by_hand
        assert truncation.kept(target) == sum(by_hand.terms.values())
        assert truncation.kept(target) + truncation.dropped(target) == len(paths)


@pytest.mark.parametrize(("through", "every"), WINDOWS)
@pytest.mark.parametrize("name", FORWARD)
def test_truncated_and_bias_are_all_paths(name: str, through: int, every: int) -> None:
    """In the free algebra, truncated + bias is the full path sum, and the truncated recurrence is the truncated sum."""
    assert_words_hold(ZOO[name], 4, through, every)


@SLOW
@given(networks(), st.integers(1, 4), st.integers(1, 4), st.data())
def test_truncated_random_networks(network: Network, steps: int, through: int, data: st.DataObject) -> None:
    """The same for random networks and windows."""
    assert_words_hold(network, steps, through, data.draw(st.integers(1, through)))


@SLOW
@given(sample_networks(vectors=True), st.integers(2, 5), st.integers(1, 3), st.integers(0, 99))
def test_truncated_vectors(network: Network, steps: int, through: int, seed: int) -> None:
    """In balls, truncated + bias is the full gradient, for vectors too, and the recurrence gives the truncated one."""
    evaluation = worked(network, steps, random_values(network, steps, seed))
    truncation = Truncation(evaluation.recurrence, evaluation.unrolled, through)
    for target in targets(evaluation.unrolled):
        found = truncated_gradient(truncation, evaluation, target)
        assert same(total([found.gradient], found.bias), evaluation.gradient(target))
        jacobians = Jacobians(evaluation)
        with precision(evaluation.bits):
            by_rules = jacobians.shaped(truncation.derivative(target, jacobians), target)
        assert same(by_rules, found.gradient)


def test_lags_up_to_the_window() -> None:
    """With a pass at every step, k steps keep the lags 0 … k − 1: of 20 · 21 / 2 paths 4 · 20 − 6 for k = 4."""
    graph = Graph(load("elman"))
    unrolled = Unrolled(graph, 20)
    truncation = Truncation(Recurrence(graph), unrolled, 4)
    assert {path.lag for path in PathSum(unrolled, Node("w_h")) if truncation.keeps(path)} == {0, 1, 2, 3}
    assert (truncation.kept(Node("w_h")), truncation.dropped(Node("w_h"))) == (74, 136)


def test_passes_of_williams_and_peng() -> None:
    """BPTT(h; h′) makes a pass every h′ steps through h steps, and one at the end for the losses left."""
    graph = Graph(load("elman"))
    truncation = Truncation(Recurrence(graph), Unrolled(graph, 8), 5, 3)
    assert [(one.last, one.first, list(one.losses)) for one in truncation.passes] == [
        (3, 1, [1, 2, 3]),
        (6, 2, [4, 5, 6]),
        (8, 4, [7, 8]),
    ]
    assert [truncation.end(step) for step in range(1, 9)] == [3, 6, 6, 8, 8, 8, 8, 8]


def test_an_lstm_keeps_few_paths() -> None:
    """Of an LSTM's 14,166,632,180,785 paths over 20 steps a window of 5 drops almost all."""
    graph = Graph(load("lstm-scalar"))
    truncation = Truncation(Recurrence(graph), Unrolled(graph, 20), 5)
    kept = truncation.kept(Node("w_hf"))
    assert kept + truncation.dropped(Node("w_hf")) == 14_166_632_180_785
    assert kept == sum(count for lag, count in PathSum(Unrolled(graph, 20), Node("w_hf")).by_lag().items() if lag < 5)


@pytest.mark.parametrize(("through", "every"), [(0, 1), (2, 3), (2, 0), (1.5, 1), (True, 1)])
def test_windows_that_are_none(through: Any, every: Any) -> None:
    """A window shorter than the distance of passes, or that is no whole number, is refused."""
    graph = Graph(load("elman"))
    with pytest.raises(DeriveError, match="1 ≤ k1 ≤ k2"):
        Truncation(Recurrence(graph), Unrolled(graph, 3), through, every)


def test_data_looked_at_ahead_do_not_run_backwards() -> None:
    """A network that sees the next input has states that run forwards: truncated + bias are all of its paths."""
    network = Network(
        name="preview",
        equations={"h": "tanh(w*h[t-1] + u*x[t+1])", "l": "h[t]**2"},
        parameters=("w", "u"),
        inputs=("x",),
        loss="l",
        initial={"h": 0, "x": 1},
    )
    unrolled = Unrolled(Graph(network), 6)
    truncation = Truncation(Recurrence(unrolled.graph), unrolled, 2)
    for target in targets(unrolled):
        kept, dropped = truncation.sums(target, Words.letter)
        assert kept + dropped == PathSum(unrolled, target).words
        assert truncation.derivative(target, Words.letter) == kept


def test_states_that_run_backwards() -> None:
    """Truncation is refused where a state runs backwards."""
    graph = Graph(ZOO["bidirectional"])
    with pytest.raises(DeriveError, match="b runs backwards"):
        Truncation(Recurrence(graph), Unrolled(graph, 3), 2)


@pytest.mark.parametrize(("through", "every"), WINDOWS)
@pytest.mark.parametrize("name", FIXED)
def test_a_state_at_one_step_is_cut_off_like_others(name: str, through: int, every: int) -> None:
    """An arrow to one step from many is kept where that step is in the window, and the recurrence says so."""
    assert_words_hold(FIXED[name].network(), 5, through, every)


@pytest.mark.parametrize("name", FIXED)
def test_a_state_at_one_step_is_truncated_as_by_a_memory(name: str) -> None:
    """The truncated gradients and their biases are those of the same network with a memory that keeps the state."""
    pair = FIXED[name]
    values = pair.values(5, 2)
    fixed = worked(pair.network(), 5, values)
    memory = worked(pair.network(kept=True), 5, pair.kept(values, 5))
    for window in ((1, 1), (2, 1), (3, 2), (4, 1)):
        for target in map(Node, pair.network().parameters):
            found, expected = (
                truncated_gradient(Truncation(each.recurrence, each.unrolled, *window), each, target)
                for each in (fixed, memory)
            )
            assert same(found.gradient, expected.gradient)
            assert same(found.bias, expected.bias)


def test_a_state_read_before_it_is_computed() -> None:
    """Truncation is refused where a state is read at steps before its own."""
    graph = Graph(replace(FIXED["read at the last step"].network(), loss_at="every"))
    with pytest.raises(DeriveError, match=r"h\[T\] is read at steps before it is computed"):
        Truncation(Recurrence(graph), Unrolled(graph, 3), 2)
