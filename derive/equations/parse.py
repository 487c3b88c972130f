"""Equation text → `Expr`, by a whitelist over Python's own syntax tree. Nothing is evaluated.

The grammar: names (``w_h``), names at a step (``h[t-1]``, ``x[t]``), decimal numbers (kept exact), ``+ - * / ** @``,
unary minus, ``W.T``, brackets, ``outer(u, v)``, ``concat(x, h)``, parts ``z[t][0:n]``, and functions: rows of
`derive.equations.FUNCTIONS`, those made of these, and a user's own.

What is read is bounded (`bounds`), so that nothing later runs out of stack, memory or time.
"""

from __future__ import annotations

import ast
import keyword
import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cache
from types import MappingProxyType
from typing import TypeAlias

from derive.equations import expression as ex
from derive.equations import slips
from derive.equations.bounds import TOO_DEEP, bounded
from derive.equations.characters import plain, refusal
from derive.equations.expression import Expr
from derive.equations.functions import ALONG, COMPOSITES, FUNCTIONS, NAMES, PI, WITH_AXIS, Composite
from derive.equations.places import at_step, part, places
from derive.equations.written import exact, segment, short, shown, written
from derive.errors import EquationError
from derive.limits import DEFAULT, Limits

ONE_EACH = frozenset({"sum", "mean", "logsumexp", "cross_entropy"})
"""What gives one number for each row or column: a matrix, so that NumPy's ``keepdims=True`` is always meant."""
ALLOWED = "use names, steps such as h[t-1], numbers, + - * / ** @, brackets and functions such as tanh"
KEYWORD = re.compile(rf"\b(?:{'|'.join(keyword.kwlist)})\b")


AXES: Mapping[Expr, int] = MappingProxyType({ex.ZERO: 0, ex.ONE: 1, ex.Neg(ex.ONE): -1})
"""The axes that a function may go along; −1 is the last."""
Own: TypeAlias = Mapping[str, ex.Definition]
"""Functions of a user's own, by name."""
NO_OWN: Own = MappingProxyType({})


def parse(text: str, own: Own = NO_OWN, limits: Limits = DEFAULT) -> Expr:
    """Return the expression that an equation's right-hand side says; ``own`` are functions that it may use besides ours.

    Raises `EquationError` with one sentence (no file or equation name: the caller knows those), `LimitError` for a text that
    is longer than the limit of that name.

    >>> parse("tanh(a[t])")
    Call(function='tanh', argument=Var(name='a', lag=0), more=(), axis=None)
    >>> parse("w*h[t-1] + 0.1")
    ... # doctest: +NORMALIZE_WHITESPACE
    Add(terms=(Mul(factors=(Var(name='w', lag=None), Var(name='h', lag=1))), Const(value=Fraction(1, 10))))
    """
    limits.hold("equation", len(text))
    text = plain(" ".join(text.split()))
    if text and (refused := refusal(text)):
        raise EquationError(refused)
    text = KEYWORD.sub(_no_keyword, text)
    tree = _syntax(text)
    _check_calls(tree, text, own)
    try:
        expr = _resolved(_read(tree, text), own)
    except RecursionError:
        raise EquationError(TOO_DEEP) from None
    return bounded(expr)


def defined(made: Composite, own: Own = NO_OWN) -> ex.Definition:
    """Return what a function is that is made of others; raise `EquationError` for what is wrong in its texts.

    >>> defined(Composite("twice", "twice", ("z",), "2*z")).value
    Mul(factors=(Const(value=Fraction(2, 1)), Var(name='z', lag=None)))
    """
    of = tuple(map(ex.Var, made.of))
    slopes = None if made.slopes is None else tuple(_in_terms(text, of, own) for text in made.slopes)
    return ex.Definition(made.name, made.sign, of, _in_terms(made.value, of, own), slopes, made.rule)


