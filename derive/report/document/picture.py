"""Picture: shapes at places, in units of `UNIT` cm, x to the right and y **up**, origin at the lower left.

Whoever makes a picture has settled every place, so that the writers (TikZ, Typst, SVG) only draw. A shape with a ``key`` can be
found by the script of a page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, assert_never

from derive.notation.formula import Formula, Role

UNIT = 0.9
"""In cm. A unit is 2.56 em of the text, so that pictures grow and shrink with their letters."""
WIDEST = 18.6
"""How wide a page is."""

Point: TypeAlias = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Node:
    """A round (``circle``) or rectangular (``box``) node, centred at ``at``, filled lightly in the colour of its role.

    ``strong`` nodes have a thick outline, ``dashed`` ones (what is given from outside) a broken one,
    ``small`` ones a small name.
    """

    at: Point
    size: Point
    label: Formula
    role: Role
    shape: Literal["circle", "box"] = "circle"
    strong: bool = False
    dashed: bool = False
    key: str = ""
    small: bool = False


@dataclass(frozen=True, slots=True)
class Arrow:
    """An arrow along a straight line, or along the cubic Bézier curve with the two control points.

    Its ends are clear of the nodes already. ``strong`` arrows are drawn thicker, ``dashed`` ones broken, ``faint`` ones as a
    pale hairline.
    """

    start: Point
    end: Point
    role: Role
    controls: tuple[Point, Point] | None = None
    strong: bool = False
    dashed: bool = False
    faint: bool = False
    key: str = ""


@dataclass(frozen=True, slots=True)
class Label:
    """A small formula or text, centred at ``at`` (or beginning/ending there)."""

    at: Point
    body: Formula
    role: Role = "muted"
    anchor: Literal["center", "start", "end"] = "center"


@dataclass(frozen=True, slots=True)
class Polyline:
    """A line from point to point, without an arrowhead; ``marked`` puts a dot on every point, ``dashed`` breaks it.

    A ``faint`` one is pale, its dots small; a ``thick`` one is a bar.
    """

    points: tuple[Point, ...]
    role: Role
    marked: bool = False
    dashed: bool = False
    faint: bool = False
    thick: bool = False


Shape: TypeAlias = Node | Arrow | Label | Polyline


@dataclass(frozen=True, slots=True)
class Picture:
    """Shapes drawn in order on a canvas of ``width`` × ``height`` (at most `WIDEST` wide)."""

    width: float
    height: float
    shapes: tuple[Shape, ...]

    def moved(self, x: float, y: float) -> tuple[Shape, ...]:
        """Its shapes, so far to the right and up."""
        return tuple(_moved(shape, x, y) for shape in self.shapes)


def beside(pictures: Sequence[Picture], between: float) -> Picture:
    """Return pictures side by side, standing on one line."""
    shapes: list[Shape] = []
    left = 0.0
    for picture in pictures:
        shapes += picture.moved(left, 0.0)
        left += picture.width + between
    return Picture(left - between, max(picture.height for picture in pictures), tuple(shapes))


def _moved(shape: Shape, x: float, y: float) -> Shape:
    def there(point: Point) -> Point:
        return point[0] + x, point[1] + y

    match shape:
        case Node() | Label():
            return replace(shape, at=there(shape.at))
        case Arrow(start, end, controls=bends):
            bent = (there(bends[0]), there(bends[1])) if bends else None
            return replace(shape, start=there(start), end=there(end), controls=bent)
        case Polyline(points):
            return replace(shape, points=tuple(map(there, points)))
        case _:
            assert_never(shape)
