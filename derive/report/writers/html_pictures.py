"""Picture → SVG for a page. Colours are classes, so that the page's style sheet has the say; labels are MathML."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from html import escape
from itertools import groupby
from math import hypot
from typing import Final, assert_never

from derive.notation.formula import Formula
from derive.report.document import Arrow, Label, Node, Picture, Point, Polyline, Shape

PER_CM: Final = 44.0
"""Pixels to a centimetre: a formula of 17 px then takes the room that it has on paper."""
_HEAD: Final = {"strong": (10.0, 4.2), "faint": (6.0, 2.4), "": (7.7, 3.2)}
_ROOM: Final = (240.0, 40.0)
"""Width and height of the box in which a label is centred, in pixels."""


def picture_svg(picture: Picture, alt: str, mark: Callable[[Formula], str], *, bare: bool = False) -> str:
    """Return a picture as an SVG element that says what it shows; ``mark`` puts a formula in.

    One without words repeats what stands beside it, and is not read out. In a ``bare`` one heads of arrows and
    the boxes of labels are left to a script, to which ``mark`` says what stands there.
    """
    wide, high = picture.width * PER_CM, picture.height * PER_CM
    shapes = "\n".join(_shapes(picture, mark, bare=bare))
    said = f'role="img" aria-label="{escape(alt)}"' if alt else 'aria-hidden="true"'
    return f'<svg {said} width="{wide:.0f}" height="{high:.0f}" viewBox="0 0 {wide:g} {high:g}">\n{shapes}\n</svg>'


def _shapes(picture: Picture, mark: Callable[[Formula], str], *, bare: bool) -> Iterator[str]:
    """The shapes in their order; dots of one look that follow one another stand together."""
    for looks, alike in groupby(picture.shapes, _looks_of_dot):
        if looks:
            dots = (_dot(_point(dot.points[0], picture.height), dot) for dot in alike if isinstance(dot, Polyline))
            yield f'<g class="{looks}">{"".join(dots)}</g>'
        else:
            yield from (_shape(shape, picture.height, mark, bare=bare) for shape in alike)


def _shape(shape: Shape, height: float, mark: Callable[[Formula], str], *, bare: bool) -> str:
    match shape:
        case Node(at, (width, tall), label, role, form, strong, dashed, key, small):
            x, y = _point(at, height)
            half = width * PER_CM / 2, tall * PER_CM / 2
            outline = (
                f'<ellipse cx="{_n(x)}" cy="{_n(y)}" rx="{_n(half[0])}" ry="{_n(half[1])}"/>'
                if form == "circle"
                else f'<rect x="{_n(x - half[0])}" y="{_n(y - half[1])}" width="{_n(2 * half[0])}" '
                f'height="{_n(2 * half[1])}" rx="3.5"/>'
            )
            names = _names("node", role, strong=strong, dashed=dashed, small=small)
            return f'<g class="{names}"{_key(key)}>{outline}{_label((x, y), "center", label, mark, bare=bare)}</g>'
        case Arrow():
            return _arrow(shape, height, bare=bare)
        case Label(at, body, role, anchor):
            return f'<g class="label {role}">{_label(_point(at, height), anchor, body, mark, bare=bare)}</g>'
        case Polyline(points, role, marked, dashed, faint, thick):
            places = [_point(point, height) for point in points]
            line = " ".join(f"{_n(x)},{_n(y)}" for x, y in places)
            names = _names("line", role, dashed=dashed, faint=faint, thick=thick)
            if not marked:
                return f'<polyline class="{names}" points="{line}"/>'
            dots = "".join(_dot(place, shape) for place in places)
            return f'<g class="{names}"><polyline points="{line}"/>{dots}</g>'
        case _:
            assert_never(shape)


def _arrow(arrow: Arrow, height: float, *, bare: bool) -> str:
    """A shaft that ends in the notch of its head."""
    start, end, *bends = (_point(point, height) for point in (arrow.start, arrow.end, *(arrow.controls or ())))
    back = bends[1] if bends else start
    span = hypot(end[0] - back[0], end[1] - back[1])
    along = ((end[0] - back[0]) / span, (end[1] - back[1]) / span)
    length, half = _HEAD["strong" if arrow.strong else "faint" if arrow.faint else ""]

    def shifted(point: Point, far: float, across: float) -> str:
        x = point[0] + far * along[0] - across * along[1]
        return f"{_n(x)} {_n(point[1] + far * along[1] + across * along[0])}"

    notch = shifted(end, -0.8 * length, 0)
    way = (
        f"C{_n(bends[0][0])} {_n(bends[0][1])} {shifted(bends[1], -0.8 * length, 0)} {notch}" if bends else f"L{notch}"
    )
    # From its tip to one barb, to the notch, to the other barb: steps are shorter to write than places.
    barb, other = (shifted((0, 0), *step) for step in ((-length, half), (-0.2 * length, -half)))
    head = f"M{shifted(end, 0, 0)}l{barb}l{shifted((0, 0), 0.2 * length, -half)}l{other}z"
    names = _names("arrow", arrow.role, strong=arrow.strong, dashed=arrow.dashed, faint=arrow.faint)
    shaft = f"M{_n(start[0])} {_n(start[1])}{way}"
    headed = "" if bare else f'<path class="head" d="{head}"/>'
    return f'<g class="{names}"{_key(arrow.key)}><path d="{shaft}"/>{headed}</g>'


def _label(at: Point, anchor: str, body: Formula, mark: Callable[[Formula], str], *, bare: bool) -> str:
    """A formula in a box around a place, or that begins or ends there."""
    side = "" if anchor == "center" else f' class="{anchor}"'
    if bare:
        return f'<text{side} x="{_n(at[0])}" y="{_n(at[1])}" data-formula="{mark(body)}"/>'
    wide, high = _ROOM
    left = {"center": at[0] - wide / 2, "start": at[0], "end": at[0] - wide}[anchor]
    return (
        f'<foreignObject x="{_n(left)}" y="{_n(at[1] - high / 2)}" width="{wide:g}" height="{high:g}">'
        f"<div{side}>{mark(body)}</div></foreignObject>"
    )


def _looks_of_dot(shape: Shape) -> str:
    """The classes of a line that is one dot; nothing of any other shape."""
    if not isinstance(shape, Polyline) or not shape.marked or len(set(shape.points)) > 1:
        return ""
    return _names("line", shape.role, faint=shape.faint)


def _dot(at: Point, line: Polyline) -> str:
    return f'<circle cx="{_n(at[0])}" cy="{_n(at[1])}" r="{1 if line.faint else 2}"/>'


def _key(key: str) -> str:
    """What the script finds a shape by; in quotes a > stands for itself."""
    return f' data-key="{escape(key).replace("&gt;", ">")}"' if key else ""


def _names(*names: str, **marks: bool) -> str:
    return " ".join((*names, *(mark for mark, holds in marks.items() if holds)))


def _n(number: float) -> str:
    """A length to a tenth of a pixel."""
    found = f"{number:.1f}".removesuffix(".0")
    return "0" if found == "-0" else found


def _point(point: Point, height: float) -> Point:
    return point[0] * PER_CM, (height - point[1]) * PER_CM
