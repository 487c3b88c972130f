"""Transfers: what closed forms in print are made of — sums over steps, products between steps, ways as factors or matrices.

Of columns a way is a product of matrices in front of what is handed on, the last local partial of the path first; of rows one
behind it, the first of them first. An adjoint that is a matrix has a closed form where all that it is handed on by stands on
one side of it, or is a plain number: then its columns, or its rows, are solved for at once. Where it is multiplied entry by
entry as well, as in a batch with a tanh, there is no matrix that does both. A number beside matrices is a multiple of I. To be
multiplied by a column k and then by kᵀ, as a memory is that the delta rule corrects, is to be multiplied by k kᵀ on one side.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeAlias

from derive.equations import Expr
from derive.equations import expression as ex
from derive.graph import Chain, Column, Embed, LinearMap, Matrix, Right, Scale, Select, Softmax, Spread, pulled_shape
from derive.notation import general
from derive.notation.express import LAST, Clock, Notation, T
from derive.notation.formula import (
    Big,
    Formula,
    Group,
    Minus,
    Number,
    Sum,
    Symbol,
    grouped,
    negated,
    plus,
    relation,
    times,
    transposed,
)
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

END, START = Clock("T"), Clock(None, 1)
MATRIX = 2
"""The rank of a matrix."""
ZERO, ONE, UNIT = Number("0"), Number("1"), Symbol("I")
Side: TypeAlias = Literal["left", "right", "either"]
"""Where the transfers stand beside what is handed on; either, if they are plain numbers."""


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

    @property
    def end(self) -> Clock:
        """The step at which the backward pass begins: what comes there alone is no sum."""
        return END if self.form.direction == 1 else START

    # -- sources -----------------------------------------------------------------------------------------------------------

    def parts(self, name: str) -> tuple[tuple[Tree, ...], tuple[Tree, ...]]:
        """The terms of a source: those to be summed over, and those that come from the loss at T only."""
        terms = tuple(general.apart(self.notation, self._terms(name)))
        end = ex.LAST_STEP if self.end == END else 1
        at_end = tuple(term for term in terms if general.at_end(self.notation, term, end))
        return tuple(term for term in terms if term not in at_end), at_end

    def _terms(self, name: str) -> tuple[Tree, ...]:
        source = self.form.source(name) if self.form.beside(name) else None
        return self.form.sources(name) if source is None else spread(source)

    def added(self, parts: tuple[Tree, ...], clock: Clock) -> Formula:
        """The terms of a source at a step, each behind its condition; at T it needs none."""
        if clock == self.end:
            return plus(*(self.notation.formula(expression(part), clock) for part in parts))
        return plus(*(general.conditioned(self.notation, part, clock) for part in parts))

    # -- sums and products over steps --------------------------------------------------------------------------------------

    def over(self, body: Formula) -> Formula:
        """Σ over the steps from which something comes to t."""
        lower, upper = (T.step(0), LAST) if self.form.direction == 1 else (ONE, T.step(0))
        return Big("Σ", relation(self.origin.step(0), ("=", lower)), upper, bracketed(body))

    def product(self, origin: Clock, factor: Formula) -> Formula:
        """Π over the steps j between t and the origin s: t < j ≤ s, or s ≤ j < t for a state that runs backwards.

        Where the later steps stand first, the factors are counted, so that they stand in their order: from t on, t − j for
        1 ≤ j ≤ t − s; of rows from s on, s + 1 − j for 1 ≤ j ≤ s − t.
        """
        between, forwards = Symbol(self.letters.between), self.form.direction == 1
        if self.is_counted:
            ends = (origin, T) if forwards else (T, origin)
            count = plus(ends[0].step(0), negated(ends[1].step(0)))
            return Big("Π", relation(between, ("=", ONE)), count, factor)
        first, last = (T.step(1), origin.step(0)) if forwards else (origin.step(0), T.step(-1))
        return Big("Π", relation(between, ("=", first)), last, factor)

    def between(self, origin: Clock) -> Formula:
        """The step of a factor of the product, if it has a letter."""
        between = Symbol(self.letters.between)
        if not self.is_counted:
            return between
        return plus(origin.step(1) if self.form.direction == 1 else T.step(0), negated(between))

    @property
    def is_counted(self) -> bool:
        """Whether the factors of a later step stand first."""
        return not self.commutes and (self.form.direction == 1) == self.is_behind

    @property
    def is_behind(self) -> bool:
        """Whether the transfers stand behind what they hand on."""
        return self.side == "right"

    @cached_property
    def side(self) -> Side | None:
        """Where the transfers stand."""
        return side(self.notation, self.form)

    @property
    def commutes(self) -> bool:
        """Whether the order of the factors does not matter."""
        return commutes(self.notation, self.form)

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
        parts = as_parts(tuple(spine(way)[1]))
        for step, chains in parts if self.is_behind else reversed(parts):
            local = Clock(clock.letter, clock.origin + step)
            sums = [self._chain(chain, local, unit=len(chains) > 1) for chain in chains]
            factors.append(sums[0] if len(sums) == 1 else grouped(plus(*sums)))
            links += (link for chain in chains for link in chain)
        factors = [factor for factor in factors if factor != ONE]
        if self.side == "either" and len(self.form.components) == 1:
            return times(*factors)
        needed = not factors or (unit and all(map(self._is_number, links)))
        match factors:
            case [Group(body)] if not needed:  # a sum alone: who takes it as a factor sets it in brackets
                return body
        return times(*factors, *(self.unit(node.name) for node in adjoints(way) if needed))

    def _chain(self, chain: Chain, clock: Clock, *, unit: bool) -> Formula:
        factors = [self._link(link, clock) for link in (chain if self.is_behind else reversed(chain))]
        return times(*factors, *([UNIT] if unit and all(map(self._is_number, chain)) else []))

    def _link(self, link: LinearMap, clock: Clock) -> Formula:
        """A local partial as a matrix on its side."""
        match link:
            case Right(matrix):
                return self.notation.formula(ex.transpose(matrix), clock)
            case Column(vector) if self.is_behind:
                return self.notation.formula(ex.transpose(vector), clock)
            case Select() | Embed() if self.is_behind:
                return transposed(self.notation.link(link, clock))
            case _:
                return self.notation.link(link, clock)

    def _is_number(self, link: LinearMap) -> bool:
        return is_number(self.notation, link)

    def unit(self, name: str) -> Formula:
        """What takes the adjoint of a variable to itself: 1, or I."""
        return UNIT if self.notation.network.shape(name) else ONE


def side(notation: Notation, form: ClosedForm) -> Side | None:
    """Where the transfers of a closed form stand; None if what is handed on is not by matrices on one side alone.

    Several adjoints that are solved for together are columns.
    """
    trees = [way for name in form.names for way in form.terms(name) if adjoints(way)]
    found = {each for tree in trees for each in _sides(notation, tree)}
    if None in found or len(found - {"either"}) > 1:
        return None
    known: set[Side] = {each for each in found if each is not None and each != "either"}
    where = known.pop() if known else "either"
    network = notation.network
    plain = not notation.in_rows and all(len(network.shape(name)) < MATRIX for name in form.names)
    return where if plain or len(form.components) == 1 else None


def _sides(notation: Notation, way: Tree) -> Iterator[Side | None]:
    """Where each local partial on a way stands."""
    for arc in spine(way)[1]:
        for chain in arc.edge.partial.chains:
            shape = notation.network.shape(arc.edge.head)
            for link in chain:
                pulled = pulled_shape(link, shape, notation.shapes)
                yield _side(notation, link, max(len(shape), len(pulled)))
                shape = pulled


def _side(notation: Notation, link: LinearMap, rank: int) -> Side | None:
    """Where a local partial stands beside an adjoint; None if it is no matrix there."""
    if is_number(notation, link):
        return "either"
    match link:
        case Matrix() if rank == MATRIX:
            return "left"
        case Right(matrix) if rank == MATRIX and notation.rank(matrix) == MATRIX:
            return "right"
        case Right() | Column() if rank == MATRIX and not notation.in_rows:  # X ↦ X k and then v ↦ v kᵀ, by a column k
            return "right"
        case _ if rank == MATRIX:
            return None
        case Scale() | Right() | Softmax() | Spread() | Select() | Embed() if notation.in_rows:
            return "right"
        case _:
            return None if notation.in_rows else "left"


def commutes(notation: Notation, form: ClosedForm) -> bool:
    """Whether the order of the factors of a closed form does not matter: they are plain numbers, or diagonal matrices."""
    if len(form.components) > 1:
        return False
    trees = [tree for name in form.names for tree in form.terms(name) if adjoints(tree)]
    chains = [chain for tree in trees for arc in spine(tree)[1] for chain in arc.edge.partial.chains]
    return notation.network.is_scalar or all(isinstance(link, Scale) for chain in chains for link in chain)


_BY_ITSELF: Mapping[type, str] = {Matrix: "column", Right: "row", Scale: "any"}


def by_itself(notation: Notation, form: ClosedForm) -> Literal["row", "column", ""]:
    """What of an adjoint that is a matrix has a closed form by itself, if the whole has none: its rows or its columns."""
    if len(form.components) > 1 or len(notation.network.shape(form.names[0])) < MATRIX:
        return ""
    kinds = {
        _BY_ITSELF.get(type(link), "")
        for tree in form.terms(form.names[0])
        if adjoints(tree)
        for arc in spine(tree)[1]
        for chain in arc.edge.partial.chains
        for link in chain
    } - {"any"}
    match [*kinds]:
        case ["row"]:
            return "row"
        case ["column"]:
            return "column"
        case _:
            return ""


def hands_on_as_it_is(notation: Notation, form: ClosedForm) -> bool:
    """Whether an adjoint is handed on from step to step as it is, multiplied by nothing."""
    trees = [tree for name in form.names for tree in form.terms(name) if adjoints(tree)]
    arcs = [arc for tree in trees for arc in spine(tree)[1]]
    same = all(not chain for arc in arcs for chain in arc.edge.partial.chains)
    plain = all(arc.edge.factor == ex.ONE for arc in arcs) if notation.network.is_scalar else same
    return len(form.components) == len(trees) == 1 and plain


def is_number(notation: Notation, link: LinearMap) -> bool:
    """Whether a local partial is a plain number."""
    return isinstance(link, Scale) and not notation.is_vector(link.factor)


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
        case ex.Div(top, bottom):
            return ex.Div(_without_ones(top), bottom)
        case ex.Neg(body):
            return ex.mul(ex.Neg(ex.ONE), _without_ones(body))
        case _:
            return expr
