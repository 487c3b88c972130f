"""Loss: the total loss L, as a sum over the steps, and of what counts once, and written out in full.

Written out, L contains nothing but parameters, data and initial states. It grows quickly with T (for an LSTM
exponentially), so its size and its depth are computed before it is made. It is shown while it fits a page, and serves as
an independent check.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from typing import TYPE_CHECKING

from derive.equations import Expr, Var
from derive.equations import expression as ex
from derive.graph.unrolled import ONCE, TOTAL, Node, Unrolled
from derive.shown import Shown

if TYPE_CHECKING:
    import sympy


@dataclass(frozen=True, repr=False)
class Loss(Shown):
    """The total loss of an unrolled network.

    >>> from derive.graph import Graph
    >>> from derive.network import load
    >>> Loss(Unrolled(Graph(load("elman")), 1)).in_symbols()
    (w_y*tanh(h_0*w_h + w_x*x_1) - yhat_1)**2/2
    """

    unrolled: Unrolled

    @property
    def terms(self) -> tuple[Expr, ...]:
        """The losses that are added, as variables at their steps."""
        return tuple(Var(self.unrolled.graph.network.loss, -step) for step in self.unrolled.loss_steps)

    @cached_property
    def sizes(self) -> dict[int, int]:
        """How many symbols the loss of each step has when written out, counted without writing it."""
        network = self.unrolled.graph.network
        inside = {name: tuple(ex.variables(rule)) for name, rule in network.rules.items()}
        sizes: dict[Node, int] = {}
        for node in self.unrolled.nodes():
            sizes[node] = sum(sizes.get(self.unrolled.argument(var, node.step or 0), 1) for var in inside[node.name])
        return {step: sizes[Node(network.loss, step)] for step in self.unrolled.loss_steps}

    @property
    def size(self) -> int:
        """How many symbols L has when written out."""
        return sum(self.sizes.values()) + sum(1 for _ in self._once())

    @cached_property
    def symbols(self) -> int:
        """How many symbols L has when functions that are made of others are written out too."""
        network = self.unrolled.graph.network
        inside = {name: _symbols(rule) for name, rule in network.rules.items()}
        counts: dict[Node, int] = {}
        for node in self.unrolled.nodes():
            at = node.step or 0
            counts[node] = sum(
                times * counts.get(self.unrolled.argument(var, at), 1) for var, times in inside[node.name].items()
            )
        once = _symbols(network.penalty_term or ex.ZERO).total()
        return once + sum(counts[Node(network.loss, step)] for step in self.unrolled.loss_steps)

    def _once(self) -> Iterator[tuple[Var, int]]:
        """Every variable of the term that counts once, and in how many operations it stands."""
        penalty = self.unrolled.graph.network.penalty_term
        return iter(()) if penalty is None else _levels(penalty)

    @cached_property
    def depths(self) -> dict[int, int]:
        """How deeply the operations of each loss nest when it is written out; what walks it recurs as deep."""
        network = self.unrolled.graph.network
        inside = {name: tuple(_levels(rule)) for name, rule in network.rules.items()}
        depths: dict[Node, int] = {}
        for node in self.unrolled.nodes():
            found = (
                level + depths.get(self.unrolled.argument(var, node.step or 0), 0) for var, level in inside[node.name]
            )
            depths[node] = max(found, default=0)
        return {step: depths[Node(network.loss, step)] for step in self.unrolled.loss_steps}

    @property
    def depth(self) -> int:
        """How deeply the operations of L nest when it is written out."""
        return max((*self.depths.values(), *(level for _, level in self._once())))

    def written_out(self, step: int) -> Expr:
        """The loss of one step in terms of parameters, data and initial states only, steps as lags before step 0.

        Look at ``sizes`` and ``depths`` first: what walks the expression takes that long, and recurs as deep.
        """
        network = self.unrolled.graph.network
        fixed: dict[Node, set[Var]] = {}
        for var in (var for rule in network.rules.values() for var in ex.variables(rule) if var.at is not None):
            fixed.setdefault(self.unrolled.argument(var, ONCE), set()).add(var)
        written: dict[Var, Expr] = {
            var: Var(name, -(at or 0)) for (name, at), found in fixed.items() for var in found if name in network.data
        }
        for node in self.unrolled.nodes():
            at = node.step or 0
            written[Var(node.name, -at)] = whole = ex.substitute(ex.shift(network.rules[node.name], at), written)
            for var in fixed.get(node, ()):
                written[var] = whole
            if node == (network.loss, step):
                return whole
        raise AssertionError("a loss that counts has a step of its own")

    def in_symbols(self) -> sympy.Expr:
        """L written out (scalar networks), with a plain symbol such as ``x_2`` for each datum: these differentiate fastest."""
        import sympy  # noqa: PLC0415 - loaded where it is used

        from derive.equations import to_sympy  # noqa: PLC0415 - as SymPy

        network = self.unrolled.graph.network
        written: dict[Node, sympy.Expr] = {}
        for node in self.unrolled.nodes():
            written[node] = to_sympy(network.rules[node.name], partial(self._value, node, written))
        total = sympy.Add(*(written[Node(network.loss, step)] for step in self.unrolled.loss_steps))
        penalty = to_sympy(network.penalty_term or ex.ZERO, partial(self._value, TOTAL, {}))
        return total * to_sympy(network.loss_weight) + penalty

    def _value(self, node: Node, written: Mapping[Node, sympy.Expr], expr: Expr) -> sympy.Expr | None:
        """What stands for a variable in a node's equation: its own equation written out, or its symbol."""
        from derive.equations import step_symbol  # noqa: PLC0415 - as SymPy

        if not isinstance(expr, Var):
            return None
        argument = self.unrolled.argument(expr, node.step or 0)
        return written.get(argument, step_symbol(argument.name, argument.step))


def _symbols(expr: Expr) -> Counter[Var]:
    """How often each variable stands in an expression in which functions that are made of others are written out."""
    found: Counter[Var] = Counter()
    if isinstance(expr, Var):
        found[expr] = 1
    uses = _uses(expr.definition) if isinstance(expr, ex.Defined) else itertools.repeat(1)
    for child, times in zip(ex.children(expr), uses, strict=False):
        for var, inside in _symbols(child).items():
            found[var] += times * inside
    return found


@lru_cache(maxsize=1_000)
def _uses(definition: ex.Definition) -> tuple[int, ...]:
    """How often each argument of a function stands in what it is."""
    found = _symbols(definition.value)
    return tuple(found[var] for var in definition.of)


def _levels(expr: Expr, level: int = 0) -> Iterator[tuple[Var, int]]:
    """Every variable of an expression, and in how many operations it stands."""
    if isinstance(expr, Var):
        yield expr, level
    for child in ex.children(expr):
        yield from _levels(child, level + 1)
