"""Networks and values to test with: random values for any network, and a strategy for random networks."""

from __future__ import annotations

import random
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from derive.network import Given, Network
from derive.unroll import Node
from derive.values import initial_label

LARGEST_SIZE = 5


def random_values(network: Network, steps: int, seed: int) -> dict[str, Given]:
    """Exact binary fractions in [−1, 1] for everything, vectors and matrices of random sizes up to 5."""
    rng = random.Random(f"{network.name} {steps} {seed}")
    names = dict.fromkeys(size for shape in network.shapes.values() for size in shape)
    sizes = {name: rng.randint(1, LARGEST_SIZE) for name in names}

    def value(shape: tuple[str, ...]) -> Given:
        if shape:
            return [value(shape[1:]) for _ in range(sizes[shape[0]])]
        return Fraction(rng.randint(-64, 64), 64)

    given: dict[str, Given] = {name: value(network.shape(name)) for name in network.parameters}
    given |= {name: [value(network.shape(name)) for _ in range(steps)] for name in network.data}
    for node in initial_nodes(network, steps):
        given[initial_label(node, steps)] = value(network.shape(node.name))
    return given


def initial_nodes(network: Network, steps: int) -> list[Node]:
    """The states outside 1 … T that some equation looks at."""
    nodes = []
    for name, (before, after) in network.reach.items():
        nodes += [Node(name, step) for step in range(0, -before, -1)]
        nodes += [Node(name, steps + step) for step in range(1, after + 1)]
    return nodes


ACTIVATIONS = ("tanh", "sigmoid", "softplus", "sin", "cos", "identity", "relu")


@st.composite
def networks(draw: st.DrawFn, *, vectors: bool) -> Network:
    """A random network: one to three states with lags up to 2, each of its own size, an output and a loss."""
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
                terms.append(weight(name, other, f"{other}[t-{lag}]" if (lag := draw(st.integers(0, 2))) else f"{other}[t]"))
        for other in states[place + 1 :]:
            if draw(st.booleans()):
                terms.append(weight(name, other, f"{other}[t-{draw(st.integers(1, 2))}]"))
        body = f"{draw(st.sampled_from(ACTIVATIONS))}({' + '.join(terms)})"
        equations[name] = draw(st.sampled_from([body, f"{body}*{name}[t-1]", f"{name}[t-1] - {body}/2", f"{body}**2"]))
    equations["y"] = weight("y", states[-1], f"{states[-1]}[t]")
    equations["l"] = draw(st.sampled_from(LOSSES[vectors]))
    looked_at = {name for name in states if any(f"{name}[t-" in text for text in equations.values())}
    return Network(
        name="random",
        equations=equations,
        parameters=tuple(parameters),
        inputs=("x",),
        targets=("target",),
        loss="l",
        loss_at=draw(st.sampled_from(["every", "last"])),
        initial=dict.fromkeys(sorted(looked_at), 0),
        trainable_initial=tuple(sorted(looked_at)) if draw(st.booleans()) else (),
        shapes=shapes,
    )


LOSSES: Mapping[bool, tuple[str, ...]] = {
    False: ("(y[t] - target[t])**2/2", "softplus(y[t]) - target[t]*y[t]", "-log(sigmoid(y[t]*target[t]))"),
    True: (
        "sum((y[t] - target[t])**2)/2",
        "logsumexp(y[t]) - target[t]@y[t]",
        "-sum(target[t]*log(softmax(y[t])))",
        "(y[t] - target[t])@(y[t] - target[t])/2",
    ),
}


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
