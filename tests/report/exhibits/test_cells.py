"""Cells: the first and the last of a list."""

from __future__ import annotations

from derive.report.exhibits.cells import first_and_last


def test_ends_of_a_list() -> None:
    """A list that fits stays whole; of a longer one the middle goes."""
    assert first_and_last(range(9)) == tuple(range(9))
    assert first_and_last(range(10)) == (0, 1, 2, 3, 4, None, 7, 8, 9)
