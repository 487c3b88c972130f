"""Markdown: what GitHub is given, read back by a CommonMark parser."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator

import pytest
from documents import sample
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token
from reading import walk

from derive.notation.formula import Line, Words, grouped, row, symbol
from derive.report.document import (
    Block,
    Callout,
    CodeBlock,
    CodeText,
    Column,
    Display,
    Document,
    Emphasis,
    Inline,
    Items,
    Link,
    Math,
    Paragraph,
    Reference,
    Strong,
    Table,
    Text,
)
from derive.report.writers.markdown import in_markdown, markdown

PICTURES = {"fig:unrolled": "pictures/unrolled network.svg"}
READER = MarkdownIt("commonmark").enable("table").enable("strikethrough")


def written(*blocks: Block) -> str:
    """Blocks as Markdown, without the title."""
    return markdown(Document("en", (Text("Title"),), (), blocks), PICTURES).removeprefix("# Title\n\n").rstrip("\n")


def paragraph(*inlines: Inline) -> str:
    """A paragraph as Markdown."""
    return written(Paragraph(inlines))


def leaves(tokens: list[Token]) -> Iterator[Token]:
    """The tokens inside tokens."""
    for token in tokens:
        yield token
        yield from leaves(token.children or [])


def read_text(source: str) -> str:
    """The words a reader of Markdown sees."""
    return "".join(token.content for token in leaves(READER.parse(source)) if token.type in {"text", "code_inline"})


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_sample_is_laid_out_as_before(language: str, golden: Callable[[str, str], None]) -> None:
    """The Markdown of the sample is what it was when somebody last looked at it."""
    golden(f"sample.{language}.md", markdown(sample(language), PICTURES))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_tables_have_as_many_cells_as_columns(language: str) -> None:
    """No cell is split by a bar in it: the parser finds as many cells in each row as there are columns."""
    tokens = READER.parse(markdown(sample(language), PICTURES))
    rows: list[int] = []
    for token in tokens:
        if token.type == "tr_open":
            rows.append(0)
        elif token.type in {"td_open", "th_open"}:
            rows[-1] += 1
    assert len(rows) == 31 + 4 + 4
    assert set(rows) == {4}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_references_lead_to_anchors(language: str) -> None:
    """Each link within the page has an anchor to go to."""
    source = markdown(sample(language), PICTURES)
    targets = set(re.findall(r"\]\(#([^)]*)\)", source))
    assert targets == {"fig:unrolled", "tab:paths", "eq:recurrence"}
    assert targets <= set(re.findall(r'<a id="([^"]*)"></a>', source))


def test_displays_are_math_fences_without_colour() -> None:
    """A displayed formula is a fence that GitHub typesets; the reader's theme chooses the colours."""
    source = markdown(sample("en"), PICTURES)
    assert source.count("```math\n") == 6
    assert "textcolor" not in source


def test_a_formula_is_parted_from_a_letter_or_digit() -> None:
    """GitHub shows no formula that follows a letter or digit immediately, Chinese characters included."""
    h = Math(symbol("h"))
    assert paragraph(Text("由"), h, Text("传到")) == "由 $`h`$ 传到"
    assert paragraph(Text("状态，"), h, Text("。")) == "状态，$`h`$。"
    assert paragraph(Text("2"), h, h) == "2 $`h`$$`h`$"


def test_a_formula_has_no_bare_bar() -> None:
    """A bar inside a formula would end the cell of a table."""
    norm = row(grouped(symbol("x"), "||"), Words("a|b"))
    table = Table((Column((Text("x"),)),), (((Math(norm),),),), (Text("Bars"),), "tab:bars")
    source = written(table)
    assert source.splitlines()[-1].count("|") == 2


def test_emphasis_holds_next_to_chinese_punctuation() -> None:
    """CommonMark sees no end of emphasis in *“重点”*是; a tag is seen everywhere."""
    assert paragraph(Text("这是"), Strong((Text("重点"),)), Text("。")) == "这是**重点**。"
    assert paragraph(Text("这是"), Strong((Text("“重点”"),)), Text("之一")) == "这是<strong>“重点”</strong>之一"
    assert paragraph(Emphasis((Strong((Text("a"),)),))) == "<em>**a**</em>"


@given(st.text(st.characters(codec="utf-8", exclude_categories=("C", "Zl", "Zp", "Zs")) | st.just(" "), min_size=1))
@example("1. a")
@example("- a")
@example("# a")
@example("***a*** _b_ c_d_e __f__")
@example("[a](b) ![c](d) <e> &amp; &#65; ~~f~~ `g` $h$ a|b \\ \\*")
def test_text_is_read_back(text: str) -> None:
    """Whatever stands in a text, a reader of the Markdown sees just that: nothing becomes markup."""
    line = " ".join(text.split(" ")).strip()
    if line:
        assert read_text(paragraph(Text(text))) == line


