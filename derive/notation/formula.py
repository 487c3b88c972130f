"""Formula: what a document shows, as a small closed tree of ordered, frozen nodes.

A formula keeps the order in which a teacher writes it. SymPy's ``Add`` and ``Mul`` sort their arguments (sympy issues
22577 and 24022), so nothing here is a SymPy object: formulas are made once, from expressions, and written to TeX, Typst
and plain text by one small writer each.

Precedence is settled while a formula is built, by the smart constructors below (`times`, `plus`, `power`, …): they put
`Group` where brackets are needed. The writers therefore never add or drop a bracket.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

Accent: TypeAlias = Literal["hat", "bar", "tilde", "dot", "vec"]
Role: TypeAlias = Literal["input", "target", "parameter", "state", "loss", "now", "later", "path", "muted"]
Times: TypeAlias = Literal["", "·", "×", "⊙"]
Kind: TypeAlias = Literal["partial", "local", "total"]
DEEPEST = 2
"""Brackets grow until they nest so deeply."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it is printed: digits, sign, decimal point; ``exponent`` is a power of ten; ``bold`` is a result."""

    text: str
    exponent: int | None = None
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Symbol:
    """A letter with an accent, subscripts and superscripts (each printed with commas between).

    ``letter`` is one Unicode letter (``h``, ``δ``), or a word, which is set upright (``loss``).
    """

    letter: str
    accent: Accent | None = None
    subs: tuple[Formula, ...] = ()
    sups: tuple[Formula, ...] = ()


@dataclass(frozen=True, slots=True)
class Words:
    """Prose inside a formula, set upright; spaces at its ends are kept."""

    text: str


@dataclass(frozen=True, slots=True)
class Sign:
    """A sign standing by itself in a `Row`.

    It is a relation (``=``, ``≈``, ``≤``, ``∈``, ``→``), ``+``, ``−``, ``·``, ``⊙``, a comma, an opening or closing
    bracket, ``…``, ``∂`` or ``∞``; `derive.notation.letters` lists them all.
    ``level`` is the size of a bracket whose partner stands on another line: 0 is the smallest, 3 the largest.
    """

    text: str
    level: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """Formulas side by side, as they come."""

    items: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Minus:
    """−body. As a term of a `Sum` it is printed as a subtraction."""

    body: Formula


@dataclass(frozen=True, slots=True)
class Sum:
    """Terms added in the order given. A term is the unit at which a long line may break."""

    terms: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Product:
    """Factors multiplied in the order given, with ``sign`` between them (``""``: side by side)."""

    factors: tuple[Formula, ...]
    sign: Times = ""


@dataclass(frozen=True, slots=True)
class Fraction:
    """top over bottom. ``small`` asks for the size used inside running text (½), ``slanted`` for one line: a/b."""

    top: Formula
    bottom: Formula
    small: bool = False
    slanted: bool = False


@dataclass(frozen=True, slots=True)
class Power:
    """base with an exponent."""

    base: Formula
    exponent: Formula


@dataclass(frozen=True, slots=True)
class Root:
    """The square root of body."""

    body: Formula


@dataclass(frozen=True, slots=True)
class Apply:
    """A function applied to arguments: ``tanh(a, b)``; its name is set upright, the brackets are always printed."""

    function: str
    arguments: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """body in brackets. ``level`` is how deeply bracketed the body is: writers may use it to vary size."""

    body: Formula
    brackets: Literal["()", "[]", "{}", "||", "‖‖"] = "()"
    level: int = 0


@dataclass(frozen=True, slots=True)
class Transposed:
    """bodyᵀ."""

    body: Formula


@dataclass(frozen=True, slots=True)
class Part:
    """Components of body: [z]_{1:n}, or of a matrix [W]_{:, 1:n}; ``places`` are printed with commas between."""

    body: Formula
    places: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Big:
    """A sum or product over a range: Σ or Π with what stands below and above, then its body."""

    operator: Literal["Σ", "Π"]
    lower: Formula
    upper: Formula | None
    body: Formula


@dataclass(frozen=True, slots=True)
class Derivative:
    """The derivative of one symbol by another: ``partial`` ∂L/∂w, ``local`` ∂⁺v/∂u (others held), ``total`` dL/dw."""

    of: Formula
    by: Formula
    kind: Kind = "total"


