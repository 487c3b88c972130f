"""Express: expressions of a network as formulas, in the author's names and order.

A `Clock` says how steps are printed: relative to a letter (h_{t−1}) or as numbers (h_2). Scalars are written side by side;
vectors and matrices with ⊙ for elementwise products and powers, and the gradient of a matrix in its shape. Vectors are columns,
or rows where the author writes them left of matrices: then each product stands the other way round, and the inner product of u
and v is u vᵀ.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property, cmp_to_key
from math import ceil
from typing import TypeGuard

from derive.equations import (
    FUNCTIONS,
    NOTHING,
    SINGLE,
    Expr,
    Shape,
    Shapes,
    Var,
    digits_of,
    is_constant,
    joined,
    left_over,
    length_terms,
)
from derive.equations import expression as ex
from derive.errors import NetworkError
from derive.graph import TOTAL, Embed, Gather, LinearMap, Node, Scale, Select, Softmax, Spread
from derive.graph import Matrix as MatrixMap
from derive.network import Network
from derive.notation.formula import (
    Apply,
    Derivative,
    Formula,
    Group,
    Matrix,
    Minus,
    Number,
    Part,
    Power,
    Root,
    Row,
    Sign,
    Symbol,
    Times,
    Transposed,
    children,
    fraction,
    grouped,
    negated,
    number,
    plus,
    power,
    row,
    times,
    transposed,
)
from derive.notation.formula import Fraction as Quotient
from derive.notation.measure import width
from derive.notation.names import symbol_from_name, symbol_from_tex
from derive.recurrence import ADJOINT

TOTAL_LOSS = Symbol("L")
LAST = Symbol("T")
ONES = Symbol("𝟏")
E = Symbol("e")
ADJOINT_LETTERS = "δλψηζξχ"
"""What adjoints may be called: the first that nothing in the network is."""
ELLIPSIS = "⋯"
"""The name of a variable that stands for terms left out."""
LARGEST_SMALL = 20
"""A number up to this is written in front as a small fraction: ½ (y − ŷ)²."""


@dataclass(frozen=True, slots=True)
class Clock:
    """How steps are printed: relative to a letter, or (None) as numbers; ``origin`` is where offsets count from."""

    letter: str | None = None
    origin: int = 0

    def step(self, offset: int) -> Formula:
        """The formula of a step: ``t − 1`` for offset −1, or the number itself."""
        offset += self.origin
        if self.letter is None:
            return number(offset)
        return plus(Symbol(self.letter), number(offset)) if offset else Symbol(self.letter)


T = Clock("t")
NUMBERS = Clock()


def one_step(at: int) -> Formula:
    """A step that is the same for all t: its number, or T."""
    return LAST if at == ex.LAST_STEP else number(at)


@dataclass(frozen=True)
class Notation:
    """A network's names in print.

    ``steps`` is T, where there is only one: then h_T among given steps is h_3.
    ``named`` are the variables whose adjoint has a name of its own, δ if there is only one; ``always_upper`` prints that of
    any other with a superscript.
    """

    network: Network
    named: tuple[str, ...] = ()
    always_upper: bool = False
    steps: int | None = None
    local: Mapping[str, Shape] = field(default_factory=dict)
    """The arguments of a function that is being defined."""
    _cache: dict[str, Symbol] = field(default_factory=dict, repr=False, compare=False)

    @property
    def last(self) -> Formula:
        """The last step whose loss counts."""
        return LAST

    def name(self, name: str) -> Symbol:
        """The symbol of a name, without a step."""
        if name not in self._cache:
            self._cache[name] = self._read(name)
        return self._cache[name]

    def _read(self, name: str) -> Symbol:
        tex = None if name in self.local else self.network.tex.get(name)
        try:
            if tex is not None:
                return symbol_from_tex(tex)
            network = self.network
            return symbol_from_name(name, (*network.variables, *network.data, *network.timeless))
        except ValueError as error:
            raise NetworkError(f"{self.network.where}[tex] {name}: {error}") from None

    def at(self, name: str, step: Formula | None) -> Symbol:
        """The symbol of a variable at a step."""
        base = self.name(name)
        return base if step is None else Symbol(base.letter, base.accent, (*base.subs, step), base.sups)

    def node(self, node: Node, clock: Clock = NUMBERS) -> Symbol:
        """The symbol of a node; with a clock that has a letter, the step is relative to it."""
        if node == TOTAL:
            return TOTAL_LOSS
        variable, at = ex.anchor(node.name)
        if at is not None:
            return self.at(variable, one_step(at))
        return self.at(node.name, None if node.step is None else clock.step(node.step))

    def adjoint(self, name: str, step: Formula | None) -> Symbol:
        """δ of a variable at a step; with a superscript if several adjoints have names. λ if the network has a δ of its own.

        What is collected for a variable at one step for all t is γ.
        """
        variable, at = ex.anchor(name)
        if at is not None:
            return Symbol("γ", None, (one_step(at),), (self.name(variable),))
        upper = len(self.named) > 1 or (self.always_upper and name not in self.named)
        sups = (self.name(name),) if upper else ()
        return Symbol(self.adjoint_letter, None, () if step is None else (step,), sups)

    @cached_property
    def adjoint_letter(self) -> str:
        """The letter of all adjoints: δ, or the next that no name of the network has."""
        names = (*self.network.timeless, *self.network.data, *self.network.variables)
        taken = {self.name(name).letter for name in names if self.name(name).accent is None}
        return next((letter for letter in ADJOINT_LETTERS if letter not in taken), "adj")

    @cached_property
    def _has_e(self) -> bool:
        """Whether e is something that the network has, so that eᶻ would be a power of it."""
        return any(self.name(name) == E for name in self.network.timeless)

    def var(self, var: Var, clock: Clock) -> Formula:
        """The symbol of a variable of an expression."""
        if var.name == ELLIPSIS:
            return Sign(ELLIPSIS)
        if var.at is not None:
            here = self.steps if clock.letter is None and var.at == ex.LAST_STEP else None
            return self.at(var.name, one_step(var.at) if here is None else number(here))
        step = None if var.lag is None else clock.step(-var.lag)
        if var.name.startswith(ADJOINT):
            return self.adjoint(var.name.removeprefix(ADJOINT), step)
        return self.at(var.name, step)

    @cached_property
    def shapes(self) -> Shapes:
        """The shapes of the names, adjoints among them."""
        shapes = {**self.network.shapes, **self.local}
        shapes |= {ADJOINT + name: shape for name, shape in self.network.shapes.items()}
        return Shapes(shapes, broadcast=True)

    def is_vector(self, expr: Expr) -> bool:
        """Whether an expression is a vector or a matrix."""
        return self.rank(expr) > 0

    def rank(self, expr: Expr) -> int:
        """How many axes an expression has: 0 of a number, 1 of a vector, 2 of a matrix."""
        return len(self.shapes.shape(expr)) if self.local or not self.network.is_scalar else 0

    @property
    def in_rows(self) -> bool:
        """Whether vectors are rows."""
        return self.network.in_rows

    def formula(self, expr: Expr, clock: Clock = T, sign: Times = "") -> Formula:
        """An expression as a formula; ``sign`` stands between the factors of its outermost products."""
        match expr:
            case ex.Const():
                return _constant(expr)
            case ex.Var():
                return self.var(expr, clock)
            case ex.Neg(body):
                return negated(self.formula(body, clock, sign))
            case ex.Add(terms):
                whole = stacked(terms, self.shapes)
                return plus(*(self._beside(term, terms, clock, sign) for term in whole))
            case ex.Mul(factors):
                return self._product(factors, clock, sign)
            case ex.Div(top, bottom):
                return self._quotient(top, bottom, clock)
            case ex.Pow(base, exponent):
                return self._power(base, exponent, clock)
            case ex.Call():
                return self._call(expr, clock)
            case ex.Defined(definition, arguments):
                return Apply(definition.sign, tuple(self.formula(argument, clock) for argument in arguments))
            case ex.MatMul(left, right):
                return self._matrix_product(left, right, clock)
            case ex.Dot(left, right):
                return self._inner(self.formula(left, clock), self.formula(right, clock))
            case ex.Outer(left, ex.Mul(factors)) if any(map(is_constant, factors)) and any(
                map(self.is_vector, factors)
            ):
                numbers = [self.formula(factor, clock) for factor in factors if is_constant(factor)]
                rest = ex.mul(*(factor for factor in factors if not is_constant(factor)))
                return times(*numbers, self.formula(ex.Outer(left, rest), clock))
            case ex.Outer(left, right):
                return self._outer(self.formula(left, clock), self.formula(right, clock))
            case ex.Transpose(body):
                return transposed(self.formula(body, clock))
            case ex.Total(body):
                return self._total(body, clock)
            case ex.Summed(ex.Mul(factors), axis, kept) if not all(map(self.is_vector, factors)):
                numbers = [self.formula(factor, clock) for factor in factors if not self.is_vector(factor)]
                rest = ex.Summed(ex.mul(*filter(self.is_vector, factors)), axis, kept)
                return times(*numbers, self.formula(rest, clock))
            case ex.Summed(body, axis, kept):
                return self.summed(self.formula(body, clock), axis, kept=kept)
            case ex.Concat(parts, axis):
                entries = [entry for part in parts for entry in self._entries(part, axis, clock)]
                return self.joined(entries, self._across(expr, axis))
            case ex.Part(ex.Part(body, first, last, other), start, stop, axis) if axis != other:
                return self.part(self.formula(body, clock), ((first, last, other), (start, stop, axis)), 2)
            case ex.Part(body, start, stop, axis):
                return self.part(self.formula(body, clock), ((start, stop, axis),), self.rank(body))
            case ex.Padded(_, _, _, axis):
                return self.joined(self._entries(expr, axis, clock), self._across(expr, axis))

    def _across(self, expr: Expr, axis: int) -> bool:
        """Whether what is joined along an axis stands side by side: a vector does where vectors are rows."""
        return self.in_rows if self.rank(expr) == 1 else axis == 1

    def joined(self, parts: Sequence[Formula], across: bool) -> Formula:  # noqa: FBT001 - which way is all that matters
        """Parts above one another, or side by side, in brackets."""
        return Matrix((tuple(parts),) if across else tuple((part,) for part in parts))

    def _entries(self, part: Expr, axis: int, clock: Clock) -> list[Formula]:
        """What stands in the place of something that is joined: itself, with zeros before and after it if it has them."""
        if not isinstance(part, ex.Padded) or part.axis != axis:
            return [self.formula(part, clock)]
        return self.padded(self.formula(part.body, clock), (part.before, part.after))

    def padded(self, body: Formula, around: tuple[str, str]) -> list[Formula]:
        """A part, and the zeros before and after it."""
        before, after = ([zeros(size)] if size != NOTHING else [] for size in around)
        return [*before, body, *after]

    def part(self, body: Formula, parts: Sequence[tuple[str, str, int]], rank: int) -> Formula:
        """Components start + 1 to stop of a vector, [z]_{1:n}; of a matrix rows, W_{1:n, :}, columns, or both."""
        places: list[Formula] = [Sign(":")] * rank
        for start, stop, axis in parts:
            places[axis] = _range(start, stop)
        bare = isinstance(body, Symbol) and not (body.subs or body.sups)
        return Part(body if bare else grouped(body, "[]"), tuple(places))

    def _beside(self, part: Expr, others: tuple[Expr, ...], clock: Clock, sign: Times = "") -> Formula:
        """A term or factor; a vector beside matrices is a row, and printed as one."""
        formula = self.formula(part, clock, sign)
        repeated = not self.in_rows and self.rank(part) == 1 and any(self.rank(other) == 2 for other in others)
        return transposed(formula) if repeated else formula

    def _matrix_product(self, left: Expr, right: Expr, clock: Clock) -> Formula:
        """Factors as they stand, scalars first; where vectors are columns, v @ A is Aᵀ v, where they are rows A @ v is v Aᵀ."""
        if self.in_rows and self.rank(right) == 1:
            left, right = right, ex.transpose(left)
        elif not self.in_rows and self.rank(left) == 1:
            left, right = ex.transpose(right), left
        scalars, rest = self._apart(ex.MatMul(left, right))
        if scalars:
            return times(*(self._scalar_in_front(scalar, clock) for scalar in scalars), self.formula(rest, clock))
        return _side_by_side(self.formula(left, clock), self.formula(right, clock))

    def _inner(self, left: Formula, right: Formula) -> Formula:
        """The inner product of two vectors: uᵀ v, of rows u vᵀ."""
        if isinstance(left, Minus):
            return negated(self._inner(left.body, right))
        if self.in_rows:
            return _side_by_side(left, transposed(right))
        return _side_by_side(transposed(left), right)

    def _outer(self, left: Formula, right: Formula) -> Formula:
        """The outer product of two vectors: u vᵀ, of rows uᵀ v."""
        if isinstance(left, Minus):
            return negated(self._outer(left.body, right))
        if self.in_rows:
            return _side_by_side(transposed(left), right)
        return _side_by_side(left, transposed(right))

    def summed(self, matrix: Formula, axis: int, *, kept: bool) -> Formula:
        """The sum of the columns of a matrix, A 𝟏, or of its rows, 𝟏ᵀ A; as a column Aᵀ 𝟏."""
        if axis == 1:
            return _side_by_side(matrix, ONES)
        if kept or self.in_rows:
            return _side_by_side(Transposed(ONES), matrix)
        return _side_by_side(transposed(matrix), ONES)

    def _product(self, factors: tuple[Expr, ...], clock: Clock, sign: Times) -> Formula:
        """Scalars in front, side by side, an inner product in brackets: (pᵀδ) p; vectors joined by ⊙."""
        if not any(map(self.is_vector, factors)):
            return times(*(self.formula(factor, clock) for factor in factors), sign=sign)
        scalars, rest = self._apart(ex.Mul(factors))
        vectors = rest.factors if isinstance(rest, ex.Mul) else (rest,)
        joined = self.componentwise(vectors, clock)
        return times(*(self._scalar_in_front(scalar, clock) for scalar in scalars), joined) if scalars else joined

    def componentwise(self, vectors: tuple[Expr, ...], clock: Clock) -> Formula:
        """Vectors or matrices joined by ⊙; beside a matrix of ones a column or row is repeated."""
        ones = [
            each for each in vectors if isinstance(each, ex.Call) and each.function == "ones" and self.rank(each) == 2
        ]
        others = tuple(each for each in vectors if each not in ones)
        joined = times(*(self._beside(factor, vectors, clock) for factor in others or ones[:1]), sign="⊙")
        if not (ones and others):
            return joined
        return self.repeated(joined, self.shapes.shape(ex.mul(*others)), self.shapes.shape(ones[0]))

    def repeated(self, part: Formula, shape: Shape, whole: Shape) -> Formula:
        """A column m repeated to be a whole matrix, m 𝟏ᵀ; a row, 𝟏 m."""
        if whole in (shape, (SINGLE, *shape)):
            return part
        return _side_by_side(part, Transposed(ONES)) if shape[1:] == (SINGLE,) else _side_by_side(ONES, part)

    def _apart(self, expr: Expr) -> tuple[tuple[Expr, ...], Expr]:
        """The scalars that a product of vectors and matrices is a multiple of, however deep they stand in it; and the rest."""
        match expr:
            case ex.MatMul(left, right):
                (before, first), (after, second) = self._apart(left), self._apart(right)
                return (*before, *after), ex.MatMul(first, second) if before or after else expr
            case ex.Mul(factors) if any(map(self.is_vector, factors)):
                parts = [self._apart(factor) if self.is_vector(factor) else ((factor,), ex.ONE) for factor in factors]
                return tuple(scalar for scalars, _ in parts for scalar in scalars), ex.mul(*(rest for _, rest in parts))
            case _:
                return (), expr

    def _scalar_in_front(self, factor: Expr, clock: Clock) -> Formula:
        """A scalar before vectors: a row times a column is bracketed, since pᵀ δ p could be read as pᵀ (δ p)."""
        formula = self.formula(factor, clock)
        match factor:
            case ex.Total(ex.Pow(_, exponent)) if exponent == 2:
                return formula
            case ex.Dot() | ex.Total():
                return negated(grouped(formula.body)) if isinstance(formula, Minus) else grouped(formula)
            case _:
                return formula

    def _quotient(self, top: Expr, bottom: Expr, clock: Clock) -> Formula:
        if _is_small(bottom) and not isinstance(top, ex.Const | ex.Var):
            match top:
                case ex.Mul((ex.Const() as first, *rest)) if first.value.denominator == 1:
                    over, body = first, ex.mul(*rest)
                case _:
                    over, body = ex.ONE, top
            small = Quotient(_constant(over), _constant(bottom), small=True)
            return times(small, self.formula(body, clock))
        pair = (top, bottom)
        return fraction(self._beside(top, pair, clock), self._beside(bottom, pair, clock))

    def _power(self, base: Expr, exponent: Fraction, clock: Clock) -> Formula:
        inner = self.formula(base, clock)
        raised = _rational(exponent)
        if self.rank(base) == 2:  # A² would be the matrix product A A
            return power(inner, row(Sign("⊙"), raised))
        return Power(inner, raised) if isinstance(inner, Apply) else power(inner, raised)

    def _call(self, call: ex.Call, clock: Clock) -> Formula:
        match call.function:
            case "step":
                return self._condition(call.argument, clock)
            case "ones":
                return self._ones(self.shapes.shape(call.argument))
            case "components":
                return self._size(call.argument)
        inner, *more = (self.formula(argument, clock) for argument in call.arguments)
        match call.function:
            case "exp" | "sqrt" if self.rank(call.argument) == 2:  # eᴬ and √A would be those of a matrix
                return Apply(call.function, (inner,))
            case "exp" if self._has_e:
                return Apply("exp", (inner,))
            case "exp":
                return power(E, inner)
            case "sqrt":
                return Root(inner)
            case "within":
                low, high = more
                return Group(Row((low, Sign("≤"), inner, Sign("≤"), high)), "[]")
            case "abs":
                return Apply("abs", (inner,)) if _has_bars(inner) else Group(inner, "||")
            case "pi":
                return Symbol("π")
            case _:
                return Apply(FUNCTIONS[call.function].sign, (inner, *more))

    def _condition(self, positive: Expr, clock: Clock) -> Formula:
        """What is positive where a step is 1: [z > 0]; of a difference [a > b]."""
        terms = positive.terms if isinstance(positive, ex.Add) else (positive,)
        lower = [term.body for term in terms if isinstance(term, ex.Neg)]
        upper: tuple[Expr, ...] = tuple(term for term in terms if not isinstance(term, ex.Neg))
        if not (upper and lower):
            upper, lower = (positive,), []
        greater, less = (self.formula(ex.add(*side), clock) if side else Number("0") for side in (upper, lower))
        return Group(Row((greater, Sign(">"), less)), "[]")

    def _size(self, vector: Expr) -> Formula:
        """How many components a vector or matrix has: the names of its sizes, or 𝟏ᵀ 𝟏 where one means something else."""
        shape = self.shapes.shape(vector)
        if any(size in (*self.network.parameters, *self.local) for size in shape):
            return self.totalled(self._ones(shape), shape)
        return times(*(symbol_from_name(size) for size in shape if size != SINGLE))

    def _ones(self, shape: Shape) -> Formula:
        """A column 𝟏, a row 𝟏ᵀ, a matrix 𝟏𝟏ᵀ of ones."""
        column, row_of_them = ONES, Transposed(ONES)
        match shape:
            case (_,):
                return row_of_them if self.in_rows else column
            case (_, "1"):
                return column
            case ("1", _):
                return row_of_them
            case (_, _):
                return times(column, row_of_them)
            case _:
                return Number("1")

    def _total(self, body: Expr, clock: Clock) -> Formula:
        """sum(e²) is ‖e‖², sum(a b) is aᵀ b, sum(k a) is k 𝟏ᵀ a for a number k, anything else 𝟏ᵀ (…); of a matrix 𝟏ᵀ A 𝟏."""
        match body:
            case ex.Pow(base, exponent) if exponent == 2:
                inner = self.formula(base, clock)
                return power(Group(inner, "‖‖"), Number("2"))
            case ex.Mul((first, second)) if self.rank(first) == self.rank(second) == 1:
                return self._inner(self.formula(first, clock), self.formula(second, clock))
            case ex.Mul(factors) if not all(map(self.is_vector, factors)):
                numbers = [self.formula(factor, clock) for factor in factors if not self.is_vector(factor)]
                vector = ex.mul(*filter(self.is_vector, factors))
                return times(*numbers, self._total(vector, clock))
            case ex.Neg(inner):
                return negated(self._total(inner, clock))
            case _:
                return self.totalled(self.formula(body, clock), self.shapes.shape(body))

    def totalled(self, body: Formula, shape: Shape) -> Formula:
        """𝟏ᵀ v, of a row v 𝟏, of a matrix 𝟏ᵀ A 𝟏; an axis of one needs no 𝟏."""
        size = shape or ("",)  # a template may sum up what is a number in this network
        rows, columns = size if len(size) == 2 else (SINGLE, *size) if self.in_rows else (*size, SINGLE)
        left = () if rows == "1" else (Transposed(ONES),)
        right = () if columns == "1" else (ONES,)
        loose = grouped(body) if _loose(body) else body
        return times(*left, loose, *right)

    def link(self, link: LinearMap, clock: Clock) -> Formula:
        """A transposed local partial as a factor or matrix: d, diag(d), Wᵀ and so on."""
        match link:
            case Scale(factor):
                inner = self.formula(factor, clock)
                return Apply("diag", (inner,)) if self.is_vector(factor) else inner
            case MatrixMap(matrix):
                return self.formula(ex.transpose(matrix), clock)
            case Spread(vector):
                return self.formula(vector, clock)
            case Gather(vector):
                return Transposed(ONES) if vector is None else transposed(self.formula(vector, clock))
            case Softmax(value):
                inner = self.formula(value, clock)
                return plus(Apply("diag", (inner,)), negated(self._outer(inner, inner)))
            case Select(start, stop, whole):
                return Part(grouped(unit(whole), "[]"), (_range(start, stop), Sign(":")))
            case Embed(start, stop, whole):
                return Part(grouped(unit(whole), "[]"), (Sign(":"), _range(start, stop)))
            case _:
                raise AssertionError(f"{type(link).__name__} is no factor in front of a column")

    def total_derivative(self, by: Formula) -> Formula:
        """dL/d(by)."""
        return Derivative(TOTAL_LOSS, by, "total")


def stacked(terms: Sequence[Expr], shapes: Shapes) -> tuple[Expr, ...]:
    """Return terms with those that are parts of one whole, zeros elsewhere, put together in one.

    >>> parts = (ex.Padded(Var("u"), "0", "n"), ex.Padded(Var("v"), "n", "0"))
    >>> stacked(parts, Shapes({"u": ("n",), "v": ("n",)})) == (ex.Concat((Var("u"), Var("v"))),)
    True
    """
    parts: dict[tuple[str, str, int], list[Expr]] = {}
    others: list[Expr] = []
    for term in terms:
        negative = isinstance(term, ex.Neg)
        inner = term.body if isinstance(term, ex.Neg) else term
        if isinstance(inner, ex.Padded):
            body = ex.mul(ex.Neg(ex.ONE), inner.body) if negative else inner.body
            parts.setdefault((inner.before, inner.after, inner.axis), []).append(body)
        else:
            others.append(term)
    if sum(map(len, parts.values())) < 2 or len({axis for _, _, axis in parts}) > 1:
        return tuple(terms)
    in_order = sorted(parts, key=cmp_to_key(_later))
    joint: list[Expr] = []
    end, axis = NOTHING, in_order[0][2]
    for place, (before, after, _) in enumerate(in_order):
        body = ex.add(*parts[before, after, axis])
        gap, last = left_over(before, end), place == len(in_order) - 1
        if gap is None:
            return tuple(terms)
        end = joined(before, shapes.shape(body)[axis])
        rest = after if last else NOTHING
        joint.append(body if (gap, rest) == (NOTHING, NOTHING) else ex.Padded(body, gap, rest, axis))
    return (*others, joint[0] if len(joint) == 1 else ex.Concat(tuple(joint), axis))


def _later(one: tuple[str, str, int], other: tuple[str, str, int]) -> int:
    """Whether a part begins behind another."""
    return 1 if left_over(one[0], other[0]) is not None else -1


def size_formula(size: str) -> Formula:
    """A size, or a sum of sizes, as a formula."""
    counted = [(symbol_from_name(name) if name else None, often) for name, often in length_terms(size).items()]
    return plus(
        *(
            number(often) if letter is None else letter if often == 1 else times(number(often), letter)
            for letter, often in counted
        )
    )


def _range(start: str, stop: str) -> Formula:
    """The components from the one after ``start`` on, up to ``stop``: d + 1 : d + n."""
    first = joined(start, SINGLE)
    return size_formula(stop) if first == stop else row(size_formula(first), Sign(":"), size_formula(stop))


def unit(size: str) -> Formula:
    """The unit matrix of a size."""
    return Symbol("I", subs=(size_formula(size),))


def zeros(size: str) -> Formula:
    """So many zeros."""
    return Symbol("𝟎", subs=(size_formula(size),))


def check_names(network: Network) -> None:
    """Raise `NetworkError` for a TeX name that cannot be printed, `LimitError` for one that no line could hold twice."""
    notation = Notation(network)
    for name in (*network.variables, *network.data, *network.timeless):
        where = f"{network.at('tex', name)}{name} is long in print, and [tex] may give it a shorter name: "
        network.limits.hold("print", ceil(width(notation.name(name))), where)


def _is_small(expr: Expr) -> TypeGuard[ex.Const]:
    """Whether an expression is a whole number small enough to stand in front as a fraction."""
    return isinstance(expr, ex.Const) and expr.value.denominator == 1 and 0 < expr.value <= LARGEST_SMALL


def _constant(constant: ex.Const) -> Formula:
    """A number as its author wrote it: a decimal with its digits, anything else as a fraction."""
    digits = digits_of(abs(constant.value)) if constant.decimal else None
    if digits is None:
        return _rational(constant.value)
    return Minus(Number(*digits)) if constant.value < 0 else Number(*digits)


def _rational(value: Fraction) -> Formula:
    if value.denominator == 1:
        return number(value.numerator)
    quotient = Quotient(Number(str(abs(value.numerator))), Number(str(value.denominator)), small=True)
    return negated(quotient) if value < 0 else quotient


def _side_by_side(left: Formula, right: Formula) -> Formula:
    """A matrix product; what would be misread is bracketed."""
    if isinstance(left, Minus):
        return negated(_side_by_side(left.body, right))
    return times(*(grouped(side) if _loose(side) else side for side in (left, right)))


def _has_bars(formula: Formula) -> bool:
    """Whether there are bars in a formula; among bars of their own no one could tell them apart."""
    bars = isinstance(formula, Group) and formula.brackets in {"||", "‖‖"}
    return bars or any(map(_has_bars, children(formula)))


def _loose(side: Formula) -> bool:
    return isinstance(side, Minus)