def _in_terms(text: str, of: tuple[ex.Var, ...], own: Own) -> Expr:
    """An expression of a definition: its arguments and π are all it may name."""
    expr = ex.substitute(parse(text, own), {ex.Var("pi"): PI})
    for var in ex.variables(expr):
        if var not in of:
            step = "" if var.lag is None else "[t]"
            raise EquationError(
                f'"{short(text)}" names {var.name}{step}; a function knows its own argument only: '
                f"{', '.join(name.name for name in of)}"
            )
    return expr


@cache
def _built_in(name: str, axis: int | None = None) -> ex.Definition:
    made = COMPOSITES[name]
    if axis is None:
        return defined(made)
    return defined(replace(made, of=("Z", "Q")[: len(made.of)], value=ALONG[name].format(axis=axis)))


def _no_keyword(word: re.Match[str]) -> str:
    """A word of Python as a name: its first letter in bold, which Python reads as the letter, but takes for no keyword."""
    first, rest = word[0][0], word[0][1:]
    return chr(ord("𝐀") + ord(first) - ord("A") if first.isupper() else ord("𝐚") + ord(first) - ord("a")) + rest


def _syntax(text: str) -> ast.expr:
    """Python's syntax tree of a text that holds no other characters than ours."""
    if not text:
        raise EquationError("it is empty; write the right-hand side, such as tanh(a[t])")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python's advice on what we refuse anyway
            return ast.parse(text, mode="eval").body
    except SyntaxError as error:
        reason = error.msg.removesuffix(". Perhaps you forgot a comma?")
        raise EquationError(f"not a formula: {slips.advice(written(text), reason)}") from None
    except (RecursionError, MemoryError):
        raise EquationError(TOO_DEEP) from None


def _read(node: ast.expr, text: str) -> Expr:
    """Translate one node of Python's syntax tree."""
    match node:
        case ast.Constant(value=int() | float()) if not isinstance(node.value, bool):
            value = exact(segment(node, text))
            return ex.Const(value, decimal=value.denominator != 1)
        case ast.Name(id=name):
            return ex.Var(name)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return ex.mul(ex.Neg(ex.ONE), _read(operand, text))
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _read(operand, text)
        case ast.BinOp():
            return _operators(node, text)
        case ast.Subscript(value=inner, slice=ast.Slice() | ast.Tuple()) if all(
            isinstance(place, ast.Slice) for place in places(node.slice)
        ):
            return part(_read(inner, text), places(node.slice), text)
        case ast.Subscript(value=ast.Name(id=name), slice=index):
            return at_step(name, index, text)
        case ast.Call(func=ast.Name(id=name), args=[], keywords=[]):
            return _call(name, (), NO_OWN)
        case ast.Call(func=ast.Name(id="concat"), args=[ast.Tuple(elts=parts) | ast.List(elts=parts)]):
            return _called("concat", parts, node.keywords, text)
        case ast.Call(func=ast.Name(id=name), args=[_, *_]):
            return _called(name, node.args, node.keywords, text)
        case ast.Attribute(value=inner, attr="T"):
            return ex.Transpose(_read(inner, text))
        case _:
            raise EquationError(_refused(node, text))


def _called(name: str, arguments: Sequence[ast.expr], keywords: Sequence[ast.keyword], text: str) -> Expr:
    """A call with its axis, if one is given, before the function is looked up."""
    axis = None
    along = any(keyword_.arg in {"axis", "dim"} for keyword_ in keywords)
    for keyword_ in keywords:
        match keyword_:
            case ast.keyword(arg="axis" | "dim", value=place) if name in WITH_AXIS and axis is None:
                axis = _axis(place, text)
            case ast.keyword(arg="keepdims" | "keepdim", value=ast.Name(id=yes)) if name in ONE_EACH and along:
                if yes != "True":
                    raise EquationError(
                        f"{name} along an axis is a matrix of one column or row; leave {keyword_.arg} out: "
                        "a column times a constant vector one = [1] is a vector, A@one, and so is a row, one@A"
                    )
            case _:
                given = f"{keyword_.arg} = {shown(keyword_.value, text)}"
                allowed = (
                    "an axis is the only one" if name in WITH_AXIS else f"{name} takes its arguments by their places"
                )
                if keyword_.arg in {"axis", "dim"} and name not in WITH_AXIS:
                    allowed = f"along an axis of a matrix there are {', '.join(sorted(WITH_AXIS))}"
                raise EquationError(f"{name} has no argument “{given}”; {allowed}")
    first, *others = (_read(argument, text) for argument in arguments)
    return ex.Call(name, first, tuple(others), axis)


