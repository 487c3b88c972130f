"""Unrolling: from one step laid out to the drawing of T steps, as many of them as a page is wide.

What does not fit is left out in the middle; arrows that lead there are drawn as far as the gap. States outside 1 … T stand as
near as the laws allow, else where the endless picture has them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from derive.graph import TOTAL, Node
from derive.report.document import WIDEST, Point
from derive.report.exhibits.drawing import Bar, Dot, Drawing, Stroke
from derive.report.exhibits.laws import broken, missing
from derive.report.exhibits.layout import BAR, Layout, layout
from derive.report.exhibits.outside import led, pulled
from derive.report.exhibits.places import RADIUS, Fixed, Link, Wiring
from derive.report.exhibits.routes import CLEAR, Route, Router

MARGIN = 0.15
GAP, STUB = 1.7, 0.58
"""The room for steps left out, and how far arrows reach into it."""
OUTSIDE = 1.15
"""From a state outside 1 … T to the next."""
THICKNESS = 0.56
"""Of a bar."""
OVER = 0.3
"""How far a bar reaches beyond its arrows."""
BELOW = 0.85
"""From the lowest node to the bar of a parameter."""
SHIFTS = tuple(sign * step * 0.25 for step in range(9) for sign in (1, -1))


@dataclass(frozen=True)
class Unrolling:
    """How many steps are drawn, of a layout, and what of it: ``links`` are its arrows, ``uses`` the nodes over a bar."""

    wiring: Wiring
    steps: int
    loss_steps: Sequence[int]
    names: tuple[str, ...]
    links: tuple[Link, ...]
    bar: Node | None = None
    uses: tuple[str, ...] = ()
    widest: float = WIDEST
    wide: tuple[tuple[str, float], ...] = ()
    """Half the width of states outside, where it is not that of the others."""
    near: bool = True
    """Whether states outside stand nearer than the endless picture has them."""
    fixed: tuple[Fixed, ...] = ()
    """Arrows from one step for all t."""
    counted: bool = False
    """Whether those of these that lead to a loss that does not count are left out."""

    @cached_property
    def layout(self) -> Layout:
        """The step that is repeated.

        Raises `LookupError` where none was found; nothing is drawn then.
        """
        found = layout(self.wiring)
        if found is None:
            raise LookupError
        return found

    @property
    def drawing(self) -> Drawing | None:
        """The drawing, or None if there is not room for two steps, or a law would be broken."""
        return None if layout(self.wiring) is None else _drawing(self)

    def draw(self) -> Drawing | None:
        """Draw it."""
        ways: list[Unrolling] = [self, replace(self, near=False)]
        ways += [replace(way, fixed=()) for way in ways if self.fixed]
        for found in ways:
            if found.columns is not None and (not found.uses or found.drops is not None):
                whole = found.whole
                fits = whole is not None and whole.width <= self.widest + 1e-9
                if whole is not None and fits and not broken(whole) and not missing(whole, found.arrows):
                    return whole if len(found.fixed) == len(self.fixed) else replace(whole, complete=False)
        return None

    @property
    def arrows(self) -> list[tuple[Node, Node]]:
        """What has to be drawn between drawn steps."""
        steps = [step for step in self.columns or () if step]
        return [(Node(link.tail, step - link.lag), Node(link.head, step)) for link in self.links for step in steps] + [
            (Node(self.wiring.top, step), TOTAL) for step in steps if step in self.loss_steps
        ]

    @property
    def led(self) -> list[tuple[Node, Node, int]]:
        """The arrows from one step that have to be drawn, and which step that is."""
        steps = [step for step in self.columns or () if step]
        return [
            (Node(tail, at or self.steps), Node(head, step), at)
            for tail, head, at in self.fixed
            for step in steps
            if not self.counted or head != self.wiring.top or step in self.loss_steps
        ]

    # -- which steps, and where they begin ----------------------------------------------------------------------------

    @cached_property
    def _box(self) -> tuple[float, float]:
        """Where the nodes of step 0 begin and end."""
        places, half = self.layout.places, self.wiring.half
        return (
            min(places[name][0] - half[name] for name in self.names),
            max(places[name][0] + half[name] for name in self.names),
        )

    @cached_property
    def _reach(self) -> tuple[int, int]:
        """How many steps before 1 and after T have a place."""
        lags = [link.lag for link in self.links]
        return max(0, *lags, 0), max(0, *(-lag for lag in lags), 0)

    @cached_property
    def columns(self) -> tuple[int, ...] | None:
        """The steps drawn, 0 for those left out; None if there is no room."""
        before, after = self._reach
        left, right = self._box
        outside = OUTSIDE if self.near else self.layout.pitch
        room = self.widest - 2 * MARGIN - (right - left) - outside * (before + after)
        most = int(room / self.layout.pitch + 1e-9) + 1 if room >= 0 else 0
        if self.steps <= most:
            return tuple(range(1, self.steps + 1))
        first = int((room - GAP) / self.layout.pitch + 1e-9)
        if self.steps == 2 or first < 1:
            return None
        return (*range(1, min(first, self.steps - 2) + 1), 0, self.steps)

    def base(self, step: int) -> float:
        """How far the copy of a step is to the right of that of step 1; also for steps outside and left out."""
        columns = self.columns or ()
        last = columns.index(0) if 0 in columns else self.steps
        if step <= last:
            return (step - 1) * self.layout.pitch
        if 0 not in columns:
            return (step - 1) * self.layout.pitch
        return last * self.layout.pitch + GAP + (step - self.steps) * self.layout.pitch

    # -- what is drawn ------------------------------------------------------------------------------------------------

    @cached_property
    def drops(self) -> dict[str, Route] | None:
        """The arrows from the bar of a parameter up to the nodes that use it, for step 0; None if one finds no way."""
        layout = self.layout
        halves = tuple(self.wiring.half[name] for name in self.names)
        wiring = replace(self.wiring, names=self.names, halves=halves, links=self.links)
        places = {name: layout.places[name] for name in self.names}
        others = tuple(layout.routes[link] for link in self.links)
        router = Router(wiring, places, layout.pitch, (*layout.router.fixed, *others))
        found: dict[str, Route] = {}
        for name in self.uses:
            route = next(
                (
                    route
                    for route in self._down(places[name])
                    if router.passes({(name, 0)}, route) and router.free(route)
                ),
                None,
            )
            if route is None:
                return None
            found[name] = route
            router.fixed = (*router.fixed, route)
        return found

    def _down(self, middle: Point) -> Iterator[Route]:
        """Ways from the bar up to a node: straight, as steep as may be."""
        x, y = middle
        for shift in SHIFTS:
            high = y - self.floor
            size = (shift * shift + high * high) ** 0.5
            off = (RADIUS + CLEAR) / size
            yield Route((x + shift, self.floor), (x + shift * off, y - high * off))

    @cached_property
    def floor(self) -> float:
        """The upper edge of the bar of a parameter, in the endless picture."""
        layout = self.layout
        lowest = min(
            *(layout.places[name][1] - RADIUS for name in self.names),
            *(layout.routes[link].box[1] for link in self.links),
            layout.top,
        )
        return lowest - BELOW

    @cached_property
    def ceiling(self) -> float:
        """The lower edge of the bar of L."""
        highest = max((self.layout.routes[link].box[3] for link in self.links), default=0.0)
        return max(self.layout.top + BAR, highest + 0.3)

    @property
    def whole(self) -> Drawing | None:
        """The drawing, whether it obeys the laws or not; None if an arrow from one step finds no way."""
        strokes = list(self._strokes())
        idle = self.wiring.given - {link.tail for link in self.links}
        shown = {tail for tail, _, _ in self.led}
        every = (Node(name, step) for step in self.columns or () if step for name in self.names)
        nodes = [node for node in every if node.name not in idle or node in shown]
        tails = dict.fromkeys(stroke.tail for stroke in strokes)
        outside = [tail for tail in tails if tail.step is not None and not 1 <= tail.step <= self.steps]
        half, wide = self.wiring.half, dict(self.wide)
        dots = [Dot(node, self._place(node), half[node.name]) for node in nodes]
        for node in outside:
            at = self._outside(node) if self.near else self._place(node)
            dots.append(Dot(node, at, wide.get(node.name, half[node.name])))
        if self.near:
            strokes = pulled(strokes, {dot.node: dot for dot in dots}, outside)
        drawing = Drawing(0.0, 0.0, self.columns or (), tuple(dots), tuple(self._bars()), tuple(strokes))
        found = led(self.led, drawing)
        return None if found is None else _framed(replace(drawing, strokes=found))

    def _place(self, node: Node) -> Point:
        x, y = self.layout.places[node.name]
        return x + self.base(node.step or 0), y

    def _outside(self, node: Node) -> Point:
        """Near the steps, in the row of its state."""
        step, height = node.step or 0, self.layout.places[node.name][1]
        half = dict(self.wide).get(node.name, self.wiring.half[node.name]) - RADIUS
        if step < 1:
            return self._box[0] + RADIUS - half - OUTSIDE * (1 - step), height
        return self.base(self.steps) + self._box[1] - RADIUS + half + OUTSIDE * (step - self.steps), height

    def _strokes(self) -> Iterator[Stroke]:
        columns, layout = self.columns or (), self.layout
        drawn = set(columns) - {0}
        for step in columns:
            for link in self.links if step else ():
                tail = step - link.lag
                route: Route | None = layout.routes[link].moved(self.base(step))
                far = abs(self.base(step) - self.base(tail) - link.lag * layout.pitch) > GAP / 2
                whole = not far and (tail in drawn or not 1 <= tail <= self.steps)
                if route is not None and not whole:
                    route = self._towards_gap(route, entering=step > tail)
                if route is not None:
                    yield Stroke(Node(link.tail, tail), Node(link.head, step), route, whole)
            if step in self.loss_steps:
                x, y = layout.places[self.wiring.top]
                at = x + self.base(step)
                route = Route((at, y + RADIUS + CLEAR), (at, self.ceiling))
                yield Stroke(Node(self.wiring.top, step), TOTAL, route)
            for name, drop in (self.drops or {}).items() if step and self.bar else ():
                yield Stroke(self.bar or TOTAL, Node(name, step), drop.moved(self.base(step)))
        yield from self._leaving()

    def _leaving(self) -> Iterator[Stroke]:
        """Arrows from drawn steps into steps left out."""
        columns, layout = self.columns or (), self.layout
        if 0 not in columns:
            return
        last = columns.index(0)
        for link in self.links:
            for step in range(last + 1 - max(0, link.lag), last + 1) if link.lag > 0 else ():
                if step >= 1 and last < step + link.lag < self.steps:
                    route = self._towards_gap(
                        layout.routes[link].moved((step + link.lag - 1) * layout.pitch), entering=False
                    )
                    if route is not None:
                        yield Stroke(Node(link.tail, step), Node(link.head, step + link.lag), route, whole=False)
            if link.lag < 0:
                for step in range(self.steps, self.steps - link.lag):
                    head = step + link.lag
                    if last < head < self.steps and step <= self.steps:
                        shift = self.base(self.steps) + (head - self.steps) * layout.pitch
                        route = self._towards_gap(layout.routes[link].moved(shift), entering=True)
                        if route is not None:
                            yield Stroke(Node(link.tail, step), Node(link.head, head), route, whole=False)

    def _towards_gap(self, route: Route, *, entering: bool) -> Route | None:
        """The part of an arrow that is on the side of the gap on which it is drawn."""
        left = len((self.columns or ())[: (self.columns or ()).index(0)]) * self.layout.pitch + self._middle_left
        if entering:
            return route.within(left + GAP - STUB, float("inf"))
        return route.within(float("-inf"), left + STUB)

    @cached_property
    def _middle_left(self) -> float:
        """Where the gap begins, beyond the nodes of a step: half way to those of the next."""
        left, right = self._box
        return (left + right - self.layout.pitch) / 2

    def _bars(self) -> Iterator[Bar]:
        left = self._box[0]
        right = self._box[1] + self.base(self.steps)
        if self.loss_steps:
            yield Bar(TOTAL, (left, self.ceiling, right, self.ceiling + THICKNESS))
        if self.bar is not None:
            feet = [drop.start[0] for drop in (self.drops or {}).values()]
            left = min(left, *(foot - OVER for foot in feet), left)
            right = max(right, *(foot + self.base(self.steps) + OVER for foot in feet), right)
            yield Bar(self.bar, (left, self.floor - THICKNESS, right, self.floor))


@lru_cache(maxsize=256)
def _drawing(unrolling: Unrolling) -> Drawing | None:
    """Its drawing, made once for all figures that show it."""
    return unrolling.draw()


def _framed(drawing: Drawing) -> Drawing:
    """A drawing moved so that it begins at the lower left corner of the page's room for it."""
    boxes = [
        *((dot.at[0] - dot.half, dot.at[1] - RADIUS, dot.at[0] + dot.half, dot.at[1] + RADIUS) for dot in drawing.dots),
        *(bar.box for bar in drawing.bars),
        *(stroke.route.box for stroke in drawing.strokes),
    ]
    x = MARGIN - min(box[0] for box in boxes)
    y = MARGIN - min(box[1] for box in boxes)
    return replace(
        drawing,
        width=max(box[2] for box in boxes) + x + MARGIN,
        height=max(box[3] for box in boxes) + y + MARGIN,
        dots=tuple(replace(dot, at=(dot.at[0] + x, dot.at[1] + y)) for dot in drawing.dots),
        bars=tuple(
            replace(bar, box=(bar.box[0] + x, bar.box[1] + y, bar.box[2] + x, bar.box[3] + y)) for bar in drawing.bars
        ),
        strokes=tuple(replace(stroke, route=stroke.route.moved(x, y)) for stroke in drawing.strokes),
    )
