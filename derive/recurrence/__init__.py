"""Recurrence: the path sum of a graph becomes a backward recurrence; its mirror image, its truncation."""

from derive.recurrence.closed_form import ClosedForm, Component
from derive.recurrence.forward_accumulation import ForwardRecurrence, mirrored_expression, sensitivity_var
from derive.recurrence.gradient import Gradient, GradientByStep
from derive.recurrence.recurrence import Recurrence, Rule
from derive.recurrence.run import value, words
from derive.recurrence.stages import Stage, stages_of
from derive.recurrence.transfer_entries import transfer_entries
from derive.recurrence.tree import (
    ADJOINT,
    All,
    Either,
    Start,
    Then,
    Tree,
    adjoint_var,
    adjoints,
    arcs_of,
    collected_at,
    either,
    expression,
    has_start,
    moved,
    path_tree,
    spine,
    spread,
    terms,
    within,
)
from derive.recurrence.truncation import Truncation, check_window

__all__ = [
    "ADJOINT",
    "All",
    "ClosedForm",
    "Component",
    "Either",
    "ForwardRecurrence",
    "Gradient",
    "GradientByStep",
    "Recurrence",
    "Rule",
    "Stage",
    "Start",
    "Then",
    "Tree",
    "Truncation",
    "adjoint_var",
    "adjoints",
    "arcs_of",
    "check_window",
    "collected_at",
    "either",
    "expression",
    "has_start",
    "mirrored_expression",
    "moved",
    "path_tree",
    "sensitivity_var",
    "spine",
    "spread",
    "stages_of",
    "terms",
    "transfer_entries",
    "value",
    "within",
    "words",
]
