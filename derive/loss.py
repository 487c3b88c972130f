"""Loss: the total loss L, as a sum over the steps and written out in full.

Written out, L contains nothing but parameters, data and initial states. It grows quickly with T (for an LSTM exponentially),
so its size is computed before it is made. It is shown while it fits a page, and serves as an independent check.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import sympy

from derive import expression as ex
from derive.algebra import step_symbol, to_sympy
from derive.expression import Expr, Var
from derive.unroll import Node, Unrolled


@dataclass(frozen=True)
class Loss:
    """The total loss of an unrolled network."""

    unrolled: Unrolled

    @property
    def terms(self) -> tuple[Expr, ...]:
        """The losses that are added, as variables at their steps."""
        return tuple(Var(self.unrolled.graph.network.loss, -step) for step in self.unrolled.loss_steps)

    @cached_property
    def size(self) -> int:
        """How many symbols L has when written out, counted without writing it."""
        network = self.unrolled.graph.network
        sizes: dict[Node, int] = {}
        for node in self.unrolled.nodes():
            sizes[node] = sum(
                sizes.get(Node(var.name, None if var.lag is None else (node.step or 0) - var.lag), 1)
                for var in ex.variables(network.rules[node.name])
            )
        return sum(sizes[Node(network.loss, step)] for step in self.unrolled.loss_steps)

    def written_out(self, step: int) -> Expr:
        """The loss of one step in terms of parameters, data and initial states only. Look at ``size`` first."""
        network = self.unrolled.graph.network
        known: dict[Var, Expr] = {}
        for node in self.unrolled.nodes():
            rule = ex.shift(network.rules[node.name], node.step or 0)
            known[Var(node.name, -(node.step or 0))] = ex.substitute(rule, known)
        return known[Var(network.loss, -step)]

    def sympy(self) -> sympy.Expr:
        """L written out, in SymPy (scalar networks), with a symbol such as ``x_2`` for each datum."""

        def leaf(expr: Expr) -> sympy.Symbol | None:
            if not isinstance(expr, Var):
                return None
            return step_symbol(expr.name, None if expr.lag is None else -expr.lag)

        return sympy.Add(*(to_sympy(self.written_out(step), leaf) for step in self.unrolled.loss_steps))
