"""Expressions as formulas: functions by their sign."""

from __future__ import annotations

import pytest

from derive import load
from derive.equations.expression import Call, Var
from derive.equations.functions import FUNCTIONS
from derive.notation.express import Notation
from derive.notation.formula import Apply

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
