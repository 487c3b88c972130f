"""Local partials: the derivative of one equation by one of its arguments, the others held fixed.

They are the immediate partials ∂⁺ of Pascanu, Mikolov & Bengio (On the difficulty of training recurrent neural networks,
2013); in Werbos (1990) the sign means the total derivative.

A local partial is a linear map (`derive.graph.maps`). Backpropagation needs its transpose, which takes the adjoint of the
equation's value to what that value adds to the adjoint of the argument.

A function's value is written as the variable that the network defines by it: 1 − h², not 1 − tanh(a)². So the cross-entropy
log Σ exp y − ŷᵀ y of a network that also says p = softmax(y) has the local partial p − ŷ.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from derive.equations import (
    NOTHING,
    SINGLE,
    Distributions,
    Expr,
    Shape,
    Shapes,
    Var,
    atoms,
    derivative,
    is_atom,
    is_number,
    is_vector,
    joined,
    product_of,
    reduced,
    slopes,
    softmax_pull,
    summed_to_one,
    tidied,
    without_ones,
)
from derive.equations import expression as ex
from derive.graph.maps import (
    Chain,
    Column,
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
)
from derive.graph.parts import of_parts
from derive.network import Network
from derive.shown import Symbolic

NOTHING_NAMED: Mapping[Expr, Expr] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class LocalPartial(Symbolic):
    """∂⁺of_t/∂by, as a sum of chains; ``vectors`` are the network's vectors and matrices, ``distributions`` add up to 1."""

    of: str
    by: Var
    chains: tuple[Chain, ...]
    scalar: bool
    vectors: frozenset[str] = frozenset()
    distributions: Distributions = frozenset()
    shapes: Shapes = field(default=Shapes({}), compare=False, repr=False)

    def pull(self, adjoint: Expr) -> Expr:
        """The transposed map applied to an adjoint, in the order in which a teacher writes it."""
        return ex.add(*(self._pull_chain(chain, adjoint) for chain in self.chains))

    @property
    def factor(self) -> Expr:
        """The partial as a plain factor; scalar networks only."""
        return self.pull(ex.ONE)

    def _pull_chain(self, chain: Chain, adjoint: Expr) -> Expr:
        for link in chain:
            adjoint = self.through(link, adjoint)
        return adjoint

    def through(self, link: LinearMap, adjoint: Expr) -> Expr:
        """Apply one transposed map. Scalars are read from the loss to the parameter, vectors the other way round."""
        match link:
            case Matrix() | Right() | Column() | RowOuter() | Reduce() | Gather() if isinstance(adjoint, ex.Neg):
                return ex.mul(ex.Neg(ex.ONE), self.through(link, adjoint.body))
            case Scale(factor) if self.scalar or adjoint == ex.ONE:
                return product_of(adjoint, factor, self.vectors)
            case Scale(factor):
                return without_ones(product_of(factor, adjoint, self.vectors), self.shapes)
            case Matrix(matrix):
                return ex.MatMul(ex.transpose(matrix), adjoint)
            case Right(matrix):
                return ex.MatMul(adjoint, ex.transpose(matrix))
            case Column(vector):
                return ex.Outer(adjoint, vector)
            case RowOuter(vector):
                return ex.Outer(vector, adjoint)
            case Flip():
                return ex.transpose(adjoint)
            case Reduce(axis, kept):
                return ex.Summed(adjoint, axis, kept)
            case Spread(vector):
                return without_ones(product_of(adjoint, vector, self.vectors), self.shapes)
            case Gather(vector):
                return ex.Total(adjoint) if vector is None else ex.Dot(vector, adjoint)
            case Softmax(value, axis):
                pulled = softmax_pull(value, adjoint, self.vectors, axis)
                return summed_to_one(pulled, self.distributions, self.vectors)
            case Select(start, stop, _, axis):
                return ex.Part(adjoint, start, stop, axis)
            case Embed(start, _, _, axis):
                return ex.Padded(adjoint, start, link.after, axis)


def calls_named(network: Network) -> dict[Expr, Expr]:
    """What the equations of a network have a name for: tanh(a) is h."""
    return {rule: Var(name, 0) for name, rule in network.rules.items() if isinstance(rule, ex.Call | ex.Defined)}


def local_partials(network: Network, name: str, named: dict[Expr, Expr] | None = None) -> tuple[LocalPartial, ...]:
    """The local partials of one equation, one per argument (data included, constants not), in order of appearance.

    ``named`` is what `calls_named` returns, so that it is found once for all equations.
    """
    rule, named = network.rules[name], calls_named(network) if named is None else named
    own: dict[Expr, Expr] = {rule: Var(name, 0)} if rule in named else {}
    return _partials(network, name, rule, ChainMap(own, named))


