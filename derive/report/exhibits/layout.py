"""Layout: one step of a network, laid out so that it can be repeated without end.

Several pitches are tried, in a fixed order, and of those whose arrows all find a route the plainest is kept. What is found for
a network serves all its pictures and every T.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import ceil, floor

from derive.report.document import Point
from derive.report.exhibits.geometry import crossings, moved
from derive.report.exhibits.places import GRID, RADIUS, RISE, Link, Places, Wiring
from derive.report.exhibits.routes import CLEAR, Route, Router

BAR = 1.15
"""From the middle of the loss to the bar of L."""
TRIES = (
    (9, ((10, 0), (8, 0), (10, 1), (12, 0), (14, 0), (16, 2), (20, 0))),
    (14, ((10, 0), (10, 2), (12, 0), (14, 2), (16, 0), (18, 2), (22, 0))),
    (17, ((12, 0), (16, 0), (14, 4), (18, 2), (20, 0), (23, 2))),
    (30, ((18, 2), (20, 0), (23, 2))),
    (45, ((20, 2),)),
)
"""For up to so many arrows a step, the pitches that are tried, each with the rows beyond those that dependency asks for."""
BEND, PITCH, ROW = 2.0, 1.5, 0.8
"""What a bend, a centimetre of pitch and a row cost, where pictures are compared."""
PATIENCE = 1
"""After so many tries that were no better the search ends."""


@dataclass(frozen=True)
class Layout:
    """One step laid out: places of the copies at step 0, in cm, and the route of every arrow into that step."""

    wiring: Wiring
    pitch: float
    places: Mapping[str, Point]
    routes: Mapping[Link, Route]

    @cached_property
    def top(self) -> float:
        """The height of the loss."""
        return self.places[self.wiring.top][1]

    @cached_property
    def highest(self) -> float:
        """How high lines and nodes reach."""
        return max(self.top + RADIUS, *(route.box[3] for route in self.routes.values()))

    @cached_property
    def crossings(self) -> int:
        """How many crossings there are in each step."""
        routes, found = list(self.routes.values()), 0
        for place, route in enumerate(routes):
            for later in range(place, len(routes)):
                other = routes[later]
                first = ceil((route.box[0] - other.box[2]) / self.pitch)
                last = floor((route.box[2] - other.box[0]) / self.pitch)
                for copy in range(max(first, 1) if later == place else first, last + 1):
                    found += crossings(route.line, moved(other.line, copy * self.pitch))
        return found

    @property
    def is_plain(self) -> bool:
        """Whether nothing crosses and nothing is bent, so that no picture could be plainer."""
        return self.crossings == 0 and all(route.controls is None for route in self.routes.values())

    @cached_property
    def router(self) -> Router:
        """What finds routes for further lines."""
        return Router(self.wiring, self.places, self.pitch, (to_bar(self.places[self.wiring.top]),), dict(self.routes))


def to_bar(loss: Point) -> Route:
    """The arrow from the loss of a step up to the bar of L."""
    x, y = loss
    return Route((x, y + RADIUS + CLEAR), (x, y + BAR))


@lru_cache(maxsize=256)
def layout(wiring: Wiring) -> Layout | None:
    """Return one step laid out, or None where no picture was found that is true."""
    best: tuple[float, Layout] | None = None
    worse = 0
    for pitch, extra in next((tries for most, tries in TRIES if len(wiring.links) <= most), ()):
        found = _attempt(wiring, pitch, extra)
        if found is not None and (best is None or found[0] < best[0] - 1e-9):
            best, worse = found, 0
        elif best is not None:
            worse += 1
        if worse >= PATIENCE or (best is not None and best[1].is_plain):
            break
    return None if best is None else best[1]


def _attempt(wiring: Wiring, pitch: int, extra: int) -> tuple[float, Layout] | None:
    """A layout and what it costs; None if nodes touch or an arrow finds no route."""
    places = Places(wiring, pitch, extra)
    places.search()
    if places.touching:
        return None
    rows = sorted(set(places.row))
    found = {
        name: (at * GRID, rows.index(row) * RISE * GRID)
        for name, at, row in zip(wiring.names, places.at, places.row, strict=True)
    }
    router = Router(wiring, found, pitch * GRID, (to_bar(found[wiring.top]),))
    if not router.route():
        return None
    bends = sum(route.controls is not None for route in router.found.values())
    whole = places.cost + BEND * bends + PITCH * pitch * GRID + ROW * len(rows)
    return whole, Layout(wiring, pitch * GRID, found, dict(router.found))
