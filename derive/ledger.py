"""Ledger: what each way of folding the path sum costs, in multiplications and additions, exactly.

Every method is run over operands that do nothing but count (`Operand`). Counted is the work on local partials that are
given: all gradients together, by the parameters and the trainable initial states. A factor that is identically 1 (the
arc from L to a loss, the local partial of w h + b by b) costs nothing, as when one writes it down. The plain path sum
multiplies out every path by itself and adds them up; how many operations that takes is known without enumerating.

    path sum           every path by itself
    reverse            one adjoint per node, from L on (backpropagation through time)
    reverse, rules     the derived recurrence, with only its named adjoints
    forward            one sensitivity per node and target, from the first step on (real-time recurrent learning)
    forward, rules     the derived forward recurrence, with only its named sensitivities
    markowitz          vertex elimination, next the node with fewest arcs in × out
    best               vertex elimination in the cheapest order, by search (`elimination`)

As a function of T most of these are polynomials from some T on. `formula` finds them by exact differences, and trusts one
only after it has held for further T; the path sum of a network with several routes from step to step has none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, Literal, get_args

from derive import expression as ex
from derive.accumulate import reverse
from derive.elimination import LIMIT, Best, Elimination
from derive.errors import NetworkError
from derive.forward import ForwardRecurrence
from derive.recurrence import Recurrence
from derive.rings import value
from derive.unroll import Arc, Node, Unrolled
from derive.verify import targets

Method = Literal["path sum", "reverse", "reverse rules", "forward", "forward rules", "markowitz", "best"]
METHODS: tuple[Method, ...] = get_args(Method)
HIGHEST = 4
"""The highest degree in T that is tried."""
FURTHER = 3
"""For how many further T a formula has to hold."""


@dataclass(frozen=True, slots=True)
class Operations:
    """A number of multiplications and of additions."""

    multiplications: int
    additions: int


@dataclass(slots=True)
class Tally:
    """The one thing here that changes: how many operations there have been."""

    multiplications: int = 0
    additions: int = 0

    @property
    def operations(self) -> Operations:
        """The count so far."""
        return Operations(self.multiplications, self.additions)


@dataclass(frozen=True, slots=True)
class Operand:
    """Something to calculate with that only counts; ``unit``: it is 1.

    >>> tally = Tally()
    >>> _ = Operand(tally) * Operand(tally) * Operand(tally, unit=True) + Operand(tally)
    >>> tally.operations
    Operations(multiplications=1, additions=1)
    """

    tally: Tally
    unit: bool = False

    def __mul__(self, other: Operand) -> Operand:
        """Count a multiplication, unless one factor is 1."""
        if self.unit or other.unit:
            return other if self.unit else self
        self.tally.multiplications += 1
        return Operand(self.tally)

    def __add__(self, other: Operand) -> Operand:
        """Count an addition."""
        self.tally.additions += 1
        return Operand(self.tally)


@dataclass(frozen=True, slots=True)
class _Bundle:
    """Some paths: how many, how many factors other than 1 they have together, and how many have none."""

    paths: int
    factors: int
    empty: int

    def __mul__(self, other: _Bundle) -> _Bundle:
        factors = self.factors * other.paths + self.paths * other.factors
        return _Bundle(self.paths * other.paths, factors, self.empty * other.empty)

    def __add__(self, other: _Bundle) -> _Bundle:
        return _Bundle(self.paths + other.paths, self.factors + other.factors, self.empty + other.empty)


@dataclass(frozen=True, slots=True)
class Formula:
    """A polynomial in T, ``coefficients[k]`` that of Tᵏ, which holds from T = ``first`` on as far as it was tried."""

    coefficients: tuple[Fraction, ...]
    first: int

    def __call__(self, steps: int) -> Fraction:
        """Return its value at T."""
        return sum((factor * steps**power for power, factor in enumerate(self.coefficients)), Fraction(0))


def formula(cost: Callable[[int], int], first: int = 1) -> Formula | None:
    """Return the polynomial in T that a cost is, from a T of at most ``first`` + 3 on; None if it is none of low degree.

    >>> formula(lambda steps: steps * (steps + 1) // 2).coefficients
    (Fraction(0, 1), Fraction(1, 2), Fraction(1, 2))
    >>> formula(lambda steps: 2**steps) is None
    True
    """
    values = {steps: cost(steps) for steps in range(first, first + 4 + HIGHEST + FURTHER)}
    for begin in range(first, first + 4):
        for degree in range(HIGHEST + 1):
            points = range(begin, begin + degree + 1)
            found = Formula(_interpolated([(steps, values[steps]) for steps in points]), begin)
            if all(found(steps) == known for steps, known in values.items() if steps >= begin):
                return found
    return None


def _interpolated(points: list[tuple[int, int]]) -> tuple[Fraction, ...]:
    """The coefficients of the polynomial through some points (Lagrange)."""
    total = [Fraction(0)] * len(points)
    for at, height in points:
        product = [Fraction(height)]
        for other, _ in points:
            if other != at:
                raised = [Fraction(0), *product]
                lowered = [*(coefficient * other for coefficient in product), Fraction(0)]
                product = [(up - down) / (at - other) for up, down in zip(raised, lowered, strict=True)]
        total = [one + more for one, more in zip(total, product, strict=True)]
    return tuple(total)


@dataclass(frozen=True)
class Ledger:
    """What the gradients of a scalar network cost over T steps. Raises `NetworkError` for vectors.

    >>> from derive.graph import Graph
    >>> from derive.toml import load
    >>> ledger = Ledger(Recurrence(Graph(load("elman"))))
    >>> ledger.operations("reverse", 3), ledger.formula("reverse")[0].coefficients
    (Operations(multiplications=17, additions=8), (Fraction(-1, 1), Fraction(6, 1)))
    """

    recurrence: Recurrence

    def __post_init__(self) -> None:
        """Refuse vectors."""
        network = self.recurrence.graph.network
        if not network.is_scalar:
            raise NetworkError(f"{network.where}operations are counted for scalar networks only")

    @cached_property
    def _units(self) -> frozenset[int]:
        return frozenset(edge.index for edge in self.recurrence.graph.edges if edge.factor == ex.ONE)

    def is_unit(self, arc: Arc) -> bool:
        """Whether an arc's local partial is identically 1."""
        return arc.edge is None or arc.edge.index in self._units

    def operations(self, method: Method, steps: int) -> Operations:
        """Return the exact number of operations of a method for T steps; of ``best`` for the best order found."""
        unrolled = Unrolled(self.recurrence.graph, steps)
        if method == "path sum":
            return self._path_sum(unrolled)
        tally = Tally()

        def weight(arc: Arc) -> Operand:
            return Operand(tally, self.is_unit(arc))

        wanted = targets(unrolled)
        match method:
            case "reverse rules":
                _by_rules(self.recurrence, unrolled, wanted, weight)
            case "forward rules":
                for target in wanted:
                    ForwardRecurrence(self.recurrence.graph, target).gradient(unrolled, weight)
            case "best":
                self.elimination(steps).derivatives(weight, self.best(steps).order)
            case "reverse" | "forward" | "markowitz":
                elimination = self.elimination(steps)
                elimination.derivatives(weight, elimination.order(method))
        return tally.operations

    def formula(self, method: Method) -> tuple[Formula | None, Formula | None]:
        """Return multiplications and additions as polynomials in T, None where they are none.

        Of the best order nothing is known for other T: None.
        """
        if method == "best":
            return None, None
        counts = {steps: self.operations(method, steps) for steps in range(1, 5 + HIGHEST + FURTHER)}
        return (
            formula(lambda steps: counts[steps].multiplications),
            formula(lambda steps: counts[steps].additions),
        )

    def elimination(self, steps: int) -> Elimination:
        """Return the graph for T steps, ready to be eliminated. From L on that is reverse accumulation."""
        unrolled = Unrolled(self.recurrence.graph, steps)
        return Elimination(unrolled, targets(unrolled), self.is_unit)

    def best(self, steps: int, limit: int = LIMIT) -> Best:
        """Return the cheapest order of vertex elimination found, and whether it is proven to be."""
        return self.elimination(steps).best(limit)

    def _path_sum(self, unrolled: Unrolled) -> Operations:
        """Σ over the paths of (factors other than 1, less one) multiplications; paths − 1 additions per target."""
        adjoints = reverse(unrolled, lambda arc: _Bundle(1, 0, 1) if self.is_unit(arc) else _Bundle(1, 1, 0))
        found = [adjoints[target] for target in targets(unrolled) if target in adjoints]
        return Operations(
            sum(bundle.factors - bundle.paths + bundle.empty for bundle in found),
            sum(bundle.paths - 1 for bundle in found),
        )


def _by_rules(
    recurrence: Recurrence, unrolled: Unrolled, wanted: tuple[Node, ...], weight: Callable[[Arc], Any]
) -> None:
    """Run the derived recurrence and the gradients that it gives."""
    known: dict[Node, Any] = {}
    for node in unrolled.nodes_from_loss():
        rule = recurrence.rules.get(node.name)
        tree = rule.at(unrolled, node.step or 0) if rule else None
        if tree is not None:
            known[node] = value(tree, weight, known.__getitem__)
    for target in wanted:
        terms = [value(tree, weight, known.__getitem__) for tree in recurrence.gradient_at(unrolled, target)]
        if terms:
            sum(terms[1:], terms[0])
