"""Equations that share lines: their signs stand where those of longer equations stand."""

from __future__ import annotations

import pytest
from subjects import about

from derive.notation.formula import Formula, Number, Sign, Symbol, relation
from derive.notation.measure import width
from derive.notation.text import text, text_lines
from derive.report.document import Display
from derive.report.exhibits.packed import packed
from derive.report.exhibits.stages import adjoint_definition, gradient_rules, recurrence
from derive.report.exhibits.tables import gradient_values
from derive.report.subject import LINE


@pytest.mark.parametrize("name", ["lstm", "stacked", "gru-scalar", "linear-attention"])
def test_all_signs_of_a_display_stand_in_one_column(name: str) -> None:
    """Of rules, gradients, definitions and values each line that begins an equation has a left side and a sign to align at."""
    subject = about(name, 3)
    for shown in (recurrence(subject), gradient_rules(subject), adjoint_definition(subject), gradient_values(subject)):
        lines = shown.lines if isinstance(shown, Display) else ()
        assert [line for line in lines if line.left is None and "=" in text(line.right)] == [], text_lines(lines)


def test_lines_are_as_wide_as_they_may_be_once_they_are_aligned() -> None:
    """The widest left side moves the others to the right, and still no line is wider than the page."""
    names = [Symbol("a"), Symbol("long" * 9), *(Symbol("b") for _ in range(30))]
    found: list[Formula] = [relation(name, ("=", Number("0.1234"))) for name in names]
    lines = packed(found)
    margin = max(width(line.left) for line in lines if line.left is not None)
    assert all(margin + width(Sign(line.sign)) + width(line.right) <= LINE for line in lines)
    assert len(lines) < len(found) / 2
