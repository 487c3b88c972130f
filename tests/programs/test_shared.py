"""The shared expression graph: every term once, and linear in T. Its numbers are compared in `test_program`."""

from __future__ import annotations

import pytest

from derive import Network, derive, ready_made
from derive.programs.shared import Sharing


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


def test_a_power_is_raised_to_its_exponent() -> None:
    """L = (w x)³ is 216 for w = 2, x = 3, and dL/dw = 3 (w x)² x = 324."""
    network = Network(
        name="cube",
        equations={"h": "w*x[t]", "l": "h[t]**3"},
        parameters=("w",),
        inputs=("x",),
        loss="l",
        values={"w": 2, "x": 3},
    )
    found = derive(network, 1)
    loss, gradients = Sharing(found.recurrence)(1).evaluate({"w": 2.0, "x": [3.0]})
    assert (loss, gradients["w"]) == (216.0, 324.0)
