"""Polynomials in T from counts: found where there is one, and not where there is none."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from derive.costs.polynomials import HIGHEST, formula, sized


@given(st.lists(st.integers(-9, 9), min_size=1, max_size=HIGHEST + 1))
def test_a_polynomial_is_found(coefficients: list[int]) -> None:
    """Counts that are a polynomial of low degree give its coefficients."""
    found = formula(lambda steps: sum(factor * steps**power for power, factor in enumerate(coefficients)))
    assert found is not None
    assert found.first == 1
    trimmed = [*found.coefficients, *[0] * len(coefficients)][: len(coefficients)]
    assert trimmed == coefficients


def test_formula_from_some_step_on() -> None:
    """A polynomial that holds from T = 3 on is found, with where it begins; what is none is not."""
    found = formula(lambda steps: 7 if steps < 3 else steps**2 - 1)
    assert found is not None
    assert (found.first, found.coefficients) == (3, (Fraction(-1), Fraction(0), Fraction(1)))
    assert formula(lambda steps: steps % 2) is None


def test_one_product_of_sizes_without_a_formula_leaves_none() -> None:
    """With sizes there is a polynomial for every product of sizes, or none at all."""
    assert sized(lambda steps: {("n",): steps, ("n", "n"): steps % 2}) is None
    found = sized(lambda steps: {("n",): steps, ("n", "n"): 1})
    assert found is not None
    assert found(7, {"n": 10}) == 170


def test_a_polynomial_in_sizes_holds_where_all_its_parts_do() -> None:
    """One part begins at T = 3, another at once: both together from T = 3 on, in whatever order they come."""
    late = {("n",): lambda steps: 7 if steps < 3 else steps, ("d",): lambda steps: steps}
    for parts in (late, dict(reversed(late.items()))):
        found = sized(lambda steps, parts=parts: {sizes: count(steps) for sizes, count in parts.items()})  # type: ignore[misc]
        assert found is not None
        assert found.first == 3
