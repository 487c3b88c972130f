"""Ledger: what each way of accumulating the path sum costs, in multiplications and additions, exactly.

Every method is run over operands that do nothing but count (`cost`). Counted is the work on local partials that are
given: all gradients together, by the parameters and the trainable initial states. A factor that is identically 1 (the
arc from L to a loss, the local partial of w h + b by b) costs nothing, as when one writes it down. The plain path sum
multiplies out every path by itself and adds them up; how many operations that takes is known without enumerating.

    path sum           every path by itself
    reverse            one adjoint per node, from L on (backpropagation through time)
    reverse, rules     the derived recurrence, with only its named adjoints
    forward            one sensitivity per node and target, from the first step on (real-time recurrent learning)
    forward, rules     the derived forward recurrence, with only its named sensitivities
    markowitz          vertex elimination, next the node with fewest arcs in × out; scalar networks only
    best               vertex elimination in the cheapest order, by search (`cheapest_order`); scalar networks only

Of vectors a cost is a polynomial in their sizes. A path or an adjoint is a row, multiplied by one local partial after the
other from L on; so n units that are all connected take O(n² T). A sensitivity is a matrix, with a row per component of the
node and a column per entry of the target, and local partials are applied to each column; there are n² columns, which makes
O(n⁴ T). (Williams & Zipser, Gradient-based learning algorithms for recurrent networks and their computational complexity,
1995.)

As a function of T most of these are polynomials from some T on (`growth`); the path sum of a network with several ways
from step to step has none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

from derive.costs.operations import (
    NOTHING,
    UNIT,
    Cost,
    Monomial,
    Operand,
    Operations,
    Tally,
    Weight,
    counted,
    full,
    product,
    weight,
)
from derive.costs.orders import LIMIT, Best, Orders
from derive.costs.polynomials import TRIED, Formula, sized
from derive.equations import Shapes
from derive.errors import NetworkError
from derive.graph import Arc, Edge, Unrolled, targets
from derive.paths import Elimination, reverse
from derive.recurrence import ForwardRecurrence, Recurrence
from derive.shown import Seen

Method = Literal["path sum", "reverse", "reverse rules", "forward", "forward rules", "markowitz", "best"]
METHODS: tuple[Method, ...] = get_args(Method)
SCALAR: tuple[Method, ...] = ("markowitz", "best")
"""The methods that are counted for scalar networks only: any order of elimination may multiply any two matrices."""


@dataclass(frozen=True, slots=True)
class _Bundle:
    """Some paths: how many, what it costs to multiply out all of them, and how many have no factor but 1 as yet."""

    paths: int
    cost: Cost
    empty: int

    def __mul__(self, arc: Weight) -> _Bundle:
        """Every path continued along an arc; what a path begins with is given."""
        if arc.unit:
            return self
        return _Bundle(self.paths, self.cost + arc.by_row.each((), self.paths - self.empty), 0)

    def __add__(self, other: _Bundle) -> _Bundle:
        return _Bundle(self.paths + other.paths, self.cost + other.cost, self.empty + other.empty)


@dataclass(frozen=True, repr=False)
class Ledger(Seen):
    """What the gradients of a network cost over T steps.

    >>> from derive.graph import Graph
    >>> from derive.network import load
    >>> ledger = Ledger(Recurrence(Graph(load("elman"))))
    >>> ledger.operations("reverse", 3), ledger.formula("reverse")[0].coefficients
    (Operations(multiplications=17, additions=8), (Fraction(-1, 1), Fraction(6, 1)))
    >>> vectors = Ledger(Recurrence(Graph(load("elman-vector"))))
    >>> vectors.operations("reverse", 3, {"n": 2, "d": 3, "m": 1})
    Operations(multiplications=56, additions=38)
    """

    recurrence: Recurrence

    @cached_property
    def methods(self) -> tuple[Method, ...]:
        """The methods whose cost is known."""
        scalar = self.recurrence.graph.network.is_scalar
        return METHODS if scalar else tuple(method for method in METHODS if method not in SCALAR)

    @cached_property
    def multiplies(self) -> bool:
        """Whether paths multiply from step to step: on the way to a target, two arcs of a variable lead back to it."""
        graph = self.recurrence.graph
        wanted = targets(Unrolled(graph, 1))
        passed = {name for target in wanted for name in ForwardRecurrence(graph, target).names}

        def leads_back(edge: Edge) -> bool:
            return edge.head in graph.needed_by(edge.tail)

        return any(sum(map(leads_back, graph.below[name])) > 1 for name in passed)

    @cached_property
    def _weights(self) -> tuple[Weight, ...]:
        graph = self.recurrence.graph
        shapes = Shapes(graph.network.shapes, broadcast=True)
        return tuple(weight(edge, shapes) for edge in graph.edges)

    @cached_property
    def _penalty_weights(self) -> dict[str, Weight]:
        graph = self.recurrence.graph
        shapes = Shapes(graph.network.shapes, broadcast=True)
        return {edge.tail: weight(edge, shapes) for edge in graph.penalty_edges}

    @cached_property
    def _loss_weight(self) -> Weight:
        edge = self.recurrence.graph.loss_edge
        return UNIT if edge.is_unit else full()

    def weight(self, arc: Arc) -> Weight:
        """Return the local partial of an arc as a matrix to multiply by."""
        if arc.edge.is_penalty:
            return self._penalty_weights[arc.edge.tail]
        return self._loss_weight if arc.edge.from_total else self._weights[arc.edge.index]

    def operands(self, tally: Tally) -> Callable[[Arc], Operand]:
        """Return the ring in which products and sums are counted."""
        return lambda arc: Operand(tally, self.weight(arc))

    def operations(self, method: Method, steps: int, sizes: Mapping[str, int] | None = None) -> Operations:
        """Return the exact number of operations of a method for T steps and sizes; of ``best`` for the best order found.

        Raises `NetworkError` if a size is missing, or the method is for scalar networks only.
        """
        network = self.recurrence.graph.network
        needed = dict.fromkeys(size for shape in network.shapes.values() for size in product(shape))
        missing = [size for size in needed if size not in (sizes or {})]
        if missing:
            raise NetworkError(f"{network.where}operations depend on the sizes of vectors; give {', '.join(missing)}")
        return self.cost(method, steps).at(sizes or {})

    def cost(self, method: Method, steps: int) -> Cost:
        """Return the operations of a method for T steps as a polynomial in the sizes of vectors."""
        self._check(method)
        unrolled = Unrolled(self.recurrence.graph, steps)
        tally = Tally(forward=method in {"forward", "forward rules"})
        operands, wanted = self.operands(tally), targets(unrolled)
        match method:
            case "path sum":
                return self._path_sum(unrolled)
            case "reverse rules":
                adjoints = self.recurrence.adjoints(unrolled, operands)
                for target in wanted:
                    self.recurrence.derivative(unrolled, target, operands, adjoints)
            case "forward rules":
                for target in wanted:
                    forward = ForwardRecurrence(self.recurrence.graph, target)
                    forward.derivative(unrolled, operands, forward.sensitivities(unrolled, operands))
            case "best":
                self.orders(steps).elimination.derivatives(operands, self.best(steps).order)
            case "reverse" | "forward" | "markowitz":
                orders = self.orders(steps)
                orders.elimination.derivatives(operands, orders.order(method))
        return tally.cost

    def formula(self, method: Method) -> tuple[Formula | None, Formula | None]:
        """Return multiplications and additions as polynomials in T and sizes, None where they are none.

        Of the best order, and where losses are at some steps, nothing is known for other T: None.
        """
        if method == "best" or isinstance(self.recurrence.graph.network.loss_at, tuple):
            return None, None
        costs = {steps: self.cost(method, steps).terms for steps in TRIED}

        def count(steps: int, of: Callable[[Operations], int]) -> dict[Monomial, int]:
            return {product: of(operations) for product, operations in costs[steps].items()}

        return (
            sized(lambda steps: count(steps, lambda operations: operations.multiplications)),
            sized(lambda steps: count(steps, lambda operations: operations.additions)),
        )

    def orders(self, steps: int) -> Orders:
        """Return the orders of vertex elimination of the graph over T steps. From L on that is reverse accumulation."""
        unrolled = Unrolled(self.recurrence.graph, steps)
        return Orders(Elimination(unrolled, targets(unrolled)), lambda arc: self.weight(arc).unit)

    def best(self, steps: int, limit: int = LIMIT) -> Best:
        """Return the cheapest order of vertex elimination found, and whether it is proven to be.

        Raises `NetworkError` for vectors.
        """
        self._check("best")
        return self.orders(steps).best(limit)

    def _check(self, method: Method) -> None:
        """Refuse a method whose cost is not known."""
        if method not in self.methods:
            where = self.recurrence.graph.network.where
            raise NetworkError(f"{where}{method} is counted for scalar networks only; use {', '.join(self.methods)}")

    def _path_sum(self, unrolled: Unrolled) -> Cost:
        """What all paths cost, and paths − 1 additions per entry of a target."""
        adjoints = reverse(
            unrolled,
            lambda arc: _Bundle(1, NOTHING, int(arc.edge.is_unit)) if arc.edge.from_total else self.weight(arc),
        )
        total = NOTHING
        for target in targets(unrolled):
            if target in adjoints:
                found = adjoints[target]
                entries = product(unrolled.graph.network.shape(target.name))
                total += found.cost + counted(entries, Operations(0, found.paths - 1))
        return total
