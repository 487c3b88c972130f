"""Space: what is small stays on one page."""

from __future__ import annotations

from dataclasses import replace

import pytest
from documents import CHINESE, ENGLISH, Copy, forward, paths_table, picture, small_table

from derive.notation.express import LAST
from derive.notation.formula import Cases, Derivative, Fraction, Line, Number, Symbol
from derive.report.document import (
    Callout,
    CodeBlock,
    Column,
    Display,
    Figure,
    Heading,
    Items,
    Math,
    Paragraph,
    Table,
    Text,
    room,
    stays_whole,
)


@pytest.mark.parametrize("copy", [ENGLISH, CHINESE])
def test_a_paragraph_takes_its_lines(copy: Copy) -> None:
    """The filler is four lines of the page in either language, a Chinese character being twice as wide as a letter."""
    assert 4 <= room((Paragraph((Text(copy.filler),)),)) <= 6


def test_what_is_small_stays_together() -> None:
    """Few lines of formulas, few rows, a short box stay on one page; a page of them does not."""
    few, many = Display(forward()), Display(forward() * 3)
    assert (stays_whole(few), stays_whole(many)) == (True, False)
    table = small_table(ENGLISH.checks, "cap")
    long = paths_table(ENGLISH.paths, ENGLISH.note, ENGLISH.paths_caption)
    assert (stays_whole(table), stays_whole(long), stays_whole(replace(long, rows=long.rows[:6]))) == (
        True,
        False,
        True,
    )
    assert not stays_whole(replace(long, rows=long.rows[:10])), "ten rows of several lines are most of a page"
    assert (stays_whole(Callout((few,))), stays_whole(Callout((few, table)))) == (True, False)


def test_fractions_stand_on_two_lines() -> None:
    """Three lines of fractions stay together, four of them are too high for that, as seven plain ones are."""
    slope = Derivative(Symbol("L"), Symbol("w"))
    fractions = [
        Display((Line(left, "=", right),) * 4) for left, right in ((slope, slope), (None, slope), (slope, LAST))
    ]
    assert not any(map(stays_whole, fractions))
    assert all(stays_whole(Display(display.lines[:3])) for display in fractions)
    assert stays_whole(Display((Line(LAST, "=", LAST),) * 6))


def test_every_block_takes_room() -> None:
    """Each block has a size, and more of it a larger one."""
    sentence = Paragraph((Text("A sentence."),))
    figure = Figure(picture(), (), "fig:a", "alt")
    for block in (sentence, Heading(2, (), "a"), Items(((sentence,),)), CodeBlock("x"), figure, Callout((sentence,))):
        assert 0 < room((block,)) < room((block, block))


def test_what_is_high_takes_more_room() -> None:
    """Branches stand below one another, and a fraction makes the row of a table higher."""
    slope, one = Derivative(Symbol("L"), Symbol("w")), Number("1")
    cases = Display((Line(LAST, "=", Cases(((one, one), (slope, one), (one, one)))),))
    assert room((cases,)) >= room((Display((Line(LAST, "=", one),) * 3),))
    low, high = (
        Table((Column(()),), (((Math(Fraction(one, one, slanted=slanted)),),),) * 5, (), "tab")
        for slanted in (True, False)
    )
    assert room((low,)) < room((high,))
