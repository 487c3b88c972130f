"""Forward accumulation: the same paths as the enumeration, the same numbers as the recurrence."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sympy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from networks import ZOO, derivation, networks, symbolic
from samples import networks as sample_networks
from samples import random_values
from worked import same, worked

from derive.equations.expression import Var, variables
from derive.errors import NetworkError
from derive.graph.rolled import Graph
from derive.graph.unrolled import Node, Unrolled, targets
from derive.groups.groups import Accounts
from derive.network.network import Network
from derive.network.toml import load
from derive.numbers.example import Evaluation, precision
from derive.numbers.jacobians import Jacobians
from derive.numbers.number_systems import Number
from derive.numbers.sensitivity import sensitivities
from derive.paths.paths import PathSum
from derive.paths.words import Words
from derive.recurrence.forward_accumulation import ForwardRecurrence, sensitivity_var
from derive.recurrence.tree import Either, Tree

SLOW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def words_of(forward: ForwardRecurrence, unrolled: Unrolled) -> Words:
    """The set of paths that the forward recurrence adds up."""
    found = forward.derivative(unrolled, Words.letter, forward.sensitivities(unrolled, Words.letter))
    return found or Words()


def gradient(evaluation: Evaluation, target: Node) -> Number:
    """dL/d(target) by forward accumulation in balls."""
    jacobians, forward = Jacobians(evaluation), ForwardRecurrence(evaluation.unrolled.graph, target)
    with precision(evaluation.bits):
        known = forward.sensitivities(evaluation.unrolled, jacobians)
        return jacobians.shaped(forward.derivative(evaluation.unrolled, jacobians, known), target)


def assert_forward_holds(network: Network, steps: int) -> None:
    """The forward recurrence adds up exactly the enumerated paths, and its step is an identity."""
    found = derivation(network, steps)
    for target in found.targets:
        forward = ForwardRecurrence(found.unrolled.graph, target)
        assert words_of(forward, found.unrolled) == PathSum(found.unrolled, target).words
        assert forward.induction_holds()


@pytest.mark.parametrize("name", ZOO)
def test_forward_is_the_path_sum(name: str) -> None:
    """Unrolled, the forward rules are the set of all paths, for every target."""
    for steps in (1, 2, 4):
        assert_forward_holds(ZOO[name], steps)


def test_forward_to_the_data_of_a_step() -> None:
    """Data are a target too: those of the step itself, of a step before, and those that are given before the first."""
    network = Network(
        name="by-data",
        equations={"h": "tanh(h[t-1] + w*x[t-1])", "l": "(h[t] - x[t])**2/2"},
        parameters=("w",),
        inputs=("x",),
        loss="l",
        initial={"h": 0, "x": 1},
        by=("x",),
    )
    for steps in (1, 3):
        assert_forward_holds(network, steps)


@SLOW
@given(st.one_of(networks(), networks(one_step=True)), st.integers(1, 4))
def test_forward_of_random_networks(network: Network, steps: int) -> None:
    """The same for random networks."""
    assert_forward_holds(network, steps)


@SLOW
@given(st.one_of(networks(), networks(one_step=True)), st.integers(1, 4))
def test_forward_is_reverse_is_path_sum(network: Network, steps: int) -> None:
    """In balls forward accumulation, the backward recurrence and the plain path sum are one gradient."""
    evaluation = worked(network, steps)
    for target in targets(evaluation.unrolled):
        assert same(gradient(evaluation, target), evaluation.gradient(target))


@SLOW
@given(sample_networks(vectors=True), st.integers(1, 3), st.integers(0, 99))
def test_forward_of_vectors(network: Network, steps: int, seed: int) -> None:
    """Of vectors the sensitivities are matrices, and the gradient the same as backwards."""
    evaluation = worked(network, steps, random_values(network, steps, seed))
    for target in targets(evaluation.unrolled):
        assert same(gradient(evaluation, target), evaluation.gradient(target))


def test_a_wrong_rule_is_found() -> None:
    """A rule that leaves out a term fails the induction, and does not give all paths."""

    class Broken(ForwardRecurrence):
        @property
        def _trees(self) -> tuple[dict[str, Tree], frozenset[str]]:  # type: ignore[override]
            trees, named = ForwardRecurrence._trees.func(self)  # type: ignore[attr-defined]
            return {**trees, "h": Either(trees["h"].parts[:1])}, named

    graph = Graph(ZOO["polynomial"])
    right, wrong = ForwardRecurrence(graph, Node("w")), Broken(graph, Node("w"))
    assert right.induction_holds()
    assert right.holds(Unrolled(graph, 3))
    assert not wrong.induction_holds()
    assert not wrong.holds(Unrolled(graph, 3))


def test_elman_by_hand() -> None:
    """For Elman's network p_t = (1 − h_t²) (w_h p_{t−1} + h_{t−1}), up to the order in which it is written."""
    forward = ForwardRecurrence(Graph(load("elman")), Node("w_h"))
    before = sympy.Symbol("p")
    ours = symbolic(forward.rules["h"].expression, {sensitivity_var(Node("h", -1), Node("w_h")): before})
    weight, now, past = symbolic_names("w_h", ("h", 0), ("h", -1))
    assert sympy.expand(ours - (1 - now**2) * (weight * before + past)) == 0


