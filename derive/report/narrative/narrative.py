"""Narrative: a story template and a subject become a document.

A narrative is near-Markdown with calls such as ``{{ equations() }}`` and ``{{ sym("h", "t-1") }}``. A call leaves a mark in
the text; what it stands for is kept aside. The rendered text is read as CommonMark, and every mark becomes its formula,
table or picture. Figures and tables are numbered in the order in which they are called for, and so are
those equations that the text refers to.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, TypeAlias

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

from derive.errors import NarrativeError
from derive.report.document import (
    Beside,
    Block,
    Callout,
    CodeBlock,
    CodeText,
    Display,
    Document,
    Emphasis,
    Figure,
    Heading,
    Inline,
    Items,
    Link,
    Paragraph,
    Reference,
    Strong,
    Table,
    Text,
    beside_one_another,
)
from derive.report.narrative.extent import Extents
from derive.report.narrative.languages import typesetting
from derive.report.narrative.sandbox import Sandbox
from derive.report.narrative.templates import MOST_TEXT, render

OPEN, SHUT = "\ue000", "\ue001"
MARK = re.compile(f"{OPEN}([0-9]{{1,7}}){SHUT}")
ADDRESS = re.compile(r"https?://|mailto:", re.IGNORECASE)
LANGUAGE = re.compile(r"[\w.+#-]*")
SHOWN = 60
MOST_NESTED = 40
"""How many times emphasis, links, lists and quotes may stand inside one another."""
MOST_MARKS, MOST_BLOCKS = 20_000, 500
"""How many things a template may call for, and how many of them that are a table, a picture or a display."""
MOST_SIGNS = 1_000_000
"""How many letters and parts of formulas and pictures there may be in what a stranger's template has made, or in what it shows.

The longest of the packaged handouts, of a network as large as the limits allow, has less than a half of it.
"""

Part: TypeAlias = Display | Table | Figure
"""What stands beside another."""


@dataclass
class Marks:
    """What the marks of one rendering stand for, and the numbers given to figures, tables and equations.

    ``bounded``: templates may be a stranger's, so how much there is to write of it all is counted.
    """

    things: list[Inline | Block | tuple[Inline, ...]] = field(default_factory=list)
    numbers: dict[str, str] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    blocks: int = 0
    bounded: bool = False
    signs: int = 0
    extents: Extents = field(default_factory=Extents)

    def inline(self, *inlines: Inline) -> str:
        """Keep inlines; return their mark."""
        if len(self.things) >= MOST_MARKS:
            raise NarrativeError(f"a template may call for {MOST_MARKS:,} formulas and the like, not for more")
        self._keep(inlines)
        return f"{OPEN}{len(self.things) - 1}{SHUT}"

    def block(self, block: Block, word: str = "") -> str:
        """Keep a block, numbered if ``word`` (Figure, Table) is given; return its mark as a paragraph of its own.

        A display without lines, as of the functions that a network does not define, is nothing.
        """
        if isinstance(block, Display) and not block.lines:
            return ""
        self.blocks += 1
        if self.blocks > MOST_BLOCKS:
            raise NarrativeError(f"a template may call for {MOST_BLOCKS:,} tables, pictures and displays, not for more")
        if word and isinstance(block, Figure | Table):
            number = self.counts[word] = self.counts.get(word, 0) + 1
            title = f"{word} {number}"
            self.numbers[block.label] = title
            block = replace(block, caption=(Strong((Text(f"{title}  "),)), *block.caption))
        self._keep(block)
        return f"\n\n{OPEN}{len(self.things) - 1}{SHUT}\n\n"

    def _keep(self, thing: Block | tuple[Inline, ...]) -> None:
        """Keep what was made; of parts side by side each was counted when it was made."""
        self.signs += 0 if isinstance(thing, Beside) else self.extent(thing)
        hold_signs(self.signs)
        self.things.append(thing)

    def extent(self, thing: Inline | Block | tuple[Inline, ...]) -> int:
        """How much there is to write of something, if that is bounded."""
        return self.extents.of(thing) if self.bounded else 0

    def number_equations(self, text: str) -> None:
        """Give a number to each display that is referred to, in the order in which they stand in a text."""
        wanted = {
            inline.label
            for thing in self.things
            if isinstance(thing, tuple)
            for inline in thing
            if isinstance(inline, Reference)
        }
        numbers = itertools.count(1)

        def numbered(block: Part) -> Part:
            if isinstance(block, Display) and block.label in wanted and block.label not in self.numbers:
                number = next(numbers)
                self.numbers[block.label] = f"({number})"
                return replace(block, number=number)
            return replace(block, label=None) if isinstance(block, Display) else block

        for place in (int(mark[1]) for mark in MARK.finditer(text)):
            thing = self.things[place] if place < len(self.things) else None
            if isinstance(thing, Beside):
                columns = tuple(tuple(map(numbered, column)) for column in thing.columns)
                self.things[place] = replace(thing, columns=columns)
            elif isinstance(thing, Display):
                self.things[place] = numbered(thing)

    def beside(self, texts: Iterable[str], line: float) -> str:
        """Put what marks stand for side by side, if a line of so many em has room for it; return what stands for it."""
        found = beside_one_another([list(self._called(text)) for text in texts], line)
        return "".join(self.block(block) for block in found)

    def _called(self, text: str) -> Iterator[Block]:
        """The blocks that marks stand for."""
        for part in text.split():
            mark = MARK.fullmatch(part)
            thing = self.things[int(mark[1])] if mark and int(mark[1]) < len(self.things) else None
            if not isinstance(thing, Display | Table | Figure):
                raise NarrativeError("beside: side by side stand tables, pictures and displays, as calls give them")
            yield thing


def hold_signs(signs: int) -> None:
    """Raise `NarrativeError` if there is more to write than a stranger's template may have written."""
    if signs > MOST_SIGNS:
        raise NarrativeError(
            f"what templates call for has more than {MOST_SIGNS:,} letters and signs; show less of it, or shorten words"
        )


