"""The LaTeX writer: a PyLaTeX document, its source, and the pages TeX makes of it."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pylatex
import pytest
from documents import CHINESE, ENGLISH, Copy, pages_hold, picture, sample, small_table
from hypothesis import given
from hypothesis import strategies as st

from derive.notation.formula import Line, Words, plus, symbol
from derive.report.document import (
    Block,
    Callout,
    CodeBlock,
    Column,
    Display,
    Document,
    Figure,
    Heading,
    Items,
    Link,
    Paragraph,
    Reference,
    Shaded,
    Table,
    Text,
)
from derive.report.engines.engines import EngineError, latex_pdf
from derive.report.narrative.shells import shell
from derive.report.narrative.templates import environment
from derive.report.writers.latex import latex_document
from derive.report.writers.latex_inlines import inlines_latex


def looks(language: str) -> str:
    """The packaged shell."""
    return shell(environment(), "latex.tex", language)


def document(*blocks: Block, language: str = "en") -> Document:
    """A document of some blocks."""
    return Document(language, (Text("Title"),), (), blocks)


def body(*blocks: Block) -> str:
    """Blocks as LaTeX, without preamble and title."""
    source = latex_document(document(*blocks), "").dumps()
    return source.partition("\\derivetitleblock\n")[2].partition("\\end{document}")[0].strip()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_sample_is_laid_out_as_before(language: str, golden: Callable[[str, str], None]) -> None:
    """The LaTeX of the sample is what it was when somebody last looked at its pages."""
    golden(f"sample.{language}.tex", latex_document(sample(language), "% shell").dumps())


def test_it_is_a_document_of_pylatex() -> None:
    """The writer builds PyLaTeX's objects, so that whoever has the document can go on with PyLaTeX."""
    handout = latex_document(sample("en"), "")
    assert isinstance(handout, pylatex.Document)
    assert {"amsmath", "tikz", "hyperref"} <= {package.arguments.dumps().strip("{}") for package in handout.packages}


def test_tex_numbers_the_equations_that_are_referred_to() -> None:
    """A numbered display has TeX's own number and label, at its last line if it may part; a reference asks TeX for it."""
    line = Line(symbol("a"), "=", symbol("b"))
    assert (
        body(Display((line,), "eq-a", 1)) == "\\derivedisplay\n\\begin{equation}\n\\label{eq-a}a = b\n\\end{equation}"
    )
    long = body(Display((line,) * 9, "eq-a", 1))
    assert "\\begin{align}" in long
    assert long.count("\\notag") == 8
    assert long.endswith("a &= b\\label{eq-a}\n\\end{align}")
    assert body(Paragraph((Text("by "), Reference("(1)", "eq-a")))) == "by \\eqref{eq-a}"


def test_a_shaded_cell_has_a_ground() -> None:
    """Its text is white where it is dark."""
    cells = (((Shaded((Text("a"),), 0.4),), (Shaded((Text("b"),), 0.8),)),)
    source = body(Table((Column((Text("x"),)), Column((Text("y"),))), cells, (), "tab-a"))
    assert r"\cellcolor{derive-later!40}{a} & \cellcolor{derive-later!80}{\color{white}b}" in source


def test_labels_are_the_document_s_own() -> None:
    """PyLaTeX would give both titles the label sec: and lead every reference to the last one."""
    source = body(Heading(1, (Text("梯度"),), "sec:gradient"), Heading(1, (Text("损失"),), "sec:loss_L 1"))
    assert re.findall(r"\\label\{(.*)\}", source) == ["sec:gradient", "sec:loss-5f-L-20-1"]
    assert body(Paragraph((Reference("see", "sec:loss_L 1"),))) == r"\hyperref[sec:loss-5f-L-20-1]{see}"


@given(st.text(st.characters(codec="utf-8", exclude_categories=("C", "Zl", "Zp")), min_size=1))
def test_no_special_character_of_a_text_reaches_tex(text: str) -> None:
    """Once what PyLaTeX escapes is taken away, nothing is left that TeX would act on."""
    escaped = body(Paragraph((Text(f"a{text}b"),)))
    escapes = r"\\(?:textbackslash|textasciitilde|textquotedbl|\^)\{\}|\\[&%$#_{}]|\{[-\[\]]\}|~"
    assert not re.search(r'[\\{}%$&#^_"\[\]]', re.sub(escapes, "", escaped))


def test_a_display_belongs_to_its_paragraph() -> None:
    """No blank line parts a sentence from its formula, or TeX would set the formula apart from it."""
    sentence, display = Paragraph((Text("so"),)), Display((Line(symbol("a"), "=", symbol("b")),))
    assert body(sentence, display, sentence) == ("so\n\\derivedisplay\n\\begin{equation*}\na = b\n\\end{equation*}\nso")


