"""Labels: where a label can stand in a picture without touching lines, nodes or other labels."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import hypot
from operator import itemgetter
from typing import TypeVar

from derive.report.document import Point

Segment = tuple[Point, Point]
Thing = TypeVar("Thing")
EM = 0.34
"""An em of a small label, in cm."""
LABEL_HEIGHT = 0.3
PADDING = 0.02
"""What of half that height is empty, above and below the digits."""
CLEAR = 0.12
"""Labels farther than this from everything, in cm, are far enough: the first such place is taken."""
NEAR = LABEL_HEIGHT + CLEAR
"""What is farther up or down than this from the middle of a label is far enough."""
BESIDE = 0.08
"""How far the corner of a label is from its own line."""
ALONG = tuple(0.5 + sign * step / 20 for step in range(9) for sign in (-1, 1))
"""Where a label may stand along its line: the middle first."""


@dataclass
class Crowd:
    """What stands in a picture already: lines, nodes of one height and their own widths, and labels."""

    segments: tuple[Segment, ...]
    nodes: tuple[tuple[Point, float], ...]
    """The centre of each node and half its width."""
    radius: float
    """Half the height of the nodes; a node that is not wider is round."""
    labels: list[tuple[Point, float]] = field(default_factory=list)

    def place(self, candidates: Sequence[Point], width: float) -> Point:
        """Return the first centre with room for a label so wide, else the roomiest, and keep it."""
        best, _ = self._roomiest(candidates, width, None)
        self._keep(best, width)
        return best

    def place_on(self, own: Segment, width: float) -> Point | None:
        """Return the centre for a label beside a line, and keep it; None where it would touch something else."""
        best, room = self._roomiest(beside(own, width), width, own)
        if room < -PADDING:
            return None
        self._keep(best, width)
        return best

    def _keep(self, centre: Point, width: float) -> None:
        self.labels.append((centre, width))
        _at_height(self._labels_by_height, centre[1], centre[1], (centre, width))

    def _roomiest(self, candidates: Sequence[Point], width: float, own: Segment | None) -> tuple[Point, float]:
        """The first centre with room enough, else the roomiest, and its room."""
        rooms: list[tuple[Point, float]] = []
        for centre in candidates:
            rooms.append((centre, self.room(centre, width, own)))
            if rooms[-1][1] >= CLEAR:
                return rooms[-1]
        return max(rooms, key=itemgetter(1))

    def room(self, centre: Point, width: float, own: Segment | None = None) -> float:
        """How far a label is from everything but its own line, `CLEAR` at most; negative where it would overlap."""
        height = int(centre[1] // 1)
        probes = _probes(centre, width)
        return min(
            (
                CLEAR,
                *(
                    _apart(probe, segment) - LABEL_HEIGHT / 2
                    for probe in probes
                    for segment in self._segments_by_height.get(height, ())
                    if segment != own
                ),
                *(
                    hypot(max(abs(x - u) - half + self.radius, 0.0), y - v) - self.radius - LABEL_HEIGHT / 2
                    for x, y in probes
                    for (u, v), half in self._nodes_by_height.get(height, ())
                ),
                *(_between_labels(centre, width, *label) for label in self._labels_by_height.get(height, ())),
            )
        )

    # -- what may be near, by height: a picture may be a thousand nodes high -------------------------------------------

    @cached_property
    def _segments_by_height(self) -> dict[int, list[Segment]]:
        found: dict[int, list[Segment]] = {}
        for segment in self.segments:
            (_, y), (_, v) = segment
            _at_height(found, min(y, v), max(y, v), segment)
        return found

    @cached_property
    def _nodes_by_height(self) -> dict[int, list[tuple[Point, float]]]:
        found: dict[int, list[tuple[Point, float]]] = {}
        for node in self.nodes:
            _at_height(found, node[0][1] - self.radius, node[0][1] + self.radius, node)
        return found

    @cached_property
    def _labels_by_height(self) -> dict[int, list[tuple[Point, float]]]:
        return {}


def _at_height(found: dict[int, list[Thing]], low: float, high: float, thing: Thing) -> None:
    """Note a thing under every whole height whose labels it may be near."""
    for height in range(int((low - NEAR) // 1), int((high + NEAR) // 1) + 1):
        found.setdefault(height, []).append(thing)


def _probes(centre: Point, width: float) -> Iterable[Point]:
    """Points along the middle line of a label."""
    x, y = centre
    reach = max(width - LABEL_HEIGHT, 0.0) / 2
    count = max(2, int(width / 0.15))
    return [(x - reach + 2 * reach * step / (count - 1), y) for step in range(count)]


def _between_labels(centre: Point, width: float, other: Point, its_width: float) -> float:
    across = abs(centre[0] - other[0]) - (width + its_width) / 2
    return max(across, abs(centre[1] - other[1]) - LABEL_HEIGHT)


def _apart(point: Point, segment: Segment) -> float:
    """The distance of a point from a line segment."""
    (x, y), ((a, b), (c, d)) = point, segment
    length = (c - a) ** 2 + (d - b) ** 2
    along = max(0.0, min(1.0, ((x - a) * (c - a) + (y - b) * (d - b)) / length)) if length else 0.0
    return hypot(x - a - along * (c - a), y - b - along * (d - b))


def around(centre: Point, radius: float, width: float, half: float) -> list[Point]:
    """Places for a label beside a node, ``half`` its width: right and left first, then at an angle, then below and above."""
    x, y = centre
    side = half + 0.08 + width / 2
    slant = radius * 0.62 + 0.05
    return [
        *((x + sign * side, y) for sign in (1, -1)),
        *((x + sign * (side - 0.1), y + up * slant) for up in (-1, 1) for sign in (1, -1)),
        *((x + sign * (side - 0.25), y + up * (radius + 0.12)) for up in (-1, 1) for sign in (1, -1)),
        (x, y - radius - 0.25),
        (x, y + radius + 0.25),
    ]


def beside(segment: Segment, width: float) -> list[Point]:
    """Places for a label beside a line, clear of it: its middle first, on either side."""
    (x, y), (u, v) = segment
    length = hypot(u - x, v - y) or 1.0
    across, up = (v - y) / length, -(u - x) / length
    off = (abs(across) * width + abs(up) * LABEL_HEIGHT) / 2 + BESIDE
    return [
        (x + (u - x) * part + sign * off * across, y + (v - y) * part + sign * off * up)
        for part in ALONG
        for sign in (1, -1)
    ]