def penalty_partials(network: Network, name: str) -> tuple[LocalPartial, ...]:
    """The local partials of the term of L that counts once, one per parameter; ``name`` is what L is called."""
    return () if network.penalty_term is None else _partials(network, name, network.penalty_term)


def _partials(
    network: Network, name: str, rule: Expr, named: Mapping[Expr, Expr] = NOTHING_NAMED
) -> tuple[LocalPartial, ...]:
    vectors = frozenset(other for other, shape in network.shapes.items() if shape)
    adjoints = {ex.ADJOINT + name: shape for name, shape in network.shapes.items()}
    shapes = Shapes({**network.shapes, **adjoints}, broadcast=True)
    found: dict[Var, list[Chain]] = {}
    for argument, chain in _Differentiator(network, shapes, vectors, named).chains(rule):
        if not network.is_known(argument):
            found.setdefault(argument, []).append(chain)
    distributions = frozenset(
        (name, network.axis if len(network.shape(name)) > 1 else None) for name in network.distributions
    )
    scalar = not vectors.intersection((name, *(argument.name for argument in found)))
    return tuple(
        LocalPartial(name, argument, chains, scalar, vectors, distributions, shapes)
        for argument in dict.fromkeys(ex.variables(rule))
        if (
            chains := tuple(
                _scalar_within(_with_sums(chain, distributions, vectors), vectors)
                for chain in _joined(found.get(argument, []), vectors)
                if not _vanishes(chain)
            )
        )
    )


def _with_sums(chain: Chain, distributions: Distributions, vectors: frozenset[str]) -> Chain:
    """A chain in whose factors distributions add up to 1."""
    if not distributions:
        return chain
    found: list[LinearMap] = []
    for link in chain:
        match link:
            case Scale(factor):
                found.append(Scale(summed_to_one(factor, distributions, vectors)))
            case Spread(vector):
                shorter = summed_to_one(vector, distributions, vectors)
                still = is_vector(shorter, vectors) or not is_vector(vector, vectors)
                found.append(Spread(shorter if still else ex.mul(shorter, ex.Call("ones", vector))))
            case _:
                found.append(link)
    return tuple(link for link in found if link != Scale(ex.ONE))


def _scalar_within(chain: Chain, vectors: frozenset[str]) -> Chain:
    """A chain whose first factor, a scalar such as 1/n or a mask, is one of what is spread: 2/n (y − ŷ), m (y − ŷ)."""
    match chain:
        case (Scale(first), Spread(second), *others) if not is_vector(first, vectors):
            return (Spread(product_of(first, second, vectors)), *others)
        case _:
            return chain


def _vanishes(chain: Chain) -> bool:
    return any(link in (Scale(ex.ZERO), Spread(ex.ZERO)) for link in chain)


