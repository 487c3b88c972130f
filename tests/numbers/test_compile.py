"""Compiled expressions: every operator runs, and nothing that a user writes is code."""

from __future__ import annotations

import numpy as np
import pytest
from samples import apart

from derive import Network, derive
from derive.equations import expression as ex
from derive.equations.expression import Var
from derive.equations.parse import parse
from derive.errors import ValuesError
from derive.numbers.compile import compiled
from derive.numbers.number_systems import FLOAT


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
