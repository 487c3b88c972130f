"""Statements: the equations that a document makes, as they stand on the page.

Lines of a display that continue one another are joined again; several equations in a line are taken apart; in the tables of
local maps and of paths a row is a statement about the cells before it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TypeAlias

from derive.notation.express import ELLIPSIS
from derive.notation.formula import (
    Brace,
    Formula,
    Line,
    Number,
    Power,
    Row,
    Sign,
    Symbol,
    Transposed,
    Words,
    children,
    inside,
)
from derive.notation.items import HERE, Items, spelled, split
from derive.notation.text import text
from derive.report.document import (
    Beside,
    Block,
    Callout,
    Display,
    Document,
    Emphasis,
    Heading,
    Inline,
    Math,
    Paragraph,
    Pieces,
    Shaded,
    Strong,
    Table,
    Text,
)
from derive.report.document import Items as Listed

EQUALS = frozenset("=")
ABOUT = frozenset("=≈")
DOTS = frozenset({ELLIPSIS, "…", "⋮"})

LOCAL = ("equation", "argument", "received")
"""The columns of the table of local derivatives; an empty one, and the same again, may stand beside them."""


@dataclass(frozen=True)
class Received:
    """What the adjoint of an argument receives from that of an equation's value."""

    of: Symbol
    by: Symbol


@dataclass(frozen=True)
class Route:
    """The product of the local derivatives from node to node."""

    nodes: tuple[Symbol, ...]


@dataclass(frozen=True)
class Truncated:
    """The truncated gradient by a target."""

    target: Symbol


@dataclass(frozen=True)
class Counted:
    """A count that the same document gives."""

    count: int


Fact: TypeAlias = Received | Route | Truncated | Counted


@dataclass(frozen=True)
class Statement:
    """Sides that are said to be equal, and where; ``fact`` is something else that they are said to be.

    If it is ``reckoned``, rounded numbers are reckoned with between its first side and its last.
    """

    place: str
    sides: tuple[Items, ...]
    when: Items = ()
    fact: Fact | None = None
    reckoned: bool = False

    def __str__(self) -> str:
        """The statement as plain text."""
        return " = ".join(map(_text, self.sides))

    @cached_property
    def formulas(self) -> tuple[Formula, ...]:
        """Every formula in it, with those inside."""
        return tuple(_inside(self.sides))

    @cached_property
    def is_elided(self) -> bool:
        """Whether something is left out."""
        return any(isinstance(formula, Sign) and formula.text in DOTS for formula in self.formulas)

    @cached_property
    def is_numeric(self) -> bool:
        """Whether it gives numbers of the worked example, holds under a condition there, or counts something."""
        if self.fact is not None:
            return isinstance(self.fact, Counted)
        return bool(self.when) or not any(isinstance(formula, Symbol) for formula in _inside(self.sides[1:]))


def _inside(sides: Iterable[Items]) -> Iterator[Formula]:
    return inside(itertools.chain(*sides))


def _text(items: Items) -> str:
    """Items as plain text, each exponent at what it belongs to."""
    joined: list[Formula] = []
    for item in items:
        match item:
            case Power(base, exponent) if base == HERE and joined:
                joined[-1] = Power(joined[-1], exponent)
            case Transposed(base) if base == HERE and joined:
                joined[-1] = Transposed(joined[-1])
            case _:
                joined.append(item)
    return text(Row(tuple(joined)))


def statements(document: Document, pieces: Pieces | None = None) -> Iterator[Statement]:
    """Every equation of a document, in its order; ``pieces`` has those of the same blocks in the document before."""
    pieces, place, counts = pieces or Pieces(), "", _counts(document)
    told = tuple(counts.items())
    for block in document.blocks:
        if isinstance(block, Heading):
            place = _headed(block)
        yield from pieces.of(block, ("statements", place, told), partial(_listed, block, place, counts))


def _listed(block: Block, place: str, counts: Mapping[str, int]) -> tuple[Statement, ...]:
    return tuple(_of_blocks([block], place, counts))


def _counts(document: Document) -> dict[str, int]:
    """The counts in the table of costs, by what was counted."""
    return {
        _said(row[0]): _number(row[1])
        for block in document.flat
        if isinstance(block, Table) and block.label == "tab-costs"
        for row in block.rows
        if _said(row[1])
    }


def _headed(heading: Heading) -> str:
    """What a section is called."""
    return "".join(inline.text for inline in heading.inlines if isinstance(inline, Text)).strip()


def _of_blocks(blocks: Iterable[Block], place: str, counts: Mapping[str, int]) -> Iterator[Statement]:
    for block in blocks:
        match block:
            case Heading():
                place = _headed(block)
            case Paragraph(inlines):
                yield from _of_inlines(inlines, place)
            case Display(lines):
                yield from _of_lines(lines, place, counts)
            case Callout() | Beside():
                yield from _of_blocks(block.blocks, place, counts)
            case Listed(items):
                for item in items:
                    yield from _of_blocks(item, place, counts)
            case Table():
                yield from _of_table(block)


def _of_inlines(inlines: Iterable[Inline], place: str) -> Iterator[Statement]:
    for inline in inlines:
        match inline:
            case Math(formula):
                yield from _of_items(tuple(spelled(formula)), place)
            case Emphasis(inner) | Strong(inner) | Shaded(inner):
                yield from _of_inlines(inner, place)


