"""Transfers: what closed forms in print are made of — sums over steps, products between steps, ways as factors or matrices.

Of vectors a way is a product of matrices, the last local partial of the path first. A plain number that stands beside
matrices is a multiple of I.
"""

from __future__ import annotations

from dataclasses import dataclass

from derive.equations import Expr
from derive.equations import expression as ex
from derive.graph import Chain, LinearMap, Scale
from derive.notation import general
from derive.notation.express import LAST, Clock, Notation, T
from derive.notation.formula import Big, Formula, Minus, Number, Sum, Symbol, grouped, negated, plus, relation, times
from derive.notation.jacobians import as_parts
from derive.notation.measure import width
from derive.recurrence import (
    ClosedForm,
    Tree,
    adjoint_var,
    adjoints,
    expression,
    moved,
    spine,
    spread,
)

END = Clock("T")
ZERO, ONE, UNIT = Number("0"), Number("1"), Symbol("I")


@dataclass(frozen=True, slots=True)
class Letters:
    """The letters of a closed form: the transfers, the sources, the step that a source is of, the steps between it and t."""

    transfer: str = "F"
    source: str = "g"
    origin: str = "s"
    between: str = "j"


@dataclass(frozen=True)
class Transfers:
    """A closed form about to be printed, in lines not wider than ``room``, in em."""

    notation: Notation
    form: ClosedForm
    letters: Letters
    room: float

    def transfer(self, step: Formula, *place: Formula) -> Symbol:
        """The letter of the transfers from a step, or of one entry."""
        return Symbol(self.letters.transfer, subs=(step,), sups=place)

    def source(self, step: Formula, *place: Formula) -> Symbol:
        """The letter of the sources of a step, or of one entry."""
        return Symbol(self.letters.source, subs=(step,), sups=place)

    @property
    def origin(self) -> Clock:
        """The step that a source is of, if all are added up."""
        return Clock(self.letters.origin)

    def fits(self, left: Formula, right: Formula) -> bool:
        """Whether an equation fits a line."""
        return width(relation(left, ("=", right))) <= self.room

    @property
    def is_scalar(self) -> bool:
        """Whether everything is a plain number."""
        return self.notation.network.is_scalar

    # -- sources -----------------------------------------------------------------------------------------------------------

    def parts(self, name: str) -> tuple[tuple[Tree, ...], tuple[Tree, ...]]:
        """The terms of a source: those to be summed over, and those that come from the loss at T only."""
        terms = tuple(general.apart(self.notation, self._terms(name)))
        at_end = tuple(term for term in terms if general.at_end(self.notation, term))
        return tuple(term for term in terms if term not in at_end), at_end

    def _terms(self, name: str) -> tuple[Tree, ...]:
        source = self.form.source(name) if self.form.beside(name) else None
        return self.form.sources(name) if source is None else spread(source)

    def added(self, parts: tuple[Tree, ...], clock: Clock) -> Formula:
        """The terms of a source at a step, each behind its condition; at T it needs none."""
        if clock == END:
            return plus(*(self.notation.formula(expression(part), clock) for part in parts))
        return plus(*(general.conditioned(self.notation, part, clock) for part in parts))

    # -- sums and products over steps --------------------------------------------------------------------------------------

    def over(self, body: Formula) -> Formula:
        """Σ over the steps from which something comes to t."""
        lower, upper = (T.step(0), LAST) if self.form.direction == 1 else (ONE, T.step(0))
        return Big("Σ", relation(self.origin.step(0), ("=", lower)), upper, body)

    def product(self, origin: Clock, factor: Formula) -> Formula:
        """Π over the steps j between t and the origin s: t < j ≤ s, or s ≤ j < t for a state that runs backwards.

        Of matrices the factors are counted from t on then, so that they stand in their order: t − j for 1 ≤ j ≤ t − s.
        """
        between = Symbol(self.letters.between)
        if self.form.direction == 1:
            return Big("Π", relation(between, ("=", T.step(1))), origin.step(0), factor)
        if self.commutes:
            return Big("Π", relation(between, ("=", origin.step(0))), T.step(-1), factor)
        return Big("Π", relation(between, ("=", ONE)), plus(T.step(0), negated(origin.step(0))), factor)

    @property
    def between(self) -> Formula:
        """The step of a factor of the product, if it has a letter."""
        between = Symbol(self.letters.between)
        return between if self.form.direction == 1 or self.commutes else plus(T.step(0), negated(between))

    @property
    def commutes(self) -> bool:
        """Whether the order of the factors does not matter."""
        return self.is_scalar and len(self.form.components) == 1

    # -- ways --------------------------------------------------------------------------------------------------------------

    def ways(self, ways: tuple[Tree, ...], clock: Clock, *, alone: bool = True) -> tuple[Formula, ...]:
        """Ways that hand on to the step before (after, if backwards) that of the clock, as factors or as matrices.

        ``alone``: nothing else is added to them, and a plain number needs no I.
        """
        found = tuple(moved(way, -self.form.direction) for way in ways)
        if self.is_scalar:
            return tuple(self.notation.formula(_factor(way), clock) for way in found)
        return tuple(self._matrices(way, clock, unit=not alone or len(ways) > 1) for way in found)

    def _matrices(self, way: Tree, clock: Clock, *, unit: bool) -> Formula:
        """A way's transposed local partials as matrices, the last one first; ``unit``: a plain number is times I."""
        factors: list[Formula] = []
        links: list[LinearMap] = []
        for step, chains in reversed(as_parts(tuple(spine(way)[1]))):
            local = Clock(clock.letter, clock.origin + step)
            sums = [self._chain(chain, local, unit=len(chains) > 1) for chain in chains]
            factors.append(sums[0] if len(sums) == 1 else grouped(plus(*sums)))
            links += (link for chain in chains for link in chain)
        factors = [factor for factor in factors if factor != ONE]
        needed = not factors or (unit and all(map(self._is_number, links)))
        return times(*factors, *(self.unit(node.name) for node in adjoints(way) if needed))

    def _chain(self, chain: Chain, clock: Clock, *, unit: bool) -> Formula:
        factors = [self.notation.link(link, clock) for link in reversed(chain)]
        return times(*factors, *([UNIT] if unit and all(map(self._is_number, chain)) else []))

    def _is_number(self, link: LinearMap) -> bool:
        return isinstance(link, Scale) and not self.notation.is_vector(link.factor)

    def unit(self, name: str) -> Formula:
        """What takes the adjoint of a variable to itself: 1, or I."""
        return UNIT if self.notation.network.shape(name) else ONE


