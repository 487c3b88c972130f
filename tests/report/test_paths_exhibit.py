"""Tables of paths: each one, or the first and the last of many, and the sums by lag, as printed; and their picture."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import combinations
from math import hypot
from typing import Any

import pytest

from derive.derivation import derive
from derive.graph.unrolled import Node
from derive.notation.text import text
from derive.report.document import Arrow, Display, Label, Math, Table
from derive.report.document import Node as Dot
from derive.report.exhibits import diagram, equations
from derive.report.exhibits.paths import lag_table, listed, many, path_table
from derive.report.options import Options
from derive.report.publish import subject
from derive.report.subject import Subject


@cache
def about(network: str, steps: int, **values: Any) -> Subject:
    """A subject in English; values are those of the example."""
    return subject(derive(network, steps), Options(values={name: list(value) for name, value in values.items()}))


def cells(table: Table) -> list[list[str]]:
    """The rows of a table as plain text."""
    return [["".join(map(plainly, cell)) for cell in row] for row in table.rows]


def plainly(inline: Any) -> str:
    """An inline as plain text, non-breaking spaces as spaces."""
    return (text(inline.formula) if isinstance(inline, Math) else str(inline.text)).replace("\u00a0", " ")


def lines(display: Display) -> str:
    """A display as plain text."""
    return "   ".join(text(line.right) for line in display.lines)


def test_few_paths_are_all_listed() -> None:
    """Every path has its row, with its place, its lag and its value, and the gradient stands at the foot."""
    *rows, total = cells(path_table(about("elman", 3), Node("w_h"), "tab"))
    assert [(row[0], row[2]) for row in rows] == [
        ("1", "0"),
        ("2", "0"),
        ("3", "1"),
        ("4", "0"),
        ("5", "1"),
        ("6", "2"),
    ]
    assert total[-1] == "0.1577"
    assert not many(about("elman", 3), Node("w_h"))


@pytest.mark.parametrize(("network", "steps", "target"), [("elman", 1000, "w_h"), ("lstm-scalar", 20, "w_hf")])
def test_of_many_the_first_and_the_last_are_listed(network: str, steps: int, target: str) -> None:
    """Three from either end with their places, products cut short in the middle, and their values."""
    found = about(network, steps)
    paths = found.derivation.paths(target)
    *rows, total = cells(path_table(found, Node(target), "tab"))
    places = [int(re.sub(r"\D", "", row[0])) for row in rows if row[0] != "⋯"]
    assert places == [1, 2, 3, paths.count - 2, paths.count - 1, paths.count]
    assert rows[3] == ["⋯"] * 5
    assert [int(row[2]) for row in rows if row[0] != "⋯"] == [paths[place - 1].lag for place in places]
    assert "⋯" in rows[-1][1]
    assert "⋯" in rows[-1][3]
    assert len(rows[-1][3]) < 200
    assert total[-1] == text(found.number(found.evaluation.gradient(Node(target))))


def test_paths_of_vectors_have_no_value() -> None:
    """The product along a path of vectors is a matrix, so that the column is left out, of many paths too."""
    rows = cells(path_table(about("lstm", 12), Node("W_hi"), "tab"))
    assert {len(row) for row in rows} == {4}
    assert len(rows) == 7


def test_lags_add_up() -> None:
    """Of few lags all are printed: they add up to the gradient, and their numbers to all paths."""
    *rows, total = cells(lag_table(about("elman", 8), Node("w_x"), "tab"))
    assert [row[:2] for row in rows] == [[str(lag), str(8 - lag)] for lag in range(8)]
    assert sum(float(row[2].replace("×10", "e").translate(POWERS)) for row in rows) == pytest.approx(
        float(total[2]), abs=5e-4
    )
    assert total[1] == "36"


POWERS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻−", "0123456789--")


def test_vectors_leave_room_for_one_table_by_lag() -> None:
    """Numbers of paths without sums are the same for many parameters: one table, and the others in the summary."""
    assert listed(about("lstm", 12), Node("W_hi")) == ["W_hi"]
    assert listed(about("elman", 1000), Node("w_h")) == ["w_x", "w_h", "w_y"]


# -- the picture -------------------------------------------------------------------------------------------------------


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


# -- the values given --------------------------------------------------------------------------------------------------


def test_a_series_that_repeats_is_printed_once() -> None:
    """Values that begin again are given until they do; the rest is one equation."""
    shown = lines(equations.given_values(about("lstm-scalar", 9)))
    assert "x_1 = 1,   x_2 = 0,   x_3 = −1,   x_t = x_{t−3} (t > 3)" in shown.replace("\u00a0", " ")
    assert "x_4" not in shown


def test_a_long_series_is_printed_by_its_ends() -> None:
    """Of many values that do not repeat, the first and the last are printed."""
    shown = lines(equations.given_values(about("elman", 30, x=tuple(range(30)))))
    assert "x_8 = 7,   ⋯,   x_{28} = 27" in shown
    assert "x_{12}" not in shown


def test_a_short_series_is_printed_whole() -> None:
    """Few values stand there one by one, even if they repeat."""
    shown = lines(equations.given_values(about("elman", 4, x=(1, 2, 1, 2))))
    assert "x_4 = 2" in shown
    assert "x_t" not in shown
