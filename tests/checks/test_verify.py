"""Verification: the routes agree where they should, and each one finds out what is wrong."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any, get_args

import pytest
from everything import SIZES, everything
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from matrix_networks import MATRICES
from networks import ZOO, derivation, networks
from samples import random_values

from derive.checks import verify
from derive.checks.check import Check, Route
from derive.checks.routes import ROUTES, Derived, Gradients, beside, eliminated
from derive.checks.verify import TOLERANCE, General, Verification
from derive.derivation import Derivation
from derive.equations import expression as ex
from derive.errors import DeriveError
from derive.graph.partials import Scale
from derive.graph.rolled import Edge, Graph
from derive.graph.unrolled import Node, Unrolled, targets
from derive.network.network import Network
from derive.network.toml import load
from derive.numbers import example
from derive.numbers.example import Evaluation, precision
from derive.recurrence.recurrence import Recurrence, Rule
from derive.recurrence.tree import Either, Then, Tree, either, terms

every_network = pytest.mark.parametrize("network", ZOO.values(), ids=ZOO.keys())
EXAMPLES = int(os.environ.get("DERIVE_EXAMPLES", "12"))
NAMES = [route for route in get_args(Route) if route != "groups"]


@pytest.mark.parametrize("name", MATRICES)
def test_every_route_agrees_for_networks_of_matrices(name: str) -> None:
    """At values of their own and at generic ones; only what is for scalars is left out."""
    network = MATRICES[name]
    found = derivation(network, 2).checks(random_values(network, 2, 3))
    assert {check.route for check in found if not check.passed} <= {"diff", "elimination"}
    assert {check.route for check in found if check.passed} >= {
        "arrows",
        "same paths",
        "path sum",
        "series",
        "complex step",
    }


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(everything(), st.integers(2, 3), st.integers(0, 1_000))
def test_whatever_is_declared_goes_through_to_checked_derivations(network: Network, steps: int, seed: int) -> None:
    """Every route that there is agrees, whatever is put together of all that can be declared, and what is truncated holds."""
    lesson = derivation(network, steps)
    found = lesson.checks(random_values(network, steps, seed, SIZES))
    if lesson.unrolled.direction == 1:
        assert all(lesson.truncation(2).holds(target) for target in lesson.targets)
    assert not [check.route for check in found if check.passed is False]
    assert {check.route for check in found if check.passed} >= {"arrows", "same paths", "series", "complex step"}


def outcome(checks: tuple[Check, ...]) -> dict[str, bool | None]:
    """What each route says."""
    return {check.route: check.passed for check in checks}


@every_network
@pytest.mark.parametrize("steps", [1, 2, 4])
def test_every_route_agrees(network: Network, steps: int) -> None:
    """On the worked example no route disagrees, those that are exact have no distance, the others a tiny one."""
    checks = derivation(network, steps).checks()
    assert [check.route for check in checks] == [route for route in NAMES if route in outcome(checks)]
    for check in checks:
        assert check.passed in {True, None}
        for place in (check.worked, check.generic):
            assert place is None or (place.passed is None) == bool(place.reason)
        if check.distance is not None:
            assert 0 <= check.distance <= TOLERANCE


@every_network
@pytest.mark.parametrize("steps", [1, 3])
def test_what_is_awaited_of_the_routes_is_what_they_find(network: Network, steps: int) -> None:
    """What is said of every route before it is run is what comes of it: that it is left out, and why, or how near it comes."""
    found = derivation(network, steps)
    verification = found.verification(found.evaluate())
    awaited, checks = verification.awaited(), verification.checks()
    assert [(check.route, check.shared) for check in awaited] == [(check.route, check.shared) for check in checks]
    for before, after in zip(awaited, checks, strict=True):
        for expected, seen in ((before.worked, after.worked), (before.generic, after.generic)):
            assert (expected is None) == (seen is None)
            if expected is not None and seen is not None:
                assert (expected.passed, expected.reason) == (seen.passed, seen.reason)
                assert (expected.distance is None) == (seen.distance is None)
                assert (seen.distance or 0) <= (expected.distance or 0)
    assert all(check.distance in {None, TOLERANCE} for check in awaited)


@settings(max_examples=30, deadline=None)
@given(networks(), st.integers(1, 4))
def test_random_networks_agree_with_the_complex_step_and_the_path_sum(network: Network, steps: int) -> None:
    """Gradients by the recurrence equal the complex step, the values of all paths added, and SymPy's derivative."""
    try:
        checks = derivation(network, steps).checks()
    except DeriveError:
        return
    found = outcome(checks)
    assert found["complex step"] is True
    assert False not in found.values()


