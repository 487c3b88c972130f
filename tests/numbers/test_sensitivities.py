"""Sensitivities: what forward accumulation gives at each step, against the backward recurrence."""

from __future__ import annotations

import pytest
from networks import ZOO
from worked import same, total, worked

from derive.graph.unrolled import Node, targets
from derive.groups.groups import Accounts
from derive.network.toml import load
from derive.numbers.sensitivity import sensitivities
from derive.recurrence.forward_accumulation import ForwardRecurrence

EVERY = {**ZOO, **{name: load(name) for name in ("elman-vector", "softmax", "many-to-one")}}


@pytest.mark.parametrize("name", EVERY)
def test_derivatives_of_the_losses_add_up_to_the_gradient(name: str) -> None:
    """Σ_t dl_t/dw over the steps whose loss counts, and the penalty, is the gradient, and each is that of its loss."""
    evaluation = worked(EVERY[name], 4)
    for target in targets(evaluation.unrolled):
        forward = ForwardRecurrence(evaluation.unrolled.graph, target)
        found = sensitivities(evaluation, forward, range(1, 5))
        assert [node.step for node in found.losses] == list(evaluation.unrolled.loss_steps)
        gradient = evaluation.gradient(target)
        accounts = Accounts(evaluation, target)
        once = [accounts.penalty.sum] if accounts.penalty else []
        assert same(total([*found.losses.values(), *once], gradient * 0), gradient)
        by_loss = accounts.by_loss()
        for node, derivative in found.losses.items():
            expected = by_loss[node.step].sum if node.step in by_loss else gradient * 0
            assert same(derivative, expected)


def test_only_the_steps_asked_for() -> None:
    """Losses of other steps are left out; the sensitivities are those of every step that has one."""
    evaluation = worked(ZOO["tanh"], 4)
    forward = ForwardRecurrence(evaluation.unrolled.graph, Node("w_h"))
    found = sensitivities(evaluation, forward, [4, 2])
    assert list(found.losses) == [Node("l", 4), Node("l", 2)]
    assert list(found.named) == [Node("h", step) for step in range(1, 5)]
