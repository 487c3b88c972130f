"""Numbers: a recurrence and a user's values become a worked example, computed in a number system, every printed digit right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.lazily import lazily
from derive.numbers.compile import ExpressionWriter, compiled, defined, stored
from derive.numbers.digits import NARROW, ZERO, Decimal, Decimals, Printed, UndecidedError, exact_decimal, is_exactly
from derive.numbers.entries import Array, Ball, Number, entries, is_array, positions, shape_of, shaped_like
from derive.numbers.example import ArcWeights, Evaluation, decided, evaluate, precision
from derive.numbers.generic import generic_steps, generic_values, spread_over
from derive.numbers.jets import EPSILON, jets
from derive.numbers.masked import Masks
from derive.numbers.number_systems import FLOAT, System, arrays, balls
from derive.numbers.once import once
from derive.numbers.passes import forward_pass, load, total_loss
from derive.numbers.point import Point, generic_point, safe_range
from derive.numbers.values import Exact, Ratio, Values, initial_label, looked_at, resolve
from derive.numbers.worked import Numbers, WorkedPaths, WorkedStates

if TYPE_CHECKING:
    from derive.numbers.jacobians import Jacobians, written_out
    from derive.numbers.sensitivity import sensitivities
    from derive.numbers.truncated import truncated_gradient

__all__ = [
    "EPSILON",
    "FLOAT",
    "NARROW",
    "ZERO",
    "ArcWeights",
    "Array",
    "Ball",
    "Decimal",
    "Decimals",
    "Evaluation",
    "Exact",
    "ExpressionWriter",
    "Jacobians",
    "Masks",
    "Number",
    "Numbers",
    "Point",
    "Printed",
    "Ratio",
    "System",
    "UndecidedError",
    "Values",
    "WorkedPaths",
    "WorkedStates",
    "arrays",
    "balls",
    "compiled",
    "decided",
    "defined",
    "entries",
    "evaluate",
    "exact_decimal",
    "forward_pass",
    "generic_point",
    "generic_steps",
    "generic_values",
    "initial_label",
    "is_array",
    "is_exactly",
    "jets",
    "load",
    "looked_at",
    "once",
    "positions",
    "precision",
    "resolve",
    "safe_range",
    "sensitivities",
    "shape_of",
    "shaped_like",
    "spread_over",
    "stored",
    "total_loss",
    "truncated_gradient",
    "written_out",
]

__getattr__ = lazily(
    __name__,
    {
        "derive.numbers.jacobians": ("Jacobians", "written_out"),
        "derive.numbers.sensitivity": ("sensitivities",),
        "derive.numbers.truncated": ("truncated_gradient",),
    },
)
