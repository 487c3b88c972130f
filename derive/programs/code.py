"""Code: the loss and its gradients as a file in a language, as a careful person would have written it.

One generator makes a list of statements of a recurrence (`listing`), another does for all steps at once what does not wait for
its neighbour (`ahead`), and a printer per language spells them (`derive.programs.printers`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from derive.errors import DeriveError
from derive.programs.ahead import ahead
from derive.programs.listing import listing
from derive.programs.printers.numpy import NumPy
from derive.programs.statements import Listing
from derive.recurrence import Recurrence

WHOLE: Final[Mapping[str, Callable[[Listing], str]]] = {"numpy": lambda found: NumPy(found).file()}
"""Languages of whole arrays."""
TARGETS: Final = (*WHOLE,)
"""Every language that code is written in."""


def code(recurrence: Recurrence, target: str, *, plain: bool = False) -> str:
    """Return the loss and its gradients as a file in a language, with a gradient check at its end.

    ``plain`` is the textbook loop; else what does not wait for its neighbour is done for all steps at once. The same network
    gives the same bytes. Raises `DeriveError` for a target that there is not, or a network that a target cannot express.

    >>> from derive.graph import Graph
    >>> from derive.network import load
    >>> text = code(Recurrence(Graph(load("elman-vector"))), "numpy")
    >>> "        a = a_given[t] + W_h @ h[t - 1]" in text.splitlines()
    True
    """
    if target not in TARGETS:
        raise DeriveError(f"there is no target {target}; known are {', '.join(TARGETS)}")
    found = listing(recurrence)
    return WHOLE[target](found if plain else ahead(found))
