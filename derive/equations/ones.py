"""Ones: a vector or matrix of ones multiplies by nothing, and is left out where something beside it has its shape.

    m ⊙ 𝟏               is  m           for a mask m as long as 𝟏
    d ⊙ ½ 𝟏             is  ½ d
    m ⊙ 𝟏𝟏ᵀ             stays           for a column m, which 𝟏𝟏ᵀ repeats (in print m 𝟏ᵀ)
    s 𝟏, 𝟏ᵀ v, 𝟏 xᵀ     stay            a number of which there is a vector, a sum, an outer product

Such ones are the adjoint of what a loss sums up, and the slope of a sum.
"""

from __future__ import annotations

from derive.equations import expression as ex
from derive.equations.expression import Expr
from derive.equations.shapes import Shapes
from derive.errors import ShapeError


def without_ones(product: Expr, shapes: Shapes) -> Expr:
    """Return a product without each 𝟏 that changes neither what it is nor its shape.

    >>> m, o = ex.Var("m", 0), ex.Var("o", 0)
    >>> without_ones(ex.Neg(ex.Mul((m, ex.Call("ones", o)))), Shapes({"m": ("n",), "o": ("n",)}))
    Neg(body=Var(name='m', lag=0))
    """
    match product:
        case ex.Neg(body):
            return ex.mul(ex.Neg(ex.ONE), without_ones(body, shapes))
        case ex.Mul(factors):
            return ex.mul(*_needed(factors, ex.ONE, shapes))
        case ex.Div(top, bottom):
            factors = _needed(top.factors if isinstance(top, ex.Mul) else (top,), bottom, shapes)
            ones = [factor for factor in factors if _is_ones(factor) and shapes.shape(bottom)]
            return ex.mul(ex.Div(ex.mul(*(factor for factor in factors if factor not in ones)), bottom), *ones)
        case _:
            return product


def scalar_of_ones(expr: Expr, shapes: Shapes) -> Expr | None:
    """Return c of an expression that is c 𝟏 for a scalar c; None of any other.

    >>> scalar_of_ones(ex.Call("ones", ex.Var("o", 0)), Shapes({"o": ("n",)}))
    Const(value=Fraction(1, 1))
    """
    match expr:
        case ex.Mul(factors) if any(map(_is_ones, factors)):
            rest = ex.mul(*(factor for factor in factors if not _is_ones(factor)))
        case ex.Call("ones"):
            rest = ex.ONE
        case _:
            return None
    return None if shapes.shape(rest) else rest


def _needed(factors: tuple[Expr, ...], below: Expr, shapes: Shapes) -> tuple[Expr, ...]:
    """The factors above a line without ones that something else, also ``below`` it, is as large as."""
    for place in [place for place, factor in enumerate(factors) if _is_ones(factor)][::-1]:
        rest = (*factors[:place], *factors[place + 1 :])
        try:
            same = shapes.shape(ex.Div(ex.mul(*rest), below)) == shapes.shape(ex.Div(ex.mul(*factors), below))
        except ShapeError:  # a 1 in the place of an adjoint, to see what it is multiplied by, has no shape that fits
            same = False
        factors = rest if same else factors
    return factors


def _is_ones(factor: Expr) -> bool:
    return isinstance(factor, ex.Call) and factor.function == "ones"
