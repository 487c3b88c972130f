"""Differentiate: the derivative of elementwise mathematics, by the rules of calculus, one rule per kind of expression.

What is differentiated by is an atom: a variable, a matrix product, an inner product, a sum of components, or a function of
a whole vector, each of which counts as one symbol here. A function's slope may contain its own value, which stays as the
function was written (`derive.graph` puts the name of a variable in its place).
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from derive.equations import expression as ex
from derive.equations.expression import Expr
from derive.equations.functions import FUNCTIONS


def is_atom(expr: Expr) -> bool:
    """Whether elementwise mathematics takes an expression as one symbol."""
    match expr:
        case ex.Var() | ex.MatMul() | ex.Dot() | ex.Outer() | ex.Transpose() | ex.Total():
            return True
        case ex.Call(function):
            return FUNCTIONS[function].acts != "elementwise"
        case _:
            return False


def atoms(expr: Expr) -> Iterator[Expr]:
    """The atoms of an elementwise expression, from left to right, repeats included."""
    if is_atom(expr):
        yield expr
    else:
        for child in ex.children(expr):
            yield from atoms(child)


def derivative(expr: Expr, by: Expr) -> Expr:
    """The derivative of an elementwise expression by one of its atoms, all others held fixed.

    >>> derivative(ex.Call("tanh", ex.Var("a")), ex.Var("a")) == ex.Add(
    ...     (ex.ONE, ex.Neg(ex.Pow(ex.Call("tanh", ex.Var("a")), Fraction(2))))
    ... )
    True
    """
    if is_atom(expr):
        return ex.ONE if expr == by else ex.ZERO
    match expr:
        case ex.Neg(body):
            return _negative(derivative(body, by))
        case ex.Add(terms):
            return ex.add(*(derivative(term, by) for term in terms))
        case ex.Mul(factors):
            return ex.add(*_products(factors, by))
        case ex.Div(top, bottom):
            return _quotient(top, bottom, by)
        case ex.Pow(base, exponent):
            return _power(base, exponent, by)
        case ex.Call(function, argument):
            return _chain(function, argument, by)
        case _:
            return ex.ZERO


def _products(factors: tuple[Expr, ...], by: Expr) -> Iterator[Expr]:
    """(u v)' = u' v + u v'."""
    for place, factor in enumerate(factors):
        slope = derivative(factor, by)
        if slope != ex.ZERO:
            yield ex.mul(*factors[:place], slope, *factors[place + 1 :])


def _quotient(top: Expr, bottom: Expr, by: Expr) -> Expr:
    """(u / v)' = u' / v − u v' / v²."""
    over, under = derivative(top, by), derivative(bottom, by)
    first = ex.ZERO if over == ex.ZERO else ex.Div(over, bottom)
    second = ex.ZERO if under == ex.ZERO else ex.Div(ex.mul(top, under), ex.Pow(bottom, Fraction(2)))
    return ex.add(first, _negative(second))


def _power(base: Expr, exponent: Fraction, by: Expr) -> Expr:
    """(uⁿ)' = n uⁿ⁻¹ u'."""
    slope = derivative(base, by)
    if exponent == 0 or slope == ex.ZERO:
        return ex.ZERO
    lower = base if exponent == 2 else ex.ONE if exponent == 1 else ex.Pow(base, exponent - 1)
    return ex.mul(ex.Const(exponent), lower, slope)


def _chain(function: str, argument: Expr, by: Expr) -> Expr:
    """f(u)' = f'(u) u'."""
    inner, slope = derivative(argument, by), FUNCTIONS[function].slope
    if inner == ex.ZERO or slope is None:
        return ex.ZERO
    return ex.mul(slope(argument, ex.Call(function, argument)), inner)


def _negative(expr: Expr) -> Expr:
    return ex.ZERO if expr == ex.ZERO else ex.mul(ex.Neg(ex.ONE), expr)
