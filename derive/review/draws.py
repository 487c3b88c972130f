"""Draws: random values of a network at which a function is tried: numbers like those that it is meant for.

Data are drawn as the network's own example has them: one-hot vectors where that has one-hot vectors, 0 and 1 where it has
these, shares that add up to 1 where they do; else spread around 0, as parameters are. Constants are the network's own. Sizes
differ from each other, unless the constants say otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from derive.equations import SINGLE
from derive.errors import DeriveError
from derive.graph import Graph, Node, Unrolled
from derive.network import Network
from derive.numbers import FLOAT, Values, arrays, forward_pass, generic_values, initial_label, resolve

SCALES = (0.8, 0.5, 0.25)
SMALLEST = 2
DECIMALS = 6
MOST_TRIED = 40


def draws(network: Network, steps: int, seed: int = 0) -> Iterator[Values]:
    """Yield values at which the network has a finite forward pass, one draw after the other."""
    for place in range(MOST_TRIED):
        random = np.random.default_rng([seed, steps, place])
        try:
            values = resolve(network, steps, _drawn(network, steps, random, SCALES[place % len(SCALES)]))
            if _has_values(network, values):
                yield values
        except DeriveError:
            continue
    yield from (values for values in generic_values(network, steps) if _has_values(network, values))


def _has_values(network: Network, values: Values) -> bool:
    try:
        forward_pass(Unrolled(Graph(network), values.steps), values, FLOAT if network.is_scalar else arrays())
    except (DeriveError, ArithmeticError, ValueError):
        return False
    return True


def _drawn(network: Network, steps: int, random: Any, scale: float) -> dict[str, Any]:
    own = _own(network, steps)
    sizes = _sizes(network, own)
    found: dict[str, Any] = {}
    for name in network.parameters:
        found[name] = _spread(random, [sizes[size] for size in network.shape(name)], scale)
    for name in network.data:
        shape = [sizes[size] for size in network.shape(name)]
        like = None if own is None else np.array([_floats(own[Node(name, step)]) for step in range(1, steps + 1)])
        found[name] = [_like(random, like, shape) for _ in range(steps)]
    for name, sides in network.outside.items():
        shape = [sizes[size] for size in network.shape(name)]
        found |= {label: _spread(random, shape, scale) for side in sides for label in side}
    return found


def _own(network: Network, steps: int) -> Values | None:
    """The network's own example, if it has one for so many steps."""
    try:
        return resolve(network, steps)
    except DeriveError:
        return None


def _sizes(network: Network, own: Values | None) -> dict[str, int]:
    """A size for each name of one: all different, but those of constants are the network's own."""
    names = dict.fromkeys(size for shape in network.shapes.values() for size in shape if size != SINGLE)
    fixed = {size for name in network.constants for size in network.shape(name)}
    found = {name: SMALLEST + place for place, name in enumerate(names)}
    return found | ({name: own.sizes[name] for name in fixed if name != SINGLE} if own else {}) | {SINGLE: 1}


def _spread(random: Any, shape: list[int], scale: float) -> Any:
    return np.round(random.normal(size=shape) * scale, DECIMALS).tolist()


def _like(random: Any, own: Any, shape: list[int]) -> Any:
    """A datum of one step, like those of the network's own example."""
    if own is not None:
        switches = bool(np.all((own == 0) | (own == 1)))
        shares = own.ndim > 1 and bool(np.all(own >= 0) and np.allclose(own.sum(axis=-1), 1))
        if shares and switches:
            return np.eye(shape[-1])[random.integers(shape[-1], size=shape[:-1])].tolist()
        if shares:
            parts = random.integers(1, 100, size=shape)
            return _rationals(parts)
        if switches and own.min() != own.max():
            return random.integers(2, size=shape).tolist()
    return _spread(random, shape, 1.0)


def _rationals(parts: Any) -> Any:
    """Shares that add up to 1 exactly, as fractions."""
    if parts.ndim > 1:
        return [_rationals(row) for row in parts]
    return [f"{part}/{parts.sum()}" for part in parts]


def _floats(value: Any) -> Any:
    return [_floats(entry) for entry in value] if isinstance(value, tuple) else float(value)


def as_arrays(network: Network, values: Values) -> Mapping[str, Any]:
    """Return values by their labels as a function takes them: data stacked over the steps."""
    found: dict[str, Any] = {}
    for name in network.timeless:
        found[name] = np.array(_floats(values[Node(name)]))
    for name in network.data:
        found[name] = np.array([_floats(values[Node(name, step)]) for step in range(1, values.steps + 1)])
    for node, value in values.of.items():
        if node.step is not None and not 1 <= node.step <= values.steps:
            found[initial_label(node, values.steps)] = np.array(_floats(value))
    return found
