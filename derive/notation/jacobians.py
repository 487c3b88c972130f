"""Jacobians: a path sum over vectors as products of transposed Jacobians, from the parameter to the loss.

    diag(1 − h_1²) W_hᵀ diag(1 − h_2²) W_yᵀ (y_2 − ŷ_2) · x_1ᵀ

Elementwise factors are written as diagonal matrices, so that a product along a path is flat: one factor per arc, in order,
with the gradient of a matrix closed by the transposed input on the right. Where vectors are rows, the product stands the other
way round. The adjoint of a matrix is multiplied from both sides, and elementwise by ⊙. Scalar networks have plain factors.
"""

from __future__ import annotations

from derive.equations import ONE, Expr, Shape, Var, add, is_constant, scalar_of_ones, softmax_pull, summed_to_one
from derive.equations import expression as ex
from derive.graph import (
    Arc,
    Chain,
    Column,
    Embed,
    Flip,
    Gather,
    LinearMap,
    Reduce,
    Right,
    RowOuter,
    Scale,
    Select,
    Softmax,
    Spread,
    part_of,
    pulled_shape,
)
from derive.graph import Matrix as MatrixMap
from derive.notation.express import ELLIPSIS, Clock, Notation
from derive.notation.formula import Formula, Sign, Transposed, negated, plus, times, transposed
from derive.paths import is_plain, pull_along
from derive.recurrence import All, Either, Start, Tree, adjoint_var, spine

Factors = tuple[Formula, ...]


def tree_formula(notation: Notation, tree: Tree, clock: Clock, keep: int) -> Formula:
    """A tree as a formula; sums of more than ``keep`` terms are printed with their middle left out."""
    if notation.network.is_scalar:
        return notation.formula(_shortened(tree, keep), clock)
    return _product(_factors(notation, tree, clock, keep))


def _shortened(tree: Tree, keep: int) -> Expr:
    """A scalar tree as an expression, with the middle of long sums left out."""
    first, arcs = spine(tree)
    match first:
        case Start(arc):
            return pull_along((arc, *arcs), ONE)
        case All(node):
            return pull_along(arcs, adjoint_var(node))
        case Either(parts):
            shown = [_shortened(part, keep) for part in _kept(parts, keep)]
            if len(parts) > keep:
                shown.insert(-1, Var(ELLIPSIS))
            return pull_along(arcs, add(*shown))


def _kept(parts: tuple[Tree, ...], keep: int) -> tuple[Tree, ...]:
    return parts if len(parts) <= keep else (*parts[: keep - 2], parts[-1])


def _factors(notation: Notation, tree: Tree, clock: Clock, keep: int) -> Factors:
    """A tree over vectors as the factors of a matrix product, from left to right."""
    first, arcs = spine(tree)
    factors: Factors
    match first:
        case Start():
            factors = ()
        case All(node):
            factors = (notation.adjoint(node.name, clock.step(node.step or 0)),)
        case Either(parts):
            terms = [_product(_factors(notation, part, clock, keep)) for part in _kept(parts, keep)]
            if len(parts) > keep:
                terms.insert(-1, Sign(ELLIPSIS))
            factors = (plus(*terms),)
    heads = [arc.edge.head for arc in arcs]
    scalars: Factors = ()
    for head, (step, chains) in zip(heads, as_parts(tuple(arcs)), strict=True):
        local = Clock(clock.letter, clock.origin + step)
        shape = notation.network.shape(head)
        ways = [_through(notation, chain, (factors, shape), local) for chain in chains]
        if len(ways) == 1:
            ((found, factors),) = ways
            scalars = (*found, *scalars)
        else:
            factors = (plus(*(_product((*found, *way)) for found, way in ways)),)
    if isinstance(first, Start) and not is_plain(first.arc):
        scalars = (notation.formula(first.arc.edge.factor, clock), *scalars)
    return (*scalars, *factors)


def as_parts(arcs: tuple[Arc, ...]) -> list[tuple[int, tuple[Chain, ...]]]:
    """Return the chains of arcs, each with its step.

    Zeros that a matrix is multiplied by next are left out; a loss that −q ⊙ log p adds up to is p − q by a softmax; what a
    loss sums up is the slope d of each summand, not diag(d) 𝟏.
    """
    found: list[tuple[int, tuple[Chain, ...]]] = []
    for arc in arcs:
        chains = arc.edge.partial.chains
        match found, chains:
            case [*_, (step, ((*before, Embed(start, stop, _, 0)),))], ((MatrixMap(matrix), *after),):
                found[-1] = step, (tuple(before),)
                chains = ((MatrixMap(part_of(matrix, start, stop, 0)), *after),)
            case [(step, ((Spread(vector),),))], ((Softmax(value, axis), *after),) if step == arc.step:
                partial = arc.edge.partial
                pulled = softmax_pull(value, vector, partial.vectors, axis)
                found[-1] = step, ((Spread(summed_to_one(pulled, partial.distributions, partial.vectors)),),)
                chains = (tuple(after),)
            case [*_, (back, ((*before, Spread(vector)),))], ((Scale() | Spread() as link, *after),) if (
                scalar := scalar_of_ones(vector, arc.edge.partial.shapes)
            ) and (back == arc.step or is_constant(scalar)):
                found[-1] = back, (tuple(before),)
                chains = ((Spread(arc.edge.partial.through(link, vector)), *after),)
        found.append((arc.step, chains))
    return found


