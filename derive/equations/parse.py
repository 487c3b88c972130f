"""Equation text → `Expr`, by a whitelist over Python's own syntax tree. Nothing is evaluated.

The grammar: names (``w_h``), names at a step (``h[t-1]``, ``x[t]``), decimal numbers (kept exact), ``+ - * / ** @``,
unary minus, ``W.T``, brackets, ``outer(u, v)``, ``concat(x, h)``, parts ``z[t][0:n]``, and functions: rows of
`derive.equations.FUNCTIONS`, those made of these, and a user's own.

What is read is bounded, so that nothing later runs out of stack, memory or time: the length of the text, the nesting,
and the size of every number and power that can come out of it.
"""

from __future__ import annotations

import ast
import keyword
import math
import re
import unicodedata
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cache
from types import MappingProxyType
from typing import TypeAlias

from derive.equations import expression as ex
from derive.equations import slips
from derive.equations.characters import plain, refusal
from derive.equations.expression import Expr
from derive.equations.functions import ALONG, COMPOSITES, FUNCTIONS, NAMES, PI, WITH_AXIS, Composite
from derive.equations.lengths import NOTHING, length, terms
from derive.errors import EquationError
from derive.limits import DEFAULT, Limits

DEEPEST = 40
"""Brackets, functions and quotients may stand inside one another this often."""
LARGEST = 5_000
"""Numbers may have this many bits, and powers multiply to this degree: ``10**10**10`` is refused, not computed."""
LARGEST_LAG = 1_000
LARGEST_STEP = 100_000
"""A step that is the same for all t may be one up to this."""
LARGEST_POWER = 100
LARGEST_EXPONENT = 100
"""A number may be written as 1e100."""
MOST_DIGITS = 60
MOST_AXES = 2
MOST_SHOWN = 40
"""A message quotes this many characters of an equation."""

ALLOWED = "use names, steps such as h[t-1], numbers, + - * / ** @, brackets and functions such as tanh"
POWERS = f"has to be a whole or half number up to {LARGEST_POWER}"
DECIMAL = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:[eE]([+-]?\d+))?")
KEYWORD = re.compile(rf"\b(?:{'|'.join(keyword.kwlist)})\b")


AXES: Mapping[Expr, int] = MappingProxyType({ex.ZERO: 0, ex.ONE: 1, ex.Neg(ex.ONE): -1})
"""The axes that a function may go along; −1 is the last."""
Own: TypeAlias = Mapping[str, ex.Definition]
"""Functions of a user's own, by name."""
NO_OWN: Own = MappingProxyType({})
NO_SIZES: Mapping[ex.Var, int] = MappingProxyType({})


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
                f'"{_short(text)}" names {var.name}{step}; a function knows its own argument only: '
                f"{', '.join(name.name for name in of)}"
            )
    return expr


@cache
def _built_in(name: str, axis: int | None = None) -> ex.Definition:
    made = COMPOSITES[name]
    if axis is None:
        return defined(made)
    return defined(replace(made, of=("Z", "Q")[: len(made.of)], value=ALONG[name].format(axis=axis)))


def bounded(expr: Expr) -> Expr:
    """Return an expression that is small enough to work with.

    Raises `EquationError` where it nests too deeply, where a number or a power becomes too large, where it divides by
    zero, and where it is raised to a power or put into a function that we do not know.

    >>> bounded(ex.Div(ex.Var("w"), ex.Pow(ex.Var("w"), Fraction(2)))) == parse("w/w**2")
    True
    """
    try:
        _measure(expr, 0)
    except RecursionError:
        raise EquationError(TOO_DEEP) from None
    return expr


TOO_DEEP = "it nests too deeply; split it into several equations"


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
        raise EquationError(f"not a formula: {slips.advice(_written(text), reason)}") from None
    except (RecursionError, MemoryError):
        raise EquationError(TOO_DEEP) from None


def _read(node: ast.expr, text: str) -> Expr:
    """Translate one node of Python's syntax tree."""
    match node:
        case ast.Constant(value=int() | float()) if not isinstance(node.value, bool):
            value = _exact(_segment(node, text))
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
            isinstance(place, ast.Slice) for place in _places(node.slice)
        ):
            return _part(_read(inner, text), _places(node.slice), text)
        case ast.Subscript(value=ast.Name(id=name), slice=index):
            return _at_step(name, index, text)
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
    for keyword_ in keywords:
        match keyword_:
            case ast.keyword(arg="axis" | "dim", value=place) if name in WITH_AXIS and axis is None:
                axis = _axis(place, text)
            case _:
                given = f"{keyword_.arg} = {_shown(keyword_.value, text)}"
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
        raise EquationError(f"the axis “{_shown(node, text)}” has to be 0 (down each column) or 1 (along each row)")
    return AXES[found]


