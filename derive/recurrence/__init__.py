"""Recurrence: the path sum of a graph becomes a backward recurrence; its mirror image, its truncation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.lazily import lazily
from derive.recurrence.closed_form import ClosedForm, Component
from derive.recurrence.gradient import Gradient, GradientByStep
from derive.recurrence.recurrence import Recurrence, Rule
from derive.recurrence.run import value, words
from derive.recurrence.stages import Stage, stages_of
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

if TYPE_CHECKING:
    from derive.recurrence.forward_accumulation import ForwardRecurrence, mirrored_expression, sensitivity_var
    from derive.recurrence.transfers import transfer_entries
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

__getattr__ = lazily(
    __name__,
    {
        "derive.recurrence.forward_accumulation": ("ForwardRecurrence", "mirrored_expression", "sensitivity_var"),
        "derive.recurrence.transfers": ("transfer_entries",),
        "derive.recurrence.truncation": ("Truncation", "check_window"),
    },
)
