"""Cells: what tables of every kind are made of: digits in groups, the first and the last of a long list with a gap between."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from math import log10
from typing import TypeAlias, TypeVar

from derive.limits import LARGEST_SPELLED
from derive.notation.formula import Formula, Sign, row
from derive.notation.text import text
from derive.report.document import Column, Inline, Math, Table, Text
from derive.report.exhibits.printed_numbers import two_digits

Item = TypeVar("Item")
Cell: TypeAlias = tuple[Inline, ...]
DOTS: Cell = (Math(Sign("⋯")),)
"""A cell of a row or column that stands for those left out."""
MOST_ROWS = 9
"""Tables over steps and lags leave out their middle beyond this."""
LAST_ROWS = 3
LONGEST_COUNT = 10**9
"""A count that is not less is given to two digits in a cell."""


def first_and_last(items: Sequence[Item], most: int = MOST_ROWS, last: int = LAST_ROWS) -> tuple[Item | None, ...]:
    """Return the items, or of more than ``most`` the first and the ``last`` ones with None for those between.

    >>> first_and_last("abc"), first_and_last("abcdefgh", 6)
    (('a', 'b', 'c'), ('a', 'b', None, 'f', 'g', 'h'))
    """
    if len(items) <= most:
        return tuple(items)
    return (*items[: most - last - 1], None, *items[-last:])


def grouped_digits(count: int) -> str:
    """A whole number with thin spaces between thousands; of thousands of digits, about how many it is."""
    if count >= LARGEST_SPELLED:
        return f"≈\u202f{text(two_digits(log10(count)))}"
    return f"{count:,}".replace(",", "\u202f") if count >= 10_000 else str(count)


def about(count: int) -> Formula | str:
    """A count in a cell: in full, or about how many if that is wider than a cell."""
    return grouped_digits(count) if count < LONGEST_COUNT else row(Sign("≈"), two_digits(log10(count)))


def counted(count: int) -> Cell:
    """A cell that holds such a count."""
    shown = about(count)
    return (Text(shown),) if isinstance(shown, str) else (Math(shown, whole=True),)


def in_two(table: Table, starts: Sequence[int]) -> Table:
    """A narrow table with its second half, which begins with one of the rows in ``starts``, beside the first; without rules."""
    half = min(starts, key=lambda start: (max(start, len(table.rows) - start), start))
    first, second = table.rows[:half], table.rows[half:]
    none: tuple[Cell, ...] = ((),) * len(table.columns)
    rows = ((*one, (), *other) for one, other in zip_longest(first, second, fillvalue=none))
    return Table((*table.columns, Column(()), *table.columns), tuple(rows), table.caption, table.label)
