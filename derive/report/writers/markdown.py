r"""Document → Markdown, in the dialect of GitHub, in that of pandoc, which Quarto and Jupyter Book read too, or a notebook's.

| | GitHub | pandoc |
|---|---|---|
| a display | a ```` ```math ```` fence | between ``$$`` |
| its number | ``\tag{3}`` | ``(3)``, and nothing else that pandoc could not convert to other mathematics than TeX |
| in text | ``$`…`$`` | ``$…$`` |
| a place for references | ``<a id="…">`` | ``<span id="…">``, which pandoc keeps in other formats than HTML |

No dialect is right for both: GitHub takes ``\\`` and ``_`` between ``$$`` for Markdown first, pandoc a fence for code. GitHub
sees no formula right after a letter (github/markup issue 1742), pandoc none before a digit, so a space sets it off there, which
Chinese typesetting wants anyway. ``*`` marks emphasis only where CommonMark surely takes it so, that is between letters or
digits; elsewhere, as next to Chinese punctuation, an HTML tag does. References lead to explicit anchors.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from html import escape
from typing import Final, assert_never
from urllib.parse import quote

from derive.notation.formula import Formula
from derive.notation.measure import width
from derive.notation.tex import tex, tex_lines
from derive.notation.text import columns
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
    Pieces,
    Reference,
    Shaded,
    Strong,
    Table,
    Text,
    plain,
)
from derive.report.engines import typst_svgs
from derive.report.writers.html_formulas import reasons_below
from derive.report.writers.typst_pictures import pictures_source
from derive.report.writers.writer import Job, Written

# An underscore between letters marks nothing.
_MARKS: Final = r"[\\`*\[\]<$~|]|(?<![^\W_])_|_(?![^\W_])|&(?=#?\w+;)"
_STARTS: Final = r"^(\s*)(?:([-+=#>])|(\d{1,9})([.)]))"
_TAG: Final = re.compile(r"<(?=[A-Za-z/!?])")
LOGO: Final = "logo"
_URL: Final = ":/?#[]@!$&'()*+,;=%-._~"
_RULES: Final = {"left": (":", ""), "center": (":", ":"), "right": ("", ":")}
_LETTERS: Final = 2.2
"""A letter of text is as wide as that part of an em."""


@dataclass(frozen=True)
class Dialect:
    """What one reader of Markdown takes for a formula and a place, and what has to be escaped for it.

    ``fenced``: displays stand between fences; ``ruled``: a line under a header tells by its length how wide the column is;
    ``entities``: what is escaped is written as a number, since formulas are looked for before Markdown is read.
    """

    inline: tuple[str, str]
    number: str
    anchor: str
    special: re.Pattern[str]
    starts: re.Pattern[str]
    fenced: bool = True
    ruled: bool = False
    entities: bool = False


DIALECTS: Final = {
    "github": Dialect(("$`", "`$"), r" \tag{{{}}}", "a", re.compile(_MARKS), re.compile(_STARTS)),
    # Pandoc also knows ^superscripts^, @citations, {attributes}, (a) lists of many kinds and : definitions.
    "pandoc": Dialect(
        ("$", "$"),
        # What pandoc converts to other mathematics knows no \tag.
        r" \qquad ({})",
        "span",
        re.compile(rf"{_MARKS}|[\^@{{}}]"),
        re.compile(r"^(\s*)(?:([-+=#>:%]|\((?=[\w#]{1,9}\)))|(\d{1,9}|#|[A-Za-z]|[ivxlcdmIVXLCDM]+)([.)](?=\s)))"),
        fenced=False,
        ruled=True,
    ),
    "notebook": Dialect(
        ("$", "$"),
        r" \tag{{{}}}",
        "a",
        re.compile(rf"{_MARKS}|[&>^{{}}]"),
        re.compile(_STARTS),
        fenced=False,
        entities=True,
    ),
}


@dataclass(frozen=True)
class _Way:
    """How a document is written: the dialect, where the image of each figure is, and whether there are places to lead to."""

    dialect: Dialect
    pictures: Mapping[str, str]
    placed: bool = True


def write(job: Job) -> Written:
    """Return the Markdown, and its pictures as SVG in a folder beside it, which are made while other formats are written."""
    figures = {block.label: block for block in job.document.flat if isinstance(block, Figure)}
    places = {label: f"{job.name}.pictures/{label}.svg" for label in figures}
    files = {}
    head = job.document.letterhead
    if head is not None and head.logo is not None:
        places[LOGO] = f"{job.name}.pictures/{LOGO}.{head.logo.kind}"
        files[places[LOGO]] = head.logo.content
    files[f"{job.name}.md"] = markdown(job.document, places, job.markdown, job.pieces).encode()
    if not figures:
        return Written(lambda: files)
    images = _images(job, figures)
    return Written(lambda: files | {places[label]: image.encode() for label, image in images().items()})


def _images(job: Job, figures: Mapping[str, Figure]) -> Callable[[], Mapping[str, str]]:
    """Begin to make the images of figures, by label; those that the document before had are there."""
    looks = job.looks("typst.typ")
    way = (typst_svgs, looks)
    there: dict[str, str] = {}
    for label, figure in figures.items():
        if (image := job.pieces.known(figure, way)) is not None:
            there[label] = image
    anew = {label: figure for label, figure in figures.items() if label not in there}
    if not anew:
        return lambda: there
    made = job.by_typst(typst_svgs, pictures_source([figure.picture for figure in anew.values()], looks))

    def images() -> Mapping[str, str]:
        found = dict(zip(anew, made(), strict=True))
        return there | {label: job.pieces.of(anew[label], way, partial(str, image)) for label, image in found.items()}

    return images


def markdown(
    document: Document, pictures: Mapping[str, str], dialect: str = "github", pieces: Pieces | None = None
) -> str:
    """Return a document as Markdown; ``pictures`` gives the path of each figure's image by the figure's label.

    ``pieces`` has what was made of blocks of the document before.
    """
    way = _Way(DIALECTS[dialect], pictures)
    kept, how = pieces or Pieces(), (dialect, tuple(pictures.items()))

    def written(block: Block, *, second: bool) -> str:
        return kept.of(block, (markdown, how, second), lambda: _block(block, way, second=second))

    head = [*_letterhead(document.letterhead, way), f"# {_line(document.title, way)}"]
    if document.subtitle:
        head.append(_line(document.subtitle, way))
    return "\n\n".join([*head, *_in_order(document.blocks, written)]) + "\n"


def in_markdown(blocks: Sequence[Block], pictures: Mapping[str, str], *, placed: bool = True) -> str:
    """Return blocks as a notebook's Markdown; ``pictures`` gives the address of each figure's image by the figure's label.

    Unless they are ``placed``, no reference can lead to them.
    """
    return "\n\n".join(_blocks(blocks, _Way(DIALECTS["notebook"], pictures, placed)))


def line_in_markdown(inlines: Sequence[Inline]) -> str:
    """Return inlines as a line of a notebook's Markdown."""
    return _line(inlines, _Way(DIALECTS["notebook"], {}))


