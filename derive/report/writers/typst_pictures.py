"""Picture → Typst, as calls of the shell's ``node``, ``arrow``, ``polyline`` and ``tag``: places from here, looks from there.

Typst's y runs down the page, a picture's runs up; the sign is turned here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, assert_never

from derive.notation.formula import Formula
from derive.notation.measure import width
from derive.notation.text import text
from derive.notation.typst import typst
from derive.report.document import UNIT, Arrow, Label, Node, Picture, Point, Polyline, Shape

LONGEST_SPOKEN: Final = 8_000
# In em.
_SHORT: Final = 6.0


def picture_typst(picture: Picture) -> str:
    """Return a picture as a Typst expression, for code mode; the shell must define what it calls."""
    shapes = "".join(f"  {_shape(shape, picture.height)},\n" for shape in picture.shapes)
    return f"picture({_cm(picture.width)}, {_cm(picture.height)}, (\n{shapes}))"


def pictures_source(pictures: Sequence[Picture], shell: str) -> str:
    """Return the source of pages that hold a picture each, and nothing else."""
    pages = "".join(f"#lone-picture({picture_typst(picture)})\n" for picture in pictures)
    return f"{shell}\n{pages}"


def quoted(string: str) -> str:
    """Return a string literal of Typst."""
    return '"{}"'.format(string.replace("\\", r"\\").replace('"', r"\""))


def spoken(words: str) -> str:
    """Return what a screen reader says, as a string literal: a PDF holds no more in one, and nobody listens as long."""
    return quoted(words if len(words) <= LONGEST_SPOKEN else f"{words[:LONGEST_SPOKEN]} …")


def formula_typst(formula: Formula, *, whole: bool = False) -> str:
    """Return a formula within text, with the words a screen reader says for it, as a Typst expression.

    One that is short, or asked for ``whole``, stays on one line; Typst would break *T* = 3 after its sign as readily as
    a long one.
    """
    call = "short" if whole or width(formula) < _SHORT else "formula"
    return f"{call}({spoken(text(formula))}, ${typst(formula)}$)"


def _shape(shape: Shape, height: float) -> str:
    match shape:
        case Node(at, (width, tall), label, role, form, strong, dashed, small=small):
            place = f"{_point(at, height)}, ({_cm(width)}, {_cm(tall)})"
            named = ", dashed: true" * dashed + ", small: true" * small
            return f'node({place}, "{role}", "{form}", {_flag(strong)}, {formula_typst(label)}{named})'
        case Arrow(start, end, role, controls, strong, dashed, faint):
            bends = ", ".join(_point(point, height) for point in controls or ())
            path = f"{_point(start, height)}, ({bends}), {_point(end, height)}"
            named = ", faint: true" * faint
            return f'arrow({path}, "{role}", {_flag(strong)}, {_flag(dashed)}{named})'
        case Label(at, body, role, anchor):
            return f'tag({_point(at, height)}, "{role}", "{anchor}", {formula_typst(body)})'
        case Polyline(points, role, marked, dashed, faint, thick):
            places = "".join(f"{_point(point, height)}, " for point in points)
            named = ", faint: true" * faint + ", thick: true" * thick
            return f'polyline(({places}), "{role}", {_flag(marked)}, {_flag(dashed)}{named})'
        case _:
            assert_never(shape)


def _point(point: Point, height: float) -> str:
    return f"({_cm(point[0])}, {_cm(height - point[1])})"


def _cm(length: float) -> str:
    return f"{round(length * UNIT, 4):g}cm"


def _flag(value: object) -> str:
    return "true" if value else "false"
