"""Folding: each stage between the path products and the recurrence is the same set of paths."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import ZOO, derivation, networks, symbolic, unrolled, weight
from samples import apart

from derive.derivation import derive
from derive.errors import TooManyPathsError
from derive.graph.unrolled import Node, Unrolled, targets
from derive.limits import DEFAULT
from derive.network.network import Network
from derive.network.toml import load
from derive.numbers.compile import compiled
from derive.paths.paths import PathSum
from derive.recurrence.recurrence import Recurrence
from derive.recurrence.stages import Stage, stages_of
from derive.recurrence.tree import All, Either, Start, Then, adjoints, expression, spine

every_network = pytest.mark.parametrize("network", ZOO.values(), ids=ZOO.keys())
ORDER = ["products", "grouped", "factored", "recognised"]


def stages(graph: Unrolled, subject: Node) -> tuple[Stage, ...]:
    """The stages of folding the path sum of a node."""
    return stages_of(Recurrence(graph.graph), graph, subject)


@every_network
@pytest.mark.parametrize("steps", [1, 2, 3])
def test_every_stage_of_every_gradient_holds(network: Network, steps: int) -> None:
    """For each parameter and trainable initial state, each stage is exactly the set of its paths."""
    graph = unrolled(network, steps)
    for target in targets(graph):
        found = stages(graph, target)
        assert all(stage.holds() for stage in found)
        kinds = [stage.kind for stage in found]
        assert kinds[0] == "products"
        assert kinds == [kind for kind in ORDER if kind in kinds]
        assert all(len(stage.parts) == len(stage.keys) for stage in found)


@every_network
def test_every_stage_of_every_adjoint_holds(network: Network) -> None:
    """The same for the adjoint of each state at each step: grouped by the first arc, which is then taken out."""
    graph = unrolled(network, 3)
    for name in Recurrence(graph.graph).rules:
        for step in range(1, 4):
            assert all(stage.holds() for stage in stages(graph, Node(name, step)))


@settings(max_examples=25, deadline=None)
@given(st.one_of(networks(), networks(one_step=True)), st.integers(1, 3))
def test_every_stage_holds_for_random_networks(network: Network, steps: int) -> None:
    """Whatever the network, no stage gains or loses a path."""
    graph = unrolled(network, steps)
    for target in targets(graph):
        assert all(stage.holds() for stage in stages(graph, target))


@pytest.mark.parametrize("name", ["tanh", "shared parameter", "two lags", "bidirectional", "polynomial"])
def test_every_stage_is_the_same_expression(name: str) -> None:
    """Before adjoints are recognised, a stage is the sum of the path products in node symbols."""
    graph = unrolled(ZOO[name], 3)
    for target in targets(graph):
        expected = sum(sympy.prod(weight(arc) for arc in path.arcs) for path in PathSum(graph, target))
        for stage in stages(graph, target):
            if stage.kind != "recognised":
                assert sympy.expand(symbolic(expression(stage.tree)) - expected) == 0


def test_the_stages_of_a_recurrent_weight_are_those_of_a_lesson() -> None:
    """Six products; three groups, one per use; the use taken out; the rest recognised as δ."""
    found = stages(unrolled(load("elman"), 3), Node("w_h"))
    assert [stage.kind for stage in found] == ORDER
    assert [len(stage.parts) for stage in found] == [6, 3, 3, 3]
    assert found[1].keys == (Node("a", 1), Node("a", 2), Node("a", 3))
    factored, recognised = found[2:]
    assert all(isinstance(part, Then) for part in factored.parts)
    assert [adjoints(part) for part in recognised.parts] == [(Node("h", step),) for step in (1, 2, 3)]
    assert [isinstance(part, Either) and part.bundled for part in found[1].parts] == [True, True, False]


def test_taking_out_a_factor_one_is_not_shown() -> None:
    """A bias is used with the factor 1: after the groups come the adjoints at once."""
    found = stages(unrolled(ZOO["chosen adjoints"], 3), Node("b"))
    assert [stage.kind for stage in found] == ["products", "grouped", "recognised"]


def test_the_stages_of_an_adjoint_group_by_the_first_arc() -> None:
    """δ_1: what comes from the loss of step 1, and what comes through h_2, which is recognised as δ_2."""
    found = stages(unrolled(load("elman"), 3), Node("h", 1))
    assert found[-1].keys == (None, Node("h", 2))
    first, second = found[-1].parts
    assert spine(first)[0] == Start(found[-1].unrolled.from_loss(1))
    assert spine(second)[0] == All(Node("h", 2))


def test_a_stage_that_reads_like_the_one_before_is_left_out() -> None:
    """Where each use has one path only, there is nothing to group and nothing to take out."""
    found = stages(unrolled(load("elman"), 3), Node("w_y"))
    assert [stage.kind for stage in found] == ["products"]


def test_a_stage_that_lost_or_doubled_a_part_does_not_hold() -> None:
    """A stage is checked, not asserted: one part less, one more, or a wrong adjoint is found out."""
    for stage in stages(unrolled(load("elman"), 3), Node("w_h")):
        assert not replace(stage, parts=stage.parts[1:]).holds()
        assert not replace(stage, parts=(*stage.parts, stage.parts[0])).holds()
    assert not replace(stage, parts=(*stage.parts[:2], Then(All(Node("h", 2)), stage.parts[2].arc))).holds()  # type: ignore[union-attr]


def test_steps_that_no_path_reaches_are_no_part() -> None:
    """With lag 2 and the loss at T, only every other use of the weight has a path, so only these are written."""
    found = stages(unrolled(ZOO["every other step"], 5), Node("w"))
    assert [key.step for key in found[-1].keys if key] == [1, 3, 5]


def test_a_parameter_without_a_path_is_an_empty_sum() -> None:
    """Folding nothing is one stage without parts, and it holds."""
    (stage,) = stages(unrolled(ZOO["no path"], 3), Node("idle"))
    assert stage.parts == ()
    assert stage.tree == Either(())
    assert stage.holds()


def test_too_many_paths_are_answered_with_their_number() -> None:
    """An LSTM over 20 steps is not written out; the message counts its paths and says what to do. No hang."""
    gradient = derivation(load("lstm-scalar"), 20).gradients["w_hf"]
    with pytest.raises(TooManyPathsError, match=r"14,166,632,180,785 paths lead from L to w_hf, and at most 5,000"):
        gradient.steps  # noqa: B018 - a property
    graph, enough = (unrolled(load("elman", DEFAULT.raised({"paths": most})), 3) for most in (2, 3))
    with pytest.raises(
        TooManyPathsError, match=r"3 paths lead from L to h at step 1, and at most 2 .* --limit paths=3"
    ):
        stages_of(Recurrence(graph.graph), graph, Node("h", 1))
    assert stages_of(Recurrence(graph.graph), enough, Node("h", 1))


@pytest.mark.parametrize(("name", "label"), [("elman-vector", "W_h"), ("softmax", "W_x"), ("bidirectional", "v_g")])
def test_every_stage_as_mathematics_is_the_gradient(name: str, label: str) -> None:
    """Read as mathematics, of vectors too, every line of the folding has the value of the gradient."""
    derived = derive(name, 3)
    evaluation, gradient = derived.evaluate(), derived.gradients[label]
    for stage in gradient.steps:
        found = compiled(expression(stage.tree), evaluation.system)(evaluation.backward.storage, 0)
        assert apart(found, evaluation.gradient(gradient.target)) < 1e-13
