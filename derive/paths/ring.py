"""Ring: sums of weights of any kind — numbers, matrices, sets of paths, operands that only count.

A ring here is what has + and *. It has no 0 that all kinds share, so that a sum begins with its first term, and what
would be 0 is absent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def total(terms: Iterable[Any]) -> Any:
    """Return the sum of one or more elements, added in their order.

    >>> total([1, 2, 3])
    6
    """
    found, *others = terms
    for other in others:
        found = found + other
    return found


def add_to(sums: dict[Any, Any], key: Any, value: Any) -> None:
    """Add a value to the sum of a key."""
    sums[key] = sums[key] + value if key in sums else value


def add_all(sums: dict[Any, Any], more: Mapping[Any, Any]) -> None:
    """Add values to the sums of their keys."""
    for key, value in more.items():
        add_to(sums, key, value)
