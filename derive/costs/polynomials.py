"""Growth: how a count grows with T and the sizes — formulas found from counts by exact differences.

A polynomial of degree k through k + 1 counts is trusted only after it has held for further T. With sizes there is one for
every product of sizes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from derive.costs.operations import Monomial, value

HIGHEST = 4
"""The highest degree in T that is tried."""
LATEST = 4
"""The last T from which on a formula may begin to hold."""
FURTHER = 3
"""For how many further T a formula has to hold."""
TRIED = range(1, LATEST + HIGHEST + FURTHER + 1)
"""The T whose counts are looked at."""


@dataclass(frozen=True, slots=True)
class Formula:
    """A polynomial in T and sizes, which holds from T = ``first`` on as far as it was tried.

    ``terms`` has per product of sizes the coefficients of T⁰, T¹, T², ….
    """

    terms: Mapping[Monomial, tuple[Fraction, ...]]
    first: int

    @property
    def coefficients(self) -> tuple[Fraction, ...]:
        """What no size multiplies: all there is, of a scalar network."""
        return self.terms.get((), (Fraction(0),))

    def at(self, steps: int) -> dict[Monomial, Fraction]:
        """Return what each product of sizes is multiplied by at T."""
        return {
            product: sum((factor * steps**power for power, factor in enumerate(coefficients)), Fraction(0))
            for product, coefficients in self.terms.items()
        }

    def __call__(self, steps: int, sizes: Mapping[str, int] | None = None) -> Fraction:
        """Return its value at T and sizes."""
        return sum((factor * value(product, sizes or {}) for product, factor in self.at(steps).items()), Fraction(0))


def formula(count: Callable[[int], int]) -> Formula | None:
    """Return the polynomial in T that a count is, from some early T on; None if it is none of low degree.

    >>> formula(lambda steps: steps * (steps + 1) // 2).coefficients
    (Fraction(0, 1), Fraction(1, 2), Fraction(1, 2))
    >>> formula(lambda steps: 2**steps) is None
    True
    """
    counts = {steps: count(steps) for steps in TRIED}
    for begin in range(1, LATEST + 1):
        for degree in range(HIGHEST + 1):
            points = range(begin, begin + degree + 1)
            found = Formula({(): _interpolated([(steps, counts[steps]) for steps in points])}, begin)
            if all(found(steps) == known for steps, known in counts.items() if steps >= begin):
                return found
    return None


def sized(count: Callable[[int], Mapping[Monomial, int]]) -> Formula | None:
    """Return the polynomial in T and sizes that a count is, None if one of its products of sizes has none in T.

    >>> found = sized(lambda steps: {("n", "n"): 2 * steps - 1, (): steps})
    >>> found.terms[("n", "n")], found(10, {"n": 3})
    ((Fraction(-1, 1), Fraction(2, 1)), Fraction(181, 1))
    """
    counts = {steps: count(steps) for steps in TRIED}
    terms: dict[Monomial, tuple[Fraction, ...]] = {}
    first = 1
    for product in dict.fromkeys(product for found in counts.values() for product in found):
        part = formula(lambda steps, product=product: counts[steps].get(product, 0))  # type: ignore[misc]
        if part is None:
            return None
        if any(part.coefficients):
            terms[product] = part.coefficients
            first = max(first, part.first)
    return Formula(terms, first)


def _interpolated(points: list[tuple[int, int]]) -> tuple[Fraction, ...]:
    """The coefficients of the polynomial through some points (Lagrange)."""
    total = [Fraction(0)] * len(points)
    for at, height in points:
        product = [Fraction(height)]
        for other, _ in points:
            if other != at:
                raised = [Fraction(0), *product]
                lowered = [*(coefficient * other for coefficient in product), Fraction(0)]
                product = [(up - down) / (at - other) for up, down in zip(raised, lowered, strict=True)]
        total = [one + more for one, more in zip(total, product, strict=True)]
    return tuple(total)
