"""Space: what stays together on one page, decided once for every format that has pages.

How much room a block takes is estimated in lines of text, roughly and rather over than under.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, inf
from typing import Final, assert_never

from derive.notation.formula import Brace, Cases, Formula, Line, Matrix, Sign, children
from derive.notation.measure import width
from derive.notation.spelling import tall
from derive.notation.text import columns
from derive.report.document.document import (
    Beside,
    Block,
    Callout,
    CodeBlock,
    Column,
    Display,
    Drawn,
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
_LETTERS: Final = 100
_LETTERS_PER_EM: Final = 2.2
# In lines of text: of a display, its room above and below, a formula, one as tall as a fraction, a row of a matrix, a brace.
_AROUND: Final = 1.4
_FORMULA: Final = 1.4
_TALL: Final = 2.5
_MATRIX_ROW: Final = 1.1
_BRACE: Final = 0.8
_HEADING: Final = (2.5, 2.2, 2.0)
# Of a table, and of a figure; beyond a caption.
_TABLE: Final = 2.8
_ROW: Final = 1.2
_TALL_ROW: Final = 1.9
_LINE_OF_ROW: Final = 0.95
_TIGHT: Final = 6
_LETTERS_OF_ROW: Final = 112
_FIGURE: Final = 1.6
_UNIT: Final = 2.05
_CAPTION: Final = 0.7
_KEPT_FORMULAS: Final = 6
_KEPT_ROWS: Final = 8
_KEPT_TABLE: Final = 16
_KEPT_LINES: Final = 14
_LOW: Final = 11
# In em: between blocks side by side; between the columns of a table, and its letters; in a unit of pictures.
_APART: Final = 1.0
_BETWEEN: Final = 1.2
_SMALL: Final = 0.9
_EM_OF_UNIT: Final = 2.56
_BESIDE_LINES: Final = 45
_LEAST_BESIDE: Final = 2


def floats(block: Block) -> bool:
    """Return whether a figure, or what has one beside it, moves to where there is room, rather than leave a page empty."""
    parts = block.blocks if isinstance(block, Beside) else (block,)
    return any(isinstance(part, Figure) for part in parts) and lines_of(block) > _LOW


def stays_whole(block: Callout | Display | Table) -> bool:
    """Return whether a block stays on one page, being small."""
    match block:
        case Display(lines):
            return sum(2 if _is_tall(line) else 1 for line in lines) <= _KEPT_FORMULAS
        case Table(rows=rows):
            return len(rows) <= _KEPT_ROWS and room((block,)) <= _KEPT_TABLE
        case Callout(blocks):
            return room(blocks) <= _KEPT_LINES
        case _:
            assert_never(block)


def kept_with_last(blocks: Sequence[Block]) -> Block | None:
    """Return the block that stays on the page of the last one: a small box, before a note that would stand there alone."""
    match blocks:
        case [*_, Callout() as box, Paragraph()] if stays_whole(box):
            return box
        case _:
            return None


def _is_tall(line: Line) -> bool:
    """Whether a line of a display has a fraction, a sum or the like, and so the height of two."""
    return tall(line.right) or (line.left is not None and tall(line.left))


def room(blocks: Sequence[Block]) -> int:
    """Return about how many lines of text blocks take."""
    return ceil(sum(map(lines_of, blocks)))


def lines_of(block: Block) -> float:
    """Return about how many lines of text a block takes, before it is rounded up."""
    match block:
        case Heading(level):
            return _HEADING[level - 1]
        case Paragraph(inlines):
            return 0.5 + ceil(columns(plain(inlines)) / _LETTERS)
        case Items(items):
            return sum(map(room, items))
        case Callout(blocks):
            return 2.0 + room(blocks)
        case Display(lines):
            return _AROUND + sum(map(_height, lines))
        case Table(table_columns, rows, caption):
            return _TABLE + _caption(caption) + sum(_row(table_columns, row) for row in rows)
        case Figure(picture, caption):
            return _FIGURE + _caption(caption) + _UNIT * picture.height
        case CodeBlock(text):
            return 3 + text.count("\n")
        case Beside(parts):
            return max(map(room, parts))
        case _:
            assert_never(block)


def _caption(caption: Sequence[Inline]) -> float:
    return _CAPTION + ceil(columns(plain(caption)) / _LETTERS) if caption else 0.0


def _height(line: Line) -> float:
    """How many lines of text a line of a display is as high as."""
    sides = (line.right,) if line.left is None else (line.left, line.right)
    return max(_TALL if _is_tall(line) else _FORMULA, *map(_high, sides))


def _high(formula: Formula) -> float:
    """As many lines as matrices and braces in a formula make it high."""
    inside = max(map(_high, children(formula)), default=0.0)
    match formula:
        case Matrix(rows):
            return max(_MATRIX_ROW * len(rows) + _FORMULA / 2, inside)
        case Cases(branches):
            return sum(max(_TALL_ROW if tall(value) else _FORMULA, _high(value)) for value, _ in branches)
        case Brace():
            return max(_FORMULA, inside) + _BRACE
        case _:
            return inside


def _row(table_columns: Sequence[Column], row: Sequence[Sequence[Inline]]) -> float:
    """How many lines of text a row of a table is as high as."""
    formulas = [inline.formula for cell in row for inline in cell if isinstance(inline, Math)]
    one = _TALL_ROW if any(map(tall, formulas)) else _ROW
    return one + _LINE_OF_ROW * (_lines(table_columns, row) - 1)


def _lines(table_columns: Sequence[Column], row: Sequence[Sequence[Inline]]) -> int:
    """How many lines the fullest cell of a row takes, in columns that share what the tight ones leave."""
    shares = sum(column.share for column in table_columns)
    free = _LETTERS_OF_ROW - _TIGHT * sum(not column.share for column in table_columns)
    wrapping = [(cell, column.share) for column, cell in zip(table_columns, row, strict=True) if column.share]
    return max((ceil(letters(cell) * shares / (share * free)) for cell, share in wrapping), default=1) or 1


def letters(cell: Sequence[Inline]) -> float:
    """Return how many letters a cell is as wide as: a formula by its own width, text by its characters."""
    return sum(map(_letters_of, cell))


def _letters_of(inline: Inline) -> float:
    match inline:
        case Math(formula):
            return _LETTERS_PER_EM * width(formula)
        case Drawn(picture):
            return _LETTERS_PER_EM * _EM_OF_UNIT * picture.width / _SMALL
        case _:
            return columns(plain((inline,)))


def beside_one_another(columns: Sequence[Sequence[Block]], line: float) -> tuple[Block, ...]:
    """Return columns of blocks as one block, side by side, if a line of so many em and a page have room for it.

    Otherwise the blocks as they are, one after another.
    """
    parts = [
        tuple(block for block in column if isinstance(block, Display | Table | Figure)) for column in columns if column
    ]
    widths = [max(map(wide, part), default=inf) for part in parts]
    left = line - sum(widths) - _APART * (len(parts) - 1)
    if len(parts) < _LEAST_BESIDE or left < 0 or max(map(room, parts)) > _BESIDE_LINES:
        return tuple(block for column in columns for block in column)
    shares = [(own + left / len(parts)) / line for own in widths]
    return (Beside(tuple(parts), tuple(round(share, 3) for share in shares)),)


def wide(block: Display | Table | Figure) -> float:
    """Return how wide a block is, in em, if nothing in it wraps."""
    match block:
        case Display(lines):
            left = max(width(line.left) if line.left is not None else 0.0 for line in lines)
            return left + max(width(Sign(line.sign)) + width(line.right) for line in lines)
        case Table(table_columns, rows):
            of_columns = zip(*((column.header for column in table_columns), *rows), strict=True)
            return _SMALL * sum(max(map(letters, cells)) / _LETTERS_PER_EM + _BETWEEN for cells in of_columns)
        case Figure(picture):
            return picture.width * _EM_OF_UNIT
        case _:
            assert_never(block)
