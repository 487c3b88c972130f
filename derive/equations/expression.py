"""Expression: a forward or backward equation for a general step t, in the order in which it was written.

A `Var` carries its lag: ``Var("h", 1)`` is h at step t − 1, ``Var("w", None)`` has no time. The operators have NumPy's
meaning: `Mul` is elementwise (or a scalar times a vector), `MatMul` the matrix product, `Dot` the inner product of two
vectors, `Outer` u vᵀ; `Concat` joins, `Part` cuts, and `Padded`, its transpose, appears in gradients only. The set of nodes is
closed; meaning (SymPy, numbers, formulas, shapes) is given by one function each, elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Const:
    """A rational constant, exact; ``decimal`` if it was written with a decimal point, 0.3 and not 3/10.

    How a number is written does not tell two of them apart.
    """

    value: Fraction
    decimal: bool = field(default=False, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Var:
    """A variable at step t − lag, or (lag None) a quantity without time: a parameter, or what has one step for all t.

    That step is ``at``, `LAST_STEP` for T.
    """

    name: str
    lag: int | None = None
    at: int | None = None

    def __repr__(self) -> str:
        """Say the step only where there is one."""
        at = "" if self.at is None else f", at={self.at}"
        return f"Var(name={self.name!r}, lag={self.lag}{at})"


ADJOINT = "∂"
"""Prefix of the variable that stands for an adjoint: ``∂h`` is dL/dh."""
LAST_STEP = 0
"""Step T, where a variable has the same step for all t."""


def anchored(name: str, at: int) -> str:
    """Return what a variable at one step for all t is called: ``g[1]``, ``h[T]``.

    >>> anchored("h", LAST_STEP)
    'h[T]'
    """
    return f"{name}[{'T' if at == LAST_STEP else at}]"


def anchor(name: str) -> tuple[str, int | None]:
    """Return the variable of such a name, and the step, `LAST_STEP` for T; of a plain name itself, and None.

    >>> anchor("g[1]"), anchor("g")
    (('g', 1), ('g', None))
    """
    bare, _, step = name.removesuffix("]").partition("[")
    return bare, None if not step else LAST_STEP if step == "T" else int(step)


def step_of(at: int, last: int) -> int:
    """Return a step that is the same for all t, as a number, given T.

    >>> step_of(LAST_STEP, 5), step_of(2, 5)
    (5, 2)
    """
    return last if at == LAST_STEP else at


@dataclass(frozen=True, slots=True)
class Neg:
    """−body."""

    body: Expr


@dataclass(frozen=True, slots=True)
class Add:
    """The terms, added in this order."""

    terms: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Mul:
    """The factors, multiplied elementwise in this order."""

    factors: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Div:
    """top / bottom, elementwise."""

    top: Expr
    bottom: Expr


@dataclass(frozen=True, slots=True)
class Pow:
    """base to a constant power, elementwise."""

    base: Expr
    exponent: Fraction


@dataclass(frozen=True, slots=True)
class Call:
    """A function by its name in `derive.equations.FUNCTIONS`; ``more`` are its arguments after the first.

    ``axis`` is the one along which a function of a whole vector takes those of a matrix: 0 each column, 1 each row.
    """

    function: str
    argument: Expr
    more: tuple[Expr, ...] = ()
    axis: int | None = None

    @property
    def arguments(self) -> tuple[Expr, ...]:
        """Every argument."""
        return (self.argument, *self.more)


@dataclass(frozen=True, slots=True)
class Definition:
    """A function made of others: f(of) = value. ``slopes`` are its derivatives by each of ``of``, where they are given.

    If they are a ``rule``, they stand in place of the derivative, whatever that is; else they are the derivative, written well.
    """

    name: str
    sign: str
    of: tuple[Var, ...]
    value: Expr
    slopes: tuple[Expr, ...] | None = None
    rule: bool = False


@dataclass(frozen=True, slots=True)
class Defined:
    """A function that is made of others, applied."""

    definition: Definition
    arguments: tuple[Expr, ...]

    @property
    def value(self) -> Expr:
        """What it is, written out."""
        return self._with_arguments(self.definition.value)

    @property
    def slopes(self) -> tuple[Expr, ...] | None:
        """Its derivatives by each argument, if they are given."""
        given = self.definition.slopes
        return None if given is None else tuple(map(self._with_arguments, given))

    def _with_arguments(self, expr: Expr) -> Expr:
        return substitute(expr, dict(zip(self.definition.of, self.arguments, strict=True)))


@dataclass(frozen=True, slots=True)
class MatMul:
    """The product of a matrix with a vector or another matrix; of a vector with a matrix, where vectors are rows."""

    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Dot:
    """The inner product leftᵀ right of two vectors: a scalar."""

    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Outer:
    """The outer product left rightᵀ of two vectors: a matrix."""

    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Transpose:
    """bodyᵀ."""

    body: Expr


@dataclass(frozen=True, slots=True)
class Total:
    """The sum of the components of a vector or matrix: a scalar."""

    body: Expr


@dataclass(frozen=True, slots=True)
class Summed:
    """The sum of the rows (axis 0) or of the columns (axis 1) of a matrix: a vector, or if ``kept`` a matrix of one of them."""

    body: Expr
    axis: int
    kept: bool = False


@dataclass(frozen=True, slots=True)
class Concat:
    """Vectors joined to a longer one, numbers as one component each; matrices above (axis 0) or beside (1) one another."""

    parts: tuple[Expr, ...]
    axis: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """The part of a vector or matrix between two sizes along an axis, body[start:stop] as NumPy counts."""

    body: Expr
    start: str
    stop: str
    axis: int = 0


@dataclass(frozen=True, slots=True)
class Padded:
    """A vector or matrix with so many zeros before and after it along an axis: what `Part` hands back; in gradients only."""

    body: Expr
    before: str
    after: str
    axis: int = 0


Expr: TypeAlias = (
    Const
    | Var
    | Neg
    | Add
    | Mul
    | Div
    | Pow
    | Call
    | Defined
    | MatMul
    | Dot
    | Outer
    | Transpose
    | Total
    | Summed
    | Concat
    | Part
    | Padded
)

ZERO = Const(Fraction(0))
ONE = Const(Fraction(1))


def children(expr: Expr) -> tuple[Expr, ...]:
    """The expressions directly inside an expression, from left to right."""
    match expr:
        case Const() | Var():
            return ()
        case Neg(body) | Transpose(body) | Total(body) | Summed(body) | Part(body) | Padded(body):
            return (body,)
        case Pow(base=body):
            return (body,)
        case Call() | Defined():
            return expr.arguments
        case Add(parts) | Mul(parts) | Concat(parts):
            return parts
        case Div(first, second) | MatMul(first, second) | Dot(first, second) | Outer(first, second):
            return (first, second)


def rebuild(expr: Expr, change: Callable[[Expr], Expr]) -> Expr:
    """Return expr with each expression directly inside it changed."""
    match expr:
        case Const() | Var():
            return expr
        case Neg(body):
            return Neg(change(body))
        case Transpose(body):
            return Transpose(change(body))
        case Total(body):
            return Total(change(body))
        case Summed(body, axis, kept):
            return Summed(change(body), axis, kept)
        case Pow(base, exponent):
            return Pow(change(base), exponent)
        case Call(function, argument, more, axis):
            return Call(function, change(argument), tuple(map(change, more)), axis)
        case Defined(definition, arguments):
            return Defined(definition, tuple(map(change, arguments)))
        case Concat(parts, axis):
            return Concat(tuple(map(change, parts)), axis)
        case Part(body, start, stop, axis):
            return Part(change(body), start, stop, axis)
        case Padded(body, before, after, axis):
            return Padded(change(body), before, after, axis)
        case Add(terms):
            return Add(tuple(map(change, terms)))
        case Mul(factors):
            return Mul(tuple(map(change, factors)))
        case Div(first, second):
            return Div(change(first), change(second))
        case MatMul(first, second):
            return MatMul(change(first), change(second))
        case Dot(first, second):
            return Dot(change(first), change(second))
        case Outer(first, second):
            return Outer(change(first), change(second))


def variables(expr: Expr) -> Iterator[Var]:
    """Every `Var` of an expression, from left to right, repeats included.

    >>> [var.name for var in variables(Add((Var("x", 0), Mul((Var("w"), Var("x", 1))))))]
    ['x', 'w', 'x']
    """
    if isinstance(expr, Var):
        yield expr
    for child in children(expr):
        yield from variables(child)


def inside(*exprs: Expr, defined: bool = False) -> Iterator[Expr]:
    """Every part of expressions, from left to right, themselves included; ``defined``: also what functions of one's own say.

    >>> [part.name for part in inside(Neg(Mul((Var("w"), Var("x", 0))))) if isinstance(part, Var)]
    ['w', 'x']
    """
    for expr in exprs:
        yield expr
        yield from inside(*children(expr), defined=defined)
        if defined and isinstance(expr, Defined):
            yield from inside(expr.value, defined=defined)


def has_decimals(expr: Expr) -> bool:
    """Whether a number in an expression was written with a decimal point."""
    return (isinstance(expr, Const) and expr.decimal) or any(map(has_decimals, children(expr)))


def substitute(expr: Expr, replacements: Mapping[Var, Expr]) -> Expr:
    """Return expr with variables replaced, all at once; what is put in is not looked into.

    >>> substitute(Neg(Var("a", 0)), {Var("a", 0): Var("b", 1)})
    Neg(body=Var(name='b', lag=1))
    """
    if isinstance(expr, Var):
        return replacements.get(expr, expr)
    return rebuild(expr, lambda child: substitute(child, replacements))


def shift(expr: Expr, by: int) -> Expr:
    """Return expr with every step moved ``by`` steps later: t becomes t + by. What has no time stays.

    >>> shift(Mul((Var("w"), Var("h", 1))), 3)
    Mul(factors=(Var(name='w', lag=None), Var(name='h', lag=-2)))
    """
    if isinstance(expr, Var):
        return expr if expr.lag is None else Var(expr.name, expr.lag - by)
    return rebuild(expr, lambda child: shift(child, by))


def add(*terms: Expr) -> Expr:
    """Return the sum of terms, flattened, zeros dropped; no terms are 0.

    >>> add(Var("a"), ZERO, Add((Var("b"), Var("c")))) == Add((Var("a"), Var("b"), Var("c")))
    True
    """
    flat: list[Expr] = []
    for term in terms:
        flat.extend(term.terms if isinstance(term, Add) else (term,))
    flat = [term for term in flat if term != ZERO]
    if not flat:
        return ZERO
    return flat[0] if len(flat) == 1 else Add(tuple(flat))


def mul(*factors: Expr) -> Expr:
    """Return the elementwise product of factors, flattened, ones dropped, signs in front; no factors are 1.

    A factor 0 makes the product the scalar 0.

    >>> mul(ONE, Var("a"), Neg(Var("b")))
    Neg(body=Mul(factors=(Var(name='a', lag=None), Var(name='b', lag=None))))
    """
    negative = False
    flat: list[Expr] = []
    queue = list(reversed(factors))
    while queue:
        factor = queue.pop()
        if isinstance(factor, Neg):
            negative = not negative
            queue.append(factor.body)
        elif isinstance(factor, Mul):
            queue.extend(reversed(factor.factors))
        else:
            flat.append(factor)
    flat = [factor for factor in flat if factor != ONE]
    if ZERO in flat:
        return ZERO
    product = ONE if not flat else flat[0] if len(flat) == 1 else Mul(tuple(flat))
    return Neg(product) if negative else product


def transpose(expr: Expr) -> Expr:
    """Return exprᵀ, written without a ᵀ around a product: (A Bᵀ)ᵀ is B Aᵀ.

    >>> transpose(MatMul(Var("A"), Transpose(Var("B")))) == MatMul(Var("B"), Transpose(Var("A")))
    True
    """
    match expr:
        case Transpose(body):
            return body
        case Neg(body):
            return Neg(transpose(body))
        case Outer(left, right):
            return Outer(right, left)
        case MatMul(left, right):
            return MatMul(transpose(right), transpose(left))
        case _:
            return Transpose(expr)
