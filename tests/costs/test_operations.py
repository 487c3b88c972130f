"""Costs of vectors: the gradients really computed with numbers that count, compared with what the ledger says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from samples import apart, equation, networks, random_values
from worked import worked

from derive.costs.ledger import Ledger, Method
from derive.equations import expression as ex
from derive.graph.partials import Column, Gather, LinearMap, Matrix, RowOuter, Scale, Softmax, Spread
from derive.graph.unrolled import Arc, Node, Unrolled, targets
from derive.network.network import Network
from derive.network.toml import load
from derive.numbers.compile import compiled
from derive.numbers.example import Evaluation, precision
from derive.numbers.jacobians import Jacobians
from derive.paths.paths import PathSum
from derive.recurrence.forward_accumulation import ForwardRecurrence

SLOW = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
MOST_PATHS = 1000
"""Up to this many paths they are multiplied out one by one."""
SIZES = {"n": 2, "d": 3, "m": 2, "k": 2, "q": 4}

# -- numbers that count ------------------------------------------------------------------------------------------------


@dataclass
class Count:
    """How many multiplications and additions there have been."""

    multiplications: int = 0
    additions: int = 0


@dataclass(frozen=True)
class Scalar:
    """A number that counts each operation in which it is the left operand."""

    value: float
    count: Count

    def __mul__(self, other: float) -> Scalar:
        """Multiply by a number that is given."""
        self.count.multiplications += 1
        return Scalar(self.value * other, self.count)

    def __add__(self, other: Scalar) -> Scalar:
        """Add."""
        self.count.additions += 1
        return Scalar(self.value + other.value, self.count)

    def __sub__(self, other: Scalar) -> Scalar:
        """Subtract."""
        self.count.additions += 1
        return Scalar(self.value - other.value, self.count)


Vector = list[Scalar]
Step = tuple[Callable[[Vector], Vector], Callable[[Vector], Vector]]
"""A basic map: what it does to a row from its left, and to a column from its right."""


def total(vector: Vector) -> Scalar:
    """The sum of components."""
    first, *others = vector
    for other in others:
        first = first + other
    return first


def scaled(vector: Vector, by: list[float]) -> Vector:
    """The elementwise product."""
    return [one * factor for one, factor in zip(vector, by, strict=True)]


def inner(vector: Vector, by: list[float]) -> Scalar:
    """The inner product."""
    return total(scaled(vector, by))


def less_mean(vector: Vector, p: list[float]) -> Vector:
    """Softmax as it is written: p ⊙ λ − (pᵀλ) p."""
    mean = inner(vector, p)
    return [one * factor - mean * factor for one, factor in zip(vector, p, strict=True)]


def nested(given_: Any) -> bool:
    """Whether what a map is made from is a matrix."""
    return isinstance(given_, list) and isinstance(given_[0], list)


def step(link: LinearMap, given_: Any, rows: int) -> Step:
    """A basic map with so many rows, from what was given for it as floats."""
    v = [entry for line in given_ for entry in line] if isinstance(link, Spread) and nested(given_) else given_
    match link:
        case Scale():
            both = lambda vector: scaled(vector, v if isinstance(v, list) else [v] * rows)  # noqa: E731
            return both, both
        case Matrix():
            columns = [list(column) for column in zip(*v, strict=True)]
            return (
                lambda row: [inner(row, column) for column in columns],
                lambda column: [inner(column, line) for line in v],
            )
        case Column():
            return (
                lambda row: [one * factor for one in row for factor in v],
                lambda column: [inner(column[at * len(v) :][: len(v)], v) for at in range(rows)],
            )
        case RowOuter():
            return (
                lambda row: [one * factor for factor in v for one in row],
                lambda column: [inner(column[at::rows], v) for at in range(rows)],
            )
        case Spread(ex.Call("ones")):
            return lambda row: row * len(v), lambda column: [total(column)]
        case Spread():
            return lambda row: [row[0] * factor for factor in v], lambda column: [inner(column, v)]
        case Gather(None):
            return lambda row: [total(row)], lambda column: column * rows
        case Gather():
            return lambda row: [inner(row, v)], lambda column: [column[0] * factor for factor in v]
        case Softmax():
            return lambda row: less_mean(row, v), lambda column: less_mean(column, v)


@dataclass(frozen=True)
class Product:
    """A matrix of numbers that count: written out, and as the chains of maps that it may still be.

    ``forward``: products are computed column by column from the right, else row by row from the left.
    """

    rows: list[Vector]
    forward: bool
    chains: tuple[tuple[Step, ...], ...] = ()
    unit: bool = False

    def __mul__(self, other: Product) -> Product:
        """A product; a factor 1 is left out."""
        if self.unit or other.unit:
            return other if self.unit else self
        if not self.forward:
            return Product([through(row, other.chains, 0) for row in self.rows], self.forward)
        columns = [through(list(column), self.chains, 1) for column in zip(*other.rows, strict=True)]
        return Product([list(row) for row in zip(*columns, strict=True)], self.forward)

    def __add__(self, other: Product) -> Product:
        """A sum, entry by entry."""
        pairs = zip(self.rows, other.rows, strict=True)
        return Product([added(one, another) for one, another in pairs], self.forward)


def added(one: Vector, other: Vector) -> Vector:
    """The sum of vectors."""
    return [left + right for left, right in zip(one, other, strict=True)]


def through(vector: Vector, chains: tuple[tuple[Step, ...], ...], side: int) -> Vector:
    """A row from the left (side 0) or a column from the right (1) through every chain, added up."""
    results = []
    for chain in chains:
        found = vector
        for maps in chain if side == 0 else reversed(chain):
            found = maps[side](found)
        results.append(found)
    first, *others = results
    for other in others:
        first = added(first, other)
    return first


@dataclass(frozen=True)
class Arcs:
    """The local partials of a worked example as matrices of numbers that count."""

    evaluation: Evaluation
    count: Count
    forward: bool = False

    def __call__(self, arc: Arc) -> Product:
        """The weight of an arc."""
        jacobian = Jacobians(self.evaluation)(arc)
        rows = [[Scalar(float(entry), self.count) for entry in row] for row in jacobian.tolist()]
        if arc.edge.factor == ex.ONE:
            return Product(rows, self.forward, unit=True)
        return Product(
            rows, self.forward, tuple(self._chain(chain, arc, len(rows)) for chain in arc.edge.partial.chains)
        )

    def _chain(self, chain: tuple[LinearMap, ...], arc: Arc, rows: int) -> tuple[Step, ...]:
        merged: list[tuple[LinearMap, Any]] = []
        for link in chain:
            value = self._value(link, arc)
            if merged and isinstance(link, Scale) and isinstance(merged[-1][0], Scale):
                merged[-1] = (link, joined(merged[-1][1], value))
            else:
                merged.append((link, value))
        found: list[Step] = []
        for link, value in merged:
            found.append(step(link, value, rows))
            rows = len(found[-1][0]([Scalar(0.0, Count())] * rows))
        return tuple(found)

    def _value(self, link: LinearMap, arc: Arc) -> Any:
        """What a map is made from, as floats."""
        expr, *_ = (getattr(link, name) for name in link.__slots__)
        return None if expr is None else floats(self._number(expr, arc))

    def _number(self, expr: ex.Expr, arc: Arc) -> Any:
        if isinstance(expr, ex.Transpose):
            return self._number(expr.body, arc).T
        return compiled(expr, self.evaluation.system)(self.evaluation.storage, arc.step)


def floats(value: Any) -> Any:
    """A ball, or nested lists of them, as floats."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    return [floats(entry) for entry in value] if isinstance(value, list) else float(value)


