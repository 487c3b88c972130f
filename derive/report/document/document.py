"""Document: the tree between the narrative and the writers.

A handout is a tuple of blocks. Language has already happened (every text here is in the reader's language), markup has
not: one writer per format maps each node type to its markup. Numbers of figures and tables are part of the text, so they
are the same in every format.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from derive.characters import lines, one_line
from derive.notation.formula import Formula, Line
from derive.report.document.picture import Picture

if TYPE_CHECKING:
    from derive.report.document.live import Live
    from derive.report.document.session import Session


@dataclass(frozen=True, slots=True)
class Text:
    """Running text in one line, to be escaped by the writer."""

    text: str

    def __post_init__(self) -> None:
        """Leave out what is not seen: see `derive.characters`."""
        object.__setattr__(self, "text", one_line(self.text))


@dataclass(frozen=True, slots=True)
class Emphasis:
    """Text that is stressed, or a term where it is introduced."""

    inlines: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Strong:
    """Text in bold."""

    inlines: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class CodeText:
    """A name or command in a fixed-width font."""

    text: str

    def __post_init__(self) -> None:
        """Leave out what is not seen."""
        object.__setattr__(self, "text", one_line(self.text))


@dataclass(frozen=True, slots=True)
class Math:
    """A formula within a line of text; ``whole`` keeps it on one line."""

    formula: Formula
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """Text that leads to a URL (``https://…``)."""

    inlines: tuple[Inline, ...]
    url: str


@dataclass(frozen=True, slots=True)
class Reference:
    """Text such as “Figure 2” that leads to the block with that label."""

    text: str
    label: str


@dataclass(frozen=True, slots=True)
class Shaded:
    """What fills a cell of a table whose ground is the darker, the nearer ``share`` is to 1."""

    inlines: tuple[Inline, ...]
    share: float


@dataclass(frozen=True, slots=True)
class Drawn:
    """A small picture in a line of text, and what stands there in formats that draw nothing within a line."""

    picture: Picture
    words: tuple[Inline, ...]


Inline: TypeAlias = Text | Emphasis | Strong | CodeText | Math | Link | Reference | Shaded | Drawn


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; level 1 is a section. The writers do not number it: its number, if any, is in its text."""

    level: Literal[1, 2, 3]
    inlines: tuple[Inline, ...]
    label: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph."""

    inlines: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Items:
    """A list, numbered or not; each item is a tuple of blocks."""

    items: tuple[tuple[Block, ...], ...]
    numbered: bool = False


@dataclass(frozen=True, slots=True)
class Callout:
    """Blocks set apart in a box: the idea of a section, what to remember."""

    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Display:
    """A displayed formula, one or more lines aligned at their relation signs. Lines already fit the page.

    One that is referred to has a ``number``, which its label leads to; the label begins with ``eq-``.
    """

    lines: tuple[Line, ...]
    label: str | None = None
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table; ``share`` > 0 lets its cells wrap and take that share of the free width, 0 keeps it tight."""

    header: tuple[Inline, ...]
    align: Literal["left", "center", "right"] = "left"
    share: int = 0


@dataclass(frozen=True, slots=True)
class Table:
    """A table that may run over pages and repeats its header there. ``rules`` are row numbers with a line above them."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[tuple[Inline, ...], ...], ...]
    caption: tuple[Inline, ...]
    label: str
    rules: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture with its caption and, for formats that cannot show it, what it says in words."""

    picture: Picture
    caption: tuple[Inline, ...]
    label: str
    alt: str


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """Lines of code, verbatim."""

    text: str
    language: str = ""

    def __post_init__(self) -> None:
        """Leave out what is not seen."""
        object.__setattr__(self, "text", lines(self.text))


@dataclass(frozen=True, slots=True)
class Beside:
    """Columns of blocks side by side, each with its share of the width; where there are no pages, one after another."""

    columns: tuple[tuple[Display | Table | Figure, ...], ...]
    shares: tuple[float, ...]

    @property
    def blocks(self) -> tuple[Display | Table | Figure, ...]:
        """The blocks, one after another."""
        return tuple(block for column in self.columns for block in column)


Block: TypeAlias = Heading | Paragraph | Items | Callout | Display | Table | Figure | CodeBlock | Beside


@dataclass(frozen=True, slots=True)
class Logo:
    """An image: ``svg``, ``png`` or ``jpg``, and its bytes."""

    kind: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What stands above a title: texts on the left, texts on the right, and before them a logo."""

    left: tuple[str, ...]
    right: tuple[str, ...]
    logo: Logo | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A handout: its language tag (``en``, ``zh``), title, subtitle and blocks.

    Perhaps also what stands above its title, what a page answers from, and the code of a notebook. If it is ``full``, its last
    page is filled too.
    """

    language: str
    title: tuple[Inline, ...]
    subtitle: tuple[Inline, ...]
    blocks: tuple[Block, ...]
    letterhead: Letterhead | None = None
    live: Live | None = None
    session: Session | None = None
    full: bool = False

    @property
    def flat(self) -> tuple[Block, ...]:
        """The blocks, those that stand side by side one after another."""
        return tuple(
            part for block in self.blocks for part in (block.blocks if isinstance(block, Beside) else (block,))
        )
