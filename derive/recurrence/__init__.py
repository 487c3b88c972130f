"""Recurrence: the path sum of a graph folded into a backward recurrence; its mirror image, its truncation."""

from derive.recurrence.forward import ForwardRecurrence, mirrored_expression, sensitivity_var
from derive.recurrence.recurrence import ClosedForm, Recurrence, Rule
from derive.recurrence.rings import value
from derive.recurrence.stages import Stage, fold
from derive.recurrence.tree import (
    ADJOINT,
    All,
    Either,
    Start,
    Then,
    Tree,
    adjoint_var,
    adjoints,
    chain,
    either,
    expression,
    has_start,
    moved,
    spine,
    within,
    words,
)
from derive.recurrence.truncation import Truncation, check_window
from derive.recurrence.within_a_step import carried

__all__ = [
    "ADJOINT",
    "All",
    "ClosedForm",
    "Either",
    "ForwardRecurrence",
    "Recurrence",
    "Rule",
    "Stage",
    "Start",
    "Then",
    "Tree",
    "Truncation",
    "adjoint_var",
    "adjoints",
    "carried",
    "chain",
    "check_window",
    "either",
    "expression",
    "fold",
    "has_start",
    "mirrored_expression",
    "moved",
    "sensitivity_var",
    "spine",
    "value",
    "within",
    "words",
]