def is_of_columns(notation: Notation, form: ClosedForm) -> bool:
    """Whether all that a closed form hands on, also on the way, are numbers and columns, so that its transfers are matrices."""
    trees = [way for name in form.names for way in form.terms(name) if adjoints(way)]
    ends = {node.name for tree in trees for node in adjoints(tree)} | {*form.names}
    heads = {arc.edge.head for tree in trees for arc in spine(tree)[1]}
    return not notation.in_rows and all(len(notation.network.shape(name)) < 2 for name in ends | heads)


def bracketed(formula: Formula) -> Formula:
    """What is no single factor, in brackets."""
    return grouped(formula) if isinstance(formula, Sum | Minus) else formula


def _factor(way: Tree) -> Expr:
    """A way as a plain factor (scalar networks)."""
    own = {adjoint_var(node): ex.ONE for node in adjoints(way)}
    return _without_ones(ex.substitute(expression(way), own))


def _without_ones(expr: Expr) -> Expr:
    """A product without factors 1, which putting 1 for the adjoint left."""
    match expr:
        case ex.Mul(factors):
            return ex.mul(*map(_without_ones, factors))
        case ex.Add(summands):
            return ex.Add(tuple(map(_without_ones, summands)))
        case ex.Neg(body):
            return ex.mul(ex.Neg(ex.ONE), _without_ones(body))
        case _:
            return expr
