"""The compiled program: the same loss and gradients as the evaluated derivation."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import emitted
import numpy as np
import pytest
from emitted import example
from everything import everything
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from matrix_networks import MATRICES
from networks import ZOO, derivation, networks
from samples import random_values
from worked import BITS, worked

from derive import derive, ready_made
from derive.derivation import Derivation
from derive.errors import ValuesError
from derive.network.network import Network
from derive.network.toml import load
from derive.numbers.entries import entries
from derive.numbers.example import Evaluation, precision
from derive.numbers.number_systems import FLOAT, Number, System, arrays, balls
from derive.programs.program import Program
from derive.programs.shared import Sharing
from derive.recurrence.gradient import Gradient, GradientByStep

DRAWN = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def floats(value: Any) -> np.ndarray:
    """Balls as floats, flat."""
    return np.array([float(entry.mid()) for entry in entries(value)])


def values(evaluation: Evaluation, gradient: Gradient | GradientByStep) -> list[Number]:
    """A gradient as a worked example has it; one by data, at every step."""
    if isinstance(gradient, Gradient):
        return [evaluation.gradient(gradient.target)]
    return [evaluation.gradient(gradient.at(step).target) for step in range(1, evaluation.unrolled.steps + 1)]


def agrees(found: tuple[Any, dict[str, Any]], lesson: Derivation, evaluation: Evaluation) -> None:
    """Assert that a loss and gradients are those of the evaluated derivation, initial states included."""
    loss, gradients = found
    assert loss == pytest.approx(float(evaluation.loss.mid()), rel=1e-12, abs=1e-300)
    assert list(gradients) == list(lesson.gradients)
    for label, gradient in lesson.gradients.items():
        ours = np.concatenate([floats(value) for value in values(evaluation, gradient)])
        assert np.allclose(np.ravel(gradients[label]), ours, rtol=1e-10, atol=1e-12 * max(1, *abs(ours))), label


def check(lesson: Derivation, system: System) -> None:
    """Compile a derivation's recurrence, and make its shared graph, and compare both with its worked example."""
    evaluation = lesson.evaluate()
    program = Program(lesson.recurrence, system)
    arguments = program.arguments(evaluation.values)
    agrees(program(lesson.steps, arguments), lesson, evaluation)
    agrees(Sharing(lesson.recurrence)(lesson.steps).evaluate(arguments, system), lesson, evaluation)


@pytest.mark.parametrize("name", ready_made())
@pytest.mark.parametrize("steps", [1, 2, 5])
def test_a_program_agrees_with_the_derivation(name: str, steps: int) -> None:
    """For every ready-made network the compiled code gives the derivation's loss and gradients, as floats and arrays."""
    lesson = derive(name, steps)
    for system in (FLOAT, arrays()):
        check(lesson, system)


@pytest.mark.parametrize("name", ZOO)
@pytest.mark.parametrize("steps", [1, 2, 3, 6])
def test_programs_of_differently_shaped_networks(name: str, steps: int) -> None:
    """States that run backwards, long lags, data at other steps, trained initial states: nothing outside 1 … T is lost."""
    check(derivation(ZOO[name], steps), FLOAT)


@pytest.mark.parametrize("name", ["elman", "elman-vector"])
def test_gradients_by_data_are_there_at_every_step(name: str) -> None:
    """Data that are asked for have a gradient per step, beside those of the parameters."""
    lesson = derive(replace(load(name), by=("x",)), 4)
    assert "x" in lesson.gradients
    for system in (FLOAT, arrays()):
        check(lesson, system)


@pytest.mark.parametrize("name", MATRICES)
def test_programs_of_networks_of_matrices(name: str) -> None:
    """Products from both sides, sums over an axis, outer products: in floats and in whole arrays."""
    network = MATRICES[name]
    lesson = derivation(network.with_values(random_values(network, 3, 2)), 3)
    for system in (FLOAT, arrays()):
        check(lesson, system)


@DRAWN
@given(networks(), st.integers(1, 5))
def test_programs_of_random_networks(network: Network, steps: int) -> None:
    """For random networks too, in balls, which know how far rounding may carry them."""
    lesson = derivation(network, steps)
    evaluation = worked(network, steps)
    with precision(BITS):
        program = Program(lesson.recurrence, balls())
        arguments = program.arguments(evaluation.values)
        for loss, gradients in (
            program(steps, arguments),
            Sharing(lesson.recurrence)(steps).evaluate(arguments, balls()),
        ):
            assert loss.overlaps(evaluation.loss)
            assert list(gradients) == list(lesson.gradients)
            for label, gradient in lesson.gradients.items():
                found = gradients[label] if isinstance(gradient, GradientByStep) else [gradients[label]]
                for ours, theirs in zip(found, values(evaluation, gradient), strict=True):
                    assert ours.overlaps(theirs), label


def in_arrays(network: Network) -> None:
    """Hold what the program of a network and its shared graph compute, with a value for everything, against the balls."""
    steps = max(3, network.loss_at[-1] if isinstance(network.loss_at, tuple) else 1)
    arguments, *expected = example(network, steps)
    recurrence = derivation(network, steps).recurrence
    emitted.agrees(Program(recurrence, arrays())(steps, arguments), *expected)
    emitted.agrees(Sharing(recurrence)(steps).evaluate(arguments, arrays()), *expected)


@settings(DRAWN, max_examples=6, derandomize=True)
@given(everything())
def test_programs_of_some_random_networks_of_arrays(network: Network) -> None:
    """Vectors, batches, joined weights, masks, memories, functions of rows: the same to 12 digits."""
    in_arrays(network)


@pytest.mark.slow
@settings(DRAWN, max_examples=300)
@given(everything())
def test_programs_of_random_networks_of_arrays(network: Network) -> None:
    """Many of them."""
    in_arrays(network)


def test_values_outside_differ_by_step() -> None:
    """A state that is looked at two steps back has two initial values, and each is used where it belongs."""
    lesson = derivation(ZOO["two lags"], 4)
    evaluation = lesson.evaluate({"h_0": 2, "h_-1": -1, "x_0": 3, "g_0": 1, "g_-1": 2, "g_-2": 3})
    program = Program(lesson.recurrence)
    agrees(program(4, program.arguments(evaluation.values)), lesson, evaluation)


def test_one_program_serves_every_number_of_steps() -> None:
    """The code is for a general T: compiled once, it is right for T = 1 and T = 9."""
    program = Program(derive("narx", 1).recurrence)
    for steps in (1, 9):
        lesson = derive("narx", steps)
        evaluation = lesson.evaluate()
        agrees(program(steps, program.arguments(evaluation.values)), lesson, evaluation)


def test_arguments_that_do_not_fit_are_told() -> None:
    """A missing value is named with all that are needed, and data have as many values as steps."""
    program = Program(derive("elman", 1).recurrence)
    given = {"w_x": 1.0, "w_h": 1.0, "w_y": 1.0, "x": [1.0], "yhat": [0.0]}
    with pytest.raises(ValuesError, match="no value for h_0; needed are w_x, w_h, w_y, x, yhat, h_0"):
        program(1, given)
    with pytest.raises(ValuesError, match="x has 1 values for T = 2 steps"):
        program(2, given | {"h_0": 0.0})
    with pytest.raises(ValuesError, match="x has 2 values for T = 1 steps"):
        program(1, given | {"h_0": 0.0, "x": [1.0, 1.0]})
