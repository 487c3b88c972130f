"""Paths in tables: all of few, the first and the last of many."""

from __future__ import annotations

import re

import pytest
from reading import cells
from subjects import about

from derive.graph.unrolled import Node
from derive.notation.text import text
from derive.report.document import wide
from derive.report.exhibits.paths import lag_table, listed, many, path_table, summary_table
from derive.report.subject import LINE


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


@pytest.mark.parametrize(("network", "steps"), [("seq-bidirectional-lstm", 20), ("gru", 50), ("elman", 3)])
def test_a_summary_fits_a_line(network: str, steps: int) -> None:
    """Counts of thirty digits are given to two, and of many lags as many are shown as a line holds."""
    subject = about(network, steps)
    labels = list(subject.derivation.single_gradients)
    table = summary_table(subject, labels)
    assert wide(table) < LINE
    assert len(table.columns) >= 4
