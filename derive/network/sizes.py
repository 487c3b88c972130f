"""Sizes: a shape as it is written, ``"n, d"``, and as it is worked with, ("n", "d").

A size is a name, which stands for one number wherever it is used, or 1. A shape without sizes is that of a scalar.
"""

from __future__ import annotations

from typing import Any

from derive.equations import SINGLE, Shape
from derive.errors import NetworkError

MOST_SIZES = 2


def sizes(shape: Any, place: str) -> Shape:
    """Return the sizes of a shape that is written as a text, or as a list or tuple of texts; ``place`` begins the message.

    Raises `NetworkError` for what is no shape. (A tuple of more than two sizes passes; it is the network that says so.)

    >>> sizes("n, d", "W")
    ('n', 'd')
    """
    found = shape
    if isinstance(shape, str):
        found = [size.strip() for size in shape.split(",")] if shape.strip() else []
        found = found if len(found) <= MOST_SIZES else None
    if not isinstance(found, list | tuple) or not all(map(_is_size, found)):
        written = f'"{shape}"' if isinstance(shape, str) else repr(shape)
        raise NetworkError(f'{place}: a shape is one or two size names, such as "n" or "n, d" (or 1), not {written}')
    return tuple(found)


def _is_size(size: object) -> bool:
    return isinstance(size, str) and (size.isidentifier() or size == SINGLE)
