"""Fitted: what does not fit is left out, with its number."""

from __future__ import annotations

from dataclasses import replace

import pytest
from documents import picture

from derive.notation.formula import Formula, Line, Number, Sign, Words, row, symbol
from derive.notation.text import text_lines
from derive.report.document import (
    Beside,
    Block,
    Column,
    Display,
    Figure,
    Math,
    Paragraph,
    Table,
    Text,
    beside_one_another,
    fitted,
    room,
    wide,
)


def left_out(number: int) -> Formula:
    """What says how many are left out."""
    return row(Words("and "), Number(str(number)))


def table(rows: int) -> Table:
    """A table of so many rows, each with its number."""
    return Table(
        (Column(()), Column(())), tuple(((Text(str(place)),), ()) for place in range(rows)), (), "tab", (1, rows - 1)
    )


def display(equations: int) -> Display:
    """So many equations, each on two lines."""
    lines = [Line(symbol(f"a_{place}"), "=", symbol("b")) for place in range(equations)]
    return Display(tuple(line for first in lines for line in (first, Line(None, "", row(Sign("+"), symbol("c"))))))


FIGURE = Figure(picture(), (), "fig", "alt")
WORDS = Paragraph((Text("Words"),))


def test_what_fits_stays() -> None:
    """Nothing is left out where there is room for all."""
    blocks: tuple[Block, ...] = (WORDS, table(20), display(5), FIGURE)
    assert fitted(blocks, room(blocks), left_out) == blocks


@pytest.mark.parametrize("lines", [30, 40, 50])
def test_the_longest_loses_its_last_rows(lines: int) -> None:
    """The document takes no more than its lines; what is left of a table are its first rows, and how many more there are."""
    found = fitted((WORDS, table(40), table(6)), lines, left_out)
    assert room(found) <= lines + 1
    _, long, short = found
    assert isinstance(long, Table)
    *rows, last = long.rows
    assert [cell for cell, _ in rows] == [(Text(str(place)),) for place in range(len(rows))]
    assert last == ((Math(left_out(40 - len(rows)), whole=True),), ())
    assert long.rules == (1,)
    assert short == table(6), "the longest first"


def test_equations_go_whole() -> None:
    """An equation of two lines stays or goes with both, and the number is one of equations."""
    (found,) = fitted((display(9),), 16, left_out)
    assert isinstance(found, Display)
    shown = text_lines(found.lines)
    assert shown.count("a_") == shown.count("+ c")
    assert f"and {9 - shown.count('a_')}" in shown


def test_figures_go_last() -> None:
    """A figure goes where a few rows of everything are still too much; what stood beside it stays, and so do then more rows."""
    pair = Beside(((table(5),), (FIGURE,)), (0.5, 0.5))
    much, little = room((FIGURE,)) + room((table(9),)), room((table(5), table(9)))
    kept = fitted((pair, table(9)), much - 4, left_out)
    assert kept[0] == pair
    assert kept[1] != table(9)
    assert fitted((pair, table(9)), little, left_out) == (table(5), table(9))


def test_side_by_side_if_there_is_room() -> None:
    """Blocks stand side by side where the line is as wide as both, with a share of it each; else one after another."""
    parts = [[table(3)], [FIGURE]]
    need = wide(table(3)) + wide(FIGURE)
    (found,) = beside_one_another(parts, need + 2)
    assert isinstance(found, Beside)
    assert found.blocks == (table(3), FIGURE)
    assert sum(found.shares) < 1
    assert beside_one_another(parts, need) == (table(3), FIGURE)
    assert beside_one_another([[table(3)], []], 100) == (table(3),)
    assert beside_one_another([[table(300)], [FIGURE]], 100) == (table(300), FIGURE), "no page is as high"
    assert replace(found, shares=(1, 1)).blocks == found.blocks
