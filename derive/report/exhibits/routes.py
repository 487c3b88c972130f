"""Routes: the lines of the arrows, once places are found: straight where that is clear, else the plainest clear cubic.

Clear of what is told in `laws`, with room to spare, and in the endless picture: every node and every line counts with all its
copies, one per step.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import ceil, floor

from derive.report.document import Point
from derive.report.exhibits.geometry import Box, Line, bounds, comes_near, cubic, length, moved, overlap, run, shared
from derive.report.exhibits.places import RADIUS, Link, Wiring

CLEAR = 0.05
"""From a node to the ends of its own arrows."""
FOREIGN = RADIUS + 0.045
"""How far a line stays from the middle of a foreign node."""
NEAR, STRETCH, SHARE = 0.07, 0.36, 0.65
"""Two lines nearer than ``NEAR`` for more than ``STRETCH`` cm, or that share of one of them, would run along one another."""
BENDS = (0.45, -0.45, 0.7, -0.7, 1.0, -1.0, 1.35, -1.35, 1.8, -1.8, 2.4, -2.4, 3.1, -3.1)
"""How far to the left the control points of a bow are, in cm."""
RETRIES = 6
LEAST = 0.25
"""A shorter piece of a line is not drawn."""


@dataclass(frozen=True)
class Route:
    """The line of an arrow, from the copy of its head at step 0; two control points if it is bent."""

    start: Point
    end: Point
    controls: tuple[Point, Point] | None = None

    def moved(self, across: float, up: float = 0.0) -> Route:
        """The same line elsewhere."""

        def there(point: Point) -> Point:
            return point[0] + across, point[1] + up

        bent = (there(self.controls[0]), there(self.controls[1])) if self.controls else None
        return Route(there(self.start), there(self.end), bent)

    @property
    def reversed(self) -> Route:
        """The same line the other way round."""
        return Route(self.end, self.start, self.controls and (self.controls[1], self.controls[0]))

    def within(self, left: float, right: float) -> Route | None:
        """The one part of a line between two vertical borders; None if there is none, or too little to see."""
        line = self.line
        inside = [place for place, (x, _) in enumerate(line) if left <= x <= right]
        if self.controls is None:
            (x, _y), (u, _v) = line
            cuts = [(edge - x) / (u - x) for edge in (left, right) if (x - edge) * (u - edge) < 0]
            first = 0.0 if left <= x <= right else min(cuts, default=1.0)
            last = 1.0 if left <= u <= right else max(cuts, default=0.0)
        elif not inside:
            return None
        else:
            first, last = inside[0] / (len(line) - 1), inside[-1] / (len(line) - 1)
        part = self.part(first, last)
        return (
            part if last > first and length(part.end[0] - part.start[0], part.end[1] - part.start[1]) > LEAST else None
        )

    def part(self, first: float, last: float) -> Route:
        """The part of a line between two shares of its parameter (de Casteljau)."""
        if self.controls is None:
            return Route(_between(self.start, self.end, first), _between(self.start, self.end, last))
        kept = _halves((self.start, *self.controls, self.end), last)[0]
        start, one, other, end = _halves(kept, first / last if last else 0.0)[1]
        return Route(start, end, (one, other))

    @cached_property
    def line(self) -> Line:
        """Its points."""
        return cubic(self.start, *self.controls, self.end) if self.controls else (self.start, self.end)

    @cached_property
    def box(self) -> Box:
        """The box around it."""
        return bounds(self.line)


@dataclass
class Router:
    """Routes at given places; the copies of a node stand ``pitch`` apart."""

    wiring: Wiring
    places: Mapping[str, Point]
    pitch: float
    fixed: tuple[Route, ...] = ()
    """Lines that are there already."""
    found: dict[Link, Route] = field(default_factory=dict)

    def route(self) -> bool:
        """Find a route for every arrow; what finds none goes first next time. Return whether all have one."""
        first: list[Link] = []
        for _ in range(RETRIES):
            self.found = {}
            others = [link for link in self.wiring.links if link not in first]
            straight = {link: self._passes(link, next(self.candidates(link))) for link in others}
            order = [*first, *sorted(others, key=lambda link: not straight[link])]
            lost = next((link for link in order if not self._routed(link)), None)
            if lost is None:
                return True
            if lost in first:
                return False
            first.insert(0, lost)
        return False

    def _routed(self, link: Link) -> bool:
        for route in self.candidates(link):
            if self._passes(link, route) and self.free(route):
                self.found[link] = route
                return True
        return False

    def ends(self, link: Link) -> tuple[Point, Point]:
        """The middles of the two nodes."""
        (x, y), (u, v) = self.places[link.tail], self.places[link.head]
        return (x - link.lag * self.pitch, y), (u, v)

    def candidates(self, link: Link) -> Iterator[Route]:
        """The lines that an arrow may take, from plain to bent."""
        half = self.wiring.half
        yield from curves(*self.ends(link), (half[link.tail], half[link.head]), across=bool(link.lag))

    def _passes(self, link: Link, route: Route) -> bool:
        return self.passes({(link.tail, -link.lag), (link.head, 0)}, route)

    def passes(self, own: set[tuple[str, int]], route: Route) -> bool:
        """Whether a line keeps away from every node but its own: names, each with the step of its copy."""
        left, low, right, high = route.box
        for name, (x, y) in self.places.items():
            half = self.wiring.half[name]
            if not low - FOREIGN < y < high + FOREIGN:
                continue
            wide = FOREIGN * half / RADIUS
            for copy in range(ceil((left - wide - x) / self.pitch), floor((right + wide - x) / self.pitch) + 1):
                if (name, copy) not in own and touches((x + copy * self.pitch, y), half, route.line, FOREIGN):
                    return False
        return True

    def free(self, route: Route) -> bool:
        """Whether a line runs along no other, nor along its own copies."""
        for other in (*self.fixed, *self.found.values(), route):
            left, _, right, _ = other.box
            first = ceil((route.box[0] - right - NEAR) / self.pitch)
            last = floor((route.box[2] - left + NEAR) / self.pitch)
            for copy in range(first, last + 1):
                if other is route and copy <= 0:
                    continue
                line = moved(other.line, copy * self.pitch)
                if overlap(bounds(line), route.box, NEAR) and together(route.line, line):
                    return False
        return True


def curves(start: Point, end: Point, halves: tuple[float, float], *, across: bool) -> Iterator[Route]:
    """Lines from the middle of a node to that of another: straight, then cubics from plain to bent."""
    yield between(start, end, halves)
    (x, y), (u, v) = start, end
    dx, dy = u - x, v - y
    size = length(dx, dy)
    left, up = -dy / size, dx / size

    def bent(part: float, bow: float, other: float) -> Route:
        first = (x + dx * part + left * bow, y + dy * part + up * bow)
        return between(start, end, halves, (first, (u - dx * part + left * other, v - dy * part + up * other)))

    for bow in BENDS:
        for other in (bow, bow / 2, 0.0):
            for part in (0.3, 0.15):
                yield bent(part, bow, other)
                if other != bow:
                    yield bent(part, other, bow)
        if bow == BENDS[0]:
            for turn in (0.5, 0.8):
                if across:
                    yield between(start, end, halves, ((x + dx * turn, y), (u - dx * turn, v)))
                yield between(start, end, halves, ((x, y + dy * turn), (u, v - dy * turn)))
        yield bent(0.3, bow, -bow)


def between(
    start: Point, end: Point, halves: tuple[float, float], controls: tuple[Point, Point] | None = None
) -> Route:
    """A line from the middle of a node to that of another, clear of both."""
    begin = _off(start, controls[0] if controls else end, halves[0])
    return Route(begin, _off(end, controls[1] if controls else start, halves[1]), controls)


def _between(start: Point, end: Point, part: float) -> Point:
    return start[0] + (end[0] - start[0]) * part, start[1] + (end[1] - start[1]) * part


def _halves(curve: tuple[Point, Point, Point, Point], part: float) -> tuple[tuple[Point, Point, Point, Point], ...]:
    """The two parts of a cubic, cut at a share of its parameter."""
    a, b, c, d = curve
    ab, bc, cd = _between(a, b, part), _between(b, c, part), _between(c, d, part)
    abc, bcd = _between(ab, bc, part), _between(bc, cd, part)
    middle = _between(abc, bcd, part)
    return (a, ab, abc, middle), (middle, bcd, cd, d)


def together(line: Line, other: Line) -> bool:
    """Whether two lines run along one another."""
    return shared(line, other, NEAR) > min(STRETCH, SHARE * run(line), SHARE * run(other))


def touches(middle: Point, half: float, line: Line, room: float) -> bool:
    """Whether a line comes nearer to the middle of a node than that, measured where a wide node is squeezed round."""
    if half <= RADIUS:
        return comes_near(middle, line, room)
    flat = RADIUS / half
    return comes_near((middle[0] * flat, middle[1]), tuple((x * flat, y) for x, y in line), room)


def _off(middle: Point, towards: Point, half: float) -> Point:
    """The point where a line from the middle of a node leaves it."""
    x, y = towards[0] - middle[0], towards[1] - middle[1]
    size = length(x / (half + CLEAR), y / (RADIUS + CLEAR))
    return (middle[0] + x / size, middle[1] + y / size) if size else middle
