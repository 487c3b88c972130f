"""Networks that call each function, for tests that put them to the same question."""

from __future__ import annotations

from collections.abc import Mapping

from derive import Network

OWN: Mapping[str, Mapping[str, str]] = {
    "spike": {"of": "z", "value": "step(z)", "slope": "1/(1 + abs(z))**2"},
    "bump": {"of": "u", "value": "exp(-u**2)*silu(u)"},
}
"""A function with a rule in place of its slope, and one whose derivative follows."""
OF_A_NUMBER = (
    "abs({a})",
    "sign({a})*{a}",
    "maximum({a}, x[t])",
    "minimum({a}, 0.25)",
    "clip({a}, -0.25, w)",
    "leaky_relu({a})",
    "leaky_relu({a}, v)",
    "elu({a})",
    "silu({a})",
    "gelu({a})",
    "hard_sigmoid(2*{a})",
    "hard_tanh(2*{a})",
    "softsign({a})",
    "erf({a})",
    "sin(pi*{a})",
    "spike({a})",
    "bump({a})",
    "tanh({a} + stop_gradient(v*{a})**2)",
    "spike({a} - stop_gradient(h[t-1]))",
)
"""What h may be; {a} stands for what goes into it."""
OF_A_VECTOR = (
    "log_softmax({a})",
    "clip({a}, -0.25, 0.5)",
    "maximum({a}, b)",
    "softsign({a})*mean({a}**2)",
    "leaky_relu({a}, 0.125) - stop_gradient({a})",
    "spike({a})*gelu({a})",
)
LOSSES = (
    "cross_entropy(y[t], q[t])",
    "-q[t]@log(p[t])",
    "-q[t]@log_softmax(y[t])",
    "mean((y[t] - q[t])**2)",
    "sum(abs(y[t] - q[t])) + cross_entropy(p[t], stop_gradient(y[t]))",
)


def scalar(activation: str) -> Network:
    """A unit that calls a function, with an output."""
    return Network(
        name="scalar",
        equations={
            "a": "w*x[t] + u*h[t-1]",
            "h": activation.replace("{a}", "a[t]"),
            "l": "(v*h[t] - q[t])**2/2 + a[t]**2/4",
        },
        parameters=("w", "u", "v"),
        inputs=("x",),
        targets=("q",),
        loss="l",
        initial={"h": 0},
        trainable_initial=("h",),
        functions=OWN,
    )


def vector(activation: str, loss: str = LOSSES[0]) -> Network:
    """A layer that calls a function, with a loss over a vector; some of what it has may not be used."""
    equations = {
        "h": activation.replace("{a}", "(W@x[t] + U@h[t-1] + b)"),
        "y": "V@h[t]",
        "p": "softmax(y[t])",
        "l": loss,
    }
    shapes: dict[str, tuple[str, ...]] = {"W": ("n", "d"), "U": ("n", "n"), "V": ("k", "n"), "b": ("n",), "x": ("d",)}
    shapes |= {"h": ("n",), "y": ("k",), "p": ("k",), "q": ("k",)}
    return Network(
        name="vector",
        equations=equations,
        parameters=("W", "U", "V", "b"),
        inputs=("x",),
        targets=("q",),
        loss="l",
        initial={"h": 0},
        shapes=shapes,
        broadcast=True,
        functions=OWN,
    )
