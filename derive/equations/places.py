"""Places: what stands in square brackets, a step ``h[t-1]`` or ``x[1]``, or the part of a vector or matrix, ``z[t][0:n]``."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from derive.equations import expression as ex
from derive.equations import slips
from derive.equations.expression import Expr
from derive.equations.lengths import NOTHING, length, terms
from derive.equations.written import segment, shown
from derive.errors import EquationError

LARGEST_LAG = 1_000
LARGEST_STEP = 100_000
"""A step that is the same for all t may be one up to this."""
MOST_AXES = 2


def at_step(name: str, index: ast.expr, text: str) -> Expr:
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
                raise EquationError(f"the step “[{shown(index, text)}]” is more than {LARGEST_LAG} away from t")
            if not isinstance(distance, bool):
                return distance if isinstance(index.op, ast.Sub) else -distance
        case ast.Constant(value=int()):
            raise EquationError(f"the step “[{shown(index, text)}]” is one for all t, from 1 to {LARGEST_STEP:,}, or T")
    raise EquationError(slips.no_step(shown(index, text)))


def places(index: ast.expr) -> list[ast.expr]:
    """What stands in square brackets, between commas."""
    return index.elts if isinstance(index, ast.Tuple) else [index]


def part(body: Expr, places: Sequence[ast.expr], text: str) -> Expr:
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
    written = segment(inner, text).strip("() ")
    if written == NOTHING:
        return NOTHING
    try:
        found = length(written)
    except ValueError:
        raise EquationError(
            f"a part “{shown(node, text)}” begins or ends at a size, such as n, 2*n or d+n; NumPy's z[t][0:n] is its first n"
        ) from None
    if {"t", "T"} & terms(found).keys():
        raise EquationError(
            f"“{shown(node, text)}” is no size: a range is one of components, not of steps; "
            "a sum over the past is a state: s = s[t-1] + h[t]"
        )
    return sign + found
