"""Truncated gradients on numbers: with the bias they are the whole."""

from __future__ import annotations

import pytest
from networks import ZOO
from worked import same, total, worked

from derive.graph.unrolled import Node, targets
from derive.network.toml import load
from derive.numbers.truncated import truncated_gradient
from derive.paths.paths import PathSum
from derive.recurrence.truncation import Truncation


@pytest.mark.parametrize(("through", "every"), [(1, 1), (2, 1), (3, 2), (9, 3)])
@pytest.mark.parametrize("name", ["tanh", "two lags", "trainable initial", "last"])
def test_gradient_and_bias_are_the_values_of_the_paths(name: str, through: int, every: int) -> None:
    """The truncated gradient is the sum of the values of the kept paths, the bias that of the dropped ones."""
    evaluation = worked(ZOO[name], 5)
    truncation = Truncation(evaluation.recurrence, evaluation.unrolled, through, every)
    for target in targets(evaluation.unrolled):
        found = truncated_gradient(truncation, evaluation, target)
        zero = evaluation.gradient(target) * 0
        sums = {True: [], False: []}
        for path in PathSum(evaluation.unrolled, target):
            sums[truncation.keeps(path)].append(evaluation.product(path))
        assert same(found.gradient, total(sums[True], zero))
        assert same(found.bias, total(sums[False], zero))


def test_a_window_over_all_steps_drops_nothing() -> None:
    """Looking back over T steps there is no bias, in the shape of the target."""
    evaluation = worked(load("elman-vector"), 3)
    truncation = Truncation(evaluation.recurrence, evaluation.unrolled, 3)
    found = truncated_gradient(truncation, evaluation, Node("W_h"))
    assert same(found.gradient, evaluation.gradient(Node("W_h")))
    assert all(entry == 0 for entry in found.bias.flat)
