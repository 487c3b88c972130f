"""Leads: a page made of a stranger's shell leads to web pages and letters, and runs nothing."""

from __future__ import annotations

import time
import zlib

import pylatex
import pytest

from derive.report.document import CodeBlock, CodeText, Document, Paragraph, Text
from derive.report.engines import EngineError, pages, pdf_tokens
from derive.report.engines.engines import latex_pdf, typst_pdf, typst_svgs
from derive.report.engines.leads import leads_of_pdf, leads_of_svg
from derive.report.narrative.shells import shell
from derive.report.narrative.templates import environment
from derive.report.writers.latex import latex_document


def packed(objects: bytes) -> bytes:
    """A PDF whose objects stand in an object stream."""
    data = zlib.compress(objects)
    head = b"%%PDF-1.5\n1 0 obj<</Type/ObjStm/Filter/FlateDecode/N 1/Length %d>>" % len(data)
    return head + b"stream\n" + data + b"\nendstream endobj\n%%EOF"


@pytest.mark.parametrize("form", [bytes, packed])
@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (b"<</S/URI/URI(run:calc.exe)>>", "/URI (run:calc.exe"),
        (b"<</S /URI /URI (calc.exe)>>", "/URI (calc.exe"),
        (b"<</S/URI/URI<6a6176617363726970743a31>>>", "/URI (javascript:1"),
        (b"<</S/URI/URI 5 0 R>>", "/URI ("),
        (b"<</OpenAction<</S/URI/URI(https://example.org)>>>>", "/OpenAction"),
        (b"<</S/Java#53cript/JS 4 0 R>>", "/JavaScript"),
        (b"<</S/Launch/F(calc.exe)>>", "/Launch"),
        (b"<</AA<</O 3 0 R>>>>", "/AA"),
        (b"<</Names<</EmbeddedFiles 7 0 R>>>>", "/EmbeddedFiles"),
        (b"<</A<</S/GoToR/F(other.pdf)>>>>", "/GoToR"),
        (rb"<</Title(\))/S/Launch>>", "/Launch"),
        (b"<</Contents(#28)/A<</S/Launch/F(calc.exe)>>/NM(#29)>>", "/Launch"),
        (b"<</X/stream\n/S/Launch>>", "/Launch"),
        (b"<</X(\nstream\n)/S/Launch/Y(endstream)>>", "/Launch"),
        (b"<</X/endstream/S/Launch>>", "/Launch"),
        (b"<</X % (\n/S/Launch>>", "/Launch"),
        (rb"<</S/URI/URI(\146ile:///etc/passwd)>>", "/URI (file:///etc/passwd"),
        (b"<</S/URI/URI(https:calc.exe)>>", "/URI (https:calc.exe"),
        (b"<</S/Named/N/Print>>", "/Named"),
        (b"<</S/SetOCGState>>", "/SetOCGState"),
        (b"<</Subtype/3D>>", "/3D"),
        (b"<</A 5 0 R/F(calc.exe)>>", "/F"),
        (b"<</A<</S/X/F 5 0 R>>>>", "/F"),
        (b"<</Subtype/Form/Ref<</F(a.pdf)>>>>", "/Ref"),
        (b"<</Encrypt 5 0 R>>", "/Encrypt"),
        (b"<</Subtype/Link/F 4/Rect[0 0 1 1]>>", None),
        (b"<</S/URI/URI(https://example.org/a_(b)\\(c)/Rect[1 2]>>", None),
        (b"<</S/URI/URI(MAILTO:a@example.org)>>", None),
        (b"<</OpenAction[3 0 R/Fit]/Title(a (/Launch) and /JS, /URI(x))>>", None),
    ],
)
def test_what_a_pdf_would_run_is_found(form: type, asked: bytes, found: str | None) -> None:
    """However it is spelt, and wherever it stands; what a text only says is none of it."""
    assert leads_of_pdf(form(asked)) == found
    assert leads_of_pdf(form(asked) + b"\n2 0 obj<</Length 9>>stream\n/Thread \xff\nendstream") == found


@pytest.mark.parametrize(
    "broken",
    [
        b"<</A(b>>",
        b"<</A b)>>",
        b"1 0 obj<<>>stream\n/Launch\nendstream",
        b"1 0 obj<</Length 5 0 R>>stream\n/Launch\nendstream",
        b"1 0 obj<</Length 3>>stream\n/Launch\nendstream",
        b"1 0 obj<</Type/ObjStm/Filter/ASCII85Decode/Length 3>>stream\nabc\nendstream",
        b"1 0 obj<</Type/ObjStm/Filter/FlateDecode/Length 3>>stream\nabc\nendstream",
    ],
)
def test_what_cannot_be_looked_at_is_refused(broken: bytes) -> None:
    """A PDF that could be read in two ways, or not at all, is none that an engine makes."""
    assert str(leads_of_pdf(broken)).startswith("what nobody can look at")
    assert pages(b"%PDF-1.5\n1 0 obj<</Type/Page>>endobj\n" + broken + b"\n%%EOF") == 0


