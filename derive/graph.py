"""Graph: the linearized computational graph, rolled — one node per variable, one edge per argument of each equation.

An edge leads from a variable to an argument of its equation, the way the chain rule walks, and carries the local partial.
The equations are the same at every step, so each edge is differentiated once, and stands for one edge per step.
(Bauer, Computational graphs and rounding error, 1974; Griewank & Walther, Evaluating Derivatives, 2008.)
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from derive.expression import Expr
from derive.network import Network
from derive.order import Sweep, sweeps
from derive.partials import LocalPartial, local_partials


@dataclass(frozen=True, slots=True)
class Edge:
    """∂⁺head_t / ∂tail_{t−lag}; ``lag`` None: the tail is a parameter."""

    index: int
    head: str
    tail: str
    lag: int | None
    partial: LocalPartial

    @property
    def factor(self) -> Expr:
        """The local partial as a plain factor (scalar networks)."""
        return self.partial.factor


@dataclass(frozen=True)
class Graph:
    """The rolled graph of a network."""

    network: Network

    @cached_property
    def edges(self) -> tuple[Edge, ...]:
        """Every edge, in the order of the equations and of the arguments within them."""
        partials = [found for name in self.network.variables for found in local_partials(self.network, name)]
        return tuple(
            Edge(index, found.of, found.by.name, found.by.lag, found) for index, found in enumerate(partials)
        )

    @cached_property
    def sweeps(self) -> tuple[Sweep, ...]:
        """How the variables are computed, one sweep over time after the other."""
        return sweeps(self.network.rules)

    @cached_property
    def order(self) -> tuple[str, ...]:
        """The variables in an order in which each comes after those of its own step that it needs."""
        return tuple(name for sweep in self.sweeps for name in sweep.names)

    @cached_property
    def above(self) -> dict[str, tuple[Edge, ...]]:
        """Per name, the edges that lead to it: its uses."""
        names = (*self.network.variables, *self.network.parameters, *self.network.data)
        return {name: tuple(edge for edge in self.edges if edge.tail == name) for name in names}

    @cached_property
    def below(self) -> dict[str, tuple[Edge, ...]]:
        """Per variable, the edges from it to its arguments."""
        return {name: tuple(edge for edge in self.edges if edge.head == name) for name in self.network.variables}
