"""Equation text → `Expr`, by a whitelist over Python's own syntax tree. Nothing is evaluated.

The grammar: names (``w_h``), names at a step (``h[t-1]``, ``x[t]``), decimal numbers (kept exact), ``+ - * / ** @``,
unary minus, ``W.T``, brackets, and functions of one argument from `derive.functions`.
"""

from __future__ import annotations

import ast
from difflib import get_close_matches
from fractions import Fraction

from derive import expression as ex
from derive.errors import EquationError
from derive.expression import Expr
from derive.functions import FUNCTIONS

LONGEST = 2_000
"""An equation longer than this many characters is refused: one variable each reads better, and Python's own parser
would run out of stack on hostile nesting."""
LARGEST_LAG = 1_000
LARGEST_POWER = 100


def parse(text: str) -> Expr:
    """Return the expression that an equation's right-hand side says.

    Raises `EquationError` with one sentence (no file or equation name: the caller knows those).

    >>> parse("tanh(a[t])")
    Call(function='tanh', argument=Var(name='a', lag=0))
    """
    if len(text) > LONGEST:
        raise EquationError(f"longer than {LONGEST} characters; split it into several equations")
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        reason = error.msg if isinstance(error, SyntaxError) else "it nests too deeply or holds a forbidden character"
        raise EquationError(f"not a formula: {reason}") from None
    try:
        return _read(tree.body, text.strip())
    except RecursionError:
        raise EquationError("it nests too deeply; split it into several equations") from None


def _read(node: ast.expr, text: str) -> Expr:
    """Translate one node of Python's syntax tree."""
    match node:
        case ast.Constant(value=int() | float()) if not isinstance(node.value, bool):
            return ex.Const(_exact(ast.get_source_segment(text, node) or ""))
        case ast.Name(id=name):
            return ex.Var(name)
        case ast.Subscript(value=ast.Name(id=name), slice=index):
            return ex.Var(name, _lag(index, text))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return ex.mul(ex.Neg(ex.ONE), _read(operand, text))
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _read(operand, text)
        case ast.BinOp(left=left, op=operator, right=right):
            return _binary(left, operator, right, text)
        case ast.Call(func=ast.Name(id=name), args=[argument], keywords=[]) if name in FUNCTIONS:
            return _call(name, _read(argument, text))
        case ast.Call(func=ast.Name(id=name)):
            raise EquationError(_bad_call(name))
        case ast.Attribute(value=ast.Name(id=name), attr="T"):
            return ex.Transpose(ex.Var(name))
        case _:
            raise EquationError(f"“{ast.get_source_segment(text, node)}” is not allowed; {ALLOWED}")


ALLOWED = "use names, steps such as h[t-1], numbers, + - * / ** @, brackets and " + ", ".join(FUNCTIONS)


def _call(name: str, argument: Expr) -> Expr:
    if name == "sum":
        return ex.Total(argument)
    return argument if name == "identity" else ex.Call(name, argument)


def _binary(left: ast.expr, operator: ast.operator, right: ast.expr, text: str) -> Expr:
    """Translate an operator, flattening sums and products but keeping their order."""
    first = _read(left, text)
    if isinstance(operator, ast.Pow):
        return ex.Pow(first, _exponent(right, text))
    second = _read(right, text)
    match operator:
        case ast.Add():
            return ex.Add((*_terms(first), *_terms(second)))
        case ast.Sub():
            return ex.Add((*_terms(first), ex.Neg(second)))
        case ast.Mult():
            return ex.mul(first, second)
        case ast.Div():
            if second == ex.ZERO:
                raise EquationError("it divides by zero")
            if isinstance(first, ex.Const) and isinstance(second, ex.Const):
                return ex.Const(first.value / second.value)
            return ex.Div(first, second)
        case ast.MatMult():
            return ex.MatMul(first, second)
        case _:
            raise EquationError(f"the operator in “{ast.get_source_segment(text, left)} …” is not allowed; {ALLOWED}")


def _terms(expr: Expr) -> tuple[Expr, ...]:
    return expr.terms if isinstance(expr, ex.Add) else (expr,)


def _exponent(node: ast.expr, text: str) -> Fraction:
    """Read a constant exponent, such as 2, -1 or 1/2."""
    exponent = _read(node, text)
    if isinstance(exponent, ex.Neg) and isinstance(exponent.body, ex.Const):
        exponent = ex.Const(-exponent.body.value)
    if not isinstance(exponent, ex.Const):
        raise EquationError(f"the exponent “{ast.get_source_segment(text, node)}” has to be a number")
    value = exponent.value
    if abs(value) > LARGEST_POWER or value.denominator not in {1, 2}:
        raise EquationError(f"the exponent {value} has to be a whole or half number up to {LARGEST_POWER}")
    return value


def _lag(index: ast.expr, text: str) -> int:
    """Read the step inside ``h[t-1]`` as its lag."""
    match index:
        case ast.Name(id="t"):
            return 0
        case ast.BinOp(left=ast.Name(id="t"), op=ast.Sub() | ast.Add(), right=ast.Constant(value=int(distance))):
            lag = distance if isinstance(index.op, ast.Sub) else -distance
            if abs(lag) <= LARGEST_LAG and not isinstance(distance, bool):
                return lag
            raise EquationError(f"the lag {lag} is larger than {LARGEST_LAG}")
        case _:
            step = ast.get_source_segment(text, index)
            raise EquationError(f"the step “[{step}]” has to be t, t-1, t-2, … (or t+1 for a state that runs backwards)")


def _exact(literal: str) -> Fraction:
    """Read a decimal literal exactly: 0.1 is one tenth."""
    try:
        value = Fraction(literal.replace("_", ""))
    except ValueError:
        raise EquationError(f"the number {literal} has to be decimal") from None
    if len(literal) > 60 or len(str(value)) > 400:
        raise EquationError(f"the number {literal[:20]}… has too many digits")
    return value


def _bad_call(name: str) -> str:
    if name in FUNCTIONS:
        return f"{name} takes exactly one argument"
    near = get_close_matches(name, FUNCTIONS, n=1)
    hint = f" (did you mean {near[0]}?)" if near else ""
    return f"unknown function {name}{hint}; known are {', '.join(FUNCTIONS)}"