def _of_items(items: Items, place: str) -> Iterator[Statement]:
    """The equations in items that are separated by commas; what is reckoned out in numbers is one of its own."""
    for _, part in split(items, frozenset(",")):
        left, *others = (side for _, side in split(part, ABOUT))
        symbols = [side for side in others if _has_symbols(side)]
        numbers = others[len(symbols) :]
        if symbols and numbers and others[: len(symbols)] == symbols:
            yield Statement(place, (left, *symbols))
            yield Statement(place, (left, *numbers), reckoned=len(numbers) > 1)
            continue
        sides = tuple(side for _, side in split(part, EQUALS))
        if len(sides) > 1:
            *before, last = sides
            last, when = _condition(last)
            yield Statement(place, tuple(map(_bare, (*before, last))), when)


def _has_symbols(items: Items) -> bool:
    return any(isinstance(formula, Symbol) for formula in inside(items))


def _bare(items: Items) -> Items:
    """A side without the space before it."""
    return _bare(items[1:]) if items and isinstance(items[0], Words) and not items[0].text.strip() else items


def _condition(items: Items) -> tuple[Items, Items]:
    """A side, and the condition in brackets behind it."""
    for place, item in enumerate(items):
        if isinstance(item, Words) and items[place + 1 : place + 2] == (Sign("("),) and items[-1] == Sign(")"):
            return items[:place], items[place + 2 : -1]
    return items, ()


# -- displays -----------------------------------------------------------------------------------------------------------


def _of_lines(lines: Iterable[Line], place: str, counts: Mapping[str, int]) -> Iterator[Statement]:
    for items, truncated in _joined(lines):
        if isinstance(items[0], Words) and items[0].text in counts:
            (_, (words, *when)), (_, right) = split(items, EQUALS)
            yield Statement(place, (right,), tuple(when[1:]), Counted(counts[words.text]))  # type: ignore[union-attr]
            continue
        for found in _of_items(items, place):
            if truncated is None:
                yield found
            else:
                (derivative,) = found.sides[0]
                yield Statement(place, found.sides[1:], fact=Truncated(children(derivative)[1]))  # type: ignore[arg-type]


def _joined(lines: Iterable[Line]) -> Iterator[tuple[Items, Brace | None]]:
    """Lines that continue one another as one; with the brace under its left side, if it has one."""
    current: list[Formula] = []
    brace: Brace | None = None
    for line in lines:
        right = tuple(spelled(line.right))
        sign = (Sign(line.sign),) if line.sign else ()
        begins = line.left is not None or (not line.sign and len(split(right, EQUALS)) > 1)
        if begins:
            if current:
                yield tuple(current), brace
            left = line.right if line.left == Words("") else line.left
            brace = left if isinstance(left, Brace) else None
            current = [] if line.left is None or line.left == Words("") else list(spelled(line.left))
        current += (*sign, *right)
    if current:
        yield tuple(current), brace


# -- tables -------------------------------------------------------------------------------------------------------------


def _of_table(table: Table) -> Iterator[Statement]:
    yield from _of_inlines(table.caption, table.label)
    for column in table.columns:
        yield from _of_inlines(column.header, table.label)
    match table.label:
        case "tab-local":
            yield from _of_local(table)
        case "tab-forward" | "tab-backward":
            yield from _over_steps(table)
        case "tab-costs":
            yield from _of_costs(table)
        case label if label.startswith("tab-paths-"):
            yield from _of_paths(table)


def _of_local(table: Table) -> Iterator[Statement]:
    """What an equation computes or, from the row above, the same; an argument; what it receives; and so once more beside."""
    for first in range(0, len(table.columns), len(LOCAL) + 1):
        head: Symbol | None = None
        for row in table.rows:
            of, argument, received = map(_cell, row[first : first + len(LOCAL)])
            head = next((item for item in of if isinstance(item, Symbol)), head)
            by = next((item for item in argument if isinstance(item, Symbol)), None)
            if head and by:
                yield Statement(table.label, (received,), fact=Received(head, by))


def _of_paths(table: Table) -> Iterator[Statement]:
    """Of each path its route and its product."""
    for row in table.rows:
        route, product = _cell(row[1]), _cell(row[3])
        nodes = tuple(item for item in route if isinstance(item, Symbol))
        if product and len(nodes) > 1:
            sides = (product, route) if _has_dots(route) else (product,)
            yield Statement(table.label, sides, fact=Route(nodes))


def _over_steps(table: Table) -> Iterator[Statement]:
    """A formula for general t, and its number at each step; a plain 0 also says that a term does not exist."""
    (letter,), *steps = (_cell(column.header) for column in table.columns)
    for head, *numbers in table.rows:
        for step, found in zip(steps, map(_cell, numbers), strict=True):
            if found != (Number("0"),) and not _has_dots(found):
                yield Statement(table.label, (_cell(head), found), (letter, Sign("="), *step))


def _of_costs(table: Table) -> Iterator[Statement]:
    """Of each method its counts, and beside them formulas for every T, with where they begin to hold.

    A count that is only about so large, with ≈, is left to the code that counts.
    """
    for _, *counts in table.rows:
        for count, inlines in zip(counts, counts[2:], strict=False):
            formulas = [tuple(spelled(inline.formula)) for inline in inlines if isinstance(inline, Math)]
            if formulas and formulas[0][0] != Sign("≈") and _said(count):
                when = formulas[1] if len(formulas) > 1 else ()
                yield Statement(table.label, (formulas[0],), when, Counted(_number(count)))


def _has_dots(items: Items) -> bool:
    return any(isinstance(item, Sign) and item.text in DOTS for item in items)


def _cell(inlines: Iterable[Inline]) -> Items:
    """The formulas of a cell, side by side."""
    return tuple(item for inline in inlines if isinstance(inline, Math) for item in spelled(inline.formula))


def _said(inlines: Iterable[Inline]) -> str:
    """The words of a cell."""
    return "".join(inline.text for inline in inlines if isinstance(inline, Text))


def _number(inlines: Iterable[Inline]) -> int:
    return int(_said(inlines).replace("\u202f", ""))
