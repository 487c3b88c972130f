"""A zoo of differently shaped scalar networks, and strategies for random ones."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
import sympy
from hypothesis import strategies as st

from derive.derivation import Derivation
from derive.equations.algebra import step_symbol, symbol, to_sympy
from derive.equations.expression import Expr, Var, variables
from derive.graph.rolled import Graph
from derive.graph.unrolled import Arc, Node, Unrolled
from derive.network.network import Network
from derive.network.toml import from_toml

TEXTS = {
    "tanh": """
        parameters = ["w_x", "w_h", "w_y"]
        inputs = ["x"]
        targets = ["y"]
        loss = "l"
        equations.h = "tanh(w_x*x[t] + w_h*h[t-1])"
        equations.o = "w_y*h[t]"
        equations.l = "(o[t] - y[t])**2/2"
        initial.h = 0.25
        values = { w_x = 0.5, w_h = -1.5, w_y = 2, x = 0.75, y = -1 }
    """,
    "long lags": """
        parameters = ["w_x", "w_2", "w_3"]
        inputs = ["x"]
        loss = "l"
        equations.h = "w_x*x[t] + w_2*h[t-2] - w_3*h[t-3]"
        equations.l = "h[t]**2/2"
        initial.h = 0.5
        values = { w_x = 1, w_2 = 0.5, w_3 = -0.25, x = 2 }
    """,
    "coupled": """
        parameters = ["a", "b", "c", "d"]
        inputs = ["x"]
        loss = "l"
        equations.u = "tanh(a*u[t-1] + b*v[t-1] + x[t])"
        equations.v = "sin(c*u[t] + d*v[t-1])"
        equations.l = "u[t]*v[t] - cos(v[t])"
        initial = { u = 0, v = 1 }
        values = { a = 0.5, b = -1, c = 1.25, d = 0.75, x = 1 }
    """,
    "output feedback": """
        parameters = ["w_x", "w_y", "v"]
        inputs = ["x"]
        targets = ["target"]
        loss = "l"
        equations.h = "tanh(w_x*x[t] + w_y*y[t-1])"
        equations.y = "v*h[t]"
        equations.l = "(y[t] - target[t])**2"
        initial.y = 0
        values = { w_x = 1, w_y = -0.5, v = 1.5, x = 0.5, target = 0.25 }
    """,
    "biases": """
        parameters = ["w", "u", "b", "v", "c"]
        inputs = ["x"]
        targets = ["y"]
        loss = "l"
        equations.a = "w*x[t] + u*h[t-1] + b"
        equations.h = "tanh(a[t])"
        equations.z = "v*h[t] + c"
        equations.p = "sigmoid(z[t])"
        equations.e = "p[t] - y[t]"
        equations.l = "e[t]**2"
        initial.h = 0
        values = { w = 1, u = 0.5, b = -0.25, v = 2, c = 0.125, x = 1, y = 1 }
    """,
    "relu": """
        parameters = ["w", "u"]
        inputs = ["x"]
        loss = "l"
        equations.h = "relu(w*x[t] - u*h[t-1])"
        equations.l = "softplus(h[t])"
        initial.h = 0.5
        values = { w = 1, u = 0.75, x = 0.625 }
    """,
    "gates": """
        parameters = ["w_f", "w_i", "w_g", "w_o"]
        inputs = ["x"]
        loss = "l"
        equations.f = "sigmoid(w_f*h[t-1] + x[t])"
        equations.i = "sigmoid(w_i*h[t-1])"
        equations.g = "tanh(w_g*h[t-1] + x[t])"
        equations.o = "sigmoid(w_o*x[t])"
        equations.c = "f[t]*c[t-1] + i[t]*g[t]"
        equations.h = "o[t]*tanh(c[t])"
        equations.l = "(h[t] - 1)**2/2"
        initial = { h = 0.5, c = -0.5 }
        values = { w_f = 1, w_i = -1, w_g = 2, w_o = 0.5, x = 1 }
    """,
    "shared parameter": """
        parameters = ["w"]
        inputs = ["x"]
        loss = "l"
        equations.a = "w*x[t] + h[t-1]"
        equations.h = "sin(a[t])"
        equations.y = "w*h[t] + w*w"
        equations.l = "y[t]**2"
        initial.h = 0
        values = { w = 0.75, x = 1 }
    """,
    "two lags": """
        parameters = ["w", "v"]
        inputs = ["x"]
        loss = "l"
        equations.h = "tanh(w*h[t-1] + x[t-1])"
        equations.g = "v*h[t-2] + h[t]*g[t-3]"
        equations.l = "g[t]*h[t]"
        initial = { h = 1, g = 0.5, x = 0.25 }
        values = { w = 1, v = -2, x = 0.5 }
    """,
    "no path": """
        parameters = ["w", "idle"]
        inputs = ["x"]
        loss = "l"
        equations.h = "w*h[t-1] + x[t]"
        equations.log_only = "idle*h[t] + log_only[t-1]"
        equations.l = "h[t]**2"
        initial = { h = 0, log_only = 0 }
        values = { w = 0.5, idle = 3, x = 1 }
    """,
    "bidirectional": """
        parameters = ["w", "v", "u"]
        inputs = ["x"]
        loss = "l"
        equations.f = "tanh(w*f[t-1] + x[t])"
        equations.b = "tanh(v*b[t+1] + x[t])"
        equations.y = "u*f[t]*b[t]"
        equations.l = "y[t]**2/2"
        initial = { f = 0, b = 0.5 }
        trainable_initial = ["b"]
        values = { w = 0.5, v = -0.5, u = 2, x = 1 }
    """,
    "stacked directions": """
        parameters = ["w", "v", "u"]
        inputs = ["x"]
        loss = "l"
        equations.b = "sin(w*b[t+1] + x[t])"
        equations.f = "tanh(v*f[t-1] + b[t])"
        equations.c = "u*c[t+1] + f[t]"
        equations.l = "c[t]**2"
        initial = { b = 0, f = 0.25, c = 0 }
        values = { w = 0.5, v = -0.5, u = 0.75, x = 1 }
    """,
    "last": """
        parameters = ["w", "u"]
        inputs = ["x"]
        loss = "l"
        loss_at = "last"
        equations.h = "tanh(w*x[t] + u*h[t-1])"
        equations.l = "h[t]**2"
        initial.h = 0
        values = { w = 1, u = 0.5, x = 1 }
    """,
    "last by two ways": """
        parameters = ["w"]
        inputs = ["x"]
        loss = "l"
        loss_at = "last"
        equations.a = "w*x[t]"
        equations.b = "w*a[t-1]"
        equations.l = "(a[t] + b[t] - x[t])**2/2"
        initial.a = 0
        values = { w = 0.5, x = 1 }
    """,
    "every other step": """
        parameters = ["w"]
        inputs = ["x"]
        loss = "l"
        loss_at = "last"
        equations.h = "tanh(w*h[t-2] + x[t])"
        equations.l = "exp(h[t])"
        initial.h = 0
        values = { w = 1, x = 0.5 }
    """,
    "trainable initial": """
        parameters = ["w"]
        inputs = ["x"]
        loss = "l"
        trainable_initial = ["h"]
        equations.h = "tanh(w*h[t-1] + h[t-2] + x[t])"
        equations.l = "h[t]**2"
        initial.h = 0.5
        values = { w = 1, x = 0.5 }
    """,
    "polynomial": """
        parameters = ["w", "v"]
        inputs = ["x"]
        loss = "l"
        equations.h = "w*h[t-1]*h[t-1] + v*x[t]"
        equations.l = "h[t]*h[t]*h[t]"
        initial.h = 0.5
        values = { w = 0.5, v = 0.25, x = 1 }
    """,
    "penalty": """
        parameters = ["w", "u", "lone"]
        constants = ["lam"]
        inputs = ["x"]
        loss = "l"
        penalty = "lam/2*(w**2 + u**2) + lone*w"
        equations.h = "tanh(w*x[t] + u*h[t-1])"
        equations.l = "h[t]**2/2"
        initial.h = 0
        values = { w = 1, u = 0.5, lone = 0.25, lam = 0.5, x = 1 }
    """,
    "running loss": """
        parameters = ["w", "decay"]
        inputs = ["x"]
        loss = "l"
        equations.h = "w*h[t-1] + x[t]"
        equations.l = "h[t]**2 + decay*l[t-1]"
        initial = { h = 0, l = 0 }
        values = { w = 0.5, decay = 0.25, x = 1 }
    """,
    "chosen adjoints": """
        parameters = ["w", "v", "b"]
        inputs = ["x"]
        loss = "l"
        adjoints = ["a", "y"]
        equations.a = "w*h[t-1] + x[t] + b"
        equations.h = "tanh(a[t])"
        equations.y = "v*h[t] + b"
        equations.l = "y[t]**2/2"
        initial.h = 0
        values = { w = 0.5, v = 0.25, b = 1, x = 1 }
    """,
    "classifier": """
        parameters = ["w", "v", "a", "b"]
        inputs = ["x"]
        loss = "l"
        loss_at = "last"
        equations.h = "tanh(w*h[t-1] + x[t])"
        equations.g = "tanh(v*g[t+1] + x[t])"
        equations.y = "a*h[T] + b*g[1]"
        equations.l = "y[t]**2/2"
        initial = { h = 0, g = 0.5 }
        values = { w = 0.5, v = -0.5, a = 2, b = 0.25, x = 1 }
    """,
    "one step for all": """
        parameters = ["w", "v", "u"]
        inputs = ["x"]
        loss = "l"
        trainable_initial = ["g"]
        equations.h = "tanh(w*h[t-1] + x[t])"
        equations.c = "sin(v*h[T]*x[t])"
        equations.g = "tanh(u*g[t+1] + c[t]*h[1])"
        equations.y = "g[1]*h[t] + c[1]*g[t] + u*h[T]"
        equations.l = "y[t]**2/2"
        initial = { h = 0.25, g = 0.5 }
        values = { w = 0.5, v = -0.5, u = 0.75, x = 1 }
    """,
}
ZOO: dict[str, Network] = {
    name: from_toml(text, name.replace(" ", "-"), f"{name}.toml") for name, text in TEXTS.items()
}
"""Every network with a worked example for any number of steps."""


def up_to(most: int, **fewer: int) -> pytest.MarkDecorator:
    """Parametrize a test by the name of each network and T = 1 … most, or fewer for the one that has most paths."""
    cases = [(name, steps) for name in ZOO for steps in range(1, fewer.get(name, most) + 1)]
    return pytest.mark.parametrize(("name", "steps"), cases)


def unrolled(network: Network, steps: int) -> Unrolled:
    """Return a network unrolled."""
    return Unrolled(Graph(network), steps)


def derivation(network: Network, steps: int) -> Derivation:
    """Return the derivation for a network."""
    return Derivation(network, unrolled(network, steps))


# -- the mathematics once more, from the equations alone ---------------------------------------------------------------


def node_of(var: Var, step: int, steps: int) -> Node:
    """Return the node that a variable of an equation is, at a step of so many."""
    if var.at is not None:
        return Node(var.name, var.at or steps)
    return Node(var.name, None if var.lag is None else step - var.lag)


def arguments(network: Network, steps: int) -> dict[Node, tuple[Node, ...]]:
    """Return what each node depends on, read off the equations: for L the loss of each step, and the penalty's parameters."""
    once = () if network.penalty_term is None else dict.fromkeys(variables(network.penalty_term))
    penalty = tuple(Node(var.name) for var in once if not network.is_known(var))
    found = {Node("L"): (*(Node(network.loss, step) for step in loss_steps(network, steps)), *penalty)}
    for name, rule in network.rules.items():
        for step in range(1, steps + 1):
            found[Node(name, step)] = tuple(node_of(var, step, steps) for var in dict.fromkeys(variables(rule)))
    return found


