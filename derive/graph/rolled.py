"""Graph: the linearized computational graph, rolled — one node per variable, one edge per argument of each equation.

An edge leads from a variable to an argument of its equation, the way the chain rule walks, and carries the local
partial. The equations are the same at every step, so each edge is differentiated once, and stands for one per step.
(Bauer, Computational graphs and rounding error, 1974; Griewank & Walther, Evaluating Derivatives, 2008.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property

from derive.equations import Expr, Var
from derive.equations import expression as ex
from derive.errors import EquationError
from derive.graph.maps import (
    Column,
    Embed,
    Flip,
    Gather,
    LinearMap,
    Matrix,
    Reduce,
    Right,
    RowOuter,
    Scale,
    Select,
    Softmax,
    Spread,
)
from derive.graph.partials import LocalPartial, calls_named, local_partials, penalty_partials
from derive.network import Network, Sweep, closure, sweeps
from derive.shown import Seen, Symbolic

TOTAL_NAME = "L"
IDENTITY = ((),)
"""The chains of a local partial that is 1."""


@dataclass(frozen=True)
class Edge(Symbolic):
    """∂⁺head_t / ∂tail_{t−lag}; ``lag`` None: the tail is a parameter, or has one step for all t, ``anchor`` (0: T).

    ``index`` tells the edges of a graph apart; ``network`` is the one that it belongs to, by whose names it is printed.
    """

    index: int
    head: str
    tail: str
    lag: int | None
    partial: LocalPartial = field(hash=False, repr=False)
    network: Network = field(repr=False, compare=False)
    anchor: int | None = None

    @property
    def from_total(self) -> bool:
        """Whether it leads from the total loss L."""
        return self.index < 0

    @property
    def is_penalty(self) -> bool:
        """Whether it leads from L straight to a parameter, by the term of L that counts once."""
        return self.from_total and self.lag is None

    @property
    def collected(self) -> str:
        """What the arcs to one step are collected under, ``g[1]``; of a parameter its name."""
        return self.tail if self.anchor is None else ex.anchored(self.tail, self.anchor)

    @property
    def crosses(self) -> bool:
        """Whether it leads to another step: by a lag, or to one step for all t, which is another at all steps but one."""
        return bool(self.lag) or self.anchor is not None

    @property
    def argument(self) -> Var:
        """The tail as its equation names it."""
        return Var(self.tail, self.lag, self.anchor)

    @property
    def is_unit(self) -> bool:
        """Whether the local partial is 1."""
        return self.partial.chains == IDENTITY

    @cached_property
    def factor(self) -> Expr:
        """The local partial as a plain factor, for general t (scalar networks)."""
        return self.partial.factor

    @cached_property
    def _at(self) -> dict[int, LocalPartial]:
        return {}

    def at(self, step: int) -> LocalPartial:
        """The local partial at a step, its own steps written as lags before step 0."""
        if step not in self._at:
            chains = tuple(tuple(_moved(link, step) for link in chain) for chain in self.partial.chains)
            by = ex.Var(self.tail, None if self.lag is None else self.lag - step, self.anchor)
            self._at[step] = replace(self.partial, by=by, chains=chains)
        return self._at[step]


def _moved(link: LinearMap, by: int) -> LinearMap:
    """A linear map with every step moved so many steps later."""
    match link:
        case Scale(factor):
            return Scale(ex.shift(factor, by))
        case Matrix(matrix):
            return Matrix(ex.shift(matrix, by))
        case Right(matrix):
            return Right(ex.shift(matrix, by))
        case Column(vector):
            return Column(ex.shift(vector, by))
        case RowOuter(vector):
            return RowOuter(ex.shift(vector, by))
        case Spread(vector):
            return Spread(ex.shift(vector, by))
        case Gather(vector):
            return Gather(None if vector is None else ex.shift(vector, by))
        case Softmax(value, axis):
            return Softmax(ex.shift(value, by), axis)
        case Flip() | Reduce() | Select() | Embed():
            return link


@dataclass(frozen=True, repr=False)
class Graph(Seen):
    """The rolled graph of a network."""

    network: Network

    @cached_property
    def edges(self) -> tuple[Edge, ...]:
        """Every edge, in the order of the equations and of the arguments within them.

        Raises `EquationError` for an equation whose derivative no equation could say.
        """
        partials = [found for name in self.network.variables for found in self._partials(name)]
        return tuple(
            Edge(index, found.of, found.by.name, found.by.lag, found, self.network, found.by.at)
            for index, found in enumerate(partials)
        )

    def _partials(self, name: str) -> tuple[LocalPartial, ...]:
        return self._written(f"equation {name}", lambda: local_partials(self.network, name, self._named))

    @cached_property
    def _named(self) -> dict[Expr, Expr]:
        return calls_named(self.network)

    def _written(self, what: str, find: Callable[[], tuple[LocalPartial, ...]]) -> tuple[LocalPartial, ...]:
        try:
            return find()
        except NotImplementedError as reason:
            raise EquationError(
                f"{self.network.where}{what}: its derivative cannot be written with the functions we know "
                f"({reason}); write the equation differently, or as several"
            ) from None

    @cached_property
    def loss_edge(self) -> Edge:
        """∂⁺L/∂l_t: what the loss of a step counts for."""
        weight, loss = self.network.loss_weight, Var(self.network.loss, 0)
        chains = IDENTITY if weight == ex.ONE else ((Scale(weight),),)
        return Edge(-1, TOTAL_NAME, loss.name, 0, LocalPartial(TOTAL_NAME, loss, chains, scalar=True), self.network)

    @cached_property
    def penalty_edges(self) -> tuple[Edge, ...]:
        """From L straight to each parameter of the penalty; they are no edges of a step, and each is an arrow once."""
        found = self._written("penalty", lambda: penalty_partials(self.network, TOTAL_NAME))
        return tuple(
            Edge(-2 - place, TOTAL_NAME, partial.by.name, None, partial, self.network)
            for place, partial in enumerate(found)
        )

    @cached_property
    def sweeps(self) -> tuple[Sweep, ...]:
        """How the variables are computed, one sweep over time after the other."""
        return sweeps(self.network.rules)

    @cached_property
    def order(self) -> tuple[str, ...]:
        """The variables, each after those of its own step that it needs."""
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

    def needed_by(self, *names: str) -> frozenset[str]:
        """All that some variables depend on, at any step, directly or not: themselves, parameters and data among it."""
        return closure(names, lambda name: (edge.tail for edge in self.below.get(name, ())))

    def depending_on(self, *names: str) -> frozenset[str]:
        """All that depends on some names, at any step, directly or not, themselves included."""
        return closure(names, lambda name: (edge.head for edge in self.above.get(name, ())))

    @cached_property
    def reached(self) -> frozenset[str]:
        """The variables that the loss depends on at all."""
        return self.needed_by(self.network.loss) & self.below.keys()

    @cached_property
    def crossed(self) -> frozenset[str]:
        """All that some path from the loss leads to by an arrow from step to step: variables, parameters, data.

        >>> from derive.network import load
        >>> sorted(Graph(load("elman")).crossed & {"w_h", "w_x", "w_y"})
        ['w_h', 'w_x']
        """
        beyond = [edge.tail for edge in self.edges if edge.crosses and edge.head in self.reached]
        return self.needed_by(*beyond)

    @cached_property
    def anchored(self) -> dict[str, tuple[Edge, ...]]:
        """Per variable at one step for all t, ``g[1]``, that L depends on as such: the edges that lead to it."""
        found: dict[str, tuple[Edge, ...]] = {}
        for edge in self.edges:
            if edge.anchor is not None and edge.head in self.reached:
                found[edge.collected] = (*found.get(edge.collected, ()), edge)
        return found

    @cached_property
    def direction(self) -> int | None:
        """1 if variables looked at at another step are always earlier (or there are none), −1 if later, None if both occur.

        One step for all t is earlier than some and later than others; which of them paths come to is a matter of T and of
        the losses, `Unrolled.direction`. Data may be looked at at any step: no path goes on from there.
        """
        return _direction(edge for edge in self.edges if edge.tail in self.below)

    def direction_to(self, name: str) -> int | None:
        """The same of what lies on the paths from the loss to one variable.

        >>> from derive.network import load
        >>> graph = Graph(load("bidirectional"))
        >>> graph.direction, graph.direction_to("f"), graph.direction_to("g")
        (None, 1, -1)
        """
        between = self.reached & self.depending_on(name)
        return _direction(edge for edge in self.edges if edge.head in between and edge.tail in between)

    @cached_property
    def signs(self) -> frozenset[int]:
        """1 if some variable is looked at some steps later, −1 if some steps earlier; one step for all t is left out."""
        return _signs(edge for edge in self.edges if edge.tail in self.below)


def _signs(edges: Iterable[Edge]) -> frozenset[int]:
    return frozenset(1 if edge.lag > 0 else -1 for edge in edges if edge.lag)


def _direction(edges: Iterable[Edge]) -> int | None:
    """1 if edges lead to no later step, −1 if to no earlier one, None if to both, or to one step from every one."""
    found = tuple(edges)
    signs = _signs(found)
    return None if len(signs) > 1 or any(edge.anchor is not None for edge in found) else next(iter(signs), 1)
