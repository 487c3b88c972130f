"""The ledger: counts against the counter, orders of elimination against brute force, formulas against further T."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from networks import ZOO, networks

from derive.costs.ledger import METHODS, SCALAR, Ledger, Method
from derive.costs.operations import Operations, Tally
from derive.errors import NetworkError
from derive.graph.rolled import Graph
from derive.graph.unrolled import Unrolled, targets
from derive.network.network import Network
from derive.network.toml import load
from derive.paths.paths import PathSum
from derive.recurrence.recurrence import Recurrence

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
            first, *others = map(found.operands(tally), path.arcs)
            for other in others:
                first = first * other
            products.append(first)
        if products:
            sum(products[1:], products[0])
    return tally.cost.at({})


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


@pytest.mark.parametrize("name", [*ZOO, "elman", "lstm-scalar", "stacked", "gru", "elman-vector"])
def test_paths_multiply_or_not(name: str) -> None:
    """Where paths multiply there are more of them over 200 steps than any polynomial of low degree allows."""
    found = ledger(name)
    unrolled = Unrolled(found.recurrence.graph, 200)
    assert found.multiplies == any(PathSum(unrolled, target).count > 10**9 for target in targets(unrolled))


def test_best_says_when_it_is_not_proven() -> None:
    """A search that is cut short returns the best order known and says that it may not be the cheapest."""
    found = ledger("elman")
    assert found.best(3).proven
    assert not found.best(6, limit=1).proven
    assert found.best(6, limit=1).multiplications == found.operations("reverse", 6).multiplications
    assert not found.best(100).proven


# -- vectors ---------------------------------------------------------------------------------------------------------------


def test_elman_with_vectors_by_hand() -> None:
    """Backwards T (2 n² + n d + 2 n m + n) − n²: two products per matrix that a state meets, one for the other.

    Forwards each of n² + n d + n columns takes n² at every step but the first: T n⁴ and more.
    """
    found = ledger("elman-vector")
    backwards, forwards = found.formula("reverse")[0], found.formula("forward")[0]
    assert backwards is not None
    assert forwards is not None
    assert backwards.terms == {("n", "n"): (-1, 2), ("d", "n"): (0, 1), ("m", "n"): (0, 2), ("n",): (0, 1)}
    assert forwards.terms[("n", "n", "n", "n")] == forwards.terms[("d", "n", "n", "n")] == (-1, 1)


@pytest.mark.parametrize("name", ["elman-vector", "lstm", "softmax"])
def test_formulas_of_vectors_hold_further_on(name: str) -> None:
    """A formula in T and sizes gives the exact count for a T that it was not made from, for any sizes."""
    found = ledger(name)
    for method in found.methods:
        for sizes in ({"n": 2, "d": 3, "m": 5}, {"n": 100, "d": 1, "m": 10}):
            counts = found.operations(method, 17, sizes)
            for form, count in zip(found.formula(method), (counts.multiplications, counts.additions), strict=True):
                assert form is None or form(17, sizes) == count, method
    assert (found.formula("path sum")[0] is None) == (name == "lstm")


def test_a_network_of_vectors_of_size_one_costs_what_the_scalar_one_does() -> None:
    """With all sizes 1 Elman's network takes as many operations as its twin of scalars with biases."""
    scalar = Network(
        name="twin",
        equations={
            "a": "w_x*x[t] + w_h*h[t-1] + b_h",
            "h": "tanh(a[t])",
            "y": "w_y*h[t] + b_y",
            "l": "(y[t] - yhat[t])**2/2",
        },
        parameters=("w_x", "w_h", "b_h", "w_y", "b_y"),
        inputs=("x",),
        targets=("yhat",),
        loss="l",
        initial={"h": 0},
    )
    twin, found = Ledger(Recurrence(Graph(scalar))), ledger("elman-vector")
    for method in found.methods:
        assert found.operations(method, 4, {"n": 1, "d": 1, "m": 1}) == twin.operations(method, 4), method


def test_missing_sizes_are_named() -> None:
    """A number of operations needs the sizes."""
    with pytest.raises(NetworkError, match="operations depend on the sizes of vectors; give d, m"):
        ledger("elman-vector").operations("reverse", 3, {"n": 2})


@pytest.mark.parametrize("method", SCALAR)
def test_orders_of_elimination_are_for_scalars(method: Method) -> None:
    """An order that multiplies any two matrices is not counted."""
    with pytest.raises(NetworkError, match=f"{method} is counted for scalar networks only; use path sum, reverse"):
        ledger("elman-vector").cost(method, 3)
    with pytest.raises(NetworkError, match="best is counted for scalar networks only"):
        ledger("elman-vector").best(3)
