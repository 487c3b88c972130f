"""Adjoint: the derivative of L by any node, whether its adjoint has a name or not."""

from __future__ import annotations

import pytest
from flint import acb, arb
from hypothesis import given, settings
from networks import ZOO, counts_for, every_path, networks, unrolled

from derive import Network, derive
from derive.derivation import Derivation
from derive.errors import NetworkError
from derive.graph.unrolled import TOTAL, Node
from derive.numbers.compile import compiled
from derive.numbers.example import precision
from derive.numbers.number_systems import balls
from derive.numbers.passes import load
from derive.numbers.values import resolve

STEP = arb("1e-60")


def every_node(lesson: Derivation) -> list[Node]:
    """L, each variable and datum at each step, each value outside 1 … T, each parameter."""
    network = lesson.network
    nodes = [TOTAL, *map(Node, network.parameters)]
    for name in (*network.variables, *network.data):
        nodes += [Node(name, step) for step in range(-3, lesson.steps + 4) if lesson.unrolled.is_node(Node(name, step))]
    return nodes


def moved_loss(lesson: Derivation, node: Node) -> float:
    """dL/d(node) by a complex step at that node, through the forward equations alone."""
    system = balls("complex")
    with precision(400):
        nudge = acb(0, 1) * STEP
        storage = load(lesson.unrolled, resolve(lesson.network, lesson.steps), system)
        if node.step is None and node != TOTAL:
            storage[node.name] += nudge
        elif node.step in storage.get(node.name, {}):
            storage[node.name][node.step] += nudge
        for other in lesson.unrolled.nodes():
            value = compiled(lesson.network.rules[other.name], system)(storage, other.step or 0)
            storage[other.name][other.step] = value + (nudge if other == node else 0)
        total = sum((storage[lesson.network.loss][step] for step in lesson.unrolled.loss_steps), acb(0))
        weight = float(counts_for(lesson.network, lesson.steps))
        penalty = lesson.network.penalty_term
        once = acb(0) if penalty is None else compiled(penalty, system)(storage, 0)
        return 1.0 if node == TOTAL else float(total.imag / STEP) * weight + float(once.imag / STEP)


def compared(network: Network, steps: int) -> None:
    """Every adjoint of a network against its complex step."""
    lesson = Derivation(network, unrolled(network, steps))
    example = lesson.evaluate()
    for node in every_node(lesson):
        assert float(example.adjoint(node)) == pytest.approx(moved_loss(lesson, node), rel=1e-9, abs=1e-12), node
        if not every_path(network, steps, node) and node != TOTAL:
            assert example.adjoint(node) == 0


@pytest.mark.parametrize("name", ZOO)
def test_the_adjoint_of_every_node_is_its_complex_step(name: str) -> None:
    """Also of variables without a named adjoint, data, initial values, parameters, losses and L."""
    compared(ZOO[name], 3)


@settings(max_examples=25, deadline=None)
@given(networks())
def test_the_adjoint_of_every_node_of_a_random_network(network: Network) -> None:
    """The same for any network."""
    compared(network, 2)


def test_the_lecture_network_by_hand() -> None:
    """With w = 1, x = 1, ŷ = 0: dL/dl_3 = 1, dL/dy_3 = y_3, dL/da_3 = (1 − h_3²) y_3 = dL/dx_3, dL/dh_0 = (1 − h_1²) δ_1."""
    example = derive("elman", 3).evaluate(places=10)
    by_hand = {
        Node("l", 3): "1.0000000000",
        Node("y", 3): "0.9597460317",
        Node("a", 3): "0.0757120175",
        Node("x", 3): "0.0757120175",
        Node("h", 0): "0.3674755241",
        Node("h", 3): "0.9597460317",
    }
    assert {node: str(example.show(example.adjoint(node))) for node in by_hand} == by_hand


def test_the_adjoint_of_a_vector_has_its_shape() -> None:
    """A datum, an unnamed variable and an initial state of a vector network."""
    lesson = derive("elman-vector", 2)
    example = lesson.evaluate()
    for node in (Node("x", 2), Node("y", 1), Node("h", 0), Node("W_h")):
        assert example.adjoint(node).shape == example.value(node).shape
        assert len(example.show(example.adjoint(node))) == len(example.value(node))


@pytest.mark.parametrize(
    ("node", "said"),
    [
        (Node("h", 4), "h needs a step from 0 to 3"),
        (Node("y", 0), "y needs a step from 1 to 3"),
        (Node("h"), "h needs a step from 0 to 3"),
        (Node("w_x", 1), "w_x has no step"),
        (Node("w_z"), "there is no w_z; did you mean w_"),
    ],
)
def test_an_unknown_node_is_an_error_that_says_which_there_are(node: Node, said: str) -> None:
    """For its value and for its derivative alike, and where the derivation is asked for a node."""
    lesson = derive("elman", 3)
    example = lesson.evaluate()
    for ask in (example.adjoint, example.gradient, example.value, lambda found: lesson.node(*found)):
        with pytest.raises(NetworkError, match=said):
            ask(node)
