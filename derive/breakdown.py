"""Breakdown: what each term, each step and each lag contributes to an adjoint or a gradient, in numbers."""

from __future__ import annotations

from typing import Any

from derive.evaluate import Evaluation, precision
from derive.fold import Then, expression, moved, within
from derive.numeric import compiled
from derive.unroll import TOTAL, Node

LARGEST_BY_LAG = 200
"""Sums by lag look at every pair of steps; beyond this T they are not computed."""


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


def by_lag(evaluation: Evaluation, target: Node) -> dict[int, Any]:
    """Return the sum of all paths of each lag (loss step − use step), one backward pass per loss step."""
    unrolled, weights = evaluation.unrolled, evaluation.weights
    uses = [(arc, head) for arc, head in unrolled.above(target) if head != TOTAL]
    sums: dict[int, Any] = {}
    with precision(evaluation.bits):
        for arc, loss in unrolled.loss_arcs:
            adjoints = {loss: evaluation.system.exact(1)}  # type: ignore[arg-type]
            for node in unrolled.nodes_from_loss():
                if node in adjoints:
                    for onward, tail in unrolled.below(node):
                        if tail.step is not None:
                            value = weights.pull(onward, adjoints[node])
                            adjoints[tail] = adjoints[tail] + value if tail in adjoints else value
            for use, head in uses:
                if head in adjoints:
                    value = weights.pull(use, adjoints[head])
                    lag = arc.step - use.step
                    sums[lag] = sums[lag] + value if lag in sums else value
    return sums
