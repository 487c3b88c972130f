"""Elimination: the derivatives by some targets, by removing the nodes between L and them one by one, over any ring.

To eliminate a node is to join each arc into it with each arc out of it; the order is free. From L on that is reverse
accumulation, from the first step on forward accumulation. (Griewank & Reese, On the calculation of Jacobian matrices by the
Markowitz rule, 1991.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from derive.graph import TOTAL, Arc, Node, Unrolled, leading
from derive.paths.ring import add_to


@dataclass(frozen=True)
class Elimination:
    """The linearized graph between L and some targets, ready to have its inner nodes eliminated.

    >>> from derive.graph import Graph
    >>> from derive.network import load
    >>> elimination = Elimination(Unrolled(Graph(load("elman")), 3), (Node("w_h"),))
    >>> len(elimination.inner), elimination.derivatives(lambda arc: 1)
    (12, {Node(name='w_h', step=None): 6})
    """

    unrolled: Unrolled
    targets: tuple[Node, ...]

    @cached_property
    def arcs(self) -> tuple[tuple[Node, Arc, Node], ...]:
        """Every arc on a path from L to a target: head, arc, tail."""
        leads = leading(self.unrolled, *self.targets)
        between = leads & self.unrolled.reached
        kept = (TOTAL, *(node for node in self.unrolled.nodes_from_loss() if node in between))
        return tuple((node, arc, tail) for node in kept for arc, tail in self.unrolled.below(node) if tail in leads)

    @cached_property
    def inner(self) -> tuple[Node, ...]:
        """The nodes to eliminate, from the loss on."""
        heads = {head for head, _, _ in self.arcs}
        return tuple(node for node in self.unrolled.nodes_from_loss() if node in heads)

    @cached_property
    def from_first_step(self) -> tuple[Node, ...]:
        """The nodes to eliminate, from the first step on."""
        heads = {head for head, _, _ in self.arcs}
        return tuple(node for node in self.unrolled.nodes() if node in heads)

    def derivatives(self, weight: Callable[[Arc], Any], order: Iterable[Node] | None = None) -> dict[Node, Any]:
        """Return the derivative of L by each target that it depends on, in any ring, inner nodes eliminated in an order.

        Without one that is from the first step on. Raises `ValueError` for an order that leaves out an inner node, or names
        one twice, or one that is none.
        """
        chosen = self.from_first_step if order is None else tuple(order)
        if sorted(chosen) != sorted(self.inner):
            raise ValueError("an order of elimination names every inner node once")
        below: dict[Node, dict[Node, Any]] = {TOTAL: {}}
        above: dict[Node, set[Node]] = {}
        for head, arc, tail in self.arcs:
            add_to(below.setdefault(head, {}), tail, weight(arc))
            above.setdefault(tail, set()).add(head)
        for node in chosen:
            onward = below.pop(node)
            heads = above.pop(node)
            for tail, factor in onward.items():
                above[tail].discard(node)
                above[tail] |= heads
                for head in heads:
                    add_to(below[head], tail, below[head][node] * factor)
            for head in heads:
                del below[head][node]
        return below[TOTAL]
