"""Sensitivities: forward accumulation on numbers, for scalars and vectors.

Of a vector v and a matrix W the sensitivity is the matrix of dv_i/dW_jk, with a row per component of v and a column per
entry of W.
"""

from __future__ import annotations

from typing import Any

from derive.graph import Node
from derive.numbers.entries import Number
from derive.numbers.example import Evaluation, precision
from derive.numbers.jacobians import Jacobians
from derive.recurrence import ForwardRecurrence


def forward_gradient(evaluation: Evaluation, target: Node) -> Number:
    """Return dL/d(target) by forward accumulation in balls, for scalars and vectors.

    Of a vector v and a matrix W the sensitivity is the matrix of dv_i/dW_jk, one column per entry of W.
    """
    jacobians = Jacobians(evaluation)
    forward = ForwardRecurrence(evaluation.unrolled.graph, target)
    with precision(evaluation.bits):
        return jacobians.shaped(forward.gradient(evaluation.unrolled, jacobians), target)


def sensitivities(evaluation: Evaluation, target: Node) -> dict[Node, Any]:
    """Return the named sensitivities in balls: numbers, or for vectors matrices with a row per component of the node."""
    forward = ForwardRecurrence(evaluation.unrolled.graph, target)
    with precision(evaluation.bits):
        return forward.sensitivities(evaluation.unrolled, Jacobians(evaluation))
