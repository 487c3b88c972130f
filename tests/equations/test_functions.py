"""Functions: each row says all there is to say, and what SymPy lacks it is told."""

from __future__ import annotations

import numpy as np
import pytest
import sympy

from derive.equations.algebra import symbol, to_sympy
from derive.equations.differentiate import derivative
from derive.equations.functions import COMPOSITES, FUNCTIONS, NAMES
from derive.equations.parse import defined
from derive.numbers.number_systems import FLOAT, arrays

Z = sympy.Symbol("z", real=True)
LACKING = ["sigmoid", "step", "relu", "softplus", "abs", "sign", "hard_tanh", "hard_sigmoid"]


def test_a_row_lacks_nothing_that_its_kind_needs() -> None:
    """An elementwise function is known to SymPy, with a slope by each argument; one from vector to vector is a linear map."""
    for name, row in FUNCTIONS.items():
        assert row.name == name
        assert row.sign
        assert (row.sympy is not None) == (row.acts == "elementwise"), name
        assert len(row.slopes) == (0 if row.acts == "vector to vector" else row.arity), name


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("sigmoid", 1 / (1 + sympy.exp(-Z))),
        ("softplus", sympy.log(1 + sympy.exp(Z))),
        ("relu", (Z + sympy.Abs(Z)) / 2),
        ("step", (1 + sympy.sign(Z)) / 2),
        ("abs", sympy.sqrt(Z**2)),
        ("sign", 2 * sympy.Heaviside(Z) - 1),
        ("hard_tanh", (sympy.sqrt((Z + 1) ** 2) - sympy.sqrt((Z - 1) ** 2)) / 2),
        ("hard_sigmoid", (sympy.sqrt((Z / 3 + 1) ** 2) - sympy.sqrt((Z / 3 - 1) ** 2)) / 4 + sympy.Rational(1, 2)),
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


@pytest.mark.parametrize("name", COMPOSITES)
def test_a_slope_that_is_given_is_the_derivative(name: str) -> None:
    """Of a function made of others: shorter than the rules of calculus would make it, and the same; a rule is not."""
    made = COMPOSITES[name]
    definition = defined(made)
    point = {var: sympy.Rational(*at) for var, at in zip(definition.of, ((-7, 4), (2, 5), (1, 3)), strict=False)}
    for place, slope in enumerate(definition.slopes or ()):
        by = definition.of[place]
        derived = to_sympy(derivative(definition.value, by)) - to_sympy(slope)
        apart = sympy.N(derived.subs({symbol(var): at for var, at in point.items()}), 40)
        assert made.rule or abs(apart) < sympy.Float("1e-30")


@pytest.mark.parametrize("name", LACKING)
def test_what_sympy_lacks_is_read_back_by_its_name(name: str) -> None:
    """The class is called as the function is, which is how an expression of SymPy's becomes ours."""
    known = FUNCTIONS[name].sympy
    assert known is not None
    assert type(known(Z)).__name__ == name


@pytest.mark.parametrize(
    "name", [name for name in NAMES if name in FUNCTIONS and FUNCTIONS[name].acts == "elementwise"]
)
def test_floats_and_arrays_have_the_value_of_the_function(name: str) -> None:
    """On both sides of 0, near it and far from it, alone or in an array, as SymPy has it."""
    known = FUNCTIONS[name].sympy
    assert known is not None
    points = ["1/8", "3/4", "5/2", "30"]
    points += [] if name in {"log", "sqrt"} else [f"-{point}" for point in points]
    more = ("1/2", "3/2")[: FUNCTIONS[name].arity - 1]
    exact = [float(sympy.N(known(*map(sympy.Rational, (point, *more))), 30)) for point in points]
    given, others = [float(sympy.Rational(point)) for point in points], [float(sympy.Rational(point)) for point in more]
    assert [FLOAT.functions[name](point, *others) for point in given] == pytest.approx(exact, rel=1e-14, abs=1e-15)
    assert [FLOAT.on_scalars[name](point, *others) for point in given] == pytest.approx(exact, rel=1e-14, abs=1e-15)
    assert arrays().functions[name](np.array(given), *others).tolist() == pytest.approx(exact, rel=1e-14, abs=1e-15)
