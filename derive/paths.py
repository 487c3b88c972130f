"""Paths: counting and enumerating the ways from the total loss to a node (Bauer's formula).

    dL/du = Σ over all paths L → … → u of the product of the local partials along the path

Paths are counted by dynamic programming, exactly and without enumeration; enumeration is lazy and never walks into a
dead end. Within a loss step the shortest way comes first, so that paths appear in the order of their lag.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from derive import expression as ex
from derive.expression import Expr
from derive.unroll import TOTAL, Arc, Node, Unrolled

Word = tuple[tuple[int, int], ...]
"""A path as its arcs' keys: what two ways of writing a path sum are compared by."""


@dataclass(frozen=True, slots=True)
class Path:
    """A path from L: its arcs in order from L, and the nodes it visits (L and the target included)."""

    arcs: tuple[Arc, ...]
    nodes: tuple[Node, ...]

    @property
    def loss_step(self) -> int:
        """The step t whose loss the path starts from."""
        return self.arcs[0].step

    @property
    def use_step(self) -> int:
        """The step k at which the target is used: that of the last equation on the path."""
        return self.arcs[-1].step

    @property
    def lag(self) -> int:
        """t − k: how far the path goes back in time."""
        return self.loss_step - self.use_step

    @property
    def word(self) -> Word:
        """The path as keys."""
        return tuple(arc.key for arc in self.arcs)

    @property
    def product(self) -> Expr:
        """The product of the local partials, from L on, with every step written as its lag before step 0."""
        result: Expr = ex.ONE
        for arc in self.arcs:
            if arc.edge is not None:
                result = pull(arc, result)
        return result

    @property
    def factors(self) -> tuple[Expr, ...]:
        """The local partials along the path, in order, each for a scalar network a plain factor (1 included)."""
        return tuple(ex.shift(arc.edge.factor, arc.step) for arc in self.arcs if arc.edge is not None)


def pull(arc: Arc, adjoint: Expr) -> Expr:
    """What an adjoint of an arc's head adds to its tail's, at the arc's own step (step 0 of the result is t = 0)."""
    if arc.edge is None:
        return adjoint
    return ex.shift(arc.edge.partial.pull(ex.shift(adjoint, -arc.step)), arc.step)


@dataclass(frozen=True)
class PathSum:
    """All paths from L to a target node."""

    unrolled: Unrolled
    target: Node

    @cached_property
    def ways(self) -> dict[Node, int]:
        """Per node that reaches the target, in how many ways it does."""
        ways = {self.target: 1}
        for node in self._nodes_up():
            count = sum(ways.get(tail, 0) for _, tail in self.unrolled.below(node))
            if count:
                ways[node] = ways.get(node, 0) + count
        return ways

    def _nodes_up(self) -> Iterator[Node]:
        yield from self.unrolled.nodes()
        yield TOTAL

    @cached_property
    def count(self) -> int:
        """How many paths there are, exactly."""
        return self.ways.get(TOTAL, 0) if self.target != TOTAL else 1

    def __len__(self) -> int:
        """How many paths there are (use ``count`` where that may exceed the machine's word)."""
        return self.count

    def by_lag(self) -> dict[int, int]:
        """How many paths there are of each lag (loss step − use step), without enumeration."""
        counts: Counter[int] = Counter()
        for (loss, use), number in self.by_steps().items():
            counts[loss - use] += number
        return dict(sorted(counts.items()))

    def by_steps(self) -> dict[tuple[int, int], int]:
        """How many paths there are from the loss of step t to the use at step k, for every (t, k)."""
        uses = [(arc, head) for arc, head in self.unrolled.above(self.target)]
        table: dict[tuple[int, int], int] = {}
        for step in self.unrolled.loss_steps:
            ways = {Node(self.unrolled.graph.network.loss, step): 1}
            for node in self.unrolled.nodes_from_loss():
                if node in ways:
                    for _, tail in self.unrolled.below(node):
                        if tail.step is not None:
                            ways[tail] = ways.get(tail, 0) + ways[node]
            for arc, head in uses:
                if head in ways:
                    table[step, arc.step] = table.get((step, arc.step), 0) + ways[head]
                elif head == TOTAL and arc.step == step:
                    table[step, step] = table.get((step, step), 0) + 1
        return table

    def __iter__(self) -> Iterator[Path]:
        """Enumerate the paths lazily, depth first."""
        if self.target == TOTAL:
            yield Path((), (TOTAL,))
            return
        arcs: list[Arc] = []
        nodes = [TOTAL]
        stack = [self._onward(TOTAL)]
        while stack:
            entry = next(stack[-1], None)
            if entry is None:
                stack.pop()
                nodes.pop()
                if arcs:
                    arcs.pop()
                continue
            arc, tail = entry
            if tail == self.target:
                yield Path((*arcs, arc), (*nodes, tail))
                continue
            arcs.append(arc)
            nodes.append(tail)
            stack.append(self._onward(tail))

    def _onward(self, node: Node) -> Iterator[tuple[Arc, Node]]:
        """The arcs that lead on to the target, those that end there first, then the shortest step back."""
        ways = self.ways
        onward = [(arc, tail) for arc, tail in self.unrolled.below(node) if tail in ways]
        if node == TOTAL:
            return iter(onward)
        here = node.step or 0
        return iter(sorted(onward, key=lambda found: (found[1] != self.target, abs(here - (found[1].step or here)))))
