"""The functions an equation may use, a row each: on what it acts, its slope, its sign in print, SymPy's name, its numbers.

A slope is written through the function's own value where that is how books write it: tanh' = 1 − tanh², σ' = σ(1 − σ).
``relu`` has no derivative at 0; the convention is relu'(0) = 0, as in PyTorch and TensorFlow. SymPy's functions, and those
made here that it lacks, know their derivatives as well: that is a second, independent source, which `derive.checks` compares
with ours.

How a function is computed is written once, over the elementary functions that a number system has (`Elementary`). Floats and
whole arrays have a form of their own where the general one would be slower or would overflow.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from operator import attrgetter
from typing import Any, Literal, TypeAlias

import sympy
from sympy.core.function import FunctionClass

from derive.equations import expression as ex
from derive.equations.expression import Expr

Slope: TypeAlias = Callable[[Expr, Expr], Expr]
"""The derivative from the argument z and the value f(z): a factor; of a scalar by the components of a vector, a vector."""


@dataclass(frozen=True)
class Elementary:
    """What a number system lends to the functions: ``exp``, ``log1p`` and so on, as Python's `math` calls them, and these.

    ``named`` finds an elementary function (for functions of a vector, one that takes arrays), ``number`` takes an integer into
    the system. ``real`` is the part that has an order, ``positive`` whether it is greater than 0, an error where too few
    digits are known to tell. ``greatest`` is a number near the greatest component of a vector, so that exponentials of what
    components are above it are small.
    """

    named: Callable[[str], Callable[..., Any]]
    number: Callable[[int], Any]
    real: Callable[[Any], Any]
    positive: Callable[[Any], bool]
    greatest: Callable[[Any], Any]

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """The elementary function of that name, looked up once."""
        found = vars(self)[name] = self.named(name)
        return found


Numeric: TypeAlias = Callable[[Any], Any]
"""A function on numbers: of one, or of an array of them."""
Form: TypeAlias = Callable[[Elementary], Numeric]
"""The function on numbers of a system, from the elementary functions there."""


@dataclass(frozen=True, slots=True)
class Function:
    """A function of one argument: elementwise; or of a whole vector, to a vector (softmax) or a scalar (logsumexp, sum).

    ``slope`` is there for all but those from vector to vector, ``sympy`` for the elementwise ones. ``form`` computes it in any
    number system, elementwise ones on a single number; ``floats`` and ``arrays``, of floats, take its place there.
    """

    name: str
    acts: Literal["elementwise", "vector to vector", "vector to scalar"]
    slope: Slope | None
    sign: str
    sympy: Callable[[Any], Any] | None
    form: Form
    floats: Numeric | None = None
    arrays: Form | None = None


def _elementwise(
    name: str,
    *,
    slope: Slope,
    sympy: Callable[[Any], Any],
    sign: str | None = None,
    form: Form | None = None,
    floats: Numeric | None = None,
    arrays: Form | None = None,
) -> Function:
    """An elementwise function; its sign is its name, and every number system has it, unless said otherwise."""
    return Function(name, "elementwise", slope, sign or name, sympy, form or attrgetter(name), floats, arrays)


def _lacking(name: str, *, slope: Callable[[Any, Any], Any], value: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A function that SymPy lacks: its derivative, from z and f(z), and its value, in SymPy's own terms."""
    known = {
        "__module__": __name__,
        "nargs": 1,
        "fdiff": lambda self, _index=1: slope(self.args[0], self),
        "_eval_evalf": lambda self, bits: value(self.args[0])._eval_evalf(bits),  # noqa: SLF001 - how SymPy evaluates
    }
    made: Callable[[Any], Any] = FunctionClass(name, (sympy.Function,), known)
    return made


_sigmoid = _lacking("sigmoid", slope=lambda _, value: value * (1 - value), value=lambda z: 1 / (1 + sympy.exp(-z)))
_step = _lacking("step", slope=lambda _z, _value: sympy.Integer(0), value=lambda z: sympy.Heaviside(z, 0))
_relu = _lacking("relu", slope=lambda z, _: _step(z), value=lambda z: sympy.Max(z, 0))
_softplus = _lacking("softplus", slope=lambda z, _: _sigmoid(z), value=lambda z: sympy.log(1 + sympy.exp(z)))


def _one_minus(expr: Expr) -> Expr:
    return ex.Add((ex.ONE, ex.Neg(expr)))


