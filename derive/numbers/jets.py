"""Jets: numbers a + b ε with ε² = 0, in balls. What is computed with them carries its derivative along.

They are flint's power series, cut after the first power, so that the derivative of every function is flint's own and shares
nothing with the slopes in `derive.equations.FUNCTIONS`. (Griewank & Walther, Evaluating Derivatives, 2008, chapter 13.) A
class of its own is around them, since NumPy would take a series apart.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from operator import methodcaller
from typing import Any

from derive.equations import Elementary
from derive.numbers.entries import Ball
from derive.numbers.number_systems import System, balls, near_greatest, one_by_one

LENGTH = 2


@dataclass(frozen=True, slots=True)
class Jet:
    """a + b ε.

    >>> z = jets().exact(3) + EPSILON()
    >>> (z * z - 1 / z).slope.str(5, radius=False)
    '6.1111'
    """

    series: Any

    @property
    def value(self) -> Ball:
        """A."""
        found: Ball = self.series[0]
        return found

    @property
    def slope(self) -> Ball:
        """B."""
        found: Ball = self.series[1]
        return found

    def is_finite(self) -> bool:
        """Whether both are numbers."""
        return bool(self.value.is_finite() and self.slope.is_finite())

    def __neg__(self) -> Jet:
        """The sign changed."""
        return Jet(-self.series)

    def __add__(self, other: Any) -> Jet:
        """The sum with a jet or an integer."""
        return self._with(other, lambda theirs: self.series + theirs)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Jet:
        """The difference."""
        return self._with(other, lambda theirs: self.series - theirs)

    def __rsub__(self, other: Any) -> Jet:
        """Also from the right."""
        return self._with(other, lambda theirs: theirs - self.series)

    def __mul__(self, other: Any) -> Jet:
        """The product."""
        return self._with(other, lambda theirs: self.series * theirs)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Jet:
        """The quotient."""
        return self._with(other, lambda theirs: self.series / theirs)

    def __rtruediv__(self, other: Any) -> Jet:
        """Also from the right."""
        return self._with(other, lambda theirs: theirs / self.series)

    def _with(self, other: Any, operate: Callable[[Any], Any]) -> Jet:
        """An operation with another jet or an integer; arrays take it entry by entry themselves."""
        if isinstance(other, Jet):
            return Jet(operate(other.series))
        return Jet(operate(other)) if isinstance(other, int) else NotImplemented


def EPSILON() -> Jet:  # noqa: N802 - a constant that costs an import
    """Return ε."""
    from flint import arb_series  # noqa: PLC0415 - loaded only when numbers are asked for

    return Jet(arb_series([0, 1], prec=LENGTH))


@cache
def jets(*, settled: bool = False) -> System:
    """The number system of jets. The precision is that of flint's context when they are used; ``settled`` as for `balls`."""
    from flint import arb, arb_series  # noqa: PLC0415 - as above

    real = balls(settled=settled)

    def jet(value: Any) -> Jet:
        return Jet(arb_series([value], prec=LENGTH))

    def exact(value: Fraction | int) -> Any:
        return jet(real.exact(value))

    def tanh(z: Any) -> Any:
        power = (-2 * z).exp()  # flint's series lack it
        return (1 - power) / (1 + power)

    lacking: dict[str, Callable[[Any], Any]] = {
        "tanh": tanh,
        "log1p": lambda z: (1 + z).log(),
        "pi": lambda _: arb_series([arb.pi()], prec=LENGTH),
    }

    def named(name: str) -> Callable[[Jet], Jet]:
        function: Callable[[Any], Any] = lacking.get(name) or methodcaller(name)
        return lambda z: Jet(function(z.series))

    elementary = Elementary(
        named,
        jet,
        lambda z: z.value,
        lambda z: bool(real.functions["step"](z.value) == 1),
        near_greatest(lambda z: float(z.value.mid())),
    )
    return one_by_one(elementary, exact, lambda row: row.form(elementary), held=lambda z: jet(z.value))
