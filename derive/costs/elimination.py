"""Elimination: the linearized graph between L and some targets, and orders in which to eliminate its inner nodes.

Eliminating a node joins each arc into it with each arc out of it (`accumulate.eliminate` does so for all that L depends
on; here only nodes on the way to the targets are looked at). An arc whose local partial is identically 1 costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from derive.costs.cheapest_order import Bits, Found, cheapest
from derive.graph import TOTAL, Arc, Node, Unrolled, leading

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
class Elimination:
    """The linearized graph between L and some targets, ready to have its inner nodes eliminated.

    ``is_unit`` says which arcs have a local partial that is identically 1.
    """

    unrolled: Unrolled
    targets: tuple[Node, ...]
    is_unit: Callable[[Arc], bool]

    @cached_property
    def arcs(self) -> tuple[tuple[Node, Arc, Node], ...]:
        """Every arc on a path from L to a target: head, arc, tail."""
        leads = leading(self.unrolled, *self.targets)
        kept = [TOTAL, *(node for node in self.unrolled.nodes_from_loss() if node in leads & self.unrolled.reached)]
        return tuple((node, arc, tail) for node in kept for arc, tail in self.unrolled.below(node) if tail in leads)

    @cached_property
    def inner(self) -> tuple[Node, ...]:
        """The nodes to eliminate, from the loss on."""
        heads = dict.fromkeys(head for head, _, _ in self.arcs if head != TOTAL)
        return tuple(node for node in self.unrolled.nodes_from_loss() if node in heads)

    def order(self, heuristic: Heuristic) -> tuple[Node, ...]:
        """Return an order: from the loss back, from the first step on, or the node with fewest arcs in × out next."""
        if heuristic == "reverse":
            return self.inner
        if heuristic == "forward":
            heads = set(self.inner)
            return tuple(node for node in self.unrolled.nodes() if node in heads)
        return self._named(self.bits.markowitz())

    def derivatives(self, weight: Callable[[Arc], Any], order: Iterable[Node]) -> dict[Node, Any]:
        """Return the derivative of L by each target in any ring, inner nodes eliminated in this order."""
        below: dict[Node, dict[Node, Any]] = {}
        for head, arc, tail in self.arcs:
            below.setdefault(head, {})[tail] = weight(arc)
        for node in order:
            onward = below.pop(node)
            for arcs in below.values():
                into = arcs.pop(node, None)
                for tail, factor in onward.items() if into is not None else ():
                    product = into * factor
                    arcs[tail] = arcs[tail] + product if tail in arcs else product
        return below.get(TOTAL, {})

    # -- the cheapest order -------------------------------------------------------------------------------------------

    def cost(self, order: Iterable[Node]) -> int:
        """Return how many multiplications an order takes."""
        return self.bits.cost(self._places[node] for node in order)

    def best(self, limit: int = LIMIT) -> Best:
        """Return the order with fewest multiplications, looking at no more than ``limit`` sets of eliminated nodes."""
        known = min((self.order(heuristic) for heuristic in HEURISTICS), key=self.cost)
        found: Found = cheapest(self.bits, tuple(self._places[node] for node in known), limit)
        return Best(self._named(found.order), found.multiplications, found.proven)

    def _named(self, places: Iterable[int]) -> tuple[Node, ...]:
        return tuple(self.inner[place - 1] for place in places)

    @cached_property
    def _places(self) -> dict[Node, int]:
        """L is place 0, inner nodes follow, then the targets."""
        return {node: place for place, node in enumerate((TOTAL, *self.inner, *self.targets))}

    @cached_property
    def bits(self) -> Bits:
        """The graph as sets of bits."""
        onward, into, units = ([0] * len(self._places) for _ in range(3))
        for head, arc, tail in self.arcs:
            above, below = self._places[head], self._places[tail]
            onward[above] |= 1 << below
            into[below] |= 1 << above
            units[above] |= (1 << below) * self.is_unit(arc)
        return Bits(onward, into, units, sum(1 << place for place in range(1, 1 + len(self.inner))))
