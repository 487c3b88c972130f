"""Entries: a value in a number system is one number, or an array of them; how to tell, and how to come to the numbers.

NumPy's own scalars (what a sum of floats gives) count as numbers.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeGuard

if TYPE_CHECKING:  # loaded only when numbers are asked for
    import flint
    import numpy as np


class Number(Protocol):
    """What equations are computed with: a number of some number system, or a vector or matrix of them."""

    def __neg__(self) -> Number:
        """The sign changed."""

    def __abs__(self) -> Number:
        """The size."""

    def __add__(self, other: Any, /) -> Number:
        """Each operator takes a number or an array of the same system, or a Python integer."""

    def __radd__(self, other: Any, /) -> Number:
        """Also from the right."""

    def __sub__(self, other: Any, /) -> Number:
        """The difference."""

    def __mul__(self, other: Any, /) -> Number:
        """The product, of arrays elementwise."""

    def __rmul__(self, other: Any, /) -> Number:
        """Also from the right."""

    def __truediv__(self, other: Any, /) -> Number:
        """The quotient."""

    def __rtruediv__(self, other: Any, /) -> Number:
        """Also from the right."""

    def __pow__(self, other: Any, /) -> Number:
        """A power."""


Array: TypeAlias = "np.ndarray[Any, np.dtype[Any]]"
"""A vector or matrix of numbers."""
Ball: TypeAlias = "flint.arb"
"""A real ball: a number with a bound of its error."""


def shape_of(value: Number) -> tuple[int, ...]:
    """Return the lengths of a vector or matrix; () of one number.

    >>> import numpy as np
    >>> shape_of(np.array([[1.0, 2.0, 3.0]])), shape_of(1.0), shape_of(np.float64(1))
    ((1, 3), (), ())
    """
    shape: tuple[int, ...] = getattr(value, "shape", ())
    return shape


def is_array(value: Number) -> TypeGuard[Array]:
    """Return whether a value is a vector or matrix."""
    return bool(shape_of(value))


def entries(value: Number) -> tuple[Any, ...]:
    """Return the numbers that a value is made of, row by row.

    >>> import numpy as np
    >>> entries(np.array([[1, 2], [3, 4]], dtype=object)), entries(0.5)
    ((1, 2, 3, 4), (0.5,))
    """
    return tuple(value.flat) if is_array(value) else (value,)


def positions(value: Number) -> Iterator[tuple[int, ...]]:
    """Return where the numbers of a value stand, row by row; a number stands at ().

    >>> list(positions(2.5))
    [()]
    """
    return itertools.product(*map(range, shape_of(value)))


def shaped_like(value: Number, found: Iterable[Any]) -> Any:
    """Return numbers, given row by row, in the shape of a value."""
    if not is_array(value):
        (number,) = found
        return number
    import numpy as np  # noqa: PLC0415 - scalar networks never pay for NumPy

    return np.array(list(found), dtype=value.dtype).reshape(value.shape)
