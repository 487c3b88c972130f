"""The cheapest order of elimination, against every order."""

from __future__ import annotations

import itertools

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from derive.costs.cheapest_order import Bits, cheapest


@st.composite
def graphs(draw: st.DrawFn) -> Bits:
    """Draw a graph of L, up to five inner nodes on a way from L to a target, and two targets; some arcs are 1."""
    inner = draw(st.integers(1, 5))
    size = inner + 3
    onward, into, units = ([0] * size for _ in range(3))
    for head in range(inner + 1):
        tails = range(head + 1, size) if head else range(1, inner + 1)
        chosen = draw(st.sets(st.sampled_from(list(tails)), min_size=1))
        if head and not into[head]:
            onward[0] |= 1 << head
            into[head] |= 1
        for tail in chosen:
            onward[head] |= 1 << tail
            into[tail] |= 1 << head
            units[head] |= draw(st.booleans()) << tail
    return Bits(onward, into, units, sum(1 << place for place in range(1, inner + 1)))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(graphs())
def test_cheapest_order_is_cheapest(graph: Bits) -> None:
    """The order found is as cheap as the cheapest of all orders."""
    places = [place for place in range(len(graph.onward)) if graph.left >> place & 1]
    best = min(graph.cost(order) for order in itertools.permutations(places))
    found = cheapest(graph, tuple(places), 10_000)
    assert found.proven
    assert found.multiplications == best == graph.cost(found.order)
    assert sorted(found.order) == places


def test_a_bundle_between_two_nodes_is_eliminated_first() -> None:
    """L → p → {a, b, c} → q → two targets: backwards 3 + 3 + 2 multiplications, with a, b and c first 3 + 1 + 2."""
    onward = [0b10, 0b11100, 0b100000, 0b100000, 0b100000, 0b11000000, 0, 0]
    into = [0, 0b1, 0b10, 0b10, 0b10, 0b11100, 0b100000, 0b100000]
    graph = Bits(onward, into, [0] * 8, 0b111110)
    backwards = (1, 2, 3, 4, 5)
    found = cheapest(graph, backwards, 1000)
    assert (graph.cost(backwards), found.multiplications, found.proven) == (8, 6, True)
