"""Accumulation: every way of folding a path sum gives the same derivative, exactly, in every ring."""

from __future__ import annotations

from collections import Counter

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import ZOO, networks, unrolled, up_to, weight

from derive.graph.unrolled import TOTAL, Node, Unrolled, targets
from derive.network.network import Network
from derive.network.toml import load
from derive.paths.accumulate import Words, eliminate, reverse
from derive.paths.paths import PathSum, Word
from derive.recurrence.recurrence import Recurrence
from derive.recurrence.tree import either, words

every_network = pytest.mark.parametrize("network", ZOO.values(), ids=ZOO.keys())


def as_words(graph: Unrolled, target: Node) -> Counter[Word]:
    """The enumerated paths to a node."""
    return Counter(path.word for path in PathSum(graph, target))


def by_recurrence(graph: Unrolled) -> dict[Node, Counter[Word]]:
    """The paths to every target by the recurrence."""
    recurrence = Recurrence(graph.graph)
    known: dict[Node, Counter[Word]] = {}
    for node in graph.nodes_from_loss():
        if node.name in recurrence.rules:
            tree = recurrence.rules[node.name].at(graph, node.step or 0)
            known[node] = words(tree, known.__getitem__) if tree else Counter()
    found = {target: either(recurrence.gradient_at(graph, target)) for target in targets(graph)}
    return {target: words(tree, known.__getitem__) for target, tree in found.items()}


def none() -> Words:
    """No path at all."""
    return Words(Counter())


@up_to(8, gates=7)
def test_path_sum_recurrence_and_elimination_are_the_same_polynomial(name: str, steps: int) -> None:
    """In the free algebra over the arcs all four are equal: enumeration, recurrence, reverse mode and elimination."""
    graph = unrolled(ZOO[name], steps)
    backwards = reverse(graph, Words.letter)
    eliminated = eliminate(graph, Words.letter)
    folded = by_recurrence(graph)
    for target in targets(graph):
        expected = as_words(graph, target)
        assert folded[target] == expected
        assert backwards.get(target, none()).terms == expected
        assert eliminated.get(target, none()).terms == expected


@every_network
@settings(max_examples=8, deadline=None)
@given(data=st.data())
def test_any_order_of_elimination_gives_the_same_polynomial(network: Network, data: st.DataObject) -> None:
    """Vertices may be eliminated in any order: what is left is the set of paths."""
    graph = unrolled(network, 2)
    order = data.draw(st.permutations(list(graph.nodes())))
    found = eliminate(graph, Words.letter, order)
    for target in targets(graph):
        assert found.get(target, none()).terms == as_words(graph, target)


@up_to(3, gates=2)
def test_all_ways_agree_in_node_symbols(name: str, steps: int) -> None:
    """With the local partials in node symbols for weights, all ways are equal under `expand`, without `simplify`."""
    graph = unrolled(ZOO[name], steps)
    backwards = reverse(graph, weight)
    orders = (None, list(graph.nodes_from_loss()), sorted(graph.nodes()))
    eliminated = [eliminate(graph, weight, order) for order in orders]
    for target in targets(graph):
        expected = sum(sympy.prod(weight(arc) for arc in path.arcs) for path in PathSum(graph, target))
        for found in (backwards, *eliminated):
            assert sympy.expand(found.get(target, sympy.Integer(0)) - expected) == 0


@settings(max_examples=30, deadline=None)
@given(networks(), st.integers(1, 3), st.randoms(use_true_random=False))
def test_elimination_agrees_with_reverse_mode_on_random_networks(network: Network, steps: int, random: object) -> None:
    """Reverse mode and elimination in a random order agree, for data and initial states too."""
    graph = unrolled(network, steps)
    order = list(graph.nodes())
    random.shuffle(order)  # type: ignore[attr-defined]
    backwards = reverse(graph, Words.letter)
    eliminated = eliminate(graph, Words.letter, order)
    inner = set(order)
    assert eliminated == {node: found for node, found in backwards.items() if node not in inner}


def test_counting_is_a_weight_of_one() -> None:
    """With 1 on every arc the ways of folding count paths: T(T+1)/2 to a recurrent weight."""
    graph = unrolled(load("elman"), 20)
    assert reverse(graph, lambda _: 1)[Node("w_h")] == 210
    assert eliminate(graph, lambda _: 1)[Node("w_h")] == 210


@every_network
def test_ends_that_nobody_asks_for_are_left_out(network: Network) -> None:
    """Given what gradients are wanted by, elimination gives those and no others, and they are the same."""
    graph = unrolled(network, 3)
    whole = eliminate(graph, Words.letter)
    wanted = targets(graph)
    assert eliminate(graph, Words.letter, ends=wanted) == {
        node: found for node, found in whole.items() if node in wanted
    }


@pytest.mark.parametrize("wrong", ["missing", "twice", "stranger"])
def test_an_order_of_elimination_has_to_name_every_node_once(wrong: str) -> None:
    """An order that forgets a node, names one twice, or names L is refused."""
    graph = unrolled(ZOO["tanh"], 2)
    order = list(graph.nodes())
    order = {"missing": order[1:], "twice": [*order, order[0]], "stranger": [*order, TOTAL]}[wrong]
    with pytest.raises(ValueError, match="names every variable at every step once"):
        eliminate(graph, Words.letter, order)


def test_words_do_not_commute_but_add_in_any_order() -> None:
    """Multiplication joins paths in their order; addition collects them, with multiplicity."""
    first, second, third = (Words(Counter({((place, 1),): 1})) for place in range(3))
    assert first * second != second * first
    assert first + second == second + first
    assert (first + second) * third == first * third + second * third
    assert (first * second) * third == first * (second * third)
    assert (first + first).terms == Counter({((0, 1),): 2})
