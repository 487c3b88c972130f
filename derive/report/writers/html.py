"""Document → one HTML file that needs nothing else: its style, typefaces, formulas and pictures are in it.

Formulas are MathML, as Typst writes it, each with its TeX, for whoever copies it. Whatever comes from a document stands
as text, and a policy in the file lets no script, style, typeface or picture in that was not in it from the start.
"""

from __future__ import annotations

import math
import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from hashlib import sha256
from html import escape
from importlib.resources import files as resources
from typing import Final, assert_never
from urllib.parse import quote

from derive.notation.formula import Formula
from derive.notation.tex import tex, tex_lines
from derive.report.document import (
    Beside,
    Block,
    Callout,
    CodeBlock,
    CodeText,
    Display,
    Document,
    Drawn,
    Emphasis,
    Figure,
    Heading,
    Inline,
    Items,
    Letterhead,
    Link,
    Math,
    Paragraph,
    Reference,
    Shaded,
    Strong,
    Table,
    Text,
    plain,
    unbroken,
)
from derive.report.narrative.shells import is_own
from derive.report.writers.html_formulas import Formulas
from derive.report.writers.html_live import frame, script
from derive.report.writers.html_pictures import picture_svg
from derive.report.writers.writer import Files, Job, Written

_FACES: Final = {
    "Math": ("LatinModernMath", "normal", "normal"),
    "Roman": ("LatinModernRoman-Regular", "normal", "normal"),
    "Roman bold": ("LatinModernRoman-Bold", "bold", "normal"),
    "Roman italic": ("LatinModernRoman-Italic", "normal", "italic"),
}
_HELD: Final = re.compile(r"[,.;:!?)\]，。；：！？）、”’]+")
_BAR: Final = "█"
"""What a bar is made of in plain text: its length is that of the number beside it."""
_TEXT: Final = ' class="text"'
"""Of a column whose cells wrap, but not word by word on a phone."""
_NARROW: Final = 2
"""A column with a larger share of the width than this is such."""
_URL: Final = ":/?#[]@!$&'()*+,;=%-._~"
_POLICY: Final = (
    "default-src 'none'; style-src {style}; script-src {script}; font-src data:; img-src data:; "
    "base-uri 'none'; form-action 'none'"
)


def write(job: Job) -> Written:
    """Return the page; its formulas are made beside the rest."""
    own = is_own(job.templates)
    formulas = Formulas(apart=own)
    page = html(replace(job.document, live=job.live()), job.looks("html.css"), job.set("contents"), formulas)
    made = partial(formulas.put_into, page) if own else job.beside.submit(formulas.put_into, page).result

    def all_files() -> Files:
        return {f"{job.name}.html": made().encode()}

    return Written(all_files)


def html(document: Document, style: str, contents: str, formulas: Formulas) -> str:
    """Return a document as a page in which ``formulas`` has left a mark for each formula.

    ``style`` is its style sheet, ``contents`` the heading of its table of contents.
    """
    sheet = _faces() + style.replace("</", r"<\/")  # the style sheet ends where the page says
    title = escape(plain(document.title))
    write = Blocks(formulas)
    answers = script(document.live) if document.live else ""
    policy = _POLICY.format(style=_hash(sheet), script=_hash(answers) if answers else "'none'")
    return f"""<!doctype html>
<html lang="{escape(document.language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>{sheet}</style>
</head>
<body>
<header>
{_letterhead(document.letterhead)}<h1>{write.inlines(document.title)}</h1>
<p class="subtitle">{write.inlines(document.subtitle)}</p>
</header>
{_contents(document, contents, write)}
{frame(document.live, formulas) if document.live else ""}
<main>
{write.blocks(document.blocks)}
</main>
{f"<script>{answers}</script>" if answers else ""}
</body>
</html>
"""


def _letterhead(head: Letterhead | None) -> str:
    """What stands above the title, its logo inside the page."""
    if head is None:
        return ""
    logo = ""
    if head.logo is not None:
        kind = {"svg": "svg+xml", "jpg": "jpeg"}.get(head.logo.kind, head.logo.kind)
        logo = f'<img alt="" src="data:image/{kind};base64,{b64encode(head.logo.content).decode()}">'
    left, right = ("<br>".join(map(escape, side)) for side in (head.left, head.right))
    return f'<div class="letterhead">{logo}<p>{left}</p><p>{right}</p></div>\n'


def _contents(document: Document, title: str, write: Blocks) -> str:
    """Links to the sections and what is in them."""
    links = "\n".join(
        f'<li class="level{block.level}"><a href="{_to(block.label)}">{write.inlines(block.inlines)}</a></li>'
        for block in document.blocks
        if isinstance(block, Heading)
    )
    return f'<nav aria-labelledby="contents"><h2 id="contents">{escape(title)}</h2>\n<ol>\n{links}\n</ol></nav>'


def _faces() -> str:
    """The typefaces, as rules of the style sheet that hold them whole."""
    folder = resources("derive.report.writers") / "web"
    return "".join(
        f"@font-face{{font-family:'derive {family.split()[0]}';font-weight:{weight};font-style:{slope};"
        f"src:url(data:font/woff2;base64,{b64encode((folder / f'{name}.woff2').read_bytes()).decode()}) format('woff2')}}\n"
        for family, (name, weight, slope) in _FACES.items()
    )


