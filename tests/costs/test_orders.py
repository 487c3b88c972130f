"""Orders of elimination: each gives the gradient, and costs what it says."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from networks import ZOO, derivation, networks
from worked import same, worked

from derive.costs.ledger import Ledger
from derive.costs.operations import Tally
from derive.costs.orders import HEURISTICS
from derive.graph.rolled import Graph
from derive.graph.unrolled import targets
from derive.network.network import Network
from derive.numbers.example import precision
from derive.numbers.jacobians import Jacobians
from derive.paths.paths import PathSum
from derive.paths.words import Words
from derive.recurrence.recurrence import Recurrence

SLOW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@SLOW
@given(networks(), st.integers(1, 3))
def test_elimination_is_the_gradient(network: Network, steps: int) -> None:
    """Vertex elimination in every order that the ledger counts gives the same set of paths, and costs what it says."""
    found = Ledger(Recurrence(Graph(network)))
    orders = found.orders(steps)
    unrolled = derivation(network, steps).unrolled
    paths = {target: PathSum(unrolled, target).words for target in targets(unrolled)}
    for order in (*(orders.order(heuristic) for heuristic in HEURISTICS), orders.best(200).order):
        words = orders.elimination.derivatives(Words.letter, order)
        assert words == {target: expected for target, expected in paths.items() if expected.terms}
        tally = Tally()
        orders.elimination.derivatives(found.operands(tally), order)
        assert tally.cost.at({}).multiplications == orders.cost(order)


def test_elimination_in_numbers() -> None:
    """The cheapest order gives the gradient in balls."""
    evaluation = worked(ZOO["gates"], 3)
    found = Ledger(evaluation.recurrence)
    with precision(evaluation.bits):
        gradients = found.orders(3).elimination.derivatives(Jacobians(evaluation), found.best(3).order)
    assert all(same(gradients[target], evaluation.gradient(target)) for target in targets(evaluation.unrolled))


@pytest.mark.parametrize("name", ["gates", "coupled", "shared parameter"])
def test_markowitz_takes_a_node_with_fewest_arcs_in_times_arcs_out_next(name: str) -> None:
    """Counted on sets of arcs, each node in its order has, when its turn comes, no fewer arcs than another one left."""
    orders = Ledger(Recurrence(Graph(ZOO[name]))).orders(2)
    arcs = {(head, tail) for head, _, tail in orders.elimination.arcs}
    left = set(orders.elimination.inner)
    for node in orders.order("markowitz"):
        degrees = {one: sum(one == tail for _, tail in arcs) * sum(one == head for head, _ in arcs) for one in left}
        assert degrees[node] == min(degrees.values())
        into, onward = [head for head, tail in arcs if tail == node], [tail for head, tail in arcs if head == node]
        arcs = {arc for arc in arcs if node not in arc} | {(head, tail) for head in into for tail in onward}
        left.remove(node)


def test_the_best_order_may_be_none_of_the_usual_ones() -> None:
    """L → l → p → {q, r, v}, q → {r, w, v}, r → {w, v}: backwards 3 + 3 + 2 multiplications, with q and r first 3 + 2 + 2."""
    network = Network(
        name="diamond",
        equations={
            "r": "sin(w*x[t])*cos(v)",
            "q": "r[t]*w*v",
            "p": "q[t]*r[t]*v",
            "l": "p[t]**2",
        },
        parameters=("w", "v"),
        inputs=("x",),
        loss="l",
    )
    orders = Ledger(Recurrence(Graph(network))).orders(1)
    best = orders.best()
    assert [orders.cost(orders.order(heuristic)) for heuristic in HEURISTICS] == [8, 8, 8]
    assert (best.multiplications, orders.cost(best.order), best.proven) == (7, 7, True)
