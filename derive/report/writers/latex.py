r"""Document → a PyLaTeX document: structure is here, looks are in the shell, which becomes the preamble.

All prose goes through PyLaTeX's escaping, all mathematics in as it is. PyLaTeX makes a section's label from its title,
and gives two Chinese titles the same one; every label here is the document's own. The markup suits XeLaTeX, in which a
Chinese character is a character like any other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Final, TypeGuard, assert_never

import pylatex
from pylatex import Command, Enumerate, Itemize, Label, Marker, NoEscape, Package, Section, Subsection, Subsubsection
from pylatex.base_classes import Arguments, Container, Environment, LatexObject
from pylatex.utils import bold, escape_latex

from derive.notation.tex import tex_lines
from derive.report.document import (
    Beside,
    Block,
    Callout,
    CodeBlock,
    Column,
    Display,
    Document,
    Figure,
    Heading,
    Inline,
    Items,
    Letterhead,
    Paragraph,
    Pieces,
    Table,
    Text,
    floats,
    kept_with_last,
    may_stand_out,
    plain,
    room,
    stays_whole,
)
from derive.report.engines import typst_pdf
from derive.report.writers.latex_inlines import ended, endless, inlines_latex, marker, prose
from derive.report.writers.latex_pictures import picture_tikz
from derive.report.writers.typst import logo_typst
from derive.report.writers.writer import Job, Written

# What the markup below needs; what only looks need is loaded by the shell.
PACKAGES: Final = (
    "amsmath",
    "amssymb",
    "xcolor",
    "colortbl",
    "tikz",
    "booktabs",
    "array",
    "tabularx",
    "xltabular",
    "caption",
    "hyperref",
)

_ALONE: Final = '#image(logo.at(0), format: logo.at(1), height: 28pt, alt: "logo")'
_SECTIONS: Final = {1: Section, 2: Subsection, 3: Subsubsection}
_LETTERS: Final = {"left": "l", "center": "c", "right": "r"}
_RAGGED: Final = {"left": r"\raggedright", "center": r"\centering", "right": r"\raggedleft"}
# Of a table too long to stay on one page, so many rows stay together at its end, and at its beginning.
_END_ROWS: Final = 3
_FIRST_ROWS: Final = 3
_HELD_RULE: Final = r"\deriveheldrule"
# In em: the number of a formula, with the room before it.
_NUMBER: Final = 2.5
# In em: a line of text, whatever the language's distance of lines.
_LINE: Final = 1.34
# The room that a table needs is estimated; a page that is left too early is better than a head without rows.
_GENEROUS: Final = 1.25


class Handout(pylatex.Document):
    """A document whose blocks stand on lines of their own, without ``%`` between them."""

    content_separator = "\n"


class Blocks(Container):
    """Blocks, each on lines of its own."""

    content_separator = "\n"

    def dumps(self) -> str:
        """Return the blocks as LaTeX."""
        return str(self.dumps_content())


class Part(Environment):
    """An environment by name, whose content is LaTeX already."""

    _default_escape = False
    content_separator = "\n"

    def __init__(
        self, name: str, *content: LatexObject | str, arguments: Sequence[str] = (), options: str | None = None
    ) -> None:
        r"""Make ``\begin{name}[options]{argument}… content \end{name}``."""
        self._latex_name = name
        super().__init__(options=options, arguments=Arguments(*map(NoEscape, arguments)), data=list(content))


class Anchor(Label):
    """A label, its name used as it is."""

    _latex_name = "label"
    _default_escape = False


def write(job: Job) -> Written:
    """Return the LaTeX source."""
    source = latex_document(job.document, job.looks("latex.tex"), job.name, job.pieces).dumps().encode()
    return Written(lambda: {f"{job.name}.tex": source, **logo_files(job.document, job.name)})


def logo_files(document: Document, name: str) -> dict[str, bytes]:
    """Return the logo above the title as a PDF of its own, by its file's name, which the source of a handout asks for.

    TeX reads no SVG, so Typst makes it; as it may be anybody's, in a process of its own.
    """
    head = document.letterhead
    if head is None or head.logo is None:
        return {}
    page = "#set page(width: auto, height: auto, margin: 0pt)"
    return {_logo_name(name): typst_pdf(f"{page}\n#let logo = {logo_typst(head.logo)}\n{_ALONE}", apart=True)}


def _logo_name(name: str) -> str:
    return f"{name}.logo.pdf"


def latex_document(
    document: Document, shell: str, name: str = "handout", pieces: Pieces | None = None
) -> pylatex.Document:
    """Return a document as a PyLaTeX document for XeLaTeX; ``shell`` is the rest of its preamble, ``name`` that of its file.

    ``pieces`` has what was made of blocks of the document before.
    """
    handout = Handout(
        documentclass="article",
        document_options=["10pt", "a4paper"],
        fontenc=None,
        inputenc=None,
        lmodern=False,
        textcomp=False,
    )
    for package in PACKAGES:
        handout.packages.append(Package(package))
    handout.set_variable("derivetitle", inlines_latex(document.title))
    handout.set_variable("derivesubtitle", inlines_latex(document.subtitle))
    handout.set_variable("derivename", prose(ended(plain(document.title))))
    handout.preamble.append(NoEscape(shell))
    if document.letterhead is not None:
        handout.append(_letterhead(document.letterhead, name))
    handout.append(Command("derivetitleblock"))
    handout.append(_page(document, pieces or Pieces()))
    if document.full:
        handout.append(Command("pagebreak"))
    return handout


def _letterhead(head: Letterhead, name: str) -> Command:
    """What stands above the title: the file of the logo, and texts on both sides."""
    sides = (NoEscape(r" \\ ".join(map(prose, side))) for side in (head.left, head.right))
    logo = NoEscape(_logo_name(name) if head.logo is not None else "")
    return Command("deriveletterhead", [logo, *sides])


def _page(document: Document, pieces: Pieces) -> Blocks:
    """The blocks of a document, each dumped once while documents have it; its figures may float."""
    loose = not document.full

    def written(block: Block) -> tuple[str, ...]:
        return pieces.of(block, (latex_document, loose), lambda: tuple(map(_dumped, _block(block, loose=loose))))

    box = kept_with_last(document.blocks)

    def placed(block: Block) -> tuple[str, ...]:
        return (NoEscape(r"\deriveclose"), *written(block)) if block is box else written(block)

    return _in_order(document.blocks, placed, inside=False)


def _dumped(item: LatexObject | str) -> str:
    return item if isinstance(item, str) else NoEscape(item.dumps_as_content())


def _blocks(blocks: Sequence[Block]) -> Blocks:
    """Blocks inside a box or a list."""
    return _in_order(blocks, partial(_block, inside=True), inside=True)


def _in_order(
    blocks: Sequence[Block], write: Callable[[Block], Sequence[LatexObject | str]], *, inside: bool
) -> Blocks:
    """Blocks in a row; ``inside`` a box or a list, tables do not break."""
    written = Blocks()
    for before, block, after in zip((None, *blocks), blocks, (*blocks[1:], None), strict=False):
        if isinstance(block, Heading) and (isinstance(after, Heading) or _is_long(after)):
            written.append(_room_for(block, after))
        elif _is_long(block) and not inside and not isinstance(before, Heading):
            written.append(_room_for(block))
        written.extend(write(block))
        # A display belongs to the paragraph it stands in: a blank line would part them.
        if after is not None and not isinstance(block, Display | Heading) and not isinstance(after, Display):
            written.append(NoEscape(""))
    return written


def _is_long(block: Block | None) -> TypeGuard[Table]:
    """Whether a block is a table that may run over pages."""
    return isinstance(block, Table) and not stays_whole(block)


def _room_for(*blocks: Heading | Table) -> Command:
    """Begin a new page unless there is room for headings and the first rows of a table.

    A page that ended after TeX had begun a table of many pages would end with its rule, and the next one begin with its
    head, without rows.
    """
    *headings, last = blocks
    if isinstance(last, Table):
        lines = _GENEROUS * room((*headings, replace(last, rows=last.rows[:_FIRST_ROWS])))
    else:
        lines = room(blocks) + 3
    return Command("deriveroom", f"{_LINE * lines:.0f}em")


def _block(block: Block, *, inside: bool = False, loose: bool = False) -> tuple[LatexObject | str, ...]:
    """A block, ``inside`` a box or a list, or of the page; figures may float if it is ``loose``."""
    match block:
        case Heading(level, inlines, label):
            return (_SECTIONS[level](_heading(inlines), label=_anchor(label)),)
        case Paragraph(inlines):
            return (inlines_latex(inlines),)
        case Items():
            return (_items(block),)
        case Callout(blocks):
            options = "unbreakable" if stays_whole(block) else None
            return (Part("derivecallout", _blocks(blocks), options=options),)
        case Display(label=label, number=number):
            place = [_place(label)] if label and number is None else []
            return (*place, *_display(block))
        case Table():
            return _long_table(block) if _is_long(block) and not inside else (_whole_table(block),)
        case Figure(picture, caption, label):
            name = "derivefloat" if loose and floats(block) else "derivefigure"
            return (Part(name, picture_tikz(picture), _caption("captionof*{figure}", caption, label)),)
        case Beside():
            return (_beside(block, loose=loose),)
        case CodeBlock(text):
            return (Part("derivecode", *map(_code_line, text.rstrip().split("\n"))),)
        case _:
            assert_never(block)


def _items(items: Items) -> Enumerate | Itemize:
    written = Enumerate() if items.numbered else Itemize()
    for blocks in items.items:
        written.add_item(_blocks(blocks))
    return written


def _display(display: Display) -> tuple[LatexObject, ...]:
    """A displayed formula; only if it has many lines may they part at the end of a page. TeX numbers what has a number.

    TeX measures what may be wider than the line, and sets its cells smaller if it is.
    """
    body = tex_lines(display.lines, color=True)
    start: Command = Command("derivedisplay")
    cell = ""
    if may_stand_out(display):
        number_room = f"{_NUMBER}em" if display.number is not None else "0pt"
        start, cell = Command("derivemeasure", [number_room, NoEscape(body)]), "derivecell"
    star = "*" if display.number is None else ""
    label = _anchor(display.label).dumps() if display.number is not None and display.label else ""
    if stays_whole(display):
        return start, Part(f"equation{star}", NoEscape(label + (rf"\{cell}{{{body}}}" if cell else body)))
    lines = (
        tex_lines(display.lines, color=True, cell=cell).removeprefix(r"\begin{aligned}").removesuffix(r"\end{aligned}")
    )
    lines = lines.strip()
    if label:
        lines = lines.replace("\\\\\n", "\\notag\\\\\n") + label
    return start, Part(f"align{star}", NoEscape(lines))


def _long_table(table: Table) -> tuple[LatexObject | str, ...]:
    """A table of the page; on each page it runs over, its header comes again."""
    header = _header(table)
    repeated = [*header, r"\endfirsthead", *header, r"\endhead", r"\bottomrule", r"\endfoot", r"\endlastfoot"]
    wide = any(column.share for column in table.columns)
    lines = [*repeated, *_rows(table, r"\deriverule" if wide else _HELD_RULE)]
    if not table.caption:
        return (_place(table.label), _tabular(table, "xltabular", "longtable", lines))
    caption = f"{_caption('caption*', table.caption, table.label)} \\\\"
    return (_tabular(table, "xltabular", "longtable", [caption, *lines]),)


def _whole_table(table: Table) -> Part:
    """A table that stays on one page: a small one, or one inside a box or a list, where TeX cannot break it."""
    body = _tabular(table, "tabularx", "tabular", [*_header(table), *_rows(table)])
    return Part("derivetable", _caption("captionof*{table}", table.caption, table.label), body)


def _tabular(table: Table, wide: str, tight: str, lines: Sequence[str]) -> Part:
    """The environment ``wide`` if a column takes a share of the free width, ``tight`` otherwise."""
    total = sum(column.share for column in table.columns)
    wrapping = sum(column.share > 0 for column in table.columns)
    columns = "".join(_column(column, column.share * wrapping / total if total else 0) for column in table.columns)
    name, arguments = (wide, (r"\linewidth", columns)) if total else (tight, (columns,))
    return Part(name, *map(NoEscape, [*lines, r"\bottomrule"]), arguments=arguments)


def _column(column: Column, share: float) -> str:
    """The letter of a tight column, or of one that wraps and takes ``share`` times the mean width of such columns."""
    if not share:
        return _LETTERS[column.align]
    return rf">{{\hsize={share:.4g}\hsize\linewidth=\hsize{_RAGGED[column.align]}\arraybackslash}}X"


def _header(table: Table) -> list[str]:
    cells = " & ".join(bold(inlines_latex(column.header)) for column in table.columns)
    return [r"\toprule", rf"{cells} \\*", r"\midrule"]


def _rows(table: Table, rule: str = r"\midrule") -> list[str]:
    """The rows, with their rules; a page does not break near the end of a table, nor at a rule that would stay there."""
    lines: list[str] = []
    last = len(table.rows) - 1
    for index, cells in enumerate(table.rows):
        if index:
            lines.append(rule if index in table.rules else r"\derivepad")
        stays = index > last - _END_ROWS or (index + 1 in table.rules and rule == _HELD_RULE)
        lines.append(_row(table, cells) + (r" \\*" if stays else r" \\"))
    return lines


def _row(table: Table, cells: Sequence[Sequence[Inline]]) -> str:
    """A row; what stands alone in it, such as how many rows more there are, is over all columns and makes none wider."""
    first, *rest = map(inlines_latex, cells)
    if rest and not any(rest) and not table.columns[0].share:
        return rf"\multicolumn{{{len(cells)}}}{{{_LETTERS[table.columns[0].align]}}}{{{first}}}"
    return " & ".join((first, *rest))


def _caption(command: str, caption: Sequence[Inline], label: str) -> NoEscape:
    """A caption, if there is one, and the place that references to it lead to. Its number is part of its text."""
    return NoEscape(rf"\{command}{{{_place(label)}{inlines_latex(caption)}}}") if caption else _place(label)


def _place(label: str) -> NoEscape:
    """The place that references to a label lead to."""
    return NoEscape(rf"\phantomsection{_anchor(label).dumps()}")


def _beside(block: Beside, *, loose: bool) -> Part:
    """Columns side by side, each in a box of its share of the width, their middles at one height."""
    boxes = (
        Part("deriveside", _blocks(column), arguments=[rf"{share:g}\linewidth"])
        for column, share in zip(block.columns, block.shares, strict=True)
    )
    return Part("derivefloat" if loose and floats(block) else "derivebeside", *boxes)


def _code_line(line: str) -> NoEscape:
    """A line of code, its spaces kept."""
    return NoEscape((endless(escape_latex, line.expandtabs(4)).replace(" ", r"\ ") or r"\mbox{}") + r"\par")


def _heading(inlines: Sequence[Inline]) -> NoEscape:
    """A heading, and its words for the bookmarks of the PDF."""
    if all(isinstance(inline, Text) for inline in inlines):
        return inlines_latex(inlines)
    return NoEscape(rf"\texorpdfstring{{{inlines_latex(inlines)}}}{{{prose(plain(inlines))}}}")


def _anchor(label: str) -> Anchor:
    return Anchor(Marker(marker(label), del_invalid_char=False))
