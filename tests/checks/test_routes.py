"""Routes: each gives the gradients by itself, and is left out where it would take too long."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import ZOO, derivation, networks

from derive.checks.routes import ROUTES, Derived, Identity, path_sums
from derive.checks.verify import TOLERANCE
from derive.errors import DeriveError
from derive.network.network import Network
from derive.network.toml import load
from derive.numbers.example import precision

every_network = pytest.mark.parametrize("network", ZOO.values(), ids=ZOO.keys())


def assert_routes_agree(network: Network, steps: int) -> None:
    """Every route that can be walked gives numbers that are those beside them, and every identity holds."""
    found = derivation(network, steps)
    derived, evaluation = Derived(found.recurrence, found.unrolled), found.evaluate()
    for route in ROUTES:
        if route.hindrance(derived, evaluation):
            continue
        with precision(evaluation.bits):
            if isinstance(route, Identity):
                assert route.holds(derived, evaluation), route.name
                continue
            pairs = list(route.pairs(derived, evaluation))
            assert pairs or not derived.targets
            for one, two, _ in pairs:
                assert abs(one - two) <= TOLERANCE * (1 + abs(one)), route.name


@every_network
def test_routes_agree_with_one_another(network: Network) -> None:
    """Of each network the routes agree pair by pair, whatever the recurrence says."""
    assert_routes_agree(network, 3)


@settings(max_examples=15, deadline=None)
@given(networks(), st.integers(1, 3))
def test_routes_of_random_networks_agree(network: Network, steps: int) -> None:
    """The same for random networks, unless an example has no value."""
    try:
        derivation(network, steps).evaluate()
    except DeriveError:
        return
    assert_routes_agree(network, steps)


def test_vectors_have_a_component_by_component_complex_step() -> None:
    """Of vectors the routes that are for them agree, component by component."""
    assert_routes_agree(load("elman-vector"), 2)


def test_a_route_that_would_take_too_long_is_left_out_with_its_reason() -> None:
    """Many paths are not enumerated, a long loss is not written out, and vectors are not given to SymPy."""
    reasons = {check.route: check.worked.reason for check in derivation(load("lstm-scalar"), 20).checks()}
    assert reasons == {
        "arrows drawn": "",
        "arrows": "",
        "same paths": "many paths",
        "closed form": "many paths",
        "induction": "",
        "path sum": "many paths",
        "groups": "",
        "elimination": "",
        "diff": "long loss",
        "series": "",
        "complex step": "",
    }
    vectors = {check.route: check.worked.reason for check in derivation(load("elman-vector"), 2).checks()}
    assert vectors["diff"] == "vectors"
    assert "elimination" not in vectors


@pytest.mark.parametrize("name", ["groups", "diff", "elimination", "closed form", "same paths"])
def test_routes_are_left_out_for_a_reason(name: str) -> None:
    """Each of these is walked for a small scalar network or a large one, not for both."""
    small, large = derivation(ZOO["gates"], 2), derivation(load("lstm"), 40)
    (route,) = (route for route in ROUTES if route.name == name)
    hindered = [bool(route.hindrance(Derived(one.recurrence, one.unrolled), one.evaluate())) for one in (small, large)]
    assert hindered == {"groups": [True, False]}.get(name, [False, True])


def test_a_path_sum_is_what_its_name_says() -> None:
    """The numbers compared under “path sum” are the products of the paths, added up."""
    found = derivation(ZOO["tanh"], 3)
    evaluation = found.evaluate()
    with precision(evaluation.bits):
        sums = path_sums(Derived(found.recurrence, found.unrolled), evaluation)
        for target, ours in sums.items():
            total = sum(evaluation.product(path) for path in found.paths(*target))
            assert abs(total - ours) < 1e-30


def test_what_cancels_to_zero_has_its_powers_all_the_same() -> None:
    """Where the argument of tanh is 0 by cancellation, a ball around 0 is squared, and no sound network is refused."""
    network = Network(
        name="cancel",
        equations={"b": "w*x[t]", "a": "tanh(w*x[t] + w*a[t-1] + w*b[t-1])", "l": "a[t]**2 + b[t]"},
        parameters=("w",),
        inputs=("x",),
        loss="l",
        initial={"a": 0, "b": 0},
        values={"w": "0.1", "x": 0, "a_0": "0.1", "b_0": "-0.1"},
    )
    assert all(check.passed for check in derivation(network, 1).checks())
