"""Fragment: a few blocks by themselves, as a notebook shows a value: an element of HTML, Markdown, or lines of text.

Where it will stand is somebody else's page, whose style it takes: formulas are MathML, pictures images that hold their SVG, and
nothing has a place that could be led to. Markdown is that of notebooks, whose formulas MathJax and KaTeX set.
"""

from __future__ import annotations

import math
import re
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from html import escape
from io import StringIO
from typing import Final

from rich.console import Console

from derive.report.document import Beside, Block, Callout, Figure, Inline, Items, Shaded, Strong, Table
from derive.report.writers.html import Blocks
from derive.report.writers.html_formulas import Formulas
from derive.report.writers.markdown import in_markdown
from derive.report.writers.terminal import stacked

MOST_LINES: Final = 25
MOST_BYTES: Final = 4_000
"""A value is as long as text, at most."""
_WIDE: Final = 100
_IN_BOX: Final = '<div style="overflow-x:auto">\n{}\n</div>'


@dataclass(frozen=True)
class Fragment:
    """Blocks, and what makes the pictures of figures in SVG, by their labels, when they are wanted.

    ``apart``: words of a stranger's may stand in their formulas.
    """

    blocks: tuple[Block, ...]
    pictures: Callable[[], Mapping[str, str]]
    apart: bool = False

    @property
    def html(self) -> str:
        """An element that needs nothing else."""
        formulas = Formulas(apart=self.apart)
        body = _Bare(formulas, self._images).blocks(self.blocks)
        return formulas.put_into(f'<div class="derive">\n{body}\n</div>')

    @property
    def markdown(self) -> str:
        """Markdown, its pictures in it."""
        return in_markdown(self.blocks, self._images, placed=False)

    @property
    def text(self) -> str:
        """Lines of text, cut off with their number where they are many."""
        console = Console(file=StringIO(), width=_WIDE, highlight=False, color_system=None, legacy_windows=False)
        page = "".join(segment.text for segment in console.render(stacked(self.blocks)))
        lines = "\n".join(line.rstrip() for line in page.splitlines())
        return "\n".join(_cut(re.sub(r"\n{3,}", "\n\n", lines).strip("\n").split("\n")))

    @cached_property
    def _images(self) -> Mapping[str, str]:
        """The address of each picture, which holds it."""
        if not any(isinstance(block, Figure) for block in flat(self.blocks)):
            return {}
        return {label: image(svg.encode(), "svg+xml") for label, svg in self.pictures().items()}


def image(content: bytes, kind: str) -> str:
    """Return an address that holds an image."""
    return f"data:image/{kind};base64,{b64encode(content).decode()}"


def unnumbered(block: Block) -> Block:
    """Return a table or figure without the number that its handout gives it."""
    if isinstance(block, Table | Figure) and block.caption and isinstance(block.caption[0], Strong):
        return replace(block, caption=block.caption[1:])
    return block


def flat(blocks: tuple[Block, ...]) -> Iterator[Block]:
    """Blocks, and those inside boxes and lists."""
    for block in blocks:
        yield block
        match block:
            case Callout(inner):
                yield from flat(inner)
            case Beside():
                yield from flat(block.blocks)
            case Items(items):
                yield from (part for item in items for part in flat(item))


def _cut(lines: list[str]) -> list[str]:
    """As many lines as there may be; the last says how many are left out."""
    kept, room = [], MOST_BYTES - 40
    for line in lines:
        room -= len(line.encode()) + 1
        if room < 0:
            break
        kept.append(line)
    if len(kept) == len(lines) <= MOST_LINES:
        return lines
    kept = kept[: MOST_LINES - 1]
    return [*kept, f"… {len(lines) - len(kept)} more lines"]


class _Bare(Blocks):
    """Blocks for a page with another style sheet: without places to lead to, with images for pictures."""

    def __init__(self, formulas: Formulas, images: Mapping[str, str]) -> None:
        super().__init__(formulas)
        self._images = images

    def block(self, block: Block) -> str:
        match block:
            case Figure(caption=caption, label=label, alt=alt):
                words = f"\n<figcaption>{self.inlines(caption)}</figcaption>" if caption else ""
                shown = f'<img src="{self._images[label]}" alt="{escape(alt)}">'
                return f"<figure>\n{_IN_BOX.format(shown)}{words}\n</figure>"
            case Table():
                return self._table(block)
            case _:
                return super().block(block)

    def _place(self, label: str | None) -> str:  # noqa: ARG002 - two values of a kind would have one place
        return ""

    def _inline(self, inline: Inline) -> str:
        match inline:
            case Shaded(inlines, share):
                ground = math.ceil(10 * share) / 20
                return f'<span style="background:rgba(96,125,139,{ground:g})">{self.inlines(inlines)}</span>'
            case _:
                return super()._inline(inline)