def _hash(text: str) -> str:
    """What lets this very text in, in a policy."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _to(label: str) -> str:
    return f"#{quote(label, safe=':.')}"


class Blocks:
    """Blocks and inlines as HTML, with formulas handed on."""

    def __init__(self, formulas: Formulas) -> None:
        self.formulas = formulas

    def blocks(self, blocks: Sequence[Block]) -> str:
        """Blocks one after another."""
        return "\n".join(map(self.block, blocks))

    def block(self, block: Block) -> str:
        """One block."""
        match block:
            case Heading(level, inlines, label):
                return f"<h{level + 1}{self._place(label)}>{self.inlines(inlines)}</h{level + 1}>"
            case Paragraph(inlines):
                return f"<p>{self.inlines(inlines)}</p>"
            case Items(items, numbered):
                name = "ol" if numbered else "ul"
                return f"<{name}>\n{''.join(map(self._item, items))}</{name}>"
            case Callout(blocks):
                return f'<div class="callout">\n{self.blocks(blocks)}\n</div>'
            case Display(lines, label, number):
                shown = self.formulas.display(lines, tex_lines(lines))
                shown += f'<span class="number">({number})</span>' if number is not None else ""
                return f'<div class="display" tabindex="0"{self._place(label)}>{shown}</div>'
            case Table():
                return self._table(block)
            case Figure(picture, caption, label, alt):
                drawn = picture_svg(picture, alt, self._in_picture)
                words = f"\n<figcaption>{self.inlines(caption)}</figcaption>" if caption else ""
                return f'<figure{self._place(label)}>\n<div class="scroll" tabindex="0">{drawn}</div>{words}\n</figure>'
            case Beside():
                return f'<div class="beside">\n{self.blocks(block.blocks)}\n</div>'
            case CodeBlock(text):
                return f'<pre tabindex="0"><code>{escape(text.rstrip())}</code></pre>'
            case _:
                assert_never(block)

    def _place(self, label: str | None) -> str:
        """What a reference leads to."""
        return "" if label is None else f' id="{escape(label)}"'

    def _in_picture(self, formula: Formula) -> str:
        """A name in a picture, which nobody copies by itself."""
        return self.formulas.bare(formula)

    def inlines(self, inlines: Sequence[Inline]) -> str:
        """Inlines joined; a sign that follows a formula stays on its line."""
        written = ""
        for inline, before in zip(inlines, (None, *inlines), strict=False):
            piece = self._inline(inline)
            held = _HELD.match(piece) if isinstance(before, Math) else None
            if held:
                start = written.rindex("<x-formula>")
                written = f'{written[:start]}<span class="held">{written[start:]}{held[0]}</span>'
                piece = piece[held.end() :]
            written += piece
        return written

    def _item(self, blocks: Sequence[Block]) -> str:
        """One item; a lone paragraph stands in it bare, so that a list of such is tight."""
        if len(blocks) == 1 and isinstance(blocks[0], Paragraph):
            return f"<li>{self.inlines(blocks[0].inlines)}</li>\n"
        return f"<li>{self.blocks(blocks)}</li>\n"

    def _table(self, table: Table) -> str:
        """A table with its caption above, in a box of its own, in which it scrolls if it is wide."""
        sides = [f' class="{column.align}"' if column.align != "left" else "" for column in table.columns]
        head = "".join(
            f'<th scope="col"{side or _TEXT * (column.share > _NARROW)}>{self.inlines(column.header)}</th>'
            for side, column in zip(sides, table.columns, strict=True)
        )
        rows = "\n".join(
            ('<tr class="rule">' if number in table.rules else "<tr>")
            + "".join(f"<td{side}>{self.inlines(cell)}</td>" for side, cell in zip(sides, row, strict=True))
            + "</tr>"
            for number, row in enumerate(table.rows)
        )
        caption = f"<caption>{self.inlines(table.caption)}</caption>\n" if table.caption else ""
        return (
            f'<div class="scroll" tabindex="0"{self._place(table.label)}>\n<table>\n{caption}'
            f"<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table>\n</div>"
        )

    def _inline(self, inline: Inline) -> str:
        match inline:
            case Text(text):
                return escape(text)
            case Emphasis(inlines):
                return f"<em>{self.inlines(inlines)}</em>"
            case Strong(inlines):
                return f"<strong>{self.inlines(inlines)}</strong>"
            case CodeText(text):
                return f"<code>{escape(text)}</code>"
            case Math(formula):
                return self.formulas.inline(formula, tex(formula))
            case Link(inlines, url):
                return f'<a href="{escape(quote(url, safe=_URL))}" rel="noreferrer">{self.inlines(inlines)}</a>'
            case Shaded(inlines, share):
                return f'<span class="shade{math.ceil(10 * share)}">{self.inlines(inlines)}</span>'
            case Drawn(picture, words):
                return picture_svg(picture, plain(words).strip(_BAR), self._in_picture)
            case Reference(text, label):
                return f'<a href="{_to(label)}">{escape(unbroken(text))}</a>'
            case _:
                assert_never(inline)
