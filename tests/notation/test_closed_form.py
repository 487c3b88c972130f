"""Closed forms in print, as one writes them by hand."""

from __future__ import annotations

import pytest

from derive.graph.rolled import Graph
from derive.network.network import Network
from derive.network.toml import load
from derive.notation.closed_form import closed_form
from derive.notation.express import Notation
from derive.notation.text import text
from derive.recurrence.recurrence import Recurrence


def printed(network: Network, name: str) -> str:
    """The right-hand side of the closed form of an adjoint, as text."""
    recurrence = Recurrence(Graph(network))
    form = recurrence.closed_form(name)
    assert form is not None
    return text(closed_form(Notation(network, recurrence.named), form))


@pytest.mark.parametrize(
    ("network", "name", "formula"),
    [
        ("elman", "h", "Σ_{s=t}^T (y_s − ŷ_s) w_y Π_{j=t+1}^s (1 − h_j²) w_h"),
        ("bidirectional", "g", "Σ_{s=1}^t (y_s − ŷ_s) v_y Π_{j=s}^{t−1} (1 − g_j²) v_g"),
        ("many-to-one", "h", "(p_T − ŷ_T) w_y Π_{j=t+1}^T (1 − h_j²) w_h"),
        ("elman-vector", "h", "Σ_{s=t}^T (Π_{j=t+1}^s W_hᵀ diag(1 − h_j²)) W_yᵀ (y_s − ŷ_s)"),
    ],
)
def test_closed_forms(network: str, name: str, formula: str) -> None:
    """Forwards, backwards in time, with the loss at the last step only, and with matrices, whose order is the path's."""
    assert printed(load(network), name) == formula


def test_a_transfer_of_several_ways_is_a_sum() -> None:
    """Where several ways lead from step to step the factor under the product is their sum, for matrices too."""
    scalar = Network(
        name="two",
        equations={"a": "w*h[t-1]", "h": "a[t] + u*h[t-1] + x[t]", "l": "h[t]**2/2"},
        parameters=("w", "u"),
        inputs=("x",),
        loss="l",
        initial={"h": 0},
    )
    assert printed(scalar, "h") == "Σ_{s=t}^T h_s Π_{j=t+1}^s (w + u)"
    vectors = Network(
        name="two",
        equations={"a": "W @ h[t-1]", "h": "a[t] + h[t-1] + x[t]", "l": "h[t] @ h[t]/2"},
        parameters=("W",),
        inputs=("x",),
        loss="l",
        initial={"h": 0},
        shapes={"W": ("n", "n"), "h": ("n",), "a": ("n",), "x": ("n",)},
    )
    assert printed(vectors, "h") == "Σ_{s=t}^T (Π_{j=t+1}^s (Wᵀ + I)) h_s"
