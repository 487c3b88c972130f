"""Code: the loss and its gradients as a file in a language, as a careful person would have written it.

One generator makes a list of statements of a recurrence (`listing`), another does for all steps at once what does not wait for
its neighbour (`ahead`), and a printer per language spells them (`derive.programs.printers`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from derive.errors import DeriveError
from derive.programs.ahead import ahead
from derive.programs.listing import listing
from derive.programs.printers.c import C
from derive.programs.printers.javascript import JavaScript
from derive.programs.printers.jax import Jax
from derive.programs.printers.numpy import NumPy
from derive.programs.printers.printer import Printer
from derive.programs.printers.python import Python
from derive.programs.printers.torch import Torch
from derive.recurrence import Recurrence

OF_ARRAYS: Final[Mapping[str, type[Printer]]] = {"numpy": NumPy, "torch": Torch, "jax": Jax}
"""Languages of whole arrays."""
OF_NUMBERS: Final[Mapping[str, type[Printer]]] = {"python": Python, "c": C, "javascript": JavaScript}
"""Languages in which numbers are computed one by one."""
TARGETS: Final = (*OF_ARRAYS, *OF_NUMBERS)
"""Every language that code is written in."""


def code(recurrence: Recurrence, target: str, *, plain: bool = False) -> str:
    """Return the loss and its gradients as a file in a language, with a gradient check at its end.

    ``plain`` is the textbook loop; else what does not wait for its neighbour is done for all steps at once, in a language of
    whole arrays. The same network gives the same bytes.

    Raises `DeriveError` for a target that there is not, or a network that a target cannot express.

    >>> from derive.graph import Graph
    >>> from derive.network import load
    >>> text = code(Recurrence(Graph(load("elman-vector"))), "numpy")
    >>> "        a = a_given[t] + W_h @ h[t - 1]" in text.splitlines()
    True
    """
    if target not in TARGETS:
        raise DeriveError(f"there is no target {target}; known are {', '.join(TARGETS)}")
    found = listing(recurrence)
    if target in OF_NUMBERS:
        return OF_NUMBERS[target](found).file()
    return OF_ARRAYS[target](found if plain else ahead(found)).file()