def _axis(node: ast.expr, text: str) -> int:
    """0 for what goes down the rows, 1 (or −1, the last) for what goes along the columns."""
    found = _read(node, text)
    if found not in AXES:
        raise EquationError(f"the axis “{shown(node, text)}” has to be 0 (down each column) or 1 (along each row)")
    return AXES[found]


def _refused(node: ast.expr, text: str) -> str:
    """What is wrong with a piece that Python reads, and an equation does not."""
    match node:
        case ast.Call(func=ast.Name(id=name)) if name in FUNCTIONS:
            return f"{name} takes exactly one argument"
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return slips.no_function(name, short(", ".join(segment(each, text) for each in arguments)))
        case ast.Call(func=ast.Attribute(attr=name)) if name in FUNCTIONS:
            return f"“{segment(node.func, text)}” is not allowed; the function is written {name}"
        case ast.Call(func=ast.Constant() | ast.BinOp() | ast.UnaryOp() | ast.Subscript() | ast.Call()):
            first, second = segment(node.func, text), segment(node, text)
            return f"“{short(second)}” is two things side by side; a product is written *, such as {short(first)}*(…)"
        case ast.Attribute(value=ast.Name(id=name), attr="t"):
            return f"“{segment(node, text)}” is not allowed; a transpose is written {name}.T"
        case ast.Tuple():
            return f"“{shown(node, text)}” is not allowed; a comma has no place here, and a decimal is written with a point"
        case ast.Subscript(value=inner, slice=place) if any(map(_is_new, ast.walk(place))):
            return f"“{shown(node, text)}” is not allowed; {_beside_matrix(segment(inner, text), place)}"
        case ast.Subscript(value=ast.Subscript(value=ast.Name(id=name))):
            return (
                f"“{shown(node, text)}” is not allowed; {name}[t] is written whole, its components have no names; "
                f"one is picked by a constant vector such as e = [1, 0]: e@{name}[t]"
            )
        case _:
            return f"“{shown(node, text)}” is not allowed; {ALLOWED}"


def _is_new(node: ast.AST) -> bool:
    """Whether a piece of a place in brackets makes a new axis, as NumPy does."""
    match node:
        case ast.Constant(value=None) | ast.Name(id="None" | "newaxis") | ast.Attribute(attr="newaxis"):
            return True
        case _:
            return False


def _beside_matrix(vector: str, place: ast.expr) -> str:
    """How a vector is written that is repeated beside a matrix: as each of its columns, or as each of its rows."""
    match place:
        case ast.Tuple(elts=[first, *_]) if _is_new(first):
            return f"a vector beside a matrix is a row: write {short(vector)}"
        case _:
            return (
                f"a vector as each column of a matrix is written outer({short(vector)}, ones(b)), "
                "with a vector b as long as a row"
            )


def _operators(node: ast.expr, text: str) -> Expr:
    """Translate operators that follow one another, from left to right, without recursion: a sum may be long."""
    pending: list[ast.BinOp] = []
    while isinstance(node, ast.BinOp):
        pending.append(node)
        node = node.left
    result = _read(node, text)
    for operation in reversed(pending):
        result = _joined(result, operation, text)
    return result


