"""Inlines → LaTeX: prose through PyLaTeX's escaping, mathematics as it is, labels and URLs as TeX can take them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import assert_never
from urllib.parse import quote

import pylatex
from pylatex import Command, NoEscape
from pylatex.base_classes import LatexObject, Options
from pylatex.utils import dumps_list, escape_latex

from derive.notation.tex import tex
from derive.report.document import (
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
    unbroken,
)
from derive.report.writers.latex_pictures import picture_tikz

DARK = 0.68
"""On a darker ground than this, white is easier to read than black."""
THIN = "\u202f"
_LONG = re.compile(rf"(?:\d{{1,3}}{THIN}){{8,}}\d{{3}}")
"""A number of nine groups of digits or more."""
_ENDLESS = re.compile(r"[^\s\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]{200,}")
"""A word with no end to it: between Chinese characters a line may break anyway."""
_HERE, _SOME = "\ue002", 40
EQUATION = "eq-"
"""What the labels of equations begin with: TeX finds their numbers itself."""


def inlines_latex(inlines: Sequence[Inline]) -> NoEscape:
    """Return inlines as LaTeX."""
    return dumps_list(map(_inline, inlines), token="", as_content=False)


def _inline(inline: Inline) -> LatexObject | NoEscape:
    match inline:
        case Text(text):
            return NoEscape(_LONG.sub(_parted, endless(prose, text)))
        case Emphasis(inlines):
            return Command("emph", inlines_latex(inlines))
        case Strong(inlines):
            return Command("textbf", inlines_latex(inlines))
        case CodeText(text):
            return Command("texttt", endless(_code, text))
        case Math(formula, whole):
            math = pylatex.Math(inline=True, data=[NoEscape(tex(formula, color=True))], escape=False)
            return Command("mbox", NoEscape(math.dumps())) if whole else math
        case Link(inlines, url):
            return Command("href", [NoEscape(_url(url)), inlines_latex(inlines)])
        case Shaded(inlines, share):
            colour = r"\color{white}" if share > DARK else ""
            return NoEscape(rf"\cellcolor{{derive-later!{100 * share:.0f}}}{{{colour}{inlines_latex(inlines)}}}")
        case Drawn(picture):
            return Command("derivedrawn", NoEscape(picture_tikz(picture).dumps()))
        case Reference(_, label) if label.startswith(EQUATION):
            return Command("eqref", NoEscape(marker(label)))
        case Reference(text, label):
            return Command("hyperref", prose(unbroken(text)), Options(NoEscape(marker(label))))
        case _:
            assert_never(inline)


def _parted(number: re.Match[str]) -> str:
    """A long number, which may part between its groups rather than run out of the line."""
    return number[0].replace(THIN, rf"{THIN}\penalty5000{{}}")


def prose(text: str) -> NoEscape:
    """Return escaped text on one line; TeX's typewriter quote would come out as a closing one."""
    return NoEscape(escape_latex(text.replace("\n", " ")).replace('"', r"\textquotedbl{}"))


def endless(written: Callable[[str], str], text: str) -> NoEscape:
    """Return text as it is ``written``; a word of hundreds of letters, at which XeTeX breaks down, may part here and there."""
    apart = _ENDLESS.sub(lambda word: _HERE.join(re.findall(rf".{{1,{_SOME}}}", word[0])), text)
    return NoEscape(written(apart).replace(_HERE, r"\hskip0ptplus1fil\relax{}"))


def ended(text: str) -> str:
    """Return text for a place where nothing can part: such a word is cut off."""
    return _ENDLESS.sub(lambda word: f"{word[0][:_SOME]}…", text)


def _code(text: str) -> NoEscape:
    """Escaped code; a name too long for its line may part after its dots, strokes and underlines."""
    return NoEscape(re.sub(r"(\\_|[./=:])(?=\w)", r"\1\\penalty900{}", escape_latex(text)))


def _url(url: str) -> str:
    """A URL with all but the plainest characters percent-encoded, and those escaped that TeX would act on."""
    encoded = quote(url, safe=":/?#[]@!&'()*+,;=%-._").replace("~", "%7E")
    return re.sub(r"([%#&])", r"\\\1", encoded)


def marker(label: str) -> str:
    """Return a label that TeX takes as it is: each character that may not stand in one becomes its number."""
    return re.sub(r"[^A-Za-z0-9:.-]", lambda match: f"-{ord(match[0]):x}-", label)
