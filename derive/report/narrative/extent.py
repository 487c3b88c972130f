"""Extent: how much there is to write of what a template calls for, its letters and the parts of its formulas and pictures.

A word of a stranger's can stand in every cell of a table, and a table be shown five hundred times: what is short to call for
can be long to write. What stands in several places counts in each, and is gone through once.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any


class Extents:
    """The extents of what was made for one document."""

    def __init__(self) -> None:
        """Begin with none."""
        self._known: dict[int, tuple[object, int]] = {}

    def of(self, value: object) -> int:
        """Return how many letters and parts there are in something.

        >>> from derive.notation.formula import Symbol
        >>> Extents().of((Symbol("h"), Symbol("h"))) == 1 + 2 * Extents().of(Symbol("h"))
        True
        """
        if isinstance(value, str):
            return len(value)
        if not isinstance(value, tuple) and not is_dataclass(value):
            return 0
        known = self._known.get(id(value))
        if known is None:
            parts = value if isinstance(value, tuple) else [getattr(value, name) for name in _names(value.__class__)]
            # What is known is kept, so that nothing else gets its identity.
            known = self._known[id(value)] = (value, 1 + sum(map(self.of, parts)))
        return known[1]


@cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(each.name for each in fields(kind))
