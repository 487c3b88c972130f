"""Sound input that is large or unusual: an answer, in seconds; no hang and no traceback."""

from __future__ import annotations

import random
from fractions import Fraction
from pathlib import Path

import pytest

from derive import Network, derive
from derive.errors import NetworkError
from derive.graph.unrolled import Node
from derive.limits import Limits
from derive.network.toml import from_toml

MOMENTUM = """
    parameters = ["eta", "mu"]
    inputs = ["x"]
    targets = ["yhat"]
    loss = "l"
    loss_at = "last"
    [equations]
    g = "w[t-1]*x[t] - yhat[t]"
    v = "mu*v[t-1] + g[t]"
    w = "w[t-1] - eta*v[t]"
    l = "(w[t] - yhat[t])**2/2"
    [initial]
    w = 0
    v = 0
    [values]
    eta = 0.1
    mu = 0.9
    x = 1
    yhat = 1
"""
CONTROL = """
    parameters = []
    inputs = ["u", "a", "b"]
    loss = "l"
    [equations]
    x = "a[t]*x[t-1] + b[t]*u[t]"
    l = "(x[t]**2 + 0.1*u[t]**2)/2"
    [initial]
    x = 1
    [values]
    a = 0.9
    b = 0.5
    u = { cycle = [-1, -0.5, -0.2] }
"""


def chain(length: int) -> Network:
    """So many equations, each put into the next."""
    equations = {"a0": f"tanh(w*x[t] + v*a{length - 1}[t-1])"}
    equations |= {f"a{place}": f"sin(a{place - 1}[t])" for place in range(1, length)}
    equations["l"] = f"a{length - 1}[t]**2"
    return Network(
        name="chain",
        equations=equations,
        parameters=("w", "v"),
        inputs=("x",),
        loss="l",
        initial={f"a{length - 1}": 0},
        values={"w": "0.5", "v": "0.5", "x": 1},
        limits=Limits(equations=length + 1, references=length + 4),
    )


def dense(size: int) -> Network:
    """An Elman network of so many units and inputs."""
    rng = random.Random(1)  # noqa: S311 - the same numbers in every run

    def matrix(rows: int, columns: int) -> list[list[Fraction]]:
        return [[Fraction(rng.randint(-64, 64), 640) for _ in range(columns)] for _ in range(rows)]

    return Network(
        name="dense",
        equations={
            "a": "W_x@x[t] + W_h@h[t-1]",
            "h": "tanh(a[t])",
            "y": "W_y@h[t]",
            "l": "sum((y[t] - yhat[t])**2)/2",
        },
        parameters=("W_x", "W_h", "W_y"),
        inputs=("x",),
        targets=("yhat",),
        loss="l",
        initial={"h": 0},
        shapes={"W_x": ("n", "d"), "W_h": ("n", "n"), "W_y": ("k", "n"), "x": ("d",), "a": ("n",), "h": ("n",)}
        | {"y": ("k",), "yhat": ("k",)},
        values={
            "W_x": matrix(size, size),
            "W_h": matrix(size, size),
            "W_y": matrix(3, size),
            "x": {"cycle": matrix(3, size)},
            "yhat": {"cycle": matrix(2, 3)},
        },
    )


@pytest.mark.parametrize("locale", ["en", "zh"])
def test_a_loss_that_is_far_too_long_is_not_written_out(locale: str, tmp_path: Path) -> None:
    """Momentum over 30 steps: L has 10¹⁴ symbols, which the handout says, and goes on."""
    lesson = derive(from_toml(MOMENTUM, "momentum", "momentum.toml"), 30)
    assert lesson.loss.size > 10**12
    files = lesson.report(tmp_path, formats=["md"], locale=locale)
    text = files[0].read_text(encoding="utf-8")
    assert ("more than a page holds" if locale == "en" else "一页写不下") in text


def test_a_path_over_hundreds_of_steps_of_vectors_is_printed(tmp_path: Path) -> None:
    """The formula of a path is written arc by arc, without a stack as deep as the path is long."""
    files = derive("elman-vector", 400).report(tmp_path, formats=["md"])
    assert files[0].stat().st_size > 10_000


@pytest.mark.slow
def test_balls_that_grow_in_a_check_get_more_bits() -> None:
    """The complex step of an LSTM over 500 steps needs more bits than the example."""
    assert all(check.passed is not False for check in derive("lstm", 500).checks())


def test_hundreds_of_equations_in_a_row_are_evaluated_and_checked() -> None:
    """Products of hundreds of factors are compiled flat, and SymPy is spared a loss that nests so deep."""
    lesson = derive(chain(400), 2)
    checks = {check.route: check.passed for check in lesson.checks()}
    assert checks["path sum"] is True
    assert checks["diff"] is None
    program = lesson.program()
    loss, _ = program(2, program.arguments(lesson.evaluate().values))
    assert loss == pytest.approx(float(lesson.evaluate().loss))


@pytest.mark.parametrize("count", [35, 45, 60])
def test_what_sympy_is_given_is_no_deeper_than_its_stack(count: int) -> None:
    """A loss that is short, but nests deeply, is no traceback: SymPy's derivative of it is left out, or found."""
    rules = {f"a{number}": f"w*a{number - 1}[t] + 1" for number in range(1, count)}
    network = Network(
        name="nested",
        equations={"a0": "x[t]", **rules, "l": f"a{count - 1}[t]**2"},
        parameters=("w",),
        inputs=("x",),
        loss="l",
    )
    checks = derive(network, 1).checks({"w": "0.5", "x": 1})
    assert all(check.passed is not False for check in checks)


@pytest.mark.slow
def test_a_thousand_equations_in_a_row_make_a_handout(tmp_path: Path) -> None:
    """Numbers beside the arrows of a picture so high find their places by looking at what is near."""
    assert derive(chain(1_000), 2).report(tmp_path, formats=["md"])


def test_a_network_of_many_units_is_checked_along_directions() -> None:
    """Thousands of weights are no thousands of complex steps."""
    checks = derive(dense(60), 3).checks()
    assert {check.route for check in checks if check.passed} >= {"path sum", "complex step"}
    assert not [check.route for check in checks if check.passed is False]


def test_a_network_without_parameters_has_numbers_but_no_handout(tmp_path: Path) -> None:
    """The derivative by a control is there, by hand u_T: 0.1 u_3 + 0.5 x_3; what a handout lacks is said."""
    lesson = derive(from_toml(CONTROL, "control", "control.toml"), 3)
    example = lesson.evaluate()
    x = 1.0
    for u in (-1, -0.5, -0.2):
        x = 0.9 * x + 0.5 * u
    assert float(example.adjoint(Node("u", 3))) == pytest.approx(0.5 * x - 0.02)
    assert not [check.route for check in lesson.checks() if check.passed is False]
    with pytest.raises(
        NetworkError, match=r"^control\.toml: there is nothing to take a gradient by, since no parameter"
    ):
        lesson.report(tmp_path, formats=["md"])
    assert list(tmp_path.iterdir()) == []
