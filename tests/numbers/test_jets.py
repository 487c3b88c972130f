"""Jets: every function's slope, by flint's power series, against SymPy's derivative."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy

from derive.equations.functions import FUNCTIONS
from derive.numbers.example import precision
from derive.numbers.jets import EPSILON, jets


@pytest.mark.parametrize("point", [Fraction(3, 7), Fraction(11, 5)])
@pytest.mark.parametrize("name", [name for name, row in FUNCTIONS.items() if row.acts == "elementwise"])
def test_the_slope_of_every_function(name: str, point: Fraction) -> None:
    """f(z + ε) = f(z) + f'(z) ε, to thirty digits."""
    z = sympy.Symbol("z", real=True)
    exact = {z: sympy.Rational(point.numerator, point.denominator)}
    known = FUNCTIONS[name].sympy
    assert known is not None
    with precision(150):
        found = jets().functions[name](jets().exact(point) + EPSILON())
        value, slope = found.value, found.slope  # type: ignore[attr-defined]
        for ours, theirs in ((value, known(z)), (slope, sympy.diff(known(z), z))):
            expected = sympy.N(sympy.sympify(theirs).subs(exact), 40)
            assert abs(sympy.Float(ours.str(40, radius=False), 40) - expected) < sympy.Float("1e-30")
