"""Shown: how a value of the mathematics shows itself to a person.

The mathematics does not know how it is printed, so that nothing in it depends on notation or on the report. It names a few
operations here, and the rooms that do know fill them in, type by type: `derive.notebook` gives formulas, tables and pictures,
`derive.symbolic` SymPy expressions, `derive.api` one handout or many. Whoever uses the package by its own name
(``from derive import derive``) has all.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import singledispatch
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, TypeVar, runtime_checkable

Entry = TypeVar("Entry")


@runtime_checkable
class View(Protocol):
    """A value as a person sees it: a fragment of a page, of Markdown, or lines of text."""

    @property
    def html(self) -> str:
        """An element of a page that needs nothing else."""

    @property
    def markdown(self) -> str:
        """Markdown as notebooks read it."""

    @property
    def text(self) -> str:
        """A few lines of plain text."""


_awaited: list[str] = []
"""Modules that fill in how values show themselves, and are not loaded before one does."""


def filled_in_by(module: str) -> None:
    """Have a module loaded when the first value shows itself."""
    _awaited.append(module)


def _load() -> bool:
    """Load what is awaited; return whether there was anything."""
    found, _awaited[:] = tuple(_awaited), []
    for module in found:
        import_module(module)
    return bool(found)


@singledispatch
def latex(value: object) -> str | None:
    """Return a value as LaTeX between dollars, or None where nothing is known of how it is printed."""
    return latex(value) if _load() else None


@singledispatch
def view(value: object) -> View | None:
    """Return a value as formulas, tables and pictures, or None where nothing is known of how it is shown."""
    return view(value) if _load() else None


@singledispatch
def symbolic(value: object, network: Any = None) -> Any:
    """Return a value as SymPy expressions; ``network`` tells sizes to a value that does not know its network."""
    if _load():
        return symbolic(value, network)
    raise NotImplementedError("SymPy expressions are made by derive.api; use `from derive import derive`")


@singledispatch
def handout(value: object, folder: Path, keywords: dict[str, Any]) -> tuple[Path, ...]:
    """Write a value's handout into a folder, and return its files."""
    raise NotImplementedError("handouts are made by derive.api; use `from derive import derive`")


@singledispatch
def exhibits(value: object, keywords: dict[str, Any]) -> Mapping[str, Any]:
    """Return the tables, pictures and numbered formulas of a value's handout by their labels."""
    if _load():
        return exhibits(value, keywords)
    raise NotImplementedError("handouts are made by derive.api; use `from derive import derive`")


@singledispatch
def handouts(value: object, folder: Path, rows: Any, keywords: dict[str, Any]) -> tuple[Any, ...]:
    """Write a handout for each row of values into a folder, and return what became of each."""
    raise NotImplementedError("handouts are made by derive.api; use `from derive import derive`")


class Symbolic:
    """A value that can be had in SymPy."""

    __slots__ = ()

    def sympy(self) -> Any:
        """Return the value as a SymPy expression to go on with; see `derive.symbolic`."""
        return symbolic(self)


class Seen:
    """A value that shows itself: in a notebook as formulas, tables and pictures, elsewhere as a few lines of text.

    What Jupyter asks for is None if nobody has said how.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        """A few lines of text; of what nobody has said how to show, what it is."""
        seen = view(self)
        return f"<{type(self).__name__}>" if seen is None else seen.text

    def _repr_html_(self) -> str | None:
        seen = view(self)
        return None if seen is None else seen.html

    def _repr_markdown_(self) -> str | None:
        seen = view(self)
        return None if seen is None else seen.markdown

    def _repr_latex_(self) -> str | None:
        return latex(self)


class Shown(Seen, Symbolic):
    """A value that shows itself, and that can be had in SymPy."""

    __slots__ = ()


class Several(Seen, tuple[Entry, ...]):
    """Values one after another, which show themselves together."""

    __slots__ = ()


class Named(Seen, dict[str, Entry]):
    """Values by their names, which show themselves one below another."""
