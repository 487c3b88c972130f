"""Leads: a page made of a stranger's shell leads to web pages and letters, and runs nothing."""

from __future__ import annotations

import zlib

import pylatex
import pytest

from derive.report.document import CodeBlock, CodeText, Document, Paragraph, Text
from derive.report.engines import EngineError, pages
from derive.report.engines.engines import latex_pdf, typst_pdf, typst_svgs
from derive.report.engines.leads import leads_of_pdf, leads_of_svg
from derive.report.narrative.shells import shell
from derive.report.narrative.templates import environment
from derive.report.writers.latex import latex_document


def packed(objects: bytes) -> bytes:
    """A PDF whose objects stand in an object stream."""
    return b"%PDF-1.5\n1 0 obj<</Type/ObjStm/N 1>>stream\n" + zlib.compress(objects) + b"\nendstream endobj\n%%EOF"


@pytest.mark.parametrize("form", [bytes, packed])
@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (b"<</S/URI/URI(run:calc.exe)>>", "/URI(run:calc.exe"),
        (b"<</S /URI /URI (calc.exe)>>", "/URI (calc.exe"),
        (b"<</S/URI/URI<6a6176617363726970743a31>>>", "/URI"),
        (b"<</S/URI/URI 5 0 R>>", "/URI"),
        (b"<</OpenAction<</S/URI/URI(https://example.org)>>>>", "/OpenAction"),
        (b"<</S/Java#53cript/JS 4 0 R>>", "/JavaScript"),
        (b"<</S/Launch/F(calc.exe)>>", "/Launch"),
        (b"<</AA<</O 3 0 R>>>>", "/AA"),
        (b"<</Names<</EmbeddedFiles 7 0 R>>>>", "/EmbeddedFiles"),
        (b"<</A<</S/GoToR/F(other.pdf)>>>>", "/GoToR"),
        (rb"<</Title(\))/S/Launch>>", "/Launch"),
        (b"<</S/URI/URI(https://example.org/a_(b)\\(c)/Rect[1 2]>>", None),
        (b"<</S/URI/URI(MAILTO:a@example.org)>>", None),
        (b"<</OpenAction[3 0 R/Fit]/Title(a (/Launch) and /JS, /URI(x))>>", None),
    ],
)
def test_what_a_pdf_would_run_is_found(form: type, asked: bytes, found: str | None) -> None:
    """However it is spelt, and wherever it stands; what a text only says is none of it."""
    assert leads_of_pdf(form(asked)) == found
    assert leads_of_pdf(form(asked) + b"2 0 obj<<>>stream\n/Thread \xff\nendstream") == found


@pytest.mark.parametrize("link", ["javascript:alert(1)", "file:///etc/passwd", "calc.exe"])
def test_an_svg_leads_to_pages_only(link: str) -> None:
    """Neither a link nor a script of a picture runs anything."""
    assert leads_of_svg(f'<svg><a xlink:href="{link}"/></svg>'.encode()) == f'href="{link}'[:46]
    assert (
        leads_of_svg(
            b'<svg><a href="https://example.org"/><use href="#g"/><image href="data:image/png;base64,"/></svg>'
        )
        is None
    )
    assert leads_of_svg(b"<svg><SCRIPT>1</SCRIPT></svg>") == "<SCRIPT"
    assert leads_of_svg(b'<svg ONload = "1"></svg>') == "ONload ="


def test_neither_engine_makes_a_page_that_runs_something() -> None:
    """Such a page is a message that says what it asks for; a link to the web is none."""
    asked = '#link("run:calc.exe")[a]'
    with pytest.raises(EngineError, match=r"^Typst: a handout leads to https://.*asks for /URI\(run:calc"):
        typst_pdf(asked, apart=True)
    with pytest.raises(EngineError, match=r'^Typst: a handout leads to https://.*asks for href="run:calc'):
        typst_svgs(asked, apart=True)
    assert typst_svgs('#link("https://example.org")[a]', apart=True)
    script = r"\special{pdf:put @catalog <</OpenAction <</S/JavaScript/JS(app.beep)>>>>}"
    document = pylatex.Document(fontenc=None, inputenc=None, lmodern=False, textcomp=False, page_numbers=False)
    document.append(pylatex.NoEscape(f"a{script}"))
    with pytest.raises(EngineError, match=r"^LaTeX: a handout leads to https://.*asks for /(JavaScript|OpenAction)"):
        latex_pdf(document)


def test_what_typst_does_not_find_names_no_place_of_this_machine() -> None:
    """Where it looked for a file is nobody's business."""
    with pytest.raises(EngineError) as caught:
        typst_pdf('#read("/etc/passwd")', apart=True)
    assert str(caught.value) == "Typst: file not found"


def test_a_word_without_an_end_is_set() -> None:
    """XeTeX breaks down, its memory overwritten, at a word of a thousand letters: it parts here and there, also in code."""
    word = "a" * 3_000
    blocks = (Paragraph((Text(word),)), Paragraph((CodeText(word),)), CodeBlock("." * 2_000))
    shown = Document("en", (Text("Title"),), (), blocks)
    found = latex_pdf(latex_document(shown, shell(environment(), "latex.tex", "en"), "shown"))
    assert pages(found) >= 1
