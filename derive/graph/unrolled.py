"""Unrolling in time: the rolled graph seen at the steps 1 … T.

A node is a variable at a step, a parameter (no step), or a state before its first step. Nothing is copied: the unrolled
graph answers questions from the rolled one, so that T = 1000 costs no more to make than T = 3.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from derive.equations import Var
from derive.equations import expression as ex
from derive.errors import StepsError
from derive.graph.rolled import TOTAL_NAME, Edge, Graph
from derive.shown import Seen


class Node(NamedTuple):
    """A variable at a step; ``step`` None: a parameter, or the total loss ``L``."""

    name: str
    step: int | None = None


TOTAL = Node(TOTAL_NAME)
"""The total loss, where every path begins."""
LENGTH_NODE = Node("T")
"""The number of steps, where an equation uses it."""
ONCE = 0
"""The step of an arc that belongs to none: from L straight to a parameter."""


class Arc(NamedTuple):
    """An edge at a step: from its head at ``step`` to its tail; or from L to the loss of that step, or once (`ONCE`)."""

    edge: Edge
    step: int

    @property
    def key(self) -> tuple[int, int]:
        """What tells arcs apart, as two numbers."""
        return (self.edge.index, self.step)


@dataclass(frozen=True, repr=False)
class Unrolled(Seen):
    """A graph at the steps 1 … T; raises `StepsError` if T is not a whole number from 1 on.

    >>> from derive.network import load
    >>> unrolled = Unrolled(Graph(load("elman")), 2)
    >>> [arc.step for arc, head in unrolled.above(Node("h", 1))]
    [2, 1]
    """

    graph: Graph
    steps: int

    def __post_init__(self) -> None:
        """Check T."""
        if type(self.steps) is not int or self.steps < 1:
            raise StepsError(f"the number of steps T has to be a whole number from 1 on, not {self.steps!r}")

    @property
    def loss_steps(self) -> Sequence[int]:
        """The steps whose loss counts, in order; those of a list as far as they exist."""
        match self.graph.network.loss_at:
            case "every":
                return range(1, self.steps + 1)
            case "last":
                return range(self.steps, self.steps + 1)
            case listed:
                return tuple(step for step in listed if step <= self.steps)

    @property
    def loss_arcs(self) -> tuple[tuple[Arc, Node], ...]:
        """The arcs from L, one per loss."""
        return tuple((self.from_loss(step), Node(self.graph.network.loss, step)) for step in self.loss_steps)

    def from_loss(self, step: int) -> Arc:
        """The arc from L to the loss of a step."""
        return Arc(self.graph.loss_edge, step)

    @property
    def penalty_arcs(self) -> tuple[tuple[Arc, Node], ...]:
        """The arcs from L straight to parameters, one for each in the term that counts once."""
        return tuple((Arc(edge, ONCE), Node(edge.tail)) for edge in self.graph.penalty_edges)

    def nodes(self) -> Iterator[Node]:
        """Every variable at every step, each after what it needs."""
        steps = range(1, self.steps + 1)
        for sweep in self.graph.sweeps:
            for step in steps if sweep.direction == 1 else reversed(steps):
                yield from (Node(name, step) for name in sweep.names)

    def nodes_from_loss(
        self, first: int = 1, last: int | None = None, among: Container[str] | None = None
    ) -> Iterator[Node]:
        """Every variable (among some) at every step (of a window, if one is given), each before what it needs."""
        window = range(first, (self.steps if last is None else last) + 1)
        for sweep in reversed(self.graph.sweeps):
            names = [name for name in reversed(sweep.names) if among is None or name in among]
            for step in reversed(window) if sweep.direction == 1 else window:
                for name in names:
                    yield Node(name, step)

    def tail(self, edge: Edge, step: int) -> Node:
        """Where an edge at a step leads."""
        if edge.anchor is not None:
            return Node(edge.tail, ex.step_of(edge.anchor, self.steps))
        return Node(edge.tail, None if edge.lag is None else step - edge.lag)

    def argument(self, var: Var, step: int) -> Node:
        """The node that a variable in an equation of a step is."""
        if var.at is not None:
            return Node(var.name, ex.step_of(var.at, self.steps))
        return Node(var.name, None if var.lag is None else step - var.lag)

    def below(self, node: Node) -> Iterator[tuple[Arc, Node]]:
        """The arcs from a node to its arguments, each with the node it leads to."""
        if node == TOTAL:
            yield from self.loss_arcs
            yield from self.penalty_arcs
        elif node.step is not None and 1 <= node.step <= self.steps:
            for edge in self.graph.below.get(node.name, ()):
                yield Arc(edge, node.step), self.tail(edge, node.step)

    def above(self, node: Node) -> Iterator[tuple[Arc, Node]]:
        """The arcs that lead to a node, each with the node it comes from."""
        for edge in self.graph.above.get(node.name, ()):
            if edge.anchor is not None and self.tail(edge, ONCE) != node:
                continue
            if edge.lag is None:
                yield from ((Arc(edge, step), Node(edge.head, step)) for step in range(1, self.steps + 1))
            elif node.step is not None and 1 <= node.step + edge.lag <= self.steps:
                yield Arc(edge, node.step + edge.lag), Node(edge.head, node.step + edge.lag)
        yield from ((arc, TOTAL) for arc, tail in self.penalty_arcs if tail == node)
        if node.name == self.graph.network.loss and node.step in self.loss_steps:
            yield self.from_loss(node.step), TOTAL  # type: ignore[arg-type]  # node.step is among integers

    @cached_property
    def reached(self) -> frozenset[Node]:
        """Every node that some path from L leads to; the adjoint of any other is 0.

        Among them, under its name ``g[1]``, each variable at one step for all t to which some path leads as such.
        """
        seen = {tail for _, tail in self.below(TOTAL)}
        for node in self.nodes_from_loss():
            if node in seen:
                for arc, tail in self.below(node):
                    seen.add(tail)
                    if arc.edge.anchor is not None:
                        seen.add(Node(arc.edge.collected, tail.step))
        return frozenset(seen)

    @cached_property
    def direction(self) -> int | None:
        """1 if every path from L goes back in time only (or not at all), −1 if on in time only, None if neither is so.

        >>> from derive.network import load
        >>> Unrolled(Graph(load("elman")), 3).direction, Unrolled(Graph(load("bidirectional-classifier")), 3).direction
        (1, None)
        """
        signs = {*self.graph.signs, *(sign for _, sign in self.jumps)}
        return None if len(signs) > 1 else next(iter(signs), 1)

    @cached_property
    def jumps(self) -> frozenset[tuple[str, int]]:
        """Each variable at one step for all t, ``g[1]``, to which a path leads from a later step, 1, or an earlier one, −1."""
        return frozenset(
            (name, 1 if step > at else -1)
            for name, edges in self.graph.anchored.items()
            for at in [self.anchor(name).step or 0]
            for edge in edges
            for step in range(1, self.steps + 1)
            if step != at and Node(edge.head, step) in self.reached
        )

    @property
    def ahead(self) -> tuple[str, ...]:
        """The variables at one step for all t, ``h[T]``, to which paths lead against the direction that all states have."""
        signs = self.graph.signs or {1}
        return (
            ()
            if len(signs) > 1
            else tuple(name for name in self.graph.anchored if (name, -next(iter(signs))) in self.jumps)
        )

    @cached_property
    def known(self) -> dict[object, Any]:
        """What has been found out about its paths to parameters, under what it is, so that it is found once."""
        return {}

    def anchor(self, name: str) -> Node:
        """The node under which the arcs to a variable at one step for all t are collected: (``g[1]``, 1)."""
        return Node(name, ex.step_of(ex.anchor(name)[1] or ex.LAST_STEP, self.steps))

    def is_node(self, node: Node) -> bool:
        """Whether a node has a value here: also data, what has no step, and states before their first step."""
        network = self.graph.network
        if node.step is None:
            return node.name in network.timeless or node in {TOTAL, LENGTH_NODE}
        if node.name in network.anchored:
            return node == self.anchor(node.name)
        before, after = network.reach.get(node.name, (0, 0))
        known = node.name in network.rules or node.name in network.data
        return known and 1 - before <= node.step <= self.steps + after


def targets(unrolled: Unrolled) -> tuple[Node, ...]:
    """What gradients are taken by: parameters, initial values that are trained or asked for, data asked for at every step."""
    network, last = unrolled.graph.network, unrolled.steps
    initial = (Node(name, step + last if step > 0 else step) for name, step in network.initial_targets.values())
    data = (Node(name, step) for name in network.by if name in network.data for step in range(1, last + 1))
    return (*map(Node, network.parameters), *initial, *data)


def leading(unrolled: Unrolled, *targets: Node) -> frozenset[Node]:
    """Return the nodes from which there is a path to a target, the targets included."""
    found = set(targets)
    for node in unrolled.nodes():
        if any(tail in found for _, tail in unrolled.below(node)):
            found.add(node)
    return frozenset(found)
