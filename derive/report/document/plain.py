"""Inlines → plain text: for titles of files, bookmarks, and whatever else knows no markup."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import assert_never

from derive.notation.text import text as formula_text
from derive.report.document.document import (
    CodeText,
    Drawn,
    Emphasis,
    Inline,
    Link,
    Math,
    Reference,
    Shaded,
    Strong,
    Text,
)


def plain(inlines: Sequence[Inline]) -> str:
    """Return the words of inlines, without their markup."""
    return "".join(map(_plain, inlines))


def unbroken(text: str) -> str:
    """Return text whose numbers stay on the line of the word before them."""
    return re.sub(r" (?=\d)", "\u00a0", text)


def _plain(inline: Inline) -> str:
    match inline:
        case Text(text) | CodeText(text) | Reference(text):
            return text
        case Emphasis(inlines) | Strong(inlines) | Link(inlines) | Shaded(inlines):
            return plain(inlines)
        case Math(formula):
            return formula_text(formula)
        case Drawn(words=words):
            return plain(words)
        case _:
            assert_never(inline)
