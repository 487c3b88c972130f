"""SymPy expressions as numbers."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
import sympy
from networks import derivation

from derive.checks.sympy_values import sympy_value
from derive.network.network import Network
from derive.numbers.example import precision
from derive.numbers.number_systems import balls

x, y = sympy.symbols("x y")


@pytest.mark.parametrize(
    ("expression", "number"),
    [
        (x + y / 3 - 2, 0.5 + 1 / 3 - 2),
        (x**3 * y, 0.125),
        (sympy.sqrt(2) * x, math.sqrt(2) / 2),
        (sympy.exp(1) ** x, math.exp(0.5)),
        (sympy.tanh(x) * sympy.sin(y) + sympy.log(x), math.tanh(0.5) * math.sin(1) + math.log(0.5)),
        (sympy.Abs(x - y) * sympy.sign(x - y), -0.5),
        (x ** (y / 2), math.sqrt(0.5)),
        (sympy.Rational(22, 7), 22 / 7),
    ],
)
def test_values(expression: sympy.Expr, number: float) -> None:
    """Sums, products, powers, functions and constants have their values."""
    system = balls()
    with precision(128):
        given = {x: system.exact(Fraction(1, 2)), y: system.exact(Fraction(1))}
        assert float(sympy_value(expression, given, system).mid()) == pytest.approx(number)


def test_roots_and_exponentials_of_numbers_are_evaluated() -> None:
    """√2, e and |x| come up when SymPy simplifies; they have their values."""
    network = Network(
        name="constants",
        equations={"h": "sqrt(2)*exp(1)*sqrt(w**2*x[t]**4) + exp(2*log(w)) + (w**(1/2))**(1/2)", "l": "h[t]"},
        parameters=("w",),
        inputs=("x",),
        loss="l",
        values={"w": 3, "x": 2},
    )
    check = next(check for check in derivation(network, 1).checks() if check.route == "diff")
    assert check.passed
    assert math.isfinite(check.distance or 0)


def test_expressions_deeper_than_the_stack() -> None:
    """A sum nested thousands of times is evaluated without recursion of ours."""
    expression = x
    for _ in range(300):
        expression = sympy.Add(sympy.Mul(expression, 1, evaluate=False), y, evaluate=False)
    system = balls()
    with precision(128):
        given = {x: system.exact(Fraction(1)), y: system.exact(Fraction(2))}
        assert float(sympy_value(expression, given, system).mid()) == 601