def _sigmoid_form(of: Elementary) -> Numeric:
    """1/(1 + e^(−z)), or eᶻ/(1 + eᶻ) where e^(−z) may be too large for a ball."""

    def value(z: Any) -> Any:
        if of.real(z) > 0:
            return 1 / (1 + of.exp(-z))
        power = of.exp(z)
        return power / (1 + power)

    return value


def _sigmoid_floats(z: float) -> float:
    return 1 / (1 + math.exp(-z)) if z >= 0 else math.exp(z) / (1 + math.exp(z))


def _sigmoid_arrays(of: Elementary) -> Numeric:
    def value(z: Any) -> Any:
        power = of.exp(-of.abs(z))
        return of.where(z >= 0, 1, power) / (1 + power)

    return value


def _softmax_form(of: Elementary) -> Numeric:
    def value(vector: Any) -> Any:
        powers = of.exp(vector - of.greatest(vector))
        return powers / powers.sum()

    return value


def _logsumexp_form(of: Elementary) -> Numeric:
    def value(vector: Any) -> Any:
        top = of.greatest(vector)
        return top + of.log(of.exp(vector - top).sum())

    return value


FUNCTIONS: dict[str, Function] = {
    row.name: row
    for row in (
        _elementwise("tanh", slope=lambda _, value: _one_minus(ex.Pow(value, Fraction(2))), sympy=sympy.tanh),
        _elementwise(
            "sigmoid",
            slope=lambda _, value: ex.mul(value, _one_minus(value)),
            sympy=_sigmoid,
            sign="σ",
            form=_sigmoid_form,
            floats=_sigmoid_floats,
            arrays=_sigmoid_arrays,
        ),
        _elementwise(
            "relu",
            slope=lambda z, _: ex.Call("step", z),
            sympy=_relu,
            sign="ReLU",
            form=lambda of: lambda z: z if of.positive(z) else of.number(0),
            floats=lambda z: z if z > 0 else 0.0,
            arrays=lambda of: lambda z: of.maximum(z, 0.0),
        ),
        _elementwise(
            "softplus",
            slope=lambda z, _: ex.Call("sigmoid", z),
            sympy=_softplus,
            form=lambda of: lambda z: z + of.log1p(of.exp(-z)) if of.real(z) > 0 else of.log1p(of.exp(z)),
            floats=lambda z: max(z, 0.0) + math.log1p(math.exp(-abs(z))),
            arrays=lambda of: lambda z: of.logaddexp(z, 0.0),
        ),
        _elementwise("exp", slope=lambda _, value: value, sympy=sympy.exp),
        _elementwise("log", slope=lambda z, _: ex.Div(ex.ONE, z), sympy=sympy.log),
        _elementwise("sin", slope=lambda z, _: ex.Call("cos", z), sympy=sympy.sin),
        _elementwise("cos", slope=lambda z, _: ex.Neg(ex.Call("sin", z)), sympy=sympy.cos),
        _elementwise(
            "sqrt", slope=lambda _, value: ex.Div(ex.ONE, ex.mul(ex.Const(Fraction(2)), value)), sympy=sympy.sqrt
        ),
        _elementwise(
            "step",
            slope=lambda _z, _value: ex.ZERO,
            sympy=_step,
            form=lambda of: lambda z: of.number(1 if of.positive(z) else 0),
            floats=lambda z: 1.0 if z > 0 else 0.0,
            arrays=lambda of: lambda z: of.where(z > 0, 1.0, 0.0),
        ),
        _elementwise("identity", slope=lambda _z, _value: ex.ONE, sympy=lambda z: z, form=lambda _: lambda z: z),
        _elementwise(
            "ones",
            slope=lambda _z, _value: ex.ZERO,
            sympy=lambda _: sympy.Integer(1),
            form=lambda _: lambda z: z * 0 + 1,
        ),
        Function("softmax", "vector to vector", None, "softmax", None, _softmax_form),
        Function(
            "logsumexp", "vector to scalar", lambda z, _: ex.Call("softmax", z), "logsumexp", None, _logsumexp_form
        ),
        Function(
            "sum",
            "vector to scalar",
            lambda z, _: ex.Call("ones", z),
            "sum",
            None,
            lambda _: lambda vector: vector.sum(),
        ),
    )
}
"""Every function by its name in an equation."""
