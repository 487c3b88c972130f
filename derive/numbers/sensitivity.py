"""Sensitivities: forward accumulation on numbers, for scalars and vectors.

Of a vector v and a matrix W the sensitivity is the matrix of dv_i/dW_jk, with a row per component of v and a column per
entry of W.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from derive.graph import Node
from derive.numbers.entries import Number
from derive.numbers.example import Evaluation, precision
from derive.numbers.jacobians import Jacobians
from derive.recurrence import ForwardRecurrence, value


@dataclass(frozen=True, slots=True)
class Sensitivities:
    """The named sensitivities by node, those that are 0 absent, and dl_t/dw by the node of the loss, as balls.

    Of vectors a sensitivity is a matrix with a row per component of the node; dl_t/dw has the shape of the target.
    """

    named: Mapping[Node, Any]
    losses: Mapping[Node, Number]


def sensitivities(evaluation: Evaluation, forward: ForwardRecurrence, steps: Iterable[int]) -> Sensitivities:
    """Return the sensitivities of a worked example at every step, and the derivatives of the losses of some steps.

    >>> from derive.derivation import derive
    >>> lesson = derive("elman", 2)
    >>> found = sensitivities(lesson.evaluate(), lesson.forward("w_h"), [1, 2])
    >>> [(node.name, node.step) for node in found.named], [node.step for node in found.losses]
    ([('h', 1), ('h', 2)], [1, 2])
    """
    unrolled, jacobians = evaluation.unrolled, Jacobians(evaluation)
    with precision(evaluation.bits):
        known = forward.sensitivities(unrolled, jacobians)
        losses: dict[Node, Number] = {}
        for step in steps:
            if step in unrolled.loss_steps:
                tree = forward.loss_at(unrolled, step)
                found = None if tree is None else value(tree, jacobians, known.__getitem__, mirrored=True)
                losses[Node(unrolled.graph.network.loss, step)] = jacobians.shaped(found, forward.target)
    del known[forward.target]
    return Sensitivities(known, losses)
