"""Document → what a terminal shows, by rich: headings, tables, and formulas as lines of plain text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, assert_never

from rich.box import SIMPLE_HEAD
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.measure import Measurement
from rich.padding import Padding
from rich.panel import Panel
from rich.rule import Rule
from rich.table import Table as Grid
from rich.text import Text as Styled

from derive.notation.text import text as formula_text
from derive.notation.text import text_lines
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
    Link,
    Math,
    Paragraph,
    Reference,
    Shaded,
    Strong,
    Table,
    Text,
)

_ROOM: Final = 10_000
"""A width at which every table fits."""
_HEADINGS: Final = {1: "bold blue", 2: "bold", 3: "italic"}


def terminal(document: Document) -> RenderableType:
    """Return a document as something rich prints; it follows the width of the terminal."""
    head = document.letterhead
    above = (Styled(" · ".join((*head.left, *head.right)), style="dim"),) if head else ()
    title = (*above, _line(document.title, "bold"), _line(document.subtitle, "dim"), Rule(style="dim"))
    return Group(*title, *(Padding(_block(block), (1, 0, 0, 0)) for block in document.blocks))


def stacked(blocks: Sequence[Block]) -> RenderableType:
    """Return blocks without a title, with a blank line between them."""
    return _stack(blocks)


def _block(block: Block) -> RenderableType:
    match block:
        case Heading(level, inlines):
            return _line(inlines, _HEADINGS[level])
        case Paragraph(inlines):
            return _line(inlines)
        case Items():
            return _items(block)
        case Callout(blocks):
            return Panel(_stack(blocks), border_style="blue")
        case Display(lines, number=number):
            return _verbatim(text_lines(lines) + ("" if number is None else f"    ({number})"))
        case Table():
            return _Fitted(block)
        case Figure(caption=caption, alt=alt):
            return Group(Styled(f"[{alt}]", style="dim"), _line(caption, "italic"))
        case Beside():
            return _stack(block.blocks)
        case CodeBlock(text):
            return _verbatim(text.rstrip())
        case _:
            assert_never(block)


def _stack(blocks: Sequence[Block]) -> Group:
    """Blocks with a blank line between them."""
    return Group(*(Padding(_block(block), (min(position, 1), 0, 0, 0)) for position, block in enumerate(blocks)))


def _items(items: Items) -> Grid:
    """A list: a column of marks, and beside it the items."""
    grid = Grid.grid(padding=(0, 1))
    for number, blocks in enumerate(items.items, start=1):
        grid.add_row(f"{number}." if items.numbered else "•", _stack(blocks))
    return grid


@dataclass(frozen=True)
class _Fitted:
    """A table under its caption; one too wide for the terminal in parts, each with the first column, one below another."""

    table: Table

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield _line(self.table.caption, "italic")
        first, *others = range(len(self.table.columns))
        part = [first]
        for column in others:
            wide = Measurement.get(console, options.update(width=_ROOM), self._grid([*part, column])).minimum
            if len(part) > 1 and wide > options.max_width:
                yield self._grid(part)
                part = [first]
            part.append(column)
        yield self._grid(part)

    def _grid(self, columns: Sequence[int]) -> Grid:
        """Some columns; tight ones keep to one line, the others wrap."""
        grid = Grid(box=SIMPLE_HEAD, pad_edge=False)
        for at, column in ((at, self.table.columns[at]) for at in columns):
            head = _line(column.header)
            tight = (
                0
                if column.share
                else max(line.cell_len for line in (head, *(_line(row[at]) for row in self.table.rows)))
            )
            grid.add_column(
                head,
                justify=column.align,
                no_wrap=not column.share,
                min_width=tight or None,
                ratio=column.share or None,
                overflow="fold",
            )
        for number, cells in enumerate(self.table.rows, start=1):
            grid.add_row(*(_line(cells[at]) for at in columns), end_section=number in self.table.rules)
        return grid


def _verbatim(text: str) -> Padding:
    """Lines that stay as they are, unless one is too long for the terminal."""
    return Padding(Styled(text, overflow="fold"), (0, 0, 0, 4))


def _line(inlines: Sequence[Inline], style: str = "") -> Styled:
    return Styled(style=style).join(map(_inline, inlines))


def _inline(inline: Inline) -> Styled:
    match inline:
        case Text(text) | Reference(text):
            return Styled(" ".join(text.split("\n")))
        case Emphasis(inlines):
            return _line(inlines, "italic")
        case Shaded(inlines) | Drawn(words=inlines):
            return _line(inlines)
        case Strong(inlines):
            return _line(inlines, "bold")
        case CodeText(text):
            return Styled(text, style="cyan")
        case Math(formula):
            return Styled(formula_text(formula))
        case Link(inlines, url):
            return _line(inlines, f"link {url}")
        case _:
            assert_never(inline)