def symbolic_names(*names: object) -> list[sympy.Expr]:
    """The symbols of a parameter, or of a variable at a step."""
    from derive.equations.algebra import step_symbol  # noqa: PLC0415

    return [step_symbol(*name) if isinstance(name, tuple) else step_symbol(str(name), None) for name in names]


def test_boundary_at_an_initial_state() -> None:
    """By an initial state the first sensitivity begins with 1 there, and later rules have no term of their own."""
    evaluation = worked(ZOO["trainable initial"], 4)
    target = Node("h", -1)
    forward = ForwardRecurrence(evaluation.unrolled.graph, target)
    assert forward.at(evaluation.unrolled, forward.rules["h"].tree, 2) is not None
    assert same(gradient(evaluation, target), evaluation.gradient(target))


def test_sensitivities_meet_adjoints() -> None:
    """With the loss at the last step only, dL/dw is the adjoint of the last state times its sensitivity."""
    evaluation = worked(replace(ZOO["tanh"], loss_at="last"), 3)
    forward = ForwardRecurrence(evaluation.unrolled.graph, Node("w_h"))
    found = sensitivities(evaluation, forward, []).named
    last = Node("h", 3)
    adjoint = Accounts(evaluation, last).whole.sum
    with precision(evaluation.bits):
        assert same(adjoint * found[last], evaluation.gradient(Node("w_h")))


def test_vectors_have_no_expression() -> None:
    """A rule for vectors is a tree; written out it would need matrices of more than two indices."""
    forward = ForwardRecurrence(Graph(load("elman-vector")), Node("W_h"))
    with pytest.raises(NetworkError, match="scalar networks only"):
        _ = forward.rules["h"].expression


def test_an_initial_state_without_a_path_to_the_loss() -> None:
    """A trained initial state that the loss does not depend on has no paths, and the proof still holds."""
    network = Network(
        name="idle",
        equations={"a": "w*x[t]", "b": "w*a[t-1]", "l": "(a[t] - x[t])**2/2"},
        parameters=("w",),
        inputs=("x",),
        loss="l",
        initial={"a": 0},
        trainable_initial=("a",),
    )
    forward = ForwardRecurrence(Graph(network), Node("a", 0))
    assert forward.induction_holds()
    assert words_of(forward, Unrolled(Graph(network), 3)) == Words()


def test_a_sensitivity_looks_at_the_step_before() -> None:
    """In p_t of Elman's network stand h at t and t − 1, and p at t − 1, none of them at a later step."""
    rule = ForwardRecurrence(Graph(load("elman")), Node("w_h")).rules["h"].expression
    assert {(var.name, var.lag) for var in variables(rule)} == {
        ("w_h", None),
        ("h", 0),
        ("h", 1),
        ("dh/dw_h", 1),
    }
    assert sensitivity_var(Node("h", 2), Node("h", 0)) == Var("dh/dh_0", -2)
