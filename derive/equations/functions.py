"""The functions an equation may use, each in one record: on what it acts, its slope, and what SymPy calls it.

A slope is written through the function's own value where that is how books write it: tanh' = 1 − tanh², σ' = σ(1 − σ).
``relu`` has no derivative at 0; the convention is relu'(0) = 0, as in PyTorch and TensorFlow. SymPy's functions, and the
classes here for those it lacks, know their derivatives as well: that is a second, independent source, which
`derive.verify` compares with ours.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, TypeAlias

import sympy

from derive.equations import expression as ex
from derive.equations.expression import Expr


class sigmoid(sympy.Function):  # noqa: N801 - SymPy names functions as they are written
    """σ(z) = 1 / (1 + e^(−z)); σ' = σ(1 − σ)."""

    nargs = 1

    def fdiff(self, argindex: int = 1) -> sympy.Expr:  # noqa: ARG002 - SymPy's signature
        """The derivative, through the function's own value."""
        return self * (1 - self)

    def _eval_evalf(self, prec: int) -> sympy.Expr:
        return (1 / (1 + sympy.exp(-self.args[0])))._eval_evalf(prec)  # noqa: SLF001 - how SymPy evaluates


class step(sympy.Function):  # noqa: N801
    """1 where z > 0, else 0: the derivative of relu, with relu'(0) = 0."""

    nargs = 1

    def fdiff(self, argindex: int = 1) -> sympy.Expr:  # noqa: ARG002 - SymPy's signature
        """Flat on both sides."""
        return sympy.Integer(0)

    def _eval_evalf(self, prec: int) -> sympy.Expr:
        return sympy.Float(1 if self.args[0].evalf(prec) > 0 else 0)


class relu(sympy.Function):  # noqa: N801
    """max(z, 0); relu' = step."""

    nargs = 1

    def fdiff(self, argindex: int = 1) -> sympy.Expr:  # noqa: ARG002 - SymPy's signature
        """The step function."""
        return step(self.args[0])

    def _eval_evalf(self, prec: int) -> sympy.Expr:
        value = self.args[0].evalf(prec)
        return value if value > 0 else sympy.Float(0)


class softplus(sympy.Function):  # noqa: N801
    """log(1 + e^z); softplus' = σ."""

    nargs = 1

    def fdiff(self, argindex: int = 1) -> sympy.Expr:  # noqa: ARG002 - SymPy's signature
        """The sigmoid."""
        return sigmoid(self.args[0])

    def _eval_evalf(self, prec: int) -> sympy.Expr:
        return sympy.log(1 + sympy.exp(self.args[0]))._eval_evalf(prec)  # noqa: SLF001 - how SymPy evaluates


Slope: TypeAlias = Callable[[Expr, Expr], Expr]
"""The derivative of an elementwise function, from its argument z and its value f(z)."""


@dataclass(frozen=True, slots=True)
class Function:
    """A function of one argument: elementwise; or of a whole vector, to a vector (softmax) or a scalar (logsumexp, sum).

    ``slope`` is there for elementwise functions, ``sympy`` for those SymPy can hold.
    """

    name: str
    acts: Literal["elementwise", "vector to vector", "vector to scalar"]
    slope: Slope | None
    sympy: Callable[[Any], Any] | None


def _one_minus(expr: Expr) -> Expr:
    return ex.Add((ex.ONE, ex.Neg(expr)))


def _square(expr: Expr) -> Expr:
    return ex.Pow(expr, Fraction(2))


def _elementwise(name: str, slope: Slope, known: Callable[[Any], Any]) -> Function:
    return Function(name, "elementwise", slope, known)


FUNCTIONS: dict[str, Function] = {
    record.name: record
    for record in (
        _elementwise("tanh", lambda _, value: _one_minus(_square(value)), sympy.tanh),
        _elementwise("sigmoid", lambda _, value: ex.mul(value, _one_minus(value)), sigmoid),
        _elementwise("relu", lambda z, _: ex.Call("step", z), relu),
        _elementwise("softplus", lambda z, _: ex.Call("sigmoid", z), softplus),
        _elementwise("exp", lambda _, value: value, sympy.exp),
        _elementwise("log", lambda z, _: ex.Div(ex.ONE, z), sympy.log),
        _elementwise("sin", lambda z, _: ex.Call("cos", z), sympy.sin),
        _elementwise("cos", lambda z, _: ex.Neg(ex.Call("sin", z)), sympy.cos),
        _elementwise("sqrt", lambda _, value: ex.Div(ex.ONE, ex.mul(ex.Const(Fraction(2)), value)), sympy.sqrt),
        _elementwise("step", lambda _z, _value: ex.ZERO, step),
        _elementwise("identity", lambda _z, _value: ex.ONE, lambda z: z),
        _elementwise("ones", lambda _z, _value: ex.ZERO, lambda _: sympy.Integer(1)),
        Function("softmax", "vector to vector", None, None),
        Function("logsumexp", "vector to scalar", None, None),
        Function("sum", "vector to scalar", None, None),
    )
}
"""Every function by its name in an equation."""
