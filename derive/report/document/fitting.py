"""Fitted: a document cut down to some room — of long tables and displays the first rows, and how many more there are.

How much room a block takes is estimated (`derive.report.document.space`), rather over than under.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final

from derive.notation.formula import Formula, Line, Words
from derive.report.document.document import Beside, Block, Display, Figure, Inline, Math, Table
from derive.report.document.space import lines_of

LEAST: Final = 3
"""Of a table or display so many rows or lines stay."""


def fitted(blocks: Sequence[Block], lines: float, left_out: Callable[[int], Formula]) -> tuple[Block, ...]:
    """Return blocks that take so many lines of text at most, if that can be had by leaving rows and lines out.

    ``left_out`` says how many. Again and again the longest loses a row; where all are short already, the tallest figure goes.
    """
    while True:
        units = [_Unit(block, left_out) for block in blocks]
        while sum(unit.taken for unit in units) > lines:
            cuttable = [fit for unit in units for fit in unit.tallest if fit.kept > LEAST]
            if not cuttable:
                break
            max(cuttable, key=lambda fit: fit.taken).cut()
        figures = [fit.block for unit in units for fit in unit.tallest if isinstance(fit.block, Figure)]
        if sum(unit.taken for unit in units) <= lines or not figures:
            return tuple(unit.rebuilt for unit in units)
        blocks = _without(blocks, max(figures, key=lines_of))


@dataclass
class _Fit:
    """A block of which so many rows or lines are kept, and how much room that takes."""

    block: Block
    left_out: Callable[[int], Formula]
    kept: int = field(init=False)

    def __post_init__(self) -> None:
        self.kept = _length(self.block)

    @cached_property
    def cut_down(self) -> Block:
        return _cut(self.block, self.kept, self.left_out)

    @cached_property
    def taken(self) -> float:
        return lines_of(self.cut_down)

    def cut(self) -> None:
        """Keep one row less."""
        self.kept -= 1
        del self.cut_down, self.taken


@dataclass
class _Unit:
    """A block of the page, or columns of blocks side by side."""

    block: Block
    left_out: Callable[[int], Formula]

    @cached_property
    def columns(self) -> list[list[_Fit]]:
        parts = self.block.columns if isinstance(self.block, Beside) else ((self.block,),)
        return [[_Fit(part, self.left_out) for part in column] for column in parts]

    @property
    def tallest(self) -> list[_Fit]:
        return max(self.columns, key=lambda column: sum(fit.taken for fit in column))

    @property
    def taken(self) -> float:
        return sum(fit.taken for fit in self.tallest)

    @property
    def rebuilt(self) -> Block:
        """The block with its parts cut."""
        if not isinstance(self.block, Beside):
            return self.columns[0][0].cut_down
        found = (
            tuple(fit.cut_down for fit in column if isinstance(fit.cut_down, Display | Table | Figure))
            for column in self.columns
        )
        return replace(self.block, columns=tuple(found))


def _without(blocks: Sequence[Block], figure: Block) -> tuple[Block, ...]:
    """Blocks without a figure; what stood beside it, one after another."""
    found: list[Block] = []
    for block in blocks:
        parts = block.blocks if isinstance(block, Beside) else (block,)
        found += [part for part in parts if part is not figure] if figure in parts else [block]
    return tuple(found)


def _length(block: Block) -> int:
    """How many rows or lines a block has that may be left out."""
    match block:
        case Table(rows=rows):
            return len(rows)
        case Display(lines):
            return len(_equations(lines))
        case _:
            return 1


def _equations(lines: Sequence[Line]) -> list[list[Line]]:
    """Lines that belong to one equation together."""
    found: list[list[Line]] = []
    for line in lines:
        if found and line.left is None and any(other.left is not None for other in lines):
            found[-1].append(line)
        else:
            found.append([line])
    return found


def _cut(block: Block, kept: int, left_out: Callable[[int], Formula]) -> Block:
    """The first rows or lines of a block, and how many more it has; others as they are."""
    more = _length(block) - kept
    match block:
        case Table(columns, rows) if more:
            last: tuple[tuple[Inline, ...], ...] = ((Math(left_out(more), whole=True),), *((),) * (len(columns) - 1))
            return replace(block, rows=(*rows[:kept], last), rules=tuple(rule for rule in block.rules if rule < kept))
        case Display(lines) if more:
            first = tuple(line for equation in _equations(lines)[:kept] for line in equation)
            return replace(block, lines=(*first, Line(Words(""), "", left_out(more))))
        case _:
            return block
