"""Text: a formula as one line of plain Unicode, for a terminal.

``h_{t−1}²``, ``dL/dw_h``, ``∂⁺a_t/∂h_{t−1}``. What other writers show by position has brackets here where the meaning
needs them: ``(a + b)/(2 c)``. A product with a quotient among its factors has a dot between factors, so that it reads
from left to right. The label under a brace is left out, since on one line nothing would say where the brace begins.
"""

from __future__ import annotations

import unicodedata
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
from derive.notation.letters import ACCENTS, CLOSING, OPENING, OPERATIONS, RELATIONS, known_sign
from derive.notation.spelling import differentials, factors, terms

_RAISED: Final = str.maketrans("0123456789+−-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻")
_DIFFERENTIALS: Final = {"partial": ("∂", "∂"), "local": ("∂⁺", "∂"), "total": ("d", "d")}


def text(formula: Formula) -> str:
    """Return a formula as one line of plain text.

    >>> from derive.notation.formula import Number, power, symbol
    >>> text(power(symbol("h", symbol("t")), Number("2")))
    'h_t²'
    """
    match formula:
        case Number(digits, exponent):
            return digits.replace("-", "−") + (f"×10{str(exponent).translate(_RAISED)}" if exponent is not None else "")
        case Symbol():
            return _symbol(formula)
        case Words(prose):
            return prose
        case Sign(sign):
            known_sign(sign)
            return "−" if sign == "-" else sign
        case Row(items):
            return _row(items)
        case Minus(body):
            return f"−{_closed(body)}"
        case Sum():
            return _sum(formula)
        case Product():
            return _product(formula)
        case Fraction(top, bottom):
            return f"{_top(top)}/{_atom(bottom)}"
        case Power(base, exponent=raised):
            return f"{_atom(base, raised=True)}{_raised(text(raised))}"
        case Root(body):
            return f"√{_atom(body)}"
        case Apply(function, arguments):
            return f"{function}({', '.join(map(text, arguments))})"
        case Group(body, brackets):
            return f"{brackets[0]}{text(body)}{brackets[1]}"
        case Transposed(body):
            return f"{_atom(body, raised=True)}ᵀ"
        case Part(body, places):
            at = ",".join(text(place).replace(" ", "") for place in places)
            return f"{_atom(body)}_{{{at}}}"
        case Big(operator, lower, upper, body):
            above = f"^{_script(upper)}" if upper is not None else ""
            return f"{operator}_{_script(lower)}{above} {text(body)}".rstrip()
        case Derivative(of, by, kind):
            over, under = _DIFFERENTIALS[kind]
            above, below = (" " * apart for apart in differentials(of, by, kind))
            return f"{over}{above}{_atom(of)}/{under}{below}{_atom(by)}"
        case Brace(body=body) | Colored(body=body):
            return text(body)
        case Column(body, other):
            return _centred(text(body), columns(text(other)))
        case Matrix(rows):
            return f"[{'; '.join(', '.join(map(text, row)) for row in rows)}]"
        case Cases(cases):
            return f"{{ {'; '.join(map(_case, cases))} }}"
        case _:
            assert_never(formula)


def text_lines(lines: tuple[Line, ...]) -> str:
    """Return lines of text, aligned at their relation signs; a continuation line is indented past them."""
    lefts = [text(line.left) if line.left is not None else "" for line in lines]
    margin = max(map(columns, lefts), default=0)
    room = max((len(line.sign) for line in lines), default=0)
    written: list[str] = []
    for line, left in zip(lines, lefts, strict=True):
        start = " " * (margin - columns(left)) + left
        bare = line.left is None and not line.sign and len(lines) > 1
        parts = (
            start if margin else "",
            line.sign.ljust(room),
            " " if bare else "",
            _continued(line.right, bare=bare),
            f" ({text(line.reason)})" if line.reason is not None else "",
        )
        written.append(" ".join(part for part in parts if part).rstrip())
    return "\n".join(written)


def _continued(formula: Formula, *, bare: bool) -> str:
    """The sign a line begins with because the formula was broken there keeps its space."""
    match formula:
        case Row(items=(Sign(sign), *rest)) if bare and sign in OPERATIONS:
            return f"{sign} {_row(tuple(rest))}"
        case _:
            return text(formula)


def columns(line: str) -> int:
    """How many columns of a terminal a line takes: combining characters none, Chinese characters two."""
    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in line)
    return len(line) + wide - sum(unicodedata.combining(char) > 0 for char in line)