def loss_steps(network: Network, steps: int) -> tuple[int, ...]:
    """Return the steps whose loss counts."""
    counted: Any = {"every": range(1, steps + 1), "last": [steps]}.get(str(network.loss_at), network.loss_at)
    return tuple(step for step in counted if step <= steps)


def counts_for(network: Network, steps: int) -> Fraction:
    """Return what the loss of a step counts for in L."""
    return Fraction(1, len(loss_steps(network, steps))) if network.reduction == "mean" else Fraction(1)


def every_path(network: Network, steps: int, target: Node) -> list[tuple[Node, ...]]:
    """Return every path from L to a node as its nodes, by plain depth-first search."""
    below = arguments(network, steps)
    found = []
    stack = [(Node("L"),)]
    while stack:
        path = stack.pop()
        if path[-1] == target:
            found.append(path)
        else:
            stack.extend((*path, tail) for tail in below.get(path[-1], ()))
    return found


def symbolic(expr: Expr, adjoints: dict[Var, sympy.Expr] | None = None) -> sympy.Expr:
    """Return an expression whose steps are lags before step 0 in node symbols, adjoints put in."""

    def leaf(inner: Expr) -> sympy.Expr | None:
        if not isinstance(inner, Var):
            return None
        if adjoints is not None and inner in adjoints:
            return adjoints[inner]
        if inner.at is not None:
            return symbol(inner)
        return step_symbol(inner.name, None if inner.lag is None else -inner.lag)

    return to_sympy(expr, leaf)


