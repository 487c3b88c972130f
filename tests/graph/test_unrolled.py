"""Unrolling: the rolled graph seen at the steps 1 … T."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from networks import ZOO, arguments, every_path, unrolled

from derive.equations.expression import variables
from derive.errors import StepsError
from derive.graph.rolled import Graph
from derive.graph.unrolled import TOTAL, Arc, Node, Unrolled, leading, targets
from derive.network.network import Network
from derive.network.toml import load

every_network = pytest.mark.parametrize("network", ZOO.values(), ids=ZOO.keys())


@every_network
@pytest.mark.parametrize("steps", [1, 2, 5])
def test_each_node_has_the_arguments_of_its_equation(network: Network, steps: int) -> None:
    """Below a node lie the arguments of its equation at that step, below L the losses that count."""
    graph = unrolled(network, steps)
    expected = arguments(network, steps)
    nodes = [*graph.nodes(), TOTAL]
    assert len(nodes) == len(expected)
    for node in nodes:
        assert tuple(tail for _, tail in graph.below(node)) == expected[node]


@every_network
@pytest.mark.parametrize("steps", [1, 3])
def test_above_is_below_turned_round(network: Network, steps: int) -> None:
    """The arcs that lead to a node are those that lead there from any node, and each is there once."""
    graph = unrolled(network, steps)
    down = Counter((arc.key, node, tail) for node in (*graph.nodes(), TOTAL) for arc, tail in graph.below(node))
    every_node = {*graph.nodes(), *(tail for _, _, tail in down)}
    up = Counter((arc.key, head, tail) for tail in every_node for arc, head in graph.above(tail))
    assert down == up
    assert set(down.values()) == {1}


@every_network
@pytest.mark.parametrize("steps", [1, 2, 5])
def test_nodes_come_after_what_they_need(network: Network, steps: int) -> None:
    """Forwards each node comes after its arguments, from the loss each comes before them, and none is left out."""
    graph = unrolled(network, steps)
    forwards, backwards = list(graph.nodes()), list(graph.nodes_from_loss())
    assert len(set(forwards)) == len(forwards) == steps * len(network.variables)
    assert sorted(backwards) == sorted(forwards)
    for node in forwards:
        needed = [tail for _, tail in graph.below(node) if tail in set(forwards)]
        assert all(forwards.index(tail) < forwards.index(node) for tail in needed)
        assert all(backwards.index(tail) > backwards.index(node) for tail in needed)


@every_network
def test_reached_nodes_are_those_at_the_end_of_a_walk_from_the_loss(network: Network) -> None:
    """A node is reached exactly if some walk along the equations leads there."""
    below = arguments(network, 4)
    seen: set[Node] = set()
    queue = [TOTAL]
    while queue:
        for tail in below.get(queue.pop(), ()):
            if tail not in seen:
                seen.add(tail)
                queue.append(tail)
    graph = unrolled(network, 4)
    read = {
        Node(f"{var.name}[{var.at or 'T'}]", var.at or 4)
        for name, rule in network.rules.items()
        for var in variables(rule)
        if var.at is not None and var.name in network.rules and any(node.name == name for node in seen)
    }
    if network.loss_at == "every":
        assert graph.reached == seen | read
    assert {node for node in graph.reached if "[" not in node.name} == seen


@every_network
def test_every_node_of_the_graph_is_known_and_others_are_not(network: Network) -> None:
    """All nodes that an arc touches exist; a step too far, a parameter with a step and an unknown name do not."""
    graph = unrolled(network, 3)
    assert all(graph.is_node(tail) for node in graph.nodes() for _, tail in graph.below(node))
    assert graph.is_node(TOTAL)
    assert not graph.is_node(Node(network.variables[0], -8))
    assert not graph.is_node(Node(network.variables[0], 12))
    assert not graph.is_node(Node(network.variables[0]))
    assert not graph.is_node(Node(network.parameters[0], 1))
    assert not graph.is_node(Node("nobody", 1))


def test_states_begin_as_many_steps_outside_as_are_looked_at() -> None:
    """h[t-2] and h[t-3] need h_0, h_-1 and h_-2, and b[t+1] needs b_(T+1); no other step exists."""
    late, both = unrolled(ZOO["long lags"], 4), unrolled(ZOO["bidirectional"], 4)
    assert [step for step in range(-9, 9) if late.is_node(Node("h", step))] == list(range(-2, 5))
    assert [step for step in range(-9, 9) if both.is_node(Node("b", step))] == list(range(1, 6))
    assert [step for step in range(-9, 9) if both.is_node(Node("f", step))] == list(range(5))


@pytest.mark.parametrize("steps", [0, -1, 1.0, "3", True, None])
def test_a_number_of_steps_is_a_whole_number_from_one_on(steps: object) -> None:
    """Anything else is refused with what would be right and what was given."""
    with pytest.raises(StepsError, match="has to be a whole number from 1 on, not") as caught:
        Unrolled(Graph(load("elman")), steps)  # type: ignore[arg-type]
    assert repr(steps) in str(caught.value)


def test_each_edge_is_differentiated_once_and_shifted_to_its_step() -> None:
    """At every step an edge carries the same local partial, its own steps moved; the edge keeps what it has moved."""
    graph = Graph(load("elman"))
    edge = next(edge for edge in graph.edges if (edge.head, edge.tail) == ("h", "a"))
    assert edge.at(3) is edge.at(3)
    assert [var.lag for var in variables(edge.at(3).factor)] == [-3]
    assert [var.lag for var in variables(edge.factor)] == [0]
    assert (edge.partial.by.lag, edge.at(3).by.lag) == (0, -3)
    assert {Arc(edge, 3), Arc(edge, 3)} == {Arc(edge, 3)}


def test_every_trainable_initial_state_is_a_target() -> None:
    """All states before step 1 that a long lag looks back at, and those after T that a look ahead needs."""
    late = replace(ZOO["long lags"], trainable_initial=("h",))
    assert targets(unrolled(late, 4))[3:] == (Node("h", 0), Node("h", -1), Node("h", -2))
    assert targets(unrolled(ZOO["bidirectional"], 4))[3:] == (Node("b", 5),)


@every_network
def test_the_nodes_that_lead_to_a_target_are_those_with_a_path(network: Network) -> None:
    """A node leads to a target, be it a parameter or the datum or initial state of a step, if the equations do."""
    graph = unrolled(network, 3)
    ends = [*targets(graph), *(Node(name, 3) for name in network.data)]
    below = arguments(network, 3)
    for end in ends:
        expected = {end}
        for node in graph.nodes():
            if expected.intersection(below[node]):
                expected.add(node)
        assert leading(graph, end) == expected
        assert bool(every_path(network, 3, end)) == any(node in expected for node in below[TOTAL])
