"""The functions an equation may use, each in one record: what SymPy knows of it, and on what it acts.

SymPy's own functions know their derivatives. Those it lacks are declared here, with their derivative written through the
function's own value where that is how books write it: σ' = σ(1 − σ). ``relu`` has no derivative at 0; the convention is
relu'(0) = 0, as in PyTorch and TensorFlow.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import sympy


class sigmoid(sympy.Function):  # noqa: N801 - SymPy names functions as they are written
    """σ(z) = 1 / (1 + e^(−z)); σ' = σ(1 − σ)."""

    nargs = 1

    def fdiff(self, argindex: int = 1) -> sympy.Expr:
        """The derivative, through the function's own value."""
        return self * (1 - self)

    def _eval_evalf(self, prec: int) -> sympy.Expr:
        return (1 / (1 + sympy.exp(-self.args[0])))._eval_evalf(prec)


class step(sympy.Function):  # noqa: N801
    """1 where z > 0, else 0: the derivative of relu, with relu'(0) = 0."""

    nargs = 1

    def fdiff(self, argindex: int = 1) -> sympy.Expr:
        """Flat on both sides."""
        return sympy.Integer(0)

    def _eval_evalf(self, prec: int) -> sympy.Expr:
        return sympy.Float(1 if self.args[0].evalf(prec) > 0 else 0)


class relu(sympy.Function):  # noqa: N801
    """max(z, 0); relu' = step."""

    nargs = 1

    def fdiff(self, argindex: int = 1) -> sympy.Expr:
        """The step function."""
        return step(self.args[0])

    def _eval_evalf(self, prec: int) -> sympy.Expr:
        value = self.args[0].evalf(prec)
        return value if value > 0 else sympy.Float(0)


class softplus(sympy.Function):  # noqa: N801
    """log(1 + e^z); softplus' = σ."""

    nargs = 1

    def fdiff(self, argindex: int = 1) -> sympy.Expr:
        """The sigmoid."""
        return sigmoid(self.args[0])

    def _eval_evalf(self, prec: int) -> sympy.Expr:
        return sympy.log(1 + sympy.exp(self.args[0]))._eval_evalf(prec)


@dataclass(frozen=True, slots=True)
class Function:
    """A function of one argument: elementwise; or of a whole vector, to a vector (softmax) or a scalar (logsumexp, sum)."""

    name: str
    acts: Literal["elementwise", "vector to vector", "vector to scalar"]
    sympy: Callable[[Any], Any] | None


FUNCTIONS: dict[str, Function] = {
    record.name: record
    for record in (
        Function("tanh", "elementwise", sympy.tanh),
        Function("sigmoid", "elementwise", sigmoid),
        Function("relu", "elementwise", relu),
        Function("softplus", "elementwise", softplus),
        Function("exp", "elementwise", sympy.exp),
        Function("log", "elementwise", sympy.log),
        Function("sin", "elementwise", sympy.sin),
        Function("cos", "elementwise", sympy.cos),
        Function("sqrt", "elementwise", sympy.sqrt),
        Function("step", "elementwise", step),
        Function("identity", "elementwise", lambda z: z),
        Function("ones", "elementwise", lambda _: sympy.Integer(1)),
        Function("softmax", "vector to vector", None),
        Function("logsumexp", "vector to scalar", None),
        Function("sum", "vector to scalar", None),
    )
}
"""Every function by its name in an equation."""
