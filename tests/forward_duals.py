"""A worked example once more, from the text of the equations alone: mpmath with 2,600 digits, and derivatives carried forwards.

Nothing of `derive` is used but `Network`, as a record of texts and values: not its parser, its graph, its rules or its balls. A
derivative by a variable at a step, or by a parameter as step t uses it, is the slope along a symbol of its own (dual numbers).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mpmath import mp, mpf

SPARE = 2_600
NOTHING = 2_000
"""How many digits there are; what is smaller than 10⁻²⁰⁰⁰ is 0, and a tie is one if it is half as near."""


@dataclass(frozen=True)
class Dual:
    """A number and its slopes."""

    value: Any
    slopes: Mapping[Any, Any]

    def through(self, value: Any, slope: Any) -> Dual:
        """A function of it."""
        return Dual(value, {key: slope * by for key, by in self.slopes.items()})

    def __add__(self, other: Any) -> Dual:
        """The sum."""
        other = dual(other)
        keys = {**self.slopes, **other.slopes}
        return Dual(self.value + other.value, {key: self.slopes.get(key, 0) + other.slopes.get(key, 0) for key in keys})

    __radd__ = __add__

    def __neg__(self) -> Dual:
        """The sign changed."""
        return self.through(-self.value, -1)

    def __sub__(self, other: Any) -> Dual:
        """The difference."""
        return self + -dual(other)

    def __rsub__(self, other: Any) -> Dual:
        """Also from the right."""
        return dual(other) - self

    def __mul__(self, other: Any) -> Dual:
        """The product."""
        other = dual(other)
        return self.through(self.value * other.value, other.value) + other.through(mpf(0), self.value)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Dual:
        """The quotient."""
        other = dual(other)
        return self * other.through(1 / other.value, -1 / other.value**2)

    def __rtruediv__(self, other: Any) -> Dual:
        """Also from the right."""
        return dual(other) / self

    def __pow__(self, power: int) -> Dual:
        """A whole power, 1 or more."""
        return self.through(self.value**power, power * self.value ** (power - 1))


def dual(number: Any) -> Dual:
    """A number without slopes."""
    return number if isinstance(number, Dual) else Dual(mpf(number), {})


def _relu(z: Dual) -> Dual:
    positive = z.value > mpf(10) ** -NOTHING
    return z if positive else Dual(mpf(0), {})


def _absolute(z: Dual) -> Dual:
    sign = mp.sign(z.value) if abs(z.value) > mpf(10) ** -NOTHING else mpf(0)
    return z.through(abs(z.value), sign)


def _greater(one: Any, other: Any) -> Dual:
    one, other = dual(one), dual(other)
    return (one + other + _absolute(one - other)) / 2


def _gelu(z: Dual) -> Dual:
    share, density = mp.ncdf(z.value), mp.npdf(z.value)
    return z.through(z.value * share, share + z.value * density)


def _hard_tanh(z: Dual) -> Dual:
    inside = mpf(1) - abs(z.value) > mpf(10) ** -NOTHING
    return z if inside else Dual(mp.sign(z.value), {})


FUNCTIONS: dict[str, Callable[..., Dual]] = {
    "abs": _absolute,
    "maximum": _greater,
    "leaky_relu": lambda z, slope: _relu(z) + dual(slope) * (z - _relu(z)),
    "silu": lambda z: z * FUNCTIONS["sigmoid"](z),
    "gelu": _gelu,
    "hard_tanh": _hard_tanh,
    "softsign": lambda z: z / (dual(1) + _absolute(z)),
    "tanh": lambda z: z.through(mp.tanh(z.value), 1 / mp.cosh(z.value) ** 2),
    "sigmoid": lambda z: z.through(
        1 / (1 + mp.exp(-z.value)), mp.exp(-abs(z.value)) / (1 + mp.exp(-abs(z.value))) ** 2
    ),
    "softplus": lambda z: z.through(mp.log1p(mp.exp(z.value)), 1 / (1 + mp.exp(-z.value))),
    "exp": lambda z: z.through(mp.exp(z.value), mp.exp(z.value)),
    "log": lambda z: z.through(mp.log(z.value), 1 / z.value),
    "sin": lambda z: z.through(mp.sin(z.value), mp.cos(z.value)),
    "cos": lambda z: z.through(mp.cos(z.value), -mp.sin(z.value)),
    "relu": _relu,
}


@dataclass(frozen=True)
class Example:
    """The texts and values of a network: equations in the order of computation within a step, all steps forwards."""

    equations: Mapping[str, str]
    parameters: Mapping[str, str]
    data: Mapping[str, list[str]]
    initial: Mapping[str, str]
    steps: int


def worked(example: Example) -> tuple[dict[tuple[str, int], Any], dict[tuple[str, int | None], Any], Any]:
    """Return every value by name and step, the slopes of L, and L itself.

    The slopes are by ``(name, step)``, by a parameter as a step uses it ``(parameter, step)``, and by all of its uses together
    ``(parameter, None)``.
    """
    with mp.workdps(SPARE):
        known: dict[tuple[str, int], Dual] = {
            (name, step): dual(number) for name, series in example.data.items() for step, number in enumerate(series, 1)
        }
        known |= {(name, -ago): dual(number) for name, number in example.initial.items() for ago in range(3)}
        codes = {name: _code(text, example) for name, text in example.equations.items()}
        for step in range(1, example.steps + 1):
            for name, code in codes.items():
                weights = {
                    weight: Dual(mpf(number), {(weight, step): mpf(1)}) for weight, number in example.parameters.items()
                }
                scope = {"v": known, "t": step, "number": dual, **weights, **FUNCTIONS}
                found = dual(eval(code, {"__builtins__": {}}, scope))  # noqa: S307 - texts of the tests' own making
                known[name, step] = found + Dual(mpf(0), {(name, step): mpf(1)})
        total = sum((known["l", step] for step in range(1, example.steps + 1)), dual(0))
        values = {place: found.value for place, found in known.items()}
        slopes: dict[tuple[str, int | None], Any] = dict(total.slopes)
        for weight in example.parameters:
            slopes[weight, None] = sum((slopes.get((weight, t), mpf(0)) for t in range(1, example.steps + 1)), mpf(0))
        return values, slopes, total.value


def _code(text: str, example: Example) -> Any:
    text = re.sub(r"(?<![\w.\[*])(\d+(?:\.\d+)?)(?![\w.\]])", r"number('\1')", text)
    text = re.sub(r"(\w+)\[t(?:-(\d+))?\]", lambda found: f"v['{found[1]}', t - {found[2] or 0}]", text)
    assert set(re.findall(r"[A-Za-z_]\w*", re.sub(r"'[^']*'", "", text))) <= {
        "v", "t", "number", *example.parameters, *FUNCTIONS
    }  # fmt: skip
    return compile(text, "<equation>", "eval")


def printed(value: Any, places: int) -> str:
    """A number in decimal digits, by the rules of the guide; a half goes up."""
    with mp.workdps(SPARE):
        tiny = mpf(10) ** -NOTHING
        size = abs(value)
        if size < tiny:
            return "0"
        sign = "-" if value < 0 else ""
        least = places - 1 if places > 1 else places
        if size >= 10**6 - tiny or size < mpf(10) ** -least - tiny:
            return sign + _scientific(size, max(places, 1))
        digits = str(_nearest(size * mpf(10) ** places)).rjust(places + 1, "0")
        return sign + (f"{digits[:-places]}.{digits[-places:]}" if places else digits)


def _nearest(size: Any) -> int:
    return int(mp.floor(size + mpf("0.5") + mpf(10) ** -(NOTHING // 2)))


def _scientific(size: Any, count: int) -> str:
    power = int(mp.floor(mp.log10(size) + mpf(10) ** -(NOTHING // 2)))
    digits = str(_nearest(size * mpf(10) ** (count - 1 - power)))
    if len(digits) > count:
        power, digits = power + 1, digits[:count]
    return f"{digits[0]}{'.' if count > 1 else ''}{digits[1:]}e{power}"
