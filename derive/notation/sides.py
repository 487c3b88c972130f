"""Sides: where the transfers of a closed form stand beside what is handed on, and why some adjoints have no closed form.

An adjoint that is a matrix is handed on by matrices on its left or its right, or by plain numbers, which stand on either side.
What multiplies it entry by entry is a matrix on neither; but of each of its rows, or columns, by itself it is a diagonal one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, TypeAlias

from derive.equations import Shape
from derive.equations import expression as ex
from derive.graph import (
    Chain,
    Column,
    Embed,
    Flip,
    Gather,
    LinearMap,
    Matrix,
    Right,
    Scale,
    Select,
    Softmax,
    Spread,
    pulled_shape,
)
from derive.notation.express import Notation
from derive.recurrence import ClosedForm, Tree, adjoints, spine

MATRIX = 2
"""The rank of a matrix."""
Side: TypeAlias = Literal["left", "right", "either", "both"]
"""Where the transfers stand beside what is handed on; either, if they are plain numbers."""
Obstacle: TypeAlias = Literal["sum of sides", "entries", "transposed", "parts", ""]
"""Why there is no closed form: a sum of ways from both sides, a product entry by entry, a transpose, too many parts."""


def side(notation: Notation, form: ClosedForm) -> Side | None:
    """Where the transfers of a closed form stand; None if what is handed on is not by matrices on one side alone.

    Several adjoints that are solved for together are columns.
    """
    trees = [way for name in form.names for way in form.terms(name) if adjoints(way)]
    found = {each for tree in trees for each in _sides(notation, tree)}
    known: set[Side] = {each for each in found if each is not None and each != "either"}
    several = len(form.components) > 1
    matrices = any(len(notation.network.shape(name)) == MATRIX for name in form.names)
    if None in found or (several and matrices):
        return None
    if len(known) > 1:
        return "both" if len(trees) == 1 and _has_one_way(trees[0]) else None
    return known.pop() if known else "right" if several and notation.in_rows else "either"


def _has_one_way(tree: Tree) -> bool:
    """Whether each local partial on a way is a single product."""
    return all(len(arc.edge.partial.chains) == 1 for arc in spine(tree)[1])


def _sides(notation: Notation, way: Tree) -> Iterator[Side | None]:
    """Where each local partial on a way stands."""
    for arc in spine(way)[1]:
        for chain in arc.edge.partial.chains:
            yield from sides_of(notation, chain, notation.network.shape(arc.edge.head))


def sides_of(notation: Notation, chain: Chain, shape: Shape) -> Iterator[Side | None]:
    """Where each map of a chain stands beside an adjoint of a shape."""
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
        case Scale() | Right() | Softmax() | Spread() | Gather() | Select() | Embed() if notation.in_rows:
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


def by_itself(notation: Notation, form: ClosedForm) -> Literal["row", "column", "entry", ""]:
    """What of an adjoint that is a matrix has a closed form by itself, if the whole has none: rows, columns or entries."""
    if len(form.components) > 1 or len(notation.network.shape(form.names[0])) < MATRIX:
        return ""
    kinds = {
        _BY_ITSELF.get(type(link), "")
        for tree in form.terms(form.names[0])
        if adjoints(tree)
        for arc in spine(tree)[1]
        for chain in arc.edge.partial.chains
        for link in chain
    }
    match [*(kinds - {"any"})]:
        case ["row"]:
            return "row"
        case ["column"]:
            return "column"
        case [] if kinds:
            return "entry"
        case _:
            return ""


def obstacle(notation: Notation, forms: Sequence[ClosedForm | None]) -> Obstacle:
    """Why none of some circles is solved in print, if the reason is the same for all; None for one without a closed form."""
    found = {"parts" if form is None else _obstacle(notation, form) for form in forms}
    return found.pop() if len(found) == 1 else ""


def _obstacle(notation: Notation, form: ClosedForm) -> Obstacle:
    trees = [way for name in form.names for way in form.terms(name) if adjoints(way)]
    links = {link for way in trees for arc in spine(way)[1] for chain in arc.edge.partial.chains for link in chain}
    found = {each for way in trees for each in _sides(notation, way)}
    if len(form.components) > 1:
        return ""
    if any(isinstance(link, Flip) for link in links):
        return "transposed"
    if None not in found:
        return "sum of sides" if {"left", "right"} <= found else ""
    return "entries" if any(isinstance(link, Scale) and notation.is_vector(link.factor) for link in links) else ""


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
