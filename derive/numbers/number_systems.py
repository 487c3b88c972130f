"""Numeric: expressions as compiled Python functions over a number system.

The same expression runs on floats, complex numbers, NumPy arrays, and Arb's real and complex balls (python-flint), whose
radius bounds every rounding error: a digit printed from a ball is right. Only validated expressions are compiled, and their
names are looked up in dictionaries, so no text of a user ever becomes code.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from typing import Any, TypeAlias

from derive.equations import Expr
from derive.equations import expression as ex
from derive.errors import ValuesError
from derive.graph import Node
from derive.numbers.digits import UndecidedError
from derive.numbers.values import Exact

Number: TypeAlias = Any
"""A value in some number system: a scalar, or an array of them."""
Compiled: TypeAlias = Callable[[Mapping[str, Any], int], Number]
"""Takes the storage (name → value, or name → step → value) and t."""


@dataclass(frozen=True)
class System:
    """A number system: how an exact number enters it, and what the functions are there."""

    name: str
    exact: Callable[[Fraction], Number]
    functions: Mapping[str, Callable[..., Number]]
    plain: Mapping[str, Callable[..., Number]] = field(default_factory=dict)
    """The elementwise functions for scalars only, which do not look at what they are given."""

    def constant(self, value: Exact) -> Number:
        """An exact value in this system; lists become arrays."""
        if not isinstance(value, tuple):
            return self.exact(value)
        import numpy as np  # noqa: PLC0415 - scalar networks never pay for NumPy

        dtype = {"float": float, "complex": complex}.get(self.name, object)
        nested = _mapped(value, self.exact)
        return np.array(nested, dtype=dtype)


def _mapped(value: Exact, change: Callable[[Fraction], Number]) -> Number:
    return [_mapped(entry, change) for entry in value] if isinstance(value, tuple) else change(value)


def source(expr: Expr) -> str:
    """An expression as Python source over ``v`` (storage), ``t``, ``f`` (functions) and ``c`` (constants)."""
    match expr:
        case ex.Const(value):
            return f"c({value.numerator}, {value.denominator})"
        case ex.Var(name, None):
            return f"v[{name!r}]"
        case ex.Var(name, lag):
            return f"v[{name!r}][t{-lag:+d}]" if lag else f"v[{name!r}][t]"
        case ex.Neg(body):
            return f"(-{source(body)})"
        case ex.Add(terms):
            return "(" + " + ".join(map(source, terms)) + ")"
        case ex.Mul(factors):
            return "(" + " * ".join(map(source, factors)) + ")"
        case ex.Div(top, bottom):
            return f"({source(top)} / {source(bottom)})"
        case ex.Pow(base, exponent) if exponent.denominator == 1:
            return f"f['power']({source(base)}, {exponent.numerator})"
        case ex.Pow(base, exponent):  # (√x)ⁿ, and where roots are taken of roots (√√x)ⁿ
            return source(ex.Pow(ex.Call("sqrt", base), exponent * 2))
        case ex.Call(function, argument):
            return f"f[{function!r}]({source(argument)})"
        case ex.MatMul(left, right) | ex.Dot(left, right):
            return f"({source(left)} @ {source(right)})"
        case ex.Outer(left, right):
            return f"f['outer']({source(left)}, {source(right)})"
        case ex.Transpose(body):
            return f"{source(body)}.T"
        case ex.Total(body):
            return f"f['sum']({source(body)})"


@cache
def _code(expr: Expr) -> Any:
    return compile(f"lambda v, t: {source(expr)}", "<equation>", "eval")


def compiled(expr: Expr, system: System) -> Compiled:
    """Return an expression as a function of the storage and t."""
    constant = cache(lambda top, bottom: system.exact(Fraction(top, bottom)))
    function: Compiled = eval(  # noqa: S307 - the source comes from `source`, never from a user
        _code(expr), {"__builtins__": {}, "f": system.functions, "c": constant}
    )
    return function


def defined(text: str, name: str, scope: dict[str, Any]) -> Callable[..., Any]:
    """Return the function of that name which a text of our own making defines; it sees ``scope`` and no builtins."""
    scope["__builtins__"] = {}
    exec(compile(text, f"<{name}>", "exec"), scope)  # noqa: S102 - made from validated expressions, never from a user's text
    function: Callable[..., Any] = scope[name]
    return function


def value_of(rule: Compiled, storage: Mapping[str, Any], where: str, node: Node) -> Number:
    """Evaluate a rule, turning what a number system says of a pole or overflow into one message that names the node."""
    try:
        return rule(storage, node.step or 0)
    except (ZeroDivisionError, OverflowError, ValueError) as error:
        raise ValuesError(f"{where}{node.name} at step {node.step} has no value with these numbers ({error})") from None


def _power(base: Number, exponent: int) -> Number:
    """A whole power by multiplication: Arb's own has no value for a ball around 0."""
    if exponent <= 0:
        return 1 / _power(base, -exponent) if exponent else base * 0 + 1
    half = _power(base, exponent // 2) if exponent > 1 else None
    squared = base if half is None else half * half
    return squared * base if half is not None and exponent % 2 else squared


def _array_functions(
    scalar: Mapping[str, Callable[..., Number]], middle: Callable[[Number], float]
) -> dict[str, Callable[..., Number]]:
    """Functions that take a scalar or a NumPy array of them; ``middle`` is what numbers are ordered by."""

    def on(function: Callable[[Number], Number]) -> Callable[[Number], Number]:
        def apply(value: Number) -> Number:
            if not hasattr(value, "shape"):
                return function(value)
            import numpy as np  # noqa: PLC0415

            return np.array([function(entry) for entry in value], dtype=value.dtype)

        return apply

    def powers(vector: Number) -> tuple[Number, Number]:
        """A number near the greatest component, and the exponentials of what the components are above it."""
        top = max(vector.tolist(), key=middle)
        return top, lifted["exp"](vector - top)

    def softmax(vector: Number) -> Number:
        _, above = powers(vector)
        return above / above.sum()

    def logsumexp(vector: Number) -> Number:
        top, above = powers(vector)
        return top + scalar["log"](above.sum())

    lifted = {name: on(function) for name, function in scalar.items()}
    return lifted | {
        "ones": lambda value: value * 0 + 1,
        "power": _power,
        "sum": lambda vector: vector.sum(),
        "outer": lambda left, right: left[:, None] * right[None, :],
        "softmax": softmax,
        "logsumexp": logsumexp,
    }


def _float_system() -> System:
    def sigmoid(z: float) -> float:
        return 1 / (1 + math.exp(-z)) if z >= 0 else math.exp(z) / (1 + math.exp(z))

    functions = {
        "tanh": math.tanh,
        "sigmoid": sigmoid,
        "relu": lambda z: z if z > 0 else 0.0,
        "softplus": lambda z: max(z, 0.0) + math.log1p(math.exp(-abs(z))),
        "step": lambda z: 1.0 if z > 0 else 0.0,
        "exp": math.exp,
        "log": math.log,
        "sin": math.sin,
        "cos": math.cos,
        "sqrt": math.sqrt,
    }
    return System(
        "float", lambda value: value.numerator / value.denominator, _array_functions(functions, float), functions
    )


def _real(z: complex) -> float:
    return z.real


def _complex_system() -> System:
    functions = {
        "tanh": cmath.tanh,
        "sigmoid": lambda z: 1 / (1 + cmath.exp(-z)),
        "relu": lambda z: z if z.real > 0 else 0 * z,
        "softplus": lambda z: cmath.log(1 + cmath.exp(z)),
        "step": lambda z: 1.0 if z.real > 0 else 0.0,
        "exp": cmath.exp,
        "log": cmath.log,
        "sin": cmath.sin,
        "cos": cmath.cos,
        "sqrt": cmath.sqrt,
    }
    return System(
        "complex",
        lambda value: complex(value.numerator / value.denominator),
        _array_functions(functions, _real),
        functions,
    )


FLOAT = _float_system()
COMPLEX = _complex_system()


@cache
def balls(kind: str = "real") -> System:
    """Arb's balls: ``real`` or ``complex``. The precision is that of flint's context when they are used."""
    from flint import acb, arb, fmpq  # noqa: PLC0415 - loaded only when numbers are asked for

    ball = arb if kind == "real" else acb

    def real(z: Number) -> Number:
        return z if kind == "real" else z.real

    def positive(z: Number) -> bool:
        if real(z) > 0:
            return True
        if real(z) <= 0:
            return False
        raise UndecidedError("an argument of relu is too close to 0 to tell its sign; change the values a little")

    def sigmoid(z: Number) -> Number:
        if real(z) > 0:
            return 1 / (1 + (-z).exp())
        power = z.exp()  # e^(−z) may be too large for a ball
        return power / (1 + power)

    functions = {
        "tanh": lambda z: z.tanh(),
        "sigmoid": sigmoid,
        "relu": lambda z: z if positive(z) else ball(0),
        "softplus": lambda z: z + (-z).exp().log1p() if real(z) > 0 else z.exp().log1p(),
        "step": lambda z: ball(1 if positive(z) else 0),
        "exp": lambda z: z.exp(),
        "log": lambda z: z.log(),
        "sin": lambda z: z.sin(),
        "cos": lambda z: z.cos(),
        "sqrt": lambda z: z.sqrt(),
    }
    name = "ball" if kind == "real" else "complex ball"
    return System(
        name,
        lambda value: ball(arb(fmpq(value.numerator, value.denominator))),
        _array_functions(functions, lambda z: float(real(z).mid())),
        functions,
    )


@cache
def arrays() -> System:
    """Floats in NumPy arrays, a whole vector at a time: for networks with many units."""
    import numpy as np  # noqa: PLC0415

    def sigmoid(z: Number) -> Number:
        power = np.exp(-np.abs(z))
        return np.where(z >= 0, 1, power) / (1 + power)

    def softmax(vector: Number) -> Number:
        powers = np.exp(vector - vector.max())
        return powers / powers.sum()

    functions: dict[str, Callable[..., Number]] = {
        **FLOAT.functions,
        "tanh": np.tanh,
        "sigmoid": sigmoid,
        "relu": lambda z: np.maximum(z, 0.0),
        "softplus": lambda z: np.logaddexp(z, 0.0),
        "step": lambda z: np.where(z > 0, 1.0, 0.0),
        "exp": np.exp,
        "log": np.log,
        "sin": np.sin,
        "cos": np.cos,
        "sqrt": np.sqrt,
        "outer": np.outer,
        "softmax": softmax,
        "logsumexp": lambda vector: vector.max() + np.log(np.exp(vector - vector.max()).sum()),
    }
    return System("float", FLOAT.exact, functions)