def test_a_sum_of_quotients_that_is_too_long_to_cancel() -> None:
    """A slope that is a long sum of quotients stays as it is, and every route agrees."""
    network = Network(
        name="quotients",
        equations={
            "a": "w*x[t]",
            "b": "w*x[t]",
            "c": "(w*x[t] + w*a[t])/(1 + (w*x[t] + w*a[t])**2)",
            "l": "(a[t] + b[t] + c[t] - x[t])**2/2",
        },
        parameters=("w",),
        inputs=("x",),
        loss="l",
        values={"w": "0.5", "x": 1},
    )
    assert False not in outcome(derivation(network, 2).checks()).values()


@settings(max_examples=20, deadline=None)
@given(
    st.sampled_from([name for name in ZOO if name != "long lags"]),
    st.lists(st.fractions(-1, 1, max_denominator=50), min_size=8, max_size=8),
)
def test_random_values_agree_too(name: str, numbers: list[Fraction]) -> None:
    """Whatever the values, no route disagrees, or one clear error says that there is no value."""
    network = ZOO[name]
    values: dict[str, Any] = dict(zip(network.parameters, numbers, strict=False))
    values |= dict.fromkeys(network.data, numbers[-3:])
    try:
        checks = derivation(network, 3).checks(values)
    except DeriveError:
        return
    assert False not in outcome(checks).values()


def spoiled(found: Derivation, rule: Callable[[Tree], Tree]) -> Verification:
    """A verification of a recurrence whose first rule was changed behind its back."""
    recurrence = Recurrence(found.unrolled.graph)
    name, first = next(iter(recurrence.rules.items()))
    recurrence.__dict__["rules"] = {**recurrence.rules, name: Rule(name, rule(first.tree))}
    evaluation = replace(found.evaluate(), recurrence=recurrence)
    return Verification(General(recurrence, found.unrolled, evaluation.places), evaluation)


def first_term_lost(tree: Tree) -> Tree:
    """A rule without its first term."""
    return either(tree.parts[1:]) if isinstance(tree, Either) else tree


def last_factor_lost(tree: Tree) -> Tree:
    """A rule whose last term misses a factor."""
    assert isinstance(tree, Either)
    *others, last = tree.parts
    assert isinstance(last, Then)
    return either([*others, last.inner])


@pytest.mark.parametrize("damage", [first_term_lost, last_factor_lost])
@pytest.mark.parametrize("name", ["tanh", "output feedback", "two lags", "polynomial", "trainable initial"])
def test_every_route_finds_a_wrong_recurrence(name: str, damage: Callable[[Tree], Tree]) -> None:
    """A rule that is wrong disagrees with the paths, the induction, and every independent number."""
    found = outcome(spoiled(derivation(ZOO[name], 4), damage).checks())
    for route in ("same paths", "induction", "path sum", "elimination", "diff", "series", "complex step"):
        assert found[route] is False, route
    assert found["arrows"] is True


@pytest.mark.parametrize("name", ["tanh", "coupled", "long lags"])
def test_a_wrong_closed_form_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A closed form that is not the recurrence's is a disagreement: of one adjoint, of several, with what waits."""
    found = derivation(ZOO[name], 3)
    (form,) = found.recurrence.closed_forms
    wrong = replace(form, rules=(*form.rules[:-1], either(terms(form.rules[-1])[1:])))
    monkeypatch.setitem(found.recurrence.__dict__, "closed_forms", (wrong,))
    assert outcome(found.checks())["closed form"] is False


