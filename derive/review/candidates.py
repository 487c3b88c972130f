"""Candidates: every fault that the backward pass of a network has room for, read off its graph and rules.

A loop that starts late or stops early, and what is written before or after it for step T or 1, have faults of their own: a
term or factor is lost, or counts twice, at one end of time alone.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import get_args

from derive.equations import expression as ex
from derive.graph import Edge
from derive.network import Network
from derive.recurrence import All, Recurrence, Tree, either, spine, spread
from derive.review.backward import Change, End, Faded
from derive.review.kinds import Adjoint
from derive.review.mutants import LAMBDA, Names, Slip, slips

ENDS: Mapping[str, tuple[End | None, ...]] = {
    "lost": (None, "first", "last"),
    "doubled": (None, "first", "last"),
    "factor": (None, "first", "last"),
    "initial": ("first",),
}
"""The kinds of slip that are made at one end of time alone as well, or only there."""


@dataclass(frozen=True)
class Candidates:
    """The faults of a recurrence whose gradients by the ``wanted`` names are looked at."""

    recurrence: Recurrence
    wanted: frozenset[str]

    @property
    def network(self) -> Network:
        """The network."""
        return self.recurrence.graph.network

    def changes(self) -> Iterator[Change]:
        """A fault at every edge that a gradient depends on: in every statement that needs its partial, and in all at once."""
        needed = self._needed
        statements = dict(self._statements())
        for edge in self.recurrence.graph.edges:
            if edge.index not in needed:
                continue
            inside = [name for name, (every, _) in statements.items() if edge.index in every]
            for slip in slips(edge.partial.pull(LAMBDA), edge.head, self.names):
                if edge.head != self.network.loss and slip.after is not None and LAMBDA not in ex.variables(slip.after):
                    yield Change(edge, replace(slip, beyond=True))
                places = [*inside, None] if inside != [edge.tail] else inside
                for end in ENDS.get(slip.kind, (None,)):
                    yield from (Change(edge, slip, statement=name, end=end) for name in places)
            yield from self._shifts(edge, [name for name in inside if edge.index in statements[name][1]])

    def _shifts(self, edge: Edge, statements: list[str]) -> Iterator[Change]:
        """Adjoints taken a step away: in a rule only such as have been computed by then. That of a loss is 1."""
        if edge.head == self.network.loss:
            return
        for by in (1, -1):
            for name in (*statements, None):
                adjoint = name in self.recurrence.rules or (name is None and edge.tail in self.recurrence.graph.below)
                later = ((edge.lag or 0) + by) * (self.recurrence.graph.direction or 1)
                if not adjoint or later > 0:
                    yield Change(edge, shift=by, statement=name)

    @cached_property
    def _needed(self) -> frozenset[int]:
        """The edges that some path to a gradient goes along."""
        graph = self.recurrence.graph
        leading = graph.depending_on(*self.wanted) | self.wanted
        return frozenset(e.index for e in graph.edges if e.head in graph.reached and e.tail in leading)

    def _statements(self) -> Iterator[tuple[str, tuple[frozenset[int], frozenset[int]]]]:
        """Per named adjoint and parameter: the edges that its statement needs, and those that follow an adjoint directly."""
        for name, rule in self.recurrence.rules.items():
            yield name, _edges_of(rule.tree)
        for name in self.network.parameters:
            terms = self.recurrence.gradient(name)
            if terms:
                yield name, _edges_of(either(terms))

    @cached_property
    def names(self) -> Names:
        """What slips have to know of names."""
        network = self.network
        shapes: dict[tuple[bool, tuple[str, ...]], list[str]] = {}
        for name in (*network.variables, *network.data):
            if name != network.loss:
                shapes.setdefault((True, network.shape(name)), []).append(name)
        for name in network.parameters:
            shapes.setdefault((False, network.shape(name)), []).append(name)
        alike = {name: tuple(o for o in group if o != name) for group in shapes.values() for name in group}
        arrays = [name for name in network.variables if network.shape(name)]
        for name in arrays:  # where two sizes are the same number, what has another shape may fit too
            alike[name] += tuple(other for other in arrays if network.shape(other) != network.shape(name))
        return Names(network.rules, alike)

    def adjoints(self) -> Iterator[Adjoint]:
        """Adjoints of several terms as a whole: with a factor, or with the terms alone that were assigned last."""
        penalty = self.recurrence.graph.penalty_edges
        if penalty:
            yield Adjoint("no_penalty", "L", "", tuple(Change(edge, Slip("lost", None)) for edge in penalty), penalty)
        sweeps = self.recurrence.graph.sweeps
        for sweep in sweeps if len(sweeps) > 1 else ():
            here = [name for name in sweep.names if name in self.recurrence.reached]
            for end, deep in itertools.product(get_args(End), (1, 2)) if here else ():
                yield Adjoint("left_out", here[0], end, tuple(Faded(name, 0.0, end, deep) for name in here))
        for name in self.network.variables:
            edges = tuple(edge for edge in self.recurrence.graph.above[name] if edge.head in self.recurrence.reached)
            if name not in self.recurrence.reached or len(edges) < 2:
                continue
            for by, factor in (("2", 2.0), ("1/2", 0.5)):
                yield Adjoint("adjoint_scaled", name, by, (Faded(name, factor),))
            yield Adjoint("adjoint_negated", name, "", (Faded(name, -1.0),))
            ordered = sorted(edges, key=lambda edge: abs(edge.lag or 0))
            kept: set[tuple[Edge, ...]] = {(edge,) for edge in edges}
            for order in (edges, tuple(ordered), tuple(reversed(ordered))):
                kept |= {order[place:] for place in range(1, len(order))}
            for few in sorted(kept, key=lambda each: (len(each), tuple(edge.index for edge in each))):
                lost = tuple(edge for edge in edges if edge not in few)
                if len(lost) > 1:
                    yield Adjoint(
                        "overwritten", name, "", tuple(Change(edge, Slip("lost", None)) for edge in lost), lost
                    )


def _edges_of(tree: Tree) -> tuple[frozenset[int], frozenset[int]]:
    """The edges of a statement, and those that are first after an adjoint."""
    every, first = set(), set()
    for term in spread(tree):
        begun, arcs = spine(term)
        every |= {arc.edge.index for arc in arcs}
        if arcs and isinstance(begun, All):
            first.add(arcs[0].edge.index)
    return frozenset(every), frozenset(first)
