"""Came: a gradient that somebody's program gave, with the digits that it was given to.

Digits that were written are rounded in the last place: 0.1577 is anything within half a unit of 10⁻⁴. A whole number is
exactly that. Numbers of a program are right to the last bits of their type at best; sums of many of them are not.
"""

from __future__ import annotations

import math
import reprlib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

import numpy as np

from derive.errors import ValuesError
from derive.numbers import Array

DOUBLE = 16
"""More digits no double has."""
WRITTEN = {4: 5, 8: 9}
"""A number of so many digits, and no more, was written or rounded by somebody; by the bytes that a number takes."""
RELATIVE = {2: 2e-2, 4: 1e-4, 8: 1e-7}
"""How near numbers of a type of so many bytes have to be, relative to the largest entry."""

LARGEST = 1e150
"""Larger numbers have squares that are no doubles."""
MOST_ENTRIES, DEEPEST = 1_000_000, 3
"""So many numbers a gradient may have, in lists nested so deeply."""


@dataclass(frozen=True)
class Came:
    """The numbers of one gradient, and how far each may be from what it stands for."""

    entries: Array
    within: float
    unit: float = 0.5
    """How near two whole numbers, or fractions, may be and still be two."""
    written: bool = True
    """Whether the digits were written, or are what a program computed."""

    @property
    def shape(self) -> tuple[int, ...]:
        """The lengths of a vector, matrix or list of them; () of a number."""
        return tuple(self.entries.shape)

    def distance(self, other: Any) -> float:
        """Return how far another value is away, at its farthest entry; infinity for one of another shape, or without value."""
        found = np.asarray(other, dtype=float)
        if found.shape != self.entries.shape:
            return math.inf
        apart = float(np.max(np.abs(found - self.entries), initial=0.0))
        return math.inf if math.isnan(apart) else apart

    def tolerance(self, other: Any) -> float:
        """Return how far a value that agrees may be away."""
        scale = max(_size(self.entries), _size(np.asarray(other, dtype=float)))
        return self.within * (1 + 1e-9) + 1e-9 * scale

    def agrees(self, other: Any) -> bool:
        """Whether a value agrees with every digit that was given."""
        return self.distance(other) <= self.tolerance(other)

    def digits(self, other: Any) -> int:
        """Return to how many significant digits of the largest entry the two agree, of those that were given."""
        distance, scale = self.distance(other), _size(np.asarray(other, dtype=float))
        if math.isinf(distance) or scale == 0:
            return DOUBLE if distance == 0 else 0
        apart = max(distance, (self.within or self.unit) if self.written else 0.0, 1e-17 * scale)
        return max(0, min(DOUBLE, math.floor(math.log10(scale)) + 1 - math.ceil(math.log10(2 * apart) - 1e-6)))

    def bits(self, other: Any) -> float:
        """Return how much it says that a value agrees: a bit for each halving of what might have come."""
        values = np.asarray(other, dtype=float)
        scale = max(_size(values), _size(self.entries))
        if scale == 0:
            return 0.0
        each = math.log2(max(2.0, scale / max(self.within or self.unit, 1e-12 * scale)))
        distinct = min(int(np.count_nonzero(np.abs(values) > 1e-12 * scale)), 4)
        return each * max(distinct, 1)


def _size(values: Array) -> float:
    return float(np.max(np.abs(values), initial=0.0))


def came(name: str, value: Any) -> Came:
    """Return what came as numbers with their digits.

    Numbers, texts such as ``1/3``, lists of them, arrays of NumPy, tensors of PyTorch or JAX. Raises `ValuesError` for
    anything else, and for what is no finite number.

    >>> came("w", "0.1577").within, came("w", 38).within, came("w", [0.5, 1/3]).entries.shape
    (5e-05, 0.0, (2,))
    """
    if hasattr(value, "detach"):
        value = value.detach().cpu()
    if hasattr(value, "__array__") and not isinstance(value, float):
        array = np.asarray(value)
        _hold(name, array.size)
        if array.dtype.kind not in "fiu":
            raise ValuesError(f"the gradient of {name} has to be real numbers, not {array.dtype}")
        with np.errstate(over="ignore"):  # what is too large for a double is told, not warned of
            entries = array.astype(float)
        _finite(name, entries)
        written = _written(array)
        size = RELATIVE.get(array.dtype.itemsize, 1e-7) if array.dtype.kind == "f" else 0.0
        return Came(entries, size * _size(entries), written=False) if written is None else Came(entries, written)
    _hold(name, _entries(name, value))
    exact = _exact(name, value)
    try:
        entries = np.array(_floats(exact), dtype=float)
    except OverflowError:
        entries = np.array(math.inf)
    except ValueError:
        raise ValuesError(f"the gradient of {name} has rows of different lengths") from None
    _finite(name, entries)
    places = [_places(entry) for entry in _leaves(exact)]
    if any(place is None for place in places):
        return Came(entries, RELATIVE[8] * _size(entries), written=False)
    fractions = [leaf.denominator for leaf in _leaves(exact) if isinstance(leaf, Fraction)]
    return Came(
        entries, max((place for place in places if place is not None), default=0.0), 0.5 / max(fractions, default=1)
    )


