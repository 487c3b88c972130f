"""Jets: every function's slope, by flint's power series, against SymPy's derivative."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy

from derive.equations.functions import FUNCTIONS
from derive.numbers.example import precision
from derive.numbers.jets import EPSILON, jets

REST = (Fraction(1, 2), Fraction(5, 3))
"""What follows the first argument, where there are several."""


@pytest.mark.parametrize("point", [Fraction(3, 7), Fraction(6, 5), Fraction(11, 5)])
@pytest.mark.parametrize("name", [name for name, row in FUNCTIONS.items() if row.acts == "elementwise"])
def test_the_slope_of_every_function(name: str, point: Fraction) -> None:
    """f(z + ε) = f(z) + f'(z) ε by each argument, to thirty digits."""
    known, arity = FUNCTIONS[name].sympy, FUNCTIONS[name].arity
    assert known is not None
    points = (point, *REST)[:arity]
    symbols = sympy.symbols(f"z:{arity}", real=True)
    exact = {z: sympy.Rational(at.numerator, at.denominator) for z, at in zip(symbols, points, strict=True)}
    for place, symbol in enumerate(symbols):
        with precision(150):
            moved = [
                jets().exact(at) + EPSILON() if place == other else jets().exact(at) for other, at in enumerate(points)
            ]
            found = jets().functions[name](*moved)
            value, slope = found.value, found.slope  # type: ignore[attr-defined]
            for ours, theirs in ((value, known(*symbols)), (slope, sympy.diff(known(*symbols), symbol))):
                expected = sympy.N(sympy.sympify(theirs).subs(exact), 40)
                assert abs(sympy.Float(ours.str(40, radius=False), 40) - expected) < sympy.Float("1e-30")
