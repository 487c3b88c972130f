"""Mutants: what a local partial becomes by one slip of the pen.

A local partial is applied to the adjoint λ of its equation; as an expression that is a product, sometimes a sum of products.
Each slip changes one place of it: a factor is lost, a sign, a power, a transposition; an index is off by one; a slope is taken
at the value of its function instead of the argument; another name of the same shape stands in a name's place. Nothing here
knows a network: the slips are those that the expression has room for.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from derive.equations import Expr, Var
from derive.equations import expression as ex

LAMBDA = Var("λ")
"""The adjoint that a local partial is applied to."""
TWO, HALF = ex.Const(Fraction(2)), ex.Const(Fraction(1, 2))


@dataclass(frozen=True, slots=True)
class Slip:
    """One slip: its kind, what the expression has become (None: nothing is left), and what was taken for what.

    ``wrapped``: what is looked at before the first step is the last one, as negative indices are in Python.
    ``padded``: what is looked at before the first step, or after the last one, is a row of zeros.
    ``beyond``: what has lost the adjoint stands there also where no adjoint comes, as after the last step.
    """

    kind: str
    after: Expr | None
    was: Expr | None = None
    now: Expr | None = None
    wrapped: bool = False
    padded: bool = False
    beyond: bool = False


@dataclass(frozen=True)
class Names:
    """What a slip has to know of names: what function of what each variable is, and which names have the same shape."""

    rules: Mapping[str, Expr]
    alike: Mapping[str, tuple[str, ...]]


def slips(expr: Expr, head: str, names: Names) -> Iterator[Slip]:
    """Yield every slip that an expression in λ, the adjoint of ``head``, has room for, each once.

    >>> [slip.kind for slip in slips(LAMBDA, "y", Names({}, {}))]
    ['lost', 'doubled', 'halved', 'sign', 'value_for_adjoint']
    """
    yield Slip("lost", None)
    yield Slip("doubled", ex.mul(TWO, expr))
    yield Slip("halved", ex.mul(HALF, expr))
    yield Slip("sign", ex.mul(ex.Neg(ex.ONE), expr))
    seen = {expr}
    for slip in itertools.chain(_inside(expr, lambda changed: changed, names), _by_the_head(expr, head, names)):
        if slip.after is not None and slip.after not in seen and slip.after not in {ex.ZERO, ex.ONE}:
            seen.add(slip.after)
            yield slip
            if isinstance(slip.now, Var) and slip.now.lag:
                yield replace(slip, wrapped=True)
                if slip.kind == "index":
                    yield replace(slip, padded=True)
    yield from _last_for_initial(expr, names)


def _last_for_initial(expr: Expr, names: Names) -> Iterator[Slip]:
    """The state of the last step in the place of the initial one, which an index −1 finds in an array of T rows."""
    for var in dict.fromkeys(ex.variables(expr)):
        if var.name in names.rules and var.lag == 1:
            last = Var(var.name, None, ex.LAST_STEP)
            yield Slip("initial", ex.substitute(expr, {var: last}), var, last)


def _by_the_head(expr: Expr, head: str, names: Names) -> Iterator[Slip]:
    """The value of the equation in the place of its adjoint, or of the slope of its function; or that function again."""
    value = Var(head, 0)
    made_of_it = (
        Var(name, 0) for name, rule in names.rules.items() if isinstance(rule, ex.Call) and rule.argument == value
    )
    for other in (value, *made_of_it):
        yield Slip("value_for_adjoint", ex.substitute(expr, {LAMBDA: other}), LAMBDA, other)
    rule = names.rules.get(head)
    if isinstance(rule, ex.Call) and not rule.more and isinstance(rule.argument, Var):
        slope = ex.mul(*(factor for factor in expr.factors if factor != LAMBDA)) if isinstance(expr, ex.Mul) else expr
        for now in (value, ex.Call(rule.function, value)):
            yield Slip("value_for_slope", ex.mul(LAMBDA, now), slope, now)


Context = Callable[[Expr], Expr]
"""Puts an expression into the place where another stood."""


def _inside(expr: Expr, context: Context, names: Names) -> Iterator[Slip]:
    """The slips at an expression, and at all that it is made of."""
    for slip in _here(expr, names):
        yield replace(slip, after=None if slip.after is None else context(slip.after))
    for place, child in enumerate(ex.children(expr)):
        yield from _inside(child, lambda changed, at=place: context(_with(expr, at, changed)), names)  # type: ignore[misc]


def _with(expr: Expr, place: int, child: Expr) -> Expr:
    """An expression with another in the place of one of its children."""
    places = iter(range(len(ex.children(expr))))
    return ex.rebuild(expr, lambda old: child if next(places) == place else old)


def _here(expr: Expr, names: Names) -> Iterator[Slip]:
    """The slips at the outermost operation."""
    match expr:
        case ex.Mul(factors):
            yield from _lost_factors(factors)
            yield from _other_order(factors)
        case ex.Add(terms):
            for place, term in enumerate(terms):
                rest = (*terms[:place], *terms[place + 1 :])
                yield Slip("part", ex.add(*rest), term)
                yield Slip("sign", ex.Add((*terms[:place], ex.mul(ex.Neg(ex.ONE), term), *terms[place + 1 :])), term)
        case ex.Neg(body):
            yield Slip("sign", body)
        case ex.Pow(base, exponent) if exponent > 0:
            yield Slip("power", base, expr, base)
        case ex.Div(top, bottom):
            yield Slip("factor", top, bottom)
            yield Slip("factor", ex.mul(top, bottom), bottom)
        case ex.Call(_, argument) if LAMBDA not in ex.variables(argument):
            yield Slip("function", argument, expr, argument)
        case ex.Const(value) if value not in (0, 1):
            yield Slip("factor", ex.ONE, expr)
        case ex.Var():
            yield from _other_names(expr, names)
        case ex.MatMul(ex.Transpose(matrix), right):
            yield Slip("transposed", ex.MatMul(matrix, right), ex.Transpose(matrix), matrix)
            yield from _order_of_product(ex.Transpose(matrix), right)
        case ex.MatMul(left, ex.Transpose(matrix)):
            yield Slip("transposed", ex.MatMul(left, matrix), ex.Transpose(matrix), matrix)
        case ex.MatMul(left, right):
            yield Slip("transposed", ex.MatMul(ex.transpose(left), right), left, ex.transpose(left))
            yield Slip("transposed", ex.MatMul(left, ex.transpose(right)), right, ex.transpose(right))
        case ex.Outer(left, right):
            yield Slip("turned", ex.Outer(right, left), expr, ex.Outer(right, left))
        case ex.Total(body):
            yield Slip("mean", ex.Div(expr, ex.Call("components", body)), expr)
        case _:
            pass


def _lost_factors(factors: tuple[Expr, ...]) -> Iterator[Slip]:
    """One factor lost or there twice; all others but one lost, or any two."""
    for place, factor in enumerate(factors):
        yield Slip("factor", ex.mul(*factors[:place], *factors[place + 1 :]), factor)
        if LAMBDA not in ex.variables(factor) or factor == LAMBDA:
            yield Slip("factor_twice", ex.mul(*factors[: place + 1], *factors[place:]), factor)
    for kept in (*([factor] for factor in factors), *map(list, itertools.combinations(factors, len(factors) - 2))):
        lost = tuple(factor for factor in factors if factor not in kept)
        if kept and len(lost) > 1:
            yield Slip("factors", ex.mul(*kept), ex.mul(*lost))


def _other_order(factors: tuple[Expr, ...]) -> Iterator[Slip]:
    """A factor before a matrix product, for one inside: r ⊙ (A λ) is A (r ⊙ λ)."""
    for place, factor in enumerate(factors):
        if isinstance(factor, ex.MatMul):
            others = (*factors[:place], *factors[place + 1 :])
            yield Slip("order", ex.MatMul(factor.left, ex.mul(*others, factor.right)))


def _order_of_product(left: Expr, right: Expr) -> Iterator[Slip]:
    """A factor inside a matrix product, for one before it."""
    if isinstance(right, ex.Mul):
        for place, factor in enumerate(right.factors):
            if LAMBDA not in ex.variables(factor):
                rest = ex.mul(*right.factors[:place], *right.factors[place + 1 :])
                yield Slip("order", ex.mul(factor, ex.MatMul(left, rest)))


def _other_names(var: Var, names: Names) -> Iterator[Slip]:
    """Another step, another name of that shape, or the argument of a function where its value has to stand."""
    if var == LAMBDA:
        return
    if var.lag is not None:
        for by in (1, -1):
            yield Slip("index", Var(var.name, var.lag + by), var, Var(var.name, var.lag + by))
        rule = names.rules.get(var.name)
        if isinstance(rule, ex.Call) and not rule.more:
            argument = ex.shift(rule.argument, -var.lag)
            yield Slip("at_argument", argument, var, argument)
            again = ex.Call(rule.function, var)
            yield Slip("at_value", again, var, again)
    for other in names.alike.get(var.name, ()):
        exchanged = Var(other, var.lag, var.at)
        yield Slip("exchanged", exchanged, var, exchanged)
