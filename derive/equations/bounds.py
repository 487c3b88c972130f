"""Bounds: how large an expression may become, so that nothing later runs out of stack, memory or time.

The nesting is bounded, and the size of every number and power that can come out of it: ``10**10**10`` is refused, not computed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from types import MappingProxyType

from derive.equations import expression as ex
from derive.equations import slips
from derive.equations.expression import Expr
from derive.equations.functions import FUNCTIONS
from derive.equations.written import short
from derive.errors import EquationError

DEEPEST = 30
"""Brackets, functions and quotients may stand inside one another this often: a page cannot show much more."""
LARGEST = 5_000
"""Numbers may have this many bits, and powers multiply to this degree."""
LARGEST_POWER = 100
POWERS = f"has to be a whole or half number up to {LARGEST_POWER}"
TOO_DEEP = "it nests too deeply; split it into several equations"
NO_SIZES: Mapping[ex.Var, int] = MappingProxyType({})


def bounded(expr: Expr) -> Expr:
    """Return an expression that is small enough to work with.

    Raises `EquationError` where it nests too deeply, where a number or a power becomes too large, where it divides by
    zero, and where it is raised to a power or put into a function that we do not know.

    >>> from derive.equations.parse import parse
    >>> bounded(ex.Div(ex.Var("w"), ex.Pow(ex.Var("w"), Fraction(2)))) == parse("w/w**2")
    True
    """
    try:
        measure(expr, 0)
    except RecursionError:
        raise EquationError(TOO_DEEP) from None
    return expr


def measure(expr: Expr, depth: int, sizes: Mapping[ex.Var, int] = NO_SIZES) -> tuple[int, Fraction | None]:
    """Return a bound of how large an expression can become, and its value if it is plain arithmetic.

    The bound counts the bits of numbers and the degree of powers; ``sizes`` are those of names that stand for something
    longer. Raises `EquationError` where it is too large, where the expression nests too deeply, and where it divides by zero.
    """
    if depth > DEEPEST:
        raise EquationError(TOO_DEEP)
    if isinstance(expr, ex.Call) and expr.function not in FUNCTIONS:
        raise EquationError(slips.no_function(expr.function, "…"))
    deeper = max(map(_depth, _parts(expr.definition))) if isinstance(expr, ex.Defined) else 1
    inner = [measure(child, depth + deeper, sizes) for child in ex.children(expr)]
    size = 1 + sum(inside for inside, _ in inner)
    match expr:
        case ex.Var():
            size = sizes.get(expr, 1)
        case ex.Defined(definition=definition):
            own, *each = _coefficients(definition)
            size = 1 + own + sum(times * inside for times, (inside, _) in zip(each, inner, strict=True))
        case ex.Const(value):
            size = value.numerator.bit_length() + value.denominator.bit_length()
        case ex.Pow(exponent=exponent):
            if abs(exponent) > LARGEST_POWER or exponent.denominator not in {1, 2}:
                raise EquationError(f"the exponent {short(str(exponent))} {POWERS}")
            size *= 1 + math.ceil(abs(exponent))
    if size > LARGEST:
        raise EquationError("its numbers or powers become too large; choose smaller ones or split it")
    return size, _arithmetic(expr, [value for _, value in inner])


@cache
def _coefficients(definition: ex.Definition) -> tuple[int, ...]:
    """The size of a function that is made of others, linear in those of its arguments: without them, and times each."""

    def size(larger: ex.Var | None) -> int:
        sizes = {var: int(var == larger) for var in definition.of}
        return sum(measure(part, 0, sizes)[0] for part in _parts(definition))

    without = size(None)
    return without, *(size(var) - without for var in definition.of)


def _parts(definition: ex.Definition) -> tuple[Expr, ...]:
    return definition.value, *(definition.slopes or ())


def _depth(expr: Expr) -> int:
    own = max(map(_depth, _parts(expr.definition))) if isinstance(expr, ex.Defined) else 1
    return own + max(map(_depth, ex.children(expr)), default=0)


def _arithmetic(expr: Expr, values: list[Fraction | None]) -> Fraction | None:
    """The value of an expression over numbers, given those of its parts; None for anything else."""
    match expr, values:
        case (ex.Div(), [_, bottom]) if bottom == 0:
            raise EquationError("it divides by zero")
        case (ex.Pow(exponent=exponent), [base]) if exponent < 0 and base == 0:
            raise EquationError("it divides by zero")
        case ex.Const(value), _:
            return value
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return None
    match expr:
        case ex.Neg():
            return -known[0]
        case ex.Add():
            return sum(known, Fraction(0))
        case ex.Mul():
            return Fraction(math.prod(known))
        case ex.Div():
            return known[0] / known[1]
        case ex.Pow(exponent=exponent) if exponent.denominator == 1:
            return Fraction(known[0] ** exponent.numerator)
        case _:
            return None
