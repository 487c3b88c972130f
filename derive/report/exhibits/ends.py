"""Ends: the first and the last of a long list, with a gap between."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

Item = TypeVar("Item")
MOST_ROWS = 9
"""Tables over steps and lags leave out their middle beyond this."""
LAST_ROWS = 3


def ends(items: Sequence[Item], most: int = MOST_ROWS, last: int = LAST_ROWS) -> tuple[Item | None, ...]:
    """Return the items, or of more than ``most`` the first and the ``last`` ones with None for those between.

    >>> ends("abc"), ends("abcdefgh", 6)
    (('a', 'b', 'c'), ('a', 'b', None, 'f', 'g', 'h'))
    """
    if len(items) <= most:
        return tuple(items)
    return (*items[: most - last - 1], None, *items[-last:])
