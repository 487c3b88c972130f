r"""Typst: a formula as the body of Typst's math mode (Typst 0.15).

Letters and signs are the Unicode characters themselves. Every bracket is escaped (``\(``): a bare pair would be parsed,
which fails for a bracket whose partner stands on another line, and would be stretched. A comma is escaped too, since
inside a call it separates arguments. Colours are calls of ``coloured``, columns of ``incolumn``, which the document defines.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Final, assert_never

from derive.notation.formula import (
    Apply,
    Big,
    Brace,
    Cases,
    Colored,
    Column,
    Derivative,
    Formula,
    Fraction,
    Group,
    Line,
    Matrix,
    Minus,
    Number,
    Part,
    Power,
    Product,
    Root,
    Row,
    Sign,
    Sum,
    Symbol,
    Transposed,
    Words,
)
from derive.notation.letters import CLOSING, FUNCTIONS, OPENING, known_sign
from derive.notation.lines import beside
from derive.notation.measure import WIDE_GAP, stands_apart
from derive.notation.spelling import apart, differentials, factors, level, tall, terms

_ACCENTS: Final = {"hat": "hat", "bar": "macron", "tilde": "tilde", "dot": "dot", "vec": "arrow"}
_BIG: Final = {"Σ": "sum", "Π": "product"}
_DIFFERENTIALS: Final = {
    "partial": ("∂ ", "∂ "),
    "local": ("∂^(+) ", "∂ "),
    "total": ("upright(d) ", "upright(d) "),
}
_SIGNS: Final = {"·": "⋅", "-": "−", "*": "∗", "′": "prime", "Σ": "∑", "Π": "∏", ":=": "≔"}
_SIZES: Final = ("1em", "1.2em", "1.8em", "2.4em")
_RESERVED: Final = frozenset((*"|,;:./!?<>", *OPENING, *CLOSING))


def typst(formula: Formula) -> str:
    r"""Return a formula as the body of math mode, without dollars.

    >>> from derive.notation.formula import Number, power, symbol
    >>> typst(power(symbol("h", symbol("t")), Number("2")))
    'h_(t)^(2)'
    """
    match formula:
        case Number(text, exponent, bold=True):
            return f"bold({typst(replace(formula, bold=False))})"
        case Number(text, exponent):
            return _digits(text) + (f" × 10^({str(exponent).replace('-', '−')})" if exponent is not None else "")
        case Symbol():
            return _symbol(formula)
        case Words(text):
            return _quoted(text)
        case Sign(text, size):
            return _sign(text, size)
        case Row(items):
            return _beside(("", item) for item in items)
        case Minus(body):
            return f"− {typst(body)}"
        case Sum():
            return _sum(formula)
        case Product():
            return _beside(factors(formula))
        case Fraction(top, bottom, slanted=True):
            return f"{typst(top)} \\/ {typst(bottom)}"
        case Fraction(top, bottom, small):
            fraction = f"frac({typst(top)}, {typst(bottom)})"
            return f"inline({fraction})" if small else fraction
        case Power(base, exponent=raised):
            return f"{_base(base)}^({typst(raised)})"
        case Root(body):
            return f"sqrt({typst(body)})"
        case Apply(function, arguments):
            inside = r"\, ".join(map(typst, arguments))
            return f"{_name(function)} {_bracketed(inside, '()', level(*arguments), stretch=any(map(tall, arguments)))}"
        case Group(body, brackets, least):
            return _bracketed(typst(body), brackets, level(body, least=least), stretch=tall(body))
        case Transposed(body):
            return f"{_base(body)}^(⊤)"
        case Part(body, places):
            at = r"\, ".join(map(typst, places))
            return f"{typst(body)}_({at})"
        case Big(operator, lower, upper, body):
            above = f"^({typst(upper)})" if upper is not None else ""
            return f"{_BIG[operator]}_({typst(lower)}){above} {typst(body)}".rstrip()
        case Derivative(of, by, kind):
            over, under = _DIFFERENTIALS[kind]
            above, below = ("thin " * apart for apart in differentials(of, by, kind))
            return f"frac({over}{above}{typst(of)}, {under}{below}{typst(by)})"
        case Brace(body, label, drawn=False):
            return f"attach(limits({typst(body)}), b: {typst(label)})" if label != Words("") else typst(body)
        case Brace(body, label):
            return f"underbrace({typst(body)}{f', {typst(label)}' if label != Words('') else ''})"
        case Colored(role, body):
            return f'coloured(#"{role}", {typst(body)})'
        case Column(body, other):
            return f"incolumn({typst(body)}, {typst(other)})"
        case Matrix(rows):
            gap = f"column-gap: #{WIDE_GAP:g}em, " if stands_apart(rows) else ""
            return f"mat({gap}{'; '.join(', '.join(map(typst, row)) for row in rows)})"
        case Cases(cases):
            return f"cases({', '.join(f'{typst(value)} quad & {typst(condition)}' for value, condition in cases)})"
        case _:
            assert_never(formula)


def typst_lines(lines: tuple[Line, ...]) -> str:
    r"""Return lines aligned at their relation signs (``&``), each but the last ended by ``\``; one line stands bare."""
    if len(lines) == 1:
        line = lines[0]
        left = f"{typst(line.left)} " if line.left is not None else ""
        sign = f"{_sign(line.sign, 0)} " if line.sign else ""
        return f"{left}{sign}{typst(line.right)}"
    return " \\\n".join(_line(line) + _reason(line, gap) for line, gap in zip(lines, beside(lines), strict=True))


def _line(line: Line) -> str:
    """A line without left side and sign is indented; ``""`` gives a sign at its start the spaces of an operation."""
    left = f"{typst(line.left)} " if line.left is not None else ""
    sign = f"{_sign(line.sign, 0)} " if line.sign else "" if left else 'quad "" '
    return f"{left}& {sign}{typst(line.right)}"


def _reason(line: Line, gap: float) -> str:
    """A reason, in a column without a width that ends so far behind the widest line."""
    if line.reason is None:
        return ""
    return f" && #h({gap:.1f}em) #reason(${typst(line.reason)}$)"


def _digits(text: str) -> str:
    """Digits stand as they are; what is not part of a number is quoted, so that nothing is read as markup."""
    parts = re.findall(r"[0-9.]+|[^0-9.]+", text.replace("-", "−"))
    return " ".join(part if part == "−" or part[0] in "0123456789." else _quoted(part) for part in parts)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", r"\\").replace('"', r"\"").replace("\n", " ")
    return f'"{escaped}"'


def _letter(letter: str) -> str:
    """One letter is italic, a word upright; its letters are set apart, since Typst keeps the spaces around a string."""
    if len(letter) == 1 and (letter.isalpha() or letter == "∇"):
        return letter
    return f"upright({' '.join(letter) if letter.isascii() and letter.isalnum() else _quoted(letter)})"


def _name(function: str) -> str:
    if function in FUNCTIONS:
        return function
    return _letter(function) if len(function) == 1 else f"op({_quoted(function)})"


def _symbol(symbol: Symbol) -> str:
    nucleus = _letter(symbol.letter)
    if symbol.accent is not None:
        nucleus = f"{_ACCENTS[symbol.accent]}({nucleus})"
    subs = r"\,".join(map(typst, symbol.subs))
    sups = r"\,".join(map(typst, symbol.sups))
    return nucleus + (f"_({subs})" if subs else "") + (f"^({sups})" if sups else "")


def _sign(text: str, size: int) -> str:
    known_sign(text)
    spelled = f"\\{text}" if text in _RESERVED else _SIGNS.get(text, text)
    return f"lr(size: #{_SIZES[size]}, {spelled})" if size and (text in OPENING or text in CLOSING) else spelled


def _sum(total: Sum) -> str:
    (sign, first), *rest = terms(total)
    start = "− " if sign == "−" else ""
    return start + typst(first) + "".join(f" {sign} {typst(term)}" for sign, term in rest)


def _beside(parts: Iterable[tuple[str, Formula]]) -> str:
    """Formulas side by side, with the signs between them; a thin space keeps words apart."""
    spelled: list[str] = []
    before: Formula | None = None
    for sign, part in parts:
        if sign:
            spelled.append(_sign(sign, 0))
        elif before is not None and apart(before, part):
            spelled.append("thin")
        spelled.append(typst(part))
        before = part
    return _spaced(spelled)


def _spaced(parts: list[str]) -> str:
    """Join parts by spaces, which Typst ignores, except next to a string, where it would print them."""
    joined = ""
    for part in filter(None, parts):
        joined += part if not joined or joined[-1] == '"' or part[0] == '"' else f" {part}"
    return joined


def _base(base: Formula) -> str:
    """What carries an exponent; an atom of its own keeps Typst from seeing two superscripts."""
    match base:
        case Number() | Sign() | Group() | Part() | Matrix() | Symbol(sups=()):
            return typst(base)
        case _:
            return f'class("normal", {typst(base)})'


def _bracketed(body: str, brackets: str, size: int, *, stretch: bool) -> str:
    opening, closing = (f"\\{bracket}" for bracket in brackets)
    if stretch:
        return f"lr({opening} {body} {closing})"
    if brackets in {"||", "‖‖"}:
        opening, closing = f'class("opening", {opening})', f'class("closing", {closing})'
        return f"{opening} {body} {closing}" if not size else f"lr(size: #{_SIZES[size]}, {opening} {body} {closing})"
    return f"lr(size: #{_SIZES[size]}, {opening} {body} {closing})" if size else f"{opening}{body}{closing}"
