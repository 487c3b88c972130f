"""Written: pieces of an equation's text, as its author wrote them: numbers kept exact, and what a message quotes."""

from __future__ import annotations

import ast
import re
import unicodedata
from fractions import Fraction

from derive.errors import EquationError

LARGEST_EXPONENT = 100
"""A number may be written as 1e100."""
MOST_DIGITS = 60
MOST_SHOWN = 40
"""A message quotes this many characters of an equation."""
DECIMAL = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:[eE]([+-]?\d+))?")


def exact(literal: str) -> Fraction:
    """Read a decimal literal exactly: 0.1 is one tenth."""
    found = DECIMAL.fullmatch(literal.replace("_", ""))
    if found is None:
        raise EquationError(f"the number {short(literal)} has to be decimal")
    if len(literal) > MOST_DIGITS or abs(int(found[1] or 0)) > LARGEST_EXPONENT:
        limits = f"at most {MOST_DIGITS}, up to 1e{LARGEST_EXPONENT}"
        raise EquationError(f"the number {short(literal)} has too many digits ({limits})")
    return Fraction(found[0])


def segment(node: ast.expr, text: str) -> str:
    """The part of an equation's text that a node was read from."""
    return written(ast.get_source_segment(text, node) or "")


def written(text: str) -> str:
    """A text as its author wrote it."""
    return unicodedata.normalize("NFKC", text)


def shown(node: ast.expr, text: str) -> str:
    """The same for a message."""
    return short(segment(node, text))


def short(text: str) -> str:
    """A text, cut where it is long."""
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}…"
