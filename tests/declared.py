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
        W_out = [[1, -0.5], [0.25, 2]]
        u = { cycle = [[1, 0.3], [0.2, 1], [-0.5, 1]] }
        y = { cycle = [[1, 0], [0, 1]] }
    """,
    "layer normalization": """
        parameters = ["W", "U", "g", "b"]
        inputs = ["x"]
        targets = ["y"]
        loss = "l"
        broadcast = true
        equations.a = "W@x[t] + U@h[t-1]"
        equations.c = "a[t] - mean(a[t])"
        equations.s = "sqrt(mean(c[t]**2) + 1)"
        equations.h = "tanh(g*c[t]/s[t] + b)"
        equations.l = "sum((h[t] - y[t])**2)/2"
        initial.h = 0.25
        shapes = { W = "n, d", U = "n, n", g = "n", b = "n", x = "d", a = "n", c = "n", h = "n", y = "n" }
        [values]
        W = [[0.5, -0.3], [0.2, 0.7], [1, 0.25]]
        U = [[0.5, -0.25, 1], [0.5, 1, -0.5], [0.25, 0.5, -1]]
        g = [1, 0.5, 2]
        b = [0.5, -0.5, 0]
        x = { cycle = [[1, 0.5], [-0.5, 1]] }
        y = { cycle = [[1, 0, 0], [0, 1, 0]] }
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
    "summary": """
        parameters = ["w", "u", "r", "a", "b", "c"]
        inputs = ["x"]
        targets = ["yhat"]
        loss = "l"
        equations.h = "tanh(w*x[t] + u*h[t-1])"
        equations.g = "tanh(r*g[t+1] + h[T]*x[t])"
        equations.y = "a*g[t] + b*g[1]*h[t] + c*h[T]"
        equations.l = "(y[t] - yhat[t])**2/2"
        initial = { h = 0.25, g = 0.5 }
        trainable_initial = ["h", "g"]
        values = { w = 0.5, u = 0.8, r = -0.6, a = 1, b = 2, c = -0.3, x = { cycle = [1, -1, 0.5] }, yhat = 1 }
    """,
    "mean": """
        parameters = ["w", "v"]
        inputs = ["x"]
        loss = "l"
        reduction = "mean"
        equations.h = "tanh(w*h[t-1] + x[t])"
        equations.y = "v*h[t] + v"
        equations.l = "(y[t] - x[t-1])**2/2"
        initial = { h = 0.5, x = 1 }
        values = { w = 0.5, v = 2, x = 1 }
    """,
    "mean of vectors": """
        parameters = ["W_x", "W_h", "W_y"]
        inputs = ["x"]
        targets = ["y"]
        loss = "L"
        reduction = "mean"
        trainable_initial = ["h"]
        equations.h = "tanh(W_x@x[t] + W_h@h[t-1])"
        equations.o = "W_y@h[t]"
        equations.L = "logsumexp(o[t]) - y[t]@o[t]"
        initial.h = 0.25
        shapes = { W_x = "n, d", W_h = "n, n", W_y = "k, n", x = "d", h = "n", o = "k", y = "k" }
        [values]
        W_x = [[0.5, -0.3], [0.2, 0.7]]
        W_h = [[0.6, -0.2], [0.3, 0.5]]
        W_y = [[1, -0.5], [0.4, 0.9]]
        x = { cycle = [[1, 0.3], [0.2, 1]] }
        y = { cycle = [[1, 0], [0, 1]] }
    """,
    "two losses": """
        parameters = ["w_h", "w_y", "w_z"]
        constants = ["beta"]
        inputs = ["x"]
        loss = ["l", "m"]
        equations.h = "tanh(x[t] + w_h*h[t-1])"
        equations.l = "(w_y*h[t] - 1)**2/2"
        equations.m = "beta*softplus(w_z*h[t])"
        initial.h = 0
        values = { w_h = 0.5, w_y = 1.5, w_z = 1, beta = 0.3, x = 1 }
    """,
    "controls": """
        parameters = []
        constants = ["rho"]
        inputs = ["u", "a", "b"]
        loss = "l"
        by = ["u", "x_0"]
        equations.x = "a[t]*x[t-1] + b[t]*u[t]"
        equations.l = "(x[t]**2 + rho*u[t]**2)/2"
        initial.x = 1
        values = { rho = 0.1, a = 0.9, b = 0.5, u = { cycle = [-1, -0.5, -0.2] } }
    """,
    "inputs alone": """
        parameters = []
        inputs = ["x"]
        loss = "l"
        by = ["x"]
        equations.h = "tanh(h[t-1] + x[t] - x[t-1]/2)"
        equations.l = "h[t]**2/2"
        initial = { h = 0.5, x = 1 }
        values = { x = 1 }
    """,
    "inputs looked at from both sides": """
        parameters = ["w"]
        inputs = ["x"]
        loss = "l"
        by = ["x", "x_0", "g_T+1"]
        equations.h = "tanh(w*h[t-1] + x[t-1])"
        equations.g = "tanh(w*g[t+1] + x[t+1])"
        equations.l = "(h[t] + g[t] - x[t])**2/2"
        initial = { h = 0.5, g = 0, x = 1 }
        values = { w = 0.5, x = 1, "x_T+1" = 2, x_0 = 0.25 }
    """,
    "saliency": """
        parameters = ["W", "v"]
        inputs = ["x"]
        loss = "l"
        loss_at = "last"
        by = ["x", "h_0"]
        equations.h = "tanh(W@h[t-1] + x[t])"
        equations.l = "(v@h[t])**2"
        initial.h = 0.5
        shapes = { W = "n, n", v = "n", x = "n", h = "n" }
        [values]
        W = [[0.5, -0.3], [0.2, 0.7]]
        v = [1, -0.5]
        x = { cycle = [[1, 0.3], [0.2, 1]] }
    """,
    "weight decay": """
        parameters = ["W", "v"]
        constants = ["lam"]
        inputs = ["x"]
        loss = "l"
        reduction = "mean"
        equations.h = "tanh(W@h[t-1] + x[t])"
        equations.l = "(v@h[t])**2 + lam/2*(sum(W**2) + sum(v**2))"
        initial.h = 0.5
        shapes = { W = "n, n", v = "n", x = "n", h = "n" }
        [values]
        lam = 0.1
        W = [[0.5, -0.3], [0.2, 0.7]]
        v = [1, -0.5]
        x = { cycle = [[1, 0.3], [0.2, 1]] }
    """,
    "penalty": """
        parameters = ["W", "v", "b"]
        constants = ["lam", "M"]
        inputs = ["x"]
        loss = "l"
        reduction = "mean"
        penalty = "lam/2*sum((M*W)**2) + mean(abs(v))/T + log(1 + b**2)"
        equations.h = "tanh(W@h[t-1] + x[t])"
        equations.l = "(v@h[t])**2"
        initial.h = 0.5
        shapes = { W = "n, n", M = "n, n", v = "n", x = "n", h = "n" }
        [values]
        lam = 0.1
        W = [[0.5, -0.3], [0.2, 0.7]]
        M = [[1, 0.5], [1, 1]]
        v = [1, -0.5]
        b = 0.5
        x = { cycle = [[1, 0.3], [0.2, 1]] }
    """,
    "penalty at the last step": """
        parameters = ["w", "v"]
        constants = ["lam"]
        inputs = ["x"]
        loss = "l"
        loss_at = "last"
        penalty = "lam*(w**2 + w*v)/2"
        trainable_initial = ["h"]
        equations.h = "tanh(w*h[t-1] + v*x[t])"
        equations.l = "h[t]**2/2"
        initial.h = 0.5
        values = { w = 0.5, v = 0.75, lam = 0.2, x = 1 }
    """,
    "one step for all t": """
        parameters = ["W_x", "W_h", "W_c", "W_e", "v"]
        inputs = ["x", "c"]
        targets = ["y"]
        loss = "l"
        equations.h = "tanh(W_x@x[t] + W_h@h[t-1] + W_c@c[1] + W_e@x[T])"
        equations.l = "(v@h[t] - y[T])**2/2"
        initial.h = 0
        shapes = { W_x = "n, d", W_h = "n, n", W_c = "n, k", W_e = "n, d", v = "n", x = "d", c = "k", h = "n" }
        [values]
        W_x = [[0.5, -0.3], [0.2, 0.7]]
        W_h = [[0.4, -0.6], [0.3, 0.1]]
        W_c = [[0.4], [0.3]]
        W_e = [[0.1, -0.2], [0.3, 0.1]]
        v = [1, -0.5]
        x = { cycle = [[1, 0.3], [0.2, 1]] }
        c = { cycle = [[1], [2]] }
        y = { cycle = [1, 0.5] }
    """,
    "one step among numbers": """
        parameters = ["w", "u", "k"]
        inputs = ["x"]
        loss = "l"
        loss_at = "last"
        equations.h = "tanh(w*x[t] + u*h[t-1] + k*x[1])"
        equations.l = "(h[t] - x[1])**2/2"
        initial.h = 0
        values = { w = 0.5, u = 0.8, k = -0.4, x = { cycle = [1, -1, 0.5] } }
    """,
    "first step": """
        parameters = ["w", "v"]
        inputs = ["x"]
        loss = "l"
        loss_at = [1]
        equations.h = "tanh(w*h[t-1] + v*x[t])"
        equations.l = "h[t]**2/2"
        initial.h = 0.5
        values = { w = 0.5, v = 0.75, x = 1 }
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
LATE = {
    "sparse": """
        parameters = ["w", "v"]
        inputs = ["x"]
        loss = "l"
        loss_at = [2, 4]
        reduction = "mean"
        equations.h = "tanh(w*h[t-1] + v*x[t])"
        equations.l = "h[t]**2/2"
        initial.h = 0.5
        values = { w = 0.5, v = 0.75, x = 1 }
    """,
    "sparse with two lags": """
        parameters = ["w", "v"]
        inputs = ["x"]
        loss = "l"
        loss_at = [1, 3, 4]
        equations.h = "tanh(w*h[t-2] + v*x[t] - h[t-1]/4)"
        equations.l = "(h[t] - h[t-1])**2/2"
        initial.h = 0.5
        values = { w = 0.5, v = 0.75, x = 1 }
    """,
    "sparse from both sides": """
        parameters = ["w", "v", "u"]
        inputs = ["x"]
        loss = "l"
        loss_at = [2, 3]
        equations.f = "tanh(w*f[t-1] + x[t])"
        equations.b = "tanh(v*b[t+1] + x[t])"
        equations.l = "(u*f[t] + b[t])**2/2"
        initial = { f = 0, b = 0.5 }
        values = { w = 0.5, v = -0.5, u = 2, x = 1 }
    """,
    "sparse vectors": """
        parameters = ["W", "v"]
        inputs = ["x"]
        loss = "l"
        loss_at = [2, 4]
        reduction = "mean"
        equations.h = "tanh(W@h[t-1] + x[t])"
        equations.l = "(v@h[t])**2 + sum(h[t-1]**2)"
        initial.h = 0.5
        shapes = { W = "n, n", v = "n", x = "n", h = "n" }
        [values]
        W = [[0.5, -0.3], [0.2, 0.7]]
        v = [1, -0.5]
        x = { cycle = [[1, 0.3], [0.2, 1]] }
    """,
}
DECLARED: dict[str, Network] = {
    name: from_toml(text, name.replace(",", "").replace(" ", "-"), f"{name}.toml")
    for name, text in {**TEXTS, **LATE}.items()
}
"""Every network with a worked example for any number of steps from that of its last loss on."""


def first_steps(network: Network) -> int:
    """The smallest T that a network takes."""
    return network.loss_at[-1] if isinstance(network.loss_at, tuple) else 1