def weight(arc: Arc) -> sympy.Expr:
    """Return an arc's local partial in node symbols."""
    return symbolic(arc.edge.at(arc.step).factor)


# -- random networks ---------------------------------------------------------------------------------------------------

FUNCTIONS = ("{}", "tanh({})", "sigmoid({})", "sin({})", "cos({})", "softplus({})", "({})**2/4", "({})/(1 + ({})**2)")
FUNCTIONS += (
    "abs({})",
    "maximum({}, 0.25)",
    "leaky_relu({}, 0.1)",
    "silu({})",
    "gelu({})",
    "hard_tanh({}) + x[t]/8",  # beyond its bounds it would be 1 and −1, whose sum is 0
    "softsign({})",
)
KINKED = ("abs", "maximum", "leaky_relu", "hard_tanh", "softsign")
numbers = st.integers(-20, 20).map(lambda tenths: Decimal(tenths) / 10)
between = numbers.map(lambda number: number + Decimal("0.037"))
"""Numbers whose sums and products are neither 0 nor 1 nor 1/4, where a function may have a kink and no slope."""


@st.composite
def networks(draw: st.DrawFn, *, one_step: bool = False) -> Network:
    """Draw a scalar network: up to three variables, each a function of a sum of products, and a loss.

    Of its weights some may be constants, not learned; T may stand in its loss, and a penalty may be added. With ``one_step``
    the loss may read variables at one step for all t, the first or the last.
    """
    names = ["a", "b", "c"][: draw(st.integers(1, 3))]
    parameters: list[str] = []
    equations: dict[str, str] = {}
    for place, name in enumerate(names):
        past = [f"{other}[t-{lag}]" for other in names for lag in (1, 2)]
        usable = ["x[t]", *(f"{other}[t]" for other in names[:place]), *past]
        terms = []
        for variable in draw(st.lists(st.sampled_from(usable), min_size=1, max_size=3, unique=True)):
            parameter = draw(st.sampled_from([*parameters, f"w_{len(parameters) + 1}"]))
            parameters += [] if parameter in parameters else [parameter]
            terms.append(f"{parameter}*{variable}")
        body = " + ".join(terms)
        equations[name] = draw(st.sampled_from(FUNCTIONS)).replace("{}", body if len(terms) == 1 else f"({body})")
    seen = draw(st.lists(st.sampled_from(names), min_size=1, unique=True))
    steps = ("t", "1", "T") if one_step else ("t",)
    whole = draw(st.sampled_from(("2", "2", "(1 + T)")))
    equations["l"] = (
        "(" + " + ".join(f"{name}[{draw(st.sampled_from(steps))}]" for name in seen) + f" - x[t])**2/{whole}"
    )
    learned = draw(st.integers(1, len(parameters)))
    states = {name for name in names for text in equations.values() if f"{name}[t-" in text}
    number = between if any(name in text for name in KINKED for text in equations.values()) else numbers
    values: dict[str, Any] = {name: draw(number) for name in parameters}
    values["x"] = {"cycle": draw(st.lists(number, min_size=1, max_size=3))}
    return Network(
        name="random",
        equations=equations,
        parameters=tuple(parameters[:learned]),
        constants=tuple(parameters[learned:]),
        inputs=("x",),
        loss="l",
        loss_at=draw(st.sampled_from(("every", "every", "last", "last", (1,)))),
        reduction=draw(st.sampled_from(("sum", "sum", "mean"))),
        penalty=("", "w_1**2/4", f"(w_1 + T)*exp({parameters[-1]}/4)")[len(parameters) % 3],
        initial={name: draw(number) for name in names if name in states},
        by=draw(st.sampled_from(((), (), ("x",)))),
        trainable_initial=tuple(name for name in names if name in states and draw(st.booleans())),
        values=values,
    )
