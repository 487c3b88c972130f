"""The terminal: the sample, printed."""

from __future__ import annotations

from io import StringIO

import pytest
from documents import CHINESE, ENGLISH, Copy, sample
from rich.cells import cell_len
from rich.console import Console

from derive.report.document import Column, Document, Table, Text
from derive.report.writers.terminal import terminal


def printed(language: str, width: int) -> str:
    """What a terminal of that width shows."""
    out = StringIO()
    Console(file=out, width=width, color_system=None).print(terminal(sample(language)))
    return out.getvalue()


@pytest.mark.parametrize("width", [80, 100, 120])
@pytest.mark.parametrize(("language", "copy"), [("en", ENGLISH), ("zh", CHINESE)])
def test_nothing_is_lost_at_the_right_edge(language: str, copy: Copy, width: int) -> None:
    """Lines keep to the terminal, and no text is cut, formulas and tables included."""
    text = printed(language, width)
    assert all(cell_len(line) <= width for line in text.splitlines())
    assert "…" not in text
    flowing = "".join(text.split())
    for part in (copy.title, copy.sections[1], copy.sentence[0], copy.key, copy.points[1], copy.checks_caption):
        assert "".join(part.split()) in flowing.replace("│", "")


@pytest.mark.parametrize("width", [30, 45, 80])
def test_a_wide_table_comes_in_parts(width: int) -> None:
    """What does not fit beside its first column is printed below, with the first column again, and no cell is cut."""
    names = [f"column {number}" for number in range(7)]
    columns = tuple(Column((Text(name),), "right") for name in names)
    rows = tuple(tuple((Text(f"{row}{at}" * 4),) for at in range(7)) for row in range(3))
    document = Document("en", (), (), (Table(columns, rows, (), "tab"),))
    out = StringIO()
    Console(file=out, width=width, color_system=None).print(terminal(document))
    lines = out.getvalue().splitlines()
    assert all(cell_len(line) <= width for line in lines)
    words = out.getvalue().replace("column ", "column-").split()
    for cell in (*(name.replace(" ", "-") for name in names), *(text.text for row in rows for (text,) in row)):  # type: ignore[union-attr]
        assert cell in words
    assert sum("column 0" in line for line in lines) == {30: 6, 45: 2, 80: 1}[width]


def test_formulas_are_lines_of_text() -> None:
    """A displayed formula is written on one line, aligned at its relation sign."""
    assert "    h_t = tanh(w_x x_t + w_h h_{t−1})" in printed("en", 100)


def test_a_figure_is_described() -> None:
    """A terminal draws no picture; it says what the picture shows."""
    assert f"[{CHINESE.alt}]" in printed("zh", 100)
