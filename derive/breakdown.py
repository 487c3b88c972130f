"""Breakdown: what each term and each step contributes to an adjoint or a gradient, in numbers.

Sums over groups of paths, by lag for one, are in `derive.accounting`.
"""

from __future__ import annotations

from typing import Any

from derive.evaluate import Evaluation, precision
from derive.fold import Then, expression, moved, within
from derive.numeric import compiled
from derive.unroll import Node


def rule_term(evaluation: Evaluation, node: Node, place: int) -> Any | None:
    """Return the value of one term of the rule of an adjoint at a step; None where the term does not exist."""
    unrolled, step = evaluation.unrolled, node.step or 0
    part = evaluation.recurrence.rules[node.name].parts[place]
    tree = within(moved(part, step), unrolled.steps, unrolled.loss_steps)
    if tree is None:
        return None
    evaluation.backward  # noqa: B018 - fills the storage with the adjoints
    with precision(evaluation.bits):
        return compiled(expression(moved(tree, -step)), evaluation.system)(evaluation.storage, step)


def by_step(evaluation: Evaluation, target: Node) -> dict[int, Any]:
    """Return what each step of use adds to dL/d(target); steps that add nothing by construction are absent."""
    sums: dict[int, Any] = {}
    with precision(evaluation.bits):
        for tree, value in evaluation.gradient_terms(target):
            step = tree.arc.step if isinstance(tree, Then) else target.step or 0
            sums[step] = sums[step] + value if step in sums else value
    return sums
