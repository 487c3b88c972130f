"""Packed: short equations that share the lines of a display, whose signs stand under one another all the same."""

from __future__ import annotations

from collections.abc import Sequence

from derive.notation.formula import Formula, Line, Row, Sign, Words, row
from derive.notation.letters import RELATIONS
from derive.notation.measure import width
from derive.report.subject import LINE


def packed(found: Sequence[Formula], limit: float = LINE) -> list[Line]:
    """Several short equations to a line, the first of each aligned at its sign, as the lines of longer ones are."""
    lefts = [width(left) for left, _, _ in map(_at_sign, found) if left is not None]
    limit -= max(lefts, default=0.0) - min(lefts, default=0.0)
    lines: list[list[Formula]] = []
    room = 0.0
    for piece in found:
        need = width(piece) + 2
        if lines and room + need <= limit:
            lines[-1] += [Sign(","), Words("   "), piece]
        else:
            lines.append([piece])
            room = 0.0
        room += need
    return [_aligned(*line) for line in lines]


def _aligned(first: Formula, *others: Formula) -> Line:
    left, sign, right = _at_sign(first)
    return Line(left, sign, row(right, *others))


def _at_sign(equation: Formula) -> tuple[Formula | None, str, Formula]:
    """An equation cut at its first sign; what is none has no left side."""
    items = equation.items if isinstance(equation, Row) else ()
    for place, item in enumerate(items):
        if isinstance(item, Sign) and item.text in RELATIONS and place:
            return row(*items[:place]), item.text, row(*items[place + 1 :])
    return None, "", equation
