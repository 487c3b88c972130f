"""Local partials: the derivative of one equation by one of its arguments, the others held fixed (∂⁺, Werbos 1990).

A local partial is a linear map. Backpropagation needs its transpose, which takes the adjoint of the equation's value to
what that value adds to the adjoint of the argument. Every such map here is a sum of chains of a few basic maps:

    Scale(d)    λ ↦ λ ⊙ d          elementwise mathematics (a plain factor if everything is scalar)
    Matrix(W)   λ ↦ Wᵀ λ           from W u, with respect to u
    Column(u)   λ ↦ λ uᵀ           from W u, with respect to W   (Row(u): u λᵀ, from Wᵀ u)
    Spread(v)   λ ↦ λ v            from a scalar such as sum(·) or uᵀ v, with respect to a vector
    Gather(d)   λ ↦ dᵀ λ           from a vector, with respect to a broadcast scalar
    Softmax(p)  λ ↦ p ⊙ (λ − pᵀλ)  from softmax

SymPy differentiates the elementwise part, with a symbol for each argument and each product; a derivative that contains
the equation's own right-hand side is written through the variable itself: 1 − h², not 1 − tanh(a)².
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import sympy

from derive import expression as ex
from derive.algebra import from_sympy, symbol, to_sympy
from derive.expression import Expr, Var
from derive.network import Network
from derive.shapes import Shapes


@dataclass(frozen=True, slots=True)
class Scale:
    """λ ↦ λ ⊙ factor."""

    factor: Expr


@dataclass(frozen=True, slots=True)
class Matrix:
    """λ ↦ matrixᵀ λ."""

    matrix: Expr


@dataclass(frozen=True, slots=True)
class Column:
    """λ ↦ λ vectorᵀ, a matrix."""

    vector: Expr


@dataclass(frozen=True, slots=True)
class RowOuter:
    """λ ↦ vector λᵀ, a matrix."""

    vector: Expr


@dataclass(frozen=True, slots=True)
class Spread:
    """λ ↦ λ vector, for a scalar λ."""

    vector: Expr


@dataclass(frozen=True, slots=True)
class Gather:
    """λ ↦ vectorᵀ λ, a scalar; ``None`` stands for a vector of ones."""

    vector: Expr | None


@dataclass(frozen=True, slots=True)
class Softmax:
    """λ ↦ value ⊙ (λ − valueᵀ λ)."""

    value: Expr


LinearMap: TypeAlias = Scale | Matrix | Column | RowOuter | Spread | Gather | Softmax
Chain: TypeAlias = tuple[LinearMap, ...]


@dataclass(frozen=True, slots=True)
class LocalPartial:
    """∂⁺of_t/∂by, as a sum of chains; ``scalar`` says that it is a plain factor."""

    of: str
    by: Var
    chains: tuple[Chain, ...]
    scalar: bool

    def pull(self, adjoint: Expr) -> Expr:
        """The transposed map applied to an adjoint, in the order in which a teacher writes it."""
        return ex.add(*(_pull_chain(chain, adjoint, scalar=self.scalar) for chain in self.chains))

    @property
    def factor(self) -> Expr:
        """The partial as a plain factor; scalar networks only."""
        return self.pull(ex.ONE)


def _pull_chain(chain: Chain, adjoint: Expr, *, scalar: bool) -> Expr:
    for link in chain:
        adjoint = _pull(link, adjoint, scalar=scalar)
    return adjoint


def _pull(link: LinearMap, adjoint: Expr, *, scalar: bool) -> Expr:
    """Apply one transposed map. Scalars are read from the loss to the parameter, vectors the other way round."""
    match link:
        case Scale(factor) if scalar or adjoint == ex.ONE:
            return ex.mul(adjoint, factor)
        case Scale(factor):
            return ex.mul(factor, adjoint)
        case Matrix(ex.Transpose(matrix)):
            return ex.MatMul(matrix, adjoint)
        case Matrix(matrix):
            return ex.MatMul(ex.Transpose(matrix), adjoint)
        case Column(vector):
            return ex.Outer(adjoint, vector)
        case RowOuter(vector):
            return ex.Outer(vector, adjoint)
        case Spread(vector):
            return ex.mul(adjoint, vector)
        case Gather(None):
            return ex.Total(adjoint)
        case Gather(vector):
            return ex.Dot(vector, adjoint)
        case Softmax(value):
            return ex.mul(value, ex.Add((adjoint, ex.Neg(ex.Dot(value, adjoint)))))


def local_partials(network: Network, name: str) -> tuple[LocalPartial, ...]:
    """The local partials of one equation, one per argument (data included), in order of appearance."""
    rule = network.rules[name]
    found: dict[Var, list[Chain]] = {}
    for argument, chain in _Differentiator(network, name).chains(rule):
        found.setdefault(argument, []).append(chain)
    shapes = (network.shape(name), *(network.shape(argument.name) for argument in found))
    scalar = not any(shapes)
    return tuple(
        LocalPartial(name, argument, tuple(chains), scalar)
        for argument in dict.fromkeys(ex.variables(rule))
        if (chains := found.get(argument))
    )


class _Differentiator:
    """Differentiates one equation; knows its own right-hand side, to write it as the variable."""

    def __init__(self, network: Network, name: str) -> None:
        self.shapes = Shapes(network.shapes, network.broadcast)
        self.own = network.rules[name]
        self.name = name

    def chains(self, expr: Expr) -> Iterator[tuple[Var, Chain]]:
        """Every argument of expr with a chain of maps from expr to it."""
        atoms: dict[Expr, sympy.Symbol] = {}
        elementwise = to_sympy(expr, lambda inner: _atom(inner, atoms))
        shape = self.shapes.typed(expr)[1]
        back = {known: atom for atom, known in atoms.items()}
        own = elementwise if expr is self.own and not elementwise.is_Symbol else None
        if own is not None:
            back[symbol(Var(self.name, 0))] = Var(self.name, 0)
        for atom, known in atoms.items():
            slope = sympy.diff(elementwise, known)
            if own is not None:
                slope = slope.xreplace({own: symbol(Var(self.name, 0))})
            slope = sympy.factor_terms(slope, sign=False)
            if slope == 0:
                continue
            factor = from_sympy(slope, back)
            narrow = shape != () and self.shapes.typed(atom)[1] == ()
            first: Chain = (Gather(factor if self._shape(factor) else None),) if narrow else (Scale(factor),)
            if narrow and not self._shape(factor):
                first = (Scale(factor), *first)
            for argument, rest in self._through(atom):
                yield argument, _merged((*first, *rest))

    def _shape(self, expr: Expr) -> tuple[str, ...]:
        return Shapes(self.shapes.of, broadcast=True).typed(expr)[1]

    def _through(self, atom: Expr) -> Iterator[tuple[Var, Chain]]:
        """From an atom on to its arguments."""
        match atom:
            case Var():
                yield atom, ()
            case ex.MatMul(matrix, vector):
                for argument, rest in self.chains(vector):
                    yield argument, (Matrix(matrix), *rest)
                if isinstance(matrix, ex.Transpose):
                    yield from ((found, (RowOuter(vector),)) for found in ex.variables(matrix))
                elif isinstance(matrix, Var):
                    yield matrix, (Column(vector),)
            case ex.Dot(left, right):
                for one, other in ((left, right), (right, left)):
                    for argument, rest in self.chains(one):
                        yield argument, (Spread(other), *rest)
            case ex.Total(body):
                for argument, rest in self.chains(body):
                    yield argument, self._summed(body, rest)
            case ex.Call("softmax", argument_of):
                value: Expr = Var(self.name, 0) if atom == self.own else atom
                for argument, rest in self.chains(argument_of):
                    yield argument, (Softmax(value), *rest)
            case ex.Call("ones"):
                return
            case ex.Call("logsumexp", argument_of):
                for argument, rest in self.chains(argument_of):
                    yield argument, (Spread(ex.Call("softmax", argument_of)), *rest)
            case _:
                raise AssertionError(f"{atom} is no atom")

    def _summed(self, body: Expr, rest: Chain) -> Chain:
        """sum(·) followed by a chain: the slope of the summand is spread over the components."""
        match rest:
            case (Scale(factor), *others) if self._shape(factor):
                return (Spread(factor), *others)
            case (Gather(vector), *others) if vector is not None:
                return (Scale(ex.Total(vector)), *others)
            case _:
                return (Spread(ex.Call("ones", body)), *rest)


def _merged(chain: Chain) -> Chain:
    """Join neighbouring factors, so that ½ · 2 (y − ŷ) is y − ŷ, and drop factors 1."""
    merged: list[LinearMap] = []
    for link in chain:
        last = merged[-1] if merged else None
        match last, link:
            case Scale(first), Scale(second):
                merged[-1] = Scale(_product(first, second))
            case Scale(first), Spread(vector):
                merged[-1] = Spread(_product(first, vector))
            case Spread(vector), Scale(second):
                merged[-1] = Spread(_product(vector, second))
            case _:
                merged.append(link)
    return tuple(link for link in merged if not (isinstance(link, Scale) and link.factor == ex.ONE))


def _product(first: Expr, second: Expr) -> Expr:
    """The product of two elementwise factors, numbers multiplied out."""
    atoms: dict[Expr, sympy.Symbol] = {}
    product = to_sympy(first, lambda inner: _atom(inner, atoms)) * to_sympy(second, lambda inner: _atom(inner, atoms))
    return from_sympy(sympy.factor_terms(product, sign=False), {known: atom for atom, known in atoms.items()})


def _atom(inner: Expr, atoms: dict[Expr, sympy.Symbol]) -> sympy.Symbol | None:
    """The symbol for an argument, or for a product or sum that elementwise mathematics does not look into."""
    if isinstance(inner, Var):
        return atoms.setdefault(inner, symbol(inner))
    whole = isinstance(inner, ex.Call) and inner.function in {"softmax", "logsumexp", "ones"}
    if whole or isinstance(inner, ex.MatMul | ex.Dot | ex.Total):
        return atoms.setdefault(inner, sympy.Symbol(f"atom{len(atoms)}", real=True))
    return None