@given(st.text("`ab |\\", min_size=1))
def test_code_is_read_back(code: str) -> None:
    """Backticks in code do not end it."""
    spaces_only = not code.strip(" ")
    padded = code.startswith(" ") and code.endswith(" ")
    if not spaces_only and not padded:
        assert read_text(paragraph(Text("x"), CodeText(code))) == f"x{code}"


def test_code_in_a_table_escapes_its_bar() -> None:
    """Even in code a bar ends a cell, unless it is escaped."""
    table = Table((Column((Text("x"),)),), (((CodeText("a|b"),),),), (Text("Code"),), "tab:code")
    assert r"| `a\|b` |" in written(table)
    assert read_text(written(table)).endswith("a|b")


def test_fences_are_longer_than_what_they_hold() -> None:
    """A code block that shows a fence is still one block."""
    blocks = [token for token in READER.parse(written(CodeBlock("```\nx\n```", "md"))) if token.type == "fence"]
    assert [block.content for block in blocks] == ["```\nx\n```\n"]


def test_two_lists_stay_two() -> None:
    """Lists that follow each other are not read as one."""
    one = Items((((Paragraph((Text("a"),))),),))
    tokens = READER.parse(written(one, one, one))
    assert sum(token.type == "bullet_list_open" for token in tokens) == 3


def test_a_callout_is_a_block_quote_of_blocks() -> None:
    """A callout holds its blocks, lists too, and has no trailing spaces."""
    source = written(Callout((Paragraph((Text("a"),)), Items(((Paragraph((Text("b"),)),),), numbered=True))))
    assert source == "> a\n>\n> 1. b"


def test_links_and_references_are_encoded() -> None:
    """A URL with brackets and a label with other letters still lead somewhere."""
    assert paragraph(Link((Text("[x]"),), "https://a.b/c (d)")) == r"[\[x\]](<https://a.b/c%20(d)>)"
    assert paragraph(Reference("图 1", "图")) == "[图 1](#%E5%9B%BE)"


# -- pandoc ------------------------------------------------------------------------------------------------------------


def for_pandoc(*blocks: Block) -> str:
    """Blocks as Markdown for pandoc, without the title."""
    whole = markdown(Document("en", (Text("Title"),), (), blocks), PICTURES, "pandoc")
    return whole.removeprefix("# Title\n\n").rstrip("\n")


def test_pandoc_is_given_dollars() -> None:
    """Displays stand between two dollars, formulas in a line between one; a number is plain, and a reference leads to it."""
    a, b = symbol("a"), symbol("b")
    display = Display((Line(a, "=", b, Words("why")), Line(None, "=", b)), "eq-a", 3)
    shown = "$$\n\\begin{aligned}\na &= b &&\\quad \\text{why} \\\\\n&= b\n\\end{aligned} \\qquad (3)\n$$"
    assert for_pandoc(display) == f'<span id="eq-a"></span>\n\n{shown}'
    assert for_pandoc(Paragraph((Text("x"), Math(a), Text("2")))) == "x $a$ 2"
    assert for_pandoc(Paragraph((Math(row(a, Words(" "))),))) == r"$a \text{ }$"
    assert for_pandoc(Paragraph((Reference("(3)", "eq-a"),))) == "[(3)](#eq-a)"
    assert for_pandoc(Paragraph((Text("(a) b^2^ @c {d}"),))) == r"\(a) b\^2\^ \@c \{d\}"


@pytest.fixture(scope="module")
def pandoc() -> str:
    """The program, where it is installed."""
    found = shutil.which("pandoc")
    if found is None:
        pytest.skip("pandoc is not installed")
    return found


@pytest.mark.parametrize("language", ["en", "zh"])
def test_pandoc_reads_it_back(pandoc: str, language: str) -> None:
    """Pandoc finds as many displays and formulas as there are, converts all of them, and each reference leads somewhere."""
    document = sample(language)
    source = markdown(document, PICTURES, "pandoc").encode()
    done = subprocess.run(
        [pandoc, "-f", "markdown", "-t", "html", "--mathml"], input=source, capture_output=True, check=True
    )
    page = done.stdout.decode()
    assert not done.stderr
    assert page.count('display="block"') == sum(isinstance(one, Display) for one in walk(document))
    assert page.count('display="inline"') == sum(isinstance(one, Math) for one in walk(document))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(re.findall(r'id="([^"]+)"', page))


@pytest.mark.parametrize("words", ["<img src=x onerror=alert(1)>", "</script>", "<!--"])
def test_words_in_a_formula_of_a_notebook_are_no_markup(words: str) -> None:
    """What sets a notebook's formulas may read its markup first; a word of a formula is none there."""
    formula = Words(words)
    blocks = (Paragraph((Math(formula),)), Display((Line(None, "", formula),), None))
    written = in_markdown(blocks, {})
    assert written.count("<{}") == 2
    assert not re.search(r"<[A-Za-z/!]", written)
