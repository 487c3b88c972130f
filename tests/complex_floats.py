"""Complex floats: the functions of Python's `cmath` as a number system, to differentiate by the complex step in."""

from __future__ import annotations

import cmath
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from derive.numbers.number_systems import System

FUNCTIONS: Mapping[str, Callable[[complex], complex]] = {
    "tanh": cmath.tanh,
    "sigmoid": lambda z: 1 / (1 + cmath.exp(-z)),
    "exp": cmath.exp,
    "log": cmath.log,
}
"""Those of the ready-made networks."""


def _each(function: Callable[[complex], complex]) -> Callable[[Any], Any]:
    return lambda z: np.array([*map(function, z)]) if np.ndim(z) else function(z)


def _exact(value: Fraction) -> complex:
    return complex(value.numerator / value.denominator)


COMPLEX = System(
    exact=_exact,
    functions={name: _each(function) for name, function in FUNCTIONS.items()}
    | {
        "power": lambda base, exponent: base**exponent,
        "sum": np.sum,
        "softmax": lambda vector: np.exp(vector) / np.exp(vector).sum(),
        "logsumexp": lambda vector: np.log(np.exp(vector).sum()),
    },
    dtype=complex,
)
