"""Networks and values to test with: random values for any network, and a strategy for random networks."""

from __future__ import annotations

import random
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from derive.equations import expression as ex
from derive.equations.expression import Expr
from derive.equations.lengths import length_at, terms
from derive.graph.unrolled import Node
from derive.network.network import Given, Network
from derive.numbers.values import initial_label
from derive.recurrence.tree import ADJOINT

LARGEST_SIZE = 5


def random_values(network: Network, steps: int, seed: int, fixed: Mapping[str, int] | None = None) -> dict[str, Given]:
    """Exact binary fractions in [−1, 1] for everything, vectors and matrices of sizes that are fixed, or random up to 5."""
    rng = random.Random(f"{network.name} {steps} {seed}")  # noqa: S311 - the same numbers in every run
    written = dict.fromkeys(size for shape in network.shapes.values() for size in shape)
    names = dict.fromkeys(name for size in written for name in terms(size) if name)
    sizes = {name: rng.randint(1, LARGEST_SIZE) for name in names} | {"1": 1} | dict(fixed or {})
    sizes |= {size: length_at(size, sizes) for size in written}

    def value(shape: tuple[str, ...]) -> Given:
        if shape:
            return [value(shape[1:]) for _ in range(sizes[shape[0]])]
        return Fraction(rng.randint(-64, 64), 64)

    given: dict[str, Given] = {name: value(network.shape(name)) for name in network.timeless}
    given |= {name: [value(network.shape(name)) for _ in range(steps)] for name in network.data}
    for name in network.distributions:
        given[name] = [_distribution(drawn, network.axis) for drawn in given[name]]
    for node in initial_nodes(network, steps):
        given[initial_label(node, steps)] = value(network.shape(node.name))
    return given


def _distribution(drawn: Any, axis: int | None) -> Given:
    """Numbers of which the last is changed so that all add up to 1; of a matrix those of each row or column."""
    *others, last = drawn
    if not isinstance(last, list):
        return [*others, 1 - sum(others)]
    if axis == 1:
        return [_distribution(row, None) for row in drawn]
    return [*others, [1 - sum(column) for column in zip(*others, strict=True)] if others else [1] * len(last)]


def initial_nodes(network: Network, steps: int) -> list[Node]:
    """The states outside 1 … T that some equation looks at."""
    nodes = []
    for name, (before, after) in network.reach.items():
        nodes += [Node(name, step) for step in range(0, -before, -1)]
        nodes += [Node(name, steps + step) for step in range(1, after + 1)]
    return nodes


ACTIVATIONS = ("tanh", "sigmoid", "softplus", "sin", "cos", "identity", "relu")
ACTIVATIONS += ("abs", "silu", "leaky_relu", "hard_sigmoid", "erf", "elu")


@st.composite
def networks(draw: st.DrawFn, *, vectors: bool, plain: bool = False) -> Network:
    """A random network: one to three states with lags up to 2, each of its own size, an output and a loss.

    Unless it is ``plain``, some weights may be constants, the loss that of the first step or a mean, with a penalty.
    """
    count = draw(st.integers(1, 3))
    states = [f"h{k}" for k in range(1, count + 1)]
    shapes: dict[str, tuple[str, ...]] = {"x": ("d",), "y": ("m",), "target": ("m",)} if vectors else {}
    shapes |= {name: (f"n{name[1:]}",) for name in states} if vectors else {}
    equations: dict[str, str] = {}
    parameters: list[str] = []

    def weight(to: str, of: str, argument: str) -> str:
        name = f"w{len(parameters)}"
        parameters.append(name)
        if not vectors:
            return f"{name}*{argument}"
        shapes[name] = (*shapes[to], *shapes[of])
        return f"{name}@{argument}"

    for place, name in enumerate(states):
        terms = [weight(name, "x", "x[t]"), weight(name, name, f"{name}[t-{draw(st.integers(1, 2))}]")]
        for other in states[:place]:
            if draw(st.booleans()):
                terms.append(
                    weight(name, other, f"{other}[t-{lag}]" if (lag := draw(st.integers(0, 2))) else f"{other}[t]")
                )
        for other in states[place + 1 :]:
            if draw(st.booleans()):
                past = f"{other}[t-{draw(st.integers(1, 2))}]"
                terms.append(weight(name, other, draw(st.sampled_from((past, past, f"stop_gradient({past})")))))
        body = f"{draw(st.sampled_from(ACTIVATIONS))}({' + '.join(terms)})"
        equations[name] = draw(st.sampled_from([body, f"{body}*{name}[t-1]", f"{name}[t-1] - {body}/2", f"{body}**2"]))
    equations["y"] = weight("y", states[-1], f"{states[-1]}[t]")
    equations["l"] = draw(st.sampled_from(LOSSES[vectors]))
    looked_at = {name for name in states if any(f"{name}[t-" in text for text in equations.values())}
    learned = len(parameters) if plain else draw(st.integers(1, len(parameters)))
    return Network(
        name="random",
        equations=equations,
        parameters=tuple(parameters[:learned]),
        constants=tuple(parameters[learned:]),
        inputs=("x",),
        targets=("target",),
        loss="l",
        loss_at=draw(st.sampled_from(("every", "last") if plain else ("every", "last", (1,)))),
        reduction=draw(st.sampled_from(("sum",) if plain else ("sum", "mean"))),
        penalty="" if plain or len(parameters) % 2 else PENALTIES[vectors],
        initial=dict.fromkeys(sorted(looked_at), 0),
        trainable_initial=tuple(sorted(looked_at)) if draw(st.booleans()) else (),
        shapes=shapes,
    )


