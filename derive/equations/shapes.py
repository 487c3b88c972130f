"""Shapes: which operands go together, with NumPy's meaning of the operators.

A shape is a tuple of sizes: () a scalar, ("n",) a vector, ("n", "d") a matrix; the size "1" is one, and "d+n" a sum. `typed`
returns an expression with its shape; on the way it says what kind of product each ``@`` is:

    A @ B, A @ v, v @ A    the matrix product; in the last v is a row, as the value is
    u @ v, u.T @ v         the inner product, a `Dot`
    u @ v.T                the outer product, an `Outer`
    v.T @ A                (Aᵀ v)ᵀ, which may only go on to a product itself

    softmax(A, axis=1)     of each row of a matrix by itself, axis=0 of each column; what gives one number for each,
                           logsumexp(A, axis=1) or sum(A, axis=1), gives a matrix of one column

    concat(u, v)           u above v, of the size d + n; numbers among them are components
    A[0:n], A[:, 0:n]      the first n components or rows, the first n columns

A number goes with every shape. Where NumPy would repeat a smaller operand of + − * /, the sizes have to say so: a matrix
``"n, 1"`` beside ``"n, k"``, a vector ``"n"`` as a row beside ``"k, n"``; a scalar variable next to a vector or matrix is
refused unless the network declares ``broadcast = true``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from derive.equations import expression as ex
from derive.equations.expression import Expr
from derive.equations.functions import FUNCTIONS
from derive.equations.lengths import NOTHING, SINGLE, joined, left_over
from derive.errors import ShapeError

Shape: TypeAlias = tuple[str, ...]

MOST_AXES = 2
VECTOR_AXES = (0, -1)
"""A vector has one axis, which is the last one as well."""
_ROW = ""
"""What stands before the size of a vector that is transposed."""


def shape_in_words(shape: Shape) -> str:
    """A shape as a message says it: ``scalar``, ``vector (n)``, ``matrix (n, d)``."""
    if shape[:1] == (_ROW,):
        return f"transposed vector ({shape[1]})"
    kinds = ("scalar", "vector", "matrix")
    return kinds[len(shape)] + (f" ({', '.join(shape)})" if shape else "")


@dataclass(frozen=True, slots=True)
class Shapes:
    """The shapes of a network's names, and whether a scalar variable may stand next to a vector; one that is ``known`` may."""

    of: Mapping[str, Shape]
    broadcast: bool = False
    known: tuple[str, ...] = ()

    def typed(self, expr: Expr) -> tuple[Expr, Shape]:
        """Return expr with its products recognised, and its shape; raise `ShapeError` naming the two shapes."""
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
                return ex.Pow(inner, exponent), _no_row(shape, "a power of")
            case ex.Call(function, axis=int()):
                return self._along(expr)
            case ex.Call(function):
                typed = tuple(map(self.typed, expr.arguments))
                first, *more = (part for part, _ in typed)
                shape = self._common(typed, f"take the {function} of") if more else typed[0][1]
                return ex.Call(function, first, tuple(more)), _call_shape(function, shape)
            case ex.Defined():
                return self._defined(expr)
            case ex.Total(body):
                inner, shape = self.typed(body)
                return ex.Total(inner), _total_shape(shape)
            case ex.Summed(body, axis, kept):
                inner, shape = self.typed(body)
                if len(shape) == 1 and shape[0] != _ROW and axis in VECTOR_AXES:
                    return ex.Total(inner), ()
                shape_of = _summed_shape(shape, axis % MOST_AXES, kept=kept)
                return ex.Summed(inner, axis % MOST_AXES, kept), shape_of
            case ex.Transpose(body):
                return _transposed(*self.typed(body))
            case ex.MatMul(left, right) | ex.Dot(left, right):
                return _product(self._before_product(left), self.typed(right))
            case ex.Outer(left, right):
                return _outer(self.typed(left), self.typed(right))
            case ex.Concat(parts, axis):
                return _joined(tuple(map(self.typed, parts)), axis)
            case ex.Part(body, start, stop, axis):
                return _part(self.typed(body), (start, stop), axis)
            case ex.Padded(body, before, after, axis):
                inner, shape = self.typed(body)
                return ex.Padded(inner, before, after, axis), _resized(shape, axis, joined(before, shape[axis], after))

    def shape(self, expr: Expr) -> Shape:
        """The shape of an expression."""
        return self.typed(expr)[1]

    def beside(self, expr: Expr) -> Iterator[Literal["left", "right"]]:
        """On which side of a matrix vectors stand: rows left of it, also where one is repeated as a row; columns right."""
        for child in ex.children(expr):
            yield from self.beside(child)
        ranks = [len(self.shape(child)) for child in ex.children(expr)]
        match expr:
            case ex.MatMul() if 1 in ranks:
                yield "left" if ranks[0] == 1 else "right"
            case ex.Add() | ex.Mul() | ex.Div() if 1 in ranks and 2 in ranks:
                yield "left"

    def _along(self, call: ex.Call) -> tuple[Expr, Shape]:
        """A function of a whole vector, of each row or column of a matrix; one of a vector along its only axis."""
        inner, shape = self.typed(call.argument)
        axis = call.axis or 0
        if len(_no_row(shape, f"{call.function} of")) == 1 and axis in VECTOR_AXES:
            return ex.Call(call.function, inner), _call_shape(call.function, shape)
        if len(shape) != MOST_AXES:
            raise ShapeError(
                f"{call.function} along axis {axis} needs a matrix, not a {shape_in_words(shape)}"
                + ("; a vector has axis 0 alone" if shape else "")
            )
        axis %= MOST_AXES
        if call.function == "components":  # of a row there are as many as there are sums of columns
            return ex.Call(call.function, ex.Summed(inner, 1 - axis, kept=False)), ()
        found = shape if FUNCTIONS[call.function].acts == "vector to vector" else _summed_shape(shape, axis, kept=True)
        return ex.Call(call.function, inner, axis=axis), found

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

    def _before_product(self, left: Expr) -> tuple[Expr, Shape]:
        """What stands left of @; a product of it that does not go together may be read otherwise than it was meant."""
        try:
            return self.typed(left)
        except ShapeError as error:
            if not isinstance(left, ex.Mul) or not str(error).startswith("cannot multiply elementwise"):
                raise
            raise ShapeError(f"{error}; * and @ are read from left to right: write r*(W@h), not r*W@h") from None

    def _common(self, typed: tuple[tuple[Expr, Shape], ...], what: str) -> Shape:
        """The shape of the value of an elementwise operator: that of all its operands, or of those that are not repeated."""
        shape: Shape = ()
        for _, other in typed:
            _no_row(other, "elementwise arithmetic on", " beside a vector, leave out .T")
            larger = _larger(shape, other)
            if larger is None:
                raise ShapeError(
                    f"cannot {what} a {shape_in_words(shape)} and a {shape_in_words(other)}{_repeated(shape, other)}"
                )
            shape = larger
        scalar = [part for part, other in typed if not other and self._varies(part)]
        if shape and scalar and not self.broadcast:
            raise ShapeError(
                f"cannot {what} a scalar and a {shape_in_words(shape)}; give them the same shape, or say broadcast = true"
            )
        return shape

    def _varies(self, part: Expr) -> bool:
        """Whether a scalar is more than a known number; how many components something has is one."""
        match part:
            case ex.Var(name):
                return name not in self.known
            case ex.Call("components"):
                return False
            case _:
                return any(map(self._varies, ex.children(part)))


