"""Sizes: a shape as it is written, ``"n, d"``, and as it is worked with, ("n", "d").

A size is a name, which stands for one number wherever it is used, or 1, or a sum of such: ``"n, d+n"``, ``"4n"``. A shape
without sizes is that of a scalar.
"""

from __future__ import annotations

from typing import Any

from derive.equations import Shape, length
from derive.errors import NetworkError

MOST_SIZES = 2


def sizes(shape: Any, place: str) -> Shape:
    """Return the sizes of a shape that is written as a text, or as a list or tuple of texts; ``place`` begins the message.

    Raises `NetworkError` for what is no shape. (A tuple of more than two sizes passes; it is the network that says so.)

    >>> sizes("n, d", "W"), sizes("4*n, n+d", "W")
    (('n', 'd'), ('4n', 'd+n'))
    """
    found = shape
    if isinstance(shape, str):
        found = [size.strip() for size in shape.split(",")] if shape.strip() else []
        found = found if len(found) <= MOST_SIZES else None
    if isinstance(found, list | tuple) and all(isinstance(size, str) for size in found):
        try:
            return tuple(map(length, found))
        except ValueError:
            pass
    written = f'"{shape}"' if isinstance(shape, str) else repr(shape)
    raise NetworkError(
        f'{place}: a shape is one or two size names, such as "n" or "n, d" (or 1, or sums "d+n", "4n"), not {written}'
    )
