"""Contents: which chapters a handout can have beyond the derivation, in their order."""

from __future__ import annotations

from collections.abc import Iterable

from derive.errors import DeriveError

CHAPTERS = ("groups", "lags", "truncation", "forward", "costs")
ALL = "all"


def chosen(names: Iterable[str], truncate: tuple[int, int] | None = None) -> tuple[str, ...]:
    """Return the chapters to tell, in the order of the handout: those named, or ``all``; ``truncate`` asks for its own.

    Raises `DeriveError` for one that there is not.

    >>> chosen(["lags"], (2, 1))
    ('lags', 'truncation')
    """
    wanted = [*names, *(["truncation"] if truncate else [])]
    unknown = [name for name in wanted if name not in (*CHAPTERS, ALL)]
    if unknown:
        raise DeriveError(f"there is no chapter {', '.join(unknown)}; known are {', '.join(CHAPTERS)}, and {ALL}")
    return tuple(name for name in CHAPTERS if name in wanted or ALL in wanted)