def _letterhead(head: Letterhead | None, way: _Way) -> Iterator[str]:
    """What stands above the title: the logo, then a line of texts."""
    if head is not None and LOGO in way.pictures:
        yield f"![]({quote(way.pictures[LOGO])})"
    if head is not None and (texts := (*head.left, *head.right)):
        yield _line((Text(" · ".join(texts)),), way)


def _blocks(blocks: Sequence[Block], way: _Way) -> list[str]:
    return _in_order(blocks, partial(_block, way=way))


def _in_order(blocks: Sequence[Block], write: Callable[..., str]) -> list[str]:
    """Blocks one after another; of two lists in a row the second gets the other marker, or they would be one."""
    written: list[str] = []
    second = False
    for position, block in enumerate(blocks):
        before = blocks[position - 1] if position else None
        second = isinstance(block, Items) and isinstance(before, Items) and not second
        written.append(write(block, second=second))
    return written


def _block(block: Block, way: _Way, *, second: bool) -> str:
    match block:
        case Heading(level, inlines, label):
            return f"{'#' * (level + 1)} {_anchor(label, way)}{_line(inlines, way)}"
        case Paragraph(inlines):
            return _line(inlines, way)
        case Items():
            return _items(block, way, second=second)
        case Callout(blocks):
            return _indented("\n\n".join(_blocks(blocks, way)), "> ", "> ")
        case Display():
            return _display(block, way)
        case Table():
            return _table(block, way)
        case Figure(caption=caption, label=label, alt=alt):
            image = f"{_anchor(label, way)}{_image(alt, way.pictures[label], way)}"
            return f"{image}\n\n{_line(caption, way)}" if caption else image
        case Beside():
            return "\n\n".join(_blocks(block.blocks, way))
        case CodeBlock(text, language):
            return _fenced(text, language)
        case _:
            assert_never(block)


