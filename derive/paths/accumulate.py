"""Accumulate: reverse accumulation of a path sum, over any ring.

Backpropagation through time on the unrolled graph as it is: it starts at L, and adds to each argument of a node the node's
adjoint times one local partial. (Griewank & Walther, Evaluating Derivatives, 2008.)
"""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import Any

from derive.graph import TOTAL, Arc, Node, Unrolled
from derive.paths.ring import add_to


def reverse(unrolled: Unrolled, weight: Callable[[Arc], Any], losses: Container[int] | None = None) -> dict[Node, Any]:
    """Return the adjoint of every node that L depends on: Σ over paths of the product of weights, from L on.

    ``weight`` gives each arc's weight, in any ring: numbers, SymPy expressions, `Words`. Given the steps of ``losses``, only
    the paths from these. Linear in T.
    """
    adjoints: dict[Node, Any] = {}
    for arc, tail in unrolled.below(TOTAL):
        if losses is None or arc.step in losses:
            add_to(adjoints, tail, weight(arc))
    for node in unrolled.nodes_from_loss():
        if node in adjoints:
            for arc, tail in unrolled.below(node):
                add_to(adjoints, tail, adjoints[node] * weight(arc))
    return adjoints
