"""Passes: forwards by the equations, backwards by the rules, near the boundary too."""

from __future__ import annotations

from dataclasses import replace

import pytest
from networks import ZOO, derivation
from worked import same, total, worked

from derive.derivation import derive
from derive.errors import ValuesError
from derive.graph.unrolled import Node, targets
from derive.network.network import Network
from derive.network.toml import from_toml
from derive.numbers.entries import Number
from derive.numbers.example import Evaluation, precision
from derive.numbers.jacobians import Jacobians
from derive.numbers.number_systems import FLOAT
from derive.numbers.passes import BackwardPass, forward_pass, load
from derive.numbers.values import resolve
from derive.paths.paths import PathSum

every_network = pytest.mark.parametrize("network", ZOO.values(), ids=ZOO.keys())


@every_network
@pytest.mark.parametrize("steps", [1, 2, 5])
def test_the_backward_pass_is_the_recurrence_run_in_balls(network: Network, steps: int) -> None:
    """Compiled for general t, with variants near the boundary, the rules give what they give arc by arc; else 0."""
    assert_as_arc_by_arc(worked(network, steps))


@pytest.mark.parametrize("losses", [(4,), (6,), (3, 8)])
@pytest.mark.parametrize("name", ["tanh", "long lags", "bidirectional", "stacked directions"])
def test_losses_far_from_both_ends(name: str, losses: tuple[int, ...]) -> None:
    """A rule in the middle, with no loss in sight, is not one of the last step, where nothing comes back."""
    assert_as_arc_by_arc(worked(replace(ZOO[name], loss_at=losses), 10))


def assert_as_arc_by_arc(evaluation: Evaluation) -> None:
    """Assert that adjoints, their terms and gradients are what the recurrence gives arc by arc."""
    recurrence, unrolled = evaluation.recurrence, evaluation.unrolled
    with precision(evaluation.bits):
        expected = recurrence.adjoints(unrolled, Jacobians(evaluation))
        for node in recurrence.nodes(unrolled):
            variable = node.name.partition("[")[0]  # of a variable at one step for all t
            zero = evaluation.value(Node(variable, node.step)) * 0
            assert same(evaluation.adjoint(node), expected.get(node, zero))
            there = [term for term in evaluation.terms(node) if term is not None]
            assert same(total(there, zero), evaluation.adjoint(node))
        for target in targets(unrolled):
            found = recurrence.derivative(unrolled, target, Jacobians(evaluation), expected)
            zero = evaluation.gradient(target) * 0
            assert same(evaluation.gradient(target), zero if found is None else found)


@every_network
def test_contributions_are_by_the_step_of_the_use(network: Network) -> None:
    """What the uses of each step add is the sum of the paths used there, and all of them the gradient."""
    evaluation = worked(network, 3)
    for target in targets(evaluation.unrolled):
        added = evaluation.contributions(target)
        zero = evaluation.gradient(target) * 0
        by_use: dict[int, list[Number]] = {}
        for path in PathSum(evaluation.unrolled, target):
            by_use.setdefault(path.use_step, []).append(evaluation.product(path))
        assert set(added) <= {arc.step for arc, _ in evaluation.unrolled.above(target)}
        assert all(same(added.get(step, zero), total(by_use.get(step, []), zero)) for step in range(1, 4))
        assert same(total(list(added.values()), zero), evaluation.gradient(target))
        assert same(total([value for _, value in evaluation.gradient_terms(target)], zero), evaluation.gradient(target))


def test_the_forward_pass_goes_on_from_what_is_loaded() -> None:
    """Values that were put into the storage are those that the equations look at."""
    found = derivation(ZOO["tanh"], 2)
    values = resolve(found.network, 2)
    storage = load(found.unrolled, values, FLOAT)
    storage["w_h"] = 0.0
    moved = forward_pass(found.unrolled, values, FLOAT, storage)
    plain = forward_pass(found.unrolled, resolve(found.network, 2, {"w_h": 0}), FLOAT)
    assert moved["h"] == {**plain["h"]}
    assert moved is storage


def test_a_value_that_is_no_number_is_refused_with_its_place() -> None:
    """A pole names the variable and the step at which it is met."""
    network = Network(
        name="pole",
        equations={"h": "1/(x[t] - 1)", "l": "h[t]*w"},
        parameters=("w",),
        inputs=("x",),
        loss="l",
        values={"w": 1, "x": [2, 1]},
    )
    with pytest.raises(ValuesError, match="h at step 2 has no value"):
        _ = worked(network, 2).storage


def test_the_adjoint_of_what_no_path_leads_to_is_zero() -> None:
    """With lag 2 and the loss at T every other adjoint is 0, and is looked at as such."""
    found = derivation(ZOO["every other step"], 4)
    values = resolve(found.network, 4)
    backward = BackwardPass(found.recurrence, found.unrolled, forward_pass(found.unrolled, values, FLOAT), FLOAT)
    assert [backward.adjoint(Node("h", step)) == 0 for step in range(1, 5)] == [True, False, True, False]


def test_a_number_given_to_a_vector_is_every_component() -> None:
    """An equation that gives a vector one number, 1/2, gives it a vector of halves."""
    text = """
        parameters = ["w"]
        inputs = ["x"]
        loss = "l"
        broadcast = true
        equations.h = "1/2"
        equations.l = "w@h[t]*x[t]"
        shapes = { w = "n", h = "n" }
        values = { w = [1, 2, 3], x = 1 }
    """
    found = derive(from_toml(text, "halves", "halves.toml"), 1).evaluate()
    assert [str(found.show(entry)) for entry in found.value(Node("h", 1))] == ["0.5000"] * 3
