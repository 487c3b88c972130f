"""Picture: shapes at places, in centimetres, x to the right and y **up**, origin at the lower left.

Whoever makes a picture has settled every place, so that the writers (TikZ, Typst) only draw.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from derive.notation.formula import Formula, Role

Point: TypeAlias = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Node:
    """A round (``circle``) or rectangular (``box``) node, centred at ``at``, filled lightly in the colour of its role.

    ``strong`` nodes have a thick outline, ``dashed`` ones (what is given from outside) a broken one.
    """

    at: Point
    size: Point
    label: Formula
    role: Role
    shape: Literal["circle", "box"] = "circle"
    strong: bool = False
    dashed: bool = False


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


@dataclass(frozen=True, slots=True)
class Label:
    """A small formula or text, centred at ``at`` (or beginning/ending there)."""

    at: Point
    body: Formula
    role: Role = "muted"
    anchor: Literal["center", "start", "end"] = "center"


@dataclass(frozen=True, slots=True)
class Polyline:
    """A line from point to point, without an arrowhead; ``marked`` puts a dot on every point, ``dashed`` breaks it."""

    points: tuple[Point, ...]
    role: Role
    marked: bool = False
    dashed: bool = False


Shape: TypeAlias = Node | Arrow | Label | Polyline


@dataclass(frozen=True, slots=True)
class Picture:
    """Shapes drawn in order on a canvas of ``width`` × ``height`` cm (at most 16 cm wide)."""

    width: float
    height: float
    shapes: tuple[Shape, ...]
