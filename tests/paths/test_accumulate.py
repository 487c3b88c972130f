"""Reverse accumulation: the path sum to every node at once, in any ring."""

from __future__ import annotations

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import ZOO, networks, unrolled, up_to, weight

from derive.graph.unrolled import ONCE, Node, targets
from derive.network.network import Network
from derive.network.toml import load
from derive.paths.accumulate import reverse
from derive.paths.paths import PathSum
from derive.paths.words import Words

every_network = pytest.mark.parametrize("network", ZOO.values(), ids=ZOO.keys())


@up_to(8, gates=7)
def test_reverse_accumulation_is_the_path_sum(name: str, steps: int) -> None:
    """In the free algebra over the arcs the adjoint of a target is the set of enumerated paths."""
    graph = unrolled(ZOO[name], steps)
    found = reverse(graph, Words.letter)
    for target in targets(graph):
        assert found.get(target, Words()) == PathSum(graph, target).words


@settings(max_examples=30, deadline=None)
@given(st.one_of(networks(), networks(one_step=True)), st.integers(1, 3))
def test_reverse_accumulation_of_random_networks(network: Network, steps: int) -> None:
    """The same for random networks, and for every node that L depends on; the others are absent."""
    graph = unrolled(network, steps)
    found = reverse(graph, Words.letter)
    assert found.keys() == {node for node in graph.reached if "[" not in node.name}  # those read at one step beside
    assert all(words == PathSum(graph, node).words for node, words in found.items())


@up_to(3, gates=2)
def test_reverse_accumulation_in_node_symbols(name: str, steps: int) -> None:
    """With the local partials in node symbols for weights, it is the sum of path products under `expand`."""
    graph = unrolled(ZOO[name], steps)
    found = reverse(graph, weight)
    for target in targets(graph):
        expected = sum(sympy.prod(weight(arc) for arc in path.arcs) for path in PathSum(graph, target))
        assert sympy.expand(found.get(target, sympy.Integer(0)) - expected) == 0


def test_counting_is_a_weight_of_one() -> None:
    """With 1 on every arc paths are counted: T(T+1)/2 to a recurrent weight."""
    assert reverse(unrolled(load("elman"), 20), lambda _: 1)[Node("w_h")] == 210


@every_network
def test_losses_that_are_not_asked_for_are_left_out(network: Network) -> None:
    """The paths from each loss by itself, and the penalty's, are together all paths; each set begins at its loss."""
    graph = unrolled(network, 4)
    whole = reverse(graph, Words.letter)
    apart = [reverse(graph, Words.letter, (step,)) for step in (*graph.loss_steps, ONCE)]
    for node, expected in whole.items():
        assert sum((part.get(node, Words()) for part in apart), Words()) == expected
    for step, part in zip(graph.loss_steps, apart, strict=False):
        assert all(word[0] == (-1, step) for words in part.values() for word in words.terms)
