"""The shared expression graph: the same numbers as the derivation, every term once, and linear in T."""

from __future__ import annotations

import numpy as np
import pytest
from test_program import arguments, floats

from derive import derive, ready_made
from derive.numeric import FLOAT, arrays
from derive.shared import Sharing
from derive.unroll import Node


@pytest.mark.parametrize("name", ready_made())
@pytest.mark.parametrize("steps", [1, 2, 5])
def test_a_shared_graph_agrees_with_the_derivation(name: str, steps: int) -> None:
    """For every ready-made network the graph's loss and gradients are those of the evaluated derivation."""
    derivation = derive(name, steps)
    evaluation = derivation.evaluate()
    graph = Sharing(derivation.recurrence)(steps)
    system = FLOAT if derivation.network.is_scalar else arrays()
    loss, gradients = graph.evaluate(arguments(derivation, evaluation, system), system)
    assert loss == pytest.approx(float(evaluation.loss.mid()), rel=1e-12)
    for parameter in derivation.network.parameters:
        ours = floats(evaluation.gradient(Node(parameter)))
        assert np.allclose(np.ravel(gradients[parameter]), ours, rtol=1e-10, atol=1e-13), parameter


@pytest.mark.parametrize("name", ready_made())
def test_a_shared_graph_is_linear_in_the_number_of_steps(name: str) -> None:
    """Each further step away from the boundary adds the same number of nodes."""
    sharing = Sharing(derive(name, 1).recurrence)
    sizes = [len(sharing(steps).nodes) for steps in (20, 21, 22, 40)]
    assert sizes[1] - sizes[0] == sizes[2] - sizes[1]
    assert sizes[3] - sizes[0] == 20 * (sizes[1] - sizes[0])


def test_equal_terms_are_one_node_after_its_arguments() -> None:
    """No node is there twice, and each comes after what it needs."""
    nodes = Sharing(derive("lstm-scalar", 1).recurrence)(6).nodes
    assert len(set(nodes)) == len(nodes)
    for place, (operation, *places) in enumerate(nodes):
        if operation not in {"given", "constant", "power"}:
            assert all(other < place for other in places)
