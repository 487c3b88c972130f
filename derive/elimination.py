"""Elimination: orders of vertex elimination, what they cost, and the cheapest.

What is left of the linearized graph after a set of inner nodes has been eliminated does not depend on their order: an arc
for every way through the set. So the cheapest order is a shortest path over sets, found with Dijkstra's algorithm, cut
off at the cost of the cheapest order known before. A node with one arc in and one out is eliminated at once: that costs
one multiplication whenever it is done, and makes no other node dearer. Beyond ``limit`` sets the search stops, and
what it returns is not proven to be cheapest: accumulating a Jacobian with fewest operations is NP-complete (Naumann, Optimal
Jacobian accumulation is NP-complete, Mathematical Programming 112, 2008).

Only nodes between L and the targets are looked at, and an arc whose local partial is identically 1 costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from heapq import heappop, heappush
from typing import Any, Literal, TypeAlias

from derive.unroll import TOTAL, Arc, Node, Unrolled

Heuristic = Literal["forward", "reverse", "markowitz"]
Weights: TypeAlias = dict[Node, dict[Node, Any]]
"""Per node, the nodes that its arcs lead to, each with a weight."""
LIMIT = 20_000


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
        leads = set(self.targets)
        for node in self.unrolled.nodes():
            if any(tail in leads for _, tail in self.unrolled.below(node)):
                leads.add(node)
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
        graph, chosen = self._start, []
        for _ in self.inner:
            left = [place for place in range(1, 1 + len(self.inner)) if graph.onward[place]]
            place = min(left, key=lambda place: (graph.degree(place), place))
            chosen.append(self.inner[place - 1])
            graph = graph.without(place)[0]
        return tuple(chosen)

    def derivatives(self, weight: Callable[[Arc], Any], order: Iterable[Node]) -> dict[Node, Any]:
        """Return the derivative of L by each target in any ring, inner nodes eliminated in this order."""
        below: Weights = {}
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
        graph, total, places = self._start, 0, {node: place for place, node in enumerate(self.inner, 1)}
        for node in order:
            graph, cost = graph.without(places[node])
            total += cost
        return total

    def best(self, limit: int = LIMIT) -> Best:
        """Return the order with fewest multiplications, looking at no more than ``limit`` sets of eliminated nodes."""
        heuristics: tuple[Heuristic, ...] = ("reverse", "forward", "markowitz")
        known = min((self.order(heuristic) for heuristic in heuristics), key=self.cost)
        bound = self.cost(known)
        begin, chain, spent = self._shortened(self._start)
        if begin.left.bit_count() > MOST_NODES:
            return Best(known, bound, proven=False)
        least = self._least
        queue = [(spent + _over(begin.left, least), 0, spent, chain, begin)]
        seen: set[int] = set()
        pushed = 0
        while queue:
            _, _, cost, order, graph = heappop(queue)
            if not graph.left:
                return Best(tuple(self.inner[place - 1] for place in order), cost, proven=True)
            if graph.left in seen:
                continue
            seen.add(graph.left)
            if len(seen) > limit:
                return Best(known, bound, proven=False)
            for place in _places(graph.left):
                smaller, own = graph.without(place)
                smaller, chain, more = self._shortened(smaller)
                total = cost + own + more
                estimate = total + _over(smaller.left, least)
                if smaller.left not in seen and estimate < bound:
                    pushed += 1
                    heappush(queue, (estimate, pushed, total, (*order, place, *chain), smaller))
        return Best(known, bound, proven=True)

    @cached_property
    def _least(self) -> tuple[int, ...]:
        """Per place, a number of multiplications that eliminating it takes whenever it is done.

        Where a node's arcs lead once others are gone is a set that all its paths to the targets cross, so it has at least
        as many members as there are such paths without a common node. Arcs that are 1 stay few where they lead to
        targets; of a node with others that are 1 nothing is claimed.
        """
        graph = self._start
        found = [0] * len(graph.onward)
        for place in _places(graph.left):
            ones = graph.units[place]
            if not (ones & graph.left or any(graph.units[head] >> place & 1 for head in graph.heads(place))):
                found[place] = max(0, _disjoint(graph, place) - ones.bit_count())
        return tuple(found)

    def _shortened(self, graph: _Bits) -> tuple[_Bits, tuple[int, ...], int]:
        """Eliminate nodes with one arc in and one out, while there are some."""
        chosen: list[int] = []
        spent = 0
        while (place := next((place for place in _places(graph.left) if graph.degree(place) == 1), None)) is not None:
            graph, cost = graph.without(place)
            chosen.append(place)
            spent += cost
        return graph, tuple(chosen), spent

    @cached_property
    def _start(self) -> _Bits:
        """The graph as sets of bits: L is place 0, inner nodes follow, then the targets."""
        places = {node: place for place, node in enumerate((TOTAL, *self.inner, *self.targets))}
        onward, units = [0] * len(places), [0] * len(places)
        for head, arc, tail in self.arcs:
            onward[places[head]] |= 1 << places[tail]
            units[places[head]] |= (1 << places[tail]) * self.is_unit(arc)
        return _Bits(tuple(onward), tuple(units), sum(1 << place for place in range(1, 1 + len(self.inner))))


@dataclass(frozen=True, slots=True)
class _Bits:
    """A graph as sets of bits: per place where its arcs lead and come from, which lead on with 1; the inner nodes left."""

    onward: Sequence[int]
    into: Sequence[int]
    units: Sequence[int]
    left: int

    def heads(self, place: int) -> Iterator[int]:
        """The places with an arc to this one."""
        return _places(self.into[place])

    def degree(self, place: int) -> int:
        """Arcs in × arcs out."""
        return self.into[place].bit_count() * self.onward[place].bit_count()

    def without(self, place: int) -> tuple[_Bits, int]:
        """The graph without an inner node, and how many multiplications that takes."""
        onward, into, units, cost = list(self.onward), list(self.into), list(self.units), 0
        arcs, ones, heads, gone = onward[place], units[place], into[place], ~(1 << place)
        for head in _places(heads):
            one = units[head] >> place & 1
            cost += 0 if one else (arcs & ~ones).bit_count()
            fresh = arcs & ~onward[head]
            units[head] = units[head] & gone & ~arcs | (fresh & ones if one else 0)
            onward[head] = onward[head] & gone | arcs
        for tail in _places(arcs):
            into[tail] = into[tail] & gone | heads
        onward[place] = into[place] = units[place] = 0
        return _Bits(onward, into, units, self.left & gone), cost


def _places(bits: int) -> Iterator[int]:
    while bits:
        last = bits & -bits
        yield last.bit_length() - 1
        bits ^= last


def _over(left: int, least: Sequence[int]) -> int:
    return sum(least[place] for place in _places(left))


def _disjoint(graph: _Bits, start: int) -> int:
    """How many paths lead from a place to ends that share no place but the start (Menger): augmented one by one."""
    after: dict[int, int] = {}
    before: dict[int, int] = {}
    count = 0
    while (path := _augmenting(graph, start, after, before)) is not None:
        count += 1
        for place, tail in path:
            after[place] = tail
        before.clear()
        before.update({tail: place for place, tail in after.items()})
    return count
