"""Number systems: the same function in floats, arrays and balls, right also where exponentials are extreme."""

from __future__ import annotations

import cmath
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import flint
import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from derive.equations import expression as ex
from derive.equations.expression import Var
from derive.equations.functions import FUNCTIONS
from derive.numbers.compile import compiled
from derive.numbers.digits import UndecidedError
from derive.numbers.example import precision
from derive.numbers.number_systems import FLOAT, System, arrays, balls, complex_floats

ELEMENTWISE = [
    name for name, row in FUNCTIONS.items() if row.acts == "elementwise" and name not in {"identity", "ones", "pi"}
]


def more(name: str) -> list[Fraction]:
    """What a function of several numbers takes after the first, here."""
    return [Fraction(1, 4), Fraction(3, 2)][: FUNCTIONS[name].arity - 1]


SYSTEMS: dict[str, Callable[[], System]] = {
    "float": lambda: FLOAT,
    "arrays": arrays,
    "balls": balls,
    "complex floats": complex_floats,
    "complex balls": lambda: balls("complex"),
}


def real(value: Any) -> float:
    """The real part as a float."""
    return float(value.real) if isinstance(value, flint.acb | complex) else float(value)


@pytest.mark.parametrize("exponent", range(-5, 6))
@pytest.mark.parametrize("system", SYSTEMS)
def test_whole_powers_are_products(system: str, exponent: int) -> None:
    """Up to the fifth, negative ones are quotients, the 0th is 1."""
    numbers = SYSTEMS[system]()
    assert real(numbers.functions["power"](numbers.exact(Fraction(-3, 2)), exponent)) == pytest.approx(
        (-1.5) ** exponent
    )


@pytest.mark.parametrize("point", [Fraction(-7, 4), Fraction(1, 3), Fraction(5, 2)])
@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("name", ELEMENTWISE)
def test_every_function_is_sympys_in_every_system(name: str, system: str, point: Fraction) -> None:
    """At points on both sides of 0 (of 1 for log and sqrt)."""
    point = point**2 if name in {"log", "sqrt"} else point
    numbers = SYSTEMS[system]()
    ours = numbers.functions[name](*map(numbers.exact, (point, *more(name))))
    given = (sympy.Rational(number.numerator, number.denominator) for number in (point, *more(name)))
    theirs = sympy.N(FUNCTIONS[name].sympy(*given), 30)  # type: ignore[misc]
    assert real(ours) == pytest.approx(float(theirs), rel=1e-14)


@given(st.floats(-600, 600))
@pytest.mark.parametrize("name", ELEMENTWISE)
def test_floats_and_arrays_compute_what_balls_do(name: str, point: float) -> None:
    """A form of its own, for speed or against overflow, has the same values, by ten digits (sin 600 loses some)."""
    point = abs(point) if name in {"log", "sqrt"} else point
    if name == "log" and not point:
        return
    others = [float(number) for number in more(name)]
    ball, vector = real(balls().functions[name](*map(flint.arb, (point, *others)))), np.array([point, point])
    assert FLOAT.on_scalars[name](point, *others) == pytest.approx(ball, rel=1e-10, abs=1e-300)
    assert FLOAT.functions[name](vector, *others) == pytest.approx([ball, ball], rel=1e-10, abs=1e-300)
    assert arrays().functions[name](vector, *others) == pytest.approx([ball, ball], rel=1e-10, abs=1e-300)


@pytest.mark.parametrize("name", [name for name in ELEMENTWISE if name not in {"relu", "step"}])
def test_the_complex_step_finds_every_slope(name: str) -> None:
    """Im f(x + ih)/h is f'(x), by the complex functions alone."""
    point = 0.8125
    others = [float(number) for number in more(name)]
    call = ex.Call(name, Var("z"), tuple(map(ex.Const, more(name))))
    for place, slope in enumerate(FUNCTIONS[name].slopes):
        expected = compiled(slope(*call.arguments, call), FLOAT)({"z": point}, 0)
        with precision(256):  # an error relative to the whole number may be as large as its imaginary part
            moved = [flint.acb(value, "1e-30" if at == place else 0) for at, value in enumerate((point, *others))]
            ball = balls("complex").functions[name](*moved).imag * flint.arb("1e30")
        assert float(ball) == pytest.approx(expected, rel=1e-14)