@dataclass(frozen=True, slots=True)
class Brace:
    """body with a label under it, and between them a brace, unless it is not ``drawn``."""

    body: Formula
    label: Formula
    drawn: bool = True


@dataclass(frozen=True, slots=True)
class Colored:
    """body in the colour of a role."""

    role: Role
    body: Formula


@dataclass(frozen=True, slots=True)
class Column:
    """body where, on another line, ``other`` stands under or over it: in the middle of a column wide enough for both."""

    body: Formula
    other: Formula


@dataclass(frozen=True, slots=True)
class Matrix:
    """Rows of entries in round brackets."""

    rows: tuple[tuple[Formula, ...], ...]


@dataclass(frozen=True, slots=True)
class Cases:
    """Values, each with the condition under which it holds, behind one left brace."""

    rows: tuple[tuple[Formula, Formula], ...]


Formula: TypeAlias = (
    Number
    | Symbol
    | Words
    | Sign
    | Row
    | Minus
    | Sum
    | Product
    | Fraction
    | Power
    | Root
    | Apply
    | Group
    | Transposed
    | Part
    | Big
    | Derivative
    | Brace
    | Colored
    | Column
    | Matrix
    | Cases
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a display: what stands left of the alignment point, the relation sign there, and the rest.

    A continuation line has ``left=None`` and ``sign=""`` and is indented past the relation signs. A ``reason`` stands behind
    it, at the right end of the display.
    """

    left: Formula | None
    sign: str
    right: Formula
    reason: Formula | None = None


def symbol(letter: str, *subs: Formula, accent: Accent | None = None, sups: tuple[Formula, ...] = ()) -> Symbol:
    """Return a `Symbol` with subscripts given one by one."""
    return Symbol(letter, accent, subs, sups)


def number(value: int) -> Formula:
    """Return an integer as a formula, with its sign outside: ``Minus(Number("2"))``."""
    return Minus(Number(str(-value))) if value < 0 else Number(str(value))


def row(*items: Formula) -> Formula:
    """Return formulas side by side, flattened."""
    flat: list[Formula] = []
    for item in items:
        flat.extend(item.items if isinstance(item, Row) else (item,))
    return flat[0] if len(flat) == 1 else Row(tuple(flat))


def relation(left: Formula, *rest: tuple[str, Formula]) -> Formula:
    """Return ``left = right = …`` on one line; ``rest`` are pairs of a sign and what follows it."""
    items: list[Formula] = [left]
    for sign, right in rest:
        items += [Sign(sign), right]
    return row(*items)


def plus(*terms: Formula) -> Formula:
    """Return the sum of terms, flattened; one term is itself, none is 0."""
    flat: list[Formula] = []
    for term in terms:
        flat.extend(term.terms if isinstance(term, Sum) else (term,))
    if not flat:
        return Number("0")
    return flat[0] if len(flat) == 1 else Sum(tuple(flat))


def negated(body: Formula) -> Formula:
    """Return −body; a minus before a minus cancels, and a sum is bracketed."""
    return body.body if isinstance(body, Minus) else Minus(_subtracted(body))


def _subtracted(body: Formula) -> Formula:
    if isinstance(body, Column):
        return Column(_subtracted(body.body), _subtracted(body.other))
    return grouped(body) if isinstance(body, Sum) else body


def times(*factors: Formula, sign: Times = "") -> Formula:
    """Return the product of factors, each bracketed where it has to be; one factor is itself, none is 1.

    A minus on the first factor stays in front of the product.
    """
    if not factors:
        return Number("1")
    if len(factors) == 1:
        return factors[0]
    first, *rest = factors
    if isinstance(first, Minus):
        return Minus(times(first.body, *rest, sign=sign))
    flat: list[Formula] = []
    for position, factor in enumerate(factors):
        if isinstance(factor, Product) and factor.sign == sign and sign != "×":
            flat.extend(factor.factors)
        else:
            negative = position > 0 and isinstance(factor, Number) and not factor.text[:1].isdigit()
            flat.append(grouped(factor) if negative else _factor(factor, last=position == len(factors) - 1, sign=sign))
    return Product(tuple(flat), sign)


def fraction(top: Formula, bottom: Formula) -> Formula:
    """Return top over bottom; a fraction that is a term there is written in one line, so that no tower is built."""
    return Fraction(_in_one_line(top), _in_one_line(bottom))


def _in_one_line(formula: Formula) -> Formula:
    """A part of a fraction whose own fractions, if they are terms, also within brackets, are slanted, and bracketed for it."""
    match formula:
        case Sum(terms):
            return Sum(tuple(map(_in_one_line, terms)))
        case Minus(body):
            return Minus(_in_one_line(body))
        case Group(body, brackets):
            return grouped(_in_one_line(body), brackets)
        case Product(factors, sign):
            return Product(
                tuple(_in_one_line(part) if isinstance(part, Group | Power) else part for part in factors), sign
            )
        case Power(Group() as base, exponent):
            return Power(_in_one_line(base), exponent)
        case Fraction(top, bottom, small=False, slanted=False):
            over = grouped(top) if isinstance(top, Sum | Minus) else top
            under = grouped(bottom) if isinstance(bottom, Sum | Minus | Product | Fraction) else bottom
            return Fraction(over, under, slanted=True)
        case _:
            return formula


def power(base: Formula, exponent: Formula) -> Formula:
    """Return base^exponent; a base that is not a bare symbol or number is bracketed."""
    bare = isinstance(base, Group | Part) or (isinstance(base, Symbol) and not base.sups) or _is_digits(base)
    return Power(base if bare else grouped(base), exponent)


def transposed(body: Formula) -> Formula:
    """Return bodyᵀ; what is not a bare symbol is bracketed."""
    if isinstance(body, Column):
        return Column(transposed(body.body), transposed(body.other))
    bare = isinstance(body, Group | Part | Matrix) or (isinstance(body, Symbol) and not body.sups)
    return Transposed(body if bare else grouped(body))


def grouped(body: Formula, brackets: Literal["()", "[]", "{}", "||", "‖‖"] = "()") -> Group:
    """Return body in brackets, with the depth of the brackets inside it."""
    return Group(body, brackets, depth(body))


def depth(formula: Formula, most: int = DEEPEST) -> int:
    """How deeply brackets nest in a formula, up to ``most``: what nests deeper has brackets no larger."""
    if not most:
        return 0
    here = isinstance(formula, Group | Apply)
    inner = 0
    for child in children(formula):
        inner = max(inner, depth(child, most - here))
        if inner == most - here:
            break
    return inner + here


def inside(formulas: Iterable[Formula]) -> Iterator[Formula]:
    """Formulas, with all that is in them."""
    stack = list(formulas)
    while stack:
        formula = stack.pop()
        yield formula
        stack.extend(children(formula))


def children(formula: Formula) -> tuple[Formula, ...]:
    """The formulas directly inside a formula, from left to right; what stands on another line is none of them."""
    match formula:
        case Number() | Words() | Sign():
            return ()
        case Symbol(subs=subs, sups=sups):
            return (*subs, *sups)
        case Row(items=parts) | Sum(terms=parts) | Product(factors=parts) | Apply(arguments=parts):
            return parts
        case Minus(body) | Root(body) | Group(body=body) | Transposed(body) | Colored(body=body) | Column(body=body):
            return (body,)
        case Fraction(top=first, bottom=second) | Power(base=first, exponent=second):
            return (first, second)
        case Part(body, places):
            return (body, *places)
        case Brace(body=first, label=second) | Derivative(of=first, by=second):
            return (first, second)
        case Big(lower=lower, upper=upper, body=body):
            return (lower, body) if upper is None else (lower, upper, body)
        case Matrix(rows=rows):
            return tuple(entry for line in rows for entry in line)
        case Cases(rows=cases):
            return tuple(entry for pair in cases for entry in pair)


def _is_digits(formula: Formula) -> bool:
    """Whether a formula is a number without a sign and without a power of ten."""
    return isinstance(formula, Number) and formula.exponent is None and formula.text[:1].isdigit()


def _factor(factor: Formula, *, last: bool, sign: Times) -> Formula:
    """Bracket a factor of a product where its meaning would change without."""
    if isinstance(factor, Colored):
        return Colored(factor.role, _factor(factor.body, last=last, sign=sign))
    if isinstance(factor, Column):
        return Column(*(_factor(each, last=last, sign=sign) for each in (factor.body, factor.other)))
    loose = isinstance(factor, Sum | Minus) or (isinstance(factor, Big) and not last)
    mixed = isinstance(factor, Product) and factor.sign != sign and "⊙" in (factor.sign, sign)
    return grouped(factor) if loose or mixed else factor
