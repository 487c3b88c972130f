"""Networks as courses write them; their right values were found by other routes: the complex step in NumPy, or by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from samples import apart, flat, random_values

from derive import Network, derive
from derive.equations import expression as ex
from derive.equations.expression import Var
from derive.errors import NetworkError, ShapeError, ValuesError
from derive.network.toml import from_toml

BATCH = """
parameters = ["W", "U"]
inputs = ["X"]
loss = "l"
equations.H = "tanh(W@X[t] + U@H[t-1])"
equations.l = "sum(H[t]**2)/4"
initial.H = 0
shapes = { W = "n, d", U = "n, n", X = "d, k", H = "n, k" }
[values]
W = [[0.5, -0.3], [0.2, 0.7]]
U = [[0.4, -0.6], [0.3, 0.1]]
X = [[[1, 0], [0, 1]], [[1, 1], [0, -1]]]
"""
MASKS = """
parameters = ["W_x", "W_h", "V"]
inputs = ["x", "d", "m"]
targets = ["yhat"]
loss = "l"
broadcast = true
equations.n = "tanh(W_x@x[t] + W_h@(d[t]*h[t-1]/0.8))"
equations.h = "m[t]*n[t] + (1 - m[t])*h[t-1]"
equations.y = "V@h[t]"
equations.l = "m[t]*sum((y[t] - yhat[t])**2)/2"
initial.h = 0
shapes = { W_x = "n, d", W_h = "n, n", V = "q, n", x = "d", d = "n", n = "n", h = "n", y = "q", yhat = "q" }
[values]
W_x = [[0.5, -0.3], [0.2, 0.7]]
W_h = [[0.6, -0.2], [0.3, 0.5]]
V = [[1, -0.5]]
x = [[1, 0.3], [0.2, 1], [-0.5, 1], [0, 0]]
d = [[1, 1], [1, 0], [0, 1], [1, 1]]
m = [1, 1, 1, 0]
yhat = [[1], [0], [1], [0]]
"""


def test_a_batch_in_columns() -> None:
    """The mean over two sequences, each a column."""
    lesson = derive(from_toml(BATCH, "batch", "batch.toml"), 2)
    gradients = lesson.evaluate()
    expected = {
        "W": [0.6060948763, -0.273013348, -0.033147152, 0.3118274039],
        "U": [0.0464823603, 0.122032343, 0.1239873958, -0.081992641],
    }
    for name, right in expected.items():
        assert apart(gradients.gradient(lesson.gradients[name].target), right) < 1e-9, name


def test_masks_do_not_litter_products() -> None:
    """Factors that are numbers stand in front: no 2 in the middle, and 0.8 is no fraction in a fraction."""
    lesson = derive(from_toml(MASKS, "masks", "masks.toml"), 4)
    assert all(check.passed is not False for check in lesson.checks())
    (slope,) = [edge.partial for edge in lesson.graph.below["l"] if edge.tail == "y"]
    pulled = slope.pull(ex.ONE)
    assert pulled == ex.Mul((Var("m", 0), ex.Add((Var("y", 0), ex.Neg(Var("yhat", 0))))))


GATES = ("f", "i", "o", "g")


def apart_weights(given: dict[str, Any]) -> dict[str, Any]:
    """The values of a network with one weight per gate and input, from those of one with all joined."""
    n, d = len(given["h_0"]), len(given["x"][0])
    rows = {gate: slice(place * n, (place + 1) * n) for place, gate in enumerate(GATES)}
    found = {key: value for key, value in given.items() if key not in {"W", "b"}}
    for gate, where in rows.items():
        found[f"W_{gate}x"] = [row[:d] for row in given["W"][where]]
        found[f"W_{gate}h"] = [row[d:] for row in given["W"][where]]
        found[f"b_{gate}"] = given["b"][where]
    return found


def lstm(gates: dict[str, str], shapes: dict[str, str]) -> Network:
    """An LSTM whose gates are these, without an output of its own."""
    equations = gates | {"c": "f[t]*c[t-1] + i[t]*g[t]", "h": "o[t]*tanh(c[t])", "l": "sum((h[t] - y[t])**2)/2"}
    sizes = dict.fromkeys((*GATES, "c", "h", "y"), "n") | {"x": "d"} | shapes
    return Network(
        name="lstm",
        equations=equations,
        parameters=tuple(name for name in shapes if name[0] in "Wb"),
        inputs=("x",),
        targets=("y",),
        loss="l",
        initial={"h": 0, "c": 0},
        trainable_initial=("h", "c"),
        shapes=sizes,
    )


@pytest.mark.parametrize("steps", range(1, 7))
def test_joined_weights_have_the_gradients_of_the_weights_side_by_side(steps: int) -> None:
    """One product cut in four is four gates, each with a weight for the input and one for the state: the trick it replaces."""
    bounds = dict(zip(GATES, ("0:n", "n:2*n", "2*n:3*n", "3*n:"), strict=True))
    joined = lstm(
        {"z": "W@concat(x[t], h[t-1]) + b"}
        | {g: f"{'tanh' if g == 'g' else 'sigmoid'}(z[t][{bounds[g]}])" for g in GATES},
        {"W": "4n, d+n", "b": "4n", "z": "4n"},
    )
    separate = lstm(
        {g: f"{'tanh' if g == 'g' else 'sigmoid'}(W_{g}x@x[t] + W_{g}h@h[t-1] + b_{g})" for g in GATES},
        {f"W_{g}x": "n, d" for g in GATES} | {f"W_{g}h": "n, n" for g in GATES} | {f"b_{g}": "n" for g in GATES},
    )
    given = random_values(joined, steps, steps, {"n": 2, "d": 3})
    one, other = derive(joined, steps), derive(separate, steps)
    ours, theirs = one.evaluate(given), other.evaluate(apart_weights(given))
    whole = ours.gradient(one.gradients["W"].target)
    expected = [
        entry
        for gate in GATES
        for row in zip(
            theirs.gradient(other.gradients[f"W_{gate}x"].target),
            theirs.gradient(other.gradients[f"W_{gate}h"].target),
            strict=True,
        )
        for entry in flat([list(part) for part in row])
    ]
    assert apart(whole, expected) < 1e-12


def classifier(**declared: Any) -> Network:
    """A classifier with a softmax, as Karpathy writes it."""
    return Network(
        name="classifier",
        equations={
            "h": "tanh(Wxh@x[t] + Whh@h[t-1])",
            "y": "Why@h[t]",
            "p": "softmax(y[t])",
            "loss": "-k[t]@log(p[t])",
        },
        parameters=("Wxh", "Whh", "Why"),
        inputs=("x",),
        targets=("k",),
        loss="loss",
        initial={"h": 0},
        shapes={"Wxh": "n, v", "Whh": "n, n", "Why": "v, n", "x": "v", "k": "v", "h": "n", "y": "v", "p": "v"},
        **declared,
    )


@pytest.mark.parametrize("loss", ["-k[t]@log(p[t])", "cross_entropy(y[t], k[t])"])
def test_where_targets_add_up_to_one_the_derivative_is_p_minus_the_target(loss: str) -> None:
    """A declaration says so; without it the factor that it is about stays."""
    general = classifier()
    general = replace(general, equations={**general.equations, "loss": loss})
    declared = replace(general, distributions=("k",))
    lesson = derive(declared, 3)
    assert "sum" not in str(lesson.rules["h"].expression)
    difference = ex.Add((Var("p", 0), ex.Neg(Var("k", 0))))
    assert difference in parts(lesson.rules["h"].expression)
    assert difference not in parts(derive(general, 3).rules["h"].expression)
    given = random_values(declared, 3, 1)
    assert all(check.passed is not False for check in lesson.checks(given))
    ours, theirs = lesson.evaluate(given), derive(general, 3).evaluate(given)
    for gradient in lesson.gradients.values():
        assert apart(ours.gradient(gradient.target), theirs.gradient(gradient.target)) < 1e-12


def parts(expr: ex.Expr) -> list[ex.Expr]:
    """An expression and all that it is made of."""
    return [expr, *(inner for child in ex.children(expr) for inner in parts(child))]


def test_what_is_no_distribution_is_refused() -> None:
    """Values that do not add up to 1, what is no datum, what is no vector."""
    declared = classifier(distributions=("k",))
    given = random_values(declared, 2, 1, {"n": 2, "v": 3})
    given["k"] = [[0.5, 0.25, 0.25], [1, 0, 1]]
    with pytest.raises(ValuesError, match="k is declared as a distribution, but its components at step 2 add up to 2"):
        derive(declared, 2).evaluate(given)
    with pytest.raises(NetworkError, match="distributions names p, which is no input or target; known are x, k"):
        classifier(distributions=("p",))
    with pytest.raises(ShapeError, match="a distribution is a vector"):
        Network(
            name="scalar",
            equations={"l": "w*x[t]"},
            parameters=("w",),
            inputs=("x",),
            loss="l",
            distributions=("x",),
        )


AS_WRITTEN = {
    "an LSTM cell with concatenate((a_prev, xt)), a column per sample": (
        {
            "f": "sigmoid(Wf@concat(a[t-1], x[t], axis=0) + bf)",
            "i": "sigmoid(Wi@concat(a[t-1], x[t]) + bi)",
            "cc": "tanh(Wc@concat(a[t-1], x[t]) + bc)",
            "c": "f[t]*c[t-1] + i[t]*cc[t]",
            "o": "sigmoid(Wo@concat(a[t-1], x[t]) + bo)",
            "a": "o[t]*tanh(c[t])",
            "y": "Wy@a[t] + by",
            "l": "sum((y[t] - Y[t])**2)/2",
        },
        {"x": "n_x, m", **dict.fromkeys(("f", "i", "cc", "c", "o", "a"), "n_a, m"), "y": "n_y, m", "Y": "n_y, m"}
        | dict.fromkeys(("Wf", "Wi", "Wc", "Wo"), "n_a, n_a + n_x")
        | dict.fromkeys(("bf", "bi", "bc", "bo"), "n_a, 1")
        | {"Wy": "n_y, n_a", "by": "n_y, 1"},
    ),
    "an LSTM cut by A[:, :H], A[:, H:2*H], a row per sample": (
        {
            "A": "x[t]@Wx + h[t-1]@Wh + b",
            "f": "sigmoid(A[t][:, :H])",
            "g": "tanh(A[t][:, H:2*H])",
            "i": "sigmoid(A[t][:, 2*H:3*H])",
            "o": "sigmoid(A[t][:, 3*H:])",
            "c": "f[t]*c[t-1] + g[t]*i[t]",
            "h": "o[t]*tanh(c[t])",
            "l": "sum((h[t] - Y[t])**2)/2",
        },
        {"x": "N, D", "A": "N, 4*H", **dict.fromkeys(("f", "g", "i", "o", "c", "h", "Y"), "N, H")}
        | {"Wx": "D, 4*H", "Wh": "H, 4*H", "b": "4*H"},
    ),
    "an LSTM with concat([x, h], axis=1) times one weight, split in i, j, f, o": (
        {
            "gate": "concat([x[t], h[t-1]], axis=1)@W + B",
            "c": "sigmoid(gate[t][:, 0:n])*tanh(gate[t][:, n:2*n]) + c[t-1]*sigmoid(gate[t][:, 2*n:3*n])",
            "h": "tanh(c[t])*sigmoid(gate[t][:, 3*n:4*n])",
            "l": "mean((h[t] - Y[t])**2)",
        },
        {"x": "k, d", "gate": "k, 4n", "c": "k, n", "h": "k, n", "Y": "k, n", "W": "d+n, 4n", "B": "4n"},
    ),
    "torch.cat((input, hidden), 1) into two layers, the second a classifier": (
        {
            "h": "concat((x[t], h[t-1]))@i2h + b_h",
            "out": "log_softmax(concat((x[t], h[t-1]))@i2o + b_o)",
            "l": "-Y[t]@out[t]",
        },
        {"x": "d", "h": "n", "out": "q", "Y": "q", "i2h": "d+n, n", "i2o": "d+n, q", "b_h": "n", "b_o": "q"},
    ),
    "the two joined once more, torch.cat((hidden, output), 1)": (
        {
            "h": "i2h@concat(x[t], h[t-1])",
            "out": "i2o@concat(x[t], h[t-1])",
            "y": "o2o@concat(h[t], out[t])",
            "l": "cross_entropy(y[t], Y[t])",
        },
        {"x": "d", "h": "n", "out": "q", "y": "q", "Y": "q", "i2h": "n, d+n", "i2o": "q, d+n", "o2o": "q, n+q"},
    ),
    "a gate on the state before it is joined": (
        {
            "f": "sigmoid(Wf@concat(a[t-1], x[t]) + bf)",
            "c": "tanh(Wa@concat(f[t]*a[t-1], x[t]) + ba)",
            "a": "(1 - f[t])*a[t-1] + f[t]*c[t]",
            "l": "sum((a[t] - Y[t])**2)/2",
        },
        {"x": "d", "f": "n", "c": "n", "a": "n", "Y": "n", "Wf": "n, n+d", "Wa": "n, n+d", "bf": "n", "ba": "n"},
    ),
    "the gradients of Luong's attentional layer, W_c joined to context and state": (
        {
            "h": "tanh(U@concat(x[t], z[t-1]))",
            "z": "tanh(W_c@concat(x[t], h[t]))",
            "l": "cross_entropy(W_s@z[t], Y[t])",
        },
        {"x": "d", "h": "n", "z": "n", "Y": "q", "U": "n, d+n", "W_c": "n, d+n", "W_s": "q, n"},
    ),
}


@pytest.mark.parametrize("name", AS_WRITTEN)
def test_code_of_courses_and_libraries_can_be_said_as_it_stands(name: str) -> None:
    """NumPy's and PyTorch's words for joining and cutting; every check agrees."""
    equations, shapes = AS_WRITTEN[name]
    network = Network(
        name="as-written",
        equations=equations,
        parameters=tuple(key for key in shapes if key not in equations and key not in {"x", "Y"}),
        inputs=("x",),
        targets=("Y",),
        loss="l",
        initial={key: 0 for key in equations if any(f"{key}[t-1]" in text for text in equations.values())},
        shapes=shapes,
    )
    found = derive(network, 2).checks(random_values(network, 2, 1, {"D": 2, "N": 3, "H": 2}))
    assert {check.route for check in found if check.passed} >= {"arrows", "same paths", "series", "complex step"}
    assert not [check.route for check in found if check.passed is False]
