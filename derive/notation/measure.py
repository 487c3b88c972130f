"""Measure: how wide a formula is in print, in em, estimated without a typesetter.

Widths of letters are those of New Computer Modern Math; spaces are TeX's thin, medium and thick ones (1/6, 2/9 and
5/18 em), which scripts drop. Computer Modern draws small sizes wider in proportion, so a script has 0.8 times the width
of its text, though only 0.7 times the height. Estimates are within a tenth of what Typst measures, and rather over than
under.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
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
from derive.notation.letters import CLOSING, OPENING, OPERATIONS, RELATIONS
from derive.notation.spelling import apart, factors, level, terms

THIN: Final = 1 / 6
MEDIUM: Final = 2 / 9
THICK: Final = 5 / 18
QUAD: Final = 1.0
WIDE_GAP: Final = 1.0
"""Between the columns of a matrix whose entries are sums or products."""
_AFTER_SCRIPT: Final = 0.056
_BOLD: Final = 1.15
_RATIOS: Final = (1.0, 0.8, 0.64)

_ITALIC: Final = (
    "a53 b44 c46 d54 e47 f58 g50 h58 i34 j42 k54 l30 m88 n60 o50 p52 q48 r46 s47 t36 u57 v50 w72 x57 y52 z50 "
    "A75 B78 C79 D83 E79 F78 G79 H91 I52 J66 K92 L68 M107 N91 O77 P78 Q79 R78 S67 T73 U79 V80 W108 X88 Y79 "
    "Z75 α64 β60 γ57 δ48 ε47 ϵ41 ζ50 η52 θ48 ϑ59 ι35 κ58 λ58 μ60 ν55 ξ47 π60 ρ53 ϱ53 σ60 ς44 τ54 υ55 φ65 ϕ60 "
    "χ63 ψ66 ω63 Γ62 Δ83 Θ78 Λ69 Ξ67 Π75 Σ72 Υ78 Φ72 Ψ78 Ω72 ℓ43 ℒ69 ∇83 ∂59"
)
_TUCKS: Final = {0.08: "fBDGHKMOXZΘΦτ", 0.14: "CIJNTUΓΥΨ", 0.23: "FPVWY"}
_UPRIGHT: Final = {
    0.28: "ijlI.,:;!'| ",
    0.40: "frst-()",
    0.50: "acegkovxyz0123456789J",
    0.56: "bdhnpquSFE",
    0.80: "wmMW",
}
_SIGNS: Final = {
    0.28: "·,;.:!|′∗*[]⌊⌋",
    0.39: "()⟨⟩‖",
    0.50: "{}/?",
    0.60: "∂",
    0.67: "∈∉∅∀∃",
    0.84: "…",
    1.0: "→←↦⇒⇔∞⋯⋱",
    1.45: "ΣΠ∑∏",
}
_BRACKET_GROWTH: Final = (1.0, 1.18, 1.54, 1.9)
_BIG_WIDTH: Final = {"Σ": 1.45, "Π": 1.28}


def _by_character(classes: dict[float, str]) -> dict[str, float]:
    return {char: size for size, chars in classes.items() for char in chars}


_ITALIC_WIDTH: Final = {each[0]: int(each[1:]) / 100 for each in _ITALIC.split()}
_TUCK: Final = _by_character(_TUCKS)
_UPRIGHT_WIDTH: Final = _by_character(_UPRIGHT)
_SIGN_WIDTH: Final = _by_character(_SIGNS)


# Breaking asks for the width of a part again at each level above it: without the cache, nesting costs its cube.
@lru_cache(maxsize=4096)
def width(formula: Formula, script: int = 0) -> float:
    """Return how wide a formula is in display style, in em; ``script`` is 1 in a script, 2 in a script of a script.

    >>> from derive.notation.formula import symbol
    >>> round(width(symbol("W")), 2)
    1.08
    """
    ratio = _RATIOS[min(script, 2)]
    match formula:
        case Number(bold=True):
            return _BOLD * width(replace(formula, bold=False), script)
        case Number(text, exponent):
            power = 0.0 if exponent is None else 1.78 + 2 * MEDIUM + _RATIOS[1] * upright(str(exponent)) + _AFTER_SCRIPT
            return ratio * (upright(text) + power + 0.28 * (text[:1] in "-−"))
        case Symbol():
            return _symbol(formula, script)
        case Words(text):
            return ratio * upright(text)
        case Sign(text, size):
            return ratio * _sign(text, size, spaced=script == 0)
        case Row(items):
            return _beside((("", item) for item in items), script)
        case Minus(body):
            return ratio * 0.78 + width(body, script)
        case Sum():
            (sign, first), *rest = terms(formula)
            start = ratio * 0.78 if sign == "−" else 0.0
            plus = ratio * _sign("+", 0, spaced=script == 0)
            return start + width(first, script) + sum(plus + width(term, script) for _, term in rest)
        case Product():
            return _beside(factors(formula), script)
        case Fraction(top, bottom, slanted=True):
            return width(top, script) + ratio * 0.5 + width(bottom, script)
        case Fraction(top, bottom, small):
            inner = script + 1 if small or script else script
            return max(width(top, inner), width(bottom, inner)) + 0.2
        case Power(base=Symbol(sups=()) as base, exponent=raised):
            return _symbol(replace(base, sups=(raised,)), script)
        case Power(base, exponent=raised):
            return width(base, script) + width(raised, script + 1) + _AFTER_SCRIPT
        case Root(body):
            return width(body, script) + 0.84 * ratio
        case Apply(function, arguments):
            inside = sum(width(argument, script) for argument in arguments) + 0.45 * (len(arguments) - 1)
            return ratio * (function_width(function) + 2 * bracket("(", level(*arguments))) + inside
        case Group(body, brackets, least):
            return width(body, script) + 2 * ratio * bracket(brackets[0], level(body, least=least))
        case Transposed(body=Symbol(sups=()) as body):
            return _symbol(replace(body, sups=(Sign("⊤"),)), script)
        case Transposed(body):
            return width(body, script) + 0.62 * ratio
        case Part(body, places):
            return width(body, script) + _scripts(places, script + 1)
        case Big(body=body):
            return big_width(formula, script) + width(body, script)
        case Derivative(of, by, kind):
            mark = {"partial": (0.6, 0.6), "local": (1.2, 0.6), "total": (0.56, 0.56)}[kind]
            return max(width(of, script) + mark[0], width(by, script) + mark[1]) + 0.2
        case Brace(body, label, drawn):
            return max(width(body, script) + 0.1 * drawn, width(label, script + 1))
        case Colored(body=body):
            return width(body, script)
        case Column(body, other):
            return max(width(body, script), width(other, script))
        case Matrix(rows):
            gap = WIDE_GAP if stands_apart(rows) else 0.5
            return _columns(rows) + (0.75 if len(rows) == 1 else 1.65) + gap * (max(map(len, rows), default=1) - 1)
        case Cases(cases):
            return _columns(cases) + 2.0
        case _:
            assert_never(formula)


def stands_apart(rows: tuple[tuple[Formula, ...], ...]) -> bool:
    """Whether the entries of a matrix have spaces of their own, so that more has to be between them than is within."""
    return any(isinstance(entry, Sum | Product) for row in rows for entry in row if len(row) > 1)


def upright(text: str) -> float:
    """Return the width of upright text; a Chinese character takes a whole em."""
    wide = {"W": 1.0, "F": 1.0}
    return sum(
        _UPRIGHT_WIDTH.get(char, wide.get(unicodedata.east_asian_width(char), 0.72 if char.isupper() else 0.6))
        for char in text
        if not unicodedata.combining(char)
    )


def function_width(function: str) -> float:
    """Return the width of a function's name with the space before it; one letter is italic."""
    return _ITALIC_WIDTH.get(function, 0.6) if len(function) == 1 else upright(function) + THIN / 2


