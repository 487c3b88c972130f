"""Polynomials in T and sizes, in print."""

from __future__ import annotations

from fractions import Fraction

from derive.costs.polynomials import Formula
from derive.notation.text import text
from derive.report.chapters.polynomials import order, polynomial


def test_a_polynomial_in_sizes_has_its_powers_of_t_in_front() -> None:
    """The highest power of T first, products of most sizes first, sizes in the network's order; and the order of it."""
    found = Formula({("d", "n"): (Fraction(0), Fraction(1)), ("n", "n"): (Fraction(-1), Fraction(1, 2))}, 1)
    assert text(polynomial(found, ("n", "d"))) == "T (1/2 · n² + n d) − n²"
    assert text(order(found, "n")) == "O(n² T)"
