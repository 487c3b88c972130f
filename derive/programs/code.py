"""Code: the loss and its gradients as a file in a language, as a careful person would have written it.

One generator makes a list of statements of a recurrence (`listing`), another does for all steps at once what does not wait for
its neighbour (`ahead`), and a printer per language spells them (`derive.programs.printers`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Final

from derive.errors import DeriveError
from derive.graph import Graph
from derive.recurrence import Recurrence

if TYPE_CHECKING:
    from derive.programs.printers.printer import Printer

OF_ARRAYS: Final[Mapping[str, str]] = {"numpy": "NumPy", "torch": "Torch", "jax": "Jax"}
"""Languages of whole arrays: the module of `derive.programs.printers` that writes each, and its class."""
OF_NUMBERS: Final[Mapping[str, str]] = {"python": "Python", "c": "C", "javascript": "JavaScript"}
"""Languages in which numbers are computed one by one."""
TARGETS: Final = (*OF_ARRAYS, *OF_NUMBERS)
"""Every language that code is written in."""


def code(recurrence: Recurrence, target: str, *, plain: bool = False) -> str:
    """Return the loss and its gradients as a file in a language, with a gradient check at its end.

    ``plain`` is the textbook loop; else what does not wait for its neighbour is done for all steps at once, in a language of
    whole arrays, and in one of numbers nothing twice. The same network gives the same bytes. A function is called with any
    data, so what adds up to 1 in the handout is added up.

    Raises `DeriveError` for a target that there is not, or a network that a target cannot express.

    >>> from derive.graph import Graph
    >>> from derive.network import load
    >>> text = code(Recurrence(Graph(load("elman-vector"))), "numpy")
    >>> "        a = a_given[t] + W_h @ h[t - 1]" in text.splitlines()
    True
    """
    if target not in TARGETS:
        raise DeriveError(f"there is no target {target}; known are {', '.join(TARGETS)}")
    # What writes code is loaded where code is asked for.
    from derive.programs.ahead import ahead  # noqa: PLC0415
    from derive.programs.held import held  # noqa: PLC0415
    from derive.programs.kept import kept  # noqa: PLC0415
    from derive.programs.listing import listing  # noqa: PLC0415
    from derive.programs.repeated import repeated  # noqa: PLC0415
    from derive.programs.signs import signed  # noqa: PLC0415
    from derive.programs.straight import added_up, after, common, joined  # noqa: PLC0415

    found = signed(listing(for_any_data(recurrence)))
    if not plain:
        found = kept(common(found), weights=target in OF_NUMBERS)
        match target:
            case "c":
                found = added_up(after(found), factored=False)
            case "python":
                found = held(added_up(joined(found)))
            case "javascript":
                found = added_up(found, factored=False)
            case _:
                found = repeated(ahead(found))
    return _printer(target)(found).file()


def for_any_data(recurrence: Recurrence) -> Recurrence:
    """Return the recurrence of the same network for data that need not add up to 1."""
    network = recurrence.graph.network
    return Recurrence(Graph(replace(network, distributions=()))) if network.distributions else recurrence


def _printer(target: str) -> type[Printer]:
    """What writes code for a target."""
    name = {**OF_ARRAYS, **OF_NUMBERS}[target]
    printer: type[Printer] = getattr(import_module(f"derive.programs.printers.{target}"), name)
    return printer
