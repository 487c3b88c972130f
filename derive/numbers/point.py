"""Point: a network at values that mean nothing in particular, with every derivative there, from its equations alone.

The equations are run on complex floats. A quantity is changed by iε, and the imaginary part of what comes out, over ε, is
the derivative, exact to rounding: nothing is subtracted (Squire & Trapp, Using complex variables to estimate derivatives
of real functions, SIAM Review 40, 1998). No local partial, path or rule takes part. A derivative is an array with a row
for each component of what is differentiated, and a column for each of what it is differentiated by.

The values are a worked example's, or generic ones (`derive.numbers.generic`).
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from itertools import accumulate, pairwise
from typing import Any

from derive.equations import expression as ex
from derive.errors import ValuesError
from derive.graph import TOTAL, Node, Unrolled
from derive.network import Network
from derive.numbers.compile import Compiled, compiled
from derive.numbers.entries import Number, entries, is_array
from derive.numbers.generic import generic_values
from derive.numbers.number_systems import complex_floats
from derive.numbers.passes import filler, load, total_loss
from derive.numbers.values import Values

STEP = 1e-30
"""ε: its square is nothing beside 1."""
RANGES = tuple((Fraction(low), Fraction(high)) for low, high in ((-2, 2), (0, 1), (1, 2)))
TRIES = 20
"""So often numbers are drawn from a range before it is called safe."""
LARGEST = 1e6
"""Beyond this a value is no longer moderate, and rounding would show."""


def generic_point(unrolled: Unrolled) -> Point | None:
    """Return a network at generic values at which all its equations have real values; None if it has none there."""
    points = (Point(unrolled, values) for values in generic_values(unrolled.graph.network, unrolled.steps))
    return next(filter(_has_values, points), None)


def safe_range(unrolled: Unrolled) -> tuple[Fraction, Fraction] | None:
    """Return the first of some ranges from which numbers may be drawn so that all equations have real values, if one is."""
    for found in RANGES:
        drawn = generic_values(unrolled.graph.network, unrolled.steps, [found] * TRIES)
        if all(_has_values(Point(unrolled, values)) for values in drawn):
            return found
    return None


def _has_values(point: Point) -> bool:
    try:
        with _overflowing_raises(point.network):
            return point.is_real
    except (ValuesError, ArithmeticError, ValueError):
        return False


def _overflowing_raises(network: Network) -> AbstractContextManager[Any]:
    """Where arrays become too large, or have no value, they raise as single numbers do, instead of a warning."""
    if network.is_scalar:
        return nullcontext()
    import numpy as np  # noqa: PLC0415 - for arrays only

    return np.errstate(over="raise", invalid="raise", divide="raise")


@dataclass(frozen=True)
class Point:
    """A network over T steps at some values."""

    unrolled: Unrolled
    values: Values
    _slopes: dict[tuple[Node, int, int | None], array[float]] = field(default_factory=dict, repr=False)
    """Of every run with something changed all that is kept, the derivatives: a matrix has many entries, each with a run."""

    @property
    def network(self) -> Network:
        """The network."""
        return self.unrolled.graph.network

    @cached_property
    def base(self) -> Mapping[str, Any]:
        """Every value: name → step → value, and parameter → value."""
        return self._run(None, 0, None)

    @property
    def is_real(self) -> bool:
        """Whether every value is a real number, and a moderate one."""
        found = [self.at(Node(name, step)) for name in self.network.variables for step in self.steps]
        found.append(self._penalty(self.base, 0))
        return all(abs(entry.imag) < STEP and abs(entry) < LARGEST for value in found for entry in entries(value))

    @property
    def steps(self) -> range:
        """1 … T."""
        return range(1, self.unrolled.steps + 1)

    def at(self, node: Node) -> Any:
        """The complex value of a node."""
        return _at(self.base, node)

    def value(self, node: Node) -> Number:
        """The value of a node, a float or an array of them; of L the sum of the losses."""
        if node == TOTAL:
            return _real(total_loss(self.unrolled, complex_floats(), self.base))
        return _real(self.at(node))

    @cached_property
    def loss_weight(self) -> float:
        """What the loss of a step counts for in L."""
        weight: Any = compiled(self.unrolled.graph.loss_edge.factor, complex_floats())(self.base, 0)
        return float(complex(weight).real)

    def exists(self, node: Node) -> bool:
        """Whether a node has a value here."""
        return self.unrolled.is_node(node)

    def size(self, node: Node) -> int:
        """How many components a node has."""
        return 1 if node == TOTAL else len(entries(self.at(node)))

    # -- derivatives ---------------------------------------------------------------------------------------------------

    def total(self, of: Node, by: Node, used: int | None = None) -> list[list[float]]:
        """The derivative of a node by another one through every path, or those by its use at one step."""
        columns = [self._column(of, by, entry, used) for entry in range(self.size(by))]
        return [list(row) for row in zip(*columns, strict=True)]

    def _column(self, of: Node, by: Node, entry: int, used: int | None) -> Sequence[float]:
        """The derivative of a node by one component of another."""
        if of not in self._places:
            return [float(of == by and used is None and place == entry) for place in range(self.size(of))]
        key = (by, entry, used)
        if key not in self._slopes:
            storage = self._run(by, entry, used)
            found = (part.imag / STEP for node in self._places for part in self._read(storage, node))
            self._slopes[key] = array("d", found)
        return self._slopes[key][self._places[of]]

    @cached_property
    def _places(self) -> Mapping[Node, slice]:
        """Where the derivatives of a node stand among those of all nodes that are computed, and of L."""
        nodes = (*self.unrolled.nodes(), TOTAL)
        ends = tuple(accumulate(map(self.size, nodes), initial=0))
        return {node: slice(*between) for node, between in zip(nodes, pairwise(ends), strict=True)}

    def _read(self, storage: Mapping[str, Any], of: Node) -> tuple[complex, ...]:
        if of == TOTAL:
            return (total_loss(self.unrolled, complex_floats(), storage),)
        return entries(_at(storage, of))

    def local(self, of: Node, by: Node) -> list[list[float]]:
        """The derivative of one equation by one of its arguments, the others held."""
        if of == TOTAL and by.step is not None:
            return [[self.loss_weight if by.step in self.unrolled.loss_steps else 0.0]]
        rule = self._penalty if of == TOTAL else self._rules[of.name]
        size = self.size(of)
        columns = []
        for entry in range(self.size(by)):
            found = entries(rule(_bumped(self.base, by, entry), of.step or 0))
            columns.append([part.imag / STEP for part in (found if len(found) == size else found * size)])
        return [list(row) for row in zip(*columns, strict=True)]

    @cached_property
    def _rules(self) -> Mapping[str, Compiled]:
        return {name: compiled(rule, complex_floats()) for name, rule in self.network.rules.items()}

    @cached_property
    def _penalty(self) -> Compiled:
        """The term of L that counts once; 0 if there is none."""
        return compiled(self.network.penalty_term or ex.ZERO, complex_floats())

    @cached_property
    def _filled(self) -> Callable[[str, Number], Number]:
        return filler(self.network.shapes, self.values, complex_floats())

    def across(self, of: Node, by: Node) -> list[list[float]]:
        """The derivative of a node by one of another step through the equations of its own step, all other steps held."""
        columns = []
        for entry in range(self.size(by)):
            storage = _bumped(self.base, by, entry)
            storage = {name: dict(value) if name in self._rules else value for name, value in storage.items()}
            for node in self.unrolled.nodes():
                if node.step == of.step:
                    storage[node.name][node.step] = self._filled(
                        node.name, self._rules[node.name](storage, node.step or 0)
                    )
            columns.append([found.imag / STEP for found in self._read(storage, of)])
        return [list(row) for row in zip(*columns, strict=True)]

    @cached_property
    def _given(self) -> Mapping[str, Any]:
        """The values given, as complex numbers."""
        return load(self.unrolled, self.values, complex_floats())

    def _run(self, by: Node | None, entry: int, used: int | None) -> Mapping[str, Any]:
        """All values, with one component of one node changed; if ``used`` is given, for the equations of that step only."""
        storage = {name: dict(value) if isinstance(value, dict) else value for name, value in self._given.items()}
        given = by is not None and by in self.values.of
        if by is not None and given and used is None:
            storage = _bumped(storage, by, entry)
        for node in self.unrolled.nodes():
            step = node.step or 0
            here = _bumped(storage, by, entry) if by is not None and used == step else storage
            storage[node.name][step] = self._filled(node.name, self._rules[node.name](here, step))
            if node == by and used is None:
                storage = _bumped(storage, node, entry)
        return storage


def _at(storage: Mapping[str, Any], node: Node) -> Any:
    return storage[node.name] if node.step is None else storage[node.name][node.step]


def _bumped(storage: Mapping[str, Any], node: Node, entry: int) -> dict[str, Any]:
    """The storage with one component of one node changed by iε."""
    value = _at(storage, node)
    if is_array(value):
        value = value.copy()
        value.flat[entry] += 1j * STEP
    else:
        value += 1j * STEP
    return {**storage, node.name: value if node.step is None else {**storage[node.name], node.step: value}}


def _real(value: Any) -> Number:
    return value.real.astype(float) if is_array(value) else float(complex(value).real)
