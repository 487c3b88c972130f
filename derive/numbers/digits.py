"""Decimals: a ball as the decimal digits that are certain.

A ball [m ± r] determines the decimal x rounded to d places if every number in it rounds to x. Where it does not, the caller
computes again with more bits. Numbers too small or too large for d places are given d significant digits and a power of ten.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from derive.errors import ValuesError

LARGEST_PLAIN = 10**6
NEGLIGIBLE = 1e-100
"""A number that cannot be told from 0 this close to it is 0 by cancellation; it is printed as 0.0000, which is right."""


class UndecidedError(ValuesError):
    """A ball too wide to determine the digits asked for; with more bits it may be narrow enough."""

    def __init__(self, message: str = "too few digits of a number are certain; compute with more bits") -> None:
        super().__init__(message)


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


def decimal(ball: Any, places: int) -> Decimal:
    """Return a real ball rounded to so many places; exact 0 is ``0``.

    Raises `UndecidedError` if the ball is too wide, or holds no number at all.

    >>> from flint import arb
    >>> str(decimal(arb(1).tanh(), 4)), str(decimal(arb("1e-9"), 3)), str(decimal(arb(0), 4))
    ('0.7616', '1.00e-9', '0')
    """
    if ball == 0:
        return Decimal(negative=False, digits="0")
    size = abs(ball)
    if not ball.is_finite():
        raise UndecidedError
    if ball.contains(0):
        if not size < NEGLIGIBLE:
            raise UndecidedError
        return Decimal(negative=False, digits=f"{0:.{places}f}")
    least = places - 1 if places > 1 else places  # two digits at least, if there is room for two
    if size >= LARGEST_PLAIN or not size * 10**least >= 1:
        return _scientific(ball < 0, size, places)
    scaled = _nearest(size * 10**places)
    whole, part = divmod(scaled, 10**places)
    digits = f"{whole}.{part:0{places}d}" if places else str(whole)
    return Decimal(bool(ball < 0), digits)


def _scientific(negative: bool, size: Any, places: int) -> Decimal:  # noqa: FBT001
    """So many significant digits and a power of ten."""
    exponent = int((size.log() / _ten().log()).mid().floor().unique_fmpz())
    for power in (exponent - 1, exponent, exponent + 1):
        scaled = _nearest(size * _ten() ** (max(places, 1) - 1 - power))
        digits = str(scaled)
        if len(digits) == max(places, 1):
            text = digits[0] + ("." + digits[1:] if len(digits) > 1 else "")
            return Decimal(bool(negative), text, power)
    raise UndecidedError


def _ten() -> Any:
    from flint import arb  # noqa: PLC0415

    return arb(10)


def _nearest(ball: Any) -> int:
    """The integer nearest to every number of a ball; halves go up where the ball is so small that it must be a half."""
    from flint import arb  # noqa: PLC0415

    found = (ball + arb("0.5")).floor().unique_fmpz()
    if found is not None:
        return int(found)
    if ball.rad() < arb(2) ** -100:
        return int((ball + arb("0.5") + arb(2) ** -90).floor().unique_fmpz())
    raise UndecidedError


def exact_decimal(value: Fraction) -> Decimal | None:
    """An exact number as it was given, if its decimals end within twelve places: 0.5, 1, −3; else None."""
    scaled = abs(value) * 10**12
    if scaled.denominator != 1 or abs(value) >= 10**12:
        return None
    whole, part = divmod(int(scaled), 10**12)
    fraction = f"{part:012d}".rstrip("0")
    return Decimal(value < 0, f"{whole}.{fraction}" if fraction else str(whole))
