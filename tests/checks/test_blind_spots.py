"""Blind spots: what a check could pass over if it looked less closely is found by it alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from networks import ZOO, derivation

from derive.checks import verify
from derive.checks.arrows import Arrows, Pair
from derive.checks.check import Check
from derive.checks.routes import ROUTES, Derived, Numeric, complex_step, eliminated
from derive.checks.verify import TOLERANCE
from derive.derivation import Derivation
from derive.equations import expression as ex
from derive.graph.partials import Scale
from derive.graph.rolled import Edge, Graph
from derive.graph.unrolled import Node, Unrolled
from derive.network.toml import load
from derive.numbers.example import Evaluation, precision
from derive.recurrence.tree import either, terms


def said(found: Derivation) -> dict[str, Check]:
    """What each route says."""
    return {check.route: check for check in found.checks()}


def with_edges(name: str, change: Callable[[tuple[Edge, ...]], list[Edge]], steps: int = 3) -> Derivation:
    """The derivation of a network whose arrows were changed behind its back."""
    network = load(name)
    graph = Graph(network)
    edges = change(graph.edges)
    graph.__dict__["edges"] = tuple(replace(edge, index=index) for index, edge in enumerate(edges))
    return Derivation(network, Unrolled(graph, steps))


def test_an_arrow_that_is_drawn_twice_is_found() -> None:
    """Each arrow of the equations is there once."""
    assert said(with_edges("elman", lambda edges: [*edges, edges[0]]))["arrows drawn"].passed is False


def test_an_arrow_too_many_is_found() -> None:
    """All arrows of the equations, and one from h two steps before."""
    found = with_edges("elman", lambda edges: [*edges, *(replace(edge, lag=2) for edge in edges if edge.lag == 1)])
    assert said(found)["arrows drawn"].passed is False


@pytest.mark.parametrize("route", [Arrows.by_complex_step, Arrows.by_sympy])
def test_each_of_two_routes_finds_a_wrong_arrow_by_itself(route: Callable[[Arrows], Iterator[Pair]]) -> None:
    """Neither the complex step nor SymPy relies on the other."""
    three = Scale(ex.Const(Fraction(3)))

    def tripled(edges: tuple[Edge, ...]) -> list[Edge]:
        chains = tuple((*chain, three) for chain in edges[-1].partial.chains)
        return [*edges[:-1], replace(edges[-1], partial=replace(edges[-1].partial, chains=chains))]

    for found, right in ((with_edges("elman", list), True), (with_edges("elman", tripled), False)):
        evaluation = found.evaluate()
        with precision(evaluation.bits):
            assert all(abs(one - two) < 1e-20 for one, two in route(Arrows(evaluation))) == right


def test_arrows_are_looked_at_from_the_first_step_to_the_last() -> None:
    """At all of few steps, of many at the first, the last and some between."""
    assert Arrows(derivation(ZOO["tanh"], 4).evaluate()).steps == (1, 2, 3, 4)
    steps = Arrows(derivation(ZOO["tanh"], 300).evaluate()).steps
    assert (steps[0], steps[-1]) == (1, 300)
    assert 5 < len(steps) < 80


@pytest.mark.parametrize("name", ["tanh", "coupled", "long lags"])
def test_a_closed_form_that_hands_on_too_little_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """At T it is right; before T what comes from later is missing."""
    found = derivation(ZOO[name], 3)
    (form,) = found.recurrence.closed_forms
    wrong = replace(form, rules=(*form.rules[:-1], either(terms(form.rules[-1])[:-1])))
    monkeypatch.setitem(found.recurrence.__dict__, "closed_forms", (wrong,))
    assert said(found)["closed form"].passed is False


def test_the_complex_step_is_taken_in_every_target() -> None:
    """As many pairs as parameters and trainable initial states hold numbers, none of them compared with itself."""
    for found, numbers in ((derivation(ZOO["bidirectional"], 3), 4), (derivation(load("softmax"), 1), None)):
        evaluation = found.evaluate()
        derived = Derived(found.recurrence, found.unrolled)
        with precision(evaluation.bits):
            pairs = list(complex_step(derived, evaluation))
        assert len(pairs) == (numbers or len(derived.targets))
        assert all(one is not other for one, other, _ in pairs)


def elimination_off(monkeypatch: pytest.MonkeyPatch, found: Derivation, off: dict[Node, Fraction]) -> Check:
    """What the elimination says if some gradients are off, relative to their size."""

    def gradients(derived: Derived, evaluation: Evaluation) -> Iterator[tuple[Any, Any, Any]]:
        for target, theirs in eliminated(derived, evaluation).items():
            ours = evaluation.gradient(target)
            yield ours, theirs * (1 + evaluation.system.exact(off.get(target, Fraction(0)))), abs(ours)

    routes = [
        replace(route, pairs=gradients) if isinstance(route, Numeric) and route.name == "elimination" else route
        for route in ROUTES
    ]
    monkeypatch.setattr(verify, "ROUTES", tuple(routes))
    return said(found)["elimination"]


def test_a_gradient_that_is_off_by_little_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty digits are not enough; thirty-five are, and the distance that is told is the largest."""
    found = derivation(ZOO["tanh"], 2)
    first, *_, last = found.targets
    assert elimination_off(monkeypatch, found, {last: Fraction(1, 10**20)}).passed is False
    near = elimination_off(monkeypatch, found, {first: Fraction(1, 10**35)})
    assert near.passed is True
    assert 0.9e-35 < (near.worked.distance or 0) < TOLERANCE


def test_a_small_gradient_is_not_hidden_by_a_large_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """One gradient is 10³⁰ times as large as another one, which is wrong in its tenth digit."""
    network = ZOO["tanh"].with_values({"w_x": "0.5", "w_h": "0.5", "w_y": 10**30, "x": 1, "y": 0})
    found = derivation(network, 2)
    evaluation = found.evaluate()
    small = min(found.targets, key=lambda target: abs(float(evaluation.gradient(target))))
    assert elimination_off(monkeypatch, found, {small: Fraction(1, 10**10)}).worked.passed is False