def _joined(first: Expr, operation: ast.BinOp, text: str) -> Expr:
    """Translate an operator, flattening sums and products but keeping their order."""
    if isinstance(operation.op, ast.Pow):
        return ex.Pow(first, _exponent(operation.right, text))
    second = _read(operation.right, text)
    match operation.op:
        case ast.Add():
            return ex.Add((*_terms(first), *_terms(second)))
        case ast.Sub():
            return ex.Add((*_terms(first), second.body if isinstance(second, ex.Neg) else ex.Neg(second)))
        case ast.Mult():
            return ex.mul(first, second)
        case ast.Div() if isinstance(first, ex.Const) and isinstance(second, ex.Const) and second != ex.ZERO:
            return ex.Const(first.value / second.value, decimal=first.decimal or second.decimal)
        case ast.Div():
            return ex.Div(first, second)
        case ast.MatMult():
            return ex.MatMul(first, second)
        case _:
            raise EquationError(f"the operator in “{shown(operation, text)}” is not allowed; {ALLOWED}")


def _terms(expr: Expr) -> tuple[Expr, ...]:
    return expr.terms if isinstance(expr, ex.Add) else (expr,)


def _resolved(expr: Expr, own: Own) -> Expr:
    """An expression with each function that it calls looked up."""
    inner = ex.rebuild(expr, lambda child: _resolved(child, own))
    return _call(inner.function, inner.arguments, own, inner.axis) if isinstance(inner, ex.Call) else inner


def _call(name: str, arguments: tuple[Expr, ...], own: Own, axis: int | None = None) -> Expr:
    """A function by its name: a row of ours, what is made of these, or one's own."""
    if name == "concat":
        if len(arguments) < 2:
            raise EquationError("concat joins two or more: concat(x[t], h[t-1])")
        return ex.Concat(arguments, axis or 0)
    if name in FUNCTIONS:
        _check_count(name, len(arguments), FUNCTIONS[name].arity, FUNCTIONS[name].arity)
        if name == "sum":
            return ex.Total(arguments[0]) if axis is None else ex.Summed(arguments[0], axis, kept=True)
        return arguments[0] if name == "identity" else ex.Call(name, arguments[0], arguments[1:], axis)
    if name == "outer":
        _check_count(name, len(arguments), 2, 2)
        return ex.Outer(*arguments)
    definition = own[name] if name in own else _built_in(name, axis)
    defaults = COMPOSITES[name].defaults if name in COMPOSITES else ()
    _check_count(name, len(arguments), len(definition.of) - len(defaults), len(definition.of))
    left_out = defaults[len(defaults) - len(definition.of) + len(arguments) :]
    made = ex.Defined(definition, (*arguments, *map(parse, left_out)))
    return made if definition.sign else made.value


def _check_calls(tree: ast.expr, text: str, own: Own) -> None:
    """What is called is a function."""
    known = (*own, *NAMES)
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name), args=arguments) if name not in known:
                given = short(", ".join(segment(each, text) for each in arguments))
                raise EquationError(slips.no_function(name, given, known))


def _check_count(name: str, given: int, least: int, most: int) -> None:
    if not least <= given <= most:
        counts = ("no", "one", "two", "three")
        wanted = f"exactly {counts[most]}" if least == most else f"{counts[least]} or {counts[most]}"
        raise EquationError(f"{name} takes {wanted} argument{'s' if most > 1 else ''}, not {given}")


def _exponent(node: ast.expr, text: str) -> Fraction:
    """Read a constant exponent, such as 2, -1 or 1/2."""
    exponent = _read(node, text)
    if isinstance(exponent, ex.Neg) and isinstance(exponent.body, ex.Const):
        exponent = ex.Const(-exponent.body.value)
    if not isinstance(exponent, ex.Const):
        remedy = (
            "a transpose is written W.T" if exponent == ex.Var("T") else "eᶻ is written exp(z), and wᶻ exp(z*log(w))"
        )
        raise EquationError(f"the exponent “{shown(node, text)}” has to be a number; {remedy}")
    return exponent.value
