"""The Typst writer: its source read back by Typst, and the pages looked at."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from json import loads
from pathlib import Path

import pytest
import typst
from documents import CHINESE, ENGLISH, Copy, pages_hold, picture, sample
from hypothesis import example, given, settings
from hypothesis import strategies as st

from derive.notation.formula import Line, plus, symbol
from derive.report.document import UNIT, Block, Callout, Display, Document, Math, Paragraph, Reference, Text
from derive.report.engines.engines import FONTS, EngineError, typst_pdf, typst_svgs
from derive.report.narrative.shells import shell
from derive.report.narrative.templates import environment
from derive.report.writers.typst import typst_source
from derive.report.writers.typst_pictures import picture_typst, pictures_source, spoken

NO_FONTS = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False)
PLAIN = """#let plain(it) = {
  if it.has("text") { return it.text }
  if it.has("children") { return it.children.map(plain).join() }
  if it.has("body") { return plain(it.body) }
  if it == [ ] { " " } else if it == parbreak() { "" } else { "<" + repr(it.func()) + ">" }
}
#let handout(name: "", title: [], subtitle: [], body) = [#metadata(plain(body))<said>]
"""


def looks(language: str) -> str:
    """The packaged shell."""
    return shell(environment(), "typst.typ", language)


def document(*blocks: Block, language: str = "en") -> Document:
    """A document of some blocks."""
    return Document(language, (Text("Title"),), (), blocks)


def said(text: str) -> str:
    """What Typst takes a text to say."""
    source = typst_source(document(Paragraph((Text(text),))), PLAIN)
    found = typst.query(source.encode(), "<said>", field="value", one=True, font_paths=NO_FONTS)
    return str(loads(found)).strip()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_sample_is_laid_out_as_before(language: str, golden: Callable[[str, str], None]) -> None:
    """The Typst source of the sample is what it was when somebody last looked at its pages."""
    golden(f"sample.{language}.typ", typst_source(sample(language), "// shell"))


@settings(deadline=None)
@given(st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")) | st.just(" "), min_size=1))
@example("1. a")
@example("- a -- b --- c -? d -1 a-b")
@example("= a")
@example("/ a: b // c /* d */ https://e.f")
@example('... *a* _b_ `c` $d$ #e <f> @g [h] ~ \\ \\u{41} "i" {j}')
def test_text_is_read_back(text: str) -> None:
    """Whatever stands in a text, Typst sets just that, but for the apostrophe, which is set as a typographic one."""
    expected = " ".join(text.replace("'", "’").split(" ")).strip()
    if expected:
        assert " ".join(said(text).split()) == " ".join(expected.split())


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_pages_are_accessible(language: str) -> None:
    """Headings in order, words for each formula and picture, a language: the PDF satisfies PDF/UA."""
    source = typst_source(sample(language), looks(language)).encode()
    pages = typst.compile(source, format="pdf", font_paths=[FONTS], ignore_system_fonts=True, pdf_standards="ua-1")
    assert pages.startswith(b"%PDF")


@pytest.mark.tex
@pytest.mark.parametrize(("language", "copy"), [("en", ENGLISH), ("zh", CHINESE)])
def test_the_text_can_be_copied_from_the_pages(language: str, copy: Copy, tmp_path: Path) -> None:
    """What is extracted from the PDF is the text that went in, Chinese as Chinese."""
    assert pages_hold(typst_pdf(typst_source(sample(language), looks(language))), copy, tmp_path)


def test_what_a_screen_reader_says_has_an_end() -> None:
    """A PDF holds strings of 32,767 bytes at most; a formula that is longer is set, and its words end with an ellipsis."""
    assert spoken("δ" * 8_000) == f'"{"δ" * 8_000}"'
    assert spoken("δ" * 40_000) == f'"{"δ" * 8_000} …"'
    assert typst_pdf(f"#math.equation(alt: {spoken('δ' * 40_000)}, $x$)")


@pytest.mark.tex  # for poppler
def test_a_formula_wider_than_the_page_is_set_smaller(tmp_path: Path) -> None:
    """A displayed formula that would run out of the page is set smaller: all of it is on the page."""
    wide = Line(symbol("L"), "=", plus(*[symbol("a")] * 90))
    (tmp_path / "wide.pdf").write_bytes(typst_pdf(typst_source(document(Display((wide,))), looks("en"))))
    boxes = subprocess.run(["pdftotext", "-bbox", "wide.pdf", "-"], cwd=tmp_path, capture_output=True, check=True)
    ends = [float(end) for end in re.findall(r'xMax="([\d.]+)"', boxes.stdout.decode())]
    assert 500 < max(ends) < 21.0 / 2.54 * 72 - 1.9 / 2.54 * 72 + 2


@pytest.mark.tex  # for poppler
def test_the_note_at_the_end_is_on_the_page_of_the_box_before_it(tmp_path: Path) -> None:
    """However full the page is, the note never stands alone on the next one: a box that stays whole goes with it."""
    box, note = Callout((Paragraph((Text("Remember."),)),)), Paragraph((Text("The note."),))
    last = []
    for lines in range(38, 48):
        before = [Paragraph((Text(f"Line {line}."),)) for line in range(lines)]
        pdf = tmp_path / "note.pdf"
        pdf.write_bytes(typst_pdf(typst_source(document(*before, box, note), looks("en"))))
        text = subprocess.run(["pdftotext", str(pdf), "-"], capture_output=True, check=True).stdout.decode()
        *_, page = (page for page in text.split("\f") if "The note." in page)
        last.append((text.count("\f"), "Remember." in page))
    assert last == [(pages, True) for pages, _ in last]
    assert {pages for pages, _ in last} == {1, 2}


def test_a_reference_to_nothing_is_an_error() -> None:
    """A reference whose label does not exist is not printed as if it did."""
    with pytest.raises(EngineError, match="tab:none"):
        typst_pdf(typst_source(document(Paragraph((Reference("Table 9", "tab:none"),))), looks("en")))


def test_a_formula_stands_off_from_chinese_characters() -> None:
    """Between a Chinese character and a formula there is a gap, elsewhere there is none."""
    h = Math(symbol("h"))
    source = typst_source(document(Paragraph((Text("由"), h, Text("传到"), h, Text("。"), h, Text(" on")))), "")
    assert source.count("#gap;") == 3


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_picture_alone_is_an_image_of_its_own(language: str) -> None:
    """A picture becomes an SVG of its size on white, so that it can be seen on a dark page too."""
    (svg,) = typst_svgs(pictures_source([picture()], looks(language)))
    width, height = ((side * 72 / 2.54) + 8 for side in (13.5 * UNIT, 7.0 * UNIT))
    assert f'width="{width:.3f}'[:12] in svg
    assert f'height="{height:.3f}'[:13] in svg
    assert 'fill="#ffffff"' in svg.split("<g", maxsplit=1)[0]


def test_a_picture_runs_down_the_page() -> None:
    """A picture's y runs up and Typst's runs down: what is low in the picture is far from the top."""
    drawn = picture_typst(picture())
    assert 'node((1.26cm, 5.76cm), (0.855cm, 0.855cm), "input", "circle", false, short("x_1", $x_(1)$))' in drawn