def _larger(one: Shape, other: Shape) -> Shape | None:
    """The shape that the other is repeated to; None if neither is."""
    for shape, part in ((one, other), (other, one)):
        if part == shape or not part or (len(shape) == 2 and part == shape[1:] and shape[1] != SINGLE):
            return shape
        if len(shape) == len(part) == 2 and all(
            size in (whole, SINGLE) for whole, size in zip(shape, part, strict=True)
        ):
            return shape
    return None


def reduced(whole: Shape, part: Shape) -> Iterable[tuple[int, bool]]:
    """Return the axes over which a matrix is summed up to a part that was repeated to it, and whether they are kept.

    >>> list(reduced(("n", "k"), ("n", "1"))), list(reduced(("k", "n"), ("n",)))
    ([(1, True)], [(0, False)])
    """
    if len(part) == 1:
        return ((0, False),)
    return tuple((axis, True) for axis in (0, 1) if part[axis] != whole[axis])


def _repeated(one: Shape, other: Shape) -> str:
    """What would be right in place of operands of different shapes."""
    for shape, part in ((one, other), (other, one)):
        if len(shape) == 2 and part == shape[:1]:
            column = f'for a column, give it the shape "{part[0]}, 1"'
            return f"; a vector beside a matrix is a row: {column}, or if it has an equation write outer(v, ones(b))"
    return ""


def _no_row(shape: Shape, what: str, hint: str = "") -> Shape:
    if shape[:1] == (_ROW,):
        raise ShapeError(
            f"{what} a {shape_in_words(shape)} is not supported; it stands beside @ only{hint and ':' + hint}"
        )
    return shape


def _call_shape(function: str, shape: Shape) -> Shape:
    """The shape of a function's value; functions of a whole vector need one."""
    acts = FUNCTIONS[function].acts
    if acts != "elementwise" and len(shape) != 1 and not (function == "components" and len(shape) == 2):
        needed = f"{function} needs a vector, not a {shape_in_words(shape)}"
        if len(shape) == MOST_AXES and shape[0] != _ROW:
            needed = (
                f"{function} of a {shape_in_words(shape)} needs an axis: with axis=1 each row is taken by itself, "
                "with axis=0 each column"
            )
        raise ShapeError(needed)
    return () if acts == "vector to scalar" else _no_row(shape, f"{function} of")


def _total_shape(shape: Shape) -> Shape:
    if not shape:
        raise ShapeError("sum needs a vector or a matrix, not a scalar")
    _no_row(shape, "the sum of")
    return ()