def test_a_wrong_local_partial_is_found_by_those_that_do_not_use_it() -> None:
    """The recurrence and the paths share the local partials; what knows the equations only does not."""
    network = ZOO["tanh"]
    graph = Graph(network)
    edges = [
        replace(edge, partial=replace(edge.partial, chains=((),))) if edge.head == "h" else edge for edge in graph.edges
    ]
    graph.__dict__["edges"] = tuple(edges)
    found = outcome(Derivation(network, Unrolled(graph, 3)).checks())
    assert [route for route, passed in found.items() if passed is False] == ["arrows", "diff", "series", "complex step"]


def changed(graph: Graph, change: Callable[[Edge], Edge | None]) -> Graph:
    """A graph whose edges were changed, or taken away, behind its back."""
    edges = [found for edge in graph.edges if (found := change(edge)) is not None]
    graph.__dict__["edges"] = tuple(replace(edge, index=index) for index, edge in enumerate(edges))
    return graph


def tripled(edge: Edge) -> Edge:
    """An edge whose local partial is three times what it should be."""
    three = Scale(ex.Const(Fraction(3)))
    return replace(edge, partial=replace(edge.partial, chains=tuple((*chain, three) for chain in edge.partial.chains)))


@pytest.mark.parametrize("name", ["elman", "elman-vector", "softmax", "gru", "bidirectional", "narx"])
def test_each_arrow_that_is_wrong_is_found_by_itself(name: str) -> None:
    """Tripling any one local partial, of scalars or vectors, is found by looking at the arrows alone."""
    network = load(name)
    for place in range(len(Graph(network).edges)):
        graph = changed(Graph(network), lambda edge, place=place: tripled(edge) if edge.index == place else edge)
        assert outcome(Derivation(network, Unrolled(graph, 2)).checks())["arrows"] is False


@pytest.mark.parametrize("name", ["elman", "lstm", "narx", "bidirectional"])
def test_an_arrow_that_is_missing_is_found(name: str) -> None:
    """Whichever arrow is left out of the graph, something that an equation names has none."""
    network = load(name)
    for place in range(len(Graph(network).edges)):
        graph = changed(Graph(network), lambda edge, place=place: None if edge.index == place else edge)
        assert outcome(Derivation(network, Unrolled(graph, 2)).checks())["arrows drawn"] is False


def test_an_arrow_that_is_not_in_the_equations_is_found() -> None:
    """An arrow with another lag than the equation's is one too many, and one too few."""
    network = load("elman")
    graph = changed(Graph(network), lambda edge: replace(edge, lag=2) if edge.lag == 1 else edge)
    assert outcome(Derivation(network, Unrolled(graph, 3)).checks()) == {"arrows drawn": False}


def test_what_has_no_slope_needs_no_arrow() -> None:
    """An equation that names a variable without depending on it has no arrow to it, and is complete."""
    network = Network(
        name="flat",
        equations={"h": "w*x[t] + step(h[t-1])", "l": "h[t]**2"},
        parameters=("w",),
        inputs=("x",),
        loss="l",
        initial={"h": 1},
        values={"w": "0.3", "x": 2},
    )
    assert ("h", 1) not in {(edge.tail, edge.lag) for edge in Graph(network).edges}
    assert False not in outcome(derivation(network, 2).checks()).values()


def test_what_cancels_needs_no_arrow() -> None:
    """An equation in which a variable cancels has no arrow to it, though rounding leaves a little of its slope."""
    network = Network(
        name="cancels",
        equations={"h": "tanh(w*h[t-1] + x[t])", "l": "h[t]**2 + (h[t-1]/3 - h[t-1]/3)**2"},
        parameters=("w",),
        inputs=("x",),
        loss="l",
        initial={"h": "0.1"},
        values={"w": "0.3", "x": "0.7"},
    )
    assert ("l", "h", 1) not in {(edge.head, edge.tail, edge.lag) for edge in Graph(network).edges}
    assert False not in outcome(derivation(network, 2).checks()).values()


SPECIAL: tuple[dict[str, Any], ...] = ({"w_y": 0}, {"yhat": 1, "x": 0}, {"x": 100}, {"w_h": 0}, {})