PENALTIES: Mapping[bool, str] = {False: "w0**2/4 + sin(w0*w1)/T", True: "sum(w0**2)/4 + sum(abs(w1))*sum(w0)/T"}
LOSSES: Mapping[bool, tuple[str, ...]] = {
    False: (
        "(y[t] - target[t])**2/2",
        "softplus(y[t]) - target[t]*y[t]",
        "-log(sigmoid(y[t]*target[t]))",
        "abs(y[t] - target[t])",
    ),
    True: (
        "sum((y[t] - target[t])**2)/2",
        "logsumexp(y[t]) - target[t]@y[t]",
        "-sum(target[t]*log(softmax(y[t])))",
        "(y[t] - target[t])@(y[t] - target[t])/2",
        "mean(abs(y[t] - target[t]))",
        "cross_entropy(y[t], target[t])",
        "-target[t]@log_softmax(2*y[t])",
    ),
}


@st.composite
def equation(draw: st.DrawFn) -> Network:
    """A network of one vector state whose equation and loss are any mathematics the grammar allows, two sizes mixed."""
    shapes = {"u": ("n",), "v": ("m",), "x": ("m",), "k": (), "q": (), "W": ("n", "m"), "U": ("n", "n"), "h": ("n",)}

    def vector(size: str, depth: int) -> str:
        if depth == 0:
            return draw(st.sampled_from(["h[t-1]", "u"] if size == "n" else ["x[t]", "v"]))
        one = vector(size, depth - 1)
        match draw(st.integers(0, 9)):
            case 0 | 1:
                return f"{draw(st.sampled_from(ACTIVATIONS))}({one})"
            case 2:
                return f"({one} {draw(st.sampled_from('+-*'))} {vector(size, depth - 1)})"
            case 3:
                return f"{one} / (2 + exp({vector(size, depth - 1)}))"
            case 4:
                return f"(U@({one}))" if size == "n" else f"(W.T@({vector('n', depth - 1)}))"
            case 5:
                return f"(W@({vector('m', depth - 1)}))" if size == "n" else f"({one})**2"
            case 6:
                return f"softmax({one})"
            case 7:
                return f"({scalar(depth - 1)})*({one})"
            case 8:
                return f"({one} - ({scalar(depth - 1)}))/3"
            case _:
                return f"(U.T@({one}))" if size == "n" else f"({one})*2"

    def scalar(depth: int) -> str:
        if depth == 0:
            return draw(st.sampled_from(["k", "q[t]"]))
        size = draw(st.sampled_from("nm"))
        match draw(st.integers(0, 5)):
            case 0:
                return f"sum({vector(size, depth - 1)})"
            case 1:
                return f"({vector(size, depth - 1)})@({vector(size, depth - 1)})"
            case 2:
                return f"logsumexp({vector(size, depth - 1)})"
            case 3:
                return f"{draw(st.sampled_from(ACTIVATIONS))}({scalar(depth - 1)})"
            case 4:
                return f"({scalar(depth - 1)} {draw(st.sampled_from('+-*'))} {scalar(depth - 1)})"
            case _:
                return f"log(3 + sum(({vector(size, depth - 1)})**2))"

    depth = draw(st.integers(1, 3))
    everything = "(k*q[t] + sum(u + h[t-1]) + sum(W@(v*x[t])) + sum(U@u))"
    equations = {
        "h": f"({vector('n', depth)} + u + sum(U@(W@(v*x[t])))*k)/4",
        "l": f"{scalar(depth)} + {everything}*sum(h[t])",
    }
    return Network(
        name="equation",
        equations=equations,
        parameters=("u", "v", "k", "W", "U"),
        inputs=("x", "q"),
        loss="l",
        initial={"h": 0},
        shapes=shapes,
        broadcast=True,
    )


