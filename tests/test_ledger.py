"""The ledger: counts against the counter, orders of elimination against brute force, formulas against further T."""

from __future__ import annotations

import itertools
from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from networks import ZOO, derivation, networks
from worked import same, worked

from derive.accumulate import Words
from derive.cheapest import Bits, cheapest
from derive.elimination import HEURISTICS
from derive.errors import NetworkError
from derive.evaluate import precision
from derive.graph import Graph
from derive.jacobian import Jacobians
from derive.ledger import METHODS, Ledger, Operand, Operations, Tally, formula
from derive.network import Network
from derive.paths import PathSum
from derive.recurrence import Recurrence
from derive.toml import load
from derive.unroll import Unrolled
from derive.verify import targets

SLOW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def ledger(name: str) -> Ledger:
    """The ledger of a ready-made network or one of the zoo."""
    return Ledger(Recurrence(Graph(ZOO[name] if name in ZOO else load(name))))


def counted_path_sum(found: Ledger, steps: int) -> Operations:
    """The plain path sum over counting operands, path by path."""
    tally = Tally()
    unrolled = Unrolled(found.recurrence.graph, steps)
    for target in targets(unrolled):
        products = []
        for path in PathSum(unrolled, target):
            first, *others = (Operand(tally, found.is_unit(arc)) for arc in path.arcs)
            for other in others:
                first = first * other
            products.append(first)
        for _ in products[1:]:
            tally.additions += 1
    return tally.operations


@pytest.mark.parametrize("name", ZOO)
def test_path_sum_is_what_the_counter_says(name: str) -> None:
    """The number of operations known without enumeration is that of multiplying out every path."""
    found = ledger(name)
    for steps in (1, 3):
        assert found.operations("path sum", steps) == counted_path_sum(found, steps)


@SLOW
@given(networks(), st.integers(1, 3))
def test_path_sum_of_random_networks(network: Network, steps: int) -> None:
    """The same for random networks."""
    found = Ledger(Recurrence(Graph(network)))
    assert found.operations("path sum", steps) == counted_path_sum(found, steps)


@SLOW
@given(networks(), st.integers(1, 3))
def test_elimination_is_the_gradient(network: Network, steps: int) -> None:
    """Vertex elimination in every order that the ledger counts gives the same set of paths, and costs what it says."""
    found = Ledger(Recurrence(Graph(network)))
    elimination = found.elimination(steps)
    unrolled = derivation(network, steps).unrolled
    paths = {target: Counter(path.word for path in PathSum(unrolled, target)) for target in targets(unrolled)}
    for order in (*(elimination.order(heuristic) for heuristic in HEURISTICS), elimination.best(200).order):
        words = elimination.derivatives(Words.letter, order)
        assert {target: sums.terms for target, sums in words.items()} == {
            target: found_words for target, found_words in paths.items() if found_words
        }
        tally = Tally()
        elimination.derivatives(lambda arc: Operand(tally, found.is_unit(arc)), order)  # noqa: B023 - used at once
        assert tally.multiplications == elimination.cost(order)


def test_elimination_in_numbers() -> None:
    """The cheapest order gives the gradient in balls."""
    evaluation = worked(ZOO["gates"], 3)
    found = Ledger(evaluation.recurrence)
    with precision(evaluation.bits):
        gradients = found.elimination(3).derivatives(Jacobians(evaluation), found.best(3).order)
    assert all(same(gradients[target], evaluation.gradient(target)) for target in targets(evaluation.unrolled))


def test_elman_by_hand() -> None:
    """Elman by hand: backwards 6 T − 1 multiplications, forwards 9 T − 2, and 4 (T − 1), 5 (T − 1) additions."""
    found = ledger("elman")
    backwards, forwards = found.formula("reverse"), found.formula("forward")
    assert [form and form.coefficients for form in backwards] == [(-1, 6), (-4, 4)]
    assert [form and form.coefficients for form in forwards] == [(-2, 9), (-5, 5)]


@pytest.mark.parametrize("name", ["elman", "lstm-scalar", "bidirectional", "two lags", "trainable initial"])
def test_formulas_hold_further_on(name: str) -> None:
    """A formula in T gives the exact count for a T that it was not made from."""
    found = ledger(name)
    for method in METHODS[:-1]:
        counts = found.operations(method, 17)
        for form, count in zip(found.formula(method), (counts.multiplications, counts.additions), strict=True):
            assert form is None or form(17) == count, method


def test_path_sum_of_an_lstm_has_no_formula() -> None:
    """The paths of an LSTM grow exponentially: no polynomial."""
    assert ledger("lstm-scalar").formula("path sum") == (None, None)
    assert ledger("lstm-scalar").formula("reverse") != (None, None)


def test_formula_from_some_step_on() -> None:
    """A polynomial that holds from T = 3 on is found, with where it begins; what is none is not."""
    found = formula(lambda steps: 7 if steps < 3 else steps**2 - 1)
    assert found is not None
    assert (found.first, found.coefficients) == (3, (Fraction(-1), Fraction(0), Fraction(1)))
    assert formula(lambda steps: steps % 2) is None


# -- the cheapest order ----------------------------------------------------------------------------------------------------


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


def test_best_says_when_it_is_not_proven() -> None:
    """A search that is cut short returns the best order known and says that it may not be the cheapest."""
    found = ledger("elman")
    assert found.best(3).proven
    assert not found.best(6, limit=1).proven
    assert found.best(6, limit=1).multiplications == found.operations("reverse", 6).multiplications
    assert not found.best(100).proven


def test_vectors_are_not_counted() -> None:
    """A product of matrices is no single multiplication."""
    with pytest.raises(NetworkError, match="scalar networks only"):
        ledger("elman-vector")
