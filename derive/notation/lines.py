"""Lines: an equation too wide for the page is broken where a mathematician would break it.

A formula is cut into pieces only as finely as it must be: a chain before its relation signs, a sum between its terms, a
product between its factors or, better, between the terms of a wide bracket; arguments of functions, powers of brackets
and bodies of braces only if nothing else helps; fractions, scripts and matrices never. A continuation line begins with
the sign at which the formula was broken, and with a dot where factors stood side by side. Which cuts are used is then a
shortest path (Knuth & Plass 1981): each line costs one, plus the square of its empty share, plus what its break costs.

A piece remembers which braces and colours it was cut out of, so that each line gets its part of them again; the label
of a brace goes under its last part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from math import inf
from typing import Final, TypeAlias

from derive.notation.formula import (
    Apply,
    Big,
    Brace,
    Colored,
    Formula,
    Group,
    Line,
    Minus,
    Power,
    Product,
    Row,
    Sign,
    Sum,
    Symbol,
    Transposed,
    Words,
    row,
)
from derive.notation.letters import OPENING, OPERATIONS, RELATIONS
from derive.notation.measure import QUAD, width
from derive.notation.spelling import factors, level, terms

__all__ = ["REASON_GAP", "beside", "broken", "width"]

REASON_GAP: Final = 2.0
"""At least so much room, in em, stands between an equation and its reason."""

_BESIDE_TORN: Final = -1.6
_TERM: Final = 0.05
_COMMA: Final = 0.4
_INNER: Final = 0.5
_FACTOR: Final = 1.5
_ARGUMENT: Final = 2.0
_WIDE: Final = 0.45
_NARROW: Final = 0.25
_GLUE: Final = 30.0
_OVERFULL: Final = 10_000.0
_BREAKING: Final = (
    dict.fromkeys(OPERATIONS, _FACTOR) | dict.fromkeys(("+", "−", "-", "±"), _TERM) | dict.fromkeys(RELATIONS, 0.0)
)


@dataclass(frozen=True, slots=True, eq=False)
class _Span:
    """A brace or a colour whose body was cut. Two spans are never equal, even around equal formulas."""

    around: Brace | Colored


@dataclass(frozen=True, slots=True)
class _Piece:
    """Formulas that stay together.

    ``joint`` is the sign in front of them within a line, ``start`` the one if they begin a line, ``cost`` what that
    break costs, ``spans`` what they were cut out of, from the outside in.
    """

    items: tuple[Formula, ...]
    joint: str = ""
    start: str = ""
    cost: float = 0.0
    spans: tuple[_Span, ...] = ()


_Pieces: TypeAlias = tuple[_Piece, ...]


@dataclass(frozen=True, slots=True)
class _Knife:
    """How finely to cut: what is at most ``room`` em wide stays whole; ``deep`` cuts even arguments and braces.

    A bracket narrower than ``least`` stays whole in any case: 1 − h² is not torn while there is another place.
    """

    room: float
    deep: bool
    least: float = 0.0


def broken(left: Formula | None, sign: str, right: Formula, limit: float) -> tuple[Line, ...]:
    """Return the equation ``left sign right`` in lines at most ``limit`` em wide, as far as that is possible.

    Nothing is lost or reordered. A left side wider than half a line has the first line to itself. A chain given as
    ``right`` alone is aligned at its first relation sign.
    """
    margin = _margin(left, sign)
    if margin + width(right) <= limit:
        return (Line(left, sign, right),)
    if left is None and not sign and isinstance(right, Row):
        split = next((place for place, item in enumerate(right.items) if _relation(item)), 0)
        first = right.items[split]
        if split and isinstance(first, Sign):
            return broken(row(*right.items[:split]), first.text, row(*right.items[split + 1 :]), limit)
    if left is not None and sign and margin > limit / 2:
        return (Line(Words(""), "", left), *broken(None, sign, right, limit))
    room = limit - margin
    pieces, breaks = _cut_to_fit(right, room)
    return tuple(_line(left, sign, pieces, start, end) for start, end in pairwise((*breaks, len(pieces))))


def beside(lines: Sequence[Line]) -> tuple[float, ...]:
    """Return for each line how far behind the widest one its reason ends, in em, so that all end at one place."""
    margin = max((_margin(line.left, line.sign) for line in lines), default=0.0)
    ends = [margin + width(line.right) + (0.0 if line.sign or line.left else QUAD) for line in lines]
    needed = [end + REASON_GAP + width(line.reason) for line, end in zip(lines, ends, strict=True) if line.reason]
    return (max(0.0, max(needed, default=0.0) - max(ends, default=0.0)),) * len(lines)


def _margin(left: Formula | None, sign: str) -> float:
    """The width up to the right side."""
    return (width(left) if left is not None else 0.0) + (width(Sign(sign)) if sign else 0.0)


def _cut_to_fit(formula: Formula, room: float) -> tuple[_Pieces, tuple[int, ...]]:
    """Cut more and more finely until every line fits; if none does, take what stands out least."""
    tries = [
        _Knife(max(room - QUAD, 0.0) * share, deep, room * least)
        for least in (_NARROW, 0.0)
        for deep in (False, True)
        for share in (1.0, 0.5, 0.25)
    ]
    best: tuple[float, _Pieces, tuple[int, ...]] = (inf, (), ())
    for knife in tries:
        pieces = _cut(formula, knife)
        cost, breaks = _breaks(pieces, room)
        if cost < best[0]:
            best = (cost, pieces, breaks)
        if cost < _OVERFULL:
            break
    return best[1], best[2]


def _breaks(pieces: _Pieces, room: float) -> tuple[float, tuple[int, ...]]:
    """The cheapest way to set pieces in lines: its cost, and the piece each line begins with."""
    joints = [_joint_width(piece) for piece in pieces]
    indents = [_start_width(piece) if place else 0.0 for place, piece in enumerate(pieces)]
    natural = [joint + sum(map(width, piece.items)) for joint, piece in zip(joints, pieces, strict=True)]
    ends = tuple(accumulate(natural, initial=0.0))
    best: list[tuple[float, int]] = [(0.0, 0)]
    for end in range(1, len(pieces) + 1):
        options: list[tuple[float, int]] = []
        for start in range(end - 1, -1, -1):
            here = ends[end] - ends[start] - joints[start] + indents[start]
            price = _price(here, room, last=end == len(pieces)) + (pieces[start].cost if start else 0.0)
            options.append((best[start][0] + price, start))
            # What stands out already stands out more if the line begins earlier, unless it may not begin here.
            if here > room and pieces[start].cost < _GLUE:
                break
        best.append(min(options))
    breaks = [best[-1][1]]
    while breaks[-1]:
        breaks.append(best[breaks[-1]][1])
    return best[-1][0], tuple(reversed(breaks))


def _price(here: float, room: float, *, last: bool) -> float:
    """What a line costs: one, plus the square of its empty share, half that if it is the last; far more if too wide."""
    if here > room:
        return _OVERFULL * (1 + (here - room) / max(room, QUAD))
    return 1.0 + (0.5 if last else 1.0) * (1.0 - here / room) ** 2


def _joint_width(piece: _Piece) -> float:
    return width(Sign(piece.joint)) if piece.joint else 0.0


def _start_width(piece: _Piece) -> float:
    """A line that begins with a relation is aligned at it; another is indented."""
    if piece.start in RELATIONS:
        return 0.0
    return QUAD + (width(Sign(piece.start)) if piece.start else 0.0)


def _line(left: Formula | None, sign: str, pieces: _Pieces, start: int, end: int) -> Line:
    inside = _joined(pieces, start, end, 0)
    if start == 0:
        return Line(left, sign, row(*inside))
    begin = pieces[start].start
    if begin in RELATIONS:
        return Line(None, begin, row(*inside))
    return Line(None, "", row(*((Sign(begin),) if begin else ()), *inside))


def _joined(pieces: _Pieces, start: int, end: int, depth: int) -> tuple[Formula, ...]:
    """Pieces side by side without the first joint, each span at ``depth`` closed around its run of them again."""
    items: list[Formula] = []
    place = start
    while place < end:
        if place > start and pieces[place].joint:
            items.append(Sign(pieces[place].joint))
        span = _span(pieces[place], depth)
        stop = place + 1
        while span is not None and stop < end and _span(pieces[stop], depth) is span:
            stop += 1
        if span is None:
            items.extend(pieces[place].items)
        else:
            last = stop == len(pieces) or _span(pieces[stop], depth) is not span
            items.append(_closed(span.around, row(*_joined(pieces, place, stop, depth + 1)), last=last))
        place = stop
    return tuple(items)


def _span(piece: _Piece, depth: int) -> _Span | None:
    return piece.spans[depth] if depth < len(piece.spans) else None


def _closed(around: Brace | Colored, body: Formula, *, last: bool) -> Formula:
    match around:
        case Brace(label=label):
            return replace(around, body=body, label=label if last else Words(""))
        case Colored(role=role):
            return Colored(role, body)


def _cut(formula: Formula, knife: _Knife) -> _Pieces:
    """Cut a formula that is too wide where it may break; what may not break is one piece."""
    whole = (_Piece((formula,)),)
    if width(formula) <= knife.room:
        return whole
    match formula:
        case Row():
            return _cut_row(formula, knife)
        case Minus(body):
            return _led((Sign("−"),), _cut(body, knife))
        case Sum():
            return _cut_sum(formula, knife)
        case Product():
            return _cut_product(formula, knife)
        case Group(body, brackets, least) if width(formula) > knife.least:
            inner = _enclosed(brackets, level(body, least=least), _cut(body, knife), _INNER)
        case Power(base=Group(body, brackets), exponent=raised) if knife.deep:
            inner = _cut_raised(body, brackets, raised, knife)
        case Transposed(Group(body, brackets)) if knife.deep:
            inner = _cut_raised(body, brackets, None, knife)
        case Apply() if knife.deep:
            inner = _cut_arguments(formula, knife)
        case Big(body=body):
            inner = _led((replace(formula, body=Row(())),), _cut(body, knife))
        case Colored(body=body):
            inner = _spanned(_Span(formula), _cut(body, knife))
        case Brace(body=body) if knife.deep:
            inner = _spanned(_Span(formula), _cut(body, knife))
        case _:
            return whole
    return inner if len(inner) > 1 else whole


def _cut_sum(total: Sum, knife: _Knife) -> _Pieces:
    """A sum breaks before the sign of a term, and best before and after a term that is itself torn."""
    pieces: list[_Piece] = []
    torn = False
    for sign, term in terms(total):
        first, *rest = _cut(term, knife)
        if pieces:
            first = replace(first, joint=sign, start=sign, cost=_BESIDE_TORN if torn or rest else _TERM)
        torn = bool(rest)
        pieces += [first, *rest]
        if sign == "−" and not first.joint:
            pieces = list(_led((Sign("−"),), tuple(pieces)))
    return tuple(pieces)


def _cut_product(product: Product, knife: _Knife) -> _Pieces:
    """A product breaks between factors, and inside a factor that takes up much of the line."""
    finer = replace(knife, room=knife.room * _WIDE)
    pieces: list[_Piece] = []
    for sign, factor in factors(product):
        first, *rest = _cut(factor, finer)
        if pieces:
            first = replace(first, joint=sign, start=sign or "·", cost=_FACTOR)
        pieces += [first, *rest]
    return tuple(pieces)


def _cut_arguments(call: Apply, knife: _Knife) -> _Pieces:
    """A call breaks inside its arguments, and after the comma between them."""
    pieces: _Pieces = ()
    for argument in call.arguments:
        first, *rest = _cut(argument, knife)
        before = _ended(pieces, (Sign(","),)) if pieces else ()
        pieces = (*before, replace(first, cost=_COMMA), *rest)
    return _led((Symbol(call.function),), _enclosed("()", level(*call.arguments), pieces, _ARGUMENT))


def _cut_raised(body: Formula, brackets: str, raised: Formula | None, knife: _Knife) -> _Pieces:
    """A bracket with an exponent breaks like one without; the exponent stays at the closing bracket."""
    *most, last = _enclosed(brackets, level(body), _cut(body, knife), _ARGUMENT)
    *before, closing = last.items
    end: Formula = Transposed(closing) if raised is None else Power(closing, raised)
    return (*most, replace(last, items=(*before, end)))


def _cut_row(chain: Row, knife: _Knife) -> _Pieces:
    """A row breaks before a relation or an operation and after a comma; anything else stays with what is before it."""
    pieces: _Pieces = ()
    joint = ""
    for item in chain.items:
        last = pieces[-1].items[-1] if pieces else None
        if isinstance(item, Sign) and last is not None and not joint and item.text in _BREAKING and not _opens(last):
            joint = item.text
            continue
        first, *rest = _cut(item, knife)
        if joint:
            pieces = (*pieces, replace(first, joint=joint, start=joint, cost=_BREAKING[joint]), *rest)
        elif last == Sign(",") and not isinstance(item, Words):
            pieces = (*pieces, replace(first, cost=_COMMA), *rest)
        else:
            pieces = _glued(pieces, (first, *rest))
        joint = ""
    return _ended(pieces, (Sign(joint),)) if joint else pieces


def _opens(formula: Formula) -> bool:
    return isinstance(formula, Sign) and formula.text in OPENING


def _relation(formula: Formula) -> bool:
    return isinstance(formula, Sign) and formula.text in RELATIONS


def _glued(left: _Pieces, right: _Pieces) -> _Pieces:
    """Pieces one after another, without a break where they meet."""
    if not left or not right:
        return left or right
    if left[-1].spans or right[0].spans:
        return (*left, replace(right[0], cost=_GLUE), *right[1:])
    return (*left[:-1], replace(left[-1], items=(*left[-1].items, *right[0].items)), *right[1:])


def _led(items: tuple[Formula, ...], pieces: _Pieces) -> _Pieces:
    """Pieces with formulas in front of the first."""
    return _glued((_Piece(items),), pieces)


def _ended(pieces: _Pieces, items: tuple[Formula, ...]) -> _Pieces:
    """Pieces with formulas behind the last."""
    return _glued(pieces, (_Piece(items),))


def _enclosed(brackets: str, size: int, pieces: _Pieces, cost: float) -> _Pieces:
    """Pieces in brackets, whose sizes still match though they may come to stand on different lines."""
    inside = (pieces[0], *(replace(piece, cost=piece.cost + cost) for piece in pieces[1:]))
    return _ended(_led((Sign(brackets[0], size),), inside), (Sign(brackets[1], size),))


def _spanned(span: _Span, pieces: _Pieces) -> _Pieces:
    """Pieces that remember what they were cut out of."""
    return tuple(replace(piece, spans=(span, *piece.spans)) for piece in pieces)