def document(templates: Sandbox, name: str, language: str, marks: Marks, context: dict[str, Any]) -> Document:
    """Return the document that a narrative tells; raise `NarrativeError` naming template and line."""
    text = render(templates, name, **context)
    marks.number_equations(text)
    reader = _Reader(marks, name, typesetting(templates, language)["between_lines"])
    blocks = tuple(reader.blocks(_parsed(text, name).children))
    match blocks:
        case (Heading(level=1, inlines=title, label="title"), Paragraph(inlines=subtitle), *rest):
            return Document(language, title, subtitle, tuple(rest))
        case _:
            raise NarrativeError(f"template {name}: it has to begin with a title (# …) and a paragraph")


@lru_cache(maxsize=2)
def _parsed(text: str, name: str) -> SyntaxTreeNode:
    """The syntax tree of CommonMark: of handouts that differ in their numbers only, the same."""
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    if any(deep > MOST_NESTED for deep in _depths(tokens)):
        raise NarrativeError(f"template {name}: markup is nested more than {MOST_NESTED} times")
    return SyntaxTreeNode(tokens)


def _depths(tokens: Iterable[Token]) -> Iterator[int]:
    """How many others each piece of markup stands in: lists and quotes, and in a paragraph emphasis and links."""
    deep = 0
    for token in tokens:
        deep += token.nesting
        yield deep
        yield from (deep + further for further in _depths(token.children or ()))


