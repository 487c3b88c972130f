r"""TeX: a formula as the body of TeX's math mode.

The same text works in pdfTeX and XeTeX with amsmath and amssymb, and in MathJax as GitHub configures it, which refuses
``\operatorname``. Brackets have a fixed size that grows with depth (``\bigl(``), and stretch (``\left(``) only around
tall content, where a fixed size would be a guess. ``\frac`` is left to find its own size: tall in a display, small in
running text, an exponent or a matrix.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import partial
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
from derive.notation.letters import BOLD, CLOSING, FUNCTIONS, LETTERS, OPENING, SIGNS, known_sign
from derive.notation.lines import beside
from derive.notation.measure import width
from derive.notation.spelling import apart, differentials, factors, level, tall, terms

_ACCENTS: Final = {"hat": r"\hat", "bar": r"\bar", "tilde": r"\tilde", "dot": r"\dot", "vec": r"\vec"}
_BIG: Final = {"Σ": r"\sum", "Π": r"\prod"}
_DIFFERENTIALS: Final = {
    "partial": (r"\partial ", r"\partial "),
    "local": (r"\partial^{+} ", r"\partial "),
    "total": (r"\mathrm{d}", r"\mathrm{d}"),
}
_SIZES: Final = (("", ""), (r"\bigl", r"\bigr"), (r"\Bigl", r"\Bigr"), (r"\biggl", r"\biggr"))
_SPECIAL: Final = {**{char: f"\\{char}" for char in "#$%&_{}"}, "\\": r"\backslash", "^": r"{\wedge}", "~": r"{\sim}"}

_INDENT: Final = r"\quad {}"
_HAN: Final = re.compile(r"[\u3000-\u9fff]")
_BARS: Final = {"||": (r"\lvert", r"\rvert"), "‖‖": (r"\lVert", r"\rVert")}


def tex(formula: Formula, *, color: bool = False) -> str:
    r"""Return a formula as the body of math mode, without dollars.

    ``color`` is for a document that defines what a formula may call: `Colored` is ``\textcolor{derive-⟨role⟩}{…}``, `Column`
    ``\derivecolumn{…}{…}``. Otherwise colours are dropped, and columns made of what every dialect knows.

    >>> from derive.notation.formula import Number, power, symbol
    >>> tex(power(symbol("h", symbol("t")), Number("2")))
    'h_{t}^{2}'
    """
    write = partial(tex, color=color)
    match formula:
        case Number(text, exponent, bold=True):
            return f"\\mathbf{{{write(replace(formula, bold=False))}}}"
        case Number(text, exponent):
            return _digits(text) + (f" \\times 10^{{{exponent}}}" if exponent is not None else "")
        case Symbol():
            return _symbol(formula, color=color)
        case Words(text):
            return _words(text)
        case Sign(text, size):
            return _sign(text, size)
        case Row(items):
            return _beside((("", item) for item in items), color=color)
        case Minus(body):
            return f"-{write(body)}"
        case Sum():
            return _sum(formula, color=color)
        case Product():
            return _beside(factors(formula), color=color)
        case Fraction(top, bottom, slanted=True):
            return f"{write(top)} / {write(bottom)}"
        case Fraction(top, bottom, small):
            return f"\\{'tfrac' if small else 'frac'}{{{write(top)}}}{{{write(bottom)}}}"
        case Power(base, exponent=raised):
            return f"{_base(base, color=color)}^{{{write(raised)}}}"
        case Root(body):
            return f"\\sqrt{{{write(body)}}}"
        case Apply(function, arguments):
            return _apply(function, arguments, color=color)
        case Group(body, brackets, least):
            return _bracketed(write(body), brackets, level(body, least=least), stretch=tall(body))
        case Transposed(body):
            return f"{_base(body, color=color)}^{{\\top}}"
        case Part(body, places):
            return f"{write(body)}_{{{', '.join(map(write, places))}}}"
        case Big(operator, lower, upper, body):
            above = f"^{{{write(upper)}}}" if upper is not None else ""
            return f"{_BIG[operator]}_{{{write(lower)}}}{above} {write(body)}".rstrip()
        case Derivative(of, by, kind):
            over, under = _DIFFERENTIALS[kind]
            above, below = (r"\," * apart for apart in differentials(of, by, kind))
            return f"\\frac{{{over}{above}{write(of)}}}{{{under}{below}{write(by)}}}"
        case Brace(body, label, drawn=False):
            return f"\\underset{{{write(label)}}}{{{write(body)}}}" if label != Words("") else write(body)
        case Brace(body, label):
            # The outer braces make it an ordinary atom: after an operator atom TeX sets a plus without its spaces.
            named = f"_{{{write(label)}}}" if label != Words("") else ""
            return f"{{\\underbrace{{{write(body)}}}{named}}}"
        case Colored(role, body):
            return f"\\textcolor{{derive-{role}}}{{{write(body)}}}" if color else write(body)
        case Column(body, other):
            return f"\\derivecolumn{{{write(body)}}}{{{write(other)}}}" if color else _column(body, other)
        case Matrix(rows):
            return _table("pmatrix", rows, color=color)
        case Cases(cases):
            return _table("cases", cases, color=color)
        case _:
            assert_never(formula)


def tex_lines(lines: tuple[Line, ...], *, color: bool = False, plain: bool = False, cell: str = "") -> str:
    r"""Return lines aligned at their relation signs (``aligned``), or the bare formula if there is one line.

    Where it is to be ``plain``, for what knows little of TeX, reasons have a column of their own, behind the widest line.
    ``cell`` is the name of a command around what stands on each side of the signs, and around reasons.
    """
    if len(lines) == 1:
        line = lines[0]
        left = f"{tex(line.left, color=color)} " if line.left is not None else ""
        sign = f"{known_sign(line.sign)} " if line.sign else ""
        return f"{left}{sign}{tex(line.right, color=color)}"
    reasons = zip(lines, beside(lines), strict=True)
    body = " \\\\\n".join(
        _line(line, cell, color=color) + _reason(line, gap, cell, color=color, plain=plain) for line, gap in reasons
    )
    return f"\\begin{{aligned}}\n{body}\n\\end{{aligned}}"


def _line(line: Line, cell: str, *, color: bool) -> str:
    """A line without left side and sign is indented; ``{}`` gives a sign at its start the spaces of an operation."""
    left = f"{_in_cell(tex(line.left, color=color), cell)} " if line.left is not None else ""
    right = tex(line.right, color=color)
    if line.sign:
        return f"{left}&{_in_cell(f'{known_sign(line.sign)} {right}', cell, '{}')}"
    return f"{left}& {_in_cell(right, cell)}" if left else f"&{_in_cell(_INDENT + right, cell)}"


def _reason(line: Line, gap: float, cell: str, *, color: bool, plain: bool) -> str:
    r"""A reason, in a column without a width that ends so far behind the widest line.

    What ``\llap`` takes is text for TeX and KaTeX, and mathematics for MathJax: ``\text`` is right for all.
    """
    if line.reason is None:
        return ""
    if plain:
        return f" &&\\quad {tex(line.reason)}"
    said = "".join(map(_in_text, line.reason.items if isinstance(line.reason, Row) else (line.reason,)))
    looks = "\\small\\color{derive-muted}" if color else ""
    kern = f"\\hspace{{{gap:.1f}em}}" if gap else ""
    said = f"\\llap{{{looks}\\text{{{said}}}}}"
    return f" &&{_in_cell(kern + said, cell)}"


def _in_cell(part: str, cell: str, start: str = "") -> str:
    """A part of a line, in a command if there is one, which needs a ``start`` before a relation."""
    return f"\\{cell}{{{start}{part}}}" if cell else part


def _in_text(formula: Formula) -> str:
    """A part of a sentence, between dollars unless it is words and nothing else."""
    spelled = tex(formula)
    only = re.fullmatch(r"\\text\{([^{}$]*)\}", spelled)
    return only[1] if only else f"${spelled}$"


def _column(body: Formula, other: Formula) -> str:
    r"""The narrower of two, set over something that is as wide as the wider one, and is not seen."""
    if width(body) >= width(other):
        return tex(body)
    return f"\\underset{{\\hphantom{{\\textstyle {tex(other)}}}}}{{{tex(body)}}}"


def _digits(text: str) -> str:
    """A comma among digits is no punctuation; what is not part of a number is set upright."""
    parts = re.findall(r"[0-9.]+|[^0-9.]", text)
    spelled = {"−": "-", "-": "-", "+": "+", ",": "{,}", " ": r"\,", "…": r"\ldots", "∞": r"\infty"}
    return "".join(part if part[0] in "0123456789." else spelled.get(part, f"\\mathrm{{{part}}}") for part in parts)


def _letter(letter: str) -> str:
    """One letter is italic, a word upright; TeX names the letters outside ASCII."""
    if letter in LETTERS:
        return LETTERS[letter]
    if letter in BOLD:
        return f"\\mathbf{{{BOLD[letter]}}}"
    if len(letter) == 1:
        return letter if letter.isascii() and letter.isalnum() else _words(letter)
    return f"\\mathrm{{{letter}}}" if letter.isascii() and letter.isalnum() else _words(letter)


def _symbol(symbol: Symbol, *, color: bool) -> str:
    nucleus = _letter(symbol.letter)
    if symbol.accent is not None:
        nucleus = f"{_ACCENTS[symbol.accent]}{{{nucleus}}}"
    subs = ",".join(tex(sub, color=color) for sub in symbol.subs)
    sups = ",".join(tex(sup, color=color) for sup in symbol.sups)
    return nucleus + (f"_{{{subs}}}" if subs else "") + (f"^{{{sups}}}" if sups else "")


def _words(text: str) -> str:
    r"""Prose is ``\text{…}``; characters TeX reserves, and signs, stand between: only so MathJax escapes them too."""
    spelled: list[str] = []
    for part in re.split(r"([#$%&_{}\\^~]|[^\x00-\x7f])", text.replace("\n", " ")):
        if part in _SPECIAL:
            spelled.append(_SPECIAL[part])
        elif part in LETTERS or (part in SIGNS and not part.isascii()):
            spelled.append(f"{{{LETTERS.get(part) or SIGNS[part]}}}")
        elif part and spelled and spelled[-1].startswith(r"\text{"):
            spelled[-1] = f"{spelled[-1][:-1]}{part}}}"
        elif part:
            spelled.append(f"\\text{{{part}}}")
    # Chinese typesetting swallows a space at the end of its text.
    ends = _HAN.match(text.rstrip()[-1:]) and text.endswith(" ")
    return " ".join(spelled) + (r"\ " if ends else "")


def _sign(text: str, size: int) -> str:
    spelled = known_sign(text)
    if text in OPENING:
        return _SIZES[size][0] + spelled
    return _SIZES[size][1] + spelled if text in CLOSING else spelled


def _sum(total: Sum, *, color: bool) -> str:
    (sign, first), *rest = terms(total)
    start = "-" if sign == "−" else ""
    return start + tex(first, color=color) + "".join(f" {SIGNS[sign]} {tex(term, color=color)}" for sign, term in rest)


def _beside(parts: Iterable[tuple[str, Formula]], *, color: bool) -> str:
    """Formulas side by side, with the signs between them; a thin space keeps words apart."""
    spelled: list[str] = []
    before: Formula | None = None
    for sign, part in parts:
        if sign:
            spelled.append(SIGNS[sign])
        elif before is not None and apart(before, part):
            spelled.append(r"\,")
        spelled.append(tex(part, color=color))
        before = part
    return " ".join(text for text in spelled if text)


def _base(base: Formula, *, color: bool) -> str:
    """What carries an exponent; braces keep TeX from seeing two superscripts."""
    match base:
        case Number() | Sign() | Group() | Part() | Matrix() | Symbol(sups=()):
            return tex(base, color=color)
        case _:
            return f"{{{tex(base, color=color)}}}"


def _apply(function: str, arguments: tuple[Formula, ...], *, color: bool) -> str:
    if function in FUNCTIONS:
        name = f"\\{function}"
    else:
        name = _letter(function) if len(function) == 1 else f"\\mathop{{{_letter(function)}}}"
    stretch = any(map(tall, arguments))
    body = ", ".join(tex(argument, color=color) for argument in arguments)
    brackets = _bracketed(body, "()", level(*arguments), stretch=stretch)
    # Without \mathopen{} a stretched bracket stands away from its function, as a factor would.
    return f"{name}\\mathopen{{}}{brackets}" if stretch else f"{name}{brackets}"


def _bracketed(body: str, brackets: str, size: int, *, stretch: bool) -> str:
    opening, closing = (SIGNS[bracket] for bracket in brackets)
    before, after = (r"\left", r"\right") if stretch else _SIZES[size]
    if brackets in _BARS and not before:
        before, after = _BARS[brackets]
        return f"{before} {body} {after}"
    return f"{before}{opening} {body} {after}{closing}" if stretch else f"{before}{opening}{body}{after}{closing}"


def _table(environment: str, rows: tuple[tuple[Formula, ...], ...], *, color: bool) -> str:
    body = r" \\ ".join(" & ".join(tex(entry, color=color) for entry in row) for row in rows)
    return f"\\begin{{{environment}}} {body} \\end{{{environment}}}"
