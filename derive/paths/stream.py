"""Stream: every path with the product of its local partials as a number, one after the other.

A walk depth first that multiplies as it goes down: paths with a common beginning share its product. What leads on without
a choice is one stretch, multiplied out beforehand, so that the work per path is about one multiplication, whatever its length.
Memory is that of the graph and of one path, however many paths there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any as Number
from typing import NamedTuple, TypeAlias

from derive.graph import TOTAL, Arc, Node
from derive.paths.paths import Path, PathSum

Arcs: TypeAlias = tuple[Arc, ...]
Trail: TypeAlias = "tuple[Trail | None, Arcs]"
"""A path as its last stretch and the trail before it; paths share their beginnings. `Stream.path` makes a `Path` of it."""


class _Fork(NamedTuple):
    """The stretches from a node: those that end at the target, which come first, and the others from the last to the first."""

    ends: tuple[tuple[Number, Arcs], ...]
    onward: tuple[tuple[Number, Arcs, Node], ...]


@dataclass(frozen=True)
class Stream:
    """The paths of a path sum, in its order, with their products; ``weight`` is the local partial of an arc.

    Weights are multiplied by ``*`` from L on: numbers, or Arb's matrices (`derive.numbers.Jacobians`).

    >>> from derive.derivation import derive
    >>> stream = Stream(derive("elman", 3).paths("w_h"), lambda arc: 2 if arc.edge and arc.edge.head == "h" else 1)
    >>> [product for product, _ in stream]
    [2, 2, 4, 2, 4, 8]
    >>> [stream.path(trail).lag for _, trail in stream]
    [0, 0, 1, 0, 1, 2]
    """

    paths: PathSum
    weight: Callable[[Arc], Number]

    def __iter__(self) -> Iterator[tuple[Number, Trail]]:
        """Yield each path's product, and the path as a trail."""
        forks = self._forks
        for arc, tail in self.paths.onward(TOTAL):
            factor, arcs, node = self._stretch(arc, tail)
            if node == self.paths.target:
                yield factor, (None, arcs)
                continue
            stack: list[tuple[Number, Trail, Node]] = [(factor, (None, arcs), node)]
            while stack:
                product, trail, node = stack.pop()
                fork = forks.get(node)
                if fork is None:
                    fork = forks[node] = self._fork(node)
                for factor, arcs in fork.ends:
                    yield product * factor, (trail, arcs)
                for factor, arcs, node in fork.onward:
                    stack.append((product * factor, (trail, arcs), node))

    def path(self, trail: Trail) -> Path:
        """Return a trail as a path."""
        stretches: list[Arcs] = []
        before: Trail | None = trail
        while before is not None:
            before, arcs = before
            stretches.append(arcs)
        whole = tuple(arc for arcs in reversed(stretches) for arc in arcs)
        unrolled = self.paths.unrolled
        return Path(whole, (TOTAL, *(unrolled.tail(arc.edge, arc.step) for arc in whole)))

    @cached_property
    def _forks(self) -> dict[Node, _Fork]:
        return {}

    def _fork(self, node: Node) -> _Fork:
        ends: list[tuple[Number, Arcs]] = []
        onward: list[tuple[Number, Arcs, Node]] = []
        for arc, tail in self.paths.onward(node):
            factor, arcs, end = self._stretch(arc, tail, to_end=not onward)
            if end == self.paths.target:
                ends.append((factor, arcs))
            else:
                onward.append((factor, arcs, end))
        return _Fork(tuple(ends), tuple(reversed(onward)))

    def _stretch(self, arc: Arc, node: Node, *, to_end: bool = True) -> tuple[Number, Arcs, Node]:
        """Go on while there is no choice: to a fork, or to the target (if not ``to_end``, to the node before it)."""
        product, arcs = self.weight(arc), [arc]
        while node != self.paths.target:
            (arc, tail), *others = self.paths.onward(node)
            if others or (tail == self.paths.target and not to_end):
                break
            product = product * self.weight(arc)
            arcs.append(arc)
            node = tail
        return product, tuple(arcs), node
