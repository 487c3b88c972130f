"""Equations built in SymPy."""

from __future__ import annotations

import pytest
import sympy
from samples import said

from derive import Network, derive
from derive.equations.from_sympy import equation
from derive.errors import EquationError
from derive.graph.unrolled import Node

t = sympy.Symbol("t")
w, u = sympy.symbols("w u")
h, x, y = (sympy.Function(name) for name in "hxy")


def test_a_network_from_sympy_is_the_one_from_text() -> None:
    """A network built from SymPy expressions has the gradients of the same network written as text."""
    declared = {"parameters": ("w", "u"), "inputs": ("x",), "loss": "l", "initial": {"h": 0}}
    values = {"w": "0.5", "u": "-0.75", "x": [1, "0.5", -1]}
    built = {"h": sympy.tanh(w * h(t - 1) + u * x(t)), "l": h(t) ** 2 / 2}
    written = {"h": "tanh(w*h[t-1] + u*x[t])", "l": "h[t]**2/2"}
    one, other = (
        derive(Network(name="net", equations=equations, values=values, **declared), 3).evaluate()
        for equations in (built, written)
    )
    for target in one.recurrence.graph.network.parameters:
        assert str(one.show(one.gradient(Node(target)))) == str(other.show(other.gradient(Node(target))))


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (sympy.Abs(h(t)), "abs(h[t])"),
        (sympy.sign(h(t)), "sign(h[t])"),
        (sympy.Max(h(t), w), "maximum(h[t], w)"),
        (sympy.Min(h(t), w, u), "minimum(minimum(h[t], u), w)"),
        (sympy.erf(h(t) / sympy.sqrt(sympy.pi)), "erf(h[t]/sqrt(pi(1)))"),
    ],
)
def test_sympys_functions_are_read_by_our_names(given: sympy.Expr, text: str) -> None:
    """Abs, Max and Min have other names here; Max of three is the greater of the greater of two."""
    assert said(equation(given)) == text


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (t * h(t), "may only stand in brackets"),
        (h(2 * t), "has to be t, t - 1"),
        (h(t, 1), "function of the step alone"),
        (sympy.zeta(h(t)), "not allowed in an equation"),
        (w ** h(t), "not allowed in an equation"),
    ],
)
def test_what_no_equation_can_say_is_refused(given: sympy.Expr, message: str) -> None:
    """SymPy can say more than an equation may: each such thing gets one message."""
    with pytest.raises(EquationError, match=message):
        equation(given)


def test_sequences_are_variables() -> None:
    """SymPy's own way to write a sequence, `IndexedBase`, says the same as a function of t, with a symbol or an index for t."""
    for time in (sympy.Symbol("t"), sympy.Symbol("t", integer=True), sympy.Idx("t")):
        state, data = sympy.IndexedBase("h"), sympy.IndexedBase("x")
        assert equation(sympy.tanh(w * state[time - 1] + data[time])) == equation(sympy.tanh(w * h(t - 1) + x(t)))
    with pytest.raises(EquationError, match="has to be a function of the step alone"):
        equation(sympy.IndexedBase("h")[t, 1])