def bracket(text: str, size: int) -> float:
    """Return the width of a bracket of one of four sizes."""
    return _SIGN_WIDTH[text] * _BRACKET_GROWTH[size]


def big_width(big: Big, script: int = 0) -> float:
    """Return the width of Σ or Π with its limits and the space after it, without its body."""
    limits = max(width(big.lower, script + 1), width(big.upper, script + 1) if big.upper is not None else 0.0)
    return max(_BIG_WIDTH[big.operator], limits) + THIN


def _symbol(symbol: Symbol, script: int) -> float:
    """Scripts stand over one another, and a subscript is tucked under the slope of a capital."""
    ratio = _RATIOS[min(script, 2)]
    letter = symbol.letter
    nucleus = ratio * (_ITALIC_WIDTH.get(letter, 0.78) if len(letter) == 1 else upright(letter))
    subs = _scripts(symbol.subs, script + 1) - ratio * _TUCK.get(letter, 0.0) if symbol.subs else 0.0
    sups = _scripts(symbol.sups, script + 1) if symbol.sups else 0.0
    return nucleus + max(subs, sups)


def _scripts(parts: tuple[Formula, ...], script: int) -> float:
    commas = 0.28 * _RATIOS[min(script, 2)] * (len(parts) - 1)
    return sum(width(part, script) for part in parts) + commas + _AFTER_SCRIPT


def _sign(text: str, size: int, *, spaced: bool) -> float:
    """The width of a sign with the spaces its class has; a bracket has none, a comma one."""
    if text in OPENING or text in CLOSING:
        return bracket(text, size)
    glyph = _SIGN_WIDTH.get(text, 0.78 * len(text))
    if not spaced:
        return glyph
    if text in RELATIONS:
        return glyph + 2 * THICK
    if text in OPERATIONS:
        return glyph + 2 * MEDIUM
    return glyph + (THIN if text in {",", ";", "…", "⋯"} else 0.0)


def _beside(parts: Iterable[tuple[str, Formula]], script: int) -> float:
    ratio = _RATIOS[min(script, 2)]
    total = 0.0
    before: Formula | None = None
    for sign, part in parts:
        if sign:
            total += ratio * _sign(sign, 0, spaced=script == 0)
        elif before is not None and apart(before, part):
            total += THIN
        total += width(part, script)
        before = part
    return total


def _columns(rows: tuple[tuple[Formula, ...], ...]) -> float:
    """The widths of the widest entry of each column, added."""
    count = max(map(len, rows), default=0)
    return sum(max(width(row[each]) for row in rows if each < len(row)) for each in range(count))
