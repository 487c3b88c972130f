"""A variable that is looked at on both sides of 1 … T has two ends, and one's value is not taken for the other's."""

from __future__ import annotations

import pytest

from derive import Network, derive
from derive.errors import ValuesError
from derive.graph.unrolled import Node
from derive.network.toml import from_toml

BACKWARDS = """
    parameters = ["v", "r"]
    inputs = ["x"]
    loss = "l"
    [equations]
    g = "tanh(v*x[t] + r*g[t+1])"
    y = "g[t-1]"
    l = "y[t]**2/2"
    [initial]
    g = 0.3
    [values]
    v = -0.4
    r = 0.6
    x = [1, -1, 0.5]
"""


def test_a_state_that_runs_backwards_asks_for_the_value_before_its_last_step() -> None:
    """The line [initial] g is g_T+1; g_0, which y_1 looks at, is given by itself or asked for."""
    network = from_toml(BACKWARDS, "backwards", "backwards.toml")
    with pytest.raises(
        ValuesError, match=r"^backwards\.toml: no value for g_0: g is looked at on both sides .* write g_0 = 0"
    ):
        derive(network, 3).evaluate()
    example = derive(network, 3).evaluate({"g_0": "0.5"})
    assert str(example.show(example.value(Node("y", 1)))) == "0.5000"
    assert float(example.value(Node("g", 4))) == pytest.approx(0.3)
    assert all(check.passed is not False for check in derive(network, 3).verification(example).checks())


def test_a_state_that_runs_forwards_asks_for_the_value_after_its_last_step() -> None:
    """The mirror image; where both ends are given nothing is asked for."""
    network = Network(
        name="forwards",
        equations={"h": "w*h[t-1]", "y": "h[t+1]", "l": "y[t]*h[t]"},
        parameters=("w",),
        loss="l",
        initial={"h": 1},
        values={"w": 2},
    )
    with pytest.raises(ValuesError, match=r"no value for h_T\+1"):
        derive(network, 2).evaluate()
    example = derive(network, 2).evaluate({"h_T+1": 7})
    assert float(example.loss) == 2 * 4 + 4 * 7


def test_data_have_one_value_on_both_sides() -> None:
    """An input runs in no direction: what [initial] says of it holds before the first step and after the last."""
    network = Network(
        name="window",
        equations={"l": "w*(x[t-1] + x[t+1])"},
        parameters=("w",),
        inputs=("x",),
        loss="l",
        initial={"x": 5},
        values={"w": 1, "x": 1},
    )
    assert float(derive(network, 2).evaluate().loss) == (5 + 1) + (1 + 5)
