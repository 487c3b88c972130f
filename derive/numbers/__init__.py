"""Numbers: a recurrence and a user's values become a worked example, computed in a number system, every printed digit right."""

from derive.numbers.digits import Decimal, UndecidedError, exact_decimal
from derive.numbers.example import MOST_BITS, ArcWeights, Evaluation, evaluate, precision
from derive.numbers.jacobians import Jacobians
from derive.numbers.number_systems import FLOAT, Number, System, arrays, balls, defined
from derive.numbers.passes import forward, load
from derive.numbers.truncated import truncated_gradient
from derive.numbers.values import Exact, Values, initial_label, resolve

__all__ = [
    "FLOAT",
    "MOST_BITS",
    "ArcWeights",
    "Decimal",
    "Evaluation",
    "Exact",
    "Jacobians",
    "Number",
    "System",
    "UndecidedError",
    "Values",
    "arrays",
    "balls",
    "defined",
    "evaluate",
    "exact_decimal",
    "forward",
    "initial_label",
    "load",
    "precision",
    "resolve",
    "truncated_gradient",
]