def test_a_long_table_repeats_its_header() -> None:
    """On the page a table may break, with its header again; its last three rows stay together, its rules are drawn."""
    columns = (Column((Text("A"),), "right"), Column((Text("B"),), share=1), Column((Text("C"),), share=3))
    rows = tuple(((Text(str(n)),), (Text("b"),), (Text("c"),)) for n in range(12))
    source = body(Table(columns, rows, (Text("Cap"),), "tab:a", rules=(6,)))
    assert r"\begin{xltabular}{\linewidth}{r>{\hsize=0.5\hsize" in source
    assert source.count(r"\textbf{A} & \textbf{B} & \textbf{C} \\*") == 2
    ends = [line.endswith("*") for line in source.splitlines() if line.endswith((r"& c \\", r"& c \\*"))]
    assert ends == [*[False] * 9, *[True] * 3]
    assert re.match(r"\\deriveroom\{\d+em\}", source)
    assert "5 & b & c \\\\\n\\deriverule\n6 & b & c" in source, "a rule that vanishes where a page ends"


def test_no_rule_is_left_at_the_foot_of_a_page() -> None:
    """In a long table that is narrower than the page a rule stays with the rows on both its sides: no two rules end a page."""
    columns = (Column((Text("A"),)), Column((Text("B"),)))
    rows = tuple(((Text(str(n)),), (Text("b"),)) for n in range(12))
    assert "5 & b \\\\*\n\\deriveheldrule\n6 & b" in body(Table(columns, rows, (), "tab:a", rules=(6,)))
    held = re.search(r"\\newcommand\{\\deriveheldrule\}.*", looks("en"))
    assert held
    assert re.search(r"\\hrule.*\\cr\\noalign\{\\nobreak\\vskip\\belowrulesep\\nobreak\}", held.group())


def test_what_stands_alone_in_a_row_makes_no_column_wider() -> None:
    """How many rows more there are is said over all columns, on the side of the first; a column that wraps keeps its own."""
    columns = (Column((Text("A"),)), Column((Text("B"),), "right"))
    rows = (((Text("a"),), (Text("b"),)), ((Text("and many more"),), ()))
    assert r"\multicolumn{2}{l}{and many more} \\*" in body(Table(columns, rows, (), "tab:a"))
    wrapping = (replace(columns[0], share=1), columns[1])
    assert "multicolumn" not in body(Table(wrapping, rows, (), "tab:a"))


def test_a_table_that_does_not_break_is_one_piece() -> None:
    """A small table, and any inside a box or a list, where TeX cannot break it, stays on one page."""
    table = small_table(ENGLISH.checks, "Cap")
    long = replace(table, rows=table.rows * 12)
    assert "longtable" in body(long)
    for whole in (table, Callout((long,)), Items(((long,),))):
        assert "longtable" not in body(whole)
        assert r"\begin{tabular}{lrrr}" in body(whole)


def test_items_and_callouts_may_be_empty() -> None:
    """A list item or a callout of which a template says nothing is written as what it is."""
    document = replace(sample("en"), blocks=(Items(((), (Paragraph((Text("said"),)),)), numbered=False), Callout(())))
    text = latex_document(document, "").dumps()
    assert len(re.findall(r"\\item\b", text)) == 2
    assert r"\begin{derivecallout}" in text


def test_code_keeps_its_spaces_and_lines() -> None:
    """Code is set without a verbatim environment, which could not stand in a box; spaces and empty lines stay."""
    assert "a\\ \\ \\{\\par\n\\mbox{}\\par\n{[}b{]}\\par" in body(CodeBlock("a  {\n\n[b]"))


def test_urls_are_encoded() -> None:
    """No character of a URL makes TeX stumble."""
    assert body(Paragraph((Link((Text("x"),), "https://a.b/c d_e~f%20{g}#h&i\\"),))) == (
        r"\href{https://a.b/c\%20d_e\%7Ef\%20\%7Bg\%7D\#h\&i\%5C}{x}"
    )


@pytest.mark.tex
@pytest.mark.slow
@pytest.mark.parametrize(("language", "copy"), [("en", ENGLISH), ("zh", CHINESE)])
def test_the_pages_hold_the_text(language: str, copy: Copy, tmp_path: Path) -> None:
    """TeX sets the sample without a complaint, and what is extracted from its pages is the text that went in."""
    assert pages_hold(latex_pdf(latex_document(sample(language), looks(language))), copy, tmp_path)


@pytest.mark.tex
@pytest.mark.slow
@pytest.mark.parametrize(("lines", "heading"), [(4, True), (8, True), (6, False)])
def test_no_page_has_the_head_of_a_table_without_rows(lines: int, tmp_path: Path, *, heading: bool) -> None:
    """Where a table does not fit below another, its head is printed once for each page that has rows of it."""
    before = [Paragraph((Text(f"Line {line}."),)) for line in range(lines)]
    pairs = tuple(((Text(str(row)),), (Text("x"),)) for row in range(10))
    first = Table((Column((Text("lag"),)), Column((Text("sum"),))), pairs, (Text("First."),), "tab-first", rules=(9,))
    titles = [Heading(2, (Text("A heading"),), "sec-table")] if heading else []
    tall = "Words that wrap in a column. " * 4
    cells = [(Text(tall if row > 3 else "short"),) for row in range(8)]
    rows = tuple(((Text(f"row {row}"),), cell, cell) for row, cell in enumerate(cells))
    columns = (Column((Text("head"),)), Column((Text("wraps"),), share=1), Column((Text("too"),), share=1))
    second = Table(columns, rows, (Text("Second."),), "tab-second", rules=(1, 4, 7))
    pdf = latex_pdf(latex_document(document(*before, first, *titles, second), looks("en")))
    (tmp_path / "tall.pdf").write_bytes(pdf)
    text = subprocess.run(["pdftotext", "tall.pdf", "-"], cwd=tmp_path, capture_output=True, check=True).stdout.decode()
    with_rows = [page for page in text.split("\f") if re.search(r"row \d", page)]
    assert len(re.findall(r"^head$", text.replace("\f", "\n"), re.MULTILINE)) == len(with_rows)


