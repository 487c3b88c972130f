"""Polynomials in T and sizes, in print.

The highest power of T comes first. What several products of sizes have in common is their power of T, which stands before
them: T (2 n² + n d) − n². Products of most sizes come first, then by the sizes in the order of the network.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction as Exact

from derive.costs import Formula as Polynomial
from derive.costs import Monomial
from derive.notation.express import LAST
from derive.notation.formula import Apply, Formula, Fraction, Symbol, negated, number, plus, power, times


def polynomial(formula: Polynomial, sizes: tuple[str, ...] = ()) -> Formula:
    """Return a polynomial in T and sizes as a formula."""
    added: list[Formula] = []
    for at in reversed(range(max(map(len, formula.terms.values()), default=0))):
        factors = {product: found[at] for product, found in formula.terms.items() if at < len(found) and found[at]}
        if at and len(factors) > 1:
            added.append(times(*_power(LAST, at), plus(*_terms(factors, sizes))))
        else:
            added += _terms(factors, sizes, _power(LAST, at))
    return plus(*added)


def terms(formula: Polynomial) -> int:
    """Return how many terms a polynomial has."""
    return sum(map(bool, (factor for factors in formula.terms.values() for factor in factors)))


def order(formula: Polynomial, size: str) -> Formula:
    """Return the order of a polynomial in T and a size that all sizes are like: O(n⁴ T)."""
    found = [
        (len(product), at) for product, factors in formula.terms.items() for at, factor in enumerate(factors) if factor
    ]
    sizes, steps = (max(powers) for powers in zip(*(found or [(0, 0)]), strict=True))
    return Apply("O", (times(*_power(Symbol(size), sizes), *_power(LAST, steps)),))


def _terms(factors: Mapping[Monomial, Exact], sizes: tuple[str, ...], steps: tuple[Formula, ...] = ()) -> list[Formula]:
    """Products of sizes, each with its factor and a power of T."""

    def rank(product: Monomial) -> tuple[int, ...]:
        return (len(product), *(product.count(size) for size in sizes))

    found: list[Formula] = []
    for product in sorted(factors, key=rank, reverse=True):
        factor = abs(factors[product])
        letters = (*steps, *(letter for size in sizes for letter in _power(Symbol(size), product.count(size))))
        term = times(*(() if factor == 1 and letters else (_number(factor),)), *letters)
        found.append(negated(term) if factors[product] < 0 else term)
    return found


def _power(base: Formula, exponent: int) -> tuple[Formula, ...]:
    """A power as a factor; none if it is 1."""
    return () if exponent == 0 else (base if exponent == 1 else power(base, number(exponent)),)


def _number(factor: Exact) -> Formula:
    if factor.denominator == 1:
        return number(factor.numerator)
    return Fraction(number(factor.numerator), number(factor.denominator), small=True)
