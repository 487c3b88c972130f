"""Document: what the narrative says and the exhibits show, as one tree between them and the writers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.lazily import lazily
from derive.report.document.document import (
    Beside,
    Block,
    Callout,
    CodeBlock,
    CodeText,
    Column,
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
    Reference,
    Shaded,
    Strong,
    Table,
    Text,
)
from derive.report.document.narrow import may_stand_out, narrow
from derive.report.document.picture import UNIT, WIDEST, Arrow, Label, Node, Picture, Point, Polyline, Shape, beside
from derive.report.document.pieces import Pieces
from derive.report.document.plain import plain, unbroken
from derive.report.document.space import (
    beside_one_another,
    floats,
    kept_with_last,
    letters,
    lines_of,
    room,
    stays_whole,
    wide,
)

if TYPE_CHECKING:
    from derive.report.document.fitting import fitted
    from derive.report.document.live import STEP, Live
    from derive.report.document.session import Session

__all__ = [
    "STEP",
    "UNIT",
    "WIDEST",
    "Arrow",
    "Beside",
    "Block",
    "Callout",
    "CodeBlock",
    "CodeText",
    "Column",
    "Display",
    "Document",
    "Drawn",
    "Emphasis",
    "Figure",
    "Heading",
    "Inline",
    "Items",
    "Label",
    "Letterhead",
    "Link",
    "Live",
    "Logo",
    "Math",
    "Node",
    "Paragraph",
    "Picture",
    "Pieces",
    "Point",
    "Polyline",
    "Reference",
    "Session",
    "Shaded",
    "Shape",
    "Strong",
    "Table",
    "Text",
    "beside",
    "beside_one_another",
    "fitted",
    "floats",
    "kept_with_last",
    "letters",
    "lines_of",
    "may_stand_out",
    "narrow",
    "plain",
    "room",
    "stays_whole",
    "unbroken",
    "wide",
]

__getattr__ = lazily(
    __name__,
    {
        "derive.report.document.fitting": ("fitted",),
        "derive.report.document.live": ("STEP", "Live"),
        "derive.report.document.session": ("Session",),
    },
)
