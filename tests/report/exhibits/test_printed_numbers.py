"""Printed numbers: how a size is rounded."""

from __future__ import annotations

import math

import pytest

from derive.notation.text import text
from derive.report.exhibits.printed_numbers import two_digits


@pytest.mark.parametrize(
    ("value", "shown"), [(1.0, "1.0"), (0.994, "0.99"), (0.996, "1.0"), (0.0789, "0.079"), (0.0099, "9.9×10⁻³")]
)
def test_a_rough_size_has_two_digits(value: float, shown: str) -> None:
    """Sizes are rounded to two significant digits, also where rounding carries over."""
    assert text(two_digits(math.log10(value))) == shown
