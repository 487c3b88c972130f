"""Lazily: the face of a room imports a name from where it lives when somebody first asks for it.

A handout of few paths groups none, and truncates nothing: what it does not use, nobody waits for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import Any


def lazily(room: str, homes: Mapping[str, Iterable[str]]) -> Callable[[str], Any]:
    """Return the ``__getattr__`` of a room: ``homes`` are modules, each with the names that it hands out through the face.

    >>> find = lazily("json", {"json.decoder": ["JSONDecoder"]})
    >>> find("JSONDecoder").__module__
    'json.decoder'
    >>> find("JSONReader")
    Traceback (most recent call last):
    AttributeError: module json has no attribute 'JSONReader'
    """
    home_of = {name: module for module, names in homes.items() for name in names}

    def find(name: str) -> Any:
        if name not in home_of:
            raise AttributeError(f"module {room} has no attribute {name!r}")
        return getattr(import_module(home_of[name]), name)

    return find
