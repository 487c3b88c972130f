"""Document → Markdown as GitHub shows it.

Formulas are TeX: ```` ```math ```` fences for displays, ``$`…`$`` inside text. GitHub does not see such a formula right
after a letter (github/markup issue 1742), so it is set off by a space there, which Chinese typesetting wants anyway.
``*`` marks emphasis only where CommonMark surely takes it so, that is between letters or digits; elsewhere, as next to
Chinese punctuation, an HTML tag does. References lead to explicit anchors.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Final, assert_never
from urllib.parse import quote

from derive.notation.formula import Formula
from derive.notation.tex import tex, tex_lines
from derive.report.document import (
    Block,
    Callout,
    CodeBlock,
    CodeText,
    Column,
    Display,
    Document,
    Emphasis,
    Figure,
    Heading,
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
from derive.report.engines import typst_svgs
from derive.report.writers.typst_pictures import pictures_source
from derive.report.writers.writer import Files, Job, Written

# An underscore between letters marks nothing in GitHub's Markdown.
_SPECIAL: Final = re.compile(r"[\\`*\[\]<$~|]|(?<![^\W_])_|_(?![^\W_])|&(?=#?\w+;)")
_LINE_START: Final = re.compile(r"^(\s*)(?:([-+=#>])|(\d{1,9})([.)]))")
_URL: Final = ":/?#[]@!$&'()*+,;=%-._~"
_RULES: Final = {"left": ":--", "center": ":-:", "right": "--:"}


def write(job: Job) -> Written:
    """Return the Markdown, and its pictures as SVG in a folder beside it, which are made while other formats are written."""
    figures = {block.label: block for block in job.document.blocks if isinstance(block, Figure)}
    places = {label: f"{job.name}.pictures/{label}.svg" for label in figures}
    files = {f"{job.name}.md": markdown(job.document, places).encode()}
    if not figures:
        return Written(lambda: files)
    source = pictures_source([figure.picture for figure in figures.values()], job.looks("typst.typ"))
    made = job.by_typst(typst_svgs, source)

    def all_files() -> Files:
        return files | dict(zip(places.values(), (picture.encode() for picture in made()), strict=True))

    return Written(all_files)


def markdown(document: Document, pictures: Mapping[str, str]) -> str:
    """Return a document as Markdown; ``pictures`` gives the path of each figure's image by the figure's label."""
    head = [f"# {_line(document.title)}"]
    if document.subtitle:
        head.append(_line(document.subtitle))
    return "\n\n".join([*head, *_blocks(document.blocks, pictures)]) + "\n"


def _blocks(blocks: Sequence[Block], pictures: Mapping[str, str]) -> list[str]:
    """Blocks one after another; of two lists in a row the second gets the other marker, or they would be one."""
    written: list[str] = []
    second = False
    for position, block in enumerate(blocks):
        before = blocks[position - 1] if position else None
        second = isinstance(block, Items) and isinstance(before, Items) and not second
        written.append(_block(block, pictures, second=second))
    return written


def _block(block: Block, pictures: Mapping[str, str], *, second: bool) -> str:
    match block:
        case Heading(level, inlines, label):
            return f"{'#' * (level + 1)} {_anchor(label)}{_line(inlines)}"
        case Paragraph(inlines):
            return _line(inlines)
        case Items():
            return _items(block, pictures, second=second)
        case Callout(blocks):
            return _indented("\n\n".join(_blocks(blocks, pictures)), "> ", "> ")
        case Display():
            return _display(block)
        case Table():
            return _table(block)
        case Figure(caption=caption, label=label, alt=alt):
            image = f"{_anchor(label)}![{_escaped(alt)}]({quote(pictures[label])})"
            return f"{image}\n\n{_line(caption)}" if caption else image
        case CodeBlock(text, language):
            return _fenced(text, language)
        case _:
            assert_never(block)


def _items(items: Items, pictures: Mapping[str, str], *, second: bool) -> str:
    """A list; it is loose if any item holds more than one block."""
    loose = any(len(blocks) > 1 for blocks in items.items)
    written = []
    for number, blocks in enumerate(items.items, start=1):
        marker = f"{number}{')' if second else '.'} " if items.numbered else "* " if second else "- "
        written.append(_indented("\n\n".join(_blocks(blocks, pictures)), marker, " " * len(marker)))
    return ("\n\n" if loose else "\n").join(written)


def _display(display: Display) -> str:
    """Lines of formulas, aligned, in a fence that GitHub typesets."""
    tag = "" if display.number is None else f" \\tag{{{display.number}}}"
    fence = _fenced(tex_lines(display.lines) + tag, "math")
    return fence if display.label is None else f"{_anchor(display.label)}\n\n{fence}"


def _table(table: Table) -> str:
    """A pipe table under its caption. Pipe tables know no inner rules, so these are left out."""
    lines = [
        _cells([column.header for column in table.columns]),
        "|".join(["", *(_rule(column) for column in table.columns), ""]),
        *(_cells(row) for row in table.rows),
    ]
    return f"{_anchor(table.label)}{_line(table.caption)}\n\n" + "\n".join(lines)


def _cells(cells: Sequence[tuple[Inline, ...]]) -> str:
    """One line of a pipe table. Text has its bars escaped already, formulas have none, code gets them escaped here."""
    return "|".join(["", *(f" {_line(cell, table=True)} " for cell in cells), ""])


def _rule(column: Column) -> str:
    """The part of the line under a header that says how its column is aligned."""
    return f" {_RULES[column.align]} "


def _line(inlines: Sequence[Inline], *, table: bool = False) -> str:
    """Inlines on one line, escaped where they would start a block."""
    line = _inlines(inlines, table=table).strip()
    return _LINE_START.sub(_unstarted, line) if inlines and isinstance(inlines[0], Text) else line


def _unstarted(start: re.Match[str]) -> str:
    """Escape what would make a list, a heading or a quotation of a paragraph."""
    space, mark, digits, point = start.groups()
    return f"{space}\\{mark}" if mark else f"{space}{digits}\\{point}"


def _inlines(inlines: Sequence[Inline], *, table: bool) -> str:
    """Inlines joined; a formula or code next to a letter or digit is set off by a space."""
    line = ""
    for inline in inlines:
        piece = _inline(inline, table=table)
        touches = line[-1:].isalnum() if isinstance(inline, Math) else line.endswith("`$") and piece[:1].isalnum()
        line += f" {piece}" if touches else piece
    return line


def _inline(inline: Inline, *, table: bool) -> str:
    match inline:
        case Text(text):
            return _escaped(text)
        case Emphasis(inlines):
            return _marked(_inlines(inlines, table=table), "*", "em")
        case Strong(inlines):
            return _marked(_inlines(inlines, table=table), "**", "strong")
        case CodeText(text):
            return _code(text).replace("|", r"\|") if table else _code(text)
        case Math(formula):
            return f"$`{_inline_tex(formula)}`$"
        case Link(inlines, url):
            return f"[{_inlines(inlines, table=table)}](<{quote(url, safe=_URL)}>)"
        case Reference(text, label):
            return f"[{_escaped(text)}](#{quote(label, safe=':.')})"
        case _:
            assert_never(inline)


def _marked(body: str, mark: str, tag: str) -> str:
    """Emphasize body by a Markdown mark where its ends are letters or digits, by an HTML tag otherwise."""
    sure = body[:1].isalnum() and body[-1:].isalnum()
    return f"{mark}{body}{mark}" if sure else f"<{tag}>{body}</{tag}>"


def _inline_tex(formula: Formula) -> str:
    """TeX without a bar, which would end the cell of a table."""
    return tex(formula).replace(r"\|", r"\Vert ").replace("|", r"\vert ")


def _escaped(text: str) -> str:
    """Text on one line, with a backslash before each character that Markdown or GitHub would take as markup."""
    return _SPECIAL.sub(r"\\\g<0>", " ".join(text.split("\n")))


def _code(text: str) -> str:
    """Code inside text, between more backticks than it has in a row."""
    ticks = "`" * (_longest_run(text) + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"


def _fenced(text: str, language: str) -> str:
    """Verbatim lines between fences longer than any run of backticks in them."""
    fence = "`" * max(3, _longest_run(text) + 1)
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"


def _longest_run(text: str) -> int:
    """How many backticks stand in a row in text, at most."""
    return max((len(run) for run in re.findall("`+", text)), default=0)


def _anchor(label: str) -> str:
    """A place that a reference can lead to."""
    return f'<a id="{escape(label, quote=True)}"></a>'


def _indented(text: str, first: str, rest: str) -> str:
    """Put ``first`` before the first line and ``rest`` before each other line that is not blank."""
    lines = text.split("\n")
    blank = rest.rstrip()
    return "\n".join([first + lines[0], *(rest + line if line else blank for line in lines[1:])])