def _through(notation: Notation, chain: Chain, adjoint: tuple[Factors, Shape], clock: Clock) -> tuple[Factors, Factors]:
    """The scalars of one more local partial, which stand in front, and the factors after it, as their shape says."""
    factors, shape = adjoint
    scalars: Factors = ()
    for link in chain:
        known, applied = _apart(notation, link)
        scalars = (*scalars, *(notation.formula(scalar, clock) for scalar in known))
        if applied is not None:
            factors = _applied(notation, applied, (factors, shape), clock)
            shape = pulled_shape(applied, shape, notation.shapes)
    return scalars, factors


def _apart(notation: Notation, link: LinearMap) -> tuple[tuple[Expr, ...], LinearMap | None]:
    """The scalars that a map multiplies by, such as a mask, and what is left of it; a number stays beside its vector."""
    match link:
        case Scale(factor) if not notation.is_vector(factor):
            return (factor,), None
        case Spread(ex.Mul(factors)):
            scalars = tuple(each for each in factors if not (notation.is_vector(each) or is_constant(each)))
            return scalars, Spread(ex.mul(*(each for each in factors if each not in scalars)))
        case _:
            return (), link


def _applied(notation: Notation, link: LinearMap, adjoint: tuple[Factors, Shape], clock: Clock) -> Factors:
    """One transposed map applied, on the left or on the right."""
    factors, shape = adjoint
    match link:
        case Scale(factor) | Spread(factor) if not factors:
            return (notation.formula(factor, clock),)
        case Spread(factor) if len(shape) == 2 and (number := scalar_of_ones(factor, notation.shapes)):
            repeated = notation.repeated(_product(factors), shape, notation.shapes.shape(factor))
            return (repeated,) if number == ONE else (notation.formula(number, clock), repeated)
        case Scale(factor) | Spread(factor) if len(shape) == 2 and notation.is_vector(factor):
            beside = notation.formula(factor, clock)
            repeated_row = notation.rank(factor) == 1 and not notation.in_rows
            return (times(transposed(beside) if repeated_row else beside, _product(factors), sign="⊙"),)
        case Softmax(value, int() as axis):
            weighted = times(notation.formula(value, clock), _product(factors), sign="⊙")
            sums = times(notation.summed(weighted, axis, kept=True), notation.formula(value, clock), sign="⊙")
            return (plus(weighted, negated(sums)),)
        case Right(ex.Transpose(vector)) if notation.in_rows and notation.rank(vector) == 1:
            return (notation.formula(vector, clock), _transposed(factors))
        case Right(matrix):
            return (*factors, notation.formula(ex.transpose(matrix), clock))
        case Column(vector):
            return (*factors, transposed(notation.formula(vector, clock)))
        case RowOuter(vector) if notation.in_rows:
            return (transposed(notation.formula(vector, clock)), *factors)
        case RowOuter(vector):
            return (notation.formula(vector, clock), transposed(_product(factors)))
        case Flip():
            return _flipped(factors)
        case Reduce(axis, kept):
            return (notation.summed(_product(factors), axis, kept=kept),)
        case Select() | Embed() if len(shape) == 1:
            chosen = notation.link(link, clock)
            return (*factors, transposed(chosen)) if notation.in_rows else (chosen, *factors)
        case Select(start, stop, _, axis):
            return (notation.part(_product(factors), ((start, stop, axis),), len(shape)),)
        case Embed(start, _, _, axis):
            return (notation.joined(notation.padded(_product(factors), (start, link.after)), axis == 1),)
        case Gather(None):
            return (notation.totalled(_product(factors), shape),)
        case Scale(factor) if notation.in_rows and notation.is_vector(factor):
            return (*factors, notation.link(link, clock))
        case Softmax() | Gather() if notation.in_rows:
            return (*factors, notation.link(link, clock))
        case _:
            return (notation.link(link, clock), *factors)


def _flipped(factors: Factors) -> Factors:
    """A product transposed, an outer one factor by factor from behind: ((o − ŷ) qᵀ)ᵀ is q (o − ŷ)ᵀ."""
    match factors:
        case (left, Transposed(right)):
            return (right, transposed(left))
        case _:
            return (_transposed(factors),)


def _transposed(factors: Factors) -> Formula:
    """The product transposed; what is transposed already is as it was."""
    match factors:
        case (Transposed(body),):
            return body
        case _:
            return transposed(_product(factors))


def _product(factors: Factors) -> Formula:
    """Factors side by side; a ⊙ inside one is bracketed by `times`."""
    return times(*factors)
