"""Diagram: numbers stand beside the arrows they belong to, and touch nothing."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from math import hypot

import pytest
from subjects import about

from derive.graph.unrolled import Node
from derive.notation.text import text
from derive.report.document import Arrow, Label
from derive.report.document import Node as Dot
from derive.report.exhibits import diagram

POWERS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻−", "0123456789--")


@pytest.mark.parametrize(
    ("network", "steps", "target", "counted"),
    [
        ("elman", 8, "w_h", "all"),
        ("elman", 1000, "w_h", "all"),
        ("elman", 1, "w_h", "none"),  # a single path
        ("lstm-scalar", 3, "w_hi", "some"),
        ("gru-scalar", 6, "w_hr", "some"),
        ("lstm-scalar", 20, "w_hf", "none"),  # numbers with many digits
    ],
)
def test_numbers_stand_beside_arrows(network: str, steps: int, target: str, counted: str) -> None:
    """The numbers drawn are as many as the caption says, and none of them touches an arrow, a node or another number."""
    found = diagram.paths(about(network, steps), Node(target))
    assert found.counted == counted
    shapes = found.picture.shapes
    arrows = [shape for shape in shapes if isinstance(shape, Arrow)]
    strong = [arrow for arrow in arrows if arrow.strong]
    numbers = [shape for shape in shapes if isinstance(shape, Label) and shape.role == "path"]
    assert {"all": len(numbers) == len(strong), "some": 0 < len(numbers) < len(strong), "none": not numbers}[counted]
    for number in numbers:
        (x, y), half = number.at, room(number) / 2
        for arrow in arrows:
            inside = [abs(u - x) < half and abs(v - y) < TALL for u, v in along(arrow.start, arrow.end)]
            assert not any(inside), (number, arrow)
        for node in (shape for shape in shapes if isinstance(shape, Dot)):
            (u, v), (wide, tall) = node.at, node.size
            corners = [(x + sign * half, y + up * TALL) for sign in (-1, 0, 1) for up in (-1, 1)]
            assert all(hypot(2 * (x - u) / wide, 2 * (y - v) / tall) > 1 for x, y in corners), (number, node)
    for one, other in combinations(numbers, 2):
        half = (room(one) + room(other)) / 2
        assert abs(one.at[0] - other.at[0]) >= half or abs(one.at[1] - other.at[1]) >= 2 * TALL, (one, other)


TALL = 0.1
"""Half the height of a digit in a picture, in cm."""


def room(label: Label) -> float:
    """The width of a number: 0.16 cm a digit."""
    return 0.16 * len(text(label.body))


def along(start: tuple[float, float], end: tuple[float, float]) -> Iterator[tuple[float, float]]:
    """Points of a line."""
    for part in range(201):
        yield start[0] + (end[0] - start[0]) * part / 200, start[1] + (end[1] - start[1]) * part / 200
