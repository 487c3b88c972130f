"""Trace: how a number was made, so that a ball that cannot tell it from 0 is not the last word.

A ball [m ± r] around 0 may hold 0 or not, however small r is. Where a number came out of given values by + − × ÷ alone it
is a rational number, which is kept exactly. Else it is a rational function, with rational coefficients, of the values that
functions took on the way: tanh(7/10), exp(k_1), … . If that function is 0 identically, after equal arguments were
recognised as equal, the number is 0: a proof, by arithmetic in the field Q(g_1, …, g_n). The converse is not claimed:
sin² + cos² − 1 is 0, and nothing here knows it.

Where that function is too long to be written out, it is evaluated at one point over the field of p = 2⁵²¹ − 1 elements that
means nothing in particular (`at_a_point`). Of degree d, and not 0, it is 0 at a share d/p of all points at most, and a wrong
answer has a chance below 2⁻³⁰⁰, and the ball has to hold 0 as well. (Schwartz, Fast probabilistic algorithms for verification
of polynomial identities, Journal of the ACM 27, 1980.)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from hashlib import sha512
from math import isqrt
from typing import Any, TypeAlias

TALLEST = 1 << 13
"""A rational number whose numerator or denominator has more bits is not kept."""
MOST_NODES = 50_000
"""A number that was made by more operations than this is not looked into,"""
HIGHEST = 1 << 180
"""nor one whose degree may be higher, in sums over common denominators as if each had its own."""
PRIME = (1 << 521) - 1
MOST_SYMBOLS = 200
"""A number in which functions were called more often is not written out,"""
MOST_TERMS = 500
"""nor one that becomes a quotient of longer polynomials,"""
MOST_WORK = 2_000_000
"""nor one that takes more products of terms."""

ODD, EVEN = {"tanh", "sin", "erf"}, {"cos", "abs"}
ONE, ZERO = Fraction(1), Fraction(0)
AT_ZERO = {"tanh": ZERO, "sin": ZERO, "erf": ZERO, "sqrt": ZERO, "abs": ZERO, "exp": ONE, "cos": ONE}
"""The functions that are rational at 0."""

Polynomial: TypeAlias = Any
Quotient: TypeAlias = tuple[Polynomial, Polynomial]


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """A number as it was made: an operation on others; ``value`` is what it is, if that is known to be rational."""

    operation: str
    operands: tuple[Trace, ...] = ()
    value: Fraction | None = None


def given(value: Fraction) -> Trace:
    """A number that is known."""
    tall = max(value.numerator.bit_length(), value.denominator.bit_length()) > TALLEST
    return Trace("unknown") if tall else Trace("given", (), value)


def plus(one: Trace, other: Trace) -> Trace:
    """The sum of two numbers."""
    if one.value is not None and other.value is not None:
        return given(one.value + other.value)
    if not one.value and one.value is not None:
        return other
    if not other.value and other.value is not None:
        return one
    return Trace("+", (one, other))


def times(one: Trace, other: Trace) -> Trace:
    """The product of two numbers; one factor 0 is enough."""
    if one.value is not None and other.value is not None:
        return given(one.value * other.value)
    for factor, rest in ((one, other), (other, one)):
        if factor.value == 0:
            return factor
        if factor.value == 1:
            return rest
    return Trace("*", (one, other))


def minus(one: Trace, other: Trace) -> Trace:
    """The difference of two numbers; of one and itself, 0."""
    return given(ZERO) if one is other else plus(one, times(given(Fraction(-1)), other))


def over(top: Trace, bottom: Trace) -> Trace:
    """The quotient of two numbers, of which the second is not 0."""
    if bottom.value:
        return times(top, given(1 / bottom.value))
    return top if top.value == 0 else Trace("/", (top, bottom))


def called(function: str, argument: Trace) -> Trace:
    """A function of a number; log1p is the logarithm of 1 + that."""
    if function == "log1p":
        return called("log", plus(given(ONE), argument))
    known = None if argument.value is None else _known(function, argument.value)
    return Trace(function, (argument,)) if known is None else given(known)


def _known(function: str, argument: Fraction) -> Fraction | None:
    """The value of a function where it is rational."""
    if argument == 0 and function in AT_ZERO:
        return AT_ZERO[function]
    if function == "abs":
        return abs(argument)
    if function == "log" and argument == 1:
        return ZERO
    if function == "sqrt" and argument > 0:
        top, bottom = isqrt(argument.numerator), isqrt(argument.denominator)
        return Fraction(top, bottom) if (top**2, bottom**2) == argument.as_integer_ratio() else None
    return None


def vanishes(trace: Trace) -> bool:
    """Return whether a number is proven to be 0; False says nothing.

    >>> third, h = given(Fraction(1, 3)), called("tanh", given(Fraction(2)))
    >>> vanishes(plus(times(third, h), over(h, given(Fraction(-3))))), vanishes(plus(h, third))
    (True, False)
    """
    if trace.value is not None:
        return trace.value == 0
    try:
        order = tuple(_operands_first(trace))
        if not at_a_point(order):
            return False
        symbols = sum(known.operation not in _ARITHMETIC for known in order)
        return symbols > MOST_SYMBOLS or bool(_Field(symbols).quotient_of(order)[0].is_zero())
    except _PointError:
        return False
    except _TooLongError:
        return True


def _operands_first(trace: Trace) -> Iterator[Trace]:
    """What a number was made from, each once and after its operands, then itself."""
    seen: set[int] = set()
    stack = [(trace, False)]
    while stack:
        node, ready = stack.pop()
        if ready:
            yield node
        elif id(node) not in seen:
            seen.add(id(node))
            if len(seen) > MOST_NODES:
                raise _PointError
            stack.append((node, True))
            stack.extend((operand, False) for operand in node.operands)


_ARITHMETIC = {"given", "+", "*", "/"}


class _TooLongError(Exception):
    """An expression that is too long to be written out."""


class _PointError(Exception):
    """An expression that is too long to be looked into, of a degree that is too high, or with a pole at the point."""


def at_a_point(order: tuple[Trace, ...]) -> bool:
    """Return whether the last of some numbers, as a function of what functions gave, is 0 at a point of a finite field.

    Functions of the same argument have the same value there, and of its negative the opposite one, the same, or the inverse.
    """
    values: dict[int, int] = {}
    degrees: dict[int, int] = {}
    met: dict[tuple[str, int], int] = {}
    for trace in order:
        operands = [values[id(operand)] for operand in trace.operands]
        values[id(trace)] = _at_the_point(trace, operands, met)
        arithmetic = trace.operation in {"+", "*", "/"}
        degrees[id(trace)] = sum(degrees[id(operand)] for operand in trace.operands) if arithmetic else 1
        if degrees[id(trace)] > HIGHEST:
            raise _PointError
    return values[id(order[-1])] == 0


def _at_the_point(trace: Trace, operands: list[int], met: dict[tuple[str, int], int]) -> int:
    """The value of a number, given those it was made from."""
    if trace.value is not None:
        return trace.value.numerator * _inverse(trace.value.denominator) % PRIME
    match trace.operation, operands:
        case "+", [one, other]:
            return (one + other) % PRIME
        case "*", [one, other]:
            return one * other % PRIME
        case "/", [one, other]:
            return one * _inverse(other) % PRIME
        case function, [argument]:
            if argument == 0 and function in AT_ZERO:
                return int(AT_ZERO[function])
            turned = function in {*ODD, *EVEN, "exp"} and argument > PRIME // 2
            found = _drawn(met, (function, PRIME - argument if turned else argument))
            if not turned or function in EVEN:
                return found
            return _inverse(found) if function == "exp" else PRIME - found
        case _:
            return _drawn(met, ("unknown", id(trace)))


def _drawn(met: dict[tuple[str, int], int], key: tuple[str, int]) -> int:
    """A value that means nothing in particular, the same for the same key."""
    place = met.setdefault(key, len(met))
    return int.from_bytes(sha512(f"g{place}".encode()).digest()) % PRIME


def _inverse(number: int) -> int:
    if number % PRIME == 0:
        raise _PointError
    return pow(number, -1, PRIME)


@dataclass
class _Field:
    """Rational functions in so many symbols, one for each value of a function that is met."""

    symbols: int
    work: int = 0

    @cached_property
    def _context(self) -> Any:
        from flint import Ordering, fmpq_mpoly_ctx  # noqa: PLC0415 - loaded only when numbers are asked for

        return fmpq_mpoly_ctx.get(("g", max(self.symbols, 1)), Ordering.lex)

    @cached_property
    def _met(self) -> dict[Any, int]:
        return {}

    def _constant(self, value: Fraction) -> Polynomial:
        from flint import fmpq  # noqa: PLC0415

        return self._context.constant(fmpq(value.numerator, value.denominator))

    def quotient_of(self, order: tuple[Trace, ...]) -> Quotient:
        """The last of some numbers as a quotient of polynomials without a common factor, the second monic."""
        known: dict[int, Quotient] = {}
        for trace in order:
            found = self._quotient(trace, [known[id(operand)] for operand in trace.operands])
            if max(map(len, found)) > MOST_TERMS or self.work > MOST_WORK:
                raise _TooLongError
            known[id(trace)] = found
        return known[id(order[-1])]

    def _quotient(self, trace: Trace, operands: list[Quotient]) -> Quotient:
        one = self._constant(Fraction(1))
        if trace.value is not None:
            return self._constant(trace.value), one
        match trace.operation, operands:
            case "+", [(top, bottom), (other, under)]:
                if bottom == under:
                    return self._reduced(top + other, bottom)
                return self._reduced(self._times(top, under) + self._times(other, bottom), self._times(bottom, under))
            case "*", [(top, bottom), (other, under)]:
                return self._reduced(self._times(top, other), self._times(bottom, under))
            case "/", [(top, bottom), (other, under)]:
                if other.is_zero():
                    raise _TooLongError
                return self._reduced(self._times(top, under), self._times(bottom, other))
            case function, [argument]:
                return self._value(function, *argument)
            case _:
                return self._symbol(id(trace)), one

    def _times(self, one: Polynomial, other: Polynomial) -> Polynomial:
        self.work += len(one) * len(other)
        if self.work > MOST_WORK:
            raise _TooLongError
        return one * other

    def _reduced(self, top: Polynomial, bottom: Polynomial) -> Quotient:
        if top.is_zero():
            return top, self._constant(Fraction(1))
        if not bottom.is_constant():
            self.work += 20 * len(top) * len(bottom)
            common = top.gcd(bottom)
            top, bottom = top // common, bottom // common
        leading = bottom.leading_coefficient()
        return top / leading, bottom / leading

    def _value(self, function: str, top: Polynomial, bottom: Polynomial) -> Quotient:
        """A function of a quotient: a symbol of its own, the same for the same argument and for its negative."""
        one = self._constant(Fraction(1))
        if top.is_constant():
            leading = top.leading_coefficient() if len(top) else None
            value = Fraction(int(leading.p), int(leading.q)) if leading is not None else Fraction(0)
            known = _known(function, value) if bottom.is_one() else None
            if known is not None:
                return self._constant(known), one
        turned = not top.is_zero() and top.leading_coefficient() < 0 and function in {*ODD, *EVEN, "exp"}
        key = (function, *(frozenset(part.to_dict().items()) for part in (-top if turned else top, bottom)))
        symbol = self._symbol(key)
        if not turned or function in EVEN:
            return symbol, one
        return (one, symbol) if function == "exp" else (-symbol, one)

    def _symbol(self, key: Any) -> Polynomial:
        return self._context.gens()[self._met.setdefault(key, len(self._met))]
