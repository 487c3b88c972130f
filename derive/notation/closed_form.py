"""Closed form in print: δ_t = Σ_{s = t}^{T} (source of step s) Π_{j = t+1}^{s} (transfer of step j).

Of vectors the source stands behind the product, in which the factor nearest to t stands on the left. What comes from the loss
at the last step only is taken at T, and needs no sum. Transfers and sources that are too long for the line have a letter, and
a line that says what it stands for.

A matrix that is multiplied from both sides has a product on each, with the factor nearest to t outermost, or powers, if they
do not depend on the step: δ_t = Σ_s (Aᵀ)^{s−t} (source of step s) (Bᵀ)^{s−t}.

Adjoints that are solved for together are a column, the transfers a matrix and the sources a column, with letters always. An
entry that is too long for its place in the matrix, or that other entries contain, has a letter too. What waits on its way is
no adjoint: rows of zeros and ones in front of the product leave it out. Where vectors are rows all of it is transposed: a row
of adjoints, the sources in front, in the matrix a row for where something comes from and a column for where it goes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from derive.graph import Node
from derive.notation.express import Clock, Notation, T
from derive.notation.formula import (
    Formula,
    Fraction,
    Matrix,
    Number,
    Product,
    Symbol,
    grouped,
    negated,
    number,
    plus,
    power,
    times,
)
from derive.notation.measure import width
from derive.notation.sides import side, sides_of
from derive.notation.spelling import signed
from derive.notation.transfers import ONE, ZERO, Letters, Transfers, bracketed
from derive.recurrence import ClosedForm, Component, Tree, moved, spine

Equation = tuple[Formula, Formula]
"""A left and a right side."""
SHORT = 2.0
"""An entry stands as it is where others contain it, unless it is so many times as wide as its name: 1 − β needs none."""
Place = tuple[Component, Component]
"""Of an entry of the matrix, where it leads to and where it comes from: row and column."""


def closed_form(notation: Notation, form: ClosedForm, letters: Letters, room: float) -> tuple[Equation, ...]:
    """A closed form as equations: the sum, then what its letters stand for.

    What makes a line wider than ``room``, in em, has a letter.
    """
    printed = _InBlocks if len(form.components) > 1 else _Between if side(notation, form) == "both" else _Alone
    return tuple(printed(notation, form, letters, room).equations())


@dataclass(frozen=True)
class _Alone(Transfers):
    """One adjoint that comes back to itself one step on."""

    def equations(self) -> Iterator[Equation]:
        """The sum, with a letter for the transfer if it does not fit, and one for the source if it still does not."""
        (name,) = self.form.names
        left = self.notation.adjoint(name, T.step(0))
        sources, named = self._sources(self.origin), False
        whole = self._sum(sources, named=named)
        meant: list[Equation] = []
        if self._factor(T) != ONE and (not self.fits(left, whole) or self.is_counted):
            named = True
            meant.append((self.transfer(T.step(0)), self._factor(T)))
            whole = self._sum(sources, named=named)
        if not self.fits(left, whole):
            clock, found = next(iter(self._sources(T).items()))
            meant.append((self.source(clock.step(0)), found))
            clock = next(iter(sources))
            whole = self._sum({**sources, clock: self.source(clock.step(0))}, named=named)
        yield left, whole
        yield from meant

    def _sources(self, each: Clock) -> dict[Clock, Formula]:
        """The source by the step at which it is taken: each, to be summed over, and T."""
        summed, at_end = self.parts(*self.form.names)
        return {clock: self.added(parts, clock) for clock, parts in ((each, summed), (self.end, at_end)) if parts}

    def _sum(self, sources: Mapping[Clock, Formula], *, named: bool) -> Formula:
        """What the source of each step adds: its terms times the product of the transfers between, unless these are 1."""
        terms = []
        for clock, found in sources.items():
            factor = self._factor(Clock(self.letters.between))
            transfer = self.transfer(self.between(clock)) if named else bracketed(factor)
            product = () if factor == ONE else (self.product(clock, transfer),)
            source: tuple[Formula, ...] = () if found == ONE and product else (bracketed(found),)
            if self.is_scalar:
                term = times(*source, *product)
            else:
                digits, source = _apart(source)
                parts = (*source, *map(grouped, product)) if self.is_behind else (*map(grouped, product), *source)
                term = times(*digits, *parts)
            terms.append(term if clock == self.end else self.over(term))
        return plus(*terms)

    def _factor(self, clock: Clock) -> Formula:
        """What the adjoint of a step hands on is multiplied by."""
        (component,) = self.form.components
        return plus(*self.ways(self.form.straight(component, component), clock))


@dataclass(frozen=True)
class _Between(Transfers):
    """One adjoint, a matrix, that a single way multiplies from both sides."""

    def equations(self) -> Iterator[Equation]:
        """The sum, then the factors in front and behind that have letters: those whose steps do not stand in their order."""
        (name,) = self.form.names
        summed, at_end = self.parts(name)
        terms = [self.over(self._from_step(self.origin, summed))] if summed else []
        terms += [self._from_step(self.end, at_end)] if at_end else []
        yield self.notation.adjoint(name, T.step(0)), plus(*terms)
        for place, factor in enumerate(self._factors(T)):
            if self._is_lettered(place):
                yield Symbol(self._letter(place), subs=(T.step(0),)), factor

    def _from_step(self, origin: Clock, parts: tuple[Tree, ...]) -> Formula:
        """What the source of a step adds, between its products; a number in it stands in front of all."""
        digits, source = _apart((bracketed(self.added(parts, origin)),))
        return times(*digits, *self._product(0, origin), *source, *self._product(1, origin))

    def _product(self, place: int, origin: Clock) -> tuple[Formula, ...]:
        """The factors on one side: a power if they are the same at each step, nothing if they are 1."""
        factor = self._factors(Clock(self.letters.between))[place]
        if factor == ONE:
            return ()
        if factor == self._factors(T)[place]:
            steps = (origin, T) if self.form.direction == 1 else (T, origin)
            return (power(factor, plus(steps[0].step(0), negated(steps[1].step(0)))),)
        if self._is_lettered(place):
            factor = Symbol(self._letter(place), subs=(self.counted(origin),))
        return (grouped(self.product_of(origin, bracketed(factor), counted=self._is_lettered(place))),)

    def _is_lettered(self, place: int) -> bool:
        """Whether the factors on a side depend on the step, and those of later steps stand first."""
        later_first = (self.form.direction == 1) == (place == 1)
        return later_first and self._factors(Clock(self.letters.between))[place] != self._factors(T)[place]

    def _letter(self, place: int) -> str:
        return (self.letters.transfer, self.letters.behind)[place]

    def _factors(self, clock: Clock) -> tuple[Formula, Formula]:
        """What the adjoint of a step is multiplied by in front, numbers first, and behind."""
        (component,) = self.form.components
        (way,) = self.form.straight(component, component)
        numbers: list[Formula] = []
        before: list[Formula] = []
        behind: list[Formula] = []
        for arc in spine(moved(way, -self.form.direction))[1]:
            local = Clock(clock.letter, clock.origin + arc.step)
            (chain,) = arc.edge.partial.chains
            for link, where in zip(
                chain, sides_of(self.notation, chain, self.notation.network.shape(arc.edge.head)), strict=True
            ):
                factor = self.matrix(link, local, behind=where == "right")
                match where:
                    case "either":
                        numbers.append(factor)
                    case "right":
                        behind.append(factor)
                    case _:
                        before.insert(0, factor)
        return times(*numbers, *before), times(*behind)


def _apart(source: tuple[Formula, ...]) -> tuple[tuple[Formula, ...], tuple[Formula, ...]]:
    """The number that a source begins with, which stands in front of all, and the rest."""
    match source:
        case (Product((Number() | Fraction(Number(), Number()) as digits, *rest), ""),) if rest:
            return (digits,), tuple(rest)
        case _:
            return (), source


@dataclass(frozen=True)
class _InBlocks(Transfers):
    """Several components: a column, a matrix."""

    def equations(self) -> Iterator[Equation]:
        """The sum, the matrix and its entries, the sources."""
        parts = {name: self.parts(name) for name in self.form.names}
        summed = {name: each for name, (each, _) in parts.items() if each}
        at_end = {name: last for name, (_, last) in parts.items() if last}
        terms = [self.over(self._from_step(self.origin, self.source(self.origin.step(0))))] if summed else []
        if at_end:
            terms.append(
                self._from_step(self.end, self._column(at_end, self.end) if summed else self.source(self.end.step(0)))
            )
        yield self._adjoints(), plus(*terms)
        yield self.transfer(T.step(0)), self._matrix(self._named)
        yield from (
            (self._name(*place), self._entry(place, self._named)) for place in self._places if place in self._named
        )
        yield from self._meant(summed, T) if summed else self._meant(at_end, self.end)

    def _adjoints(self) -> Formula:
        names = [self.notation.adjoint(name, T.step(0)) for name in self.form.names]
        return names[0] if len(names) == 1 else self._laid_out([(name,) for name in names])

    def _laid_out(self, rows: Sequence[Sequence[Formula]]) -> Matrix:
        """A column or matrix as it is; transposed, where vectors are rows."""
        return Matrix(tuple(zip(*rows, strict=True)) if self.is_behind else tuple(map(tuple, rows)))

    def _from_step(self, origin: Clock, source: Formula) -> Formula:
        """What the sources of a step add: the product of the matrices between, times their column."""
        product = grouped(self.product(origin, self.transfer(self.between(origin))))
        return times(*self._in_order(*self._picked(), product, source))

    def _in_order(self, *factors: Formula) -> tuple[Formula, ...]:
        """Factors as they stand in front of columns, or the other way round behind rows."""
        return factors[::-1] if self.is_behind else factors

    def _picked(self) -> tuple[Formula, ...]:
        """The rows that leave out what waits."""
        columns = self.form.components
        if len(columns) == len(self.form.names):
            return ()
        rows = [[self.unit(name) if one == (name, 0) else ZERO for one in columns] for name in self.form.names]
        return (self._laid_out(rows),)

    # -- sources -----------------------------------------------------------------------------------------------------------

    def _meant(self, sources: Mapping[str, tuple[Tree, ...]], clock: Clock) -> Iterator[Equation]:
        """The column of the sources at a step; if it is too wide, its entries have names."""
        left, column = self.source(clock.step(0)), self._column(sources, clock)
        if self.fits(left, column):
            yield left, column
            return
        names = {name: self.source(clock.step(0), self.notation.name(name)) for name in sources}
        yield left, self._standing(names)
        yield from ((names[name], self.added(parts, clock)) for name, parts in sources.items())

    def _column(self, sources: Mapping[str, tuple[Tree, ...]], clock: Clock) -> Matrix:
        return self._standing({name: self.added(parts, clock) for name, parts in sources.items()})

    def _standing(self, entries: Mapping[str, Formula]) -> Matrix:
        """A column that has entries for adjoints, 0 for what waits."""
        return self._laid_out([(ZERO if one.waits else entries.get(one.name, ZERO),) for one in self.form.components])

    # -- the matrix --------------------------------------------------------------------------------------------------------

    @cached_property
    def _places(self) -> tuple[Place, ...]:
        return tuple((to, origin) for to in self.form.components for origin in self.form.components)

    @cached_property
    def _named(self) -> frozenset[Place]:
        """The entries that have a letter: those that others contain, if they are not short, and the longest until all fits."""
        within = {Component(other) for name in self.form.names for other in self.form.beside(name)}
        named: frozenset[Place] = frozenset()
        for place in self._places:
            if place[0] in within and width(self._entry(place, named)) > SHORT * width(self._name(*place)):
                named |= {place}
        while not self.fits(self.transfer(T.step(0)), self._matrix(named)):
            plain = [place for place in self._places if place not in named]
            if not plain:
                break
            named |= {max(plain, key=lambda place: width(self._entry(place, named)))}
        return named

    def _name(self, to: Component, origin: Component) -> Symbol:
        """F_t with its row and column: where an entry leads to and where it comes from, of rows the other way round."""
        columns, place = self.form.components, (origin, to) if self.is_behind else (to, origin)
        if any(one.waits for one in columns):
            return self.transfer(T.step(0), *(number(columns.index(one) + 1) for one in place))
        return self.transfer(T.step(0), *(self.notation.name(one.name) for one in place))

    def _matrix(self, named: frozenset[Place]) -> Matrix:
        columns = self.form.components
        return self._laid_out([[self._shown((to, origin), named) for origin in columns] for to in columns])

    def _shown(self, place: Place, named: frozenset[Place]) -> Formula:
        return self._name(*place) if place in named else self._entry(place, named)

    def _entry(self, place: Place, named: frozenset[Place]) -> Formula:
        """All ways from a component at step t to another one step on the way back; by way of a third, what that has."""
        to, origin = place
        terms = [*self.ways(self.form.straight(to, origin), T, alone=False)]
        for other in () if to.waits else self.form.beside(to.name):
            inner = self._shown((Component(other), origin), named)
            if inner != ZERO:
                before = plus(*self.ways(self.form.ways(to.name, Node(other, 0)), T))
                signs, factors = zip(*map(signed, (before, inner)), strict=True)
                product = times(*self._in_order(*(bracketed(factor) for factor in factors if factor != ONE)))
                terms.append(product if signs[0] == signs[1] else negated(product))
        return plus(*terms)
