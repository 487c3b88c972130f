"""Generic: values at which nothing special happens, for checks that must not depend on the example.

At 0, at 1, or over a single step, faults hide: a factor too many is 1, a term lost is 0. So what is checked at the values of
a worked example is checked again at these, over enough steps for every lag to be seen from both sides. They are fractions with
a prime denominator, none of them 0 or ±1, no two alike, the same in every run; vectors have sizes that differ from each other.
A network may have no value at some of them (a logarithm of a negative number), hence several draws, the later the tamer.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from functools import cache
from typing import Any

from derive.equations import SINGLE, length_at, length_terms
from derive.graph import Graph
from derive.network import Given, Network
from derive.numbers.values import Values, initial_label, outside, resolve

PRIME = 1009
APART = Fraction(1012, 1013)
"""Times this, a number is like none that was not."""
SMALLEST_SIZE = 2
DRAWS: tuple[tuple[Fraction, Fraction], ...] = (
    (Fraction(-1), Fraction(1)),
    (Fraction(0), Fraction(1)),
    (Fraction(0), Fraction(1, 8)),
    (Fraction(1), Fraction(2)),
    (Fraction(-1, 8), Fraction(1, 8)),
)
"""The ranges that values are drawn from, one draw after the other."""


def generic_steps(graph: Graph) -> int:
    """Return a T at which every arrow of the graph is there, and is missing, at some step: longest lag + 2.

    If losses are at some steps, or data are read at some step for all t, at least the last of these.
    """
    listed = graph.network.loss_at if isinstance(graph.network.loss_at, tuple) else ()
    longest = max((abs(edge.lag) for edge in graph.edges if edge.lag), default=0)
    return max((2 + longest, graph.network.longest_step, *listed[-1:]))


def generic_values(
    network: Network, steps: int, draws: Iterable[tuple[Fraction, Fraction]] = DRAWS
) -> Iterator[Values]:
    """Yield values for T steps, a draw after the other, each from its range.

    >>> from derive.network import load
    >>> from derive.graph import Node
    >>> print(next(generic_values(load("elman"), 2))[Node("w_h")])
    -529/1009
    """
    sizes = _generic_sizes(network)
    for draw, (low, high) in enumerate(draws):
        numbers = spread_over(draw, low, high)
        given = {name: _filled(network.shape(name), sizes, numbers) for name in network.timeless}
        given |= {name: [_filled(network.shape(name), sizes, numbers) for _ in range(steps)] for name in network.data}
        for name in network.distributions:
            drawn = [_filled(network.shape(name), sizes, numbers) for _ in range(steps)]
            given[name] = [_distribution(value, network.axis) for value in drawn]
        for node in outside(network, steps):
            value = _filled(network.shape(node.name), sizes, numbers)
            given[initial_label(node, steps)] = (
                _distribution(value, network.axis) if node.name in network.distributions else value
            )
        yield resolve(network, steps, given)


def _distribution(components: Any, axis: int | None) -> Given:
    """Components that add up to 1, of a matrix those of each row or column: no other number is one of them, or the last."""
    *others, last = components
    if isinstance(last, list) and axis:
        return [_distribution(row, None) for row in components]
    if isinstance(last, list):
        columns = [_distribution(column, None) for column in zip(*components, strict=True)]
        return [list(row) for row in zip(*columns, strict=True)]
    apart = [APART * number for number in others]
    return [*apart, 1 - sum(apart)]


def _generic_sizes(network: Network) -> dict[str, int]:
    """Sizes that differ from one another, and their sums."""
    written = dict.fromkeys(size for shape in network.shapes.values() for size in shape)
    names = dict.fromkeys(name for size in written for name in length_terms(size) if name)
    sizes = {name: SMALLEST_SIZE + place for place, name in enumerate(names)} | {SINGLE: 1}
    return sizes | {size: length_at(size, sizes) for size in written}


def _filled(shape: tuple[str, ...], sizes: Mapping[str, int], numbers: Iterator[Fraction]) -> Given:
    """A number, or a list in the shape of a vector or matrix."""
    return [_filled(shape[1:], sizes, numbers) for _ in range(sizes[shape[0]])] if shape else next(numbers)


def spread_over(draw: int, low: Fraction = Fraction(-1), high: Fraction = Fraction(1)) -> Iterator[Fraction]:
    """Yield fractions spread over a range, none alike for long: multiples of the golden section, modulo 1."""
    known = _spread(low, high)
    for place in itertools.count(10_000 * draw + 1):
        turn = place % (PRIME - 2)
        if turn not in known:
            known[turn] = low + (high - low) * Fraction(1 + turn * 623 % (PRIME - 2), PRIME)
        yield known[turn]


@cache
def _spread(low: Fraction, high: Fraction) -> dict[int, Fraction]:  # noqa: ARG001 - what it is kept by
    """The fractions of a range that were asked for, by their turn: they begin again after all of them."""
    return {}
