"""Functions: each row says all there is to say, and what SymPy lacks it is told."""

from __future__ import annotations

import numpy as np
import pytest
import sympy

from derive.equations.functions import FUNCTIONS
from derive.numbers.number_systems import FLOAT, arrays

Z = sympy.Symbol("z", real=True)
LACKING = ["sigmoid", "step", "relu", "softplus"]


def test_a_row_lacks_nothing_that_its_kind_needs() -> None:
    """An elementwise function is known to SymPy; only a function from vector to vector is a linear map, without a slope."""
    for name, row in FUNCTIONS.items():
        assert row.name == name
        assert row.sign
        assert (row.sympy is not None) == (row.acts == "elementwise"), name
        assert (row.slope is not None) == (row.acts != "vector to vector"), name


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("sigmoid", 1 / (1 + sympy.exp(-Z))),
        ("softplus", sympy.log(1 + sympy.exp(Z))),
        ("relu", (Z + sympy.Abs(Z)) / 2),
        ("step", (1 + sympy.sign(Z)) / 2),
    ],
)
@pytest.mark.parametrize("point", ["-7/4", "1/3", "5/2"])
def test_what_sympy_lacks_has_its_value_and_derivative(name: str, plain: sympy.Expr, point: str) -> None:
    """Those of the same function in SymPy's own words, to thirty digits, away from the kink."""
    known = FUNCTIONS[name].sympy
    assert known is not None
    for ours, theirs in ((known(Z), plain), (known(Z).diff(Z), plain.diff(Z))):
        apart = sympy.N(ours.subs(Z, sympy.Rational(point)), 40) - sympy.N(theirs.subs(Z, sympy.Rational(point)), 40)
        assert abs(apart) < sympy.Float("1e-30")


@pytest.mark.parametrize("name", LACKING)
def test_what_sympy_lacks_is_read_back_by_its_name(name: str) -> None:
    """The class is called as the function is, which is how an expression of SymPy's becomes ours."""
    known = FUNCTIONS[name].sympy
    assert known is not None
    assert type(known(Z)).__name__ == name


@pytest.mark.parametrize("name", [name for name, row in FUNCTIONS.items() if row.acts == "elementwise"])
def test_floats_and_arrays_have_the_value_of_the_function(name: str) -> None:
    """On both sides of 0, near it and far from it, alone or in an array, as SymPy has it."""
    known = FUNCTIONS[name].sympy
    assert known is not None
    points = ["1/8", "3/4", "5/2", "30"]
    points += [] if name in {"log", "sqrt"} else [f"-{point}" for point in points]
    exact = [float(sympy.N(known(sympy.Rational(point)), 30)) for point in points]
    given = [float(sympy.Rational(point)) for point in points]
    assert [FLOAT.functions[name](point) for point in given] == pytest.approx(exact, rel=1e-14, abs=1e-15)
    assert [FLOAT.on_scalars[name](point) for point in given] == pytest.approx(exact, rel=1e-14, abs=1e-15)
    assert arrays().functions[name](np.array(given)).tolist() == pytest.approx(exact, rel=1e-14, abs=1e-15)
