"""Expressions as formulas: functions by their sign."""

from __future__ import annotations

from dataclasses import replace

import pytest

from derive import load
from derive.equations.expression import Call, Var
from derive.equations.functions import FUNCTIONS
from derive.network import Network
from derive.notation.express import Notation
from derive.notation.formula import Apply, Symbol

OF_A_SHAPE_OF_THEIR_OWN = {"exp", "sqrt", "step", "ones", "abs", "within", "pi", "components"}


@pytest.mark.parametrize("name", sorted(FUNCTIONS.keys() - OF_A_SHAPE_OF_THEIR_OWN))
def test_a_function_is_printed_by_the_sign_of_its_row(name: str) -> None:
    """Its name for most."""
    formula = Notation(load("elman")).formula(Call(name, Var("h", 0)))
    assert isinstance(formula, Apply)
    assert formula.function == FUNCTIONS[name].sign


@pytest.mark.parametrize(
    ("name", "sign"), [("sigmoid", "σ"), ("relu", "ReLU"), ("tanh", "tanh"), ("softmax", "softmax")]
)
def test_signs_are_those_of_books(name: str, sign: str) -> None:
    """σ, ReLU, tanh."""
    assert FUNCTIONS[name].sign == sign


@pytest.mark.parametrize("name", ["delta", "delta_1"])
def test_an_adjoint_is_no_name_of_the_network(name: str) -> None:
    """δ_t of the author is not dL/dh_t, nor is δ_1: where a network has a δ, adjoints are called λ, and ψ if it has both."""
    network = Network(
        name="error",
        equations={"h": "tanh(w*x[t] + h[t-1])", name: "h[t] - y[t]", "l": f"{name}[t]**2"},
        parameters=("w",),
        inputs=("x", "y"),
        loss="l",
        initial={"h": 0},
    )
    known = replace(
        network, equations={"h": f"tanh({name}*x[t] + h[t-1])", "l": "(h[t] - y[t])**2"}, parameters=(name,)
    )
    decayed = replace(network, penalty="lambda*w**2", constants=("lambda",))
    for of, letter in ((network, "λ"), (known, "λ"), (decayed, "ψ"), (load("elman"), "δ")):
        assert Notation(of, ("h",)).adjoint("h", Symbol("t")) == Symbol(letter, subs=(Symbol("t"),))
