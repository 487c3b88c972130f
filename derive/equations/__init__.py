"""Equations: the text of an equation, or one built in SymPy, becomes an `Expr`, which is shaped, differentiated and tidied."""

from derive.equations.characters import plain
from derive.equations.decimals import digits_of
from derive.equations.differentiate import atoms, derivative, is_atom
from derive.equations.expression import ONE, Expr, Var, add, variables
from derive.equations.from_sympy import equation
from derive.equations.functions import FUNCTIONS, Elementary, Function, Numeric
from derive.equations.parse import bounded, parse
from derive.equations.products import is_number, is_vector, product_of, softmax_pull, tidied
from derive.equations.shapes import Shape, Shapes, shape_in_words
from derive.equations.tidy import step_symbol, symbol, tidy, to_sympy

__all__ = [
    "FUNCTIONS",
    "ONE",
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
    "derivative",
    "digits_of",
    "equation",
    "is_atom",
    "is_number",
    "is_vector",
    "parse",
    "plain",
    "product_of",
    "shape_in_words",
    "softmax_pull",
    "step_symbol",
    "symbol",
    "tidied",
    "tidy",
    "to_sympy",
    "variables",
]
