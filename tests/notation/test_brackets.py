"""Expressions of a network as formulas: what would be misread is bracketed."""

from __future__ import annotations

import pytest

from derive import Network
from derive.notation.express import Notation
from derive.notation.text import text

SHAPES = {"W": ("n", "n"), "h": ("n",), "p": ("n",), "q": ("n",)}


def printed(equation: str) -> str:
    """The right-hand side of a vector equation as plain text."""
    equations = {"h": equation, "l": "h[t]@h[t]/2", "idle": "sum(W@h[t-1] + p*q)"}
    network = Network("n", equations, ("W", "p", "q"), "l", initial={"h": 0}, shapes=SHAPES, broadcast=True)
    return text(Notation(network).formula(network.rules["h"]))


@pytest.mark.parametrize(
    ("equation", "formula"),
    [
        ("p*q - (p@q)*p", "p ⊙ q − (pᵀ q) p"),
        ("sum(p)*h[t-1]", "(𝟏ᵀ p) h_{t−1}"),
        ("-sum(p)*q", "−(𝟏ᵀ p) q"),
        ("sum(p*q)*q", "(pᵀ q) q"),
        ("(p@q)*sum(p)*q", "(pᵀ q) (𝟏ᵀ p) q"),
        ("sum(p**2)*q", "‖p‖² q"),
        ("2*q", "2 q"),
        ("W@q", "W q"),
    ],
)
def test_an_inner_product_in_front_of_a_vector_is_bracketed(equation: str, formula: str) -> None:
    """(pᵀq) p: without brackets it could be read as pᵀ (q p). Where nothing can be misread there are none."""
    assert printed(equation) == formula