def _places(index: ast.expr) -> list[ast.expr]:
    """What stands in square brackets, between commas."""
    return index.elts if isinstance(index, ast.Tuple) else [index]


def _part(body: Expr, places: Sequence[ast.expr], text: str) -> Expr:
    """A part of a vector, z[t][0:n], or of a matrix, A[t][:, 0:n], as NumPy writes it."""
    if len(places) > MOST_AXES:
        raise EquationError("a part has one range, or two of a matrix: A[0:n, 0:d]")
    whole = body
    for axis, place in enumerate(places):
        if not isinstance(place, ast.Slice):
            raise AssertionError("a part is made of ranges")  # noqa: TRY004 - no type that a caller gives
        if place.step is not None:
            raise EquationError(
                "a part begins somewhere and ends somewhere; every second component is not possible now"
            )
        start, stop = (_bound(bound, text) for bound in (place.lower, place.upper))
        if (start or NOTHING) != NOTHING or stop:
            body = ex.Part(body, start or NOTHING, stop, axis)
    if body is whole:
        raise EquationError(
            "[:] is all components; an equation sees one step at a time, and attention over all steps is not possible now"
        )
    return body


def _bound(node: ast.expr | None, text: str) -> str:
    """Where a part begins or ends: a size, after − counted from the end; the empty text is the end itself."""
    if node is None:
        return ""
    sign, inner = ("-", node.operand) if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) else ("", node)
    written = _segment(inner, text).strip("() ")
    if written == NOTHING:
        return NOTHING
    try:
        found = length(written)
    except ValueError:
        raise EquationError(
            f"a part “{_shown(node, text)}” begins or ends at a size, such as n, 2*n or d+n; NumPy's z[t][0:n] is its first n"
        ) from None
    if {"t", "T"} & terms(found).keys():
        raise EquationError(
            f"“{_shown(node, text)}” is no size: a range is one of components, not of steps; "
            "a sum over the past is a state: s = s[t-1] + h[t]"
        )
    return sign + found


def _refused(node: ast.expr, text: str) -> str:
    """What is wrong with a piece that Python reads, and an equation does not."""
    match node:
        case ast.Call(func=ast.Name(id=name)) if name in FUNCTIONS:
            return f"{name} takes exactly one argument"
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return slips.no_function(name, _short(", ".join(_segment(each, text) for each in arguments)))
        case ast.Call(func=ast.Attribute(attr=name)) if name in FUNCTIONS:
            return f"“{_segment(node.func, text)}” is not allowed; the function is written {name}"
        case ast.Call(func=ast.Constant() | ast.BinOp() | ast.UnaryOp() | ast.Subscript() | ast.Call()):
            first, second = _segment(node.func, text), _segment(node, text)
            return f"“{_short(second)}” is two things side by side; a product is written *, such as {_short(first)}*(…)"
        case ast.Attribute(value=ast.Name(id=name), attr="t"):
            return f"“{_segment(node, text)}” is not allowed; a transpose is written {name}.T"
        case ast.Tuple():
            return f"“{_shown(node, text)}” is not allowed; a comma has no place here, and a decimal is written with a point"
        case ast.Subscript(value=ast.Subscript(value=ast.Name(id=name))):
            return f"“{_shown(node, text)}” is not allowed; {name}[t] is written whole, its components have no names"
        case _:
            return f"“{_shown(node, text)}” is not allowed; {ALLOWED}"


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
            raise EquationError(f"the operator in “{_shown(operation, text)}” is not allowed; {ALLOWED}")


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
                given = _short(", ".join(_segment(each, text) for each in arguments))
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
        raise EquationError(f"the exponent “{_shown(node, text)}” has to be a number; {remedy}")
    return exponent.value


def _at_step(name: str, index: ast.expr, text: str) -> Expr:
    """Read ``h[t-1]``, or a variable at one step for all t, ``x[1]`` or ``x[T]``."""
    match index:
        case ast.Name(id="T"):
            return ex.Var(name, None, ex.LAST_STEP)
        case ast.Constant(value=int(step)) if type(step) is int and 1 <= step <= LARGEST_STEP:
            return ex.Var(name, None, step)
    return ex.Var(name, _lag(index, text))


def _lag(index: ast.expr, text: str) -> int:
    """Read the step inside ``h[t-1]`` as its lag."""
    match index:
        case ast.Name(id="t"):
            return 0
        case ast.BinOp(left=ast.Name(id="t"), op=ast.Sub() | ast.Add(), right=ast.Constant(value=int(distance))):
            if distance > LARGEST_LAG:
                raise EquationError(f"the step “[{_shown(index, text)}]” is more than {LARGEST_LAG} away from t")
            if not isinstance(distance, bool):
                return distance if isinstance(index.op, ast.Sub) else -distance
        case ast.Constant(value=int()):
            raise EquationError(
                f"the step “[{_shown(index, text)}]” is one for all t, from 1 to {LARGEST_STEP:,}, or T"
            )
    raise EquationError(slips.no_step(_shown(index, text)))


