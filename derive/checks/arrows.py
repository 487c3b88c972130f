"""Arrows: every local partial by itself, against its own equation and nothing else.

Adding up paths, in whatever order, says nothing of the arrows: were one local partial wrong, every way of putting arrows
together would agree on a wrong gradient. So each is held against the derivative of its equation by a route that knows the
equation only: the complex step along a direction. For an arrow from v to u with local partial J,

    λᵀ J r   =   Im λᵀ f(…, u + i h r, …) / h       for generic λ and r,

where f is the equation of v, and the left side is what backpropagation uses: the transposed map applied to λ, times r. Two maps
that differ anywhere differ there, for almost every λ and r. For scalar networks SymPy's derivative of the equation is a second
such route. And the arrows have to be all there are: each variable that an equation names, with its lag, has its arrow, unless
the equation does not depend on it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

from derive.equations import Expr, Var, variables
from derive.equations import expression as ex
from derive.graph import ONCE, TOTAL, Arc, Edge, Graph, Node
from derive.numbers import (
    NARROW,
    Ball,
    Evaluation,
    Number,
    System,
    compiled,
    entries,
    shaped_like,
    spread_over,
    stored,
)
from derive.paths import total

if TYPE_CHECKING:
    import sympy

Pair: TypeAlias = tuple[Any, Any]
"""Two numbers that have to be the same."""
STEP = Fraction(1, 10**300)
MOST_ARROWS = 80
"""So many arrows are looked at, each at some of its steps: T may be large."""


@dataclass(frozen=True)
class Arrows:
    """The arrows of a graph at the values of an evaluation."""

    evaluation: Evaluation

    @property
    def graph(self) -> Graph:
        """The rolled graph."""
        return self.evaluation.unrolled.graph

    @cached_property
    def steps(self) -> tuple[int, ...]:
        """The steps that are looked at: the first, the last, and some between."""
        last = self.evaluation.unrolled.steps
        most = max(2, MOST_ARROWS // max(1, len(self.graph.edges)))
        return tuple(sorted({1 + (last - 1) * place // (most - 1) for place in range(most)}))

    @cached_property
    def rules(self) -> dict[str | None, Expr]:
        """The right-hand side of each equation by the name of its variable; under None the term of L that counts once."""
        penalty = self.graph.network.penalty_term
        rules: list[tuple[str | None, Expr]] = [*self.graph.network.rules.items()]
        return dict(rules if penalty is None else [*rules, (None, penalty)])

    @property
    def edges(self) -> Iterator[tuple[str | None, Edge]]:
        """Every edge with what its equation is known by."""
        yield from ((edge.head, edge) for edge in self.graph.edges)
        yield from ((None, edge) for edge in self.graph.penalty_edges)

    def _steps(self, head: str | None) -> tuple[int, ...]:
        return (ONCE,) if head is None else self.steps

    def complete(self) -> bool:
        """Whether each variable that an equation names has its arrow, unless its slope is 0, and no arrow is without one."""
        network = self.graph.network
        uses = ((head, var) for head, rule in self.rules.items() for var in variables(rule))
        named = [(head, var) for head, var in uses if not network.is_known(var)]
        drawn = [(head, edge.argument) for head, edge in self.edges]
        missing = set(named) - set(drawn)
        flat = all(_vanishes(self.along(head, by, step)) for head, by in missing for step in self._steps(head))
        return flat and len(set(drawn)) == len(drawn) and set(drawn) <= set(named)

    def by_complex_step(self) -> Iterator[Pair]:
        """λᵀ J r by the local partial and by the equation alone, for every arrow."""
        for head, edge in self.edges:
            for step in self._steps(head):
                yield self.pulled(head, edge, step), self.along(head, edge.argument, step)

    def by_sympy(self) -> Iterator[Pair]:
        """The local partial and SymPy's derivative of the equation, for every arrow of a scalar network."""
        from derive.checks.sympy_values import sympy_value  # noqa: PLC0415 - SymPy is loaded where it is used
        from derive.equations import symbol  # noqa: PLC0415 - as above

        for head, edge in self.edges:
            rule = self.rules[head]
            slope = _slope(rule, edge.argument)
            for step in self._steps(head):
                known = {symbol(var): self._value(var, step) for var in variables(rule)}
                yield self.evaluation.weights.factor(edge, step), sympy_value(slope, known, self.evaluation.system)

    def pulled(self, head: str | None, edge: Edge, step: int) -> Ball:
        """λᵀ J r by the local partial: the transposed map, applied to λ, times r."""
        left = _generic(self._whole(head, step), self.evaluation.system)
        pulled = self.evaluation.weights.pull(Arc(edge, step), left)
        right = _generic(self._value(edge.argument, step), self.evaluation.system)
        product: Ball = _inner(pulled, right)
        return product

    def along(self, head: str | None, by: Var, step: int) -> Ball:
        """λᵀ J r by the equation alone: its imaginary part when the argument moves by i h r, over h."""
        from flint import acb  # noqa: PLC0415 - loaded only when numbers are asked for

        system, rule = self.evaluation.complex_system, self.rules[head]
        size: Any = system.exact(STEP)
        storage: dict[str, Any] = dict(stored(self.evaluation.values.sizes))
        apart: dict[Var, Expr] = {}
        for var in variables(rule):
            value = self._value(var, step) * acb(1)
            if var == by:
                value = value + _generic(value, system) * (size * acb(0, 1))
            if var.at is not None:  # an argument of its own, also at the step that t is
                apart[var] = Var(ex.anchored(var.name, var.at))
                storage[ex.anchored(var.name, var.at)] = value
            elif var.lag is None:
                storage[var.name] = value
            else:
                storage.setdefault(var.name, {})[step - var.lag] = value
        result = compiled(ex.substitute(rule, apart), system)(storage, step)
        left = _generic(self._whole(head, step), system)
        slope: Ball = _inner(left, result).imag / size.real
        return slope

    def _whole(self, head: str | None, step: int) -> Number:
        """The value of what an equation is for."""
        return self.evaluation.value(TOTAL if head is None else Node(head, step))

    def _value(self, var: Var, step: int) -> Number:
        return self.evaluation.value(self.evaluation.unrolled.argument(var, step))


@lru_cache(maxsize=10_000)
def _slope(rule: Expr, by: Var) -> sympy.Expr:
    """SymPy's derivative of an equation."""
    import sympy  # noqa: PLC0415 - loaded where it is used

    from derive.equations import symbol, to_sympy  # noqa: PLC0415 - as SymPy

    return sympy.diff(to_sympy(rule), symbol(by))


def _generic(like: Number, system: System) -> Any:
    """Generic numbers in the shape of a value."""
    numbers = itertools.islice(spread_over(0), len(entries(like)))
    return shaped_like(like, map(system.exact, numbers))


def _vanishes(slope: Ball) -> bool:
    """Whether a ball is 0 or all around it: what cancels, as in u - u, leaves a narrow ball."""
    return bool(slope.contains(0) and slope.rad() < NARROW)


def _inner(left: Any, right: Any) -> Any:
    """Σ left · right over the components; a number stands for a vector of it."""
    return total(entries(left * right))
