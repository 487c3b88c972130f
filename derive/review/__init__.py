"""Review: somebody's gradient is held against ours, and the simple mistake that gives exactly what came is named."""

from derive.review.audit import Audit, Differs, InAProcess, audit, here
from derive.review.backward import Change, Faded
from derive.review.came import Came, came
from derive.review.compare import Comparison, Explanation, Nearest, Verdict, compare
from derive.review.files import load_given, load_gradients
from derive.review.kinds import Adjoint, Mistake, Outcome, Paths, Rule
from derive.review.mistakes import Mistakes
from derive.review.mutants import LAMBDA, Slip
from derive.review.statements import ahead, at_end, statement
from derive.review.weights import SUFFIXES, load_weights, values_from

__all__ = [
    "LAMBDA",
    "SUFFIXES",
    "Adjoint",
    "Audit",
    "Came",
    "Change",
    "Comparison",
    "Differs",
    "Explanation",
    "Faded",
    "InAProcess",
    "Mistake",
    "Mistakes",
    "Nearest",
    "Outcome",
    "Paths",
    "Rule",
    "Slip",
    "Verdict",
    "ahead",
    "at_end",
    "audit",
    "came",
    "compare",
    "here",
    "load_given",
    "load_gradients",
    "load_weights",
    "statement",
    "values_from",
]
