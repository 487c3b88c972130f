"""Number systems: floats, alone, in NumPy arrays, or complex; Arb's real and complex balls. Each has every function.

A ball's radius bounds every rounding error (python-flint), so a digit printed from a ball is right. What a system lends to
the functions are the elementary ones (`derive.equations.Elementary`); the functions themselves are the rows of
`derive.equations.FUNCTIONS`. Where a system takes numbers one by one, an array is gone through entry by entry.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cache, partial
from operator import methodcaller
from typing import Any

from derive.equations import FLOATS, FUNCTIONS, Elementary, Function, Numeric, on_floats
from derive.numbers.digits import DIGITS, NARROW, SIGN, UndecidedError
from derive.numbers.entries import Number, is_array
from derive.numbers.values import Exact
from derive.shown import Seen

FAR_OUT = 6.5
"""Beyond this erf is ±1 to rounding."""
TINY = 1e-20
MORE_BITS = 1_200
"""What is added where an imaginary part of 10⁻³⁰⁰ is to keep its digits."""


@dataclass(frozen=True, repr=False)
class System(Seen):
    """A number system: how an exact number enters it, what the functions are there, and what an array of its numbers holds."""

    exact: Callable[[Fraction | int], Number]
    functions: Mapping[str, Callable[..., Number]]
    on_scalars: Mapping[str, Callable[..., Number]] = field(default_factory=dict)
    """The elementwise functions for scalars only, which do not look at what they are given."""
    dtype: type = object
    origin: Callable[[], System] | None = None
    """What makes it again: a system crosses to another process as that."""

    def __reduce__(self) -> tuple[Callable[[], System], tuple[()]]:
        """Pickle what makes it again."""
        if self.origin is None:
            raise TypeError("this number system does not say what makes it again (its origin)")
        return self.origin, ()

    def constant(self, value: Exact) -> Number:
        """An exact value in this system; lists become arrays."""
        if not isinstance(value, tuple):
            return self.exact(value)
        import numpy as np  # noqa: PLC0415 - scalar networks never pay for NumPy

        return np.array(_mapped(value, self.exact), dtype=self.dtype)

    def zeros(self, *sizes: int) -> Any:
        """An array of zeros."""
        import numpy as np  # noqa: PLC0415 - as above

        found: Any = np.empty(sizes, dtype=self.dtype)
        found.fill(self.exact(0))
        return found


def _mapped(value: Exact, change: Callable[[Fraction | int], Number]) -> Any:
    return [_mapped(entry, change) for entry in value] if isinstance(value, tuple) else change(value)


def _power(base: Number, exponent: int) -> Number:
    """A whole power by multiplication: Arb's own has no value for a ball around 0."""
    if exponent <= 0:
        return 1 / _power(base, -exponent) if exponent else base * 0 + 1
    half = _power(base, exponent // 2) if exponent > 1 else None
    squared = base if half is None else half * half
    return squared * base if half is not None and exponent % 2 else squared


def _concat(axis: int, *parts: Any) -> Any:
    """Arrays one after another along an axis; a number is a vector of one."""
    import numpy as np  # noqa: PLC0415

    dtype = next((part.dtype for part in parts if is_array(part)), object)
    arrays = [part if is_array(part) else np.array([part], dtype=dtype) for part in parts]
    return np.concatenate(arrays, axis=axis)


def _padded(axis: int, body: Any, before: int, after: int) -> Any:
    """An array with so many zeros of its own number system before and behind it."""
    import numpy as np  # noqa: PLC0415

    def zeros(count: int) -> Any:
        shape = (*body.shape[:axis], count, *body.shape[axis + 1 :])
        found = np.empty(shape, dtype=body.dtype)
        found.fill(body.flat[0] * 0)
        return found

    return np.concatenate([zeros(before), body, zeros(after)], axis=axis)


PRODUCTS: Mapping[str, Callable[..., Any]] = {
    "power": _power,
    "outer": lambda left, right: left[:, None] * right[None, :],
    "sum_0": lambda matrix: matrix.sum(axis=0),
    "sum_1": lambda matrix: matrix.sum(axis=1),
    "sum_0_kept": lambda matrix: matrix.sum(axis=0, keepdims=True),
    "sum_1_kept": lambda matrix: matrix.sum(axis=1, keepdims=True),
    "concat_0": partial(_concat, 0),
    "concat_1": partial(_concat, 1),
    "part_0": lambda array, start, stop: array[start:stop],
    "part_1": lambda matrix, start, stop: matrix[:, start:stop],
    "padded_0": partial(_padded, 0),
    "padded_1": partial(_padded, 1),
}
"""What is done with arrays in the same way in every system."""


def _along_axes(whole: Mapping[str, Numeric]) -> dict[str, Numeric]:
    """Functions of a whole vector, and with ``_0`` or ``_1`` behind their names of each column or row of a matrix."""

    def along(function: Numeric, axis: int) -> Numeric:
        def apply(matrix: Any) -> Any:
            import numpy as np  # noqa: PLC0415

            rows = [np.atleast_1d(function(vector)) for vector in (matrix if axis else matrix.T)]
            found = np.array([list(row) for row in rows], dtype=matrix.dtype)
            return found if axis else found.T

        return apply

    found = {f"{name}_{axis}": along(function, axis) for name, function in whole.items() for axis in (0, 1)}
    return dict(whole) | found


def _each(function: Numeric, *values: Any) -> Any:
    """A function of several numbers, or of arrays entry by entry; a number goes with every entry."""
    if not any(map(is_array, values)):
        return function(*values)
    import numpy as np  # noqa: PLC0415

    spread = np.broadcast_arrays(*values)
    entries = [function(*each) for each in zip(*(array.flat for array in spread), strict=True)]
    return np.array(entries, dtype=next(value.dtype for value in values if is_array(value))).reshape(spread[0].shape)


def _plain(argument: Any, value: Numeric, _slope: Numeric) -> Any:
    """A function with a rule in place of its slope, of numbers that do not move."""
    return value(argument)


def ruled(held: Numeric) -> Callable[..., Any]:
    """Return what a function with a rule for its slope is of numbers that move: f(z₀) + f′(z₀) (z − z₀), z₀ held."""

    def apply(argument: Any, value: Numeric, slope: Numeric) -> Any:
        still = held(argument)
        return value(still) + slope(still) * (argument - still)

    return apply


def one_by_one(
    elementary: Elementary,
    exact: Callable[[Fraction | int], Number],
    numeric: Callable[[Function], Numeric],
    dtype: type = object,
    held: Numeric | None = None,
) -> System:
    """Return the system of numbers that know no arrays; ``numeric`` makes an elementwise function of one of them.

    ``held``, where numbers move, makes one that does not.
    """

    def on_entries(function: Numeric) -> Numeric:
        def apply(value: Any, *others: Any) -> Any:
            if others:
                return _each(function, value, *others)
            if not is_array(value):
                return function(value)
            import numpy as np  # noqa: PLC0415

            return np.array([function(entry) for entry in value.flat], dtype=value.dtype).reshape(value.shape)

        return apply

    on_scalars = {name: numeric(row) for name, row in FUNCTIONS.items() if row.acts == "elementwise"}
    for_arrays = replace(elementary, named=lambda name: on_entries(elementary.named(name)))
    whole = _along_axes({name: row.form(for_arrays) for name, row in FUNCTIONS.items() if row.acts != "elementwise"})
    lifted = {name: on_entries(function) for name, function in on_scalars.items()}
    products: dict[str, Callable[..., Any]] = {**PRODUCTS, "ruled": _plain if held is None else ruled(on_entries(held))}
    return System(exact, lifted | whole | products, on_scalars, dtype)


def near_greatest(size: Callable[[Any], float]) -> Callable[[Any], Any]:
    """Return what finds the greatest component of a vector, by a float near each."""
    return lambda vector: max(vector.tolist(), key=size)


@cache
def _floats() -> System:
    system = one_by_one(FLOATS, lambda value: value.numerator / value.denominator, on_floats, float)
    return replace(system, origin=_floats)


FLOAT = _floats()


@cache
def balls(kind: str = "real", *, settled: bool = False) -> System:
    """Arb's balls: ``real`` or ``complex``. The precision is that of flint's context when they are used.

    ``settled``: a number that cannot be told from 0 is known to be 0, since an example with traces was evaluated before.
    """
    from flint import acb, arb, fmpq  # noqa: PLC0415 - loaded only when numbers are asked for

    ball = arb if kind == "real" else acb

    def real(z: Any) -> Any:
        return z if kind == "real" else z.real

    def positive(z: Any) -> bool:
        if real(z) > 0:
            return True
        if real(z) <= 0 or (settled and real(z).rad() < NARROW):
            return False
        raise UndecidedError(DIGITS if real(z).rad() > NARROW else SIGN)

    def named(name: str) -> Callable[..., Any]:
        return _ball_erf if (kind, name) == ("complex", "erf") else methodcaller(name)

    elementary = Elementary(named, ball, real, positive, near_greatest(lambda z: float(real(z).mid())))
    system = one_by_one(
        elementary,
        lambda value: ball(arb(fmpq(value.numerator, value.denominator))),
        lambda row: row.form(elementary),
        held=None if kind == "real" else lambda z: acb(z.real),
    )
    return replace(system, origin=partial(balls, kind))


def _ball_erf(z: Any) -> Any:
    """The error function of a complex ball whose imaginary part may be tiny: flint's own is as wide there as in the real part.

    It is taken at the middle, and widened by what its derivative 2/√π e^(−z²) makes of the radii: its size is at most c, and
    its imaginary part at most s.
    """
    from flint import acb, arb, ctx  # noqa: PLC0415 - loaded only when numbers are asked for

    middle = acb(z.real.mid(), z.imag.mid())
    with ctx.workprec(ctx.prec + MORE_BITS):
        found = middle.erf()
    wide, high = abs(z.real).upper(), abs(z.imag).upper()
    c = 2 / arb.pi().sqrt() * (high * high).exp()
    s = 2 * c * (wide + high) * high
    right, up = z.real.rad(), z.imag.rad()
    return acb(found.real + arb(0, c * right + s * up), found.imag + arb(0, s * right + c * up))


@cache
def complex_floats() -> System:
    """Floats with an imaginary part, to differentiate in by the complex step, right to rounding."""
    lacking = {"log1p": lambda z: cmath.log(1 + z), "erf": _complex_erf, "pi": lambda _: complex(math.pi)}

    def named(name: str) -> Callable[[complex], complex]:
        return lacking.get(name) or getattr(cmath, name)

    def real(z: complex) -> float:
        return z.real

    elementary = Elementary(named, complex, real, lambda z: z.real > 0, near_greatest(real))
    return one_by_one(
        elementary,
        lambda value: complex(value.numerator / value.denominator),
        lambda row: row.form(elementary),
        complex,
        held=lambda z: complex(z.real),
    )


def _complex_erf(z: complex) -> complex:
    """2/√π e^(−z²) Σ 2ⁿ z²ⁿ⁺¹ / (1 · 3 ⋯ (2n + 1)), whose terms have one sign for real z; ±1 far out."""
    if abs(z.real) > FAR_OUT:
        return complex(math.copysign(1.0, z.real))
    term = total = z
    place = 1
    while abs(term) > abs(total) * TINY:
        place += 2
        term *= 2 * z * z / place
        total += term
    return 2 / math.sqrt(math.pi) * cmath.exp(-z * z) * total


@cache
def arrays() -> System:
    """Floats in NumPy arrays, a whole vector at a time: for networks with many units."""
    import numpy as np  # noqa: PLC0415

    def named(name: str) -> Callable[..., Any]:
        """NumPy's function of that name; where it has none, that of floats for each entry."""
        if name == "pi":
            return lambda _: math.pi
        found: Callable[..., Any] | None = getattr(np, name, None)
        return np.vectorize(getattr(math, name), otypes=[float]) if found is None else found

    elementary = Elementary(named, float, lambda z: z, lambda z: z > 0, lambda vector: vector.max())
    functions = {name: (row.arrays or row.form)(elementary) for name, row in FUNCTIONS.items()}
    functions |= _along_axes({name: functions[name] for name in ("softmax", "logsumexp")})
    products: dict[str, Callable[..., Any]] = {**PRODUCTS, "outer": np.outer, "ruled": _plain}
    return System(FLOAT.exact, functions | products, dtype=float, origin=arrays)