SUMMING = [name for name, row in FUNCTIONS.items() if row.acts == "vector to scalar" and name != "components"]


@pytest.mark.parametrize("name", SUMMING)
def test_the_slope_of_a_function_to_a_scalar_is_its_gradient(name: str) -> None:
    """The derivative by each component, by the complex step."""
    slope = FUNCTIONS[name].slope
    assert slope is not None
    point = [0.5, -1.25, 2.0]
    expected = compiled(slope(Var("z"), ex.Call(name, Var("z"))), FLOAT)({"z": np.array(point)}, 0)
    for place in range(len(point)):
        moved = [flint.acb(value, "1e-30" if at == place else 0) for at, value in enumerate(point)]
        found = balls("complex").functions[name](np.array(moved, dtype=object)).imag * flint.arb("1e30")
        assert float(found) == pytest.approx(expected[place], rel=1e-14)


@pytest.mark.parametrize(
    ("name", "at", "value"), [("sigmoid", -800, 0.0), ("sigmoid", 800, 1.0), ("softplus", 800, 800.0)]
)
@pytest.mark.parametrize("system", SYSTEMS)
def test_large_arguments_do_not_overflow(name: str, at: int, value: float, system: str) -> None:
    """σ and softplus far from 0."""
    numbers = SYSTEMS[system]()
    assert real(numbers.functions[name](numbers.exact(Fraction(at)))) == pytest.approx(value, abs=1e-300)


def test_balls_hold_their_value_where_an_exponential_would_not() -> None:
    """softplus(10³⁰) is 10³⁰ to a ball, though e^(10⁴⁰) is none."""
    huge = flint.arb(10) ** 40
    numbers = balls()
    assert numbers.functions["softplus"](huge).contains(huge)
    assert numbers.functions["sigmoid"](-huge).contains(0)
    assert numbers.functions["sigmoid"](-huge).is_finite()


@pytest.mark.parametrize("system", SYSTEMS)
def test_functions_of_a_whole_vector(system: str) -> None:
    """A softmax adds up to 1 and is the slope of logsumexp; both stand large components."""
    numbers = SYSTEMS[system]()
    vector = numbers.constant((Fraction(1000), Fraction(999), Fraction(0)))
    share = 1 / (1 + cmath.exp(-1).real)
    assert [real(entry) for entry in numbers.functions["softmax"](vector)] == pytest.approx([share, 1 - share, 0])
    assert real(numbers.functions["logsumexp"](vector)) == pytest.approx(1000 + np.log1p(np.exp(-1)))
    assert real(numbers.functions["sum"](vector)) == 1999
    assert [real(entry) for entry in numbers.functions["ones"](vector)] == [1, 1, 1]
    assert numbers.functions["outer"](vector, vector).shape == (3, 3)
    assert numbers.functions["tanh"](vector).shape == (3,)


@pytest.mark.parametrize("system", SYSTEMS)
def test_relu_at_zero_is_flat(system: str) -> None:
    """relu'(0) = 0, as torch has it."""
    numbers = SYSTEMS[system]()
    assert real(numbers.functions["relu"](numbers.exact(Fraction(0)))) == 0
    assert real(numbers.functions["step"](numbers.exact(Fraction(0)))) == 0


def test_a_number_that_numpy_made_is_no_array() -> None:
    """An inner product of floats is a NumPy scalar, which has a shape, but no entries."""
    product = np.array([1.0, 2.0]) @ np.array([0.5, 0.25])
    assert FLOAT.functions["tanh"](product) == FLOAT.on_scalars["tanh"](1.0)


def test_a_ball_around_zero_has_no_sign() -> None:
    """The relu of it is undecided: with more bits it may be told."""
    with pytest.raises(UndecidedError, match="cannot be told from 0, where relu"):
        balls().functions["relu"](flint.arb(0, 1e-30))
