"""Traced balls: balls that know how they were made; slower, and asked only where plain balls are at a loss.

The ball says where a number is, to any width; the trace may prove that it *is* 0, or a given rational number. So ties are
rounded, zeros are recognised, and relu at its kink is flat, by proof. What is neither decided by the ball nor proven is
undecided. A traced ball is one of Arb's; what is computed from one and anything else that is a number is traced again.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from operator import methodcaller
from typing import Any

from flint import acb, arb, fmpq

from derive.equations import Elementary
from derive.numbers import trace as tr
from derive.numbers.digits import DIGITS, NARROW, SIGN, UndecidedError
from derive.numbers.number_systems import System, near_greatest, one_by_one
from derive.numbers.trace import Trace

Act = Callable[[Any, Any], Any]


class _Tracing:
    """Arithmetic that computes with the balls, and notes what was done."""

    ball: Any
    trace: Trace

    def equals(self, value: Fraction) -> bool:
        """Return whether the number is proven to be a rational number; False: it is not, or no one knows."""
        if self.trace.value is not None:
            return self.trace.value == value
        apart = self - value
        if not apart.ball.contains(0) or apart.ball.rad() > NARROW:
            return False
        return tr.vanishes(apart.trace)

    def __add__(self, other: Any) -> Any:
        """The sum."""
        return self._with(other, operator.add, tr.plus)

    def __radd__(self, other: Any) -> Any:
        """The sum, the other way round."""
        return self._with(other, operator.add, tr.plus)

    def __mul__(self, other: Any) -> Any:
        """The product."""
        return self._with(other, operator.mul, tr.times)

    def __rmul__(self, other: Any) -> Any:
        """The product, the other way round."""
        return self._with(other, operator.mul, tr.times)

    def __sub__(self, other: Any) -> Any:
        """The difference."""
        return self._with(other, operator.sub, tr.minus)

    def __rsub__(self, other: Any) -> Any:
        """The difference, the other way round."""
        return self._with(other, lambda one, two: two - one, lambda one, two: tr.minus(two, one))

    def __truediv__(self, other: Any) -> Any:
        """The quotient; of a divisor 0, no number."""
        return self._with(other, operator.truediv, tr.over)

    def __rtruediv__(self, other: Any) -> Any:
        """The quotient, the other way round."""
        return self._with(other, lambda one, two: two / one, lambda one, two: tr.over(two, one))

    def _with(self, other: Any, act: Act, trace: Callable[[Trace, Trace], Trace]) -> Any:
        known = _known(other)
        return NotImplemented if known is None else _made(act(self.ball, known[0]), trace(self.trace, known[1]))

    def __neg__(self) -> Any:
        """−self."""
        return _made(-self.ball, tr.minus(tr.given(Fraction(0)), self.trace))

    def __pow__(self, exponent: int) -> Any:
        """A whole power."""
        result: Any = self * 0 + 1
        for _ in range(abs(exponent)):
            result = result * self
        return 1 / result if exponent < 0 else result

    def __abs__(self) -> Any:
        """The absolute value."""
        if self.ball >= 0:
            return self
        return -self if self.ball <= 0 else _made(abs(self.ball), tr.called("abs", self.trace))


class Traced(_Tracing, arb):  # type: ignore[misc]  # only whole powers are asked for
    """A real ball with its trace."""


def _known(number: Any) -> tuple[Any, Trace] | None:
    """A number's ball and trace; None for what is no number, such as an array."""
    if isinstance(number, _Tracing):
        return number.ball, number.trace
    if isinstance(number, int | Fraction):
        return _ball(Fraction(number)), tr.given(Fraction(number))
    if isinstance(number, arb | acb | float):
        ball = arb(number) if isinstance(number, float) else number
        return ball, _trace_of(ball.real)
    return None


def _ball(value: Fraction) -> arb:
    return arb(fmpq(value.numerator, value.denominator))


def _trace_of(ball: arb) -> Trace:
    """A ball without a radius is a known number; where another comes from is not known."""
    if not ball.is_exact() or not ball.is_finite():
        return Trace("unknown")
    exact = ball.fmpq()
    return tr.given(Fraction(int(exact.p), int(exact.q)))


def _made(ball: Any, trace: Trace) -> Any:
    """A traced ball, as narrow as can be if it is known exactly; of a complex ball no trace is kept."""
    if not isinstance(ball, arb):
        return ball
    if trace.value is not None and ball.is_finite():
        ball = _ball(trace.value)
    result = Traced(ball)
    result.ball, result.trace = ball, trace
    return result


@dataclass(frozen=True, slots=True)
class TracedMatrix:
    """A matrix of traced balls, with what Arb's matrices offer here."""

    rows: tuple[tuple[Any, ...], ...]

    def __add__(self, other: TracedMatrix) -> TracedMatrix:
        """The sum."""
        pairs = zip(self.rows, other.rows, strict=True)
        return TracedMatrix(tuple(tuple(map(operator.add, one, two)) for one, two in pairs))

    def __mul__(self, other: TracedMatrix) -> TracedMatrix:
        """The matrix product."""
        columns = tuple(zip(*other.rows, strict=True))
        return TracedMatrix(tuple(tuple(_inner(row, column) for column in columns) for row in self.rows))

    def nrows(self) -> int:
        """How many rows there are."""
        return len(self.rows)

    def ncols(self) -> int:
        """How many columns there are."""
        return len(self.rows[0])

    def entries(self) -> list[Any]:
        """The entries, row by row."""
        return [entry for row in self.rows for entry in row]

    def tolist(self) -> list[list[Any]]:
        """The rows."""
        return [list(row) for row in self.rows]


def _inner(row: tuple[Any, ...], column: tuple[Any, ...]) -> Any:
    first, *others = map(operator.mul, row, column)
    return sum(others, first)


@cache
def traced_balls() -> System:
    """Arb's real balls with their traces. The precision is that of flint's context when they are used."""

    def exact(value: Fraction | int) -> Any:
        return _made(_ball(Fraction(value)), tr.given(Fraction(value)))

    def named(name: str) -> Callable[[Any], Any]:
        apply = methodcaller(name)
        return lambda z: _made(apply(z.ball), tr.called(name, z.trace))

    def positive(z: Any) -> bool:
        if z.trace.value is not None:
            return bool(z.trace.value > 0)
        if z.ball > 0:
            return True
        if z.ball <= 0 or (z.ball.rad() < NARROW and tr.vanishes(z.trace)):
            return False
        raise UndecidedError(DIGITS if z.ball.rad() > NARROW else SIGN)

    elementary = Elementary(named, exact, lambda z: z.ball, positive, near_greatest(lambda z: float(z.ball.mid())))
    return one_by_one(elementary, exact, lambda row: row.form(elementary))