@pytest.mark.parametrize("values", SPECIAL)
@pytest.mark.parametrize("damage", [first_term_lost, last_factor_lost])
def test_special_values_hide_nothing(values: dict[str, Any], damage: Callable[[Tree], Tree]) -> None:
    """At T = 1, or at values that make terms vanish, a wrong recurrence is found all the same, at generic values."""
    found = spoiled(derivation(load("elman"), 1), damage)
    special = replace(
        found, evaluation=replace(derivation(load("elman"), 1).evaluate(values), recurrence=found.general.recurrence)
    )
    for route in ("path sum", "elimination", "diff", "series", "complex step"):
        assert outcome(special.checks())[route] is False, route


def replaced_by(
    monkeypatch: pytest.MonkeyPatch, name: str, gradients: Callable[[Derived, Evaluation], Gradients]
) -> None:
    """Let a route give other gradients."""
    numeric = (replace(route, pairs=beside(gradients)) if route.name == name else route for route in ROUTES)  # type: ignore[type-var]
    monkeypatch.setattr(verify, "ROUTES", tuple(numeric))


def test_a_route_that_loses_a_gradient_does_not_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """A route has to give every gradient; one that is missing is not taken for one that agrees."""
    replaced_by(monkeypatch, "elimination", lambda *_: {})
    with pytest.raises(KeyError):
        derivation(ZOO["tanh"], 2).checks()


def test_numbers_that_are_none_do_not_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    """A ball that holds every number is no agreement."""
    from flint import arb  # noqa: PLC0415

    found = derivation(ZOO["tanh"], 2)
    everything = {target: arb("nan") for target in targets(found.unrolled)}
    replaced_by(monkeypatch, "elimination", lambda *_: everything)
    monkeypatch.setattr(example, "MOST_BITS", 1 << 9)
    assert outcome(found.checks())["elimination"] is False


def test_wide_balls_are_computed_again_with_more_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where rounding leaves open whether two routes agree, both are computed with twice the bits."""
    from flint import arb  # noqa: PLC0415

    found = derivation(ZOO["tanh"], 2)
    bits = []

    def wide(derived: Derived, evaluation: Evaluation) -> dict[Node, Any]:
        bits.append(evaluation.bits)
        with precision(evaluation.bits):
            blur = arb(0, 1) if len(bits) < 3 else arb(0)
            return {target: number + blur for target, number in eliminated(derived, evaluation).items()}

    replaced_by(monkeypatch, "elimination", wide)
    assert outcome(found.checks())["elimination"] is True
    assert bits[:3] == [bits[0], 2 * bits[0], 4 * bits[0]]


def test_a_thousand_steps_are_verified() -> None:
    """At T = 1,000 what need not enumerate is checked without recursion in T."""
    found = derivation(load("elman"), 1_000).checks()
    assert all(check.passed for check in found)
    assert {check.route for check in found if check.worked.passed} == {
        "arrows drawn",
        "arrows",
        "induction",
        "groups",
        "elimination",
        "series",
        "complex step",
    }


@pytest.mark.parametrize(("name", "steps"), [("tanh", 600), ("two lags", 40), ("gates", 12)])
def test_groups_find_a_wrong_recurrence(name: str, steps: int) -> None:
    """Where paths are too many to enumerate, the sums of their groups disagree with a rule that is wrong."""
    for damage in (first_term_lost, last_factor_lost):
        assert outcome(spoiled(derivation(ZOO[name], steps), damage).checks())["groups"] is False
    assert outcome(derivation(ZOO[name], steps).checks())["groups"] is True


def test_gradients_that_explode_are_compared_all_the_same() -> None:
    """A gradient of more than a hundred digits agrees: the complex step is small enough even then."""
    network = Network(
        name="explosion",
        equations={"h": "tanh(w*h[t-1])", "l": "h[t]"},
        parameters=("w",),
        loss="l",
        loss_at="last",
        initial={"h": 0},
        trainable_initial=("h",),
        values={"w": 30},
    )
    found = derivation(network, 80)
    slope = found.evaluate().gradient(Node("h", 0))
    assert slope > 1e118
    assert False not in outcome(found.checks()).values()


def test_targets_are_the_parameters_and_the_trainable_initial_states() -> None:
    """A lag of two begins twice, a state that runs backwards begins after T."""
    assert targets(derivation(ZOO["trainable initial"], 3).unrolled) == (Node("w"), Node("h", 0), Node("h", -1))
    assert targets(derivation(ZOO["bidirectional"], 3).unrolled)[-1] == Node("b", 4)
