"""Maps: the basic linear maps that a local partial is made of, transposed, as backpropagation needs them.

A local partial is a linear map. Backpropagation needs its transpose, which takes the adjoint of the equation's value to
what that value adds to the adjoint of the argument. Every such map here is a sum of chains of a few basic maps, the same for
vectors and for matrices (λ has the shape of the value, what it is taken to that of the argument: denominator layout):

    Scale(d)    λ ↦ λ ⊙ d          elementwise mathematics (a plain factor if everything is scalar)
    Matrix(W)   λ ↦ Wᵀ λ           from W u, with respect to u
    Right(B)    λ ↦ λ Bᵀ           from U B, with respect to U
    Column(u)   λ ↦ λ uᵀ           from W u, with respect to W   (Row(u): u λᵀ, from Wᵀ u; where vectors are rows, uᵀ λ)
    Flip        λ ↦ λᵀ             from Uᵀ
    Spread(v)   λ ↦ λ v            from a scalar such as sum(·) or uᵀ v, with respect to a vector or matrix; from one
                                   number per row or column, such as sum(·, axis=1), with respect to a matrix: λ ⊙ v
    Gather(d)   λ ↦ dᵀ λ           from a vector, with respect to a broadcast scalar
    Reduce      λ ↦ λ 𝟏 or 𝟏ᵀ λ    from a matrix, with respect to a column or row that is repeated in it
    Select      λ ↦ [λ] a part     from what is joined, with respect to one of its parts
    Embed       λ ↦ [0; λ; 0]      from a part, with respect to the whole: the transpose of Select
    Softmax(p)  λ ↦ p ⊙ λ − (pᵀλ) p   from softmax; of each row of a matrix with the sums of P ⊙ λ in place of pᵀλ
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from derive.equations import NOTHING, SINGLE, Expr, Shape, Shapes, left_over
from derive.equations import expression as ex


@dataclass(frozen=True, slots=True)
class Scale:
    """λ ↦ λ ⊙ factor."""

    factor: Expr


@dataclass(frozen=True, slots=True)
class Matrix:
    """λ ↦ matrixᵀ λ."""

    matrix: Expr


@dataclass(frozen=True, slots=True)
class Right:
    """λ ↦ λ matrixᵀ."""

    matrix: Expr


@dataclass(frozen=True, slots=True)
class Column:
    """λ ↦ λ vectorᵀ, a matrix."""

    vector: Expr


@dataclass(frozen=True, slots=True)
class RowOuter:
    """λ ↦ vector λᵀ, a matrix."""

    vector: Expr


@dataclass(frozen=True, slots=True)
class Flip:
    """λ ↦ λᵀ, of a matrix."""


@dataclass(frozen=True, slots=True)
class Spread:
    """λ ↦ λ vector, for a scalar λ; the vector may be a matrix, and λ then one of its rows or columns."""

    vector: Expr


@dataclass(frozen=True, slots=True)
class Gather:
    """λ ↦ vectorᵀ λ, a scalar; ``None`` stands for a vector or matrix of ones."""

    vector: Expr | None


@dataclass(frozen=True, slots=True)
class Reduce:
    """λ ↦ the sum of its rows (axis 0) or columns (axis 1); ``kept``: still as a matrix."""

    axis: int
    kept: bool


@dataclass(frozen=True, slots=True)
class Softmax:
    """λ ↦ value ⊙ λ − (valueᵀ λ) value; along an axis of a matrix for each row or column by itself."""

    value: Expr
    axis: int | None = None


@dataclass(frozen=True, slots=True)
class Select:
    """λ, of a whole size along an axis, ↦ its part from start to stop."""

    start: str
    stop: str
    whole: str
    axis: int


@dataclass(frozen=True, slots=True)
class Embed:
    """λ ↦ a whole of which λ is the part from start to stop along an axis, with zeros elsewhere."""

    start: str
    stop: str
    whole: str
    axis: int

    @property
    def after(self) -> str:
        """The size of the zeros behind."""
        return left_over(self.whole, self.stop) or NOTHING


LinearMap: TypeAlias = (
    Scale | Matrix | Right | Column | RowOuter | Flip | Spread | Gather | Reduce | Softmax | Select | Embed
)
Chain: TypeAlias = tuple[LinearMap, ...]
MOST_AXES = 2


def pulled_shape(link: LinearMap, shape: Shape, shapes: Shapes) -> Shape:
    """Return the shape of what a transposed map makes of an adjoint of some shape.

    >>> pulled_shape(Matrix(ex.Var("W")), ("n",), Shapes({"W": ("n", "d")}))
    ('d',)
    """
    match link:
        case Scale() | Softmax():
            return shape
        case Matrix(matrix):
            return (shapes.shape(matrix)[1], *shape[1:])
        case Right(ex.Transpose(vector)) if len(shapes.shape(vector)) == 1:
            return shape[:-1]
        case Right(matrix):
            return (*shape[:-1], shapes.shape(matrix)[0])
        case Column(vector):
            return (*shape, *shapes.shape(vector))
        case RowOuter(vector):
            return (*shapes.shape(vector), *shape)
        case Flip():
            return shape[::-1]
        case Spread(vector):
            return shapes.shape(vector)
        case Gather():
            return ()
        case Reduce(axis, kept):
            rest = tuple(SINGLE if place == axis else size for place, size in enumerate(shape))
            return rest if kept else (shape[1 - axis],)
        case Select(start, stop, _, axis):
            return (*shape[:axis], left_over(stop, start) or NOTHING, *shape[axis + 1 :])
        case Embed(_, _, whole, axis):
            return (*shape[:axis], whole, *shape[axis + 1 :])