def test_a_pdf_is_read_so_far_and_no_deeper(monkeypatch: pytest.MonkeyPatch) -> None:
    """Objects packed in a stream hold no streams, however often these would hold others; and there is an end to it."""
    inner = b"<</S/Launch>>"
    for _ in range(2_000):
        inner = b"<</Type/ObjStm/Length %d>>stream\n%b\nendstream" % (len(inner), inner)
    assert leads_of_pdf(inner) == "what nobody can look at, as a stream stands within another"
    monkeypatch.setattr(pdf_tokens, "MOST_PIECES", 100)
    assert leads_of_pdf(b"[" * 200) == "what nobody can look at, as there is too much of it"


@pytest.mark.parametrize("link", ["javascript:alert(1)", "file:///etc/passwd", "calc.exe"])
def test_an_svg_leads_to_pages_only(link: str) -> None:
    """Neither a link nor a script of a picture runs anything."""
    assert leads_of_svg(f'<svg xmlns:x="l"><a x:href="{link}"/></svg>'.encode()) == f'href="{link}'
    assert (
        leads_of_svg(
            b'<svg><a href="https://example.org"/><use href="#g"/><image href="data:image/png;base64,"/></svg>'
        )
        is None
    )
    assert leads_of_svg(b"<svg><SCRIPT>1</SCRIPT></svg>") == "<SCRIPT"
    assert leads_of_svg(b"<svg><animate/></svg>") == "<animate"
    assert leads_of_svg(b'<svg ONload = "1"></svg>') == 'onload="1'
    assert leads_of_svg(b'<svg><a href="data:image/svg+xml,x"/></svg>') == 'href="data:image/svg+xml,x'
    assert leads_of_svg(b'<svg><use href="data:image/svg+xml,x#y"/></svg>') == 'href="data:image/svg+xml,x#y'
    assert leads_of_svg(b"<svg><style>a{b:url(http://x)}</style></svg>") == "a{b:url(http://x)}"
    assert leads_of_svg(b'<svg><rect fill="url(file:x)"/><rect fill="url(#a)"/></svg>') == 'fill="url(file:x)'
    assert str(leads_of_svg(b"<svg>")).startswith("what nobody can look at")


def test_blanks_without_end_are_read_once() -> None:
    """A picture is looked through in a time that grows with its length, not with its square."""
    began = time.process_time()
    assert leads_of_svg(b'<svg><rect fill="url(' + b" " * 400_000 + b'#a)"/></svg>') is None
    assert time.process_time() - began < 3
    for allowed in ('url( "#a")', "url('#a')", "url(  #a)", 'url("")'):
        assert leads_of_svg(f"<svg><style>{allowed}</style></svg>".encode()) is None
    for refused in ('url( "x")', "url( ' x')", "url(x)"):
        assert leads_of_svg(f"<svg><style>{refused}</style></svg>".encode()) == refused


def test_neither_engine_makes_a_page_that_runs_something() -> None:
    """Such a page is a message that says what it asks for; a link to the web is none."""
    asked = '#link("run:calc.exe")[a]'
    with pytest.raises(EngineError, match=r"^Typst: a handout leads to https://.*asks for /URI \(run:calc"):
        typst_pdf(asked, apart=True)
    with pytest.raises(EngineError, match=r'^Typst: a handout leads to https://.*asks for href="run:calc'):
        typst_svgs(asked, apart=True)
    assert typst_svgs('#link("https://example.org")[a]', apart=True)
    script = r"\special{pdf:put @catalog <</OpenAction <</S/JavaScript/JS(app.beep)>>>>}"
    document = pylatex.Document(fontenc=None, inputenc=None, lmodern=False, textcomp=False, page_numbers=False)
    document.append(pylatex.NoEscape(f"a{script}"))
    with pytest.raises(EngineError, match=r"^LaTeX: a handout leads to https://.*asks for /(JavaScript|OpenAction)"):
        latex_pdf(document)
    hidden = r"<</Subtype/Link/T(\string#28)/A<</S/Launch/F(calc.exe)>>/NM(\string#29)>>"
    document = pylatex.Document(fontenc=None, inputenc=None, lmodern=False, textcomp=False, page_numbers=False)
    document.append(pylatex.NoEscape(rf"a\special{{pdf:ann width 9pt height 9pt {hidden}}}"))
    with pytest.raises(EngineError, match=r"asks for /Launch"):
        latex_pdf(document)


def test_what_typst_does_not_find_names_no_place_of_this_machine() -> None:
    """Where it looked for a file is nobody's business."""
    with pytest.raises(EngineError) as caught:
        typst_pdf('#read("/etc/passwd")', apart=True)
    assert str(caught.value) == "Typst: file not found"
    picture = "<svg xmlns='http://www.w3.org/2000/svg'><image href='a b.png'/></svg>"
    with pytest.raises(EngineError) as caught:
        typst_pdf(f'#image(bytes("{picture}"), format: "svg")', apart=True)
    assert str(caught.value) == "Typst: failed to load linked image a b.png in SVG (file not found)"


def test_a_word_without_an_end_is_set() -> None:
    """XeTeX breaks down, its memory overwritten, at a word of a thousand letters: it parts here and there, also in code."""
    word = "a" * 3_000
    blocks = (Paragraph((Text(word),)), Paragraph((CodeText(word),)), CodeBlock("." * 2_000))
    shown = Document("en", (Text("Title"),), (), blocks)
    found = latex_pdf(latex_document(shown, shell(environment(), "latex.tex", "en"), "shown"))
    assert pages(found) >= 1
