"""Segments: a path cut at the states it passes, into parts that lie within one step each.

Arcs between steps end at states, so a path from the loss of step t is a sequence of segments: each begins at the loss or at a
state v_s, uses equations of step s only, and ends at the next state or at the target. All segments with the same two ends
are added up once per step; what is left is a graph over states alone, in which sums over a thousand steps are quick
even where each loss has its own. Like `accumulate`, this works in any ring: weights are multiplied in the order of the
path, from L on, so that matrices serve as well as numbers.

A *grade* is a whole number that the arcs of a path make together: values are kept apart by it. Grades are joined by
addition (how many arcs lead to another step, say), or by any other operation that is associative and has 0 as its unit
(for sets, written as the bits of a number: their union).
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from heapq import heapify, heappop, heappush
from typing import Any, NamedTuple, TypeAlias

from derive.equations import expression as ex
from derive.graph import Arc, Edge, Node, Unrolled
from derive.paths.ring import add_all, add_to
from derive.paths.ways import Ways, ways_to

Graded: TypeAlias = dict[int, Any]
"""Per grade, an element of the ring."""
Flow: TypeAlias = dict[int, Graded]
"""Per place in `Segments.heads`, what has arrived there and is to go on."""


class Segment(NamedTuple):
    """All ways from a head to the next, of one grade: the place of that one (None: the target), and their sum."""

    place: int | None
    grade: int
    weight: Any


class Arrival(NamedTuple):
    """What arrives at the target from the equations of one step."""

    step: int
    grade: int
    value: Any


def ungraded(_: Arc) -> int:
    """Return grade 0, for every arc."""
    return 0


def crossing(arc: Arc, steps: int) -> int:
    """Return 1 for an arc that leads to another of so many steps, else 0."""
    anchor = arc.edge.anchor
    return int(bool(arc.edge.lag) or (anchor is not None and ex.step_of(anchor, steps) != arc.step))


@dataclass(frozen=True)
class Heads:
    """Where the segments of all paths from L to a target begin, whatever their weights are."""

    unrolled: Unrolled
    target: Node

    @cached_property
    def names(self) -> frozenset[str]:
        """The variables a segment may begin at: the loss, and those that are looked at from another step."""
        graph = self.unrolled.graph
        return frozenset((graph.network.loss, *(edge.tail for edge in graph.edges if edge.crosses)))

    @cached_property
    def leads(self) -> Ways:
        """The nodes from which there is a path to the target, itself included."""
        return ways_to(self.unrolled, self.target)

    @cached_property
    def edges(self) -> tuple[tuple[str, tuple[Edge, ...]], ...]:
        """Per variable, from the loss on, the edges that lead towards the target at some step."""
        graph, columns, target = self.unrolled.graph, self.leads.columns, self.target.name
        leading = {target, *(name for name, column in columns.items() if any(column))}
        below = graph.below.items()
        found = {name: tuple(edge for edge in edges if edge.tail in leading) for name, edges in below}
        return tuple((name, found[name]) for name in reversed(graph.order))

    @cached_property
    def heads(self) -> tuple[Node, ...]:
        """Where segments begin: the losses and states that lead to the target, each before what it needs."""
        return tuple(
            node
            for node in self.unrolled.nodes_from_loss(among=self.names)
            if node in self.leads and node != self.target
        )

    @cached_property
    def place(self) -> Mapping[Node, int]:
        """Where each head stands."""
        return {node: place for place, node in enumerate(self.heads)}


def heads_to(unrolled: Unrolled, target: Node) -> Heads:
    """Return where the segments of all paths from L to a target begin; for a parameter it is found once."""
    if target.step is not None:
        return Heads(unrolled, target)
    found: Heads = unrolled.known.setdefault(("heads", target), Heads(unrolled, target))
    return found


@dataclass(frozen=True)
class Segments:
    """The segments of all paths from L to a target, with weights in a ring.

    >>> from derive.graph import Graph
    >>> from derive.network import load
    >>> segments = Segments(Unrolled(Graph(load("elman")), 3), Node("w_h"), lambda arc: 1)
    >>> [arrival.step for arrival in segments.run(segments.start([3]))[0]]
    [3, 2, 1]
    """

    unrolled: Unrolled = field(repr=False)
    target: Node
    weight: Callable[[Arc], Any] = field(repr=False)
    grade: Callable[[Arc], int] = ungraded
    join: Callable[[int, int], int] = operator.add
    known: Heads | None = field(default=None, repr=False)
    """Where they begin, if that has been found already, for other weights."""

    @cached_property
    def _cut(self) -> Heads:
        return self.known or heads_to(self.unrolled, self.target)

    @cached_property
    def heads(self) -> tuple[Node, ...]:
        """Where segments begin."""
        return self._cut.heads

    @cached_property
    def place(self) -> Mapping[Node, int]:
        """Where each head stands."""
        return self._cut.place

    @cached_property
    def names(self) -> frozenset[str]:
        """The variables a segment may begin at."""
        return self._cut.names

    @cached_property
    def onward(self) -> tuple[tuple[Segment, ...], ...]:
        """Per head, its segments."""
        return tuple(tuple(self._segments(head)) for head in self.heads)

    def _segments(self, begin: Node) -> Iterator[Segment]:
        step, leads, heads = begin.step or 0, self._cut.leads, self._cut.place
        inner: dict[str, dict[int, Any]] = {begin.name: {0: None}}
        found: dict[tuple[int | None, int], Any] = {}
        for name, edges in self._cut.edges:
            values = inner.pop(name, None)
            for edge in edges if values else ():
                tail = self.unrolled.tail(edge, step)
                if tail not in leads:
                    continue
                arc = Arc(edge, step)
                grown = self.extended(values or {}, self.grade(arc), self.weight(arc))
                if tail != self.target and tail not in heads:
                    add_all(inner.setdefault(tail.name, {}), grown)
                    continue
                place = None if tail == self.target else heads[tail]
                add_all(found, {(place, grade): value for grade, value in grown.items()})
        return (Segment(place, grade, value) for (place, grade), value in found.items())

    def extended(self, values: Graded, grade: int, weight: Any) -> Graded:
        """Return values continued along a weight; None is the empty product."""
        grown: Graded = {}
        for before, value in values.items():
            add_to(grown, self.join(before, grade), weight if value is None else value * weight)
        return grown

    # -- adding up ----------------------------------------------------------------------------------------------------

    def start(self, steps: Iterable[int]) -> Flow:
        """Return the arcs from L to the losses of steps; of a loss that is the target see `direct`."""
        arcs = ((self.unrolled.from_loss(step), Node(self.unrolled.graph.network.loss, step)) for step in steps)
        return {self.place[node]: {self.grade(arc): self.weight(arc)} for arc, node in arcs if node in self.place}

    @property
    def direct(self) -> tuple[Arrival, ...]:
        """The path of one arc from L to the target, if that is a loss."""
        return tuple(self._straight(self.unrolled.loss_arcs))

    @property
    def penalty(self) -> tuple[Arrival, ...]:
        """The path of one arc from L to the target, if that is a parameter in the term that counts once."""
        return tuple(self._straight(self.unrolled.penalty_arcs))

    def _straight(self, arcs: Iterable[tuple[Arc, Node]]) -> Iterator[Arrival]:
        wanted = (arc for arc, tail in arcs if tail == self.target)
        return (Arrival(arc.step, self.grade(arc), self.weight(arc)) for arc in wanted)

    def run(self, flow: Flow, first: int | None = None) -> tuple[list[Arrival], Flow]:
        """Take what stands at heads on to the target; with ``first``, through steps from that one on only.

        Return what arrives, and what has stopped at heads before ``first``.
        """
        pending = {place: dict(values) for place, values in flow.items()}
        stopped: Flow = {}
        arrived: list[Arrival] = []
        queue = list(pending)
        heapify(queue)
        while queue:
            here = heappop(queue)
            values = pending.pop(here)
            step = self.heads[here].step or 0
            if first is not None and step < first:
                stopped[here] = values
                continue
            for place, grade, weight in self.onward[here]:
                grown = self.extended(values, grade, weight)
                if place is None:
                    arrived += [Arrival(step, *found) for found in grown.items()]
                elif place in pending:
                    add_all(pending[place], grown)
                else:
                    pending[place] = grown
                    heappush(queue, place)
        return arrived, stopped

    def pairs(self, first: Callable[[int], int] | None = None) -> Iterator[tuple[int, int, Any]]:
        """Yield for each loss step and use step the sum of the paths between, whatever their grade, in parts.

        T² / 2 of them, hence in a loop as plain as can be. ``first``: per loss step, the first step to look at.
        """
        onward = [tuple((place, weight) for place, _, weight in segments) for segments in self.onward]
        steps = [head.step or 0 for head in self.heads]
        pending: list[Any] = [None] * len(onward)
        yield from ((step, step, value) for step, _, value in self.direct)
        for loss in self.unrolled.loss_steps:
            begin = self.place.get(Node(self.unrolled.graph.network.loss, loss), len(onward))
            earliest = 1 if first is None else first(loss)
            if begin == len(onward):
                continue
            pending[begin] = self.weight(self.unrolled.from_loss(loss))
            here, last = begin, begin
            while here <= last:
                value, step = pending[here], steps[here]
                pending[here] = None
                if value is not None and step >= earliest:
                    for place, weight in onward[here]:
                        product = value * weight
                        if place is None:
                            yield loss, step, product
                        else:
                            other = pending[place]
                            pending[place] = product if other is None else other + product
                            last = max(last, place)
                here += 1

    def back(self) -> dict[int, Graded]:
        """Return, per loss step, the sum of its paths, all losses at once: from the target up to L."""
        onward: list[Graded] = [{} for _ in self.heads]
        for here in reversed(range(len(self.heads))):
            for place, grade, weight in self.onward[here]:
                rest: Graded = {0: None} if place is None else onward[place]
                for after, value in rest.items():
                    product = weight if value is None else weight * value
                    add_to(onward[here], self.join(grade, after), product)
        losses: dict[int, Graded] = {}
        for step in self.unrolled.loss_steps:
            node = Node(self.unrolled.graph.network.loss, step)
            if node in self.place:
                arc = self.unrolled.from_loss(step)
                for grade, value in onward[self.place[node]].items():
                    found = losses.setdefault(step, {})
                    add_to(found, self.join(self.grade(arc), grade), self.weight(arc) * value)
        for step, grade, value in self.direct:
            add_to(losses.setdefault(step, {}), grade, value)
        return losses
