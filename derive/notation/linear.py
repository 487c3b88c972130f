"""Linear: sums, products and functions of numbers, columns, rows and matrices, as a reader of a formula takes them.

A number is a float; a column is an n × 1 array, a row 1 × n, so that a product of factors side by side is the matrix
product from left to right: Wᵀ δ, δ xᵀ, pᵀ δ. A number beside something scales it. A number added to a column or matrix is
added to each component, as in 1 − h², and a column or row added to a matrix to each of its columns or rows, as in X W + b;
anything else that does not fit is refused. 𝟏 is a column of ones as long as it has to be, 𝟏𝟏ᵀ a matrix of them, I a unit
matrix, and 0 a zero of any size.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial, reduce
from typing import Any, Final, TypeAlias

from derive.equations import FLOATS, FUNCTIONS, Function, on_floats

Value: TypeAlias = Any
"""A float, a two-dimensional array, `Ones`, `Grid`, `Unit`, `Even`, `Blocks`, or among these `Nothing`."""


class UnreadableError(ValueError):
    """A formula that no reader can give a number to: names that nobody knows, or sizes that do not fit."""


class MisfitError(UnreadableError):
    """A formula whose sizes are all known and do not fit, such as a column before a matrix: nothing makes it true."""


@dataclass(frozen=True, slots=True)
class Ones:
    """A column (or row) of equal components whose size nothing has said yet."""

    component: float = 1.0
    row: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """A matrix of equal components whose sizes nothing has said yet."""

    component: float = 1.0


class Zero(float):
    """A 0 that is printed, as large as it has to be."""

    __slots__ = ()


ZERO: Final = Zero()


class OfOne(float):
    """A number that is a vector of one component, too: what a row times a column is, such as W h of a W with one row."""

    __slots__ = ()

    def __add__(self, other: Any) -> Any:
        """A number added to it leaves it a vector."""
        found: Any = float.__add__(self, other)
        return OfOne(found) if isinstance(found, float) else found

    def __mul__(self, other: Any) -> Any:
        """So does a number that it is multiplied by."""
        found: Any = float.__mul__(self, other)
        return OfOne(found) if isinstance(found, float) else found

    __radd__, __rmul__ = __add__, __mul__


@dataclass(frozen=True, slots=True)
class Unit:
    """A multiple of the unit matrix, as large as it has to be."""

    factor: float = 1.0


@dataclass(frozen=True, slots=True)
class Even:
    """a I + b 𝟏𝟏ᵀ, as large as it has to be: what takes the mean away, or adds it."""

    unit: float
    ones: float

    def of_size(self, size: int) -> Value:
        """The matrix with so many rows and columns."""
        return _filled(Ones(self.ones), (size, size)) + diagonal(_filled(Ones(self.unit), (size, 1)))


@dataclass(frozen=True, slots=True)
class Blocks:
    """A matrix whose entries are numbers, columns or matrices themselves, of sizes that only their neighbours may tell."""

    rows: tuple[tuple[Value, ...], ...]

    @property
    def size(self) -> tuple[int, int]:
        """How many rows and columns of blocks there are."""
        return len(self.rows), len(self.rows[0])


@dataclass(frozen=True, slots=True)
class Nothing:
    """So many zeros, above or beside something else."""

    count: int


def shape(value: Value) -> str:
    """What a value is, for messages."""
    if isinstance(value, Unit):
        return "I"
    if isinstance(value, Ones):
        return "𝟏ᵀ" if value.row else "𝟏"
    if isinstance(value, Grid):
        return "𝟏𝟏ᵀ"
    if isinstance(value, Even):
        return "I + 𝟏𝟏ᵀ"
    if isinstance(value, Blocks):
        return "×".join(map(str, value.size)) + " blocks"
    return "×".join(map(str, value.shape)) if _is_array(value) else "number"


def entries(value: Value) -> list[float]:
    """The components of a value, row by row; of blocks, one after another."""
    if isinstance(value, Blocks):
        whole = in_one(value)
        if not isinstance(whole, Blocks):
            return entries(whole)
        return [entry for row in value.rows for block in row for entry in entries(block)]
    return [float(entry) for entry in value.flat] if _is_array(value) else [float(value)]


def added(first: Value, second: Value) -> Value:
    """The sum; a number is added to each component of a column."""
    first, second = in_one(first), in_one(second)
    if is_zero(first) or is_zero(second):
        return second if is_zero(first) else first
    first = of_size(first, max(second.shape)) if _is_array(second) else first
    second = of_size(second, max(first.shape)) if _is_array(first) else second
    match first, second:
        case Ones(one, row), Ones(other, same) if row == same:
            return Ones(one + other, row)
        case (Ones(one, row), float(other)) | (float(other), Ones(one, row)):
            return Ones(one + other, row)
        case Grid(one), Grid(other):
            return Grid(one + other)
        case (Grid(one), float(other)) | (float(other), Grid(one)):
            return Grid(one + other)
        case Unit(one), Unit(other):
            return Unit(one + other)
        case (Unit() | Grid() | Even(), Unit() | Grid() | Even()):
            (unit, ones), (more, others) = _even(first), _even(second)
            return Even(unit + more, ones + others)
        case (Even() as even, square) | (square, Even() as even) if (
            _is_array(square) and square.shape[0] == square.shape[1]
        ):
            return square + even.of_size(square.shape[0])
        case Blocks(), Blocks() if first.size == second.size:
            return Blocks(tuple(tuple(map(added, *pair)) for pair in zip(first.rows, second.rows, strict=True)))
        case (Unit(factor), square) | (square, Unit(factor)) if (
            _is_array(square) and square.shape[0] == square.shape[1]
        ):
            return square + diagonal(_filled(Ones(factor), (square.shape[0], 1)))
    if (
        _is_array(first)
        and _is_array(second)
        and first.shape != second.shape
        and not (_is_any(first) and _is_any(second))
    ):
        return first if _is_any(first) else second
    one, other = alike(first, second, "+")
    return one + other


def _is_any(value: Value) -> bool:
    """Whether an array has any entry but 0."""
    return bool(value.any())


def _even(value: Unit | Grid | Even) -> tuple[float, float]:
    """How often I and 𝟏𝟏ᵀ are in it."""
    match value:
        case Unit(factor):
            return factor, 0.0
        case Grid(component):
            return 0.0, component
        case Even(unit, ones):
            return unit, ones


def scaled(factor: float, value: Value) -> Value:
    """A number times anything."""
    if is_zero(factor) or is_zero(value):
        return ZERO
    match value:
        case Ones(component, row):
            return Ones(factor * component, row)
        case Grid(component):
            return Grid(factor * component)
        case Unit(inner):
            return Unit(factor * inner)
        case Even(unit, ones):
            return Even(factor * unit, factor * ones)
        case Blocks(rows):
            return Blocks(tuple(tuple(scaled(factor, block) for block in row) for row in rows))
        case Nothing():
            return value
        case _:
            return factor * value


def multiplied(factors: list[Value], ones: int = 0) -> Value:
    """The product of factors that stand side by side; two neighbours that fit are multiplied before others that do not.

    The product of matrices is associative, so it does not matter in which order they are taken. ``ones`` is the size of 𝟏
    where no neighbour says it, as in 𝟏ᵀ 𝟏 and v 𝟏ᵀ.
    """
    left = list(factors)
    while len(left) > 1:
        for size, place in itertools.product(dict.fromkeys((0, ones)), range(len(left) - 1)):
            product = _beside(left[place], left[place + 1], size)
            if product is not None:
                left[place : place + 2] = [product]
                break
        else:
            # Last of all, since in 𝟏 𝟏ᵀ v the other two fit.
            grids = [at for at, pair in enumerate(itertools.pairwise(left)) if _is_grid(*pair)]
            for place in grids[:1]:
                left[place : place + 2] = [Grid(left[place].component * left[place + 1].component)]
            if grids:
                continue
            known = all(map(_is_array, left))
            if known and not all(map(_is_any, left)):
                return ZERO  # of blocks that are all 0 nobody knows the sizes
            raise (MisfitError if known else UnreadableError)(" beside ".join(map(shape, left)))
    return left[0]


def _beside(left: Value, right: Value, ones: int) -> Value | None:
    """The product of two neighbours; None if they do not fit, or if it is not known how large they are."""
    if _is_number(left):
        return scaled(left, right)
    if _is_number(right):
        return scaled(right, left)
    if isinstance(left, Even) and _is_array(right):
        left = left.of_size(right.shape[0])
    if isinstance(right, Even) and _is_array(left):
        right = right.of_size(left.shape[1])
    if isinstance(left, Unit):
        return scaled(left.factor, right)
    if isinstance(right, Unit):
        return scaled(right.factor, left)
    if isinstance(left, Blocks) != isinstance(right, Blocks):
        one, other = in_one(left), in_one(right)
        one = of_size(one, other.shape[0]) if _is_array(other) else one
        other = of_size(other, one.shape[1]) if _is_array(one) else other
        product = None if isinstance(one, Blocks) or isinstance(other, Blocks) else _beside(one, other, ones)
        if product is not None:
            return product
    if isinstance(left, Blocks) and left.size[1] == 1 and _is_array(right) and right.shape[0] == 1:
        return _stacked([[_beside(block, right, ones)] for (block,) in left.rows])
    if isinstance(right, Blocks) and right.size[0] == 1 and _is_array(left) and left.shape[1] == 1:
        return _stacked([[_beside(left, block, ones) for block in right.rows[0]]])
    if isinstance(left, Blocks) or isinstance(right, Blocks):
        return _by_blocks(_in_blocks(left), _in_blocks(right), ones)
    match left, right:
        case Ones(one, row=True), Ones(other, row=False) if ones:
            return one * other * ones
        case Ones(row=True), _ if _is_array(right) and right.shape[0] > 1:
            left = _filled(left, (1, right.shape[0]))
        case Ones(row=False), _ if _is_array(right) and right.shape[0] == 1 and ones:
            left = _filled(left, (ones, 1))
        case _, Ones(row=False) if _is_array(left) and left.shape[1] > 1:
            right = _filled(right, (left.shape[1], 1))
        case _, Ones(row=True) if _is_array(left) and left.shape[1] == 1 and ones:
            right = _filled(right, (1, ones))
    if not _is_array(left) or not _is_array(right) or left.shape[1] != right.shape[0]:
        return None
    return _product(left, right)


def _stacked(rows: list[list[Value | None]]) -> Value | None:
    """Blocks above or beside one another, as an outer product of a column or row of blocks has them; None if any is missing."""
    if any(block is None for row in rows for block in row):
        return None
    return in_one(Blocks(tuple(map(tuple, rows))))


def _product(left: Value, right: Value) -> Value:
    return single(left @ right)


def single(value: Value) -> Value:
    """A matrix of one row and one column as its only entry, as a product of a row and a column is read; else as it is."""
    return OfOne(value[0, 0]) if _is_array(value) and value.shape == (1, 1) else value


def in_one(value: Value) -> Value:
    """Blocks as one matrix, if their sizes are known and fit; anything else as it is."""
    if not isinstance(value, Blocks):
        return value
    upright = len(value.rows) > 1 and value.size[1] == 1
    rows = [[in_one(block) for block in row] for row in value.rows]
    if not all(_is_number(block) or _is_array(block) or isinstance(block, Nothing) for row in rows for block in row):
        return value
    if any(is_zero(block) for row in rows for block in row):
        return value
    arrays = [block for row in rows for block in row if _is_array(block)]
    width = arrays[0].shape[0 if not upright else 1] if arrays else 1
    import numpy as np  # noqa: PLC0415 - as in `diagonal`

    def block_of(block: Value) -> Value:
        if isinstance(block, Nothing):
            return np.zeros((block.count, width) if upright else (width, block.count))
        return block if _is_array(block) else np.array([[block]], dtype=float)

    try:
        return np.block([[block_of(block) for block in row] for row in rows])
    except ValueError:
        return value


def of_size(value: Value, size: int) -> Value:
    """A column or row of blocks as one that is so long: a 𝟏 among its blocks, or zeros, have the room that the others leave."""
    if not isinstance(value, Blocks) or 1 not in value.size:
        return value
    every = [in_one(block) for row in value.rows for block in row]
    blocks = [
        block for place, block in enumerate(every) if not (place and is_zero(block) and is_zero(every[place - 1]))
    ]
    places = [place for place, block in enumerate(blocks) if isinstance(block, Ones) or is_zero(block)]
    others = [block for place, block in enumerate(blocks) if place not in places]
    if len(places) != 1 or not all(_is_number(block) or _is_array(block) for block in others):
        return value
    room = size - sum(max(block.shape) if _is_array(block) else 1 for block in others)
    if room < 1:
        return value
    upright = value.size[1] == 1
    whole = blocks[places[0]] if isinstance(blocks[places[0]], Ones) else Ones(0.0)
    blocks[places[0]] = _filled(whole, (room, 1) if upright else (1, room))
    return in_one(Blocks(tuple((block,) for block in blocks) if upright else (tuple(blocks),)))


def unit(count: int) -> Value:
    """The unit matrix of a size."""
    return _array([[float(row == column) for column in range(count)] for row in range(count)])


def part(value: Value, ranges: Sequence[tuple[int, int] | None]) -> Value:
    """The components of a column or row from one to another, or those of a matrix, counted from 1."""
    whole = in_one(value)
    if not _is_array(whole):
        raise UnreadableError(f"a part of {shape(value)}")
    if len(ranges) == 1:
        ranges = (None, *ranges) if whole.shape[0] == 1 and whole.shape[1] > 1 else (*ranges, None)
    ends = [(1, size) if each is None else each for each, size in zip(ranges, whole.shape, strict=True)]
    if not all(1 <= first <= last <= size for (first, last), size in zip(ends, whole.shape, strict=True)):
        raise UnreadableError(f"a part of {shape(value)} that it does not have")
    (top, bottom), (left, right) = ends
    return whole[top - 1 : bottom, left - 1 : right]


def _is_grid(left: Value, right: Value) -> bool:
    """Whether two neighbours are 𝟏 and 𝟏ᵀ."""
    return isinstance(left, Ones) and isinstance(right, Ones) and not left.row and right.row


def _in_blocks(value: Value) -> Blocks | None:
    """A matrix as blocks of one number each, of which a 0 may be a block of any size; None for what is no matrix."""
    if _is_array(value):
        return Blocks(tuple(tuple(entry or ZERO for entry in row) for row in value.tolist()))
    return value if isinstance(value, Blocks) else None


def _by_blocks(left: Blocks | None, right: Blocks | None, ones: int) -> Value | None:
    """The product of two matrices of blocks, a single block by itself."""
    if left is None or right is None or left.size[1] != right.size[0]:
        return None
    columns = list(zip(*right.rows, strict=True))
    rows = tuple(
        tuple(
            reduce(added, (multiplied([one, other], ones) for one, other in zip(row, column, strict=True)))
            for column in columns
        )
        for row in left.rows
    )
    return rows[0][0] if len(rows) == len(columns) == 1 else Blocks(rows)


def all_componentwise(factors: list[Value]) -> Value:
    """The product ⊙ of several factors; those that are repeated in others come after these."""
    return reduce(componentwise, sorted(factors, key=_size, reverse=True))


def _size(value: Value) -> int:
    return len(entries(value)) if _is_array(value) else 0


def componentwise(left: Value, right: Value) -> Value:
    """The product ⊙ of two columns, rows or matrices."""
    if is_zero(left) or is_zero(right):
        return ZERO
    left, right = in_one(left), in_one(right)
    if _is_of_one(left) and _is_of_one(right):
        return OfOne(single(left) * single(right))
    if _is_number(left) or _is_number(right):
        raise UnreadableError(f"{shape(left)} ⊙ {shape(right)}")
    if isinstance(left, Ones) and isinstance(right, Ones) and left.row == right.row:
        return Ones(left.component * right.component, left.row)
    if isinstance(left, Grid) and isinstance(right, Grid):
        return Grid(left.component * right.component)
    one, other = alike(left, right, "⊙")
    return one * other


def quotient(top: Value, bottom: Value) -> Value:
    """A quotient, componentwise."""
    if _is_number(bottom):
        return scaled(1 / bottom, top)
    if _is_number(top) and _is_array(bottom):
        return top / bottom
    one, other = alike(top, bottom, "/")
    return one / other


def transposed(value: Value) -> Value:
    """The transpose of a column, row or matrix."""
    if is_zero(value):
        return value
    if isinstance(value, Grid | OfOne | Even):
        return value
    if isinstance(value, Ones):
        return Ones(value.component, not value.row)
    value = in_one(value)
    if not _is_array(value):
        raise UnreadableError(f"{shape(value)} is transposed")
    return value.T


def each(function: Callable[..., Any], value: Value, *others: Value) -> Value:
    """A function of each component; of several columns, or numbers beside columns, of those in the same place."""
    value, others = in_one(value), tuple(map(in_one, others))
    if others:
        return _each_of_several(function, [value, *others])
    if isinstance(value, Ones):
        return Ones(function(value.component), value.row)
    if _is_number(value):
        return OfOne(function(value)) if isinstance(value, OfOne) else function(value)
    if isinstance(value, Grid):
        return Grid(function(value.component))
    if not _is_array(value):
        raise UnreadableError(f"a function of the components of {shape(value)}")
    return _array([[function(entry) for entry in row] for row in value.tolist()])


def _each_of_several(function: Callable[..., float], values: list[Value]) -> Value:
    arrays = [value for value in values if _is_array(value)]
    if not arrays and any(isinstance(value, Ones) for value in values):
        parts = [value.component if isinstance(value, Ones) else value for value in values]
        return Ones(function(*parts))
    if not arrays:
        return function(*values)
    model = max(arrays, key=_size)
    import numpy as np  # noqa: PLC0415 - as in `diagonal`

    spread = [np.broadcast_to(alike(model, value, "beside")[1], model.shape) for value in values]
    found = [function(*entry) for entry in zip(*(array.flat for array in spread), strict=True)]
    return np.array(found, dtype=float).reshape(model.shape)


def laid_out(value: Value, *, in_rows: bool) -> Value:
    """A number or matrix as it is; a list of numbers as a column, or a row."""
    if not _is_array(value) or len(value.shape) != 1:
        return value
    return value[None, :] if in_rows else value[:, None]


def raised(value: Value, exponent: float) -> Value:
    """A power of a number, or of each component of a column or row; of a square matrix the product with itself so often."""
    if _is_array(value) and value.shape[0] == value.shape[1] > 1 and exponent == round(exponent) >= 0:
        import numpy as np  # noqa: PLC0415 - as in `diagonal`

        return np.linalg.matrix_power(value, round(exponent))
    if isinstance(value, Grid) or (_is_array(value) and 1 not in value.shape):
        raise UnreadableError(f"a power of a matrix, {shape(value)}")
    return each(lambda entry: float(entry**exponent), value)


def listed(entries: list[Value], *, in_rows: bool) -> Value:
    """Numbers under one another; where vectors are rows, side by side."""
    return matrix([entries]) if in_rows else matrix([[entry] for entry in entries])


def matrix(rows: list[list[Value]]) -> Value:
    """Numbers in rows; blocks, if any entry is more than a number."""
    if not all(_is_number(entry) for row in rows for entry in row):
        return Blocks(tuple(map(tuple, rows)))
    return _array(rows)


def norm(value: Value) -> float:
    """The Euclidean norm of a column or row, the Frobenius norm of a matrix: the root of the sum of squares."""
    value = in_one(value)
    if not _is_array(value):
        raise UnreadableError(f"the norm of {shape(value)}")
    return math.sqrt(float((value * value).sum()))


def diagonal(value: Value) -> Value:
    """The diagonal matrix of a column or row."""
    if isinstance(value, OfOne):
        return value
    if not _is_array(value) or 1 not in value.shape:
        raise UnreadableError(f"diag of {shape(value)}")
    import numpy as np  # noqa: PLC0415 - scalar networks never pay for NumPy

    return np.diag(value.ravel())


def _a_column(value: Value) -> Value:
    value = in_one(value)
    if not _is_array(value) or 1 not in value.shape:
        raise UnreadableError(f"a function of a whole column has {shape(value)}")
    return value


def _of_column(row: Function) -> Callable[[Value], Value]:
    """A function of a whole column."""
    whole = replace(FLOATS, named=lambda name: partial(each, FLOATS.named(name)), greatest=lambda column: column.max())
    function = row.form(whole)
    return lambda value: function(_a_column(value))


def along(function: str, value: Value, axis: int) -> Value:
    """A function of a whole column of each column (axis 0) or row (axis 1) of a matrix."""
    import numpy as np  # noqa: PLC0415 - as in `diagonal`

    matrix = in_one(value)
    if not _is_array(matrix):
        raise UnreadableError(f"{function} of {shape(value)}")
    vectors = matrix if axis else matrix.T
    found = np.array([np.ravel(WHOLE[function](vector[:, None])) for vector in vectors], dtype=float)
    return found if axis else found.T


def is_upright(value: Value, *, in_rows: bool) -> bool:
    """Whether a value has the shape of a vector, where these are columns or rows."""
    whole = in_one(value)
    return _is_array(whole) and whole.shape[0 if in_rows else 1] == 1


COMPONENTWISE: dict[str, Function] = {row.sign: row for row in FUNCTIONS.values() if row.acts == "elementwise"}
WHOLE: dict[str, Callable[[Value], Value]] = {
    "diag": diagonal,
    **{row.sign: _of_column(row) for row in FUNCTIONS.values() if row.acts != "elementwise"},
}
"""What a function is called in print, and what a reader takes it for."""
ALONG = WHOLE.keys() & {"softmax", "logsumexp"}
"""Those that are taken of each row or column of a matrix."""


def applied(function: str, arguments: list[Value]) -> Value:
    """A function by its printed name."""
    row = COMPONENTWISE.get(function)
    if row is not None and len(arguments) == row.arity:
        return each(on_floats(row), *arguments)
    if function in WHOLE and len(arguments) == 1:
        return WHOLE[function](*arguments)
    raise UnreadableError(f"there is no function {function} of {len(arguments)}")


def called(function: Callable[..., Value], arguments: list[Value]) -> Value:
    """A function of numbers and lists, of numbers, columns, rows and matrices."""
    rows = any(_is_array(value) and value.shape[0] == 1 for value in arguments)
    plain = [value.ravel() if _is_array(value) and 1 in value.shape else value for value in arguments]
    return laid_out(function(*plain), in_rows=rows)


def is_zero(value: Value) -> bool:
    """Whether a value is a 0 that was printed, which has any size; one that came out of a ReLU has its own."""
    return isinstance(value, Zero)


def _is_number(value: Value) -> bool:
    return isinstance(value, int | float)


def _is_of_one(value: Value) -> bool:
    """Whether a value has one component, as a vector has."""
    return isinstance(single(value), OfOne)


def _is_array(value: Value) -> bool:
    return not _is_number(value) and hasattr(value, "shape")


def alike(first: Value, second: Value, sign: str) -> tuple[Value, Value]:
    """Two values of the same shape: a number or 𝟏 stretched to what is beside it, a column or row repeated in a matrix."""
    if isinstance(first, Ones) and _is_array(second) and first.row == (second.shape[0] == 1):
        first = _filled(first, second.shape)
    if isinstance(second, Ones) and _is_array(first) and second.row == (first.shape[0] == 1):
        second = _filled(second, first.shape)
    if isinstance(first, Grid) and _is_array(second):
        first = _filled(Ones(first.component), second.shape)
    if isinstance(second, Grid) and _is_array(first):
        second = _filled(Ones(second.component), first.shape)
    number = _is_number(first) or _is_number(second)
    if any(isinstance(value, Ones | Grid | Unit | Even | Blocks) for value in (first, second)):
        raise UnreadableError(f"{shape(first)} {sign} {shape(second)}")
    if not number and first.shape != second.shape and not _is_repeated(first.shape, second.shape):
        raise MisfitError(f"{shape(first)} {sign} {shape(second)}")
    return first, second


def _is_repeated(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """Whether one of two shapes is a column or row of the other, a matrix."""
    return any(
        1 not in whole and all(size in (1, full) for size, full in zip(part, whole, strict=True))
        for whole, part in ((one, other), (other, one))
    )


def _filled(ones: Ones, size: tuple[int, ...]) -> Value:
    return _array([[ones.component] * size[1]] * size[0])


def _array(rows: list[list[float]]) -> Value:
    import numpy as np  # noqa: PLC0415 - as in `diagonal`

    return np.array(rows, dtype=float)