@dataclass
class _Reader:
    """Turns the syntax tree of CommonMark into blocks."""

    marks: Marks
    name: str
    between_lines: str
    sections: int = 0
    parts: int = 0
    shown: int = 0
    blocks_shown: int = 0
    signs: int = 0
    leading: int = 0

    def blocks(self, nodes: list[SyntaxTreeNode]) -> Iterator[Block]:
        """Translate blocks; a paragraph that is one block's mark is that block."""
        for node in nodes:
            found = self._block(node)
            if found is not None:
                yield found

    def _block(self, node: SyntaxTreeNode) -> Block | None:
        match node.type:
            case "heading":
                return self._heading(node)
            case "paragraph":
                return self._paragraph(node)
            case "bullet_list" | "ordered_list":
                items = tuple(tuple(self.blocks(item.children)) for item in node.children)
                return Items(items, numbered=node.type == "ordered_list")
            case "blockquote":
                return Callout(tuple(self.blocks(node.children)))
            case "fence" | "code_block":
                return CodeBlock(self._code(node), self._language(node.info) if node.type == "fence" else "")
            case _:
                raise NarrativeError(f"template {self.name}: a handout cannot show “{node.type}”; use plain paragraphs")

    def _heading(self, node: SyntaxTreeNode) -> Heading:
        inlines = self._inlines(node)
        level = int(node.tag[1])
        if level == 1:
            return Heading(1, inlines, "title")
        if level == 2:
            self.sections, self.parts = self.sections + 1, 0
            return Heading(1, (Text(f"{self.sections}  "), *inlines), f"sec-{self.sections}")
        self.parts += 1
        return Heading(2, inlines, f"sec-{self.sections}-{self.parts}")

    def _paragraph(self, node: SyntaxTreeNode) -> Block | None:
        alone = MARK.fullmatch(node.children[0].content.strip())
        if alone:
            thing = self._thing(alone)
            if isinstance(thing, Display | Table | Figure | Beside):
                self._count(thing)
                return thing
        inlines = self._inlines(node)
        return Paragraph(inlines) if inlines else None

    def _inlines(self, node: SyntaxTreeNode) -> tuple[Inline, ...]:
        return self._inside(node.children[0])

    def _inside(self, node: SyntaxTreeNode) -> tuple[Inline, ...]:
        return tuple(_joined(inline for child in node.children for inline in self._inline(child)))

    def _inline(self, node: SyntaxTreeNode) -> Iterator[Inline]:
        match node.type:
            case "text":
                yield from self._text(node.content)
            case "softbreak" | "hardbreak":
                yield Text(self.between_lines)
            case "em":
                yield Emphasis(self._inside(node))
            case "strong":
                yield Strong(self._inside(node))
            case "code_inline":
                yield CodeText(self._code(node))
            case "link":
                yield Link(self._inside(node), self._address(str(node.attrs["href"])))
            case _:
                raise NarrativeError(f"template {self.name}: a handout cannot show “{node.type}” in a line of text")

    def _code(self, node: SyntaxTreeNode) -> str:
        """What stands in code: text, and no mark of a call, which would be shown as it is."""
        if OPEN in node.content or SHUT in node.content:
            raise NarrativeError(f"template {self.name}: what a call gives cannot stand in code; there is text only")
        return node.content

    def _language(self, info: str) -> str:
        """The language of code, a word; who reads the Markdown could run, or take for markup, what says more than that."""
        word = info.strip()
        if not LANGUAGE.fullmatch(word):
            raise NarrativeError(f"template {self.name}: the language of code is one word, not {word[:SHOWN]}")
        return word

    def _count(self, thing: Inline | Block | tuple[Inline, ...]) -> None:
        """Raise `NarrativeError` for more than may be called for, as one thing called for once and shown often."""
        self.shown += 1
        self.signs += self.marks.extent(thing)
        hold_signs(self.signs)
        if not isinstance(thing, tuple):
            self.blocks_shown += len(thing.blocks) if isinstance(thing, Beside) else 1
        if self.shown > MOST_MARKS or self.blocks_shown > MOST_BLOCKS:
            raise NarrativeError(
                f"template {self.name}: a template may show {MOST_BLOCKS:,} tables, pictures and displays, and "
                f"{MOST_MARKS:,} things in all, not more"
            )

    def _address(self, address: str) -> str:
        """Where a link leads: to a page or a letter. A reader's PDF would run what ``run:`` and paths name."""
        if not ADDRESS.match(address):
            raise NarrativeError(
                f"template {self.name}: a link leads to https://…, http://… or mailto:…, not to {address[:SHOWN]}"
            )
        self.leading += len(address)
        if self.leading > MOST_TEXT:  # one that is written once can be referred to often
            raise NarrativeError(f"template {self.name}: its links have more than {MOST_TEXT:,} characters together")
        return address

    def _text(self, content: str) -> Iterator[Inline]:
        """Text with marks: each becomes what it stands for."""
        place = 0
        for mark in MARK.finditer(content):
            if mark.start() > place:
                yield Text(content[place : mark.start()])
            place = mark.end()
            thing = self._thing(mark)
            self._count(thing)
            if not isinstance(thing, tuple):
                raise NarrativeError(f"template {self.name}: a table, picture or display needs a paragraph of its own")
            yield from map(self._numbered, thing)
        if place < len(content):
            yield Text(content[place:])

    def _thing(self, mark: re.Match[str]) -> Inline | Block | tuple[Inline, ...]:
        """What a mark stands for; one that no call made is an error."""
        if int(mark[1]) >= len(self.marks.things):
            raise NarrativeError(f"template {self.name}: the characters U+E000 and U+E001 are for marks of calls only")
        return self.marks.things[int(mark[1])]

    def _numbered(self, inline: Inline) -> Inline:
        """A reference, now that all figures, tables and equations have their numbers."""
        if isinstance(inline, Reference):
            if inline.label not in self.marks.numbers:
                known = ", ".join(self.marks.numbers) or "none"
                raise NarrativeError(
                    f"template {self.name}: there is no figure, table or equation {inline.label}; known are {known}"
                )
            return Reference(self.marks.numbers[inline.label], inline.label)
        return inline


def _joined(inlines: Iterable[Inline]) -> Iterator[Inline]:
    """Join neighbouring texts."""
    for is_text, group in itertools.groupby(inlines, lambda inline: isinstance(inline, Text)):
        if not is_text:
            yield from group
        elif text := "".join(inline.text for inline in group if isinstance(inline, Text)):
            yield Text(text)
