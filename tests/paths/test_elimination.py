"""Vertex elimination: in any order the derivatives are the path sums."""

from __future__ import annotations

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import ZOO, networks, unrolled, up_to, weight

from derive.graph.unrolled import TOTAL, Node, targets
from derive.network.network import Network
from derive.network.toml import load
from derive.paths.accumulate import reverse
from derive.paths.elimination import Elimination
from derive.paths.paths import PathSum
from derive.paths.words import Words

every_network = pytest.mark.parametrize("network", ZOO.values(), ids=ZOO.keys())


@up_to(8, gates=7)
def test_elimination_is_the_path_sum(name: str, steps: int) -> None:
    """In the free algebra over the arcs what is left is the set of enumerated paths; a target without one is absent."""
    graph = unrolled(ZOO[name], steps)
    found = Elimination(graph, targets(graph)).derivatives(Words.letter)
    expected = {target: PathSum(graph, target).words for target in targets(graph)}
    assert found == {target: words for target, words in expected.items() if words.terms}


@every_network
@settings(max_examples=8, deadline=None)
@given(data=st.data())
def test_any_order_of_elimination_gives_the_same_polynomial(network: Network, data: st.DataObject) -> None:
    """Nodes may be eliminated in any order: what is left is the set of paths."""
    graph = unrolled(network, 2)
    elimination = Elimination(graph, targets(graph))
    found = elimination.derivatives(Words.letter, data.draw(st.permutations(elimination.inner)))
    for target in targets(graph):
        assert found.get(target, Words()) == PathSum(graph, target).words


@up_to(3, gates=2)
def test_orders_agree_in_node_symbols(name: str, steps: int) -> None:
    """With the local partials in node symbols for weights, all orders are equal under `expand`, without `simplify`."""
    graph = unrolled(ZOO[name], steps)
    elimination = Elimination(graph, targets(graph))
    orders = (None, elimination.inner, sorted(elimination.inner))
    eliminated = [elimination.derivatives(weight, order) for order in orders]
    for target in targets(graph):
        expected = sum(sympy.prod(weight(arc) for arc in path.arcs) for path in PathSum(graph, target))
        for found in eliminated:
            assert sympy.expand(found.get(target, sympy.Integer(0)) - expected) == 0


@settings(max_examples=30, deadline=None)
@given(st.one_of(networks(), networks(one_step=True)), st.integers(1, 3), st.randoms(use_true_random=False))
def test_elimination_agrees_with_reverse_mode_on_random_networks(network: Network, steps: int, random: object) -> None:
    """Reverse mode and elimination in a random order agree, for data and initial states too."""
    graph = unrolled(network, steps)
    variables = set(graph.nodes())
    expected = {node: found for node, found in reverse(graph, Words.letter).items() if node not in variables}
    elimination = Elimination(graph, tuple(expected))
    order = list(elimination.inner)
    random.shuffle(order)  # type: ignore[attr-defined]
    assert elimination.derivatives(Words.letter, order) == expected


def test_counting_is_a_weight_of_one() -> None:
    """With 1 on every arc paths are counted: T(T+1)/2 to a recurrent weight."""
    graph = unrolled(load("elman"), 20)
    assert Elimination(graph, (Node("w_h"),)).derivatives(lambda _: 1) == {Node("w_h"): 210}


@every_network
def test_only_what_lies_between_is_eliminated(network: Network) -> None:
    """Inner nodes are those on a path from L to a target, in both orders, each once."""
    graph = unrolled(network, 3)
    for target in targets(graph):
        elimination = Elimination(graph, (target,))
        between = {node for path in PathSum(graph, target) for node in path.nodes[1:-1]}
        assert set(elimination.inner) == set(elimination.from_first_step) == between
        assert len(elimination.inner) == len(elimination.from_first_step) == len(between)


@pytest.mark.parametrize("wrong", ["missing", "twice", "stranger"])
def test_an_order_of_elimination_has_to_name_every_node_once(wrong: str) -> None:
    """An order that forgets a node, names one twice, or names L is refused."""
    graph = unrolled(ZOO["tanh"], 2)
    elimination = Elimination(graph, targets(graph))
    order = list(elimination.inner)
    order = {"missing": order[1:], "twice": [*order, order[0]], "stranger": [*order, TOTAL]}[wrong]
    with pytest.raises(ValueError, match="names every inner node once"):
        elimination.derivatives(Words.letter, order)
