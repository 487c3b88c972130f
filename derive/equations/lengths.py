"""Lengths: sizes that are sums of others, as those of joined vectors are: d + n, 4n.

A size is a text: a name, a number, or a sum of such, each perhaps some times, ``"d+n"``, ``"4n"``, ``"2*n+1"``. It is kept in
one form, the names in alphabetical order and a number last, so that what is equal for all sizes is written alike.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

SINGLE = "1"
"""The size of an axis of one."""
NOTHING = "0"
"""How far a part begins from the beginning."""
LARGEST = 1_000
"""A size may be so many times another, or so large a number."""
_TERM = re.compile(r"(?P<times>\d{1,4}(?![\d_]))?\s*\*?\s*(?P<name>[^\W\d]\w*)?")


def length(text: str) -> str:
    """Return a size in the one form that it is kept in. Raises ValueError for what is none.

    >>> length("n + d"), length("n+n+n+n"), length("4*n"), length("1")
    ('d+n', '4n', '4n', '1')
    """
    found: dict[str, int] = {}
    for term in text.split("+"):
        read = _TERM.fullmatch(term.strip())
        if read is None or not any(read.groups()) or ("*" in term and not all(read.groups())):
            raise ValueError(text)
        name, times = read["name"] or "", int(read["times"] or 1)
        found[name] = found.get(name, 0) + times
    if not all(0 < times <= LARGEST for times in found.values()):
        raise ValueError(text)
    return written(found)


@lru_cache(maxsize=10_000)
def _terms(size: str) -> tuple[tuple[str, int], ...]:
    found = []
    for term in size.split("+"):
        read = _TERM.fullmatch(term)
        if read is None:
            raise AssertionError(f"{size} is no size")
        found.append((read["name"] or "", int(read["times"] or 1)))
    return tuple(found)


def terms(size: str) -> dict[str, int]:
    """Return how often each name is in a size; ``""`` is a number.

    >>> terms("2n+1")
    {'n': 2, '': 1}
    """
    return {name: times for name, times in _terms(size) if times}


def written(counted: Mapping[str, int]) -> str:
    """Return the size that holds each name so often.

    >>> written({"n": 4, "d": 1, "": 1}), written({})
    ('d+4n+1', '0')
    """
    names = sorted(name for name, times in counted.items() if name and times)
    parts = [f"{counted[name] if counted[name] != 1 else ''}{name}" for name in names]
    parts += [str(counted[""])] if counted.get("") else []
    return "+".join(parts) or NOTHING


def joined(*sizes: str) -> str:
    """Return the sum of sizes.

    >>> joined("n", "d", "n")
    'd+2n'
    """
    found: dict[str, int] = {}
    for size in sizes:
        for name, times in terms(size).items():
            found[name] = found.get(name, 0) + times
    return written(found)


def left_over(whole: str, part: str) -> str | None:
    """Return what is left of a size without another; None if that would be less than nothing for some sizes.

    >>> left_over("4n", "n"), left_over("n", "n"), left_over("d", "n")
    ('3n', '0', None)
    """
    found = terms(whole)
    for name, times in terms(part).items():
        found[name] = found.get(name, 0) - times
    return None if any(times < 0 for times in found.values()) else written(found)


def is_sum(size: str) -> bool:
    """Whether a size is more than a name, or 1."""
    return size != SINGLE and not size.isidentifier()


def length_at(size: str, sizes: Mapping[str, int]) -> int:
    """Return a size as a number, given those that its names stand for.

    >>> length_at("d+2n", {"d": 3, "n": 2})
    7
    """
    return sum(times * (sizes[name] if name else 1) for name, times in terms(size).items())
