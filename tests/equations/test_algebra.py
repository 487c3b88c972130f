"""Expressions put in a teacher's order."""

from __future__ import annotations

import pytest
from calculus import TERMS, same
from hypothesis import given, settings
from samples import said

from derive.equations import expression as ex
from derive.equations.algebra import cancelled, tidy, to_sympy
from derive.equations.expression import Expr, Var
from derive.equations.parse import parse


@pytest.mark.parametrize(
    ("written", "tidied"),
    [
        ("2*(y - z)/2", "y - z"),
        ("-(y - z)", "z - y"),
        ("2*y*1*x", "2*y*x"),
        ("(1 - h)*h*w", "h*w*(1 - h)"),
        ("c*a + a*b", "a*(c + b)"),
        ("-z*(1 - s) + (1 - z)*s", "s - z"),
        ("x/(2*x)", "1/2"),
        ("3*x/4", "3*x/4"),
        ("sqrt(x)*sqrt(x)", "sqrt(x)**2"),
        ("1/x**2", "1/x**2"),
        ("x**(1/2)", "sqrt(x)"),
        ("tanh(x)*0 + 1", "1"),
        ("-(m - 1)*(m + 1)", "-(m - 1)*(1 + m)"),
        ("h*y/(1 + h*(1/tau + y))", "h*y/(1 + h*(1/tau + y))"),  # below a line a sum stays as its author has it
        ("r*2/(p + r**2)**2", "2*r/(p + r**2)**2"),
        ("x/(y + y)", "x/(2*y)"),
    ],
)
def test_numbers_are_collected_and_symbols_stay_in_their_order(written: str, tidied: str) -> None:
    """Numbers first, then symbols as they were written, brackets last; a sum begins with a positive term."""
    assert said(tidy(parse(written))) == tidied


def test_a_function_is_written_as_the_variable_that_is_it() -> None:
    """1 − tanh(a)² is 1 − h² if h is tanh(a)."""
    assert said(tidy(parse("1 - tanh(a[t])**2"), {parse("tanh(a[t])"): Var("h", 0)})) == "1 - h[t]**2"


@pytest.mark.parametrize(
    ("product", "result"),
    [
        ("-z/p*p", "-z"),
        ("((1 - z)/(1 - p) - z/p)*p*(1 - p)", "p - z"),
        ("x/y*z", None),
        ("(a**2 - b**2)/(a - b)", "a + b"),
        ("x/2", "x/2"),
    ],
)
def test_quotients_that_cancel_are_cancelled(product: str, result: str | None) -> None:
    """−ŷ/p + (1 − ŷ)/(1 − p) times p (1 − p) is p − ŷ; a quotient that stays is left as it was."""
    found = cancelled(parse(product))
    assert (found and said(found)) == result


@settings(max_examples=60, deadline=None)
@given(TERMS)
def test_tidying_changes_no_value(expr: Expr) -> None:
    """Whatever the expression."""
    assert same(tidy(expr), to_sympy(expr))


def test_what_is_no_elementwise_mathematics_is_refused_by_sympy() -> None:
    """A matrix product has no SymPy form here; who asks for one has made a mistake in the program."""
    with pytest.raises(AssertionError, match="MatMul is not elementwise"):
        to_sympy(parse("W@h"))
    with pytest.raises(AssertionError, match="softmax is not elementwise"):
        to_sympy(ex.Call("softmax", Var("x")))
