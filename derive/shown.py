"""Shown: how a value of the mathematics shows itself to a person.

The mathematics does not know how it is printed, so that nothing in it depends on notation or on the report. It names three
operations here, and the rooms that do know fill them in, type by type: `derive.notebook` gives LaTeX, `derive.symbolic` SymPy
expressions, `derive.api` the handout. Whoever uses the package by its own name (``from derive import derive``) has all.
"""

from __future__ import annotations

from functools import singledispatch
from pathlib import Path
from typing import Any


@singledispatch
def latex(value: object) -> str | None:  # noqa: ARG001 - what no room has filled in shows nothing
    """Return a value as LaTeX between dollars, or None where nothing is known of how it is printed."""
    return None


@singledispatch
def symbolic(value: object, network: Any = None) -> Any:
    """Return a value as SymPy expressions; ``network`` tells sizes to a value that does not know its network."""
    raise NotImplementedError("SymPy expressions are made by derive.api; use `from derive import derive`")


@singledispatch
def handout(value: object, folder: Path, keywords: dict[str, Any]) -> tuple[Path, ...]:
    """Write a value's handout into a folder, and return its files."""
    raise NotImplementedError("handouts are made by derive.api; use `from derive import derive`")


class Symbolic:
    """A value that can be had in SymPy."""

    __slots__ = ()

    def sympy(self) -> Any:
        """Return the value as a SymPy expression to go on with; see `derive.symbolic`."""
        return symbolic(self)


class Shown(Symbolic):
    """A value that a notebook shows as a formula."""

    __slots__ = ()

    def _repr_latex_(self) -> str | None:
        """What Jupyter asks for; None if nobody has said how."""
        return latex(self)
