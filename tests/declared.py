"""Networks that declare more than equations, parameters and a loss: one for each thing that can be declared."""

from __future__ import annotations

from derive.network.network import Network
from derive.network.toml import from_toml

TEXTS = {
    "reservoir": """
        parameters = ["W_out"]
        constants = ["W", "W_in", "dt"]
        inputs = ["u"]
        targets = ["y"]
        loss = "l"
        equations.x = "x[t-1] + dt*(-x[t-1] + tanh(W_in@u[t] + W@x[t-1]))"
        equations.o = "W_out@x[t]"
        equations.l = "sum((o[t] - y[t])**2)/2"
        initial.x = 0
        trainable_initial = ["x"]
        shapes = { W = "n, n", W_in = "n, d", W_out = "q, n", u = "d", x = "n", o = "q", y = "q" }
        [values]
        dt = 0.3
        W = [[0.5, -0.3], [0.2, 0.7]]
        W_in = [[1, 0.5], [-0.5, 0.3]]
        W_out = [[1, -0.5]]
        u = { cycle = [[1, 0.3], [0.2, 1], [-0.5, 1]] }
        y = { cycle = [[1], [0]] }
    """,
    "leaky integration": """
        parameters = ["w", "v"]
        constants = ["alpha"]
        inputs = ["x"]
        loss = "l"
        equations.h = "(1 - alpha)*h[t-1] + alpha*tanh(w*x[t] + v*h[t-1])"
        equations.l = "h[t]**2/2"
        initial.h = 0.5
        values = { w = 0.7, v = -0.5, alpha = 0.1, x = 1 }
    """,
    "how many steps": """
        parameters = ["w"]
        inputs = ["x"]
        loss = "l"
        equations.h = "tanh(w*h[t-1] + x[t]/T)"
        equations.l = "h[t]**2/(2*T)"
        initial.h = 0.5
        values = { w = 0.5, x = 1 }
    """,
}
DECLARED: dict[str, Network] = {
    name: from_toml(text, name.replace(" ", "-"), f"{name}.toml") for name, text in TEXTS.items()
}
"""Every network with a worked example for any number of steps."""
