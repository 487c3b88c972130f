"""Decimals: exact numbers whose decimals end, with all their digits."""

from __future__ import annotations

from fractions import Fraction

LONGEST_PLAIN = 20
"""A number that would take more characters has a power of ten."""


def ends(value: Fraction) -> bool:
    """Whether the decimals of a number end: its denominator is made of twos and fives."""
    return pow(10, value.denominator.bit_length(), value.denominator) == 0 or value.denominator == 1


def digits_of(value: Fraction) -> tuple[str, int | None] | None:
    """The digits of a positive number and the power of ten behind them, if it needs one; None if its decimals do not end.

    >>> digits_of(Fraction("0.00123456789012")), digits_of(Fraction("2.5e-30")), digits_of(Fraction(1, 3))
    (('0.00123456789012', None), ('2.5', -30), None)
    """
    if not ends(value):
        return None
    places = next(place for place in range(value.denominator.bit_length()) if 10**place % value.denominator == 0)
    scaled = int(value * 10**places)
    whole, part = divmod(scaled, 10**places)
    plain = f"{whole}.{part:0{places}d}" if places else str(whole)
    if len(plain) <= LONGEST_PLAIN:
        return plain, None
    digits = str(scaled)
    exponent = len(digits) - 1 - places
    digits = digits.rstrip("0")
    return digits[0] + (f".{digits[1:]}" if digits[1:] else ""), exponent