def _centred(written: str, least: int) -> str:
    """A text with spaces around it, where it is shorter than what stands over or under it."""
    spare = max(least - columns(written), 0)
    return " " * (spare // 2) + written + " " * (spare - spare // 2)


def _symbol(symbol: Symbol) -> str:
    mark = ACCENTS[symbol.accent] if symbol.accent is not None else ""
    nucleus = unicodedata.normalize("NFC", symbol.letter + mark)
    subs = f"_{_script(*symbol.subs)}" if symbol.subs else ""
    sups = f"^{_script(*symbol.sups)}" if symbol.sups else ""
    return nucleus + subs + sups


def _script(*parts: Formula) -> str:
    """A script of one character stands bare, a longer one in braces."""
    written = ",".join(map(_tight, parts))
    return written if len(written) == 1 else f"{{{written}}}"


def _tight(formula: Formula) -> str:
    """A formula without the spaces around its signs; prose keeps its own."""
    match formula:
        case Words(prose):
            return prose
        case Sum():
            (sign, first), *rest = terms(formula)
            return (
                ("−" if sign == "−" else "") + _tight(first) + "".join(f"{sign}{_tight(term)}" for sign, term in rest)
            )
        case Row(items):
            return "".join(map(_tight, items))
        case Colored(body=body) | Brace(body=body):
            return _tight(body)
        case Product(factors=(Number(), Symbol()), sign=""):
            return "".join(map(_tight, formula.factors))
        case _:
            return text(formula)


def _raised(exponent: str) -> str:
    """Digits become superscripts; anything else is marked by ^."""
    raised = exponent.translate(_RAISED)
    if all(char in "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻" for char in raised):
        return raised
    return f"^{exponent}" if len(exponent) == 1 else f"^({exponent})"


def _row(items: tuple[Formula, ...]) -> str:
    """Formulas side by side, with a space between two unless `_glued`."""
    written = text(items[0]) if items else ""
    for place in range(1, len(items)):
        before = items[place - 2] if place > 1 else None
        gap = "" if _glued(before, items[place - 1], items[place]) else " "
        written += gap + text(items[place])
    return written


def _glued(before: Formula | None, left: Formula, right: Formula) -> bool:
    """No space inside brackets, before a comma, after a sign in front of one thing, in dL/dw, or where prose has its own."""
    if (
        left == Words("d")
        or (_sign(right) == "/" and before == Words("d"))
        or (_sign(left), right) == ("/", Words("d"))
    ):
        return True
    if isinstance(left, Words) or isinstance(right, Words):
        return text(left)[-1:].isspace() or text(right)[:1].isspace()
    closing, sign = _sign(right), _sign(left)
    if closing in CLOSING or closing in {",", ";", "′", "!"} or sign in OPENING or sign in {"∂", "∇", "∀", "∃"}:
        return True
    if closing in OPENING and isinstance(left, Symbol):
        return len(left.letter) > 1
    unary = before is None or _sign(before) in RELATIONS or _sign(before) in OPENING or _sign(before) == ","
    return unary and sign in {"−", "-", "+"}


def _sign(formula: Formula) -> str:
    """The sign a formula is, also one that carries an exponent; nothing if it is none."""
    match formula:
        case Sign(sign):
            return sign
        case Power(base=Sign(sign)) | Transposed(body=Sign(sign)):
            return sign
        case _:
            return ""


def _sum(total: Sum) -> str:
    (sign, first), *rest = terms(total)
    start = "−" if sign == "−" else ""
    return start + _closed(first) + "".join(f" {sign} {_closed(term)}" for sign, term in rest)


def _product(product: Product) -> str:
    """Factors side by side; if one is a quotient, dots between them, which read from left to right."""
    quotient = any(isinstance(_bare(factor), Fraction | Derivative) for factor in product.factors)
    written = ""
    for position, (sign, factor) in enumerate(factors(product)):
        between = sign or ("·" if quotient else "")
        written += f" {between} " if between and position else " " if position else ""
        written += _closed(factor)
    return written


def _bare(formula: Formula) -> Formula:
    """A formula without colour and without a brace under it."""
    while isinstance(formula, Colored | Brace):
        formula = formula.body
    return formula


def _closed(formula: Formula) -> str:
    """A term or factor: a sum held together only by a brace under it needs brackets here."""
    inner = _bare(formula)
    return f"({text(inner)})" if inner is not formula and isinstance(inner, Sum | Minus) else text(formula)


def _top(formula: Formula) -> str:
    """What stands over a fraction line; a product needs no brackets there."""
    inner = _bare(formula)
    return text(inner) if isinstance(inner, Product) and not _has_quotient(inner) else _atom(inner)


def _has_quotient(product: Product) -> bool:
    return any(isinstance(_bare(factor), Fraction | Derivative | Big) for factor in product.factors)


def _atom(formula: Formula, *, raised: bool = False) -> str:
    """What stands under a fraction line, or carries an exponent (``raised``), without brackets of its own."""
    inner = _bare(formula)
    match inner:
        case Symbol(sups=()) | Words() | Sign() | Group() | Matrix() | Cases() | Number(exponent=None):
            bare = not isinstance(inner, Number) or inner.text[:1].isdigit()
        case Part():
            bare = True
        case Symbol() | Apply() | Power() | Transposed() | Root():
            bare = not raised
        case _:
            bare = False
    return text(inner) if bare else f"({text(inner)})"


def _case(case: tuple[Formula, Formula]) -> str:
    value, condition = map(text, case)
    starts_with_words = isinstance(case[1], Words) or (isinstance(case[1], Row) and isinstance(case[1].items[0], Words))
    return f"{value} {condition.lstrip()}" if starts_with_words else f"{value} if {condition}"
