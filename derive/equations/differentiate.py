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
        case ex.Var() | ex.MatMul() | ex.Dot() | ex.Outer() | ex.Transpose() | ex.Total() | ex.Summed():
            return True
        case ex.Concat() | ex.Part() | ex.Padded():
            return True
        case ex.Call(function):
            return FUNCTIONS[function].acts != "elementwise"
        case _:
            return False


def atoms(expr: Expr) -> Iterator[Expr]:
    """The atoms of an elementwise expression, from left to right, repeats included."""
    if is_atom(expr):
        yield expr
    elif isinstance(expr, ex.Defined) and expr.definition.slopes is None:
        yield from atoms(expr.value)
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
        case ex.Defined(definition) if definition.slopes is None:
            return derivative(expr.value, by)
        case ex.Call() | ex.Defined():
            return _chain(expr, by)
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


def slopes(call: ex.Call | ex.Defined) -> tuple[Expr, ...]:
    """The derivatives of a function by each of its arguments; none if they are not given, or no factors.

    >>> [str(len(slopes(ex.Call("maximum", ex.Var("a"), (ex.Var("b"),)))))]
    ['2']
    """
    if isinstance(call, ex.Defined):
        return call.slopes or ()
    return tuple(slope(*call.arguments, call) for slope in FUNCTIONS[call.function].slopes)


def _chain(call: ex.Call | ex.Defined, by: Expr) -> Expr:
    """f(u, v)' = ∂f/∂u u' + ∂f/∂v v'."""
    inner = tuple(derivative(argument, by) for argument in call.arguments)
    if all(slope == ex.ZERO for slope in inner):
        return ex.ZERO
    return ex.add(*map(ex.mul, slopes(call), inner))


def _negative(expr: Expr) -> Expr:
    return ex.ZERO if expr == ex.ZERO else ex.mul(ex.Neg(ex.ONE), expr)
