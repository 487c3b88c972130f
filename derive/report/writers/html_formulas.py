"""Formulas of a page: collected while it is written, made into MathML all at once, and put in where they belong."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html import escape, unescape
from typing import Final

from derive.notation.formula import Colored, Formula, Line
from derive.notation.typst import typst, typst_lines
from derive.report.engines import typst_mathml

_SHELL: Final = """\
#let coloured(part, body) = html.elem("mrow", attrs: (class: part), $body$)
#let unseen(body) = html.elem("mpadded", attrs: (height: "0", depth: "0", scriptlevel: "0"), html.elem("mphantom", $body$))
#let incolumn(body, other) = html.elem("munder", html.elem("mrow", $body$) + unseen(other))
"""
"""What the formulas call. MathML has no box as wide as another: what is to be wide enough is set under, and is not seen."""
_MARK: Final = re.compile(r"<x-formula>(\d+)</x-formula>")
_WHOLE: Final = re.compile(r"(<math\b[^>]*>)(.*)</math>", re.DOTALL)
_SIGN: Final = re.compile(r"<(mn|mo)\b[^>]*>([^<]+)</\1>")
_TAG: Final = re.compile(r"<(/?)[^>]*?(/?)>")
_ACCENT: Final = re.compile("<mo>([\u0302\u0303\u0304\u0307])</mo></mover>")
_SPACES: Final = re.compile(r'<span style="white-space: pre-wrap">((?:&#x20;)+)</span>')
_LONG: Final = re.compile(r"(?<=\d)(\.\d{4})\d+em")
_WORDS: Final = re.compile("<mtext>(.*?)</mtext>", re.DOTALL)
_STANDING: Final = {"\u0302": "ˆ", "\u0303": "˜", "\u0304": "¯", "\u0307": "˙"}


class Formulas:
    """The formulas of one page. What stands in several places is made once.

    ``apart``: words of a stranger's stand in them, so they are made in a process that is ended if it takes too much.
    """

    def __init__(self, *, apart: bool = False) -> None:
        """Begin with none."""
        self._apart = apart
        self._numbers: dict[tuple[str, str], int] = {}

    def inline(self, formula: Formula, source: str) -> str:
        """Return the mark of a formula within text, given with its TeX."""
        return self._mark(f"${typst(formula)}$", source)

    def bare(self, formula: Formula) -> str:
        """Return the mark of a formula that carries no TeX, as where the script needs many."""
        return self._mark(f"${typst(formula)}$", "")

    def display(self, lines: tuple[Line, ...], source: str) -> str:
        """Return the mark of a displayed formula."""
        return self._mark(f"$ {typst_lines(tuple(reasons_below(lines)))} $", source)

    def put_into(self, page: str) -> str:
        """Return a page with MathML in place of the marks.

        Raises `EngineError` if Typst cannot make it.
        """
        bodies = typst_mathml([body for body, _ in self._numbers], _SHELL, apart=self._apart) if self._numbers else ()
        made = [_with_source(body, source) for body, (_, source) in zip(bodies, self._numbers, strict=True)]
        return _MARK.sub(lambda mark: made[int(mark[1])], page)

    def _mark(self, body: str, source: str) -> str:
        """Text of a document is escaped, so nothing else looks like a mark."""
        number = self._numbers.setdefault((body, source), len(self._numbers))
        return f"<x-formula>{number}</x-formula>"


def reasons_below(lines: tuple[Line, ...]) -> Iterator[Line]:
    """Yield lines with the reason of each under it: nobody knows how much room there is beside."""
    for line in lines:
        if line.left is not None or typst(line.right):
            yield replace(line, reason=None)
        if line.reason is not None:
            yield Line(None, "", Colored("muted", line.reason))


def _with_source(body: str, source: str) -> str:
    """MathML with the TeX of the formula as a note, which is not shown."""
    found = _WHOLE.fullmatch(body)
    if found is None:
        raise ValueError(f"not MathML: {body}")
    body, sign = _as_browsers_set_it(found[2]), _SIGN.fullmatch(found[2])
    if not source or (sign and unescape(sign[2]) == source):  # what is copied is its own TeX already
        return f"{found[1]}{body}</math>"
    note = f'<annotation encoding="application/x-tex">{escape(source, quote=False)}</annotation>'
    whole = body if _is_one(body) else f"<mrow>{body}</mrow>"
    return f"{found[1]}<semantics>{whole}{note}</semantics></math>"


def _is_one(body: str) -> bool:
    """Whether it is one element, with all else in it."""
    depth = 0
    for tag in _TAG.finditer(body):
        depth += -1 if tag[1] else 0 if tag[2] else 1
        if depth == 0:
            return tag.end() == len(body)
    return False


def _as_browsers_set_it(body: str) -> str:
    """MathML that looks as Typst means it: an accent as wide as itself, spaces kept, a brace that is drawn to its end.

    Chromium cuts off a stretched brace that is long; the style sheet draws one under what has the class.
    """
    body = _ACCENT.sub(lambda found: f'<mo stretchy="false">{_STANDING[found[1]]}</mo></mover>', body)
    body = _LONG.sub(r"\1em", body)
    body = _SPACES.sub(lambda found: "\u00a0" * found[1].count("&"), body)
    body = _WORDS.sub(lambda found: "<mtext>" + found[1].replace(" ", "\u00a0") + "</mtext>", body)
    return body.replace('<munder accentunder="true">', '<mrow class="brace">').replace("<mo>⏟</mo></munder>", "</mrow>")
