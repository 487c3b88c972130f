"""Picture → TikZ: places and shapes from here; the styles ``derive-node``, ``derive-arrow`` … are the shell's."""

from __future__ import annotations

from typing import assert_never

from pylatex import NoEscape, TikZ

from derive.notation.tex import tex
from derive.report.document import UNIT, Arrow, Label, Node, Picture, Point, Polyline, Shape

_ANCHORS = {"center": "center", "start": "west", "end": "east"}


class Canvas(TikZ):
    """A ``tikzpicture`` whose lines are TikZ already."""

    _latex_name = "tikzpicture"
    _default_escape = False
    content_separator = "\n"


def picture_tikz(picture: Picture) -> Canvas:
    """Return a picture as a TikZ environment that is exactly as large as the picture says."""
    frame = rf"\useasboundingbox (0,0) rectangle {_point((picture.width, picture.height))};"
    return Canvas(data=[NoEscape(line) for line in (frame, *map(_shape, picture.shapes))])


def _shape(shape: Shape) -> str:
    match shape:
        case Node(at, (width, height), label, role, form, strong, dashed, small=small):
            looks = [f"derive-{form}={{derive-{role}}}", *[f"derive-strong-node={{derive-{role}}}"] * strong]
            looks += ["derive-dashed"] * dashed + ["derive-small"] * small
            size = f"minimum width={_cm(width)}, minimum height={_cm(height)}"
            return rf"\node[{', '.join(looks)}, {size}] at {_point(at)} {{${tex(label, color=True)}$}};"
        case Arrow(start, end, role, controls, strong, dashed, faint):
            looks = [f"derive-arrow={{derive-{role}}}", *["derive-strong-arrow"] * strong, *["derive-dashed"] * dashed]
            looks += [f"derive-faint={{derive-{role}}}"] * faint
            bend = f".. controls {_point(controls[0])} and {_point(controls[1])} .." if controls else "--"
            return rf"\draw[{', '.join(looks)}] {_point(start)} {bend} {_point(end)};"
        case Label(at, body, role, anchor):
            look = f"derive-tag={{derive-{role}}}, anchor={_ANCHORS[anchor]}"
            return rf"\node[{look}] at {_point(at)} {{${tex(body, color=True)}$}};"
        case Polyline(points, role, marked, dashed, faint, thick):
            line = " -- ".join(map(_point, points))
            looks = [f"derive-line={{derive-{role}}}", *["derive-dashed"] * dashed, *["derive-thick"] * thick]
            mark = f"derive-{'dot' if faint else 'mark'}={{derive-{role}}}"
            dots = "".join(rf" \fill[{mark}] {_point(point)} circle;" for point in points * marked)
            if faint:
                return dots.strip()
            return rf"\draw[{', '.join(looks)}] {line};{dots}"
        case _:
            assert_never(shape)


def _point(point: Point) -> str:
    return f"({_cm(point[0])},{_cm(point[1])})"


def _cm(length: float) -> str:
    return f"{round(length * UNIT, 4):g}cm"