def _summed_shape(shape: Shape, axis: int, *, kept: bool) -> Shape:
    if len(shape) != 2:
        raise ShapeError(f"a sum over an axis needs a matrix, not a {shape_in_words(shape)}")
    rest = tuple(SINGLE if place == axis else size for place, size in enumerate(shape))
    return rest if kept else (shape[1 - axis],)


def _transposed(inner: Expr, shape: Shape) -> tuple[Expr, Shape]:
    """A matrix transposed; a vector, which is then a row for the product beside it."""
    if not shape:
        raise ShapeError(".T needs a vector or a matrix, not a scalar")
    if len(shape) == 1:
        return inner, (_ROW, *shape)
    if shape[0] == _ROW:
        return inner, shape[1:]
    return ex.transpose(inner), (shape[1], shape[0])


def _outer(left: tuple[Expr, Shape], right: tuple[Expr, Shape]) -> tuple[Expr, Shape]:
    (first, one), (second, other) = left, right
    if len(one) != 1 or len(other) != 1:
        raise ShapeError(f"outer needs two vectors, not a {shape_in_words(one)} and a {shape_in_words(other)}")
    return ex.Outer(first, second), (*one, *other)


def _joined(typed: tuple[tuple[Expr, Shape], ...], axis: int) -> tuple[Expr, Shape]:
    """Vectors and numbers one after another, or matrices that are alike along the other axis."""
    shapes = [_no_row(shape, "joining") for _, shape in typed]
    rank = max(1, *map(len, shapes))
    axis = axis % rank if axis < rank else axis
    alike = {shape[1 - axis] for shape in shapes} if rank == MOST_AXES and {*map(len, shapes)} == {rank} else set()
    if axis >= rank or (rank > 1 and len(alike) != 1):
        raise ShapeError(
            f"cannot join a {' and a '.join(map(shape_in_words, shapes))} along axis {axis}"
            + (
                "; matrices are joined along axis 0 if their columns are alike, along axis=1 if their rows are"
                if rank > 1
                else "; a vector has axis 0 alone"
            )
        )
    size = joined(*(shape[axis] if shape else SINGLE for shape in shapes))
    return ex.Concat(tuple(part for part, _ in typed), axis), _resized(max(shapes, key=len) or (SINGLE,), axis, size)


def _resized(shape: Shape, axis: int, size: str) -> Shape:
    return (*shape[:axis], size, *shape[axis + 1 :])


def _part(typed: tuple[Expr, Shape], bounds: tuple[str, str], axis: int) -> tuple[Expr, Shape]:
    """A part, its bounds as sizes from the beginning on."""
    body, shape = typed
    if axis >= len(_no_row(shape, "a part of")):
        raise ShapeError(f"a {shape_in_words(shape)} has no part along {'a second' if shape else 'an'} axis")
    whole, written = shape[axis], ":".join(bound if bound != NOTHING else "0" for bound in bounds)
    start, stop = (_from_beginning(bound, whole) for bound in (bounds[0], bounds[1] or whole))
    size = None if start is None or stop is None else left_over(stop, start)
    if start is None or stop is None or size in {None, NOTHING} or left_over(whole, stop) is None:
        raise ShapeError(f"[{written}] does not lie in a {shape_in_words(shape)}, whatever the sizes are")
    return ex.Part(body, start, stop, axis), _resized(shape, axis, size or NOTHING)


def _from_beginning(bound: str, whole: str) -> str | None:
    return left_over(whole, bound[1:]) if bound.startswith("-") else bound


def _product(left: tuple[Expr, Shape], right: tuple[Expr, Shape]) -> tuple[Expr, Shape]:
    """A product with ``@``; what stands for a transposed vector is the vector, its shape says that it is a row."""
    (first, outer), (second, inner) = left, right
    row, column = outer[:1] == (_ROW,), inner[:1] == (_ROW,)
    if column and not row and len(outer) == 1:
        return ex.Outer(first, second), (*outer, inner[1])
    if column or not outer or not inner or outer[-1] != inner[0]:
        raise ShapeError(f"cannot multiply a {shape_in_words(outer)} @ a {shape_in_words(inner)}{_hint(outer, inner)}")
    if len(inner) == 1:
        return (ex.MatMul(first, second), (outer[0],)) if len(outer) == 2 and not row else (ex.Dot(first, second), ())
    if row:
        return ex.MatMul(ex.transpose(second), first), (_ROW, inner[1])
    return ex.MatMul(first, second), (*outer[:-1], inner[1])


def _hint(outer: Shape, inner: Shape) -> str:
    """What would be right in place of a product that is not."""
    match outer, inner:
        case ((), _) | (_, ()):
            return "; @ is for matrices and vectors, scalars are multiplied with *"
        case ((_,), (size, other)) if outer == (other,) and size != _ROW:
            return "; its transpose would fit: h@W.T"
        case ((size, _), (_,)) if inner == (size,):
            return "; its transpose would fit: W.T@h"
        case ((first, second), (third, fourth)) if _ROW not in (first, third) and second == fourth:
            return "; the transpose of the right one would fit: A@B.T"
        case ((first, second), (third, fourth)) if _ROW not in (first, third) and first == third:
            return "; the transpose of the left one would fit: A.T@B"
        case _:
            return ""
