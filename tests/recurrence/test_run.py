"""Trees and rules in a ring: numbers, sets of paths, and rings without a 0."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import ZOO, networks, unrolled

from derive.graph.unrolled import Arc, Node, targets
from derive.network.network import Network
from derive.paths.accumulate import reverse
from derive.paths.words import Words
from derive.recurrence.recurrence import Recurrence
from derive.recurrence.run import run, summed, value, words
from derive.recurrence.tree import All, Either, Start, Then, Tree

GRAPH = unrolled(ZOO["tanh"], 2).graph
EDGE = GRAPH.edges[0]
ARC = Arc(EDGE, 2)
WORD = ((-1, 2), ARC.key)


@dataclass(frozen=True)
class Text:
    """A ring without a 0 or a 1: sums and products as they are written."""

    text: str

    def __add__(self, other: Text) -> Text:
        """The sum."""
        return Text(f"({self.text}+{other.text})")

    def __mul__(self, other: Text) -> Text:
        """The product."""
        return Text(self.text + other.text)


def start(step: int) -> Start:
    """The arc from L to the loss of a step."""
    return Start(Arc(GRAPH.loss_edge, step))


def letter(arc: Arc) -> Text:
    """L for an arc from L, a for any other."""
    return Text(f"L{arc.step}" if arc.edge.from_total else "a")


def delta(node: Node) -> Text:
    """The adjoint of a node as one letter."""
    return Text(f"δ{node.step}")


def test_products_keep_their_order() -> None:
    """A tree is multiplied from L on; mirrored, from the target on, so that the arc stands first."""
    tree = Then(Either((start(1), All(Node("h", 2)))), ARC)
    assert value(tree, letter, delta) == Text("(L1+δ2)a")
    assert value(Then(All(Node("h", 2)), ARC), letter, delta, mirrored=True) == Text("aδ2")


def test_the_empty_product() -> None:
    """None stands for 1: what is continued along an arc is the arc's weight."""
    assert value(Then(All(Node("w")), ARC), letter, lambda _: None) == Text("a")
    assert value(
        Then(Then(All(Node("w")), ARC), Arc(GRAPH.loss_edge, 3)), letter, lambda _: None, mirrored=True
    ) == Text("L3a")


def test_a_union_of_nothing_is_zero_where_there_is_one() -> None:
    """With a 0 an empty union has that value, also inside a tree; without one it has none."""
    tree: Tree = Either((Then(Either(()), ARC), Then(start(2), ARC)))
    assert words(tree, lambda _: Words()) == Words.of([WORD])
    assert words(None, lambda _: Words()) == Words()
    with pytest.raises(ValueError, match="unpack"):
        value(tree, letter, delta)


def test_a_sum_of_no_trees() -> None:
    """No path at all is None, or the 0 that was given."""
    assert summed([], letter, delta) is None
    assert summed([], Words.letter, lambda _: Words(), zero=Words()) == Words()
    assert summed([start(1), start(2)], letter, delta) == Text("(L1+L2)")


def test_a_rule_that_is_none_is_absent_or_zero() -> None:
    """Nodes are run in their order, each with those before it; one without a rule is left out where there is no 0."""
    nodes = [Node("h", 2), Node("h", 1), Node("h", 0)]
    rules = {nodes[0]: start(2), nodes[1]: None, nodes[2]: Then(All(nodes[0]), ARC)}
    assert run(nodes, rules.__getitem__, letter) == {nodes[0]: Text("L2"), nodes[2]: Text("L2a")}
    found = run(nodes, rules.__getitem__, Words.letter, zero=Words())
    assert [len(found[node].terms) for node in nodes] == [1, 0, 1]


@settings(max_examples=30, deadline=None)
@given(networks(), st.integers(1, 4))
def test_rules_in_whole_numbers_are_reverse_accumulation(network: Network, steps: int) -> None:
    """With a number for each arc the rules give the same adjoints and gradients as reverse accumulation."""
    graph = unrolled(network, steps)
    recurrence = Recurrence(graph.graph)

    def weight(arc: Arc) -> int:
        return 1 if arc.edge.from_total else 2 + (3 * arc.edge.index + arc.step) % 5

    expected = reverse(graph, weight)
    found = recurrence.adjoints(graph, weight)
    assert found == {
        node: number for node, number in expected.items() if node.name in recurrence.rules and node in found
    }
    assert found.keys() == {node for node in recurrence.nodes(graph) if node in expected}
    for target in targets(graph):
        assert recurrence.derivative(graph, target, weight, found) == expected.get(target)


def test_nodes_of_a_window() -> None:
    """Of a window of steps the nodes are those of these steps, in the order of the whole."""
    graph = unrolled(ZOO["gates"], 6)
    recurrence = Recurrence(graph.graph)
    every = list(recurrence.nodes(graph))
    assert list(recurrence.nodes(graph, 2, 4)) == [node for node in every if 2 <= (node.step or 0) <= 4]
