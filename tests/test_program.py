"""The compiled program: the same loss and gradients as the evaluated derivation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from derive import Derivation, derive, ready_made
from derive.evaluate import Evaluation
from derive.numeric import FLOAT, System, arrays
from derive.program import Program
from derive.unroll import Node


def arguments(derivation: Derivation, evaluation: Evaluation, system: System) -> dict[str, Any]:
    """The worked example as a program takes it."""
    network, values = derivation.network, evaluation.values
    given = {name: system.constant(values[Node(name)]) for name in network.parameters}
    for name in network.data:
        given[name] = [system.constant(values[Node(name, step)]) for step in range(1, derivation.steps + 1)]
    for node, value in values.of.items():
        if node.name in network.variables:
            given[node.name] = system.constant(value)
    return given


def floats(value: Any) -> np.ndarray:
    """Balls as floats, flat."""
    return np.array([float(entry.mid()) for entry in (value.flat if hasattr(value, "flat") else (value,))])


@pytest.mark.parametrize("name", ready_made())
@pytest.mark.parametrize("steps", [1, 2, 5])
def test_a_program_agrees_with_the_derivation(name: str, steps: int) -> None:
    """For every ready-made network the compiled code gives the derivation's loss and gradients, as floats and arrays."""
    derivation = derive(name, steps)
    evaluation = derivation.evaluate()
    for system in (FLOAT, arrays()):
        loss, gradients = Program(derivation.recurrence, system)(steps, arguments(derivation, evaluation, system))
        assert loss == pytest.approx(float(evaluation.loss.mid()), rel=1e-12)
        for parameter in derivation.network.parameters:
            ours = floats(evaluation.gradient(Node(parameter)))
            assert np.allclose(np.ravel(gradients[parameter]), ours, rtol=1e-10, atol=1e-13), parameter


def test_one_program_serves_every_number_of_steps() -> None:
    """The code is for a general T: compiled once, it is right for T = 1 and T = 9."""
    program = Program(derive("narx", 1).recurrence)
    for steps in (1, 9):
        derivation = derive("narx", steps)
        evaluation = derivation.evaluate()
        loss, _ = program(steps, arguments(derivation, evaluation, FLOAT))
        assert loss == pytest.approx(float(evaluation.loss.mid()), rel=1e-12)


def test_no_name_of_a_user_is_in_the_code() -> None:
    """Names become numbers, so that nothing a user writes is ever code."""
    source = Program(derive("lstm-scalar", 2).recurrence).source
    assert not any(name in source for name in ("w_xi", "yhat", "sigmoid_", "c["))
