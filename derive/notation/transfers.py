"""Transfers: what closed forms in print are made of — sums over steps, products between steps, ways as factors or matrices.

Of columns a way is a product of matrices in front of what is handed on, the last local partial of the path first; of rows one
behind it, the first of them first. An adjoint that is a matrix has a closed form where all that it is handed on by stands on
one side of it, or is a plain number: then its columns, or its rows, are solved for at once. One that a single way multiplies
from both sides has one product on each: S_t = A S_{t−1} B gives (Aᵀ)^k δ (Bᵀ)^k. Of a sum of such ways there are no two
products. Where it is multiplied entry by entry as well, as in a batch with a tanh, there is no matrix that does both. A number
beside matrices is a multiple of I. To be multiplied by a column k and then by kᵀ, as a memory is that the delta rule corrects,
is to be multiplied by k kᵀ on one side.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from derive.equations import Expr
from derive.equations import expression as ex
from derive.graph import (
    Chain,
    Column,
    Embed,
    Gather,
    LinearMap,
    Right,
    Select,
)
from derive.notation import general
from derive.notation.express import LAST, Clock, Notation, T
from derive.notation.formula import (
    Big,
    Formula,
    Group,
    Minus,
    Number,
    Product,
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
from derive.notation.sides import Side, commutes, is_number, side
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
ZERO, ONE, UNIT = Number("0"), Number("1"), Symbol("I")


@dataclass(frozen=True, slots=True)
class Letters:
    """The letters of a closed form: the transfers, the sources, the step that a source is of, the steps between it and t.

    Transfers on both sides have a letter for those in front, and one for those behind.
    """

    transfer: str = "F"
    behind: str = "G"
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
        return self.product_of(origin, factor, counted=self.is_counted)

    def product_of(self, origin: Clock, factor: Formula, *, counted: bool) -> Formula:
        """Π over the steps between, in the order of the steps or counted."""
        between, forwards = Symbol(self.letters.between), self.form.direction == 1
        if counted:
            ends = (origin, T) if forwards else (T, origin)
            count = plus(ends[0].step(0), negated(ends[1].step(0)))
            return Big("Π", relation(between, ("=", ONE)), count, factor)
        first, last = (T.step(1), origin.step(0)) if forwards else (origin.step(0), T.step(-1))
        return Big("Π", relation(between, ("=", first)), last, factor)

    def between(self, origin: Clock) -> Formula:
        """The step of a factor of the product, if it has a letter."""
        return self.counted(origin) if self.is_counted else Symbol(self.letters.between)

    def counted(self, origin: Clock) -> Formula:
        """The step of a factor of a product whose factors are counted."""
        between = Symbol(self.letters.between)
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
        numbers: list[Formula] = []
        factors: list[Formula] = []
        links: list[LinearMap] = []
        parts = as_parts(tuple(spine(way)[1]))
        for step, chains in parts if self.is_behind else reversed(parts):
            local = Clock(clock.letter, clock.origin + step)
            if len(chains) == 1:
                before, found = self._apart(chains[0], local)
                numbers += before
                factors += found
            else:
                factors.append(grouped(plus(*(self._chain(chain, local) for chain in chains))))
            links += (link for chain in chains for link in chain)
        factors = [factor for factor in (*numbers, *factors) if factor != ONE]
        if self.side == "either" and len(self.form.components) == 1:
            return times(*factors)
        needed = not factors or (unit and all(map(self._is_number, links)))
        match factors:
            case [Group(body)] if not needed:  # a sum alone: who takes it as a factor sets it in brackets
                return body
        units = [self.unit(node.name) for node in adjoints(way) if needed]
        return times(*factors, *(each for each in units if each != ONE))

    def _chain(self, chain: Chain, clock: Clock) -> Formula:
        """One of several chains that are added: a plain number is times I."""
        numbers, matrices = self._apart(chain, clock)
        return times(*numbers, *(matrices or [UNIT]))

    def _apart(self, chain: Chain, clock: Clock) -> tuple[list[Formula], list[Formula]]:
        """The factors of a chain: plain numbers, which stand in front of everything, and matrices in their order."""
        ordered = chain if self.is_behind else tuple(reversed(chain))
        numbers: list[Formula] = []
        matrices: list[Formula] = []
        for link in ordered:
            match self._link(link, clock):
                case found if self._is_number(link):
                    numbers.append(found)
                case Product((Number() as number, *rest), ""):
                    numbers.append(number)
                    matrices.append(times(*rest))
                case found:
                    matrices.append(found)
        return numbers, matrices

    def _link(self, link: LinearMap, clock: Clock) -> Formula:
        return self.matrix(link, clock, behind=self.is_behind)

    def matrix(self, link: LinearMap, clock: Clock, *, behind: bool) -> Formula:
        """A local partial as a matrix in front of what it multiplies, or behind it."""
        match link:
            case Right(matrix):
                return self.notation.formula(ex.transpose(matrix), clock)
            case Column(vector) if behind:
                return self.notation.formula(ex.transpose(vector), clock)
            case Select() | Embed() if behind:
                return transposed(self.notation.link(link, clock))
            case Gather(None) if behind:
                return Symbol("𝟏")
            case _:
                return self.notation.link(link, clock)

    def _is_number(self, link: LinearMap) -> bool:
        return is_number(self.notation, link)

    def unit(self, name: str) -> Formula:
        """What takes the adjoint of a variable to itself: 1, or I."""
        return UNIT if self.notation.network.shape(name) else ONE


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