def _image(alt: str, place: str, way: _Way) -> str:
    """An image. What holds its content is no address that every reader of Markdown follows, so it stands in an element."""
    if way.dialect.entities:
        return f'<img src="{escape(place)}" alt="{escape(alt)}">'
    return f"![{_escaped(alt, way)}]({quote(place)})"


def _items(items: Items, way: _Way, *, second: bool) -> str:
    """A list; it is loose if any item holds more than one block."""
    loose = any(len(blocks) > 1 for blocks in items.items)
    written = []
    for number, blocks in enumerate(items.items, start=1):
        marker = f"{number}{')' if second else '.'} " if items.numbered else "* " if second else "- "
        written.append(_indented("\n\n".join(_blocks(blocks, way)), marker, " " * len(marker)))
    return ("\n\n" if loose else "\n").join(written)


def _display(display: Display, way: _Way) -> str:
    """Lines of formulas, aligned."""
    tag = "" if display.number is None else way.dialect.number.format(display.number)
    lines = tuple(reasons_below(display.lines)) if way.dialect.entities else display.lines
    body = _no_tag(tex_lines(lines, plain=not way.dialect.fenced), way) + tag
    shown = _fenced(body, "math") if way.dialect.fenced else f"$$\n{body}\n$$"
    return f"{_anchor(display.label, way)}\n\n{shown}" if display.label is not None and way.placed else shown


def _table(table: Table, way: _Way) -> str:
    """A pipe table under its caption. Pipe tables know no inner rules, so these are left out."""
    lines = [
        _cells([column.header for column in table.columns], way),
        "|".join(["", *(_rule(table, place, way) for place in range(len(table.columns))), ""]),
        *(_cells(row, way) for row in table.rows),
    ]
    return f"{_anchor(table.label, way)}{_line(table.caption, way)}\n\n" + "\n".join(lines)


def _cells(cells: Sequence[tuple[Inline, ...]], way: _Way) -> str:
    """One line of a pipe table. Text has its bars escaped already, formulas have none, code gets them escaped here."""
    return "|".join(["", *(f" {_line(cell, way, table=True)} " for cell in cells), ""])


def _rule(table: Table, place: int, way: _Way) -> str:
    """The part of the line under a header that says how its column is aligned, and how wide it is beside the others."""
    before, after = _RULES[table.columns[place].align]
    cells = (table.columns[place].header, *(row[place] for row in table.rows))
    dashes = max(map(_letters, cells)) if way.dialect.ruled else 0
    return f" {before}{'-' * max(dashes, 3 - len(before + after))}{after} "


def _letters(cell: Sequence[Inline]) -> int:
    """About how many letters a cell is wide."""
    return round(
        sum(
            _LETTERS * width(inline.formula) if isinstance(inline, Math) else columns(plain((inline,)))
            for inline in cell
        )
    )


