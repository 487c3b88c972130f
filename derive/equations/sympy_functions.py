"""SymPy's functions: the elementwise functions of `derive.equations.functions` as SymPy has them, and those that it lacks.

They know their derivatives as well: that is a source other than our rows, which `derive.checks` compares with them. All of
SymPy is loaded with this module, so it is imported where an expression goes to SymPy.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy
from sympy.core.function import FunctionClass


def unknown_to_sympy(name: str, *slopes: Callable[..., Any], value: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that SymPy lacks: its derivatives, from z and f(z), and its value, in SymPy's own terms."""
    known = {
        "__module__": __name__,
        "nargs": len(slopes),
        "fdiff": lambda self, place=1: slopes[place - 1](*self.args, self),
        "made_of": staticmethod(value),
        "_eval_evalf": lambda self, bits: value(*self.args)._eval_evalf(bits),  # noqa: SLF001 - how SymPy evaluates
    }
    made: Callable[..., Any] = FunctionClass(name, (sympy.Function,), known)
    return made


def _flat(*_: Any) -> Any:
    return sympy.Integer(0)


_sigmoid = unknown_to_sympy("sigmoid", lambda _, value: value * (1 - value), value=lambda z: 1 / (1 + sympy.exp(-z)))
_step = unknown_to_sympy("step", _flat, value=lambda z: sympy.Heaviside(z, 0))
_relu = unknown_to_sympy("relu", lambda z, _: _step(z), value=lambda z: sympy.Max(z, 0))
_softplus = unknown_to_sympy("softplus", lambda z, _: _sigmoid(z), value=lambda z: sympy.log(1 + sympy.exp(z)))
_sign = unknown_to_sympy("sign", _flat, value=sympy.sign)
_abs = unknown_to_sympy("abs", lambda z, _: _sign(z), value=sympy.Abs)
_half = sympy.Rational(1, 2)
_maximum = unknown_to_sympy(
    "maximum", lambda a, b, _: _half + _sign(a - b) / 2, lambda a, b, _: _half - _sign(a - b) / 2, value=sympy.Max
)
_minimum = unknown_to_sympy(
    "minimum", lambda a, b, _: _half - _sign(a - b) / 2, lambda a, b, _: _half + _sign(a - b) / 2, value=sympy.Min
)
_within = unknown_to_sympy(
    "within",
    *[_flat] * 3,
    value=lambda z, low, high: 1 - sympy.Heaviside(low - z, 0) - sympy.Heaviside(z - high, 0),
)
_clip = unknown_to_sympy(
    "clip",
    lambda z, low, high, _: _within(z, low, high),
    lambda z, low, _high, _: _step(low - z),
    lambda z, _low, high, _: _step(z - high),
    value=lambda z, low, high: sympy.Min(sympy.Max(z, low), high),
)
_hard_tanh = unknown_to_sympy(
    "hard_tanh", lambda z, _: _step(1 - _abs(z)), value=lambda z: sympy.Min(sympy.Max(z, -1), 1)
)
_hard_sigmoid = unknown_to_sympy(
    "hard_sigmoid", lambda z, _: _step(3 - _abs(z)) / 6, value=lambda z: sympy.Min(sympy.Max(z / 6 + _half, 0), 1)
)

IN_SYMPY: dict[str, Callable[..., Any]] = {
    "tanh": sympy.tanh,
    "sigmoid": _sigmoid,
    "relu": _relu,
    "softplus": _softplus,
    "exp": sympy.exp,
    "log": sympy.log,
    "sin": sympy.sin,
    "cos": sympy.cos,
    "sqrt": sympy.sqrt,
    "erf": sympy.erf,
    "abs": _abs,
    "sign": _sign,
    "maximum": _maximum,
    "minimum": _minimum,
    "clip": _clip,
    "within": _within,
    "hard_tanh": _hard_tanh,
    "hard_sigmoid": _hard_sigmoid,
    "pi": lambda _: sympy.pi,
    "step": _step,
    "identity": lambda z: z,
    "ones": lambda _: sympy.Integer(1),
}
"""Each elementwise function of `derive.equations.functions` by its name, as SymPy has it."""
