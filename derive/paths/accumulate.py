"""Accumulate: ways of folding one path sum, over any ring.

Reverse accumulation (BPTT) starts at L and adds to each argument; vertex elimination removes the inner nodes one by
one, in any order, joining each arc into a node with each arc out of it (Griewank & Reese, On the calculation of
Jacobian matrices by the Markowitz rule, 1991). With weights in the free algebra (`Words`) the result is the set of
paths itself, so that equality there is equality for every network of this shape, scalar or not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any

from derive.graph import TOTAL, Arc, Node, Unrolled
from derive.paths.paths import Word


@dataclass(frozen=True)
class Words:
    """A polynomial in non-commuting letters, one letter per arc: a set of paths with multiplicity.

    >>> first, second = Words.letter(Arc(None, 1)), Words.letter(Arc(None, 2))
    >>> first * second == second * first, first + second == second + first
    (False, True)
    """

    terms: Counter[Word]

    @staticmethod
    def letter(arc: Arc) -> Words:
        """The polynomial of one arc."""
        return Words(Counter({(arc.key,): 1}))

    def __add__(self, other: Words) -> Words:
        """The union."""
        return Words(self.terms + other.terms)

    def __mul__(self, other: Words) -> Words:
        """Every path of self continued by every path of other."""
        product: Counter[Word] = Counter()
        for left, times in self.terms.items():
            for right, again in other.terms.items():
                product[left + right] += times * again
        return Words(product)


def reverse(unrolled: Unrolled, weight: Callable[[Arc], Any]) -> dict[Node, Any]:
    """Return the adjoint of every node that L depends on: Σ over paths of the product of weights, from L on.

    ``weight`` gives each arc's weight, in any ring: numbers, SymPy expressions, `Words`. Linear in T.
    """
    adjoints: dict[Node, Any] = {}
    for arc, tail in unrolled.loss_arcs:
        _add(adjoints, tail, weight(arc))
    for node in unrolled.nodes_from_loss():
        if node in adjoints:
            for arc, tail in unrolled.below(node):
                _add(adjoints, tail, adjoints[node] * weight(arc))
    return adjoints


def eliminate(
    unrolled: Unrolled,
    weight: Callable[[Arc], Any],
    order: Iterable[Node] | None = None,
    ends: Collection[Node] | None = None,
) -> dict[Node, Any]:
    """Return the derivative of L by every parameter, datum and initial state, by vertex elimination.

    ``order`` says when each variable at each step is eliminated, every one once; without it, from the first step to the
    last, which is forward accumulation. Given the ``ends`` that are asked for, the others are left out: the data alone
    are as many as steps. Raises `ValueError` if the order leaves out a node, or names one that is none.
    """
    inner = set(unrolled.nodes())
    chosen = tuple(unrolled.nodes() if order is None else order)
    if sorted(chosen) != sorted(inner):
        raise ValueError("an order of elimination names every variable at every step once")
    below: dict[Node, dict[Node, Any]] = {TOTAL: {}}
    above: dict[Node, set[Node]] = {}
    for node in (*unrolled.nodes(), TOTAL):
        for arc, tail in unrolled.below(node):
            if ends is None or tail in inner or tail in ends:
                _add(below.setdefault(node, {}), tail, weight(arc))
                above.setdefault(tail, set()).add(node)
    for node in chosen:
        onward = below.pop(node, {})
        for head in above.pop(node, set()):
            into = below[head].pop(node)
            for tail, weight_on in onward.items():
                _add(below[head], tail, into * weight_on)
                above[tail].add(head)
        for tail in onward:
            above[tail].discard(node)
    return below[TOTAL]


def _add(sums: dict[Node, Any], node: Node, value: Any) -> None:
    sums[node] = sums[node] + value if node in sums else value
