"""Named: a formula that no line can hold, with names for parts of it — A = …, and A in its place.

Where a formula cannot be broken, as of functions within functions, its inmost part that makes it fit gets a name; the name's
meaning is shortened in the same way. So nothing is left out, and no formula is wider than there is room.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields, replace
from string import ascii_uppercase
from typing import Any, Final

from derive.notation.formula import (
    Apply,
    Big,
    Brace,
    Cases,
    Colored,
    Formula,
    Fraction,
    Group,
    Matrix,
    Minus,
    Number,
    Power,
    Product,
    Root,
    Row,
    Sign,
    Sum,
    Symbol,
    Transposed,
    Words,
    children,
    inside,
)
from derive.notation.measure import width

_LETTER: Final = 1.6
"""What is no wider, in em, gets no name: a letter with a number takes as much."""


@dataclass
class Names:
    """Names for parts of formulas, none of which the formulas have already; the same part has the same name."""

    taken: frozenset[str]
    of: dict[Formula, Symbol] = field(default_factory=dict)

    def shortened(self, formula: Formula, room: float) -> tuple[Formula, tuple[tuple[Symbol, Formula], ...]]:
        """Return a formula no wider than ``room``, in em, if names can do it, and what the names in it stand for."""
        short = self._short(formula, room)
        meant: dict[Symbol, Formula] = {}
        waiting = [short]
        while waiting:
            for part, name in self._used(waiting.pop()):
                if name not in meant:
                    meant[name] = self._short(part, room - width(name) - _LETTER)
                    waiting.append(meant[name])
        return short, tuple(meant.items())

    def _used(self, formula: Formula) -> tuple[tuple[Formula, Symbol], ...]:
        """The names in a formula, with what each stands for."""
        found = set(inside((formula,)))
        return tuple((part, name) for part, name in self.of.items() if name in found)

    def _short(self, formula: Formula, room: float) -> Formula:
        """A formula with names for the inmost parts that make it fit, the widest part first."""
        while width(formula) > room:
            widest = max((part for part in _parts(formula) if width(part) > _LETTER), key=width, default=None)
            if widest is None:
                break
            left = room - (width(formula) - width(widest))
            inner = self._short(widest, left) if left >= _LETTER else widest
            formula = _with(formula, widest, inner if width(inner) <= left else self._name(widest))
        return formula

    def _name(self, part: Formula) -> Symbol:
        """The name of a part: a letter, then the same letters with numbers."""
        body = part.body if isinstance(part, Group) else part
        if body not in self.of:
            given = set(self.of.values())
            self.of[body] = next(name for name in _letters(self.taken) if name not in given)
        return self.of[body]


def _letters(taken: Iterable[str]) -> Iterator[Symbol]:
    """A, B, C …, then A₁, B₁ …, without those taken, whatever numbers they have."""
    free = [letter for letter in ascii_uppercase if letter not in taken and letter not in "LT"] or ["Ξ"]
    yield from map(Symbol, free)
    count = 0
    while True:
        count += 1
        yield from (Symbol(letter, subs=(Number(str(count)),)) for letter in free)


def _parts(formula: Formula) -> Iterator[Formula]:
    """What may have a name of its own, of what is directly in a formula."""
    return (part for part in _content(formula) if not isinstance(part, Words | Sign | Symbol))


def _content(formula: Formula) -> tuple[Formula, ...]:
    match formula:
        case Row() | Sum() | Product() | Apply() | Minus() | Root() | Group() | Transposed() | Colored() | Fraction():
            return children(formula)
        case Matrix() | Cases():
            return children(formula)
        case Power(base=base):
            return (base,)
        case Brace(body=body) | Big(body=body):
            return (body,)
        case _:
            return ()


def _with(formula: Formula, part: Formula, other: Formula) -> Formula:
    """A formula with another part in the place of one."""
    found = {item.name: _swapped(getattr(formula, item.name), part, other) for item in fields(formula)}
    return replace(formula, **found)


def _swapped(value: Any, part: Formula, other: Formula) -> Any:
    if isinstance(value, tuple):
        return tuple(_swapped(item, part, other) for item in value)
    return other if value is part else value
