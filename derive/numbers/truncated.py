"""Truncated: the gradient that truncated backpropagation through time gives, and its bias, on numbers."""

from __future__ import annotations

from dataclasses import dataclass

from derive.graph import Node
from derive.numbers.entries import Number
from derive.numbers.example import Evaluation, precision
from derive.numbers.jacobians import Jacobians
from derive.recurrence import Truncation


@dataclass(frozen=True, slots=True)
class Truncated:
    """A truncated gradient, and the bias: the sum of all dropped paths, which is what it lacks."""

    gradient: Number
    bias: Number


def truncated_gradient(truncation: Truncation, evaluation: Evaluation, target: Node) -> Truncated:
    """Return the truncated gradient and its bias, in balls: together they are the full gradient."""
    jacobians = Jacobians(evaluation)
    with precision(evaluation.bits):
        kept, dropped = truncation.sums(target, jacobians)
        return Truncated(jacobians.shaped(kept, target), jacobians.shaped(dropped, target))
