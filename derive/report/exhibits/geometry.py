"""Geometry: lines of a picture as points, and how near they come to one another, in cm.

Only +, −, ×, ÷ and √, whose results IEEE 754 fixes: the same picture on every machine.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from math import sqrt
from typing import TypeAlias

from derive.report.document import Point

Line: TypeAlias = tuple[Point, ...]
"""Points with straight pieces between."""
Box: TypeAlias = tuple[float, float, float, float]
"""Left, low, right, high."""
PIECES = 24
"""How many straight pieces stand for a cubic."""
SAMPLE = 0.05


def length(x: float, y: float) -> float:
    """How long a vector is."""
    return sqrt(x * x + y * y)


def cubic(start: Point, first: Point, second: Point, end: Point) -> Line:
    """The points of a cubic Bézier curve."""
    points: list[Point] = []
    for piece in range(PIECES + 1):
        t = piece / PIECES
        s = 1.0 - t
        a, b, c, d = s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t
        points.append(
            (
                a * start[0] + b * first[0] + c * second[0] + d * end[0],
                a * start[1] + b * first[1] + c * second[1] + d * end[1],
            )
        )
    return tuple(points)


def bounds(line: Iterable[Point]) -> Box:
    """The box around points."""
    xs, ys = zip(*line, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def moved(line: Line, along: float) -> Line:
    """A line so far to the right."""
    return tuple((x + along, y) for x, y in line)


def overlap(one: Box, other: Box, room: float = 0.0) -> bool:
    """Whether two boxes come nearer than some room."""
    return (
        one[0] - room < other[2] and other[0] - room < one[2] and one[1] - room < other[3] and other[1] - room < one[3]
    )


def from_segment(point: Point, start: Point, end: Point) -> float:
    """The distance of a point from a segment."""
    x, y = point[0] - start[0], point[1] - start[1]
    u, v = end[0] - start[0], end[1] - start[1]
    squared = u * u + v * v
    part = (x * u + y * v) / squared if squared else 0.0
    part = 0.0 if part < 0.0 else min(part, 1.0)
    return length(x - part * u, y - part * v)


def from_line(point: Point, line: Line) -> float:
    """The distance of a point from a line."""
    return min(from_segment(point, line[at], line[at + 1]) for at in range(len(line) - 1))


def sampled(line: Line, every: float = SAMPLE) -> Iterator[Point]:
    """Points on a line, never farther apart than asked for; its own among them."""
    yield line[0]
    for (x, y), (u, v) in itertools.pairwise(line):
        count = int(length(u - x, v - y) / every) + 1
        for step in range(1, count + 1):
            yield x + (u - x) * step / count, y + (v - y) * step / count


def comes_near(point: Point, line: Line, near: float) -> bool:
    """Whether a point is nearer to a line than that; as `from_line`, but at once."""
    x, y = point
    squared = near * near
    a, b = line[0]
    for c, d in line[1:]:
        if (x < a - near and x < c - near) or (x > a + near and x > c + near):
            a, b = c, d
            continue
        u, v = c - a, d - b
        size = u * u + v * v
        part = ((x - a) * u + (y - b) * v) / size if size else 0.0
        part = 0.0 if part < 0.0 else min(part, 1.0)
        p, q = x - a - part * u, y - b - part * v
        if p * p + q * q < squared:
            return True
        a, b = c, d
    return False


def run(line: Line) -> float:
    """How long a line is."""
    return sum(length(v[0] - u[0], v[1] - u[1]) for u, v in itertools.pairwise(line))


def shared(line: Line, other: Line, near: float) -> float:
    """How long the longest stretch of a line is that stays nearer to another than ``near``."""
    box = bounds(other)
    left, low, right, high = box[0] - near, box[1] - near, box[2] + near, box[3] + near
    longest = current = 0.0
    before: Point | None = None
    for x, y in sampled(line):
        if left < x < right and low < y < high and comes_near((x, y), other, near):
            if before is not None:
                current += length(x - before[0], y - before[1])
                longest = max(longest, current)
            before = (x, y)
        else:
            current, before = 0.0, None
    return longest


def along(line: Line, part: float) -> tuple[Point, Point]:
    """The point at a share of a line's length, and the direction of the line there."""
    lengths = [length(v[0] - u[0], v[1] - u[1]) for u, v in itertools.pairwise(line)]
    left = part * sum(lengths)
    for place, size in enumerate(lengths):
        if left <= size or place == len(lengths) - 1:
            (x, y), (u, v) = line[place], line[place + 1]
            share = left / size if size else 0.0
            return (x + (u - x) * share, y + (v - y) * share), ((u - x) / (size or 1), (v - y) / (size or 1))
        left -= size
    return line[-1], (1.0, 0.0)


def crossings(line: Line, other: Line) -> int:
    """How often two lines cross."""
    return sum(
        _cross(line[at], line[at + 1], other[there], other[there + 1])
        for at in range(len(line) - 1)
        for there in range(len(other) - 1)
    )


def _cross(start: Point, end: Point, first: Point, last: Point) -> bool:
    return (
        _side(start, end, first) * _side(start, end, last) < 0
        and _side(first, last, start) * _side(first, last, end) < 0
    )


def _side(start: Point, end: Point, point: Point) -> float:
    return (end[0] - start[0]) * (point[1] - start[1]) - (end[1] - start[1]) * (point[0] - start[0])
