"""Numbers: a recurrence and a user's values become a worked example, computed in a number system, every printed digit right."""

from derive.numbers.compile import ExpressionWriter, defined
from derive.numbers.digits import Decimal, UndecidedError, exact_decimal
from derive.numbers.entries import Array, Ball, Number, entries, is_array, positions, shape_of, shaped_like
from derive.numbers.example import MOST_BITS, ArcWeights, Evaluation, evaluate, precision
from derive.numbers.jacobians import Jacobians
from derive.numbers.number_systems import FLOAT, System, arrays, balls
from derive.numbers.passes import forward_pass, load
from derive.numbers.sensitivities import sensitivities
from derive.numbers.truncated import truncated_gradient
from derive.numbers.values import Exact, Values, initial_label, resolve

__all__ = [
    "FLOAT",
    "MOST_BITS",
    "ArcWeights",
    "Array",
    "Ball",
    "Decimal",
    "Evaluation",
    "Exact",
    "ExpressionWriter",
    "Jacobians",
    "Number",
    "System",
    "UndecidedError",
    "Values",
    "arrays",
    "balls",
    "defined",
    "entries",
    "evaluate",
    "exact_decimal",
    "forward_pass",
    "initial_label",
    "is_array",
    "load",
    "positions",
    "precision",
    "resolve",
    "sensitivities",
    "shape_of",
    "shaped_like",
    "truncated_gradient",
]
