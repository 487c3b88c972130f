"""Lags: in how many ways the losses lead to each variable, sorted by how far before the loss (or behind it) that stands.

One walk over the unrolled graph for all losses together: what comes to a node is a polynomial, with z^t for each way from the
loss of step t. Its coefficients are the digits of one large integer, so that to add polynomials is to add integers (Kronecker
substitution; von zur Gathen and Gerhard, Modern Computer Algebra, 2013, section 8.4).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from derive.graph import Node, Unrolled
from derive.paths.accumulate import reverse
from derive.paths.ring import add_to


@dataclass(frozen=True, slots=True)
class Polynomial:
    """z^low times the polynomial whose coefficients are the digits of a number, each ``size`` bytes long, the lowest first."""

    low: int
    digits: int
    size: int

    def __add__(self, other: Polynomial) -> Polynomial:
        """Return the sum of two with digits of the same size, none of which overflows."""
        low = min(self.low, other.low)
        ours, theirs = (each.digits << 8 * self.size * (each.low - low) for each in (self, other))
        return Polynomial(low, ours + theirs, self.size)

    def times_power(self, exponent: int) -> Polynomial:
        """Return its product with z^exponent."""
        return Polynomial(self.low + exponent, self.digits, self.size)

    def terms(self) -> Iterator[tuple[int, int]]:
        """Yield each exponent with its coefficient, but for those that are 0."""
        length = -(-self.digits.bit_length() // (8 * self.size))
        spelled = self.digits.to_bytes(length * self.size, "little")
        for place in range(length):
            digit = int.from_bytes(spelled[place * self.size : (place + 1) * self.size], "little")
            if digit:
                yield self.low + place, digit


def ways_by_lag(unrolled: Unrolled) -> Mapping[str, Mapping[int, int]]:
    """Return, per variable, each lag t − k with the number of ways from the loss of a step t to the variable at t − lag = k.

    >>> from derive.graph import Graph
    >>> from derive.network import load
    >>> ways_by_lag(Unrolled(Graph(load("elman")), 3))["h"]
    {0: 3, 1: 2, 2: 1}
    """
    if "ways by lag" not in unrolled.known:
        found = {name: dict(ways.terms()) for name, ways in _polynomials(unrolled).items()}
        unrolled.known["ways by lag"] = found
    ways: Mapping[str, Mapping[int, int]] = unrolled.known["ways by lag"]
    return ways


def _polynomials(unrolled: Unrolled) -> Mapping[str, Polynomial]:
    """Per variable, the sum of what comes to it at each step, times z^−step."""
    every = sum(reverse(unrolled, lambda _: 1).values())  # no coefficient is larger
    size = every.bit_length() // 8 + 1
    waiting: dict[Node, Polynomial] = {}
    found: dict[str, Polynomial] = {}
    for arc, loss in unrolled.loss_arcs:
        add_to(waiting, loss, Polynomial(arc.step, 1, size))
    for node in unrolled.nodes_from_loss():
        here = waiting.pop(node, None)
        if here is None or node.step is None:
            continue
        add_to(found, node.name, here.times_power(-node.step))
        for _, tail in unrolled.below(node):
            if tail.name in unrolled.graph.below:
                add_to(waiting, tail, here)
    return found