def flat(value: Any) -> list[float]:
    """The components of a number, list, array or ball as floats, row by row."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [component for entry in value for component in flat(entry)]
    return [float(value)]


def apart(ours: Any, theirs: Any) -> float:
    """How far two values are apart, relative to the largest component."""
    pairs = list(zip(flat(ours), flat(theirs), strict=True))
    size = max(abs(number) for pair in pairs for number in pair)
    return max(abs(one - other) for one, other in pairs) / size if size else 0.0


def said(expr: Expr, outside: int = 0) -> str:
    """An expression in the syntax of equations; the adjoint of h is d_h, an outer product outer(u, v)."""

    def closed(text: str, binding: int) -> str:
        return f"({text})" if outside > binding else text

    match expr:
        case ex.Const(value, decimal=True):
            return f"{Decimal(value.numerator) / value.denominator:f}"
        case ex.Const(value):
            return closed(str(value), 3 if value.denominator == 1 else 1)
        case ex.Var(name, lag):
            step = "" if lag is None else f"[t{-lag:+d}]" if lag else "[t]"
            return name.replace(ADJOINT, "d_") + step
        case ex.Neg(body):
            return closed(f"-{said(body, 1)}", 0)
        case ex.Add(terms):
            signed = (
                f" - {said(term.body, 1)}" if isinstance(term, ex.Neg) else f" + {said(term, 1)}" for term in terms
            )
            return closed("".join(signed).removeprefix(" + "), 0)
        case ex.Mul(factors):
            return closed("*".join(said(factor, 2) for factor in factors), 1)
        case ex.Div(top, bottom):
            return closed(f"{said(top, 1)}/{said(bottom, 2)}", 1)
        case ex.Pow(base, exponent):
            return closed(f"{said(base, 3)}**{exponent}", 2)
        case ex.Call(function):
            return f"{function}({', '.join(map(said, expr.arguments))})"
        case ex.Defined(definition, arguments):
            return f"{definition.name}({', '.join(map(said, arguments))})"
        case ex.MatMul(left, right) | ex.Dot(left, right):
            return closed(f"{said(left, 2)}@{said(right, 2)}", 1)
        case ex.Outer(left, right):
            return f"outer({said(left)}, {said(right)})"
        case ex.Transpose(body):
            return f"{said(body, 3)}.T"
        case ex.Total(body):
            return f"sum({said(body)})"
        case ex.Concat(parts, axis):
            return f"concat({', '.join(map(said, parts))}{f', axis={axis}' if axis else ''})"
        case ex.Part(body, start, stop, axis):
            return f"{said(body, 3)}[{':, ' * axis}{start}:{stop}]"


@st.composite
def matrices(draw: st.DrawFn) -> Network:
    """A network of one matrix state: products from both sides, outer products, what is repeated over rows and columns."""
    shapes = {"X": ("m", "k"), "H": ("n", "k"), "W": ("n", "m"), "U": ("n", "n"), "V": ("k", "k")}
    shapes |= {"b": ("n", "1"), "c": ("k",), "u": ("n",)}

    def matrix(depth: int) -> str:
        """An n × k matrix."""
        if depth == 0:
            return draw(st.sampled_from(["H[t-1]", "W@X[t]"]))
        one = f"({matrix(depth - 1)})"
        match draw(st.integers(0, 8)):
            case 0 | 1:
                return f"{draw(st.sampled_from(ACTIVATIONS))}{one}"
            case 2:
                return f"{one} {draw(st.sampled_from('+-*'))} ({matrix(depth - 1)})"
            case 3:
                return f"U{draw(st.sampled_from(['', '.T']))}@{one}"
            case 4:
                return f"{one}@V{draw(st.sampled_from(['', '.T']))}"
            case 5:
                return f"{one} {draw(st.sampled_from('+-*'))} {draw(st.sampled_from('bc'))}"
            case 6:
                return f"outer(u, c) - {one}**2/2"
            case 7:
                return f"(b*U)@{one}"
            case _:
                return f"{one}@X[t].T@W.T@H[t-1]"

    body = matrix(draw(st.integers(1, 3)))
    uses = "sum(W@X[t]) + sum(U*b) + u@U@(H[t]@V@c) + sum(H[t]**2)/2"
    return Network(
        name="matrices",
        equations={"H": body, "l": draw(st.sampled_from([uses, f"mean(({uses})*H[t])", f"u@(H[t]*b)@c + {uses}"]))},
        parameters=("W", "U", "V", "b", "c", "u"),
        inputs=("X",),
        loss="l",
        initial={"H": 0} if "H[t-1]" in body else {},
        shapes=shapes,
        broadcast=True,
    )
