"""Space: what stays together on one page, decided once for every format that has pages.

How much room a block takes is estimated in lines of text, roughly and rather over than under.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import Final, assert_never

from derive.notation.formula import Line
from derive.notation.measure import width
from derive.notation.spelling import tall
from derive.notation.text import columns
from derive.report.document.document import (
    Block,
    Callout,
    CodeBlock,
    Column,
    Display,
    Figure,
    Heading,
    Inline,
    Items,
    Math,
    Paragraph,
    Table,
)
from derive.report.document.plain import plain

# Letters on a line, a Chinese character counting for two.
_LETTERS: Final = 85
_LETTERS_PER_EM: Final = 2.2
_FORMULA: Final = 2.2
_TALL: Final = 2
_ROW: Final = 1.6
_LINE_OF_ROW: Final = 1.2
_TIGHT: Final = 8
_CENTIMETRE: Final = 2.0
_KEPT_FORMULAS: Final = 6
_KEPT_ROWS: Final = 8
_KEPT_TABLE: Final = 20
_KEPT_LINES: Final = 18


def stays_whole(block: Callout | Display | Table) -> bool:
    """Return whether a block stays on one page, being small."""
    match block:
        case Display(lines):
            return sum(_TALL if _is_tall(line) else 1 for line in lines) <= _KEPT_FORMULAS
        case Table(rows=rows):
            return len(rows) <= _KEPT_ROWS and room((block,)) <= _KEPT_TABLE
        case Callout(blocks):
            return room(blocks) <= _KEPT_LINES
        case _:
            assert_never(block)


def _is_tall(line: Line) -> bool:
    """Whether a line of a display has a fraction, a sum or the like, and so the height of two."""
    return tall(line.right) or (line.left is not None and tall(line.left))


def room(blocks: Sequence[Block]) -> int:
    """Return about how many lines of text blocks take."""
    return ceil(sum(map(_room, blocks)))


def _room(block: Block) -> float:
    match block:
        case Heading(level):
            return 5 - level
        case Paragraph(inlines):
            return 0.5 + ceil(columns(plain(inlines)) / _LETTERS)
        case Items(items):
            return sum(map(room, items))
        case Callout(blocks):
            return 3 + room(blocks)
        case Display(lines):
            return 1 + _FORMULA * len(lines)
        case Table(table_columns, rows):
            return 5 + sum(_ROW + _LINE_OF_ROW * (_lines(table_columns, row) - 1) for row in rows)
        case Figure(picture):
            return 4 + _CENTIMETRE * picture.height
        case CodeBlock(text):
            return 3 + text.count("\n")
        case _:
            assert_never(block)


def _lines(table_columns: Sequence[Column], row: Sequence[Sequence[Inline]]) -> int:
    """How many lines the fullest cell of a row takes, in columns that share what the tight ones leave."""
    shares = sum(column.share for column in table_columns)
    free = _LETTERS - _TIGHT * sum(not column.share for column in table_columns)
    wrapping = [(cell, column.share) for column, cell in zip(table_columns, row, strict=True) if column.share]
    return max((ceil(_letters(cell) * shares / (share * free)) for cell, share in wrapping), default=1) or 1


def _letters(cell: Sequence[Inline]) -> float:
    """How many letters a cell is as wide as: a formula by its own width, text by its characters."""
    return sum(
        _LETTERS_PER_EM * width(inline.formula) if isinstance(inline, Math) else columns(plain((inline,)))
        for inline in cell
    )
