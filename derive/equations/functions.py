"""The functions an equation may use, a row each: on what it acts, its slope, its sign in print, SymPy's name, its numbers.

A slope is written through the function's own value where that is how books write it: tanh' = 1 − tanh², σ' = σ(1 − σ).
Where a function has a kink, its slope there is a convention, PyTorch's: relu'(0) = 0, |·|'(0) = 0, and at a tie each argument
of ``maximum`` has slope ½. SymPy's functions, and those made here that it lacks, know their derivatives as well: that is a
second, independent source, which `derive.checks` compares with ours.

How a function is computed is written once, over the elementary functions that a number system has (`Elementary`). Floats and
whole arrays have a form of their own where the general one would be slower or would overflow.

A function that is made of others is a row of text below (`Composite`): all that is known of it follows from these, but for a
slope that is given because it is shorter than what the rules of calculus would make.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from operator import attrgetter
from typing import Any, Literal, TypeAlias

from derive.equations import expression as ex
from derive.equations.expression import Expr

Slope: TypeAlias = Callable[..., Expr]
"""A derivative from the arguments and the value f(z): a factor; of a scalar by the components of a vector, a vector."""


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


def _named(name: str) -> Callable[..., Any]:
    return (lambda _: math.pi) if name == "pi" else getattr(math, name)


FLOATS = Elementary(_named, float, float, lambda z: z > 0, lambda vector: max(vector.tolist(), key=float))
"""What floats lend to the functions."""


Numeric: TypeAlias = Callable[..., Any]
"""A function on numbers, or on arrays of them."""
Form: TypeAlias = Callable[[Elementary], Numeric]
"""The function on numbers of a system, from the elementary functions there."""


@dataclass(frozen=True, slots=True)
class Function:
    """A function: elementwise; or of a whole vector, to a vector (softmax) or a scalar (logsumexp, sum).

    ``slopes`` are its derivatives by each argument, none for those from vector to vector. ``form`` computes it in any number
    system, elementwise ones on single numbers; ``floats`` and ``arrays``, of floats, take its place there.
    """

    name: str
    acts: Literal["elementwise", "vector to vector", "vector to scalar"]
    slopes: tuple[Slope, ...]
    sign: str
    form: Form
    floats: Numeric | None = None
    arrays: Form | None = None
    arity: int = 1

    @property
    def slope(self) -> Slope | None:
        """Its derivative, if it has one argument and one derivative."""
        return self.slopes[0] if len(self.slopes) == 1 else None

    @property
    def sympy(self) -> Callable[..., Any] | None:
        """The same function in SymPy, if it is elementwise."""
        from derive.equations.sympy_functions import IN_SYMPY  # noqa: PLC0415 - SymPy is loaded where it is used

        return IN_SYMPY.get(self.name)


def on_floats(row: Function) -> Numeric:
    """Return a function as it is computed in floats."""
    return row.floats or row.form(FLOATS)


def _elementwise(
    name: str,
    *slopes: Slope,
    sign: str | None = None,
    form: Form | None = None,
    floats: Numeric | None = None,
    arrays: Form | None = None,
) -> Function:
    """An elementwise function; its sign is its name, and every number system has it, unless said otherwise."""
    sign, form = sign or name, form or attrgetter(name)
    return Function(name, "elementwise", slopes, sign, form, floats, arrays, arity=len(slopes))


def _one_minus(expr: Expr) -> Expr:
    return ex.Add((ex.ONE, ex.Neg(expr)))


def _number(value: int) -> Expr:
    return ex.Const(Fraction(value))


PI = ex.Call("pi", ex.ONE)
"""π, as a function of a number that it does not look at."""


def _greater(first: Expr, second: Expr) -> Expr:
    """1 where the first is greater, 0 where the second is, ½ at a tie."""
    apart = ex.Call("sign", ex.Add((first, ex.Neg(second))))
    return ex.Div(ex.Add((ex.ONE, apart)), _number(2))


def _softmax_along(vector: Expr, value: Expr) -> Expr:
    """The softmax of what a logsumexp is of, along the same axis."""
    return ex.Call("softmax", vector, axis=value.axis if isinstance(value, ex.Call) else None)


def _no_slope(*_: Expr) -> Expr:
    return ex.ZERO


def _is_below(first: Expr, second: Expr) -> Expr:
    """1 where the first is smaller, else 0."""
    return ex.Call("step", ex.Add((second, ex.Neg(first))))


def _sign_form(of: Elementary) -> Numeric:
    def value(z: Any) -> Any:
        return of.number(1 if of.positive(z) else -1 if of.positive(-z) else 0)

    return value


def _abs_form(of: Elementary) -> Numeric:
    """|z|; where z is 0 and moves, it stays 0."""

    def value(z: Any) -> Any:
        return z if of.positive(z) else -z if of.positive(-z) else of.number(0)

    return value


def _clip_form(of: Elementary) -> Numeric:
    """A number between two bounds; on a bound it still moves."""

    def value(z: Any, low: Any, high: Any) -> Any:
        return low if of.positive(low - z) else high if of.positive(z - high) else z

    return value


def _hard_tanh_form(of: Elementary) -> Numeric:
    """Z between −1 and 1; on these bounds it stands still."""

    def value(z: Any) -> Any:
        if of.positive(1 - z):
            return z if of.positive(1 + z) else of.number(-1)
        return of.number(1)

    return value


def _greatest_form(sign: int) -> Form:
    """The greater (sign 1) or smaller (−1) of two numbers; at a tie both have the same part in it."""

    def form(of: Elementary) -> Numeric:
        def value(a: Any, b: Any) -> Any:
            apart = (a - b) * sign
            return a if of.positive(apart) else b if of.positive(-apart) else (a + b) / 2

        return value

    return form


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
        _elementwise("tanh", lambda _, value: _one_minus(ex.Pow(value, Fraction(2)))),
        _elementwise(
            "sigmoid",
            lambda _, value: ex.mul(value, _one_minus(value)),
            sign="σ",
            form=_sigmoid_form,
            floats=_sigmoid_floats,
            arrays=_sigmoid_arrays,
        ),
        _elementwise(
            "relu",
            lambda z, _: ex.Call("step", z),
            sign="ReLU",
            form=lambda of: lambda z: z if of.positive(z) else of.number(0),
            floats=lambda z: z if z > 0 else 0.0,
            arrays=lambda of: lambda z: of.maximum(z, 0.0),
        ),
        _elementwise(
            "softplus",
            lambda z, _: ex.Call("sigmoid", z),
            form=lambda of: lambda z: z + of.log1p(of.exp(-z)) if of.real(z) > 0 else of.log1p(of.exp(z)),
            floats=lambda z: max(z, 0.0) + math.log1p(math.exp(-abs(z))),
            arrays=lambda of: lambda z: of.logaddexp(z, 0.0),
        ),
        _elementwise("exp", lambda _, value: value),
        _elementwise("log", lambda z, _: ex.Div(ex.ONE, z)),
        _elementwise("sin", lambda z, _: ex.Call("cos", z)),
        _elementwise("cos", lambda z, _: ex.Neg(ex.Call("sin", z))),
        _elementwise("sqrt", lambda _, value: ex.Div(ex.ONE, ex.mul(_number(2), value))),
        _elementwise(
            "erf",
            lambda z, _: ex.mul(
                ex.Div(_number(2), ex.Call("sqrt", PI)), ex.Call("exp", ex.Neg(ex.Pow(z, Fraction(2))))
            ),
        ),
        _elementwise(
            "abs",
            lambda z, _: ex.Call("sign", z),
            form=_abs_form,
            floats=abs,
            arrays=lambda of: of.abs,
        ),
        _elementwise(
            "sign",
            lambda _z, _value: ex.ZERO,
            sign="sgn",
            form=_sign_form,
            floats=lambda z: 1.0 if z > 0 else -1.0 if z < 0 else 0.0,
            arrays=lambda of: of.sign,
        ),
        _elementwise(
            "maximum",
            lambda a, b, _: _greater(a, b),
            lambda a, b, _: _greater(b, a),
            sign="max",
            form=_greatest_form(1),
            floats=max,
            arrays=lambda of: of.maximum,
        ),
        _elementwise(
            "minimum",
            lambda a, b, _: _greater(b, a),
            lambda a, b, _: _greater(a, b),
            sign="min",
            form=_greatest_form(-1),
            floats=min,
            arrays=lambda of: of.minimum,
        ),
        _elementwise(
            "clip",
            lambda z, low, high, _: ex.Call("within", z, (low, high)),
            lambda z, low, _high, _: _is_below(z, low),
            lambda z, _low, high, _: _is_below(high, z),
            form=_clip_form,
            floats=lambda z, low, high: min(max(z, low), high),
            arrays=lambda of: lambda z, low, high: of.minimum(of.maximum(z, low), high),
        ),
        _elementwise(
            "within",
            *[_no_slope] * 3,
            form=lambda of: lambda z, low, high: of.number(int(not (of.positive(low - z) or of.positive(z - high)))),
            floats=lambda z, low, high: float(low <= z <= high),
            arrays=lambda of: lambda z, low, high: of.where((low <= z) & (z <= high), 1.0, 0.0),
        ),
        _elementwise(
            "hard_tanh",
            lambda z, _: _is_below(ex.Call("abs", z), ex.ONE),
            sign="hardtanh",
            form=_hard_tanh_form,
            floats=lambda z: min(max(z, -1.0), 1.0),
            arrays=lambda of: lambda z: of.clip(z, -1, 1),
        ),
        _elementwise(
            "hard_sigmoid",
            lambda z, _: ex.Div(_is_below(ex.Call("abs", z), _number(3)), _number(6)),
            sign="hardsigmoid",
            form=lambda of: lambda z: (_hard_tanh_form(of)(z / 3) + 1) / 2,
            floats=lambda z: min(max(z / 6 + 0.5, 0.0), 1.0),
            arrays=lambda of: lambda z: of.clip(z / 6 + 0.5, 0, 1),
        ),
        _elementwise("pi", lambda _z, _value: ex.ZERO, sign="π"),
        _elementwise(
            "step",
            lambda _z, _value: ex.ZERO,
            form=lambda of: lambda z: of.number(1 if of.positive(z) else 0),
            floats=lambda z: 1.0 if z > 0 else 0.0,
            arrays=lambda of: lambda z: of.where(z > 0, 1.0, 0.0),
        ),
        _elementwise("identity", lambda _z, _value: ex.ONE, form=lambda _: lambda z: z),
        _elementwise(
            "ones",
            lambda _z, _value: ex.ZERO,
            form=lambda _: lambda z: z * 0 + 1,
        ),
        Function("softmax", "vector to vector", (), "softmax", _softmax_form),
        Function("logsumexp", "vector to scalar", (_softmax_along,), "logsumexp", _logsumexp_form),
        Function(
            "sum",
            "vector to scalar",
            (lambda z, _: ex.Call("ones", z),),
            "sum",
            lambda _: lambda vector: vector.sum(),
        ),
        Function(
            "components",
            "vector to scalar",
            (lambda _z, _value: ex.ZERO,),
            "components",
            lambda of: lambda array: of.number(array.size),
        ),
    )
}
"""Every function by its name in an equation."""


@dataclass(frozen=True, slots=True)
class Composite:
    """A function that is made of others, as text: ``value`` and ``slopes`` in terms of the names ``of``.

    ``defaults`` are what its last arguments are where they are left out. One without a ``sign`` is printed as what it is
    made of.
    """

    name: str
    sign: str
    of: tuple[str, ...]
    value: str
    slopes: tuple[str, ...] | None = None
    defaults: tuple[str, ...] = ()
    rule: bool = False


COMPOSITES: dict[str, Composite] = {
    row.name: row
    for row in (
        Composite(
            "leaky_relu",
            "LeakyReLU",
            ("z", "a"),
            "relu(z) + a*(z - relu(z))",
            ("a + (1 - a)*step(z)", "z - relu(z)"),
            ("0.01",),
        ),
        Composite("elu", "ELU", ("z",), "relu(z) + exp(z - relu(z)) - 1", ("exp(minimum(z, 0))",)),
        Composite("silu", "SiLU", ("z",), "z*sigmoid(z)", ("sigmoid(z)*(1 + z*(1 - sigmoid(z)))",)),
        Composite(
            "gelu",
            "GELU",
            ("z",),
            "z*(1 + erf(z/sqrt(2)))/2",
            ("(1 + erf(z/sqrt(2)))/2 + z*exp(-(z**2/2))/sqrt(2*pi)",),
        ),
        Composite("softsign", "softsign", ("z",), "z/(1 + abs(z))", ("1/(1 + abs(z))**2",)),
        Composite("mean", "", ("z",), "sum(z)/components(z)"),
        Composite("log_softmax", "logsoftmax", ("v",), "v - logsumexp(v)"),
        Composite("cross_entropy", "CE", ("v", "q"), "sum(q)*logsumexp(v) - q@v"),
        Composite("stop_gradient", "sg", ("z",), "z", ("0",), rule=True),
    )
}
"""Those made of others."""
ALONG: dict[str, str] = {
    "mean": "sum(Z, axis={axis})/components(Z, axis={axis})",
    "log_softmax": "Z - logsumexp(Z, axis={axis})",
    "cross_entropy": "sum(Q, axis={axis})*logsumexp(Z, axis={axis}) - sum(Q*Z, axis={axis})",
}
"""What those are that are made of functions of a whole vector, for each column (axis 0) or each row (axis 1) of a matrix."""
NAMES = (*(name for name in (*FUNCTIONS, *COMPOSITES) if name != "pi"), "outer", "concat")
"""What may be called in an equation; π is a number, and an outer product and joined vectors have nodes of their own."""
WITH_AXIS = frozenset({"components", "concat", "softmax", "logsumexp", "sum", *ALONG})
"""What may be told along which axis of a matrix it goes."""
