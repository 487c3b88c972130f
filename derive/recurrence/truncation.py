"""Truncation: backpropagation through time that looks back over a window, and what it leaves out.

Every ``every`` steps (k1), and at T, a backward pass is made: from step s, through the steps s, s − 1, …, s − through + 1
(k2 of them), for the losses since the pass before, s − every < t ≤ s. So

    a path is kept exactly if all its equations are of steps in the window of the pass that its loss belongs to:
    its loss step t has the pass s(t), the first of every, 2·every, …, T that is ≥ t; its use step k has to be
    k > s(t) − through.

For every = 1 that is: lags 0 … through − 1 are kept. For general t the recurrence is the full one with an earlier end:
δ_t^{(e)}, the adjoint that the losses up to step e give, obeys the same rules with e in the place of T (δ^{(e)} = 0 beyond
e), and the truncated gradient is

    Σ_t δ_t^{(e(t))} ∂⁺v_t/∂w,    e(t) the last loss step from which a path to step t is kept:
    e(t) = min(T, t + through − 1) for every = 1;  T if t + through > T, else every · ⌊(t + through − 1) / every⌋.

The *bias* is the sum of the paths that are dropped, summed by itself: truncated + bias = full gradient, word for word.
(Williams & Peng, An efficient gradient-based algorithm for on-line training of recurrent network trajectories, Neural
Computation 2, 1990: BPTT(h; h′) with h = through, h′ = every.)
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from derive.equations import expression as ex
from derive.errors import NetworkError, StepsError
from derive.graph import Arc, Node, Unrolled
from derive.paths import Arrival, Flow, Path, PathSum, Segments, Words, add_all, total
from derive.recurrence.recurrence import Recurrence
from derive.recurrence.run import run, value
from derive.recurrence.tree import Start, Then, Tree, either, moved, within
from derive.shown import Seen


def check_window(where: str, through: int, every: int) -> None:
    """Raise `StepsError` unless 1 ≤ every ≤ through."""
    if type(through) is not int or type(every) is not int or not 1 <= every <= through:
        raise StepsError(
            f"{where}a truncated pass looks back through k2 steps, every k1 steps, whole numbers with "
            f"1 ≤ k1 ≤ k2, not k1 = {every!r}, k2 = {through!r}"
        )


@dataclass(frozen=True, slots=True)
class Pass:
    """A backward pass: from step ``last`` down to ``first``, for the losses of steps ``losses``."""

    last: int
    first: int
    losses: Sequence[int]


@dataclass(frozen=True, slots=True)
class _Reached:
    """The nodes that the losses of steps 1 … end reach: those with such a loss as far ahead as their nearest is."""

    end: int
    nearest: Mapping[str, int]

    def __contains__(self, node: object) -> bool:
        """Whether a node is reached."""
        return (
            isinstance(node, Node)
            and node.name in self.nearest
            and self.nearest[node.name] <= self.end - (node.step or 0)
        )


@dataclass(frozen=True, repr=False)
class Truncation(Seen):
    """Truncated backpropagation through ``through`` steps (k2), every ``every`` steps (k1).

    Raises `StepsError` unless 1 ≤ every ≤ through (otherwise some losses would never be looked at), and `NetworkError` if
    a state runs backwards in time.

    >>> from derive.graph import Graph
    >>> from derive.network import load
    >>> graph = Graph(load("elman"))
    >>> truncation = Truncation(Recurrence(graph), Unrolled(graph, 5), 2)
    >>> truncation.kept(Node("w_h")), truncation.dropped(Node("w_h")), truncation.end(2)
    (9, 6, 3)
    """

    recurrence: Recurrence
    unrolled: Unrolled
    through: int
    every: int = 1

    def __post_init__(self) -> None:
        """Check the window."""
        network = self.unrolled.graph.network
        check_window(network.where, self.through, self.every)
        if self.unrolled.direction != 1:
            raise NetworkError(f"{network.where}{self._against}")

    @property
    def _against(self) -> str:
        """What leads to a later step, which no pass has come to that looks back."""
        graph = self.unrolled.graph
        for edge in graph.edges:
            if (edge.lag or 0) < 0 and edge.tail in graph.below:
                return f"{edge.tail} runs backwards in time; truncation is for states that run forwards"
        return (
            f"{self.unrolled.ahead[0]} is read at steps before it is computed; truncation cuts off the past, and is for "
            "networks that look back only"
        )

    # -- which paths --------------------------------------------------------------------------------------------------

    @cached_property
    def passes(self) -> tuple[Pass, ...]:
        """The backward passes, in the order of time."""
        total, losses = self.unrolled.steps, self.unrolled.loss_steps
        lasts = dict.fromkeys((*range(self.every, total + 1, self.every), total))
        before, found = 0, []
        for last in lasts:
            own = losses[bisect_left(losses, before + 1) : bisect_right(losses, last)]
            found.append(Pass(last, max(1, last - self.through + 1), own))
            before = last
        return tuple(found)

    def end(self, step: int) -> int:
        """Return the last loss step from which a path to the equations of a step is kept: e(t)."""
        if step + self.through > self.unrolled.steps:
            return self.unrolled.steps
        return self.every * ((step + self.through - 1) // self.every)

    def keeps(self, path: Path) -> bool:
        """Return whether a path is kept."""
        return path.is_penalty or path.loss_step <= self.end(path.use_step)

    def kept(self, target: Node) -> int:
        """Return how many paths to a target are kept."""
        arrived, _ = self._cut(Segments(self.unrolled, target, lambda _: 1))
        return sum(arrival.value for arrival in arrived)

    def dropped(self, target: Node) -> int:
        """Return how many paths to a target are dropped."""
        return PathSum(self.unrolled, target).count - self.kept(target)

    # -- the recurrence -----------------------------------------------------------------------------------------------

    def rule_at(self, name: str, step: int, end: int) -> Tree | None:
        """Return the rule of δ_step^{(end)} with that which is 0 left out: the full rule, for a sequence of end steps.

        Every `All` in it is an adjoint with the same end.
        """
        return self._at(self.recurrence.rules[name].tree, step, end)

    def _at(self, tree: Tree, step: int, end: int) -> Tree | None:
        losses = [step for step in self.unrolled.loss_steps if step <= end]
        return within(moved(tree, step), end, losses, self._reached(end))

    def gradient_at(self, target: Node) -> tuple[tuple[Tree, int], ...]:
        """Return the terms of the truncated gradient in the order of t, each with the end e(t) of its adjoints.

        The penalty comes last; nothing of it is cut.
        """
        last, penalty = self.unrolled.steps, self.recurrence.penalty(target.name) if target.step is None else ()
        terms = ((tree, self.end(step)) for step, tree in self._uses(target, self.end))
        return (*terms, *((tree, last) for tree in penalty))

    def collected_at(self, node: Node, end: int) -> Tree | None:
        """Return what the losses up to a step give a variable at one step for all t, ``g[1]``: from the steps that read it."""
        found = [tree for _, tree in self._uses(node, lambda _: end)]
        return either(found) if found else None

    def _uses(self, target: Node, end: Callable[[int], int]) -> list[tuple[int, Tree]]:
        """The paths to a node, by the steps whose equations use it, each for the losses up to an end."""
        variable, at = ex.anchor(target.name)
        found: list[tuple[int, Tree]] = []
        for arc, head in self.unrolled.above(Node(variable, target.step)):
            if arc.edge.from_total:
                found += [] if arc.edge.is_penalty else [(arc.step, Start(arc))]
            elif head.name in self.recurrence.reached and at in (None, arc.edge.anchor):
                whole = Then(moved(self.recurrence.adjoint(head.name), arc.step), arc)
                kept = self._at(whole, 0, end(arc.step))
                found += [] if kept is None else [(arc.step, kept)]
        return sorted(found, key=lambda entry: entry[0])

    def _reached(self, end: int) -> Container[Node]:
        """The nodes that the losses up to a step reach."""
        if end == self.unrolled.steps:
            return self.unrolled.reached
        match self.unrolled.graph.network.loss_at:
            case "every" if not self.recurrence.collected:
                return _Reached(end, self._nearest)
            case "last":
                return frozenset()
            case _:
                return self._reached_early(end)

    def _reached_early(self, end: int) -> frozenset[Node]:
        """The nodes that the losses of a list reach, those up to a step; or where arrows lead to one step from many."""
        if end not in self._early:
            self._early[end] = Unrolled(self.unrolled.graph, end).reached
        return self._early[end]

    @cached_property
    def _early(self) -> dict[int, frozenset[Node]]:
        return {}

    @cached_property
    def _nearest(self) -> dict[str, int]:
        """Per variable, the smallest lag at which a loss depends on it."""
        nearest = {self.unrolled.graph.network.loss: 0}
        queue = [*nearest]
        while queue:
            name = queue.pop(0)
            for edge in self.unrolled.graph.below.get(name, ()):
                lag = nearest[name] + (edge.lag or 0)
                if lag < nearest.get(edge.tail, lag + 1):
                    nearest[edge.tail] = lag
                    queue.append(edge.tail)
        return nearest

    def derivative(self, target: Node, weight: Callable[[Arc], Any]) -> Any | None:
        """Return the truncated gradient by the rules of δ^{(e)}, in any ring; None if no path is kept.

        One backward recurrence for each end that occurs: up to T · through steps in all.
        """
        terms = self.gradient_at(target)
        adjoints = {end: self._adjoints(end, weight) for end in dict.fromkeys(end for _, end in terms)}
        values = [value(tree, weight, adjoints[end].__getitem__) for tree, end in terms]
        return total(values) if values else None

    def _adjoints(self, end: int, weight: Callable[[Arc], Any]) -> dict[Node, Any]:
        """δ^{(end)} at the steps where it is looked at, by the rules."""
        first = max(1, end - self.through + 1)
        nodes = (node for node in self.recurrence.nodes(self.unrolled, first, end) if first <= (node.step or 0) <= end)

        def rule(node: Node) -> Tree | None:
            if node.name in self.recurrence.rules:
                return self.rule_at(node.name, node.step or 0, end)
            return self.collected_at(node, end)

        return run(nodes, rule, weight)

    def holds(self, target: Node) -> bool:
        """Whether the truncated gradient by the rules is exactly the set of the enumerated paths inside the windows."""
        first = {step: one.first for one in self.passes for step in one.losses}
        paths = PathSum(self.unrolled, target)
        kept = Words.of(path.word for path in paths if path.is_penalty or path.use_step >= first[path.loss_step])
        return (self.derivative(target, Words.letter) or Words()) == kept

    # -- kept and dropped ---------------------------------------------------------------------------------------------

    def _cut(self, segments: Segments) -> tuple[list[Arrival], Flow]:
        """Make every pass: what arrives inside its window, and what leaves it, over all passes."""
        arrived = [*segments.direct, *segments.penalty]
        left: Flow = {}
        for one in self.passes:
            found, stopped = segments.run(segments.start(one.losses), one.first)
            arrived += found
            for place, values in stopped.items():
                add_all(left.setdefault(place, {}), values)
        return arrived, left

    def sums(self, target: Node, weight: Callable[[Arc], Any]) -> tuple[Any | None, Any | None]:
        """Return the sums over the kept and over the dropped paths in any ring; None where there are none.

        What leaves the windows goes on together, so that both take T · through / every steps at most.
        """
        segments = Segments(self.unrolled, target, weight)
        kept, left = self._cut(segments)
        dropped, _ = segments.run(left)
        return _sum(kept), _sum(dropped)


def _sum(arrived: list[Arrival]) -> Any | None:
    return total(arrival.value for arrival in arrived) if arrived else None
