"""HTML: what a browser is given, read back by a parser; what it makes of it is asked in test_browser.py."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from html.parser import HTMLParser

import pytest
from documents import sample
from hypothesis import given
from hypothesis import strategies as st

from derive.notation.formula import Colored, Words, power, row, symbol
from derive.notation.tex import tex
from derive.report.document import Block, CodeBlock, CodeText, Document, Link, Math, Paragraph, Text
from derive.report.writers.html import html
from derive.report.writers.html_formulas import Formulas

VOID = {"meta", "link", "br", "hr", "img", "input"}
# Both close themselves.
EMPTY = {"mspace", "path", "rect", "ellipse", "circle", "polyline"}


class Reader(HTMLParser):
    """What is in a page: its text outside of the head, its tags with their attributes, and whether each is closed."""

    def __init__(self, page: str) -> None:
        """Read it all."""
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(page)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep a tag, which has to be closed if it can be."""
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep a tag that closes itself."""
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        """Close what was opened last, and nothing else."""
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Keep the text of the body."""
        if "body" in self._open and "annotation" not in self._open:
            self.text += data


def page(document: Document) -> str:
    """A document as a page with its formulas in it."""
    formulas = Formulas()
    return formulas.put_into(html(document, "p{margin:0}", "Contents", formulas))


def main(*blocks: Block) -> str:
    """Blocks as HTML, without what is around them."""
    whole = page(Document("en", (Text("Title"),), (), blocks))
    return whole.partition("<main>\n")[2].partition("\n</main>")[0]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_sample_is_laid_out_as_before(language: str, golden: Callable[[str, str], None]) -> None:
    """The page of the sample is what it was when somebody last looked at it, but for its typefaces."""
    written = re.sub(r"base64,[\w+/=]+", "base64,…", page(sample(language)))
    golden(f"sample.{language}.html", re.sub(r"'sha256-[^']+'", "'sha256-…'", written))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_reference_leads_somewhere(language: str) -> None:
    """Each link within the page has its end there, no place has two, and every element is closed in its turn."""
    read = Reader(page(sample(language)))
    places = [names["id"] for _, names in read.tags if "id" in names]
    ends = [str(names["href"])[1:] for _, names in read.tags if str(names.get("href", "")).startswith("#")]
    assert len(set(places)) == len(places)
    assert ends
    assert set(ends) <= set(places)


def test_the_page_lets_in_its_own_style_and_nothing_else() -> None:
    """The policy names the very text of the style sheet; there is no script, nothing is fetched, no element has a style."""
    written = page(sample("en"))
    read = Reader(written)
    style = re.search("<style>(.*)</style>", written, re.DOTALL)
    assert style is not None
    hashed = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    policy = next(str(names["content"]) for _, names in read.tags if names.get("http-equiv"))
    assert policy.startswith("default-src 'none'; ")
    assert f"style-src 'sha256-{hashed}';" in policy
    assert not {"script", "link", "img", "iframe", "object"} & {tag for tag, _ in read.tags}
    assert not any("style" in names or any(name.startswith("on") for name in names) for _, names in read.tags)
    assert not re.search(r"url\((?!data:)", style[1])


@given(st.text(st.characters(codec="utf-8", exclude_categories=["C", "Zl", "Zp"]), min_size=1, max_size=30))
def test_text_is_read_as_it_was_written(text: str) -> None:
    """Whatever a text says stands on the page as text: as prose, as code, in a link."""
    written = main(
        Paragraph((Text(text), CodeText(text), Link((Text(text),), "https://a.example/?q=<b>"))), CodeBlock(text)
    )
    read = Reader(f"<body>{written}</body>")
    assert [tag for tag, _ in read.tags] == ["body", "p", "code", "a", "pre", "code"]
    assert "".join(read.text.split()) == "".join((text * 4).split())


def test_a_formula_is_mathml_that_carries_its_tex() -> None:
    """Whoever copies a formula finds its TeX in it; colours are classes; what stands twice is made once."""
    formula = Colored("now", power(symbol("h", symbol("t")), Words("a <b>")))
    written = main(Paragraph((Math(formula), Text(" and "), Math(formula))))
    assert written.count("<math") == 2
    assert '<mrow class="now">' in written
    notes = re.findall('<annotation encoding="application/x-tex">(.*?)</annotation>', written)
    assert [note.replace("&lt;", "<").replace("&gt;", ">") for note in notes] == [tex(formula)] * 2


def test_a_sign_after_a_formula_stays_on_its_line() -> None:
    """A full stop or a comma does not begin a line."""
    written = main(Paragraph((Text("see "), Math(row(symbol("T"))), Text(". Then"))))
    assert re.search(r'see <span class="held"><math>.*</math>\.</span> Then', written)
