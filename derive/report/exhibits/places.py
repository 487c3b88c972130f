"""Places: where the variables of one step stand, if the step is repeated to the left and right without end.

What is laid out is one step: a row and an offset per variable, and the pitch, the distance from step to step. Every finite T is
a part of the endless picture, so what holds there holds for every T, and columns are alike. Starting from rows by dependency,
one variable after another goes to where the picture costs least, with straight arrows. Costs depend only on differences of
whole numbers (quarters of a centimetre), so they are looked up rather than computed again; tries are counted, never seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import ceil, floor
from typing import NamedTuple

from derive.report.exhibits.geometry import length

GRID = 0.25
"""The unit of places, in cm."""
RISE = 6
"""From row to row, in units."""
RADIUS = 0.36
ROOM = 0.43
"""How far an arrow is to stay from the middle of a foreign node, in cm."""
SPACE = 0.24
"""Between nodes of one row, in cm."""
ON_NODE, CROSSING, NARROW, DOWNWARD, LEVEL = 6.0, 1.1, 4.0, 9.0, 2.0
SIDEWAYS, SLANTED, TALL, WIDE = 0.4, 0.3, 0.2, 0.05
LEFT = 0.05
"""Of data that stand left of what uses them: right is better, where there is no arrow from the step before."""
SHORT = 0.4
"""A shorter arrow is hard to see, in cm."""
SWEEPS = 6


class Link(NamedTuple):
    """An arrow of one step: from a variable ``lag`` steps before to one of this step."""

    tail: str
    head: str
    lag: int


class Fixed(NamedTuple):
    """An arrow to a variable of every step from one that belongs to one step for all t, ``at`` (0: T)."""

    tail: str
    head: str
    at: int


@dataclass(frozen=True)
class Wiring:
    """What is laid out: the nodes of one step with half their width, the arrows into them, what is on top, what is given.

    Arrows from one step for all t are no part of what is repeated; what they lead to stands above what they come from.
    """

    names: tuple[str, ...]
    halves: tuple[float, ...]
    links: tuple[Link, ...]
    top: str
    given: frozenset[str]
    fixed: tuple[Fixed, ...] = ()

    @cached_property
    def half(self) -> dict[str, float]:
        """Half the width of each node."""
        return dict(zip(self.names, self.halves, strict=True))

    @cached_property
    def levels(self) -> dict[str, int]:
        """Rows by dependency within the step: data lowest, each variable above what it needs, the loss on top."""
        below: dict[str, list[str]] = {name: [] for name in self.names}
        for link in self.links:
            if link.lag == 0:
                below[link.head].append(link.tail)
        for tail, head, _ in self.fixed:
            below[head].append(tail)
        found: dict[str, int] = {}

        def level(name: str) -> int:
            if name not in found:
                found[name] = 0
                found[name] = max((level(tail) + 1 for tail in below[name]), default=0 if name in self.given else 1)
            return found[name]

        top = max(level(name) for name in self.names)
        found[self.top] = top + any(found[name] == top for name in self.names if name != self.top)
        for name in self.given:
            above = [found[link.head] for link in self.links if link.tail == name and link.lag == 0]
            if above and min(above) > 2:
                found[name] = min(above)
        return found


@dataclass
class Places:
    """A search for places: rows and offsets of the nodes of one step, at a pitch. Nodes and arrows go by their numbers."""

    wiring: Wiring
    pitch: int
    extra: int = 0
    """Rows beyond those that dependency asks for."""

    def __post_init__(self) -> None:
        """Begin with rows by dependency, each row spread over the step."""
        wiring = self.wiring
        number = {name: place for place, name in enumerate(wiring.names)}
        self.half = wiring.halves
        self.given = [name in wiring.given for name in wiring.names]
        self.top = number[wiring.top]
        self.links = [(number[link.tail], number[link.head], link.lag) for link in wiring.links]
        self.own = [[k for k, link in enumerate(self.links) if node in link[:2]] for node in number.values()]
        levels = [wiring.levels[name] for name in wiring.names]
        crowded = max(range(max(levels)), key=levels.count, default=0)
        self.row = [level + self.extra * (level > crowded) for level in levels]
        self.at = [0] * len(self.row)
        for level in sorted(set(self.row)):
            nodes = [node for node, row in enumerate(self.row) if row == level]
            for place, node in enumerate(nodes):
                self.at[node] = (2 * place + 1) * self.pitch // (2 * len(nodes)) % self.pitch
        self.vectors = [(0, 0)] * len(self.links)
        for node in number.values():
            self._put(node, self.row[node], self.at[node])

    def _put(self, node: int, row: int, at: int) -> None:
        """Put a node somewhere, its arrows with it."""
        self.row[node], self.at[node] = row, at
        for k in self.own[node]:
            tail, head, lag = self.links[k]
            across = self.at[head] - self.at[tail] + lag * self.pitch
            self.vectors[k] = (across, (self.row[head] - self.row[tail]) * RISE)

    @cached_property
    def satellites(self) -> list[list[int]]:
        """Per node, the data that it alone uses."""
        users: dict[int, set[int]] = {}
        for tail, head, _ in self.links:
            if self.given[tail]:
                users.setdefault(tail, set()).add(head)
        return [[other for other, heads in users.items() if heads == {node}] for node in range(len(self.row))]

    def search(self) -> None:
        """Improve until nothing gets better."""
        coarse, nodes = True, range(len(self.row))
        for _ in range(SWEEPS):
            better = sum(self._improved(node, 2 if coarse else 1) for node in nodes)
            for one in nodes:
                for other in range(one + 1, len(self.row)):
                    if abs(self.row[one] - self.row[other]) <= 1:
                        better += self._exchanged(one, other)
            if not better:
                if not coarse:
                    break
                coarse = False

    def _improved(self, node: int, every: int) -> bool:
        """Move a node, and what is given to it alone in its row, to where they cost least."""
        row, at = self.row[node], self.at[node]
        group = (node, *(other for other in self.satellites[node] if self.row[other] == row))
        best, found = sum(map(self._around, group)), (row, 0)
        start = [self.at[other] for other in group]
        for level in self._rows(node):
            for shift in range(-(at // every) * every, self.pitch - at, every):
                if (level, shift) == (row, 0):
                    continue
                for other, place in zip(group, start, strict=True):
                    self._put(other, level, (place + shift) % self.pitch)
                cost = self._around(node, best)
                if cost < best and len(group) > 1:
                    cost += sum(map(self._around, group[1:]))
                if cost < best - 1e-9:
                    best, found = cost, (level, shift)
        for other, place in zip(group, start, strict=True):
            self._put(other, found[0], (place + found[1]) % self.pitch)
        return found != (row, 0)

    def _rows(self, node: int) -> range:
        """The rows in which a node stands above what it needs within the step, and below what needs it."""
        top = self.row[self.top]
        if node == self.top:
            return range(top, top + 1)
        low, high = int(not self.given[node]), top - 1
        users = [self.row[head] for tail, head, lag in self.links if tail == node and lag == 0]
        if self.given[node]:
            return range(low, min(users, default=top - 1) + 1)
        for tail, head, lag in self.links:
            if lag == 0 and head == node:
                low = max(low, self.row[tail] + (not self.given[tail]))
        return range(low, max(low, min(high, *(row - 1 for row in users), high)) + 1)

    def _exchanged(self, one: int, other: int) -> bool:
        """Let two nodes change places, if that is better."""
        before = self._around(one) + self._around(other)
        mine, its = (self.row[one], self.at[one]), (self.row[other], self.at[other])
        self._put(one, *its)
        self._put(other, *mine)
        fits = its[0] in self._rows(one) and mine[0] in self._rows(other)
        if fits and self._around(one, before) + self._around(other, before) < before - 1e-9:
            return True
        self._put(one, *mine)
        self._put(other, *its)
        return False

    # -- what it costs -------------------------------------------------------------------------------------------------

    def _around(self, node: int, enough: float = float("inf")) -> float:
        """What a node and its arrows cost where it stands now; cut short beyond ``enough``."""
        row, at, pitch, half, vectors, own = self.row, self.at, self.pitch, self.half, self.vectors, self.own[node]
        mine, here = row[node], at[node]
        total = 0.0
        for other, level in enumerate(row):
            if level == mine and other != node:
                total += _beside((at[other] - here) % pitch, pitch, half[node] + half[other])
        for k in own:
            total += self._alone(k)
        if total > enough:
            return total
        for k, (tail, _, _) in enumerate(self.links):
            dx, dy = vectors[k]
            y = row[tail]
            low, high = (0, dy) if dy > 0 else (dy, 0)
            if k not in own:
                up = (mine - y) * RISE
                if low <= up <= high:
                    total += _on_node(dx, dy, (here - at[tail]) % pitch, up, pitch, half[node])
                continue
            for other, level in enumerate(row):
                up = (level - y) * RISE
                if low <= up <= high:
                    total += _on_node(dx, dy, (at[other] - at[tail]) % pitch, up, pitch, half[other])
            if total > enough:
                return total
            for j, (ex, ey) in enumerate(vectors):
                if j != k and (j > k or j not in own):
                    other = self.links[j][0]
                    up = (row[other] - y) * RISE
                    if (up <= high or up + ey <= high) and (up >= low or up + ey >= low):
                        total += _meeting(dx, dy, ex, ey, (at[other] - at[tail]) % pitch, up, pitch)
        return total

    def _alone(self, k: int) -> float:
        """What an arrow costs by itself: its length and slope."""
        tail, head, lag = self.links[k]
        dx, dy = self.vectors[k]
        size = TALL * abs(dy) * GRID
        if lag:
            return size + WIDE * abs(dx) * GRID
        size += SIDEWAYS * abs(dx) * GRID + SLANTED * (dx != 0)
        if dy < 0:
            return size + DOWNWARD
        if dy == 0 and abs(dx) * GRID < self.half[tail] + self.half[head] + SHORT:
            size += 1.0
        size += LEFT * (self.given[tail] and dx > 0)
        return size + (LEVEL * (not self.given[tail]) if dy == 0 else 0.0)

    @property
    def touching(self) -> bool:
        """Whether some node touches another, or its own copy."""
        row, at, half, pitch = self.row, self.at, self.half, self.pitch
        return any(2 * wide + SPACE > pitch * GRID for wide in half) or any(
            row[one] == row[other] and _beside((at[other] - at[one]) % pitch, pitch, half[one] + half[other])
            for one in range(len(row))
            for other in range(one)
        )

    @property
    def cost(self) -> float:
        """What the whole picture costs, but for nodes that touch."""
        row, at, pitch, vectors = self.row, self.at, self.pitch, self.vectors
        total = sum(map(self._alone, range(len(vectors))))
        for k, (dx, dy) in enumerate(vectors):
            tail = self.links[k][0]
            x, y = at[tail], row[tail]
            for other, level in enumerate(row):
                total += _on_node(dx, dy, (at[other] - x) % pitch, (level - y) * RISE, pitch, self.half[other])
            for j in range(k + 1, len(vectors)):
                other = self.links[j][0]
                total += _meeting(dx, dy, *vectors[j], (at[other] - x) % pitch, (row[other] - y) * RISE, pitch)
        return total


@lru_cache(maxsize=1 << 16)
def _beside(apart: int, pitch: int, wide: float) -> float:
    """What two nodes of one row cost, if they touch."""
    return 50.0 if min(apart, pitch - apart) * GRID < wide + SPACE else 0.0


@lru_cache(maxsize=1 << 18)
def _on_node(dx: int, dy: int, x: int, y: int, pitch: int, half: float) -> float:
    """What an arrow from the origin costs for the copies of a node that stand in its way."""
    if not (min(0, dy) <= y <= max(0, dy)):
        return 0.0
    total, flat = 0.0, RADIUS / half
    squared = (dx * flat) ** 2 + dy * dy
    reach = ROOM * 1.0 / GRID
    wide = reach / flat
    for copy in range(ceil((min(0, dx) - wide - x) / pitch), floor((max(0, dx) + wide - x) / pitch) + 1):
        u = x + copy * pitch
        if (u, y) in ((0, 0), (dx, dy)):
            continue
        part = min(1.0, max(0.0, (u * dx * flat * flat + y * dy) / squared)) if squared else 0.0
        if length((u - part * dx) * flat, y - part * dy) < reach:
            total += ON_NODE
    return total


@lru_cache(maxsize=1 << 19)
def _meeting(dx: int, dy: int, ex: int, ey: int, x: int, y: int, pitch: int) -> float:
    """What two arrows cost, the one from the origin, the other from (x, y) and its copies: crossings, narrow angles."""
    if max(y, y + ey) < min(0, dy) or min(y, y + ey) > max(0, dy) or not (dx or dy) or not (ex or ey):
        return 0.0
    total = 0.0
    low, high = min(0, dx) - max(0, ex), max(0, dx) - min(0, ex)
    for copy in range(ceil((low - x) / pitch), floor((high - x) / pitch) + 1):
        total += _crossing(dx, dy, ex, ey, x + copy * pitch, y)
    return total


def _crossing(dx: int, dy: int, ex: int, ey: int, x: int, y: int) -> float:
    ends = {(0, 0): (dx, dy), (dx, dy): (-dx, -dy)}
    for point, (u, v) in (((x, y), (ex, ey)), ((x + ex, y + ey), (-ex, -ey))):
        if point in ends:
            a, b = ends[point]
            return _narrow(a, b, u, v)
    turn = dx * ey - dy * ex
    if turn == 0:
        apart = abs(dx * y - dy * x) / length(dx, dy)
        return NARROW if apart < 0.4 and _same_stretch(dx, dy, ex, ey, x, y) else 0.0
    s, r = (x * ey - y * ex) / turn, (x * dy - y * dx) / turn
    if not (0.0 <= s <= 1.0 and 0.0 <= r <= 1.0):
        return 0.0
    sine = abs(turn) / (length(dx, dy) * length(ex, ey))
    return CROSSING + (NARROW if sine < 0.35 else 0.0)


def _same_stretch(dx: int, dy: int, ex: int, ey: int, x: int, y: int) -> bool:
    one, other = x * dx + y * dy, (x + ex) * dx + (y + ey) * dy
    return max(one, other) > 0 and min(one, other) < dx * dx + dy * dy


def _narrow(a: int, b: int, u: int, v: int) -> float:
    """What two arrows cost that meet in a node at an angle of less than 16°."""
    if a * u + b * v <= 0:
        return 0.0
    sine = abs(a * v - b * u) / (length(a, b) * length(u, v))
    return NARROW * (1 - sine / 0.276) if sine < 0.276 else 0.0
