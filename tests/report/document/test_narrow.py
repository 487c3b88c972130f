"""Narrow: what is wider than the page is set smaller, gets names for its parts, or is broken; nothing is refused."""

from __future__ import annotations

from functools import reduce

import pytest

from derive.notation.formula import Apply, Formula, Line, Number, Sign, Symbol, Words, inside, number, plus, row, symbol
from derive.notation.measure import width
from derive.notation.named import Names
from derive.notation.text import text
from derive.report.document import (
    Block,
    Column,
    Display,
    Document,
    Math,
    Paragraph,
    Table,
    Text,
    may_stand_out,
    narrow,
    plain,
)

INNER = plus(symbol("A"), symbol("x"))


def document(*blocks: Block) -> Document:
    """A document of these blocks."""
    return Document("en", (), (), blocks)


def nested(times: int) -> Formula:
    """Functions within functions, around a symbol called A."""
    return reduce(lambda inner, _: Apply("tanh", (inner,)), range(times), INNER)


def left_out(lines: int) -> Formula:
    """What says how many lines are left out."""
    return Words(f"{lines} more")


def put_back(formula: Formula, meant: dict[Symbol, Formula]) -> str:
    """A formula as text, each name with what it stands for in its place again."""
    found = text(formula)
    while names := [name for name in meant if name in set(inside((formula,)))]:
        for name in names:
            found = found.replace(text(name), text(meant[name]))
            formula = row(*(meant[name] for name in names))
    return found


@pytest.mark.parametrize("room", [10.0, 20.0, 48.0])
@pytest.mark.parametrize("times", [3, 12, 38])
def test_names_make_a_formula_fit_and_leave_nothing_out(times: int, room: float) -> None:
    """No part is wider than there is room, no name is one that the formula has, and with all put back it is as it was."""
    short, meant = Names(frozenset("A")).shortened(nested(times), room)
    assert all(width(part) <= room for part in (short, *(meaning for _, meaning in meant)))
    assert Symbol("A") not in dict(meant)
    assert put_back(short, dict(meant)) == text(nested(times))


def test_a_wide_display_is_left_to_the_engine_and_a_wider_one_gets_names() -> None:
    """What can be set smaller stays as it is; beyond that names stand for parts, and lines below say what they mean."""
    fits, smaller, wider = (Display((Line(symbol("h"), "=", nested(times)),)) for times in (3, 25, 60))
    assert [may_stand_out(display) for display in (fits, smaller, wider)] == [False, True, True]
    found = narrow(document(fits, smaller, wider), left_out).blocks
    assert found[:2] == (fits, smaller)
    assert isinstance(found[2], Display)
    (line, *below) = found[2].lines
    assert below
    assert all(one.left in set(inside((line.right, *(other.right for other in below)))) for one in below)
    assert all(width(one.right) < 115 for one in found[2].lines)


def test_a_table_too_wide_has_columns_that_wrap() -> None:
    """Its formulas stand in pieces no wider than their column; what takes too many lines is left out and counted."""
    cells = [(Math(Symbol("h")),), (Math(nested(40), whole=True),), (Math(plus(*[nested(3)] * 30), whole=True),)]
    columns = tuple(Column((Text(head),)) for head in ("name", "nested", "sum"))
    (table,) = narrow(document(Table(columns, (tuple(cells),), (), "tab-x")), left_out).blocks
    assert isinstance(table, Table)
    assert [column.share for column in table.columns] == [0, 1, 1]
    pieces = [[part for part in cell if isinstance(part, Math)] for cell in table.rows[0]]
    assert all(width(part.formula) <= 25 for cell in pieces for part in cell)
    assert len(pieces[2]) == 10
    assert plain((pieces[2][-1],)) == "21 more"


def test_what_an_engine_can_break_stays_as_it_is() -> None:
    """A long chain in a sentence breaks by itself; a small table stays tight."""
    chain = Paragraph((Math(row(*[part for k in range(60) for part in (Sign("→"), number(k))])),))
    small = Table((Column((Text("n"),)),), (((Math(Number("1")),),),), (), "tab-small")
    whole = document(chain, small)
    assert narrow(whole, left_out) is whole
