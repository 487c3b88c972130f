"""Orders: in which order to eliminate the inner nodes of a linearized graph, and how many multiplications that takes.

Eliminating a node joins each arc into it with each arc out of it: one multiplication for each pair, but none where one of
the two local partials is identically 1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from derive.costs.cheapest_order import Bits, Found, cheapest
from derive.graph import TOTAL, Arc, Node
from derive.paths import Elimination

Heuristic = Literal["forward", "reverse", "markowitz"]
HEURISTICS: tuple[Heuristic, ...] = ("reverse", "forward", "markowitz")
LIMIT = 10_000
"""How many sets of eliminated nodes a search looks at: some seconds."""


@dataclass(frozen=True, slots=True)
class Best:
    """The cheapest order of elimination found, its multiplications, and whether none is cheaper for certain."""

    order: tuple[Node, ...]
    multiplications: int
    proven: bool


@dataclass(frozen=True)
class Orders:
    """Orders in which to eliminate the inner nodes of a graph, with the multiplications that they take.

    ``is_unit`` says which arcs have a local partial that is identically 1.
    """

    elimination: Elimination
    is_unit: Callable[[Arc], bool]

    def order(self, heuristic: Heuristic) -> tuple[Node, ...]:
        """Return an order: from the loss back, from the first step on, or the node with fewest arcs in × out next."""
        match heuristic:
            case "reverse":
                return self.elimination.inner
            case "forward":
                return self.elimination.from_first_step
            case "markowitz":
                return self._named(self.bits.markowitz())

    def cost(self, order: Iterable[Node]) -> int:
        """Return how many multiplications an order takes."""
        return self.bits.cost(self._places[node] for node in order)

    def best(self, limit: int = LIMIT) -> Best:
        """Return the order with fewest multiplications, looking at no more than ``limit`` sets of eliminated nodes."""
        known = min((self.order(heuristic) for heuristic in HEURISTICS), key=self.cost)
        found: Found = cheapest(self.bits, tuple(self._places[node] for node in known), limit)
        return Best(self._named(found.order), found.multiplications, found.proven)

    def _named(self, places: Iterable[int]) -> tuple[Node, ...]:
        return tuple(self.elimination.inner[place - 1] for place in places)

    @cached_property
    def _places(self) -> dict[Node, int]:
        """L is place 0, inner nodes follow, then the targets."""
        return {node: place for place, node in enumerate((TOTAL, *self.elimination.inner, *self.elimination.targets))}

    @cached_property
    def bits(self) -> Bits:
        """The graph as sets of bits."""
        onward, into, units = ([0] * len(self._places) for _ in range(3))
        for head, arc, tail in self.elimination.arcs:
            above, below = self._places[head], self._places[tail]
            onward[above] |= 1 << below
            into[below] |= 1 << above
            units[above] |= (1 << below) * self.is_unit(arc)
        return Bits(onward, into, units, sum(1 << place for place in range(1, 1 + len(self.elimination.inner))))