class _Differentiator:
    """Differentiates one equation; knows what the network has a name for, to write tanh(a) as h."""

    def __init__(self, network: Network, shapes: Shapes, vectors: frozenset[str], named: Mapping[Expr, Expr]) -> None:
        self.vectors = vectors
        self.in_rows = network.in_rows
        self.shapes = shapes
        self.shape = self.shapes.shape
        self.names = named

    def chains(self, expr: Expr) -> Iterator[tuple[Var, Chain]]:
        """Every argument of expr with a chain of maps from expr to it."""
        if (
            isinstance(expr, ex.Call | ex.Defined)
            and not is_atom(expr)
            and len(expr.arguments) == len(slopes(expr)) == 1
        ):
            yield from self._through_function(expr)
            return
        for atom in dict.fromkeys(atoms(expr)):
            slope = derivative(expr, atom)
            factor = ex.ZERO if slope == ex.ZERO else self._tidy(slope)
            if factor == ex.ZERO:
                continue
            first = self._onto(factor, self.shape(expr), self.shape(atom))
            for argument, rest in self._through(atom):
                yield argument, self._merged((*first, *rest), self.shape(expr))

    def _through_function(self, call: ex.Call | ex.Defined) -> Iterator[tuple[Var, Chain]]:
        """The chain rule: the slope of an elementwise function, then its argument's own chains."""
        factor = self._tidy(slopes(call)[0])
        if factor != ex.ZERO:
            for found, rest in self.chains(call.arguments[0]):
                yield found, self._merged((Scale(factor), *rest), self.shape(call))

    def _merged(self, chain: Chain, shape: Shape) -> Chain:
        """A chain from a value of some shape on, without what can be joined."""
        match chain:
            case (Scale(factor), Gather(None), *rest) if len(shape) == 1 and self.shape(factor) == shape:
                chain = (Gather(factor), *rest)
        return _merged(of_parts(chain, shape, self.shapes), self.vectors, self.shapes)

    def _onto(self, factor: Expr, whole: Shape, part: Shape) -> Chain:
        """Elementwise mathematics with that slope, and then the sum over whatever a smaller argument is repeated to."""
        if whole == part:
            return (Scale(factor),)
        if not part:
            return (Gather(factor),) if self.shape(factor) == whole[:1] else (Scale(factor), Gather(None))
        return (Scale(factor), *(Reduce(axis, kept) for axis, kept in reduced(whole, part)))

    def _through(self, atom: Expr) -> Iterator[tuple[Var, Chain]]:
        """From an atom on to its arguments."""
        match atom:
            case Var():
                yield atom, ()
            case ex.MatMul(left, right):
                yield from self._through_product(left, right)
            case ex.Outer(left, right):
                for argument, rest in self.chains(left):
                    yield argument, (Right(ex.Transpose(right)), *rest)
                for argument, rest in self.chains(right):
                    yield argument, (Flip(), Right(ex.Transpose(left)), *rest)
            case ex.Transpose(body):
                for argument, rest in self.chains(body):
                    yield argument, (Flip(), *rest)
            case ex.Dot(left, right):
                for one, other in ((left, right), (right, left)):
                    for argument, rest in self.chains(one):
                        yield argument, (Spread(other), *rest)
            case ex.Total(body):
                for argument, rest in self.chains(body):
                    yield argument, self._summed(body, rest)
            case ex.Concat(parts, axis):
                yield from self._through_joined(parts, axis)
            case ex.Part(body, start, stop, axis):
                for argument, rest in self.chains(body):
                    yield argument, (Embed(start, stop, self.shape(body)[axis], axis), *rest)
            case ex.Summed(body):
                for argument, rest in self.chains(body):
                    yield argument, self._along(body, rest)
            case ex.Call("softmax", argument_of, axis=axis):
                for argument, rest in self.chains(argument_of):
                    yield argument, (Softmax(self._named(atom), axis), *rest)
            case ex.Call(_, argument_of):
                weights = self._tidy(slopes(atom)[0])
                # How many components there are depends on nothing.
                for argument, rest in () if weights == ex.ZERO else self.chains(argument_of):
                    yield argument, (Spread(weights), *rest)
            case _:
                raise AssertionError(f"{atom} is no atom")

    def _through_product(self, left: Expr, right: Expr) -> Iterator[tuple[Var, Chain]]:
        """From A B to what both are made of; a vector left of a matrix is a row, or where vectors are columns it is Bᵀ A."""
        if len(self.shape(left)) == 1 and not self.in_rows:
            left, right = ex.transpose(right), left
        over: LinearMap = Right(right) if len(self.shape(right)) == 2 else Column(right)
        if len(self.shape(left)) == 1:
            under: LinearMap = RowOuter(left)
        else:
            under = Matrix(left)
        for argument, rest in self.chains(left):
            yield argument, (over, *rest)
        for argument, rest in self.chains(right):
            yield argument, (under, *rest)

    def _through_joined(self, parts: tuple[Expr, ...], axis: int) -> Iterator[tuple[Var, Chain]]:
        """From what is joined to each part; a number among them is one component, and the sum of it."""
        start, whole = NOTHING, self.shape(ex.Concat(parts, axis))[axis]
        for part in parts:
            shape = self.shape(part)
            stop = joined(start, shape[axis] if shape else SINGLE)
            one: Chain = () if shape else (Gather(None),)
            for argument, rest in self.chains(part):
                yield argument, (Select(start, stop, whole, axis), *one, *rest)
            start = stop

    def _along(self, body: Expr, rest: Chain) -> Chain:
        """The sums of the rows or columns of a matrix, followed by a chain: each number is spread over its row or column."""
        match rest:
            case (Scale(slope) | Spread(slope), *others) if self.shape(slope) == self.shape(body):
                return (Spread(slope), *others)
            case _:
                return (Spread(ex.Call("ones", body)), *rest)

    def _tidy(self, slope: Expr) -> Expr:
        """A slope in order, with the network's names in it."""
        from derive.equations import tidy  # noqa: PLC0415 - SymPy is loaded where it is used

        return tidy(slope, self.names)

    def _named(self, expr: Expr) -> Expr:
        return self.names.get(expr, expr)

    def _summed(self, body: Expr, rest: Chain) -> Chain:
        """sum(·) followed by a chain: the slope of the summand is spread over the components."""
        match rest:
            case (Scale(factor), *others) if self.shape(factor) == self.shape(body):
                return (Spread(factor), *others)
            case (Gather(vector), *others) if vector is not None and self.shape(vector) == self.shape(body):
                return (Scale(ex.Total(vector)), *others)
            case (Spread(vector), *others):
                return (Spread(vector), *others)
            case _:
                return (Spread(ex.Call("ones", body)), *rest)


