"""Document → Typst source: calls of the shell's functions, so that structure is here and looks are there.

Formulas carry the words a screen reader says for them, pictures their description, tables their header row, so the PDF
is tagged. Characters that Typst would read as markup, or join (``--``, ``...``, ``-1``), are escaped.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import pairwise
from typing import Final, assert_never

from derive.notation.text import text_lines
from derive.notation.typst import typst_lines
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
    Logo,
    Math,
    Paragraph,
    Pieces,
    Reference,
    Shaded,
    Strong,
    Table,
    Text,
    floats,
    kept_with_last,
    plain,
    stays_whole,
    unbroken,
)
from derive.report.writers.typst_pictures import formula_typst, picture_typst, quoted, spoken

_SPECIAL: Final = re.compile(r"""[\\*_`$#<>@\[\]~"]|/(?=[/*])|(?<=[/*])/|-(?=[-?\d])|\.(?=\.)""")
_HAN: Final = re.compile("[㐀-鿿]")
_DEFINED: Final = re.compile(r"^#let ([\w-]+)", re.MULTILINE)
_APART: Final = "apart"
_BETWEEN: Final = "\u241e"
"""The sign for the end of a record, which no typeface of the handout has."""
_LINE_START: Final = re.compile(r"^(\s*)(?:([-+=/])|(\d+)(\.))")


def typst_source(document: Document, shell: str, pieces: Pieces | None = None) -> str:
    """Return a document as Typst source; ``shell`` defines the functions it calls.

    With ``pieces``, what was made of blocks of the document before, the blocks are one text, of which Typst reads each by
    itself. By its place in the source Typst knows again what it has set before; a minus sign more in a table would move all
    places after it, and in a text it moves none.
    """
    write = _standing if document.full else _placed
    if pieces is not None:
        shell, write = f"{shell.rstrip()}\n{_read_apart(shell)}", partial(_kept, pieces, write)
    name = plain(document.title)
    show = (
        f"#show: handout.with(name: {quoted(name)}, title: {_content(document.title)}, "
        f"subtitle: {_content(document.subtitle)}{_letterhead(document.letterhead)}{', full: true' * document.full})"
    )
    blocks = _written(document.blocks, write)
    if kept_with_last(document.blocks) is not None:
        blocks[-2] = f"#close[{blocks[-2]}]"
    inline = pieces is None or any(_BETWEEN in block for block in blocks)
    body = "\n\n".join(blocks) if inline else f"#{_APART}({quoted(_BETWEEN.join(blocks))})"
    return f"{shell.rstrip()}\n\n{show}\n\n{body}\n"


def _read_apart(shell: str) -> str:
    """The function that reads blocks one by one, each a paragraph of its own, which sees the functions of the shell."""
    known = ", ".join(f"{name}: {name}" for name in _DEFINED.findall(shell))
    read = f'eval(text, mode: "markup", scope: ({known}))'
    return f"#let {_APART}(texts) = for text in texts.split({quoted(_BETWEEN)}) {{ parbreak(); {read} }}"


def _kept(pieces: Pieces, write: Callable[[Block], str], block: Block) -> str:
    """A block, written once while documents have it."""
    return pieces.of(block, (_kept, write), lambda: write(block))


def _letterhead(head: Letterhead | None) -> str:
    """What stands above the title, its logo byte by byte: Typst sees no files."""
    if head is None:
        return ""
    left, right = (_array(f"[{_escaped(text)}]" for text in side) for side in (head.left, head.right))
    return f", letterhead: (left: {left}, right: {right}, logo: {logo_typst(head.logo)})"


def logo_typst(logo: Logo | None) -> str:
    """Return an image as what Typst makes it from."""
    if logo is None:
        return "none"
    return f'(bytes({_array(map(str, logo.content))}), "{logo.kind}")'


def _standing(block: Block) -> str:
    """A block of the page: around tables and figures the room may grow."""
    return f"#around[{_block(block)}]" if isinstance(block, Table | Figure | Beside) else _block(block)


def _placed(block: Block) -> str:
    """The same, but a figure that is not low may move to the top or the foot of a page."""
    return f"#floating[{_block(block)}]" if floats(block) else _standing(block)


def _blocks(blocks: Sequence[Block]) -> str:
    """Blocks one after another."""
    return "\n\n".join(_written(blocks, _block))


def _written(blocks: Sequence[Block], write: Callable[[Block], str]) -> list[str]:
    """Blocks in their order; a sentence stays on the page of what it leads to."""
    leads = (*(_leads(block, after) for block, after in pairwise(blocks)), False)[: len(blocks)]
    return [f"#lead[{block}]" if lead else block for block, lead in zip(map(write, blocks), leads, strict=True)]


def _leads(block: Block, after: Block) -> bool:
    """Whether a block is a sentence that the next block belongs to."""
    if not isinstance(block, Paragraph):
        return False
    return isinstance(after, Display | Beside) or plain(block.inlines).rstrip().endswith((":", "："))


def _block(block: Block) -> str:
    match block:
        case Heading(level, inlines, label):
            return f"#heading(level: {level}){_content(inlines)} {_mark(label)}"
        case Paragraph(inlines):
            return _inlines(inlines)
        case Items(items, numbered):
            return f"#{'enum' if numbered else 'list'}{''.join(map(_body, items))}"
        case Callout(blocks):
            return f"#callout({_stays_whole(block)}){_body(blocks)}"
        case Display():
            return _display(block)
        case Table():
            return _table(block)
        case Figure(picture, caption, label, alt):
            drawn = picture_typst(picture)
            return f"#exhibit({_label(label)}, {_content(caption)}, {spoken(alt)}, {drawn})"
        case Beside(columns, shares):
            cells = ", ".join(f"[\n{_blocks(column)}\n]" for column in columns)
            return f"#beside({_array(f'{share:g}fr' for share in shares)}, {cells})"
        case CodeBlock(text):
            return f"#raw(block: true, {quoted(text.rstrip().expandtabs(4))})"
        case _:
            assert_never(block)


def _body(blocks: Sequence[Block]) -> str:
    """Blocks as content; a lone paragraph stays on one line, so that a list of such is tight."""
    if len(blocks) == 1 and isinstance(blocks[0], Paragraph):
        return _content(blocks[0].inlines)
    return f"[\n{_blocks(blocks)}\n]"


def _display(display: Display) -> str:
    """A displayed formula, and what a screen reader says for it."""
    body = typst_lines(display.lines)
    mark = "" if display.label is None else f" {_mark(display.label)}"
    number = "" if display.number is None else f", number: {quoted(f'({display.number})')}"
    return f"#display({_stays_whole(display)}, {spoken(text_lines(display.lines))}, $ {body} ${number}){mark}"


def _table(table: Table) -> str:
    """A table with its caption above; columns with a share wrap, the others are as wide as they need."""
    shares = _array(f"{column.share}fr" if column.share else "auto" for column in table.columns)
    aligns = _array(column.align for column in table.columns)
    lines = [
        f"columns: {shares}, align: {aligns}, rules: {_array(map(str, table.rules))},",
        f"kept: {_stays_whole(table)},",
        f"header: {_array(_content(column.header) for column in table.columns)},",
        f"caption: {_content(table.caption)},",
        *(", ".join(map(_cell, row)) + "," for row in table.rows),
    ]
    return f"#tabular({_label(table.label)},\n  " + "\n  ".join(lines) + "\n)"


def _cell(cell: Sequence[Inline]) -> str:
    """A cell, on its ground if it is shaded."""
    match cell:
        case (Shaded(inlines, share),):
            return f"shaded({100 * share:.0f}%, {_content(inlines)})"
        case _:
            return _content(cell)


def _stays_whole(block: Callout | Display | Table) -> str:
    return "true" if stays_whole(block) else "false"


def _content(inlines: Sequence[Inline]) -> str:
    return f"[{_inlines(inlines)}]"


def _inlines(inlines: Sequence[Inline]) -> str:
    """Inlines joined, with a gap where a formula meets a Chinese character."""
    line = ""
    for position, inline in enumerate(inlines):
        line += "#gap;" if position and _meets_han(inlines[position - 1], inline) else ""
        line += _inline(inline)
    return _LINE_START.sub(_unstarted, line) if inlines and isinstance(inlines[0], Text) else line


def _meets_han(left: Inline, right: Inline) -> bool:
    """Whether one is a formula and the other's character next to it is Chinese."""
    if isinstance(left, Math):
        return _HAN.match(plain((right,))) is not None
    return isinstance(right, Math) and _HAN.match(plain((left,))[-1:]) is not None


def _unstarted(start: re.Match[str]) -> str:
    """Escape what would make a list, a heading or a term of a paragraph."""
    space, mark, digits, point = start.groups()
    return f"{space}\\{mark}" if mark else f"{space}{digits}\\{point}"


def _inline(inline: Inline) -> str:
    """An inline; a semicolon ends a call, lest the text after it be taken for its arguments."""
    match inline:
        case Text(text):
            return _escaped(text)
        case Emphasis(inlines):
            return f"#emph{_content(inlines)};"
        case Strong(inlines):
            return f"#strong{_content(inlines)};"
        case CodeText(text):
            return f"#raw({quoted(text)});"
        case Math(formula, whole):
            return f"#{formula_typst(formula, whole=whole)};"
        case Link(inlines, url):
            return f"#link({quoted(url)}){_content(inlines)};"
        case Shaded(inlines):
            return _inlines(inlines)
        case Drawn(picture):
            return f"#drawn({picture_typst(picture)});"
        case Reference(text, label):
            return f"#link({_label(label)})[{_escaped(unbroken(text))}];"
        case _:
            assert_never(inline)


def _escaped(text: str) -> str:
    """Text on one line, with a backslash before each character that Typst would take as markup or join."""
    return _SPECIAL.sub(r"\\\g<0>", text.replace("\n", " ").replace("'", "’"))


def _label(label: str) -> str:
    return f"label({quoted(label)})"


def _mark(label: str) -> str:
    """The label of the element before it."""
    return f"#{_label(label)}"


def _array(items: Iterable[str]) -> str:
    return "(" + "".join(f"{item}, " for item in items).rstrip() + ")"
