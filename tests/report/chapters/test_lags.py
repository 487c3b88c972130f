"""The chapter on lags: what they contribute adds up, and its plot."""

from __future__ import annotations

import pytest
from chapter_documents import handout, table
from reading import (
    number,
)

from derive.report.document import Figure, Polyline


@pytest.mark.parametrize(("network", "steps"), [("elman", 3), ("narx", 6), ("lstm-scalar", 3)])
def test_lags_add_up_to_the_gradient(network: str, steps: int) -> None:
    """What the lags contribute adds up to the gradient, and their parts to all of it."""
    rows = table(handout("en", network, steps), "tab-reach")
    total = table(handout("en", network, steps), "tab-sensitivities")[-1][-1]
    assert sum(number(row[2]) for row in rows) == pytest.approx(number(total), abs=1e-4 * steps)
    assert sum(number(row[3].rstrip("\u202f%")) for row in rows) == pytest.approx(100, abs=0.1 * steps)


def test_longer_lags_are_one_row() -> None:
    """For many steps the lags beyond the first hundred share a row, and all paths are counted."""
    rows = table(handout("en", "elman", 130, (5, 1)), "tab-reach")
    assert rows[-1][0] == "> 100"
    assert int(rows[-1][1]) == sum(130 - lag for lag in range(101, 130))
    assert len(rows) == 10


def test_pictures_stay_on_their_canvas() -> None:
    """Every point of the plot lies within the picture."""
    figures = [block for block in handout("en", "lstm-scalar", 20).flat if isinstance(block, Figure)]
    plot = next(figure.picture for figure in figures if figure.label == "fig-reach")
    points = [point for shape in plot.shapes if isinstance(shape, Polyline) for point in shape.points]
    assert all(0 <= x <= plot.width and 0 <= y <= plot.height for x, y in points)
