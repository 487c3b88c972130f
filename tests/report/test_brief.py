"""In brief: the story on two pages, for any network."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from own_templates import put
from reading import skeleton

from derive import DeriveError, derive
from derive.network import ready_made
from derive.notation.text import text_lines
from derive.report import publish as publishing
from derive.report.document import Beside, Display, Document, Figure, Table, plain
from derive.report.engines import EngineError
from derive.report.options import Options
from derive.report.publish import publish, subject, tell, told_otherwise
from derive.report.subject import Subject


@cache
def about(network: str, steps: int) -> Subject:
    """A subject to be told in brief."""
    return subject(derive(network, steps), Options(brief=True))


def brief(network: str, steps: int, locale: str = "en") -> Document:
    """A network told in brief."""
    return tell(told_otherwise(about(network, steps), locale=locale))


def pages(document: Document, engine: str = "typst") -> int:
    """How many pages a document has."""
    made = publish(document, "brief", Options(formats=("pdf",), engine=engine)).files["brief.pdf"]
    return len(re.findall(rb"/Type\s*/Page\b", made))


@pytest.mark.parametrize(("network", "steps"), [("elman", 3), ("lstm", 3), ("softmax", 1), ("narx", 20)])
def test_two_pages_hold_it(network: str, steps: int) -> None:
    """However large the network, the story takes two pages, in both languages alike, with no caption and no number of one."""
    english = brief(network, steps)
    assert pages(english) == 2
    assert not any(block.caption for block in english.flat if isinstance(block, Table | Figure))
    labels = [block.label for block in english.flat if isinstance(block, Table)]
    assert set(labels) >= {block.label for block in brief(network, steps, "zh").flat if isinstance(block, Table)}


@pytest.mark.slow
@pytest.mark.parametrize("locale", ["en", "zh"])
@pytest.mark.parametrize("steps", [1, 3, 20])
@pytest.mark.parametrize("network", ready_made())
def test_every_network_fits(network: str, steps: int, locale: str) -> None:
    """Two pages, for every ready-made network."""
    assert pages(brief(network, steps, locale)) == 2


def test_whether_more_fits_is_asked_within_bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Typst, which sets the pages to see, does so apart where a template is one's own: its text may take gigabytes."""
    asked: list[bool] = []

    def typst_pdf(_source: str, *, apart: bool) -> bytes:
        asked.append(apart)
        raise EngineError("no room")

    monkeypatch.setattr(publishing, "typst_pdf", typst_pdf)
    own = put(tmp_path, "en/brief.md.j2", '{% extends "base/en/brief.md.j2" %}')
    assert tell(told_otherwise(about("narx", 20), templates=own)) == brief("narx", 20)
    assert asked == [True, False]


def test_the_words_of_an_lstm_stand_in_the_triangle() -> None:
    """Its seventeen words, those of a loss and a use in one cell, and the recurrence in letters."""
    document = brief("lstm", 3)
    (triangle,) = (
        block for block in document.flat if isinstance(block, Table) and block.label.startswith("tab-triangle")
    )
    words = [[sum(getattr(inline, "whole", False) for inline in cell) for cell in row[1:]] for row in triangle.rows]
    assert words == [[1, 0, 0], [3, 1, 0], [8, 3, 1]]
    shown = [text_lines(block.lines) for block in document.flat if isinstance(block, Display)]
    assert any("δ_t^c = D_t^{ch} δ_t^h + J_{t+1}^{cc} δ_{t+1}^c" in lines for lines in shown), shown


def test_every_letter_stands_beside_its_arrow() -> None:
    """Elman's picture has e, J and U at each step that has them: no J leads to the given state."""
    (figure,) = (
        block for block in brief("elman", 3).flat if isinstance(block, Figure) and block.label == "fig-letters-w_h"
    )
    labels = [shape for shape in figure.picture.shapes if type(shape).__name__ == "Label"]
    assert len(labels) == 3 + 2 + 3
    assert sorted(label.role for label in labels) == ["later"] * 2 + ["now"] * 3 + ["parameter"] * 3


def test_the_same_skeleton() -> None:
    """A brief story is the same in both languages, where it fits."""
    english, chinese = brief("elman", 1), brief("elman", 1, "zh")
    assert list(map(skeleton, english.blocks)) == list(map(skeleton, chinese.blocks))


def test_chapters_have_no_room() -> None:
    """Who asks for chapters as well is told so."""
    with pytest.raises(DeriveError, match="no room for chapters"):
        Options(brief=True, chapters=("lags",))


def test_a_full_document_ends_at_the_foot() -> None:
    """What is told in brief has no empty last page; the rest of the story may."""
    assert brief("elman", 1).full
    assert not tell(told_otherwise(about("elman", 1), brief=False)).full


def test_an_lstm_is_told_without_leaving_out() -> None:
    """Many equations share lines, the picture in letters stands beside them, and there is room for all of them on two pages."""
    document = brief("lstm", 3)
    assert not any(
        "more" in plain(cell)
        for block in document.flat
        if isinstance(block, Table)
        for row in block.rows
        for cell in row
    )
    displays = [text_lines(block.lines) for block in document.flat if isinstance(block, Display)]
    assert not any(" more" in shown for shown in displays)
    assert sum(name in displays[0] for name in ("σ(ī", "y_t", "h_t = ", "L = ")) == 4
    assert isinstance(document.blocks[1], Beside)
