"""Narrow: nothing is wider than the page, decided once for every format that has pages, so that no engine refuses a formula.

A displayed formula wider than the line is set smaller, down to `SMALLEST` of its size; how much smaller, the engine measures.
Where that is not enough, parts of it get names (`derive.notation.named`), which the display explains in lines of its own. A
formula in a cell or in the text breaks where a displayed one would, and is shortened in the same way; of one that still takes
more than `MOST_LINES` the rest is left out, and counted. A table too wide gets columns that wrap.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cached_property
from typing import Final

from derive.notation.formula import Formula, Line, Row, Sign, Sum, Symbol, children
from derive.notation.lines import broken
from derive.notation.measure import width
from derive.notation.named import Names
from derive.report.document.document import (
    Block,
    Callout,
    Display,
    Document,
    Inline,
    Items,
    Math,
    Paragraph,
    Shaded,
    Table,
    Text,
)
from derive.report.document.pieces import Pieces
from derive.report.document.space import letters, wide

SMALLEST: Final = 0.4
"""The least size of a displayed formula, as a share of its full size."""
MOST_LINES: Final = 10
"""So many lines does a formula take in a cell or in the text."""
_LINE: Final = 48.0
"""How wide a line is, in em."""
_SURE: Final = 0.9
"""Widths are estimates, within a tenth."""
_INDENT: Final = 3.0
_TABLE: Final = 53.0
_PADDING: Final = 1.2
_LETTERS_PER_EM: Final = 2.2
_LEAST: Final = 9.0
"""A column that wraps is at least so wide, in em."""


def may_stand_out(display: Display) -> bool:
    """Return whether a display may be wider than the line, so that an engine has to measure it."""
    return wide(display) > _SURE * _LINE


def narrow(document: Document, left_out: Callable[[int], Formula], pieces: Pieces | None = None) -> Document:
    """Return a document in which nothing is too wide to be set; ``left_out`` says how many lines of a formula are left out.

    A block that has room is the same as before; ``pieces`` has which of those of the document before do.
    """
    narrowing, kept = _Narrow(document, left_out), pieces or Pieces()

    def narrowed(block: Block) -> Block:
        found: list[Block] = []

        def has_room() -> bool:
            found.append(narrowing.block(block, _LINE))
            return found[0] == block

        if kept.of(block, narrow, has_room):
            return block
        return found[0] if found else narrowing.block(block, _LINE)

    blocks = tuple(map(narrowed, document.blocks))
    return document if blocks == document.blocks else replace(document, blocks=blocks)


@dataclass(frozen=True)
class _Narrow:
    """A document to be narrowed, and the names it needs for that."""

    document: Document
    left_out: Callable[[int], Formula]

    @cached_property
    def names(self) -> Names:
        """Names that are no symbol of the document."""
        return Names(frozenset(symbol.letter for symbol in _symbols(self.document)))

    def blocks(self, blocks: Sequence[Block], room: float) -> tuple[Block, ...]:
        return tuple(self.block(block, room) for block in blocks)

    def block(self, block: Block, room: float) -> Block:
        match block:
            case Paragraph(inlines):
                return replace(block, inlines=self.inlines(inlines, room))
            case Items(items):
                return replace(block, items=tuple(self.blocks(item, room - _INDENT) for item in items))
            case Callout(blocks):
                return replace(block, blocks=self.blocks(blocks, room - _INDENT))
            case Display():
                return self.display(block)
            case Table():
                return self.table(block)
            case _:  # what stands side by side was measured before
                return block

    def display(self, display: Display) -> Display:
        """A display whose lines can be set, smaller if need be; names in it are explained below."""
        room = _SURE * _LINE / SMALLEST
        if wide(display) <= room:
            return display
        lines: list[Line] = []
        meant: dict[Symbol, Formula] = {}
        for line in display.lines:
            left = width(line.left) if line.left is not None else 0.0
            right, found = self.names.shortened(line.right, max(room - left - _INDENT, _LINE))
            lines.append(replace(line, right=right))
            meant.update(found)
        lines += (part for name, meaning in meant.items() for part in broken(name, "=", meaning, _LINE))
        return replace(display, lines=tuple(lines))

    def table(self, table: Table) -> Table:
        """A table whose widest columns wrap, if it is too wide; formulas break in their cells."""
        columns = list(table.columns)
        cells = zip(*((column.header for column in columns), *table.rows), strict=True)
        widths = [max(map(letters, column)) / _LETTERS_PER_EM + _PADDING for column in cells]

        def tight() -> float:
            return sum(_LEAST if column.share else own for column, own in zip(columns, widths, strict=True))

        while tight() > _TABLE:
            place = max((place for place, column in enumerate(columns) if not column.share), key=widths.__getitem__)
            if widths[place] <= _LEAST:
                break
            columns[place] = replace(columns[place], share=1)
        free = _TABLE - sum(own for column, own in zip(columns, widths, strict=True) if not column.share)
        total = sum(column.share for column in columns) or 1
        rooms = [max(free * column.share / total, _LEAST) - _PADDING if column.share else _TABLE for column in columns]
        rows = (tuple(map(self.inlines, row, rooms)) for row in table.rows)
        return replace(table, columns=tuple(columns), rows=tuple(rows))

    def inlines(self, inlines: Sequence[Inline], room: float) -> tuple[Inline, ...]:
        return tuple(part for inline in inlines for part in self.inline(inline, room))

    def inline(self, inline: Inline, room: float) -> Iterator[Inline]:
        match inline:
            case Shaded(inner):
                yield replace(inline, inlines=self.inlines(inner, room))
            case Math(formula, whole) if width(formula) > room and (whole or not _breaks(formula, room)):
                yield from self.pieces(formula, room)
            case _:
                yield inline

    def pieces(self, formula: Formula, room: float) -> Iterator[Inline]:
        """A formula of a text in pieces, each on one line, and what the names in them stand for."""
        lines = [*broken(None, "", formula, room)]
        known: set[Symbol] = set()
        for place, line in enumerate(lines):
            yield from ((Text(" "),) if place else ())
            if place == MOST_LINES - 1 and len(lines) > MOST_LINES:
                yield Math(self.left_out(len(lines) - place), whole=True)
                return
            items = (line.left, Sign(line.sign) if line.sign else None, line.right)
            short, found = self.names.shortened(Row(tuple(item for item in items if item is not None)), room)
            for name, meaning in found:
                if name not in known:
                    known.add(name)
                    lines += broken(name, "=", meaning, room)
            yield Math(short, whole=True)


def _breaks(formula: Formula, room: float) -> bool:
    """Whether an engine can break a formula in the text by itself, between what is related or added."""
    return isinstance(formula, Row | Sum) and all(width(part) <= room for part in children(formula))


def _symbols(document: Document) -> Iterator[Symbol]:
    """The symbols of a document."""
    waiting: list[object] = [document.blocks]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Symbol):
            yield part
        if isinstance(part, tuple):
            waiting.extend(part)
        elif is_dataclass(part):
            waiting.extend(getattr(part, each.name) for each in fields(part))
