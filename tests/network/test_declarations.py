"""What a network may declare besides its equations: what it does to L and to the gradients, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from declared import DECLARED
from samples import apart

from derive import Network, derive
from derive.errors import DeriveError, NetworkError
from derive.graph.unrolled import Node


def network(**changed: Any) -> Network:
    """A scalar network with one state, and what a test changes of it."""
    declared: dict[str, Any] = {
        "name": "net",
        "equations": {"h": "tanh(w*h[t-1] + x[t])", "l": "h[t]**2/2"},
        "parameters": ("w",),
        "inputs": ("x",),
        "loss": "l",
        "initial": {"h": 0},
        "values": {"w": "0.5", "x": 1},
    }
    return Network(**declared | changed)


def printed(declared: Network, steps: int, target: str, places: int = 10) -> str:
    """The derivative by a parameter, in print."""
    evaluation = derive(declared, steps).evaluate(places=places)
    return str(evaluation.show(evaluation.gradient(Node(target))))


# -- constants, and T --------------------------------------------------------------------------------------------------


def test_a_constant_has_a_value_and_no_gradient() -> None:
    """(1 − α) h + α tanh(w x): the derivative by w is right, and there is none by α, nor an arrow to it."""
    leaky = network(
        equations={"h": "(1 - alpha)*h[t-1] + alpha*tanh(w*x[t])", "l": "h[t]**2/2"},
        constants=("alpha",),
        values={"w": "0.7", "alpha": "0.1", "x": 1},
    )
    lesson = derive(leaky, 2)
    assert printed(leaky, 2, "w") == "0.0176847047"
    assert list(lesson.gradients) == ["w"]
    assert "alpha" not in {edge.tail for edge in lesson.graph.edges}
    with pytest.raises(NetworkError, match="alpha is a constant, by which nothing is differentiated"):
        lesson.paths("alpha")


def test_a_constant_stands_beside_vectors_as_a_number_does() -> None:
    """A scalar constant multiplies a vector without ``broadcast``, which a scalar parameter may not."""
    reservoir = DECLARED["reservoir"]
    assert not reservoir.broadcast
    with pytest.raises(DeriveError, match="or say broadcast = true"):
        replace(reservoir, constants=("W", "W_in"), parameters=("W_out", "dt"))


def test_the_number_of_steps_stands_in_equations() -> None:
    """With h²/(2T) in place of h²/2 every gradient is divided by T."""
    whole, part = network(), network(equations={"h": "tanh(w*h[t-1] + x[t])", "l": "h[t]**2/(2*T)"})
    assert printed(part, 3, "w") == "0.1079141068"
    for steps in (1, 4):
        ours, theirs = (derive(each, steps).evaluate() for each in (part, whole))
        assert apart(ours.gradient(Node("w")) * steps, theirs.gradient(Node("w"))) < 1e-14
    assert {symbol.name for symbol in derive(part, 2).loss.in_symbols().free_symbols} == {"T", "h_0", "w", "x_1", "x_2"}


# -- what is told in full, and what is said of a name ------------------------------------------------------------------


def test_what_is_told_in_full_has_to_have_a_gradient() -> None:
    """``main`` takes a parameter or a trainable initial state by its label, and nothing else."""
    assert network(main="w").main == "w"
    assert network(main="h_0", trainable_initial=("h",)).main == "h_0"
    with pytest.raises(NetworkError, match="main names x, by which no gradient is taken; known are w"):
        network(main="x")


# -- what is refused ---------------------------------------------------------------------------------------------------

REFUSED: dict[str, tuple[Callable[[], Network], str]] = {
    "a constant at a step": (
        lambda: network(equations={"h": "k[t]*h[t-1] + w*x[t]", "l": "h[t]"}, constants=("k",)),
        r"equation h: k is a constant and has no step; write k",
    ),
    "a constant without use": (lambda: network(constants=("k",)), "k is declared, but no equation uses it"),
    "a constant twice": (lambda: network(constants=("w",)), "w is declared both as a parameter and as a constant"),
    "T at a step": (
        lambda: network(equations={"h": "T[t]*h[t-1] + w*x[t]", "l": "h[t]"}),
        "equation h: T means the number of steps",
    ),
    "says nothing": (lambda: network(says={"h": ""}), r"\[says\] h has to be a text, or a text per language"),
    "says of what is not there": (lambda: network(says={"g": "gate"}), r"\[says\] names g, which is unknown"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_does_not_hold_together_is_refused(what: str) -> None:
    """One sentence says what is wrong and what would be right."""
    declare, message = REFUSED[what]
    with pytest.raises(DeriveError, match=message):
        declare()


# -- everything agrees -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", DECLARED)
def test_every_route_agrees(name: str) -> None:
    """The checks of a handout pass, at one step and at several."""
    for steps in (1, 4):
        lesson = derive(DECLARED[name], steps)
        assert [check.route for check in lesson.checks() if check.passed is False] == []


@pytest.mark.parametrize("name", DECLARED)
def test_programs_agree_with_the_worked_example(name: str) -> None:
    """The compiled program and the shared graph give the loss and the gradients of the example."""
    for steps in (1, 2, 5):
        lesson = derive(DECLARED[name], steps)
        example, program = lesson.evaluate(), lesson.program()
        arguments = program.arguments(example.values)
        for loss, gradients in (program(steps, arguments), lesson.shared().evaluate(arguments, program.system)):
            assert float(loss) == pytest.approx(float(example.loss.mid()))
            assert set(gradients) == set(lesson.network.gradients)
