"""Decimals: a number as the decimal digits that are certain.

A ball [m ± r] determines the decimal x rounded to d places if every number in it rounds to x. Where it does not, the number
may be exactly 0, exactly halfway between two decimals (which goes up, away from 0), or exactly where another way of printing
begins; that is believed if it is proven (`Traced.equals`), and otherwise undecided: with more bits the ball may be narrow
enough. Numbers too small or too large for d places are given d significant digits and a power of ten.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias

from derive.equations import digits_of
from derive.errors import ValuesError

SHORT_POWER = 1_000
"""A larger power of ten is a ball, whose length does not grow with it."""
LARGEST_PLAIN = 10**6
NARROW = 2.0**-50
"""A ball wider than this says nothing; with more bits it may not hold the number in question at all."""

DIGITS = (
    "has too few digits that are certain: the example grows or oscillates without bound; "
    "change the values, or take fewer steps"
)
ZERO = (
    "cannot be told from 0, and nothing shows that it is 0; "
    "change a value a little, or write the equations so that it is seen to cancel"
)
SIGN = "cannot be told from 0, where relu and step change, and nothing shows that it is 0; change a value a little"
TIE = "cannot be told from one at which the printed digits change; ask for more or fewer digits, or change a value a little"


class UndecidedError(ValuesError):
    """What a ball leaves open: with more bits, or by a proof, it may be decided. ``subject`` is the number, once known."""

    def __init__(self, reason: str = DIGITS, subject: str = "") -> None:
        super().__init__(f"{subject or 'a number'} {reason}")
        self.reason, self.subject = reason, subject

    def of(self, subject: str) -> UndecidedError:
        """Return the same for a number that has a name; what has one keeps it."""
        return self if self.subject else type(self)(self.reason, subject)


class NoValueError(UndecidedError):
    """A ball that holds no number: at a pole, or so near that it may be one."""


@dataclass(frozen=True, slots=True)
class Decimal:
    """A printed number: its sign, its digits with a decimal point, and the power of ten behind it, if any."""

    negative: bool
    digits: str
    exponent: int | None = None

    def __str__(self) -> str:
        """The number as plain text: ``-0.1050``, ``3.21e-7``."""
        tail = "" if self.exponent is None else f"e{self.exponent}"
        return f"{'-' if self.negative else ''}{self.digits}{tail}"


@dataclass(frozen=True, slots=True)
class Decimals:
    """The printed numbers of a vector, or of a matrix row by row."""

    entries: tuple[Printed, ...]

    def __str__(self) -> str:
        """The numbers as plain text: ``[0.1050, 2.0000]``, ``[[1.0000, 0], [0, 1.0000]]``."""
        return f"[{', '.join(map(str, self.entries))}]"

    def __iter__(self) -> Iterator[Printed]:
        """The components of a vector, or the rows of a matrix."""
        return iter(self.entries)

    def __len__(self) -> int:
        """How many there are."""
        return len(self.entries)

    def __getitem__(self, place: int) -> Printed:
        """One of them, counted from 0."""
        return self.entries[place]


Printed: TypeAlias = Decimal | Decimals


def decimals(value: Any, places: int) -> Printed:
    """Return a number, or every entry of an array, rounded to so many places.

    >>> import numpy as np
    >>> from flint import arb
    >>> str(decimals(np.array([[arb(1), arb(0)]]), 2))
    '[[1.00, 0]]'
    """
    if not hasattr(value, "shape"):
        return decimal(value, places)
    return Decimals(tuple(decimals(entry, places) for entry in value))


def decimal(number: Any, places: int) -> Decimal:
    """Return a real number rounded to so many places; 0 is ``0``.

    Raises `UndecidedError` if its ball is too wide, or holds no number at all.

    >>> from flint import arb
    >>> str(decimal(arb(1).tanh(), 4)), str(decimal(arb("1e-9"), 3)), str(decimal(arb(0), 4))
    ('0.7616', '1.00e-9', '0')
    """
    ball = getattr(number, "ball", number)
    least = places - 1 if places > 1 else places  # two digits at least, if there is room for two
    plain = (abs(ball) * 10**places + 0.5).floor().unique_fmpz()
    if plain is not None and 10 ** (places - least) < plain < LARGEST_PLAIN * 10**places:  # most numbers
        return _plain(int(plain), places, negative=ball < 0)
    if ball == 0:
        return Decimal(negative=False, digits="0")
    if not ball.is_finite():
        raise UndecidedError
    if ball.contains(0):
        if is_exactly(number, Fraction(0)):
            return Decimal(negative=False, digits="0")
        raise UndecidedError(DIGITS if ball.rad() > NARROW else ZERO)
    size = _Size(number, abs(ball), negative=ball < 0)
    if size.reaches(Fraction(LARGEST_PLAIN)) or not size.reaches(Fraction(1, 10**least)):
        return _scientific(size, places)
    return _plain(size.nearest(places), places, negative=size.negative)


def _plain(scaled: int, places: int, *, negative: bool) -> Decimal:
    whole, part = divmod(scaled, 10**places)
    return Decimal(negative, f"{whole}.{part:0{places}d}" if places else str(whole))


def is_exactly(number: Any, value: Fraction) -> bool:
    """Whether a number is proven to be a rational number: it is an exact ball of that value, or its trace shows it."""
    if hasattr(number, "equals"):
        return bool(number.equals(value))
    return bool(number.is_exact()) and Fraction(*map(int, (number.fmpq().p, number.fmpq().q))) == value


@dataclass(frozen=True, slots=True)
class _Size:
    """The absolute value of a number that is not 0."""

    number: Any
    ball: Any
    negative: bool

    def reaches(self, bound: Fraction) -> bool:
        """Whether it is at least so large."""
        scaled = self.ball * bound.denominator
        if scaled >= bound.numerator:
            return True
        if scaled < bound.numerator:
            return False
        if self._equals(bound):
            return True
        raise UndecidedError(DIGITS if self.ball.rad() > NARROW else TIE)

    def nearest(self, places: int) -> int:
        """The integer nearest to it times a power of ten; a half goes up."""
        from flint import arb  # noqa: PLC0415

        moved = self.ball * (10**places if 0 <= places <= SHORT_POWER else arb(10) ** places) + 0.5
        found = moved.floor().unique_fmpz()
        if found is not None:
            return int(found)
        upper = int((moved.mid() + 0.5).floor().unique_fmpz() or 0)
        if self._equals((upper - Fraction(1, 2)) / Fraction(10) ** places):
            return upper
        raise UndecidedError(DIGITS if self.ball.rad() > NARROW else TIE)

    def _equals(self, value: Fraction) -> bool:
        return is_exactly(self.number, -value if self.negative else value)


def _scientific(size: _Size, places: int) -> Decimal:
    """So many significant digits and a power of ten."""
    from flint import arb  # noqa: PLC0415 - loaded only when numbers are asked for

    count = max(places, 1)
    power = int((size.ball.log() / arb(10).log()).mid().floor().unique_fmpz())
    digits = str(size.nearest(count - 1 - power))
    if len(digits) > count:  # 9.9996 to four digits is 10.00
        power, digits = power + 1, digits[:-1]
    return Decimal(size.negative, digits[0] + ("." + digits[1:] if count > 1 else ""), power)


def exact_decimal(value: Fraction) -> Decimal | None:
    """An exact number with all its digits, if its decimals end: 0.5, 1, −3; None for 1/3."""
    found = digits_of(abs(value))
    return None if found is None else Decimal(value < 0, *found)