@pytest.mark.tex
@pytest.mark.slow
@pytest.mark.parametrize("lines", range(41, 44))
def test_the_note_at_the_end_is_on_the_page_of_the_box_before_it(lines: int, tmp_path: Path) -> None:
    """However full the page is, the note never stands alone on the next one: a box that stays whole goes with it."""
    before = [Paragraph((Text(f"Line {line}."),)) for line in range(lines)]
    box, note = (
        Callout((Paragraph((Text("Remember."),)),)),
        Paragraph((Text("The note. " + "It says where this is from. " * 8),)),
    )
    (tmp_path / "note.pdf").write_bytes(latex_pdf(latex_document(document(*before, box, note), looks("en"))))
    text = subprocess.run(["pdftotext", "note.pdf", "-"], cwd=tmp_path, capture_output=True, check=True).stdout.decode()
    assert all("Remember." in page for page in text.split("\f") if "The note." in page)


def test_a_box_at_the_end_holds_the_note_after_it() -> None:
    """The box before the note is told to stay on its page; one that something else follows is not."""
    box, note = Callout((Paragraph((Text("Remember."),)),)), Paragraph((Text("The note."),))
    assert r"\deriveclose" in latex_document(document(box, note), "").dumps()
    assert r"\deriveclose" not in latex_document(document(box, note, box), "").dumps()


@pytest.mark.tex
@pytest.mark.slow
def test_a_figure_stands_on_a_page_that_a_table_runs_on_to(tmp_path: Path) -> None:
    """A figure that has no room where it is told of does not wait until the table that begins there is over."""
    lines = [Paragraph((Text(f"Line {line}."),)) for line in range(32)]
    drawn = picture()
    shapes = tuple(shape for place in range(2) for shape in drawn.moved(0, 8.0 * place))
    tall = Figure(replace(drawn, height=2 * drawn.height, shapes=shapes), (Text("Afloat."),), "fig-tall", "alt")
    rows = tuple(((Text(str(row)),), (Text("x"),)) for row in range(30))
    table = Table((Column((Text("lag"),)), Column((Text("sum"),))), rows, (Text("Long."),), "tab-long")
    (tmp_path / "long.pdf").write_bytes(latex_pdf(latex_document(document(*lines, tall, table, *lines), looks("en"))))
    text = subprocess.run(["pdftotext", "long.pdf", "-"], cwd=tmp_path, capture_output=True, check=True).stdout.decode()
    pages = text.split("\f")
    assert ["Long." in page for page in pages[:2]] == [True, False], "the table begins on the first page"
    assert ["Afloat." in page for page in pages[:2]] == [False, True]


@pytest.mark.tex
def test_a_formula_wider_than_the_page_is_set_smaller() -> None:
    """Displayed formulas that would run out of the page are set smaller: one line, many lines over pages, one with a number."""
    wide = Line(symbol("L"), "=", plus(*[symbol("a")] * 60))
    lines = (wide, *(Line(None, "", plus(*[symbol("a")] * 2 * place), reason=Words("why")) for place in range(1, 33)))
    found = (Display((wide,)), Display(lines), Display((wide,), "eq-wide", 1), Display(lines, "eq-long", 2))
    assert latex_pdf(latex_document(document(*found), looks("en"))).startswith(b"%PDF")


def test_a_formula_that_fits_is_written_plainly() -> None:
    """Only what may be too wide is measured."""
    source = latex_document(document(Display((Line(symbol("L"), "=", symbol("a")),))), looks("en")).dumps()
    body = source.partition(r"\begin{document}")[2]
    assert r"\derivedisplay" in body
    assert r"\derivecell" not in body


@pytest.mark.tex
def test_a_reference_to_nothing_is_an_error() -> None:
    """A reference whose label does not exist is not printed as if it did."""
    nowhere = Paragraph((Reference("Table 9", "tab:none"),))
    with pytest.raises(EngineError, match="tab:none, which is not there"):
        latex_pdf(latex_document(document(nowhere), looks("en")))


def test_a_long_number_may_part() -> None:
    """A count of thirty digits or more breaks between groups if the line ends there; a short one stays whole."""
    long, short = "\u202f".join(["123"] * 10), "1\u202f504\u202f504"
    written = str(inlines_latex((Text(f"{long} and {short}"),)))
    assert written.count("\\penalty5000{}") == 9
    assert written.endswith(f"and {short}")
