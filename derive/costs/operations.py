"""Cost: what it takes to multiply by a local partial — multiplications and additions per product of the vectors' sizes.

A local partial is a sum of chains of basic maps (`partials`), and a basic map is a matrix with few entries that are not 0:

    map                rows × columns    entries
    Scale              n × n             n
    Matrix             n × d             n d
    Right              n × d             n d       by U in U B; both are done for every column or row if λ is a matrix
    Column, RowOuter   n × n d           n d       by the entries of a matrix
    Spread             1 × n             n
    Gather             n × 1             n
    Reduce             n k × n           n k       all of them 1
    Select, Embed      n × (d + n)       –         nothing to calculate
    Flip               n k × n k         n k       all of them 1

Multiplied by a row from the left (an adjoint), it takes one multiplication per entry, and one addition per entry less one
per column; by a column from the right (one of a sensitivity), less one per row. Entries that are all 1 take no
multiplication. Softmax, diag(p) − p pᵀ, is carried out as it is written: a Scale; a Gather, then a Spread; the difference.
The maps of a chain are applied one after the other, and several chains added up.

Local partials are given: their entries, neighbouring Scales as one, and the first factor of a product as a full matrix. A
product or a sum is a full matrix too, whatever zeros it has. A factor that is identically 1 costs nothing. For scalars this
is one multiplication per product, and a cost is a number; else it is a polynomial in the sizes.
(Griewank & Walther, Evaluating Derivatives, 2008.)
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

from derive.equations import SINGLE, Expr, Shape, Shapes, is_sum, length_terms
from derive.equations import expression as ex
from derive.graph import (
    Chain,
    Column,
    Edge,
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
    pulled_shape,
)

Monomial: TypeAlias = tuple[str, ...]
"""A product of sizes, in alphabetical order: ("d", "n", "n") is d n², () is 1."""


@dataclass(frozen=True, slots=True)
class Operations:
    """A number of multiplications and of additions."""

    multiplications: int = 0
    additions: int = 0

    def __add__(self, other: Operations) -> Operations:
        """One after the other."""
        return Operations(self.multiplications + other.multiplications, self.additions + other.additions)

    def __mul__(self, times: int) -> Operations:
        """So many times."""
        return Operations(self.multiplications * times, self.additions * times)


@dataclass(frozen=True)
class Cost:
    """A polynomial in sizes: operations per product of sizes.

    >>> Cost({("d", "n"): Operations(1, 1), ("n",): Operations(0, -1)}).at({"n": 2, "d": 3})
    Operations(multiplications=6, additions=4)
    """

    terms: Mapping[Monomial, Operations]

    def __add__(self, other: Cost) -> Cost:
        """One after the other."""
        both = dict(self.terms)
        for sizes, operations in other.terms.items():
            both[sizes] = both[sizes] + operations if sizes in both else operations
        return Cost(both)

    def each(self, sizes: Monomial, times: int = 1) -> Cost:
        """Once for each of a number of rows or columns."""
        if any(map(is_sum, sizes)):
            often = counted(sizes, Operations(times)).terms
            return sum((self.each(one, found.multiplications) for one, found in often.items()), NOTHING)
        return Cost({product(sizes, own): operations * times for own, operations in self.terms.items()})

    def at(self, sizes: Mapping[str, int]) -> Operations:
        """The operations for given sizes."""
        counted = (operations * value(own, sizes) for own, operations in self.terms.items())
        return sum(counted, Operations())


NOTHING = Cost({})


def counted(monomial: Monomial, operations: Operations) -> Cost:
    """Return so many operations for each product of sizes; a sum among these is multiplied out: n (d + n) is n d + n²."""
    if not any(map(is_sum, monomial)):
        return Cost({monomial: operations})
    found: dict[Monomial, Operations] = {(): operations}
    for size in monomial:
        times = length_terms(size)
        grown: dict[Monomial, Operations] = {}
        for sizes, each in found.items():
            for name, often in times.items():
                key = product(sizes, (name or SINGLE,))
                grown[key] = grown.get(key, Operations()) + each * often
        found = grown
    return Cost(found)


def product(*monomials: Monomial) -> Monomial:
    """Return the product of monomials."""
    return tuple(sorted(size for sizes in monomials for size in sizes if size != SINGLE))


def value(monomial: Monomial, sizes: Mapping[str, int]) -> int:
    """Return the value of a monomial for given sizes."""
    return math.prod(sizes[size] for size in monomial)


@dataclass(frozen=True, slots=True)
class Weight:
    """A matrix to multiply by: its rows and columns, what a row from its left and a column from its right cost.

    ``unit``: it is identically 1.
    """

    rows: Monomial
    columns: Monomial
    by_row: Cost
    by_column: Cost
    unit: bool = False


def matrix(rows: Monomial, columns: Monomial, entries: Monomial, *, ones: bool = False) -> Weight:
    """Return a matrix of which so many entries are not 0, at least one in each row and column; ``ones``: these are 1."""
    each, less = counted(entries, Operations(0 if ones else 1, 1)), Operations(0, -1)
    return Weight(rows, columns, each + counted(columns, less), each + counted(rows, less))


@cache
def full(rows: Monomial = (), columns: Monomial = ()) -> Weight:
    """Return a matrix of which all entries may be different from 0."""
    return matrix(rows, columns, product(rows, columns))


UNIT = Weight((), (), NOTHING, NOTHING, unit=True)
"""The weight of an arc from L to a loss."""


def weight(edge: Edge, shapes: Shapes) -> Weight:
    """Return the local partial of an edge as a matrix to multiply by."""
    rows, columns = (product(shapes.of.get(name, ())) for name in (edge.head, edge.tail))
    chains = edge.partial.chains
    maps = [found for chain in chains for found in _maps(chain, shapes.of.get(edge.head, ()), shapes)]
    sums = len(chains) - 1
    return Weight(
        rows,
        columns,
        sum((found.by_row for found in maps), counted(columns, Operations(0, sums))),
        sum((found.by_column for found in maps), counted(rows, Operations(0, sums))),
        edge.factor == ex.ONE,
    )


def _maps(chain: Chain, shape: Shape, shapes: Shapes) -> Iterator[Weight]:
    """The maps of a chain as matrices, from the adjoint of a value of some shape on."""
    for before, link in zip((None, *chain), chain, strict=False):
        pulled = pulled_shape(link, shape, shapes)
        if not (isinstance(before, Scale) and isinstance(link, Scale)):
            yield _map(link, product(shape), product(pulled), shapes)
        shape = pulled


def _map(link: LinearMap, rows: Monomial, columns: Monomial, shapes: Shapes) -> Weight:
    """A basic map as a matrix with so many rows and columns."""
    match link:
        case Scale():
            return matrix(rows, rows, rows)
        case Matrix(linear):
            return matrix(rows, columns, product(rows, shapes.shape(linear)[1:]))
        case Right(ex.Transpose(vector)) if len(shapes.shape(vector)) == 1:
            return matrix(rows, columns, rows)
        case Right(linear):
            return matrix(rows, columns, product(rows, shapes.shape(linear)[:1]))
        case Column() | RowOuter():
            return matrix(rows, columns, columns)
        case Flip() | Reduce():
            return matrix(rows, columns, rows, ones=True)
        case Spread(vector):
            return matrix(rows, columns, columns, ones=_is_ones(vector))
        case Gather(vector):
            return matrix(rows, (), rows, ones=vector is None)
        case Select() | Embed():
            return Weight(rows, columns, NOTHING, NOTHING)
        case Softmax(value, axis):
            sums: Monomial = () if axis is None else product(shapes.shape(value)[1 - axis : 2 - axis])
            cost = counted(rows, Operations(3, 2)) + counted(sums, Operations(0, -1))
            return Weight(rows, rows, cost, cost)


def _is_ones(vector: Expr) -> bool:
    return isinstance(vector, ex.Call) and vector.function == "ones"


@dataclass(slots=True)
class Tally:
    """The one thing here that changes: what there has been to do.

    ``forward``: products grow from the right, column by column; otherwise from the left, row by row.
    """

    forward: bool = False
    cost: Cost = NOTHING

    def add(self, cost: Cost) -> None:
        """Count it."""
        self.cost += cost


@dataclass(frozen=True, slots=True)
class Operand:
    """Something to calculate with that only counts.

    >>> tally = Tally()
    >>> number, one = Operand(tally, full()), Operand(tally, UNIT)
    >>> _ = number * number * one + number
    >>> tally.cost.at({})
    Operations(multiplications=1, additions=1)
    """

    tally: Tally
    weight: Weight

    def __mul__(self, other: Operand) -> Operand:
        """Count a product, unless one factor is 1."""
        left, right = self.weight, other.weight
        if left.unit or right.unit:
            return other if left.unit else self
        forward = self.tally.forward
        self.tally.add(left.by_column.each(right.columns) if forward else right.by_row.each(left.rows))
        return Operand(self.tally, full(left.rows, right.columns))

    def __add__(self, other: Operand) -> Operand:
        """Count an addition per entry."""
        rows, columns = other.weight.rows, other.weight.columns
        self.tally.add(counted(product(rows, columns), Operations(0, 1)))
        return Operand(self.tally, full(rows, columns))