def joined(one: Any, other: Any) -> Any:
    """The product of two elementwise factors, which is given."""
    if not isinstance(one, list):
        one, other = other, one
    if not isinstance(one, list):
        return one * other
    return [
        left * right for left, right in zip(one, other if isinstance(other, list) else [other] * len(one), strict=True)
    ]


# -- the gradients, really computed ------------------------------------------------------------------------------------


def path_by_path(evaluation: Evaluation, arcs: Arcs) -> dict[Node, Product]:
    """Every path multiplied out by itself from L on, and added up."""
    sums: dict[Node, Product] = {}
    for target in targets(evaluation.unrolled):
        for path in PathSum(evaluation.unrolled, target):
            first, *others = map(arcs, path.arcs)
            for other in others:
                first = first * other
            sums[target] = sums[target] + first if target in sums else first
    return sums


def by_forward_rules(unrolled: Unrolled, target: Node, arcs: Arcs) -> Product | None:
    """A gradient by the forward rules."""
    forward = ForwardRecurrence(unrolled.graph, target)
    return forward.derivative(unrolled, arcs, forward.sensitivities(unrolled, arcs))


def computed(evaluation: Evaluation, method: Method, count: Count) -> dict[Node, Product]:
    """All gradients by a method."""
    unrolled, recurrence = evaluation.unrolled, evaluation.recurrence
    arcs = Arcs(evaluation, count, forward=method.startswith("forward"))
    wanted = targets(unrolled)
    match method:
        case "path sum":
            return path_by_path(evaluation, arcs)
        case "reverse rules":
            adjoints = recurrence.adjoints(unrolled, arcs)
            found = {target: recurrence.derivative(unrolled, target, arcs, adjoints) for target in wanted}
        case "forward rules":
            found = {target: by_forward_rules(unrolled, target, arcs) for target in wanted}
        case _:
            orders = Ledger(recurrence).orders(unrolled.steps)
            return orders.elimination.derivatives(arcs, orders.order(method))  # type: ignore[arg-type]
    return {target: gradient for target, gradient in found.items() if gradient is not None}


