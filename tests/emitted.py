"""Emitted code: random arguments for a network, and what code that is written for it has to compute."""

from __future__ import annotations

import os
import shutil
from typing import Any

import numpy as np
import pytest
from networks import derivation
from samples import random_values

from derive.network.network import Network
from derive.numbers.entries import entries
from derive.numbers.example import Evaluation
from derive.numbers.number_systems import arrays
from derive.programs.program import Program
from derive.recurrence.gradient import Gradient

C_FLAGS = ("-std=c11", "-Wall", "-Wextra", "-Werror", "-O1")


def example(network: Network, steps: int) -> tuple[dict[str, Any], float, dict[str, np.ndarray]]:
    """Random arguments of a network for T steps; its loss and gradients there, in balls."""
    lesson = derivation(network.with_values(random_values(network, steps, 11)), steps)
    evaluation = lesson.evaluate()
    given = Program(lesson.recurrence, arrays()).arguments(evaluation.values)
    given |= {name: np.array(given[name]) for name in network.data}
    gradients = {label: floats(evaluation, gradient) for label, gradient in lesson.gradients.items()}
    return given, float(evaluation.loss.mid()), gradients


def floats(evaluation: Evaluation, gradient: Any) -> np.ndarray:
    """A gradient of a worked example as floats, flat; one by data step by step."""
    at = (
        [gradient]
        if isinstance(gradient, Gradient)
        else [gradient.at(step) for step in range(1, evaluation.unrolled.steps + 1)]
    )
    return np.array([float(entry.mid()) for each in at for entry in entries(evaluation.gradient(each.target))])


def agrees(found: tuple[Any, dict[str, Any]], loss: float, gradients: dict[str, np.ndarray]) -> None:
    """Assert that a loss and gradients are those of the balls, to 12 digits."""
    assert float(found[0]) == pytest.approx(loss, rel=1e-12, abs=1e-12)
    for (label, expected), gradient in zip(gradients.items(), found[1].values(), strict=True):
        ours = np.ravel(np.asarray(gradient, dtype=float))
        assert ours.shape == expected.shape
        assert np.allclose(ours, expected, rtol=1e-12, atol=1e-12 * max(1, *abs(expected))), label


def module(text: str) -> dict[str, Any]:
    """The names that a file of Python defines."""
    scope: dict[str, Any] = {"__name__": "emitted"}
    exec(compile(text, "<emitted>", "exec"), scope)  # noqa: S102 - it is what we wrote
    return scope


def in_order(network: Network, given: dict[str, Any]) -> list[Any]:
    """The arguments in the order of the files."""
    labels = [label for sides in network.outside.values() for side in sides for label in side]
    return [given[name] for name in (*network.timeless, *network.data, *labels)]


def tool(*names: str) -> str | None:
    """The program of one of these names; where CI is set there has to be one."""
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None and os.environ.get("CI"):
        pytest.fail(f"CI is set, and there is no {names[0]}")
    return found
