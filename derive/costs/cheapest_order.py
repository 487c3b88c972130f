"""Cheapest: the order of vertex elimination with fewest multiplications, by search over sets of eliminated nodes.

What is left of a graph after a set of inner nodes has been eliminated does not depend on their order: an arc for every
way through the set. So the cheapest order is a shortest path over sets, found by A*, cut off at the cost of an order
known before. A node with one arc in and one out is eliminated at once, unless that adds to an arc that is 1: it costs
the same whenever it is done, and none becomes dearer by it. After ``limit`` sets the search gives up, and what it
returns is not proven to be cheapest: accumulating a Jacobian with fewest operations is NP-complete (Naumann,
Mathematical Programming 112, 2008).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import NamedTuple

MOST_NODES = 60
"""A graph of more nodes than this, chains not counted, is not searched at all."""


class Found(NamedTuple):
    """An order of elimination as places, its multiplications, and whether none is cheaper for certain."""

    order: tuple[int, ...]
    multiplications: int
    proven: bool


@dataclass(frozen=True, slots=True)
class Bits:
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

    def is_link(self, place: int) -> bool:
        """Whether a node has one arc in and one out, and joining them adds to no arc that is 1."""
        return self.degree(place) == 1 and not self.units[next(self.heads(place))] & self.onward[place]

    def without(self, place: int) -> tuple[Bits, int]:
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
        return Bits(onward, into, units, self.left & gone), cost

    def shortened(self) -> tuple[Bits, tuple[int, ...], int]:
        """The graph without its nodes with one arc in and one out, which these are, and what that takes."""
        graph, chosen, spent = self, [], 0
        while (place := next((place for place in _places(graph.left) if graph.is_link(place)), None)) is not None:
            graph, cost = graph.without(place)
            chosen.append(place)
            spent += cost
        return graph, tuple(chosen), spent

    def cost(self, order: Iterable[int]) -> int:
        """How many multiplications an order takes."""
        graph, total = self, 0
        for place in order:
            graph, cost = graph.without(place)
            total += cost
        return total

    def markowitz(self) -> tuple[int, ...]:
        """The order that takes the node with fewest arcs in × arcs out next."""
        graph, chosen = self, []
        while graph.left:
            chosen.append(min(_places(graph.left), key=graph.degree))
            graph, _ = graph.without(chosen[-1])
        return tuple(chosen)


def cheapest(graph: Bits, known: tuple[int, ...], limit: int) -> Found:
    """Return the order with fewest multiplications, given one that is known, looking at no more than ``limit`` sets."""
    bound = graph.cost(known)
    least = _least(graph)
    begin, chain, spent = graph.shortened()
    if begin.left.bit_count() > MOST_NODES:
        return Found(known, bound, proven=False)
    queue = [(spent + _over(begin.left, least), 0, spent, chain, begin)]
    seen: set[int] = set()
    pushed = 0
    while queue:
        _, _, cost, order, here = heappop(queue)
        if not here.left:
            return Found(order, cost, proven=True)
        if here.left in seen:
            continue
        seen.add(here.left)
        if len(seen) > limit:
            return Found(known, bound, proven=False)
        for place in _places(here.left):
            smaller, own = here.without(place)
            smaller, chain, more = smaller.shortened()
            total = cost + own + more
            estimate = total + _over(smaller.left, least)
            if smaller.left not in seen and estimate < bound:
                pushed += 1
                heappush(queue, (estimate, -pushed, total, (*order, place, *chain), smaller))
    return Found(known, bound, proven=True)


def _least(graph: Bits) -> tuple[int, ...]:
    """Per place, a number of multiplications that eliminating it takes whenever that is done.

    Where a node's arcs lead once others are gone is a set that all its paths to the targets cross, so it has at least
    as many members as there are such paths without a common node. Arcs that are 1 stay few where they lead to targets;
    of a node with others that are 1 nothing is claimed.
    """
    found = [0] * len(graph.onward)
    for place in _places(graph.left):
        ones = graph.units[place]
        if not (ones & graph.left or any(graph.units[head] >> place & 1 for head in graph.heads(place))):
            found[place] = max(0, _disjoint(graph, place) - ones.bit_count())
    return tuple(found)


def _disjoint(graph: Bits, start: int) -> int:
    """How many paths lead from a place to ends without another place in common (Menger): as many as a flow can carry.

    Every place p but the start is an arc from 2p to 2p + 1 that carries one path; ends have no arcs onward.
    """
    flow: set[tuple[int, int]] = set()
    count = 0
    while (path := _augmenting(graph, start, flow)) is not None:
        count += 1
        for one, other in path:
            if (other, one) in flow:
                flow.remove((other, one))
            else:
                flow.add((one, other))
    return count


def _augmenting(graph: Bits, start: int, flow: set[tuple[int, int]]) -> list[tuple[int, int]] | None:
    """A way for one more path, as arcs, those of the flow taken backwards."""
    came: dict[int, int] = {2 * start + 1: -1}
    queue = [2 * start + 1]
    while queue:
        here = queue.pop()
        place, leaving = divmod(here, 2)
        onward = [2 * tail for tail in _places(graph.onward[place])] if leaving else [here + 1]
        back = [one for one, other in flow if other == here]
        for there in (*(there for there in onward if (here, there) not in flow), *back):
            if there in came:
                continue
            came[there] = here
            if there % 2 and not graph.onward[there // 2]:
                return _steps(came, there)
            queue.append(there)
    return None


def _steps(came: dict[int, int], end: int) -> list[tuple[int, int]]:
    path = []
    while (before := came[end]) != -1:
        path.append((before, end))
        end = before
    return path


def _places(bits: int) -> Iterator[int]:
    while bits:
        last = bits & -bits
        yield last.bit_length() - 1
        bits ^= last


def _over(left: int, least: Sequence[int]) -> int:
    return sum(least[place] for place in _places(left))