def _merged(chain: Chain, vectors: frozenset[str], shapes: Shapes) -> Chain:
    """Join neighbouring factors if one is a number, so that ½ · 2 (y − ŷ) is y − ŷ, and drop factors 1."""
    merged: list[LinearMap] = []
    for link in chain:
        last = merged[-1] if merged else None
        match last, link:
            case Scale(first), Scale(second) if is_number(first) or is_number(second):
                merged[-1] = Scale(tidied(ex.mul(first, second)))
            case (Scale(first), Spread(second)) | (Spread(first), Scale(second)) if is_number(first) or is_number(
                second
            ):
                merged[-1] = Spread(tidied(ex.mul(first, second), vectors))
            case Scale(first), Spread(second) if all(var.lag is None for var in ex.variables(first)):
                merged[-1:] = [Spread(tidied(ex.mul(first, second), vectors))]  # λ/2 · 2 W is λ W
            case Column(vector), Flip():
                merged[-1] = RowOuter(vector)
            case Spread(first), Scale(second) | Spread(second):
                merged[-1] = Spread(without_ones(product_of(first, second, vectors), shapes))
            case Scale(ex.Total() as first), Spread(second):  # (𝟏ᵀŷ) p of a cross-entropy
                merged[-1] = Spread(product_of(first, second, vectors))
            case Scale(first), Spread(second) if is_vector(first, vectors):  # a number for each row or column
                merged[-1] = Spread(product_of(first, second, vectors))
            case _:
                merged.append(link)
    return _numbers_first(tuple(link for link in merged if link != Scale(ex.ONE)), vectors)


def _numbers_first(chain: Chain, vectors: frozenset[str]) -> Chain:
    """Numbers on the way taken to the front, where they join a factor: a linear map does not care where it is multiplied."""
    first, *others = chain or (Scale(ex.ONE),)
    numbers = [link.factor for link in others if isinstance(link, Scale) and is_number(link.factor)]
    if not numbers:
        return chain
    rest = [link for link in others if not (isinstance(link, Scale) and is_number(link.factor))]
    match first:
        case Scale(factor):
            front: Chain = (Scale(tidied(ex.mul(*numbers, factor), vectors)),)
        case Spread(factor):
            front = (Spread(tidied(ex.mul(*numbers, factor), vectors)),)
        case _:
            front = (Scale(tidied(ex.mul(*numbers))), first)
    return tuple(link for link in (*front, *rest) if link != Scale(ex.ONE))


def _joined(chains: list[Chain], vectors: frozenset[str]) -> tuple[Chain, ...]:
    """Chains that differ in one factor become one: λ p and −λ ŷ are λ (p − ŷ)."""
    joined: list[Chain] = []
    for chain in chains:
        for place, other in enumerate(joined):
            both = _both(other, chain, vectors)
            if both is not None:
                joined[place] = both
                break
        else:
            joined.append(chain)
    return tuple(joined)


def _both(first: Chain, second: Chain, vectors: frozenset[str]) -> Chain | None:
    """The sum of two chains as one chain, if they differ in one factor at most."""
    if len(first) != len(second):
        return None
    apart = [place for place, (one, other) in enumerate(zip(first, second, strict=True)) if one != other]
    place = apart[0] if apart else next((at for at, link in enumerate(first) if isinstance(link, Scale | Spread)), None)
    if len(apart) > 1 or place is None:
        return None
    match first[place], second[place]:
        case Scale(one), Scale(other):
            return (*first[:place], Scale(tidied(ex.add(one, other))), *first[place + 1 :])
        case Spread(one), Spread(other):
            return (*first[:place], Spread(tidied(ex.add(one, other), vectors)), *first[place + 1 :])
        case _:
            return None
