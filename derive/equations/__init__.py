"""Equations: the text of an equation, or one built in SymPy, becomes an `Expr`, which is shaped, differentiated and tidied.

What works with SymPy is imported when it is first used: whoever only reads equations does not wait for SymPy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.equations.bounds import bounded
from derive.equations.characters import plain
from derive.equations.decimals import digits_of
from derive.equations.differentiate import atoms, derivative, is_atom, slopes
from derive.equations.expression import ONE, Definition, Expr, Var, add, variables
from derive.equations.from_sympy import equation, is_sympy
from derive.equations.functions import (
    COMPOSITES,
    FLOATS,
    FUNCTIONS,
    NAMES,
    PI,
    Composite,
    Elementary,
    Function,
    Numeric,
    on_floats,
)
from derive.equations.lengths import NOTHING, SINGLE, is_sum, joined, left_over, length, length_at, terms, written
from derive.equations.lengths import terms as length_terms
from derive.equations.ones import scalar_of_ones, without_ones
from derive.equations.parse import defined, parse
from derive.equations.products import (
    Distributions,
    is_constant,
    is_number,
    is_vector,
    product_of,
    softmax_pull,
    summed_to_one,
    tidied,
)
from derive.equations.shapes import Shape, Shapes, reduced, shape_in_words
from derive.lazily import lazily

if TYPE_CHECKING:
    from derive.equations.algebra import in_sympy, step_symbol, symbol, tidy, to_sympy

__all__ = [
    "COMPOSITES",
    "FLOATS",
    "FUNCTIONS",
    "NAMES",
    "NOTHING",
    "ONE",
    "PI",
    "SINGLE",
    "Composite",
    "Definition",
    "Distributions",
    "Elementary",
    "Expr",
    "Function",
    "Numeric",
    "Shape",
    "Shapes",
    "Var",
    "add",
    "atoms",
    "bounded",
    "defined",
    "derivative",
    "digits_of",
    "equation",
    "in_sympy",
    "is_atom",
    "is_constant",
    "is_number",
    "is_sum",
    "is_sympy",
    "is_vector",
    "joined",
    "left_over",
    "length",
    "length_at",
    "length_terms",
    "on_floats",
    "parse",
    "plain",
    "product_of",
    "reduced",
    "scalar_of_ones",
    "shape_in_words",
    "slopes",
    "softmax_pull",
    "step_symbol",
    "summed_to_one",
    "symbol",
    "terms",
    "tidied",
    "tidy",
    "to_sympy",
    "variables",
    "without_ones",
    "written",
]

__getattr__ = lazily(__name__, {"derive.equations.algebra": ("in_sympy", "step_symbol", "symbol", "tidy", "to_sympy")})
