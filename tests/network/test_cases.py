"""Networks on which `derive` once fell short, as people wrote them; what is right was found without it.

Each has its forward pass in NumPy beside it; every gradient is held against the complex step through that (Squire & Trapp,
Using complex variables to estimate derivatives of real functions, 1998).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
import sympy
from samples import apart

from derive import Network, derive
from derive.errors import EquationError

Arrays = Mapping[str, Any]
STEPS = 3
TINY = 1e-30


def softmax(z: Any) -> Any:
    """e^z/Σe^z."""
    return np.exp(z) / np.exp(z).sum()


def linear_attention(p: Arrays) -> Any:
    """A memory of outer products v kᵀ, read by q."""
    memory, total = 0, 0
    for x, yhat in zip(p["x"], p["yhat"], strict=True):
        memory = memory + np.outer(p["W_v"] @ x, p["W_k"] @ x)
        total = total + ((memory @ (p["W_q"] @ x) - yhat) ** 2).sum() / 2
    return total


def batch(p: Arrays) -> Any:
    """A column of each matrix is a sequence."""
    state, total = np.zeros((2, 3)), 0
    for x, y in zip(p["X"], p["Y"], strict=True):
        state = np.tanh(p["W_x"] @ x + p["W_h"] @ state)
        total = total + ((p["V"] @ state - y) ** 2).sum() / 2
    return total


def karpathy(p: Arrays) -> Any:
    """The loss of min-char-rnn."""
    h, total = np.zeros(3), 0
    for x, k in zip(p["x"], p["k"], strict=True):
        h = np.tanh(p["Wxh"] @ x + p["Whh"] @ h + p["bh"])
        total = total - k @ np.log(softmax(p["Why"] @ h + p["by"]))
    return total


def d2l(p: Arrays) -> Any:
    """The mean over T steps, without an activation."""
    h, total = np.zeros(2), 0
    for x, y in zip(p["x"], p["y"], strict=True):
        h = p["W_hx"] @ x + p["W_hh"] @ h
        total = total + ((p["W_qh"] @ h - y) ** 2).sum() / 2 / STEPS
    return total


def echo_state(p: Arrays) -> Any:
    """A reservoir that is not learned, with leaky units."""
    x, total = np.zeros(2), 0
    for u, y in zip(p["u"], p["y"], strict=True):
        x = 0.7 * x + 0.3 * np.tanh(p["Win"] @ u + p["W"] @ x)
        total = total + ((p["Wout"] @ x - y) ** 2).sum() / 2
    return total


def two_losses(p: Arrays) -> Any:
    """A squared error, and the cross-entropy of a probability."""
    h, total = p["h_0"], 0
    for x, yhat, zhat in zip(p["x"], p["yhat"], p["zhat"], strict=True):
        h = np.tanh(p["w_x"] * x + p["w_h"] * h)
        z = 1 / (1 + np.exp(-p["w_z"] * h))
        total = total + (p["w_y"] * h - yhat) ** 2 / 2 - zhat * np.log(z) - (1 - zhat) * np.log(1 - z)
    return total


def unrolled_sgd(p: Arrays) -> Any:
    """The state is a weight that is learned with momentum; the learning rate is what is learned here."""
    w, v, total = p["w_0"], 0, 0
    for x, yhat in zip(p["x"], p["yhat"], strict=True):
        v = p["mu"] * v + (w * x - yhat) * x
        w = w - p["eta"] * v
        total = (w * x - yhat) ** 2 / 2
    return total


def control(p: Arrays) -> Any:
    """Linear dynamics, a quadratic cost; nothing is learned, and the derivative by the controls is wanted."""
    x, total = 1, 0
    for u in p["u"]:
        x = 0.9 * x + 0.5 * u
        total = total + (x**2 + 0.1 * u**2) / 2
    return total


CASES: Mapping[str, tuple[Callable[[Arrays], Any], dict[str, Any]]] = {
    "linear attention": (
        linear_attention,
        {
            "equations": {
                "k": "W_k@x[t]",
                "v": "W_v@x[t]",
                "q": "W_q@x[t]",
                "S": "S[t-1] + v[t]@k[t].T",
                "o": "S[t]@q[t]",
                "l": "sum((o[t] - yhat[t])**2)/2",
            },
            "inputs": ("x",),
            "targets": ("yhat",),
            "initial": {"S": 0},
            "shapes": dict.fromkeys(("W_k", "W_v", "W_q"), "n, d")
            | dict.fromkeys(("k", "v", "q", "o", "yhat"), "n")
            | {"S": "n, n", "x": "d"},
            "values": {
                "W_k": [[0.5, -0.3], [0.2, 0.7]],
                "W_v": [[0.4, -0.6], [0.3, 0.1]],
                "W_q": [[1, 0.2], [-0.5, 0.3]],
                "x": [[1, 0], [0, 1], [1, 1]],
                "yhat": [[1, 0], [0, 1], [1, 0]],
            },
        },
    ),
    "a batch in columns": (
        batch,
        {
            "equations": {
                "H": "tanh(W_x@X[t] + W_h@H[t-1])",
                "O": "V@H[t]",
                "l": "sum((O[t] - Y[t])**2)/2",
            },
            "inputs": ("X",),
            "targets": ("Y",),
            "initial": {"H": 0},
            "shapes": {"W_x": "n, d", "W_h": "n, n", "V": "q, n", "X": "d, b", "H": "n, b", "O": "q, b", "Y": "q, b"},
            "values": {
                "W_x": [[0.5, -0.3], [0.2, 0.7]],
                "W_h": [[0.6, -0.2], [0.3, 0.5]],
                "V": [[1, -0.5]],
                "X": [[[1, 0, 1], [0, 1, -1]], [[0.5, 1, 0], [1, 1, 0]], [[0, -1, 1], [1, 0, 0.25]]],
                "Y": [[[1, 0, 1]], [[0, 1, 0]], [[0.5, 0, 1]]],
            },
        },
    ),
    "Karpathy": (
        karpathy,
        {
            "equations": {
                "h": "tanh(Wxh@x[t] + Whh@h[t-1] + bh)",
                "y": "Why@h[t] + by",
                "p": "softmax(y[t])",
                "l": "-k[t]@log(p[t])",
            },
            "inputs": ("x",),
            "targets": ("k",),
            "initial": {"h": 0},
            "shapes": {"Wxh": "n, v", "Whh": "n, n", "Why": "v, n", "bh": "n", "by": "v", "x": "v", "k": "v"}
            | {"h": "n", "y": "v", "p": "v"},
            "values": {
                "Wxh": [[0.5, -0.3, 0.8, 0.1], [0.2, 0.7, -0.4, 0.3], [0.1, 0.2, 0.3, -0.4]],
                "Whh": [[0.6, -0.2, 0.1], [0.3, 0.5, 0.2], [0, 0.1, -0.3]],
                "bh": [0.1, -0.1, 0],
                "Why": [[1, -0.5, 0.2], [0.4, 0.9, 0.1], [-0.7, 0.2, 0.3], [0.1, 0.1, 0.5]],
                "by": [0, 0.1, -0.1, 0],
                "x": [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]],
                "k": [[0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 1, 0]],
            },
        },
    ),
    "d2l": (
        d2l,
        {
            "equations": {
                "h": "W_hx@x[t] + W_hh@h[t-1]",
                "o": "W_qh@h[t]",
                "l": "sum((o[t] - y[t])**2)/2/T",
            },
            "inputs": ("x",),
            "targets": ("y",),
            "initial": {"h": 0},
            "shapes": {"W_hx": "h, d", "W_hh": "h, h", "W_qh": "q, h", "x": "d", "h": "h", "o": "q", "y": "q"},
            "values": {
                "W_hx": [[0.5, -0.3, 0.8], [0.2, 0.7, -0.4]],
                "W_hh": [[0.6, -0.2], [0.3, 0.5]],
                "W_qh": [[1, -0.5], [0.4, 0.9]],
                "x": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
                "y": [[1, 0], [0, 1], [1, 0]],
            },
        },
    ),
    "an echo state network": (
        echo_state,
        {
            "equations": {
                "x": "0.7*x[t-1] + 0.3*tanh(Win@u[t] + W@x[t-1])",
                "o": "Wout@x[t]",
                "l": "sum((o[t] - y[t])**2)/2",
            },
            "constants": ("W", "Win"),
            "inputs": ("u",),
            "targets": ("y",),
            "initial": {"x": 0},
            "shapes": {"W": "n, n", "Win": "n, d", "Wout": "q, n", "u": "d", "x": "n", "o": "q", "y": "q"},
            "values": {
                "W": [[0.5, -0.3], [0.2, 0.7]],
                "Win": [[1, 0.5], [-0.5, 0.3]],
                "Wout": [[1, -0.5]],
                "u": [[1, 0.3], [0.2, 1], [-0.5, 1]],
                "y": [[1], [0], [1]],
            },
        },
    ),
    "two losses": (
        two_losses,
        {
            "equations": {
                "h": "tanh(w_x*x[t] + w_h*h[t-1])",
                "y": "w_y*h[t]",
                "z": "sigmoid(w_z*h[t])",
                "l": "(y[t] - yhat[t])**2/2",
                "m": "-zhat[t]*log(z[t]) - (1 - zhat[t])*log(1 - z[t])",
            },
            "loss": ("l", "m"),
            "inputs": ("x",),
            "targets": ("yhat", "zhat"),
            "initial": {"h": 0},
            "trainable_initial": ("h",),
            "values": {"w_x": 0.8, "w_h": 0.5, "w_y": 1.5, "w_z": 1, "h_0": 0.25}
            | {"x": [1, 0, -1], "yhat": [0.5, 1, 0.5], "zhat": [0, 1, 0]},
        },
    ),
    "unrolled gradient descent": (
        unrolled_sgd,
        {
            "equations": {
                "g": "(w[t-1]*x[t] - yhat[t])*x[t]",
                "v": "mu*v[t-1] + g[t]",
                "w": "w[t-1] - eta*v[t]",
                "l": "(w[t]*x[t] - yhat[t])**2/2",
            },
            "loss_at": "last",
            "inputs": ("x",),
            "targets": ("yhat",),
            "initial": {"w": 0, "v": 0},
            "trainable_initial": ("w",),
            "values": {"eta": 0.1, "mu": 0.9, "w_0": 0.5, "x": [1, 2, -1], "yhat": [0.5, 1, 0.5]},
        },
    ),
}


def complex_step(loss: Callable[[Arrays], Any], values: Arrays, name: str) -> Any:
    """The derivative of a loss by each component of one of its arguments."""
    given = {key: np.array(value, dtype=complex) for key, value in values.items()}
    found = np.zeros(given[name].shape)
    for place in np.ndindex(found.shape):
        moved = given[name].copy()
        moved[place] += 1j * TINY
        found[place] = loss({**given, name: moved}).imag / TINY
    return found


@pytest.mark.parametrize("name", CASES)
def test_gradients_are_those_of_the_complex_step_through_numpy(name: str) -> None:
    """Every parameter and learned initial state, to 12 digits; no check of our own disagrees."""
    loss, told = CASES[name]
    known = (*told["equations"], *told.get("constants", ()), *told["inputs"], *told["targets"])
    learned = tuple(key for key in told["values"] if key not in known and not key.endswith("_0"))
    network = Network(name="case", parameters=learned, **{"loss": "l", **told})
    lesson = derive(network, STEPS)
    evaluation = lesson.evaluate()
    for label, gradient in lesson.single_gradients.items():
        theirs = complex_step(loss, told["values"], label)
        assert apart(evaluation.gradient(gradient.target), theirs) < 1e-12, label
    assert not [check.route for check in lesson.checks() if check.passed is False]


def test_optimal_control_has_no_parameters() -> None:
    """The derivative by the controls, at every step."""
    network = Network(
        name="control",
        equations={"x": "a[t]*x[t-1] + b[t]*u[t]", "l": "(x[t]**2 + 0.1*u[t]**2)/2"},
        parameters=(),
        inputs=("u", "a", "b"),
        loss="l",
        by=("u",),
        initial={"x": 1},
        values={"a": 0.9, "b": 0.5, "u": [-1, -0.5, -0.2]},
    )
    lesson = derive(network, STEPS)
    ours = [lesson.evaluate().gradient(lesson.gradients["u"].at(step).target) for step in (1, 2, 3)]
    for one, other in zip(ours, complex_step(control, {"u": [-1, -0.5, -0.2]}, "u"), strict=True):
        assert abs(float(one.mid()) - other) < 1e-12


def test_values_from_numpy_are_taken_by_their_shortest_decimals() -> None:
    """An array, and a float: the ready-made values with w_h = 0.5 and x = 1, 0, −1."""
    lesson = derive("elman", 3)
    evaluation = lesson.evaluate({"x": np.array([1.0, 0.0, -1.0]), "w_h": 0.5})
    for label, expected in {"w_x": 0.720334, "w_h": -0.014982, "w_y": 1.166555}.items():
        found = evaluation.gradient(lesson.single_gradients[label].target)
        assert abs(float(found.mid()) - expected) < 1e-6


def test_sequences_of_sympy_by_indices() -> None:
    """IndexedBase with an Idx, as SymPy writes a sequence: h_t = tanh(w x_t + h_{t−1})."""
    t = sympy.Idx("t")
    h, x, w = sympy.IndexedBase("h"), sympy.IndexedBase("x"), sympy.Symbol("w")
    network = Network(
        name="indexed",
        equations={"h": sympy.tanh(w * x[t] + h[t - 1]), "l": h[t] ** 2 / 2},
        parameters=("w",),
        inputs=("x",),
        loss="l",
        initial={"h": 0},
        values={"w": "0.5", "x": 1},
    )
    lesson = derive(network, 3)
    found = lesson.evaluate().gradient(lesson.single_gradients["w"].target)
    assert abs(float(found.mid()) - 1.3850006307) < 1e-10


def test_what_a_library_left_out_is_the_paths_with_a_lag() -> None:
    """A library said 3 and 38 of a linear unit: what the paths of lag 0 alone add up to. By hand it is 11 and 66."""
    network = Network(
        name="linear",
        equations={"h": "w_i*x[t] + w_h*h[t-1] + b", "l": "h[t]"},
        parameters=("w_i", "w_h", "b"),
        inputs=("x",),
        loss="l",
        loss_at="last",
        initial={"h": 7},
        trainable_initial=("h",),
        values={"w_i": 5, "w_h": 4, "b": 0, "x": [2, 3]},
    )
    lesson = derive(network, 2)
    evaluation = lesson.evaluate()
    found = {
        label: float(evaluation.gradient(gradient.target).mid()) for label, gradient in lesson.single_gradients.items()
    }
    assert found == {"w_i": 11, "w_h": 66, "b": 5, "h_0": 16}
    for name, theirs in {"w_i": 3, "w_h": 38}.items():
        paths = [path for path in lesson.paths(name) if path.loss_step == path.use_step]
        assert sum(float(evaluation.product(path).mid()) for path in paths) == theirs


def test_a_matrix_that_is_declared_as_an_input_and_stands_bare_is_told_of_constants() -> None:
    """A reservoir's weights are the same at every step, and not learned."""
    with pytest.raises(EquationError, match=r"Win needs a step; write Win\[t\] .* or declare it under constants"):
        Network(
            name="reservoir",
            equations={"x": "tanh(Win@u[t])", "l": "sum(x[t])"},
            parameters=(),
            inputs=("u", "Win"),
            by=("u",),
            loss="l",
            shapes={"Win": "n, d", "u": "d", "x": "n"},
        )