def all_came(given: Mapping[str, Any]) -> dict[str, Came]:
    """Return the gradients that came by their names."""
    if not isinstance(given, Mapping):
        raise ValuesError('gradients are given by name, such as {"w_h": 0.1577}')
    return {str(name): came(str(name), value) for name, value in given.items()}


def _written(array: Array) -> float | None:
    """Half a unit of the last place, if an array of floats holds numbers that were written; whole numbers are exact."""
    if array.dtype.kind != "f":
        return 0.0
    if array.size > 64:
        return None
    most = WRITTEN.get(array.dtype.itemsize, 0)
    places = [_places(Decimal(str(entry)), most) for entry in array.ravel()]
    return None if any(place is None for place in places) else max((p for p in places if p is not None), default=0.0)


def _places(number: Decimal | Fraction, most: int = WRITTEN[8]) -> float | None:
    """Half a unit of the last place that was written; 0 for a whole number or fraction; None for a float's digits."""
    if isinstance(number, Fraction):
        return 0.0
    _, digits, exponent = number.as_tuple()
    if not isinstance(exponent, int):
        return None
    if len(digits) > most:
        return None
    if exponent >= 0 or number == number.to_integral_value():
        return 0.0 if exponent <= 0 else 0.5 * 10.0**exponent
    return 0.5 * 10.0**exponent


def _entries(name: str, value: Any, deep: int = 0) -> int:
    """How many numbers there are in lists, which are not nested deeper than those of any gradient."""
    if not isinstance(value, list | tuple):
        return 1
    if deep == DEEPEST:
        raise ValuesError(f"the gradient of {name} has lists in lists in lists; a matrix is a list of rows")
    return sum(_entries(name, entry, deep + 1) for entry in value)


def _hold(name: str, entries: int) -> None:
    if entries > MOST_ENTRIES:
        raise ValuesError(f"the gradient of {name} has {entries:,} numbers; {MOST_ENTRIES:,} are looked at")


def _exact(name: str, value: Any) -> Any:
    """Numbers as they were written, in lists."""
    if isinstance(value, list | tuple):
        return [_exact(name, entry) for entry in value]
    if hasattr(value, "__array__") and not isinstance(value, float):
        return (
            [_exact(name, entry) for entry in np.asarray(value).tolist()]
            if np.ndim(value)
            else _exact(name, value.item())
        )
    wrong = f"the gradient of {name} has to be a number or a list of numbers, not "
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | Fraction | str):
        raise ValuesError(f"{wrong}{reprlib.repr(value)}")
    try:
        text = repr(float(value)) if isinstance(value, float) else str(value).strip().replace("−", "-")
        return Fraction(text) if "/" in text else Decimal(text)
    except (ValueError, InvalidOperation, ZeroDivisionError):
        said = "so long a number" if isinstance(value, int) else reprlib.repr(value)
        raise ValuesError(f"{wrong}{said}") from None


def _floats(value: Any) -> Any:
    return [_floats(entry) for entry in value] if isinstance(value, list) else float(value)


def _leaves(value: Any) -> list[Any]:
    return [leaf for entry in value for leaf in _leaves(entry)] if isinstance(value, list) else [value]


def _finite(name: str, values: Array) -> None:
    if not np.all(np.abs(values) <= LARGEST):
        raise ValuesError(
            f"the gradient of {name} is not finite (inf, nan, or more than {LARGEST:g} came); "
            "look first for an overflow or a log of 0"
        )
