"""The terminal: the sample, printed."""

from __future__ import annotations

from io import StringIO

import pytest
from documents import CHINESE, ENGLISH, Copy, sample
from rich.cells import cell_len
from rich.console import Console

from derive.report.terminal import terminal


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


def test_formulas_are_lines_of_text() -> None:
    """A displayed formula is written on one line, aligned at its relation sign."""
    assert "    h_t = tanh(w_x x_t + w_h h_{t−1})" in printed("en", 100)


def test_a_figure_is_described() -> None:
    """A terminal draws no picture; it says what the picture shows."""
    assert f"[{CHINESE.alt}]" in printed("zh", 100)
