"""Drawing: an unrolled graph as it stands on the page, every node, arrow and label with what it means.

The laws (`laws`) are read off this value, and the shapes of a picture are made from it. Places in cm, y up, origin lower left.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from derive.graph import Node
from derive.report.document import Point
from derive.report.exhibits.geometry import Box, Line
from derive.report.exhibits.places import RADIUS
from derive.report.exhibits.routes import Route


@dataclass(frozen=True)
class Dot:
    """A node, ``half`` its width; its height is that of every other."""

    node: Node
    at: Point
    half: float = RADIUS


@dataclass(frozen=True)
class Bar:
    """A node that is the same at every step, drawn across all of them: L above, a parameter below."""

    node: Node
    box: Box


@dataclass(frozen=True)
class Stroke:
    """An arrow from the argument to what uses it. ``whole``: it leads all the way, not only towards steps left out.

    ``anchor``: its tail is read at one step for all t, that one (0: T).
    """

    tail: Node
    head: Node
    route: Route
    whole: bool = True
    anchor: int | None = None

    @property
    def line(self) -> Line:
        """Its points."""
        return self.route.line


@dataclass(frozen=True)
class Tag:
    """A label, by its middle and size; ``of`` is the arrow it belongs to, or the node."""

    at: Point
    width: float
    height: float
    of: Stroke | Node

    @property
    def box(self) -> Box:
        """The room it takes."""
        (x, y), wide, tall = self.at, self.width / 2, self.height / 2
        return x - wide, y - tall, x + wide, y + tall


@dataclass(frozen=True)
class Drawing:
    """What is drawn. ``columns`` are the steps, from left to right; 0 stands for those left out.

    It is ``complete`` unless arrows from one step for all t find no way.
    """

    width: float
    height: float
    columns: tuple[int, ...]
    dots: tuple[Dot, ...]
    bars: tuple[Bar, ...]
    strokes: tuple[Stroke, ...]
    tags: tuple[Tag, ...] = ()
    complete: bool = True

    @property
    def elided(self) -> bool:
        """Whether steps are left out."""
        return 0 in self.columns

    def with_tags(self, tags: tuple[Tag, ...]) -> Drawing:
        """The same with labels."""
        return replace(self, tags=tags)
