"""Lattice: the small pictures of words, and bars."""

from __future__ import annotations

import pytest

from derive.graph import Node
from derive.report.document import Drawn, Polyline, plain
from derive.report.exhibits.lattice import APART, MOST_LINES, lattice
from derive.report.exhibits.words import words_table
from tests.subjects import about

WORDS = [
    ("lstm", "W_hi", 3, None),
    ("stacked", "w_h1", 4, None),
    ("bidirectional", "v_g", 3, None),
    ("narx", "w_1", 4, None),
    ("trainable-initial", "h", 3, 0),
    ("gru-scalar", "w_hz", 1, None),
]


@pytest.mark.parametrize(("network", "name", "steps", "step"), WORDS)
def test_a_word_runs_from_dot_to_dot(network: str, name: str, steps: int, step: int | None) -> None:
    """Each letter is as many lines as it has ways, four at most, and begins where the one before it ends, in the picture."""
    told, target = about(network, steps), Node(name, step)
    states = told.derivation.states(*target)
    dots = lattice(told, target, states.names)
    assert dots is not None
    for word in states:
        picture = dots.drawn(told, word).picture
        lines = [shape for shape in picture.shapes if isinstance(shape, Polyline) and not shape.faint]
        assert all(0 <= x <= picture.width and 0 <= y <= picture.height for line in lines for x, y in line.points)
        assert len(lines) == sum(
            1 if letter.kind in "eU" else min(letter.ways, MOST_LINES) for letter, _ in word.places
        )
        ends = [line.points[-1] for line in lines]
        for line in lines[1:]:
            x, y = line.points[0]
            assert any(abs(x - u) + abs(y - v) <= 4 * APART for u, v in ends)


def test_bars_are_as_long_as_sizes() -> None:
    """Beside a number stands a bar in proportion to it; a format without pictures in lines has the nodes and blocks."""
    table = words_table(about("lstm", 3), Node("W_hi"), "")
    pairs = []
    for row in table.rows:
        path, bar = row[2][0], row[-2][0]
        assert isinstance(path, Drawn)
        assert isinstance(bar, Drawn)
        (line,) = bar.picture.shapes
        assert isinstance(line, Polyline)
        pairs.append((float(plain(row[-1])), line.points[1][0]))
    most, longest = max(pairs)
    assert all(abs(length / longest - size / most) < 0.02 for size, length in pairs)
    assert plain(table.rows[3][2]) == "h_2 → c_2 → c_1"
    assert plain(table.rows[0][-2]) == "█" * 8
