"""Products: a product of factors as a teacher leaves it — quotients that cancel cancelled, vectors still vectors.

    −ŷ/p + (1 − ŷ)/(1 − p)   times  p (1 − p)   is  p − ŷ
    λ  times  1/x            is  λ/x
    p ⊙ λ − (pᵀλ) p          is  (1ᵀŷ) p − ŷ   for  λ = −ŷ/p

Everything else stays as and where it is: the order of factors is the order of the path.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import TypeAlias

from derive.equations import expression as ex
from derive.equations.differentiate import atoms, is_atom
from derive.equations.expression import Expr, Var
from derive.equations.functions import FUNCTIONS

LONGEST_RUN = 3
"""A quotient is cancelled with up to so many factors beside it: p (1 − p) are two."""


Distributions: TypeAlias = frozenset[tuple[str, int | None]]
"""Names whose components add up to 1; of a matrix those of each column (axis 0) or each row (axis 1)."""


def product_of(first: Expr, second: Expr, vectors: frozenset[str]) -> Expr:
    """The product of two factors; a quotient that cancels with its neighbours is cancelled, and λ (1/x) is λ/x.

    If λ is a sum it stays in front: it may be long, and a line breaks between terms but not inside a quotient.
    """
    product = with_one_number(ex.mul(first, second))
    product = _constants_in_front(product) if vectors else product
    if not (_has_quotient(first) or _has_quotient(second)):
        return product
    product = _cancelling(product, vectors)
    match product:
        case ex.Mul(factors) | ex.Neg(ex.Mul(factors)) if any(isinstance(factor, ex.Add) for factor in factors):
            return product
        case ex.Mul((*others, ex.Div(ex.ONE, bottom))) | ex.Mul((ex.Div(ex.ONE, bottom), *others)):
            return ex.Div(ex.mul(*others), bottom)
        case ex.Neg(ex.Mul((*others, ex.Div(ex.ONE, bottom)))) | ex.Neg(ex.Mul((ex.Div(ex.ONE, bottom), *others))):
            return ex.Neg(ex.Div(ex.mul(*others), bottom))
        case _:
            return product


def with_one_number(product: Expr) -> Expr:
    """Return a product in which no two factors are numbers, or hold one: m/2 times 2 (y − ŷ) is m (y − ŷ).

    A single number stands in front: δ · 0.9 is 0.9 δ.

    >>> m, y = Var("m", 0), Var("y", 0)
    >>> with_one_number(ex.Mul((ex.Div(m, ex.Const(Fraction(2))), ex.Const(Fraction(2)), y))) == ex.Mul((m, y))
    True
    """
    if isinstance(product, ex.Neg):
        return ex.mul(ex.Neg(ex.ONE), with_one_number(product.body))
    if not isinstance(product, ex.Mul):
        return product
    taken = [_number_of(factor) for factor in product.factors]
    numbers = [number for number, _ in taken if number != ex.ONE]
    bare = next((factor for factor in product.factors[1:] if isinstance(factor, ex.Const)), None)
    if len(numbers) < 2 and bare is not None:
        return ex.mul(bare, *(factor for factor in product.factors if factor is not bare))
    if len(numbers) < 2:
        return product
    value = Fraction(math.prod(number.value for number in numbers))
    decimal = value.denominator != 1 and any(number.decimal for number in numbers)
    return ex.mul(ex.Const(value, decimal), *(rest for _, rest in taken))


def _constants_in_front(product: Expr) -> Expr:
    """A product whose constants, as a mean over components and steps has them, are one quotient: 2/(n T) (y − ŷ)."""
    if isinstance(product, ex.Neg):
        return ex.mul(ex.Neg(ex.ONE), _constants_in_front(product.body))
    if not isinstance(product, ex.Mul):
        return product
    constants = [factor for factor in product.factors if is_constant(factor)]
    if len(constants) < 2:
        return product
    pairs = list(map(_fraction, constants))
    over, under = (with_one_number(ex.mul(*side)) for side in zip(*pairs, strict=True))
    whole = over if under == ex.ONE else ex.Div(over, under)
    return ex.mul(whole, *(factor for factor in product.factors if factor not in constants))


def is_constant(expr: Expr) -> bool:
    """Whether an expression is made of numbers, the number of steps and numbers of components."""
    match expr:
        case ex.Var("T", None) | ex.Const() | ex.Call("components"):
            return True
        case ex.Mul() | ex.Div():
            return all(map(is_constant, ex.children(expr)))
        case _:
            return False


def _fraction(expr: Expr) -> tuple[Expr, Expr]:
    """A constant as what stands above and below one line."""
    match expr:
        case ex.Div(top, bottom):
            (over, under), (below, above) = _fraction(top), _fraction(bottom)
            return ex.mul(over, above), ex.mul(under, below)
        case ex.Mul(factors):
            pairs = list(map(_fraction, factors))
            return ex.mul(*(over for over, _ in pairs)), ex.mul(*(under for _, under in pairs))
        case ex.Const(value) if value.denominator != 1 and not expr.decimal:
            return ex.Const(Fraction(value.numerator)), ex.Const(Fraction(value.denominator))
        case _:
            return expr, ex.ONE


def _number_of(factor: Expr) -> tuple[ex.Const, Expr]:
    """The number that a factor is a multiple of, and the rest."""
    match factor:
        case ex.Const():
            return factor, ex.ONE
        case ex.Div(top, ex.Const(value) as bottom) if value != 0:
            over, rest = _number_of(top)
            return ex.Const(over.value / value, over.decimal or bottom.decimal), rest
        case ex.Mul((ex.Const() as first, *rest)):
            return first, ex.mul(*rest)
        case _:
            return ex.Const(Fraction(1)), factor


def _cancelling(product: Expr, vectors: frozenset[str]) -> Expr:
    """A product in which the first run of factors whose quotients cancel is one factor; and so on while there is one."""
    match product:
        case ex.Neg(body):
            return ex.mul(ex.Neg(ex.ONE), _cancelling(body, vectors))
        case ex.Mul(factors):
            for place, end in _runs(factors):
                run = ex.mul(*factors[place:end])
                shorter = _cancelled(run)
                # A sum may keep quotients, and with them the same run would be found again without end.
                if shorter is not None and not _has_quotient(shorter):
                    shorter = _as_vector(shorter, run, vectors)
                    return _cancelling(ex.mul(*factors[:place], shorter, *factors[end:]), vectors)
    return product


def _cancelled(run: Expr) -> Expr | None:
    from derive.equations.algebra import cancelled  # noqa: PLC0415 - SymPy is loaded where it is used

    return cancelled(run)


def _runs(factors: tuple[Expr, ...]) -> Iterator[tuple[int, int]]:
    """Where in a product factors stand that may cancel: a quotient with up to three factors after it, or before it."""
    quotients = [place for place, factor in enumerate(factors) if _has_quotient(factor)]
    for length in range(1, LONGEST_RUN + 1):
        for place in quotients:
            if place + length < len(factors):
                yield place, place + length + 1
            if place >= length:
                yield place - length, place + 1


def _as_vector(shorter: Expr, long: Expr, vectors: frozenset[str]) -> Expr:
    """What a vector was simplified to, still a vector: h/h is 𝟏, not 1."""
    model = next((atom for atom in atoms(long) if is_vector(atom, vectors)), None)
    return shorter if model is None or is_vector(shorter, vectors) else ex.mul(shorter, ex.Call("ones", model))


def is_vector(expr: Expr, vectors: frozenset[str]) -> bool:
    """Whether an expression holds a vector or matrix that is not summed up; names that are not in ``vectors`` are scalars."""
    match expr:
        case Var(name):
            return name in vectors
        case ex.MatMul() | ex.Outer() | ex.Summed() | ex.Concat() | ex.Part() | ex.Padded():
            return True
        case ex.Dot() | ex.Total():
            return False
        case ex.Call(function, axis=None) if FUNCTIONS[function].acts == "vector to scalar":
            return False
        case ex.Defined():
            return is_vector(expr.value, vectors)
        case _:
            return any(is_vector(child, vectors) for child in ex.children(expr))


def _has_quotient(expr: Expr) -> bool:
    """Whether something is divided by more than a constant, outside the arguments of functions."""
    if is_atom(expr) or isinstance(expr, ex.Call | ex.Defined):
        return False
    quotient = isinstance(expr, ex.Div) and not is_constant(expr.bottom)
    return quotient or any(map(_has_quotient, ex.children(expr)))


def softmax_pull(value: Expr, adjoint: Expr, vectors: frozenset[str], axis: int | None = None) -> Expr:
    """The vector p ⊙ λ − (pᵀλ) p; if p ⊙ λ is free of quotients that λ had, pᵀλ is the sum of its components.

    Of each row (axis 1) or column (axis 0) of a matrix: P ⊙ Λ − s ⊙ P with the sums s of P ⊙ Λ. A constant in λ, such as the
    1/T of a mean, stands in front.
    """
    constant, rest = _constant_apart(adjoint)
    if constant != ex.ONE and not is_constant(rest):
        return ex.mul(constant, softmax_pull(value, rest, vectors, axis))
    product = product_of(value, adjoint, vectors)
    if axis is not None:
        negative = isinstance(product, ex.Neg)
        positive = product.body if isinstance(product, ex.Neg) else product
        sums = ex.mul(ex.Summed(positive, axis, kept=True), value)
        return ex.add(sums, product) if negative else ex.add(product, ex.Neg(sums))
    if not _has_quotient(adjoint) or _has_quotient(product):
        return ex.add(product, ex.Neg(ex.mul(ex.Dot(value, adjoint), value)))
    match product:
        case ex.Neg(positive):
            return ex.add(ex.mul(ex.Total(positive), value), product)
        case _:
            return ex.add(product, ex.Neg(ex.mul(ex.Total(product), value)))


def _constant_apart(expr: Expr) -> tuple[Expr, Expr]:
    """The constant that an expression is a multiple of, and the rest."""
    match expr:
        case ex.Neg(body):
            constant, rest = _constant_apart(body)
            return constant, ex.mul(ex.Neg(ex.ONE), rest)
        case ex.Div(top, bottom) if is_constant(bottom) and not is_constant(top):
            return ex.Div(ex.ONE, bottom), top
        case ex.Div(top, bottom) if not is_constant(top):
            constant, rest = _constant_apart(top)
            return constant, ex.Div(rest, bottom)
        case ex.Mul(factors):
            constants = [factor for factor in factors if is_constant(factor)]
            return ex.mul(*constants), ex.mul(*(factor for factor in factors if not is_constant(factor)))
        case _:
            return ex.ONE, expr


def summed_to_one(expr: Expr, names: Distributions, vectors: frozenset[str]) -> Expr:
    """Return an expression in which the sum of the components of what ``names`` stand for is 1: (1ᵀŷ) p − ŷ is p − ŷ.

    >>> summed_to_one(ex.Mul((ex.Total(Var("q", 0)), Var("p", 0))), frozenset({("q", None)}), frozenset("pq"))
    Var(name='p', lag=0)
    """
    if not names:
        return expr

    def changed(child: Expr) -> Expr:
        return summed_to_one(child, names, vectors)

    match expr:
        case ex.Total(Var(name)) if (name, None) in names:
            return ex.ONE
        case ex.Summed(Var(name), axis) if (name, axis) in names:
            return ex.ONE
        case ex.Summed(ex.Neg(body), axis, kept):
            return ex.mul(ex.Neg(ex.ONE), changed(ex.Summed(body, axis, kept)))
        case ex.Summed(ex.Mul(factors), axis, kept) if (
            len(sized := [each for each in factors if not is_constant(each)]) == 1  # an adjoint may be a matrix
        ):
            numbers = [each for each in factors if is_constant(each)]
            return ex.mul(*numbers, changed(ex.Summed(sized[0], axis, kept)))
        case ex.Summed(ex.Div(top, bottom), axis, kept) if is_constant(bottom):
            return ex.Div(changed(ex.Summed(top, axis, kept)), bottom)
        case ex.Total(ex.Neg(body)):
            return ex.mul(ex.Neg(ex.ONE), changed(ex.Total(body)))
        case ex.Total(ex.Div(top, bottom)) if not is_vector(bottom, vectors):
            return ex.Div(changed(ex.Total(top)), changed(bottom))
        case ex.Total(ex.Mul(factors)) if len(sized := [each for each in factors if is_vector(each, vectors)]) == 1:
            numbers = [changed(each) for each in factors if each is not sized[0]]
            return ex.mul(*numbers, changed(ex.Total(sized[0])))
        case ex.Neg(body):
            return ex.mul(ex.Neg(ex.ONE), changed(body))
        case ex.Mul(factors):
            return ex.mul(*map(changed, factors))
        case ex.Add(terms):
            return ex.add(*map(changed, terms))
        case _:
            return ex.rebuild(expr, changed)


def is_number(expr: Expr) -> bool:
    """Whether an expression is a number, or one with a minus sign."""
    return isinstance(expr, ex.Const) or (isinstance(expr, ex.Neg) and isinstance(expr.body, ex.Const))


def tidied(expr: Expr, vectors: frozenset[str] = frozenset()) -> Expr:
    """Return an expression in order, its symbols as they come; what holds one of ``vectors`` remains one, unless it is 0."""
    from derive.equations.algebra import tidy  # noqa: PLC0415 - SymPy is loaded where it is used

    found = tidy(expr)
    return found if found == ex.ZERO else _as_vector(found, expr, vectors)
