"""The rules of calculus, against SymPy's own, which share nothing with ours."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy
from calculus import TERMS, A, B, same
from hypothesis import given, settings
from samples import said

from derive.equations import expression as ex
from derive.equations.algebra import symbol, to_sympy
from derive.equations.differentiate import atoms, derivative
from derive.equations.expression import Expr, Var
from derive.equations.functions import FUNCTIONS
from derive.equations.parse import parse

ELEMENTWISE = [name for name, row in FUNCTIONS.items() if row.acts == "elementwise"]


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_the_slope_of_every_function_is_sympys(name: str) -> None:
    """f(a b)' = f'(a b) b, and the record of f has the same f' as SymPy's function; with several arguments, by each."""
    more = (A, ex.Const(Fraction(2)))[: FUNCTIONS[name].arity - 1]
    for expr in (ex.Call(name, ex.Mul((A, B)), more), ex.Call(name, B, more)):
        assert same(derivative(expr, A), sympy.diff(to_sympy(expr), symbol(A)))


@pytest.mark.parametrize("name", ["relu", "step"])
def test_the_slope_of_a_kink_is_that_of_the_left(name: str) -> None:
    """relu'(0) = 0."""
    slope = to_sympy(derivative(ex.Call(name, A), A))
    assert slope.subs(symbol(A), 0).evalf() == 0
    assert slope.subs(symbol(A), -1).evalf() == 0


@settings(max_examples=100, deadline=None)
@given(TERMS)
def test_any_expression_has_sympys_derivative(expr: Expr) -> None:
    """Sums, products, quotients, powers and functions, nested at random."""
    assert same(derivative(expr, A), sympy.diff(to_sympy(expr), symbol(A)))


@pytest.mark.parametrize(
    ("text", "slope"),
    [
        ("a*b", "b"),
        ("a**2", "2*a"),
        ("a**3", "3*a**2"),
        ("1/a", "-1/a**2"),
        ("b - a", "-1"),
        ("tanh(b)", "0"),
        ("a**1", "1"),
        ("(b**2 + 1)**0", "0"),
        ("log(a)", "1/a"),
        ("sqrt(a)", "1/(2*sqrt(a))"),
        ("exp(a)*b", "exp(a)*b"),
    ],
)
def test_a_derivative_is_as_short_as_the_rule(text: str, slope: str) -> None:
    """Zeros and ones are not written."""
    assert said(derivative(parse(text), A)) == slope


def test_products_and_sums_of_components_are_atoms() -> None:
    """What is inside a matrix product, an inner product or a function of a whole vector is another equation's concern."""
    expr = parse("tanh(W@h[t-1] + b) * softmax(x[t]) * sum(c[t] * b)")
    assert [said(atom) for atom in atoms(expr)] == ["W@h[t-1]", "b", "softmax(x[t])", "sum(c[t]*b)"]
    assert derivative(expr, Var("W")) == ex.ZERO
