"""Certain: numbers that an exhibit computes for itself, in print, with every digit certain.

The worked example has enough bits for its own values, adjoints and gradients. Other sums may cancel further; they are
computed again with more bits until their digits are settled.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from derive.notation.formula import Formula, Number
from derive.numbers import Evaluation, decided
from derive.report.subject import Subject

Key = TypeVar("Key")
LEAST_PLAIN, MOST_PLAIN = -4.0, 3.0
"""Decimal logarithms of sizes: where all lie between these two, a table has decimals, otherwise powers of ten."""


def certain_digits(
    subject: Subject, compute: Callable[[Evaluation], Mapping[Key, Any]], places: int | None = None
) -> dict[Key, Formula]:
    """Return what is computed from the worked example in print, to the example's places unless others are given."""

    def shown(evaluation: Evaluation) -> dict[Key, Formula]:
        return {key: subject.printed(evaluation.show(value)) for key, value in compute(evaluation).items()}

    return decided(_example(subject, places), shown)


def decimals(
    subject: Subject, compute: Callable[[Evaluation], Mapping[Key, Any]], places: int | None = None
) -> dict[Key, str]:
    """Return scalars that are computed from the worked example as plain text, ``-0.1050`` or ``3.21e-7``."""
    return decided(
        _example(subject, places), lambda found: {key: str(found.show(value)) for key, value in compute(found).items()}
    )


def _example(subject: Subject, places: int | None) -> Evaluation:
    return subject.evaluation if places is None else replace(subject.evaluation, places=places)


def sizes(exponents: Mapping[Key, float]) -> dict[Key, Formula]:
    """Sizes of a table given by their decimal logarithms, to two significant digits: all as decimals, or all as powers of ten.

    >>> sizes({"a": -1.1, "b": -3.0}) == {"a": Number("0.079"), "b": Number("0.0010")}
    True
    >>> sizes({"a": -1.1, "b": -5.0})["a"] == Number("7.9", -2)
    True
    """
    nonzero = [exponent for exponent in exponents.values() if exponent != float("-inf")]
    plain = all(LEAST_PLAIN <= exponent < MOST_PLAIN for exponent in nonzero)
    return {key: two_digits(exponent, plain=plain) for key, exponent in exponents.items()}


def two_digits(exponent: float, *, plain: bool | None = None) -> Formula:
    """A size given by its decimal logarithm, to two significant digits: 0.079, 12, 1.2 · 10⁻⁵; −∞ is 0.

    ``plain`` asks for decimals, or for a power of ten; unless told, sizes between 0.01 and 100 are decimals.

    >>> two_digits(-1.1) == Number("0.079"), two_digits(-4.92) == Number("1.2", -5)
    (True, True)
    """
    if exponent == float("-inf"):
        return Number("0")
    power = int(exponent // 1)
    tenths = round(10 ** (exponent - power + 1))
    if tenths == 100:
        tenths, power = 10, power + 1
    if power in {-2, -1, 0, 1} if plain is None else plain:
        return Number(f"{tenths / 10 * 10.0**power:.{max(1 - power, 0)}f}")
    return Number(f"{tenths // 10}.{tenths % 10}", power)
