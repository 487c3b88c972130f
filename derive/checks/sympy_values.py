"""SymPy values: the value of a SymPy expression in a number system, part by part and without recursion."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import sympy

from derive.equations import ONE
from derive.numbers import Number, System


def sympy_value(expression: sympy.Expr, symbols: Mapping[sympy.Expr, Number], system: System) -> Number:
    """Return the value of an expression, given those of its symbols."""
    found: dict[sympy.Expr, Number] = dict(symbols)
    for part in sympy.postorder_traversal(expression):
        if part not in found:
            found[part] = _applied(part, [found[argument] for argument in part.args], system)
    return found[expression]


def _applied(part: sympy.Expr, values: list[Any], system: System) -> Any:
    """The value of a SymPy expression, given those of its arguments."""
    if part.is_Rational:
        return system.exact(Fraction(int(part.p), int(part.q)))
    if part.is_Add:
        return sum(values[1:], values[0])
    if part.is_Mul:
        return math.prod(values[1:], start=values[0])
    if part.is_Pow:
        # Arb's own power has no value for a ball around 0, not even the square.
        if part.exp.is_Rational and part.exp.q in {1, 2}:
            base = values[0] if part.exp.q == 1 else system.functions["sqrt"](values[0])
            return system.functions["power"](base, int(part.exp.p))
        return values[0] ** values[1]
    if part is sympy.E:
        return system.functions["exp"](system.exact(ONE.value))
    if part is sympy.pi:
        return system.functions["pi"](system.exact(ONE.value))
    if type(part).__name__ not in system.functions and hasattr(part, "made_of"):
        stand_ins = sympy.symbols(f"_:{len(values)}", real=True)
        return sympy_value(part.made_of(*stand_ins), dict(zip(stand_ins, values, strict=True)), system)
    extra: Mapping[str, Callable[[Number], Number]] = {"Abs": abs}
    return {**system.functions, **extra}[type(part).__name__](*values)
