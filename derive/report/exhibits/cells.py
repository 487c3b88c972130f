"""Cells: what tables of every kind are made of: digits in groups, the first and the last of a long list with a gap between."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias, TypeVar

from derive.notation.formula import Sign
from derive.report.document import Inline, Math

Item = TypeVar("Item")
Cell: TypeAlias = tuple[Inline, ...]
DOTS: Cell = (Math(Sign("⋯")),)
"""A cell of a row or column that stands for those left out."""
MOST_ROWS = 9
"""Tables over steps and lags leave out their middle beyond this."""
LAST_ROWS = 3
MOST_UNBROKEN, UNBROKEN = 6, 4
"""A number of more groups of three digits may part at the end of a line, each time after so many of them."""


def first_and_last(items: Sequence[Item], most: int = MOST_ROWS, last: int = LAST_ROWS) -> tuple[Item | None, ...]:
    """Return the items, or of more than ``most`` the first and the ``last`` ones with None for those between.

    >>> first_and_last("abc"), first_and_last("abcdefgh", 6)
    (('a', 'b', 'c'), ('a', 'b', None, 'f', 'g', 'h'))
    """
    if len(items) <= most:
        return tuple(items)
    return (*items[: most - last - 1], None, *items[-last:])


def grouped_digits(count: int) -> str:
    """A whole number with thin spaces between thousands; one of many digits may part after each fourth group.

    >>> [len(part) for part in grouped_digits(10**20).split(" ")]
    [15, 11]
    """
    if count < 10_000:
        return str(count)
    groups = f"{count:,}".split(",")
    parts = ("\u202f".join(groups[place : place + UNBROKEN]) for place in range(0, len(groups), UNBROKEN))
    return " ".join(parts) if len(groups) > MOST_UNBROKEN else "\u202f".join(groups)