def _line(inlines: Sequence[Inline], way: _Way, *, table: bool = False) -> str:
    """Inlines on one line, escaped where they would start a block."""
    line = _inlines(inlines, way, table=table).strip()
    return way.dialect.starts.sub(_unstarted, line) if inlines and isinstance(inlines[0], Text) else line


def _unstarted(start: re.Match[str]) -> str:
    """Escape what would make a list, a heading or a quotation of a paragraph."""
    space, mark, digits, point = start.groups()
    return f"{space}\\{mark}" if mark else f"{space}{digits}\\{point}"


def _inlines(inlines: Sequence[Inline], way: _Way, *, table: bool) -> str:
    """Inlines joined; a formula or code next to a letter or digit is set off by a space."""
    line = ""
    before: Inline | None = None
    for inline in inlines:
        piece = _inline(inline, way, table=table)
        touches = line[-1:].isalnum() if isinstance(inline, Math) else isinstance(before, Math) and piece[:1].isalnum()
        line += f" {piece}" if touches else piece
        before = inline
    return line


def _inline(inline: Inline, way: _Way, *, table: bool) -> str:
    match inline:
        case Text(text):
            return _escaped(text, way)
        case Shaded(inlines) | Drawn(words=inlines):
            return _inlines(inlines, way, table=table)
        case Emphasis(inlines):
            return _marked(_inlines(inlines, way, table=table), "*", "em")
        case Strong(inlines):
            return _marked(_inlines(inlines, way, table=table), "**", "strong")
        case CodeText(text):
            return _code(text).replace("|", r"\|") if table else _code(text)
        case Math(formula):
            return _no_tag(_inline_tex(formula), way).join(way.dialect.inline)
        case Link(inlines, url):
            return f"[{_inlines(inlines, way, table=table)}](<{quote(url, safe=_URL)}>)"
        case Reference(text, label):
            return f"[{_escaped(text, way)}](#{quote(label, safe=':.')})"
        case _:
            assert_never(inline)


def _marked(body: str, mark: str, tag: str) -> str:
    """Emphasize body by a Markdown mark where its ends are letters or digits, by an HTML tag otherwise; spaces stay outside."""
    inner = body.strip()
    sure = inner[:1].isalnum() and inner[-1:].isalnum()
    return body.replace(inner, f"{mark}{inner}{mark}" if sure else f"<{tag}>{inner}</{tag}>") if inner else body


def _inline_tex(formula: Formula) -> str:
    """TeX without a bar, which would end the cell of a table, and without spaces at its ends."""
    spelled = tex(formula).replace(r"\|", r"\Vert ").replace("|", r"\vert ").strip()
    return f"{spelled} {{}}" if spelled.endswith("\\") else spelled


def _no_tag(spelled: str, way: _Way) -> str:
    """TeX whose words no reader of a notebook can take for markup; an empty group after ``<`` is not seen."""
    return _TAG.sub("<{}", spelled) if way.dialect.entities else spelled


def _escaped(text: str, way: _Way) -> str:
    """Text on one line, with a backslash before each character that would be taken as markup, or its number."""
    if way.dialect.entities:
        return way.dialect.special.sub(lambda found: f"&#{ord(found[0])};", " ".join(text.split("\n")))
    return way.dialect.special.sub(r"\\\g<0>", " ".join(text.split("\n")))


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


def _anchor(label: str, way: _Way) -> str:
    """A place that a reference can lead to."""
    if not way.placed:
        return ""
    tag = way.dialect.anchor
    return f'<{tag} id="{escape(label, quote=True)}"></{tag}>'


def _indented(text: str, first: str, rest: str) -> str:
    """Put ``first`` before the first line and ``rest`` before each other line that is not blank."""
    lines = text.split("\n")
    blank = rest.rstrip()
    return "\n".join([first + lines[0], *(rest + line if line else blank for line in lines[1:])])
