"""Paths: counting and enumerating the ways from the total loss to a node (Bauer's formula).

    dL/du = Σ over all paths L → … → u of the product of the local partials along the path

Paths are counted by dynamic programming, exactly and without enumeration, so that any one of them can be had by its place.
Enumeration is lazy, never walks into a dead end, and needs no recursion. The order: the losses from the first step on; from
each node first the arcs that end at the target, then those that stay nearest in time, otherwise as the equations are
written.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from derive.equations import Expr
from derive.equations import expression as ex
from derive.errors import NetworkError, TooManyPathsError
from derive.graph import TOTAL, Arc, Node, Scale, Unrolled
from derive.limits import raising, spelled
from derive.paths.accumulate import reverse
from derive.paths.lags import ways_by_lag
from derive.paths.ways import Ways, ways_to
from derive.paths.words import Word, Words
from derive.shown import Shown


@dataclass(frozen=True, slots=True, repr=False)
class Path(Shown):
    """A path from L: its arcs in order from L, and the nodes it visits (L and the target included)."""

    arcs: tuple[Arc, ...]
    nodes: tuple[Node, ...]

    @property
    def is_penalty(self) -> bool:
        """Whether it is the one arc of a term that counts once: it has no lag then, and `ONCE` stands for its steps."""
        return self.arcs[0].edge.is_penalty

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
        """The lag t − k: how far the path goes back in time (negative: ahead)."""
        return self.loss_step - self.use_step

    @property
    def word(self) -> Word:
        """The path as keys."""
        return tuple(arc.key for arc in self.arcs)

    @property
    def product(self) -> Expr:
        """The product of the local partials, from L on, with every step written as its lag before step 0."""
        first, *onward = self.arcs
        return ex.mul(first.edge.factor, pull_along(onward, ex.ONE))

    @property
    def factors(self) -> tuple[Expr, ...]:
        """The local partials along the path, in order, each for a scalar network a plain factor (1 included).

        The weight of the loss is among them if it is not 1.
        """
        return tuple(arc.edge.at(arc.step).factor for arc in self.arcs if not is_plain(arc))


def is_plain(arc: Arc) -> bool:
    """Whether an arc leads from L to a loss that counts as it is."""
    return arc.edge.from_total and arc.edge.is_unit


def pull(arc: Arc, adjoint: Expr) -> Expr:
    """Return what an adjoint of an arc's head adds to its tail's: steps are lags before step 0, in both."""
    return arc.edge.at(arc.step).pull(adjoint)


def pull_along(arcs: Iterable[Arc], adjoint: Expr) -> Expr:
    """Return what an adjoint becomes on its way along arcs, in their order."""
    partials = [arc.edge.at(arc.step) for arc in arcs if not is_plain(arc)]
    if partials and all(partial.scalar for partial in partials):  # one product instead of one per arc
        partials = [replace(partials[-1], chains=((Scale(ex.mul(*(partial.factor for partial in partials))),),))]
    for partial in partials:
        adjoint = partial.pull(adjoint)
    return adjoint


@dataclass(frozen=True, repr=False)
class PathSum(Shown):
    """All paths from L to a target node. Raises `NetworkError` if that is L itself, where paths begin.

    >>> from derive.graph import Graph
    >>> from derive.network import load
    >>> paths = PathSum(Unrolled(Graph(load("elman")), 3), Node("w_h"))
    >>> paths.count, paths.by_lag()
    (6, {0: 3, 1: 2, 2: 1})
    >>> [(path.loss_step, path.use_step) for path in paths]
    [(1, 1), (2, 2), (2, 1), (3, 3), (3, 2), (3, 1)]
    """

    unrolled: Unrolled
    target: Node

    def __post_init__(self) -> None:
        """Refuse the empty path."""
        if self.target == TOTAL:
            raise NetworkError(
                f"{self.unrolled.graph.network.where}every path begins at L; ask for those to another node"
            )

    def check_few(self) -> None:
        """Raise `TooManyPathsError`, with the number of paths, if there are more than the limit of that name."""
        network, (name, step) = self.unrolled.graph.network, self.target
        most = network.limits.paths
        if self.count > most:
            at = "" if step is None else f" at step {step}"
            raise TooManyPathsError(
                f"{network.where}{spelled(self.count)} paths lead from L to {name}{at}, and at most {most:,} are written out; "
                f"take fewer steps, or the recurrence, or raise the limit: {raising('paths', self.count)}"
            )

    @cached_property
    def ways(self) -> Ways:
        """Per node that reaches the target, in how many ways it does."""
        return ways_to(self.unrolled, self.target)

    @property
    def penalty(self) -> int:
        """How many paths belong to no step: 1 if a term of L that counts once has the target, else 0."""
        return sum(tail == self.target for _, tail in self.unrolled.penalty_arcs)

    @property
    def words(self) -> Words:
        """The paths as a set, enumerated one by one."""
        return Words.of(path.word for path in self)

    @property
    def count(self) -> int:
        """How many paths there are, exactly."""
        return self.ways.get(TOTAL)

    def __len__(self) -> int:
        """How many paths there are (use ``count`` where that may exceed the machine's word)."""
        return self.count

    def __bool__(self) -> bool:
        """Whether there is a path."""
        return TOTAL in self.ways

    # -- counting by where a path begins and ends ---------------------------------------------------------------------

    def by_lag(self) -> dict[int, int]:
        """How many paths there are of each lag (loss step − use step), without enumeration; the penalty has none.

        For a parameter one walk over the graph, linear in T where the paths to its uses run in one direction; otherwise as
        `by_steps`.
        """
        counts: Counter[int] = Counter()
        if self.target.step is None:
            for edge in self.unrolled.graph.above.get(self.target.name, ()):
                origin = self._origin(self.unrolled.graph.direction_to(edge.head))
                if origin is None:
                    counts.update(ways_by_lag(self.unrolled).get(edge.head, {}))
                    continue
                ways = self._ways_down(origin)
                for lag, pairs in self._pairs():
                    counts[lag] += pairs * ways.get(Node(edge.head, origin - lag), 0)
        else:
            for (loss, use), number in self.by_steps().items():
                counts[loss - use] += number
        return {lag: counts[lag] for lag in sorted(counts) if counts[lag]}

    def by_steps(self) -> dict[tuple[int, int], int]:
        """How many paths there are from the loss of step t to the use at step k, for every (t, k) with any; no penalty.

        As many entries as there are pairs. One walk over the graph where all states run in one direction: then the
        paths from t to k lie between t and k, so that only t − k counts. Otherwise one walk per loss.
        """
        uses = [found for found in self.unrolled.above(self.target) if not found[0].edge.is_penalty]
        table: Counter[tuple[int, int]] = Counter()
        origin = self._origin(self.unrolled.graph.direction)
        for step in self.unrolled.loss_steps:
            ways = self._ways_down(step if origin is None else origin)
            moved = 0 if origin is None else origin - step
            for arc, head in uses:
                if head == TOTAL:
                    table[step, arc.step] += arc.step == step
                else:
                    table[step, arc.step] += ways.get(Node(head.name, (head.step or 0) + moved), 0)
        return {steps: number for steps, number in table.items() if number}

    def _pairs(self) -> Iterator[tuple[int, int]]:
        """Each lag with the number of pairs of a loss step and a step 1 … T that far before it."""
        losses, last = self.unrolled.loss_steps, self.unrolled.steps
        for lag in range(1 - last, last):
            yield lag, bisect_right(losses, last + lag) - bisect_left(losses, 1 + lag)

    def _origin(self, direction: int | None) -> int | None:
        """The loss step from which all others can be read off: no path from it leaves 1 … T before theirs do."""
        losses = self.unrolled.loss_steps
        return {1: losses[-1], -1: losses[0], None: None}[direction] if losses else None

    def _ways_down(self, step: int) -> Mapping[Node, int]:
        """Per node, in how many ways the loss of one step leads to it; of the first and the last loss it is found once."""
        if step not in (self.unrolled.loss_steps[0], self.unrolled.loss_steps[-1]):
            return reverse(self.unrolled, lambda _: 1, (step,))
        key = ("ways down", step)
        if key not in self.unrolled.known:
            self.unrolled.known[key] = reverse(self.unrolled, lambda _: 1, (step,))
        ways: Mapping[Node, int] = self.unrolled.known[key]
        return ways

    @cached_property
    def _ways_from_loss(self) -> dict[Node, int]:
        """Per node, in how many ways L leads to it."""
        return {TOTAL: 1, **reverse(self.unrolled, lambda _: 1)}

    def along(self, head: Node, tail: Node) -> int:
        """How many of the paths run along the arc from one node to another."""
        return self._ways_from_loss.get(head, 0) * self.ways.get(tail)

    # -- enumerating --------------------------------------------------------------------------------------------------

    def __iter__(self) -> Iterator[Path]:
        """Enumerate the paths lazily, depth first."""
        arcs: list[Arc] = []
        nodes = [TOTAL]
        stack = [iter(self.onward(TOTAL))]
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
            stack.append(iter(self.onward(tail)))

    def __getitem__(self, place: int) -> Path:
        """Return the path at a place in the order of enumeration, from 0 or, negative, from the end; no other is visited.

        Raises `IndexError` beyond the last. By the counts, in as many steps as the path has arcs.

        >>> from derive.graph import Graph
        >>> from derive.network import load
        >>> paths = PathSum(Unrolled(Graph(load("lstm-scalar")), 20), Node("w_hf"))
        >>> paths.count, paths[10_000].lag, paths[-1].lag
        (14166632180785, 5, 19)
        """
        rest = place + self.count if place < 0 else place
        if not 0 <= rest < self.count:
            raise IndexError(f"there is no path {place} of {self.count}")
        arcs: list[Arc] = []
        nodes = [TOTAL]
        while nodes[-1] != self.target:
            for arc, tail in self.onward(nodes[-1]):
                if rest < self.ways[tail]:
                    arcs.append(arc)
                    nodes.append(tail)
                    break
                rest -= self.ways[tail]
        return Path(tuple(arcs), tuple(nodes))

    @cached_property
    def _onward(self) -> dict[Node, tuple[tuple[Arc, Node], ...]]:
        return {}

    def onward(self, node: Node) -> tuple[tuple[Arc, Node], ...]:
        """The arcs that lead on to the target, those that end there first, then the shortest step in time."""
        if node not in self._onward:
            onward = [(arc, tail) for arc, tail in self.unrolled.below(node) if tail in self.ways]
            if node.step is not None:
                here = node.step
                onward.sort(key=lambda found: (found[1] != self.target, abs(here - (found[1].step or here))))
            self._onward[node] = tuple(onward)
        return self._onward[node]


def paths_to(unrolled: Unrolled, node: Node) -> Iterator[Path]:
    """Enumerate all paths to a node; under a name such as ``g[1]`` those whose last arc leads there from every step."""
    variable, at = ex.anchor(node.name)
    paths = PathSum(unrolled, Node(variable, node.step))
    return (path for path in paths if at is None or path.arcs[-1].edge.anchor == at)
