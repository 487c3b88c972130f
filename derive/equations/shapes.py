"""Shapes: which operands go together, with NumPy's meaning of the operators and no silent broadcasting.

A shape is a tuple of size names: () a scalar, ("n",) a vector, ("n", "d") a matrix. `typed` returns an expression with its
shape; on the way it turns ``u @ v`` of two vectors into a `Dot`. A number goes with every shape, and so does a constant that
is one; another scalar next to a vector is refused unless the network declares ``broadcast = true``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from derive.equations import expression as ex
from derive.equations.expression import Expr
from derive.equations.functions import FUNCTIONS
from derive.errors import ShapeError

Shape: TypeAlias = tuple[str, ...]


_LEFT_TO_RIGHT = " (* and @ are read from left to right: write r*(W@h), not r*W@h)"


def shape_in_words(shape: Shape) -> str:
    """A shape as a message says it: ``scalar``, ``vector (n)``, ``matrix (n, d)``."""
    kinds = ("scalar", "vector", "matrix")
    return kinds[len(shape)] + (f" ({', '.join(shape)})" if shape else "")


@dataclass(frozen=True, slots=True)
class Shapes:
    """The shapes of a network's names, and whether a scalar variable may stand next to a vector; one that is ``known`` may."""

    of: Mapping[str, Shape]
    broadcast: bool = False
    known: tuple[str, ...] = ()

    def typed(self, expr: Expr) -> tuple[Expr, Shape]:
        """Return expr with inner products recognised, and its shape; raise `ShapeError` naming the two shapes."""
        match expr:
            case ex.Const():
                return expr, ()
            case ex.Var(name):
                return expr, self.of.get(name, ())
            case ex.Add(parts) | ex.Mul(parts):
                typed = tuple(self.typed(part) for part in parts)
                what = "add" if isinstance(expr, ex.Add) else "multiply elementwise"
                return type(expr)(tuple(part for part, _ in typed)), self._common(typed, what)
            case ex.Div(top, bottom):
                pair = (self.typed(top), self.typed(bottom))
                return ex.Div(pair[0][0], pair[1][0]), self._common(pair, "divide")
            case ex.Neg(body):
                inner, shape = self.typed(body)
                return ex.Neg(inner), shape
            case ex.Pow(base, exponent):
                inner, shape = self.typed(base)
                return ex.Pow(inner, exponent), self._not_matrix(shape, "a power of")
            case ex.Call(function):
                typed = tuple(map(self.typed, expr.arguments))
                first, *more = (part for part, _ in typed)
                shape = self._common(typed, f"take the {function} of") if more else typed[0][1]
                return ex.Call(function, first, tuple(more)), _call_shape(function, shape)
            case ex.Defined():
                return self._defined(expr)
            case ex.Total(body):
                inner, shape = self.typed(body)
                return ex.Total(inner), _call_shape("sum", shape)
            case ex.Transpose(body):
                inner, shape = self.typed(body)
                if len(shape) != 2 or not isinstance(body, ex.Var):
                    raise ShapeError(f".T needs a parameter that is a matrix, not a {shape_in_words(shape)}")
                return ex.Transpose(inner), (shape[1], shape[0])
            case ex.MatMul(left, right) | ex.Dot(left, right):
                return _product(self.typed(left), self.typed(right))
            case ex.Outer():
                raise ShapeError("an outer product cannot be written in an equation")

    def _defined(self, expr: ex.Defined) -> tuple[Expr, Shape]:
        """A function that is made of others, for arguments of these shapes."""
        typed = tuple(map(self.typed, expr.arguments))
        definition = expr.definition
        inside = Shapes({var.name: shape for var, (_, shape) in zip(definition.of, typed, strict=True)}, broadcast=True)
        try:
            value, shape = inside.typed(definition.value)
        except ShapeError as error:
            raise ShapeError(f"{definition.name}: {error}") from None
        return ex.Defined(replace(definition, value=value), tuple(part for part, _ in typed)), shape

    def _common(self, typed: tuple[tuple[Expr, Shape], ...], what: str) -> Shape:
        """The shape that operands of an elementwise operator share."""
        shape: Shape = ()
        for _, other in typed:
            self._not_matrix(
                other, "elementwise arithmetic on", _LEFT_TO_RIGHT if what == "multiply elementwise" else ""
            )
            if shape and other and shape != other:
                raise ShapeError(f"cannot {what} a {shape_in_words(shape)} and a {shape_in_words(other)}")
            shape = shape or other
        scalar = [
            part for part, other in typed if not other and any(var.name not in self.known for var in ex.variables(part))
        ]
        if shape and scalar and not self.broadcast:
            raise ShapeError(
                f"cannot {what} a scalar and a {shape_in_words(shape)}; give them the same shape, or say broadcast = true"
            )
        return shape

    @staticmethod
    def _not_matrix(shape: Shape, what: str, hint: str = "") -> Shape:
        if len(shape) == 2:
            raise ShapeError(
                f"{what} a {shape_in_words(shape)} is not supported; a matrix may only stand left of @{hint}"
            )
        return shape


def _call_shape(function: str, shape: Shape) -> Shape:
    """The shape of a function's value; functions of a whole vector need one."""
    acts = FUNCTIONS[function].acts
    if acts != "elementwise" and len(shape) != 1:
        raise ShapeError(f"{function} needs a vector, not a {shape_in_words(shape)}")
    if len(shape) == 2:
        raise ShapeError(f"{function} of a {shape_in_words(shape)} is not supported; a matrix may only stand left of @")
    return () if acts == "vector to scalar" else shape


def _product(left: tuple[Expr, Shape], right: tuple[Expr, Shape]) -> tuple[Expr, Shape]:
    """The matrix product: matrix @ vector, or the inner product of two vectors."""
    (first, outer), (second, inner) = left, right
    if len(outer) == 2 and not isinstance(first, ex.Var | ex.Transpose):
        raise ShapeError("the matrix left of @ has to be a parameter or its transpose")
    if not outer or len(inner) != 1 or outer[-1] != inner[0]:
        raise ShapeError(f"cannot multiply a {shape_in_words(outer)} @ a {shape_in_words(inner)}{_hint(outer, inner)}")
    return (ex.MatMul(first, second), (outer[0],)) if len(outer) == 2 else (ex.Dot(first, second), ())


def _hint(outer: Shape, inner: Shape) -> str:
    """What would be right in place of a product that is not."""
    match len(outer), len(inner):
        case (0, _) | (_, 0):
            return "; @ is for matrices and vectors, scalars are multiplied with *"
        case 1, 2:
            return "; vectors are columns: write W.T@h"
        case 2, 1 if outer[0] == inner[0]:
            return "; its transpose would fit: W.T@h"
        case 2, 2:
            return "; matrices act on vectors one after the other: write A@(B@h)"
        case _:
            return ""