def assert_counts_hold(evaluation: Evaluation) -> None:
    """Every method computes the gradient with exactly as many operations as the ledger says."""
    unrolled, ledger = evaluation.unrolled, Ledger(evaluation.recurrence)
    paths = sum(PathSum(unrolled, target).count for target in targets(unrolled))
    for method in ledger.methods:
        if method == "path sum" and paths > MOST_PATHS:
            continue
        count = Count()
        with precision(evaluation.bits):
            found = computed(evaluation, method, count)
        said = ledger.operations(method, unrolled.steps, evaluation.values.sizes)
        assert (count.multiplications, count.additions) == (said.multiplications, said.additions), method
        for target, gradient in found.items():
            (row,) = gradient.rows
            assert apart([entry.value for entry in row], evaluation.gradient(target)) < 1e-9, method


def fixed(network: Network, steps: int) -> Evaluation:
    """A worked example with sizes that tell n from d and m."""
    return worked(network, steps, random_values(network, steps, 3, SIZES))


@pytest.mark.parametrize("steps", [1, 2, 3])
@pytest.mark.parametrize("name", ["elman-vector", "softmax", "lstm", "lstm-peephole", "gru", "gru-reset-before"])
def test_ready_made_networks_take_what_the_ledger_says(name: str, steps: int) -> None:
    """Multiplications and additions of scalars, one by one, for every method."""
    assert_counts_hold(fixed(load(name), steps))


@pytest.mark.parametrize(
    ("h", "loss"),
    [
        ("tanh(u*h[t-1] + W@x[t])", "sum(h[t])"),
        ("softmax(h[t-1]) + u + W@x[t]", "h[t]@h[t]/2"),
        ("sin(h[t-1]) - h[t-1]*sum(W@x[t]) + u", "logsumexp(h[t])"),
        ("W@(W.T@h[t-1]) + u + W@x[t]", "sum(softmax(h[t])**2)"),
    ],
)
def test_each_kind_of_map_takes_what_the_ledger_says(h: str, loss: str) -> None:
    """Neighbouring factors are one, softmax on the way, sums, a matrix and its transpose."""
    shapes = {"u": ("n",), "W": ("n", "d"), "x": ("d",), "h": ("n",)}
    equations = {"h": h, "l": loss}
    network = Network(
        "maps", equations, ("u", "W"), "l", inputs=("x",), initial={"h": 0}, shapes=shapes, broadcast=True
    )
    assert_counts_hold(fixed(network, 3))


@SLOW
@given(networks(vectors=True), st.integers(1, 3), st.integers(0, 100))
def test_random_networks_take_what_the_ledger_says(network: Network, steps: int, seed: int) -> None:
    """The same for random networks of vectors of random sizes."""
    assert_counts_hold(worked(network, steps, random_values(network, steps, seed)))


@SLOW
@given(equation(), st.integers(1, 2), st.integers(0, 100))
def test_any_equation_takes_what_the_ledger_says(network: Network, steps: int, seed: int) -> None:
    """The same where an equation is any mathematics: sums of chains of all kinds of maps."""
    assert_counts_hold(worked(network, steps, random_values(network, steps, seed)))
