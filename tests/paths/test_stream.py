"""Streamed paths: the same paths, in the same order, each with the product of its local partials."""

from __future__ import annotations

import tracemalloc
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import ZOO, derivation, networks, unrolled

from derive import derive
from derive.graph.unrolled import Arc, Node, targets
from derive.network.network import Network
from derive.network.toml import load
from derive.numbers.jacobians import Jacobians
from derive.paths.paths import PathSum
from derive.paths.stream import Stream


def weight(arc: Arc) -> int:
    """A number that tells arcs apart."""
    return 1 if arc.edge.from_total else 2 + arc.edge.index + 31 * arc.step


def product(arcs: tuple[Arc, ...]) -> int:
    """The weights multiplied one by one."""
    result = 1
    for arc in arcs:
        result *= weight(arc)
    return result


def check(paths: PathSum) -> None:
    """A stream is the enumeration with its products."""
    stream = Stream(paths, weight)
    expected = list(paths)
    found = list(stream)
    assert [stream.path(trail) for _, trail in found] == expected
    assert [value for value, _ in found] == [product(path.arcs) for path in expected]


@pytest.mark.parametrize("network", ZOO.values(), ids=ZOO.keys())
@pytest.mark.parametrize("steps", [1, 3])
def test_a_stream_is_the_enumeration_with_its_products(network: Network, steps: int) -> None:
    """For every parameter, state and datum of the zoo: the same paths in the same order, with exact products."""
    graph = unrolled(network, steps)
    for target in targets(graph):
        check(PathSum(graph, target))
    for name in (*network.variables, *network.data):
        check(PathSum(graph, Node(name, 1)))


@settings(max_examples=25, deadline=None)
@given(st.one_of(networks(), networks(one_step=True)))
def test_the_same_holds_for_networks_nobody_thought_of(network: Network) -> None:
    """Random networks stream as they enumerate."""
    graph = unrolled(network, 3)
    for target in targets(graph):
        check(PathSum(graph, target))


def test_streamed_matrices_add_up_to_the_gradient() -> None:
    """With Jacobians for weights the products of a network of vectors add up to the gradient of the recurrence."""
    evaluation = derive("elman-vector", 3).evaluate()
    target = Node("W_h")
    jacobians = Jacobians(evaluation)
    products = [value for value, _ in Stream(PathSum(evaluation.unrolled, target), jacobians)]
    total = jacobians.shaped(sum(products[1:], products[0]), target)
    ours = evaluation.gradient(target)
    assert all(entry.overlaps(other) for entry, other in zip(total.flat, ours.flat, strict=True))


def test_memory_does_not_grow_with_the_paths() -> None:
    """A hundred thousand more paths of the same graph take no more memory than the first thousand."""
    stream = Stream(derivation(load("lstm-scalar"), 8).paths("w_hf"), lambda _: 0.5)
    for _ in stream:  # the stretches are laid out
        pass
    peaks = []
    for number in (1_000, None):
        tracemalloc.start()
        for _ in islice(stream, number):
            pass
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 2 * peaks[0] + 10_000
