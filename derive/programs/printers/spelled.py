"""Spelled: an expression as text, with no more brackets than it needs.

One method per kind of expression. A language says how names, numbers and functions are spelled, and what it writes otherwise.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from derive.equations import Expr, Var
from derive.equations import expression as ex

SUM, PRODUCT, SIGN, POWER, ATOM = range(5)
"""How tightly the operator at the top of a text binds."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text, how tightly it binds, and its operands with the operators before them, where a long line may be broken."""

    text: str
    level: int = ATOM
    parts: tuple[str, ...] = ()
    after: str = ""
    """What stands behind the closing bracket of a long one, such as ``.sum(0)``."""

    def beside(self, level: int) -> str:
        """The text as an operand of an operator that binds so tightly."""
        return self.text if self.level >= level else f"({self.text})"


class Speller(ABC):
    """Spells expressions; each kind is a method, so that a language can spell it otherwise."""

    product_sign = " * "
    quotient_sign = " / "
    minus = "-"
    matrix_sign = " @ "
    tight_powers = True
    """Whether the power of a name is written without blanks."""

    def __init__(self) -> None:
        self.bound: Mapping[Var, str] = {}
        """What stands for the arguments of the function whose definition is being written."""

    def spelled(self, expr: Expr) -> str:
        """An expression as text."""
        return self.text(expr).text

    def text(self, expr: Expr) -> Text:
        """An expression as text that knows how tightly it binds."""
        match expr:
            case ex.Const(value):
                return self.number(value)
            case ex.Var():
                return Text(self.bound[expr]) if expr in self.bound else self.variable(expr)
            case ex.Neg(body):
                return self.negated(body, self.text(body))
            case ex.Add(terms):
                return self.sum(terms)
            case ex.Mul(factors):
                return self.product(factors)
            case ex.Div(top, bottom):
                return self.quotient(top, bottom)
            case ex.Pow(base, exponent):
                return self.power(base, exponent)
            case ex.Call():
                return self.call(expr)
            case ex.Defined():
                return self.defined(expr)
            case ex.MatMul(left, right):
                return self.matrix_product(left, right)
            case ex.Dot(left, right):
                return self.inner_product(left, right)
            case ex.Outer(left, right):
                return self.outer_product(left, right)
            case ex.Transpose(body):
                return self.transposed(body)
            case ex.Total(body):
                return self.total(body)
            case ex.Summed(body, axis, kept):
                return self.summed(body, axis, kept=kept)
            case ex.Concat(parts, axis):
                return self.concatenated(parts, axis)
            case ex.Part(body, start, stop, axis):
                return self.part(body, start, stop, axis)
            case ex.Padded(body, before, after, axis):
                return self.padded(body, before, after, axis)

    # -- operators ----------------------------------------------------------------------------------------------------

    def operand(self, expr: Expr, beside: Iterable[Expr]) -> Text:  # noqa: ARG002 - for languages that repeat one
        """An operand of an elementwise operator, beside others."""
        return self.text(expr)

    def negated(self, body: Expr, text: Text) -> Text:
        """With a minus, which stands before the first factor of a product or quotient of components without brackets."""
        if _begins_plainly(body):
            return Text(f"{self.minus}{text.beside(PRODUCT)}", PRODUCT)
        return Text(f"{self.minus}{text.beside(SIGN)}", SIGN)

    def sum(self, terms: tuple[Expr, ...]) -> Text:
        """The terms, those with a minus subtracted."""
        parts = []
        for term in terms:
            sign, body = ("-", term.body) if isinstance(term, ex.Neg) else ("+", term)
            parts.append((sign, self.operand(body, terms).beside(PRODUCT if sign == "-" else SUM)))
        (sign, first), *others = parts
        lines = (f"-{first}" if sign == "-" else first, *(f"{sign} {text}" for sign, text in others))
        return Text(" ".join(lines), SUM, lines)

    def product(self, factors: tuple[Expr, ...]) -> Text:
        """The factors; a quotient among them, but for the first, in brackets."""
        first, *others = (self.operand(factor, factors) for factor in factors)
        if self.matrix_sign.strip() and isinstance(factors[0], ex.MatMul | ex.Dot):
            first = Text(f"({first.text})")
        return _chained(first, ((self.product_sign, other) for other in others))

    def quotient(self, top: Expr, bottom: Expr) -> Text:
        """Top / bottom."""
        over, under = self.operand(top, (top, bottom)), self.operand(bottom, (top, bottom))
        return _chained(over, [(self.quotient_sign, under)])

    def power(self, base: Expr, exponent: Fraction) -> Text:
        """A power; a whole one with Python's sign for it, a root by its function."""
        if exponent.denominator == 1:
            inner = self.text(base).beside(ATOM)
            tight = self.tight_powers and inner.isidentifier() and exponent >= 0
            return Text(f"{inner}**{exponent}" if tight else f"{inner} ** {exponent}", POWER)
        return self.text(ex.Pow(ex.Call("sqrt", base), exponent * 2))

    def matrix_product(self, left: Expr, right: Expr) -> Text:
        """A product with a matrix; beside its sign stands no other one without brackets."""
        first = self.text(left)
        if self.matrix_sign.strip() and isinstance(left, ex.Mul | ex.Div):
            first = Text(f"({first.text})")
        return _chained(first, [(self.matrix_sign, self.text(right))])

    # -- what a language spells ----------------------------------------------------------------------------------------

    def number(self, value: Fraction) -> Text:
        """An exact number: as a decimal if it is one, else as a quotient."""
        if value < 0:
            return Text(f"-{self.number(-value).beside(SIGN)}", SIGN)
        if value.denominator == 1:
            return Text(self.whole(value.numerator))
        decimal = float(value)
        if Fraction(str(decimal)) == value:
            return Text(repr(decimal))
        return Text(f"{self.whole(value.numerator)}{self.quotient_sign}{self.whole(value.denominator)}", PRODUCT)

    def whole(self, value: int) -> str:
        """A whole number."""
        return str(value)

    @abstractmethod
    def variable(self, var: Var) -> Text:
        """A variable at its step."""

    @abstractmethod
    def call(self, call: ex.Call) -> Text:
        """A function of the table."""

    @abstractmethod
    def defined(self, expr: ex.Defined) -> Text:
        """A function that is made of others."""

    @abstractmethod
    def inner_product(self, left: Expr, right: Expr) -> Text:
        """The inner product of two vectors."""

    @abstractmethod
    def outer_product(self, left: Expr, right: Expr) -> Text:
        """The outer product of two vectors."""

    @abstractmethod
    def transposed(self, body: Expr) -> Text:
        """A matrix transposed."""

    @abstractmethod
    def concatenated(self, parts: tuple[Expr, ...], axis: int) -> Text:
        """What is joined along an axis."""

    @abstractmethod
    def part(self, body: Expr, start: str, stop: str, axis: int) -> Text:
        """A part along an axis."""

    @abstractmethod
    def padded(self, body: Expr, before: str, after: str, axis: int) -> Text:
        """A part with zeros before and after it."""

    @abstractmethod
    def total(self, body: Expr) -> Text:
        """The sum of all components."""

    @abstractmethod
    def summed(self, body: Expr, axis: int, *, kept: bool) -> Text:
        """The sum over an axis of a matrix."""

    def within(self, bound: Mapping[Var, str], spell: Callable[[], Text]) -> Text:
        """What is spelled while names stand for the arguments of a function."""
        outer, self.bound = self.bound, bound
        found = spell()
        self.bound = outer
        return found


def _begins_plainly(expr: Expr) -> bool:
    """Whether an expression is a product or a quotient of components whose first factor takes a minus as it takes a factor."""
    match expr:
        case ex.Mul((first, *_)) | ex.Div(first, _):
            plain = isinstance(first, Var | ex.Call | ex.Defined | ex.Add) or (
                isinstance(first, ex.Const) and first.value > 0
            )
            return plain or _begins_plainly(first)
        case _:
            return False


def _chained(first: Text, others: Iterable[tuple[str, Text]]) -> Text:
    """Operators of one kind, one after the other."""
    parts = [*(first.parts if first.level == PRODUCT and first.parts else (first.beside(PRODUCT),))]
    text = first.beside(PRODUCT)
    for sign, other in others:
        text += f"{sign}{other.beside(SIGN)}"
        parts.append(f"{sign.strip()} {other.beside(SIGN)}")
    return Text(text, PRODUCT, tuple(parts))
