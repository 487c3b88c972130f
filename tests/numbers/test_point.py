"""A network at generic values: its derivatives there are those of SymPy, and of paths written by hand."""

from __future__ import annotations

import warnings

import networks
import pytest
import sympy

from derive.graph.loss import Loss
from derive.graph.rolled import Graph
from derive.graph.unrolled import TOTAL, Node, Unrolled
from derive.network.network import Network
from derive.network.toml import load
from derive.numbers.point import generic_point

COUPLED = pytest.param("coupled", marks=pytest.mark.slow)  # SymPy takes seconds


@pytest.mark.parametrize("name", ["tanh", "long lags", COUPLED, "bidirectional", "last by two ways", "polynomial"])
def test_the_derivative_of_the_loss_is_that_of_sympy(name: str) -> None:
    """By every parameter, at the same values."""
    unrolled = Unrolled(Graph(networks.ZOO[name]), 3)
    point = generic_point(unrolled)
    assert point is not None
    loss = Loss(unrolled).in_symbols()
    values = {
        sympy.Symbol(node.name if node.step is None else f"{node.name}_{node.step}", real=True): sympy.Rational(
            str(value)
        )
        for node, value in point.values.of.items()
    }
    for parameter in unrolled.graph.network.parameters:
        exact = sympy.diff(loss, sympy.Symbol(parameter, real=True)).subs(values).evalf()
        assert point.total(TOTAL, Node(parameter)) == [[pytest.approx(float(exact), rel=1e-11)]]


def test_uses_at_single_steps_add_up_to_the_whole() -> None:
    """What a parameter does at each step by itself is, added up, its derivative."""
    point = generic_point(Unrolled(Graph(load("lstm")), 4))
    assert point is not None
    weights = Node("W_hf")
    (whole,) = point.total(TOTAL, weights)
    single = [point.total(TOTAL, weights, step)[0] for step in point.steps]
    assert [sum(parts) for parts in zip(*single, strict=True)] == pytest.approx(whole)


def test_a_local_derivative_holds_the_other_arguments() -> None:
    """∂⁺h_t/∂a_t knows nothing of other equations; the total derivative goes through them."""
    network = Network(
        name="two",
        equations={"a": "w*x[t]", "h": "a[t]*a[t-1]", "l": "h[t]**2"},
        parameters=("w",),
        inputs=("x",),
        loss="l",
        initial={"a": 0},
    )
    point = generic_point(Unrolled(Graph(network), 3))
    assert point is not None
    before = point.value(Node("a", 1))
    assert point.local(Node("h", 2), Node("a", 2)) == [[pytest.approx(before)]]
    assert point.local(Node("a", 2), Node("w")) == [[pytest.approx(point.value(Node("x", 2)))]]
    assert point.total(Node("h", 3), Node("a", 1)) == [[0.0]]


def test_what_has_no_real_value_anywhere_gives_no_point() -> None:
    """The logarithm of a negative number has none."""
    network = Network(name="none", equations={"l": "log(-1 - w**2)"}, parameters=("w",), loss="l")
    assert generic_point(Unrolled(Graph(network), 2)) is None


def test_arrays_that_become_too_large_give_another_point() -> None:
    """Squares of squares overflow at some generic values, of arrays too: those are left, without a warning."""
    network = Network(
        name="squares",
        equations={"h": "(100*(W@h[t-1] + x[t]))**2", "l": "h[t]@h[t]"},
        parameters=("W",),
        inputs=("x",),
        loss="l",
        initial={"h": 0},
        shapes={"W": ("n", "n"), "h": ("n",), "x": ("n",)},
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert generic_point(Unrolled(Graph(network), 12)) is None
