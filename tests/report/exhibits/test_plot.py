"""Plot: curves on a logarithmic scale."""

from __future__ import annotations

from derive.report.document import Polyline
from derive.report.exhibits.plot import Curve, log_plot
from derive.report.exhibits.printed_numbers import two_digits


def test_a_curve_stops_where_it_is_zero() -> None:
    """Where a series is 0 it has no logarithm, and its curve has a gap; a point by itself is marked."""
    curve = Curve((0.0, -1.0, float("-inf"), -3.0), two_digits(0.0), "path")
    drawn = [
        shape
        for shape in log_plot((curve,), two_digits(0.0)).shapes
        if isinstance(shape, Polyline) and shape.role == "path"
    ]
    assert [(len(shape.points), shape.marked) for shape in drawn] == [(2, False), (1, True), (3, False)]
