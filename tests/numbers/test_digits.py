"""Decimals: printed digits are right, or refused."""

from __future__ import annotations

from decimal import ROUND_HALF_UP
from decimal import Decimal as PyDecimal
from fractions import Fraction

import numpy as np
import pytest
from flint import arb
from hypothesis import given
from hypothesis import strategies as st

from derive.errors import DeriveError
from derive.numbers.digits import Decimals, UndecidedError, decimal, decimals, exact_decimal
from derive.numbers.example import precision
from derive.numbers.traced import traced_balls


@pytest.mark.parametrize(
    ("ball", "places", "printed"),
    [
        (arb("0.76159415595576488811945828260479"), 4, "0.7616"),
        (arb(0), 4, "0"),
        (arb(1), 4, "1.0000"),
        (arb(-1) / 3, 3, "-0.333"),
        (arb("0.5"), 0, "5e-1"),
        (arb("2.5"), 0, "3"),
        (arb("0.99996"), 4, "1.0000"),
        (arb("999999.99996"), 4, "1000000.0000"),
        (arb("1234567.8"), 4, "1.235e6"),
        (arb("9999999.8"), 4, "1.000e7"),
        (arb("1e-9"), 3, "1.00e-9"),
        (arb("-9.9996e-7"), 4, "-1.000e-6"),
        (arb("0.0010001"), 4, "0.0010"),
        (arb("0.00099"), 4, "9.900e-4"),
    ],
)
def test_a_narrow_ball_is_rounded(ball: arb, places: int, printed: str) -> None:
    """To so many places; very small and very large numbers to so many digits and a power of ten."""
    assert str(decimal(ball, places)) == printed


@given(st.fractions(min_value=-1000, max_value=1000, max_denominator=10**6), st.integers(1, 8))
def test_digits_are_those_of_exact_rounding(value: Fraction, places: int) -> None:
    """Compared with the decimal module on the exact number, halves away from 0: it is known how the ball was made."""
    with precision(200):
        found = decimal(traced_balls().exact(value), places)
    if found.exponent is None and value:
        exact = (PyDecimal(value.numerator) / PyDecimal(value.denominator)).quantize(
            PyDecimal(1).scaleb(-places), rounding=ROUND_HALF_UP
        )
        assert PyDecimal(str(found)) == exact


@given(st.integers(-(10**6), 10**6), st.integers(2, 5))
def test_every_number_of_a_ball_has_the_digits_that_are_printed(thousandths: int, places: int) -> None:
    """The middle and both ends of a ball round to what its decimal says, or the ball is refused."""
    with precision(100):
        middle, radius = arb(thousandths) / 1000, arb("1e-4")
        try:
            found = str(decimal(middle + radius * arb(0, 1), places))
        except UndecidedError:
            return
        assert [str(decimal(middle + part * radius / 100, places)) for part in (-99, 0, 99)] == [found] * 3


@pytest.mark.parametrize(
    ("ball", "said"),
    [
        (arb(0, 1e-3), "too few digits"),
        (arb("0.76155", 1e-6), "too few digits"),
        (arb("nan"), "too few digits"),
        (arb("inf"), "too few digits"),
        (arb("0.50005", "1e-6"), "too few digits"),
        (arb(0, "1e-50"), "cannot be told from 0"),
        (arb("0.50005", "1e-50"), "at which the printed digits change"),
        (arb("0.001", "1e-50"), "at which the printed digits change"),
        (arb("1e6", "1e-50"), "at which the printed digits change"),
    ],
)
def test_a_ball_that_determines_no_digits_is_refused(ball: arb, said: str) -> None:
    """The error is the user's family, and says what to do; however near a tie a ball lies, it is none by that."""
    with pytest.raises(UndecidedError, match=f"^a number .*{said}"):
        decimal(ball, 4)
    assert issubclass(UndecidedError, DeriveError)


def test_what_is_not_proven_to_be_zero_is_undecided() -> None:
    """However narrow the ball: 10⁻¹²⁰ is printed as 1.000e-120, not as 0.0000."""
    with precision(600):
        third = arb(1) / 3
        with pytest.raises(UndecidedError, match="cannot be told from 0"):
            decimal(third - third, 4)
        assert str(decimal(arb("1e-120"), 4)) == "1.000e-120"


@pytest.mark.parametrize(
    ("given", "places", "printed"),
    [
        ("1.2345e-25", 4, "1.235e-25"),
        ("-0.12345", 4, "-0.1235"),
        ("0.12345" + 45 * "0" + "1", 4, "0.1235"),
        ("0.12344" + 45 * "9", 4, "0.1234"),
        ("0.001", 4, "0.0010"),
        ("0.00099999999999999999999999999999999999999999999999999", 4, "1.000e-3"),
        ("1e6", 2, "1.0e6"),
        ("999999.995", 2, "1000000.00"),
        ("9.9995e-9", 4, "1.000e-8"),
        ("0.5", 0, "5e-1"),
        ("1.5", 0, "2"),
    ],
)
def test_a_number_known_exactly_is_rounded_by_itself(given: str, places: int, printed: str) -> None:
    """A tie goes up, away from 0, and 45 nines are no tie; the limits of the plain form are exact as well."""
    for bits in (200, 600):
        with precision(bits):
            assert str(decimal(traced_balls().exact(Fraction(given)), places)) == printed


def test_the_digits_of_arrays_keep_their_shape() -> None:
    """A vector is a row of decimals, a matrix rows of them, and so they are written."""
    vector = np.array([arb(1) / 8, arb(0)])
    shown = decimals(np.array([vector, vector]), 2)
    assert isinstance(shown, Decimals)
    assert str(shown) == "[[0.13, 0], [0.13, 0]]"
    assert [[str(entry) for entry in row] for row in shown] == [["0.13", "0"], ["0.13", "0"]]
    assert (len(shown), str(shown[1])) == (2, "[0.13, 0]")


@pytest.mark.parametrize(
    ("value", "printed"),
    [(Fraction(1, 2), "0.5"), (Fraction(-3), "-3"), (Fraction(1, 3), None), (Fraction(1, 10**12), "0.000000000001")],
)
def test_exact_numbers_are_shown_as_given(value: Fraction, printed: str | None) -> None:
    """If their decimals end."""
    found = exact_decimal(value)
    assert (found and str(found)) == printed
