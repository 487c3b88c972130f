"""Number systems: the same function in floats, complex numbers and balls, right also where exponentials are extreme."""

from __future__ import annotations

import cmath
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import flint
import numpy as np
import pytest
import sympy
from samples import apart

from derive import Network, derive
from derive.equations import expression as ex
from derive.equations.expression import Var
from derive.equations.functions import FUNCTIONS
from derive.equations.parse import parse
from derive.errors import ValuesError
from derive.numbers.digits import UndecidedError
from derive.numbers.number_systems import COMPLEX, FLOAT, System, balls, compiled

ELEMENTWISE = [
    name for name, function in FUNCTIONS.items() if function.slope is not None and name not in {"identity", "ones"}
]
SYSTEMS: dict[str, Callable[[], System]] = {
    "float": lambda: FLOAT,
    "complex": lambda: COMPLEX,
    "balls": balls,
    "complex balls": lambda: balls("complex"),
}


def real(value: Any) -> float:
    """The real part as a float."""
    return float(value.real) if isinstance(value, complex | flint.acb) else float(value)


@pytest.mark.parametrize("point", [Fraction(-7, 4), Fraction(1, 3), Fraction(5, 2)])
@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("name", ELEMENTWISE)
def test_every_function_is_sympys_in_every_system(name: str, system: str, point: Fraction) -> None:
    """At points on both sides of 0 (of 1 for log and sqrt)."""
    point = point**2 if name in {"log", "sqrt"} else point
    numbers = SYSTEMS[system]()
    ours = numbers.functions[name](numbers.exact(point))
    theirs = sympy.N(FUNCTIONS[name].sympy(sympy.Rational(point.numerator, point.denominator)), 30)  # type: ignore[misc]
    assert real(ours) == pytest.approx(float(theirs), rel=1e-14)


@pytest.mark.parametrize("name", [name for name in ELEMENTWISE if name not in {"relu", "step"}])
def test_the_complex_step_finds_every_slope(name: str) -> None:
    """Im f(x + ih)/h is f'(x), by the complex functions alone."""
    point, step = 0.8125, 1e-30
    slope = FUNCTIONS[name].slope
    assert slope is not None
    expected = compiled(slope(Var("z"), ex.Call(name, Var("z"))), FLOAT)({"z": point}, 0)
    assert COMPLEX.functions[name](complex(point, step)).imag / step == pytest.approx(expected, rel=1e-14)
    ball = balls("complex").functions[name](flint.acb(point, "1e-30")).imag * flint.arb("1e30")
    assert float(ball) == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize(
    ("name", "at", "value"), [("sigmoid", -800, 0.0), ("sigmoid", 800, 1.0), ("softplus", 800, 800.0)]
)
@pytest.mark.parametrize("system", ["float", "balls", "complex balls"])
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


def test_a_ball_around_zero_has_no_sign() -> None:
    """The relu of it is undecided: with more bits it may be told."""
    with pytest.raises(UndecidedError, match="too close to 0 to tell its sign"):
        balls().functions["relu"](flint.arb(0, 1e-30))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a + b*c", 23.0),
        ("a - b - c", -6.0),
        ("-a**2", -9.0),
        ("a/b/c", 3 / 5 / 4),
        ("(a + b)**-1", 1 / 8),
        ("c**(1/2)", 2.0),
        ("c**-1.5", 0.125),
        ("2*a", 6.0),
        ("h[t-1] + h[t] + h[t+1]", 111.0),
    ],
)
def test_expressions_run(text: str, value: float) -> None:
    """Every operator, and variables at their steps."""
    storage = {"a": 3.0, "b": 5.0, "c": 4.0, "h": {1: 1.0, 2: 10.0, 3: 100.0}}
    assert compiled(parse(text), FLOAT)(storage, 2) == pytest.approx(value)


def test_matrices_run() -> None:
    """W u, Wᵀ u, u v, u vᵀ and sums, as NumPy has them."""
    matrix, u, v = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), np.array([1.0, -1.0]), np.array([2.0, 0.5, 1.0])
    storage = {"W": matrix, "u": u, "v": v}
    cases = {
        ex.MatMul(Var("W"), Var("u")): matrix @ u,
        ex.MatMul(ex.Transpose(Var("W")), Var("v")): matrix.T @ v,
        ex.Dot(Var("u"), Var("u")): 2.0,
        ex.Outer(Var("v"), Var("u")): np.outer(v, u),
        ex.Total(Var("v")): 3.5,
    }
    for expr, expected in cases.items():
        assert apart(compiled(expr, FLOAT)(storage, 0), expected) == 0


def test_no_name_of_a_user_becomes_code() -> None:
    """A compiled equation sees no builtins, and names are looked up in the storage."""
    function = compiled(Var("__import__"), FLOAT)
    assert function({"__import__": 7}, 0) == 7
    with pytest.raises(KeyError):
        compiled(Var("print"), FLOAT)({}, 0)


@pytest.mark.parametrize(
    ("equation", "start", "message"),
    [
        ("1/h[t-1]", 0, r"h at step 1 has no value"),
        ("log(h[t-1])", 0, r"h at step 1 has no value"),
        ("log(h[t-1])", -1, r"h at step 1 has no value"),
        ("sqrt(h[t-1] - 1)", 0, r"h at step 1 has no value"),
        ("exp(exp(exp(exp(exp(h[t-1])))))", 9, r"h at step 1 has no value .* number too large"),
        ("sqrt(h[t-1])", 0, r"the (adjoint|derivative) .* has no value"),
    ],
)
def test_a_pole_is_said_where_it_is(equation: str, start: int, message: str) -> None:
    """At log 0, 1/0, the root of a negative number, an overflow, and √0, whose slope is infinite."""
    network = Network(
        name="pole.toml",
        equations={"h": f"w*({equation})", "l": "h[t]**2 + h[t]"},
        parameters=("w",),
        loss="l",
        initial={"h": start},
        trainable_initial=("h",),
        values={"w": 1},
    )
    with pytest.raises(ValuesError, match=rf"^pole\.toml: {message}"):
        derive(network, 1).evaluate()
