"""Accounting: how many paths there are in a group, and what they add up to, exactly and without enumerating them.

The paths from L to a target are grouped by lag, by the step of the loss, by the step at which the target is used, by
both, by how many arcs lead to another step and through which states, and by which edges of the rolled graph they use. The path
of a term of L that counts once has no step and no lag: it is a group of its own beside them, `Accounts.penalty`. Each group has

    count       how many paths it has, a whole number
    sum         Σ of the products of their local partials, a ball (an array of balls for vectors)
    magnitude   Σ of the absolute values of these products (scalar networks; None for vectors)

The groups of one grouping are disjoint, and with the penalty all paths: counts add up to the number of paths exactly, sums to
the gradient within their balls. Of a group (or a path) the *share* is magnitude / Σ|products| over all paths, between 0 and 1,
and shares add up to 1; the *part* is sum / gradient, with a sign, and possibly larger than 1 where products cancel.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from derive.errors import NetworkError
from derive.graph import ONCE, Arc, Edge, Graph, Node
from derive.numbers import Evaluation, Jacobians, Number, once, precision
from derive.paths import Heads, PathSum, Segments, add_to, crossing, heads_to, total, ungraded
from derive.shown import Seen

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True, repr=False)
class Group(Seen):
    """A set of paths: their number, the sum of their products and that of the absolute values (None: vectors)."""

    count: int
    sum: Number
    magnitude: Number | None

    def __add__(self, other: Group) -> Group:
        """Return the paths of both, which have to be different ones; at the precision that flint is set to."""
        both = None if self.magnitude is None else self.magnitude + other.magnitude
        return Group(self.count + other.count, self.sum + other.sum, both)


@dataclass(frozen=True, slots=True)
class Split:
    """All paths in two groups: those that were asked for, and the others."""

    those: Group
    others: Group


def edges_named(graph: Graph, *patterns: str) -> frozenset[Edge]:
    """Return the edges of the rolled graph that match any pattern ``head -> tail``, in the direction of paths.

    ``c -> c`` is the edge from c_t to c_{t−1}; a ``*`` stands for any name; ``f -> h @ 2`` has lag 2. Raises
    `NetworkError` where nothing matches.

    >>> from derive.network import load
    >>> sorted(edge.head for edge in edges_named(Graph(load("elman")), "* -> h"))
    ['a', 'y']
    """
    found: set[Edge] = set()
    for pattern in patterns:
        ends, _, lag = pattern.partition("@")
        head, arrow, tail = (part.strip() for part in ends.replace("→", "->").partition("->"))
        matching = {
            edge
            for edge in graph.edges
            if arrow
            and head in {"*", edge.head}
            and tail in {"*", edge.tail, edge.collected}
            and lag.strip() in {"", str(edge.lag)}
        }
        if not matching:
            raise NetworkError(
                f"{graph.network.where}no edge is {pattern!r}; write it as paths go, from a variable to an argument of its "
                "equation: 'c -> c', '* -> h', 'h -> h @ 2'"
            )
        found |= matching
    return frozenset(found)


@dataclass(frozen=True, repr=False)
class Accounts(Seen):
    """The paths from L to a target in a worked example, in groups.

    >>> from derive.derivation import derive
    >>> accounts = Accounts(derive("elman", 3).evaluate(), Node("w_h"))
    >>> {lag: group.count for lag, group in accounts.by_lag().items()}
    {0: 3, 1: 2, 2: 1}
    >>> str(accounts.evaluation.show(accounts.whole.sum))
    '0.1577'
    """

    evaluation: Evaluation
    target: Node

    @once
    def whole(self) -> Group:
        """All paths."""
        found = self._measured(lambda segments: _arrivals(segments, "grade", penalty=True))
        return found.get(0, self._nothing)

    @once
    def penalty(self) -> Group | None:
        """The path from L straight to the target, by a term that counts once; None if there is none."""
        found = self._measured(lambda segments: {arrival.step: arrival.value for arrival in segments.penalty})
        return found.get(ONCE)

    # -- groupings ----------------------------------------------------------------------------------------------------

    def by_loss(self) -> dict[int, Group]:
        """Return the paths that begin at the loss of each step. Linear in T."""
        return self._measured(
            lambda segments: {step: total(values.values()) for step, values in segments.back().items()}
        )

    def by_use(self) -> dict[int, Group]:
        """Return the paths whose last equation is of each step: the use of the target there. Linear in T."""
        return self._measured(lambda segments: _arrivals(segments, "step"))

    def by_crossings(self) -> dict[int, Group]:
        """Return the paths with each number of arcs that lead to another step.

        Where every such arc leads one step back that is the lag, and as quick; otherwise some T² / 2 dictionaries.
        """
        lags = {edge.lag for edge in self.evaluation.unrolled.graph.edges if edge.crosses}
        if self.target.step is None and lags <= {1}:
            return self.by_lag()
        return self._measured(lambda segments: _arrivals(segments, "grade"), grade=self._crosses)

    def _crosses(self, arc: Arc) -> int:
        return crossing(arc, self.evaluation.unrolled.steps)

    def by_states(self) -> dict[frozenset[str], Group]:
        """Return the paths by the set of states through which they get from one step to another, small sets first.

        Of an LSTM: ∅ those that stay within a step, {c} those along the cell, {h}, and {c, h}.
        """
        states = tuple(dict.fromkeys(edge.tail for edge in self.evaluation.unrolled.graph.edges if edge.crosses))
        bits = {name: 1 << place for place, name in enumerate(states)}

        def crossed(arc: Arc) -> int:
            return bits[arc.edge.tail] if self._crosses(arc) else 0

        found = self._measured(lambda segments: _arrivals(segments, "grade"), grade=crossed, join=operator.or_)
        masks = sorted(found, key=lambda mask: (mask.bit_count(), mask))
        return {frozenset(name for name in states if mask & bits[name]): found[mask] for mask in masks}

    def by_steps(self) -> dict[tuple[int, int], Group]:
        """Return the paths from the loss of step t to the use at step k, per (t, k). T² / 2 groups."""
        return self._measured(partial(_pairs, key=lambda loss, use: (loss, use)))

    def by_lag(self, lags: Iterable[int] | None = None) -> dict[int, Group]:
        """Return the paths of each lag t − k, or of the lags given that have any.

        All of them: T² / 2 steps, a second or so for T = 1000 and a network of one state. Few steps for few lags, be they
        small or nearly T, if all states run forwards.
        """
        counts = PathSum(self.evaluation.unrolled, self.target).by_lag()
        wanted = [*counts] if lags is None else [lag for lag in set(lags) if lag in counts]
        first: Callable[[int], int] | None = None
        if lags is not None and self.evaluation.unrolled.direction == 1:
            first = lambda loss: loss - max((lag for lag in wanted if lag < loss), default=0)  # noqa: E731
        measure = partial(_pairs, key=lambda loss, use: loss - use, first=first)
        return self._measured(measure, counts={lag: counts[lag] for lag in wanted})

    def through(self, edges: Iterable[Edge]) -> Split:
        """Return the paths that use at least one of these edges of the rolled graph, at any step, and the others."""
        chosen = frozenset(edge.index for edge in edges)

        def marked(arc: Arc) -> int:
            return int(arc.edge.index in chosen)

        found = self._measured(
            lambda segments: _arrivals(segments, "grade", penalty=True), grade=marked, join=operator.or_
        )
        return Split(found.get(1, self._nothing), found.get(0, self._nothing))

    def only(self, edges: Iterable[Edge]) -> Split:
        """Return the paths that go from one step to another by these edges only, and the others.

        A path that stays within its step is among the first: arcs within a step are not looked at.
        """
        allowed = frozenset(edge.index for edge in edges)
        graph = self.evaluation.unrolled.graph
        split = self.through(edge for edge in graph.edges if edge.crosses and edge.index not in allowed)
        return Split(split.others, split.those)

    def added_up(self) -> Number:
        """Return what all paths add up to, sorted by the loss at which they begin; neither counted nor measured."""
        with precision(self.evaluation.bits):
            segments = self._segments("sum")
            losses = (total(values.values()) for values in segments.back().values())
            parts = [*losses, *(arrival.value for arrival in segments.penalty)]
            return self._jacobians.shaped(total(parts) if parts else None, self.target)

    # -- what a group amounts to --------------------------------------------------------------------------------------

    def share(self, group: Group) -> Number | None:
        """Return Σ|products| of a group over that of all paths; None for vectors, or if all products are 0."""
        with precision(self.evaluation.bits):
            return _ratio(group.magnitude, self.whole.magnitude)

    def part(self, group: Group) -> Number | None:
        """Return the group's sum over the gradient; None for vectors, or if the gradient is 0 or may be."""
        with precision(self.evaluation.bits):
            return _ratio(group.sum, self.whole.sum) if self._jacobians.scalar else None

    # -- three rings --------------------------------------------------------------------------------------------------

    @property
    def _where(self) -> str:
        return self.evaluation.unrolled.graph.network.where

    @once
    def _jacobians(self) -> Jacobians:
        return Jacobians(self.evaluation)

    def _segments(
        self, ring: str, grade: Callable[[Arc], int] = ungraded, join: Callable[[int, int], int] = operator.add
    ) -> Segments:
        """The segments in one of the three rings."""
        weights: dict[str, Callable[[Arc], Any]] = {
            "count": lambda _: 1,
            "sum": self._jacobians,
            "magnitude": lambda arc: abs(self._jacobians(arc)),
        }
        return Segments(self.evaluation.unrolled, self.target, weights[ring], grade, join, self._heads)

    @once
    def _heads(self) -> Heads:
        return heads_to(self.evaluation.unrolled, self.target)

    @once
    def _known(self) -> dict[str, Segments]:
        """Segments without a grade, which most groupings are measured by, so that they are made once in each ring."""
        return {}

    @property
    def _nothing(self) -> Group:
        """The group without a path."""
        zero = self._jacobians.shaped(None, self.target)
        return Group(0, zero, zero if self._jacobians.scalar else None)

    def _measured(
        self,
        measure: Callable[[Segments], Mapping[Key, Any]],
        grade: Callable[[Arc], int] = ungraded,
        join: Callable[[int, int], int] = operator.add,
        counts: Mapping[Key, int] | None = None,
    ) -> dict[Key, Group]:
        """Measure in each ring, and put the results together by group, in order."""

        def segments(name: str) -> Segments:
            if grade is not ungraded:
                return self._segments(name, grade, join)
            return self._known.setdefault(name, self._segments(name))

        if counts is None:
            counts = measure(segments("count"))
        with precision(self.evaluation.bits):
            sums = measure(segments("sum"))
            magnitudes = measure(segments("magnitude")) if self._jacobians.scalar else None
            return {
                key: Group(
                    counts[key],
                    self._jacobians.shaped(sums[key], self.target),
                    None if magnitudes is None else magnitudes[key],
                )
                for key in sorted(counts)  # type: ignore[type-var]  # keys are numbers, or pairs of them
            }


def _arrivals(segments: Segments, key: str, *, penalty: bool = False) -> Mapping[int, Any]:
    arrived, _ = segments.run(segments.start(segments.unrolled.loss_steps))
    sums: dict[int, Any] = {}
    for arrival in (*segments.direct, *arrived, *(segments.penalty if penalty else ())):
        add_to(sums, getattr(arrival, key), arrival.value)
    return sums


def _pairs(
    segments: Segments, key: Callable[[int, int], Key], first: Callable[[int], int] | None = None
) -> Mapping[Key, Any]:
    sums: dict[Key, Any] = {}
    for loss, use, value in segments.pairs(first):
        add_to(sums, key(loss, use), value)
    return sums


def _ratio(part: Number | None, whole: Any) -> Number | None:
    return None if part is None or whole is None or whole.contains(0) else part / whole