def _exact(literal: str) -> Fraction:
    """Read a decimal literal exactly: 0.1 is one tenth."""
    found = DECIMAL.fullmatch(literal.replace("_", ""))
    if found is None:
        raise EquationError(f"the number {_short(literal)} has to be decimal")
    if len(literal) > MOST_DIGITS or abs(int(found[1] or 0)) > LARGEST_EXPONENT:
        limits = f"at most {MOST_DIGITS}, up to 1e{LARGEST_EXPONENT}"
        raise EquationError(f"the number {_short(literal)} has too many digits ({limits})")
    return Fraction(found[0])


def _segment(node: ast.expr, text: str) -> str:
    """The part of an equation's text that a node was read from."""
    return _written(ast.get_source_segment(text, node) or "")


def _written(text: str) -> str:
    """A text as its author wrote it."""
    return unicodedata.normalize("NFKC", text)


def _shown(node: ast.expr, text: str) -> str:
    """The same for a message."""
    return _short(_segment(node, text))


def _short(text: str) -> str:
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}…"


def _measure(expr: Expr, depth: int, sizes: Mapping[ex.Var, int] = NO_SIZES) -> tuple[int, Fraction | None]:
    """Return a bound of how large an expression can become, and its value if it is plain arithmetic.

    The bound counts the bits of numbers and the degree of powers; ``sizes`` are those of names that stand for something
    longer. Raises `EquationError` where it is too large, where the expression nests too deeply, and where it divides by zero.
    """
    if depth > DEEPEST:
        raise EquationError(TOO_DEEP)
    if isinstance(expr, ex.Call) and expr.function not in FUNCTIONS:
        raise EquationError(slips.no_function(expr.function, "…"))
    deeper = max(map(_depth, _parts(expr.definition))) if isinstance(expr, ex.Defined) else 1
    inner = [_measure(child, depth + deeper, sizes) for child in ex.children(expr)]
    size = 1 + sum(inside for inside, _ in inner)
    match expr:
        case ex.Var():
            size = sizes.get(expr, 1)
        case ex.Defined(definition=definition):
            own, *each = _coefficients(definition)
            size = 1 + own + sum(times * inside for times, (inside, _) in zip(each, inner, strict=True))
        case ex.Const(value):
            size = value.numerator.bit_length() + value.denominator.bit_length()
        case ex.Pow(exponent=exponent):
            if abs(exponent) > LARGEST_POWER or exponent.denominator not in {1, 2}:
                raise EquationError(f"the exponent {_short(str(exponent))} {POWERS}")
            size *= 1 + math.ceil(abs(exponent))
    if size > LARGEST:
        raise EquationError("its numbers or powers become too large; choose smaller ones or split it")
    return size, _arithmetic(expr, [value for _, value in inner])


@cache
def _coefficients(definition: ex.Definition) -> tuple[int, ...]:
    """The size of a function that is made of others, linear in those of its arguments: without them, and times each."""

    def size(larger: ex.Var | None) -> int:
        sizes = {var: int(var == larger) for var in definition.of}
        return sum(_measure(part, 0, sizes)[0] for part in _parts(definition))

    without = size(None)
    return without, *(size(var) - without for var in definition.of)


def _parts(definition: ex.Definition) -> tuple[Expr, ...]:
    return definition.value, *(definition.slopes or ())


def _depth(expr: Expr) -> int:
    own = max(map(_depth, _parts(expr.definition))) if isinstance(expr, ex.Defined) else 1
    return own + max(map(_depth, ex.children(expr)), default=0)


def _arithmetic(expr: Expr, values: list[Fraction | None]) -> Fraction | None:
    """The value of an expression over numbers, given those of its parts; None for anything else."""
    match expr, values:
        case (ex.Div(), [_, bottom]) if bottom == 0:
            raise EquationError("it divides by zero")
        case (ex.Pow(exponent=exponent), [base]) if exponent < 0 and base == 0:
            raise EquationError("it divides by zero")
        case ex.Const(value), _:
            return value
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return None
    match expr:
        case ex.Neg():
            return -known[0]
        case ex.Add():
            return sum(known, Fraction(0))
        case ex.Mul():
            return Fraction(math.prod(known))
        case ex.Div():
            return known[0] / known[1]
        case ex.Pow(exponent=exponent) if exponent.denominator == 1:
            return Fraction(known[0] ** exponent.numerator)
        case _:
            return None
