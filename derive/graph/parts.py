"""Parts: what becomes of linear maps where vectors are joined, or parts of them taken.

A part of a product is the product with a part: [Wᵀ λ] of some components is (some columns of W)ᵀ λ. So from W [x; h] by h
comes the transpose of those columns of W that stand before h.
"""

from __future__ import annotations

from derive.equations import NOTHING, SINGLE, Expr, Shape, Shapes, is_atom, joined
from derive.equations import expression as ex
from derive.graph.maps import Chain, Embed, LinearMap, Matrix, Right, Select, Spread, pulled_shape

MOST_AXES = 2


def of_parts(chain: Chain, shape: Shape, shapes: Shapes) -> Chain:
    """Return a chain in which a part of a product is the product with a part of a matrix."""
    found: list[LinearMap] = []
    here = shape
    before = shape
    for link in chain:
        last = found[-1] if found else None
        joint = None if last is None else _of_part(last, link, len(before), shapes)
        if joint is None:
            found.append(link)
            before = here
        else:
            found[-1] = joint
        here = pulled_shape(link, here, shapes)
    return tuple(found)


def _of_part(first: LinearMap, second: LinearMap, rank: int, shapes: Shapes) -> LinearMap | None:
    """Two maps as one, from an adjoint with so many axes: of a product with a matrix and a part, the product with a part."""
    match first, second:
        case (Matrix(matrix), Select(start, stop, _, 0)) if len(shapes.shape(matrix)) == MOST_AXES:
            return Matrix(part_of(matrix, start, stop, 1))
        case (Embed(start, stop, _, 0), Matrix(matrix)):
            return Matrix(part_of(matrix, start, stop, 0))
        case (Right(matrix), Select(start, stop, _, axis)) if axis == rank - 1 and _is_matrix(matrix, shapes):
            return Right(part_of(matrix, start, stop, 0))
        case (Embed(start, stop, _, axis), Right(matrix)) if axis == rank - 1 and _is_matrix(matrix, shapes):
            return Right(part_of(matrix, start, stop, 1))
        case (Spread(vector), Select(start, stop, _, axis)):
            return Spread(cut(vector, start, stop, axis, shapes))
        case _:
            return None


def _is_matrix(expr: Expr, shapes: Shapes) -> bool:
    """Whether what is multiplied by is a matrix, and no vector that is transposed for it."""
    inner = expr.body if isinstance(expr, ex.Transpose) else expr
    return len(shapes.shape(inner)) == MOST_AXES


def part_of(matrix: Expr, start: str, stop: str, axis: int) -> Expr:
    """Return a part of a matrix, of a transposed one the transpose of a part."""
    if isinstance(matrix, ex.Transpose):
        return ex.Transpose(ex.Part(matrix.body, start, stop, 1 - axis))
    return ex.Part(matrix, start, stop, axis)


def cut(expr: Expr, start: str, stop: str, axis: int, shapes: Shapes) -> Expr:
    """Return a part of an expression, of elementwise mathematics that of its operands, of what was joined there the operand.

    >>> cut(ex.Concat((ex.Var("x", 0), ex.Var("h", 1))), "d", "d+n", 0, Shapes({"x": ("d",), "h": ("n",)}))
    Var(name='h', lag=1)
    """
    shape = shapes.shape(expr)
    if len(shape) <= axis or (isinstance(expr, ex.Concat) and expr.axis != axis):
        return ex.Part(expr, start, stop, axis) if len(shape) > axis else expr
    if isinstance(expr, ex.Concat):
        here = NOTHING
        for part in expr.parts:
            size = shapes.shape(part)
            after = joined(here, size[axis] if size else SINGLE)
            if (here, after) == (start, stop):
                return part
            here = after
    if is_atom(expr) or isinstance(expr, ex.Const):
        return ex.Part(expr, start, stop, axis)
    return ex.rebuild(expr, lambda child: cut(child, start, stop, axis, shapes))
