"""Cells: the first and the last of a list."""

from __future__ import annotations

from derive.report.exhibits.cells import first_and_last, grouped_digits


def test_ends_of_a_list() -> None:
    """A list that fits stays whole; of a longer one the middle goes."""
    assert first_and_last(range(9)) == tuple(range(9))
    assert first_and_last(range(10)) == (0, 1, 2, 3, 4, None, 7, 8, 9)


def test_large_numbers_have_spaces_between_thousands() -> None:
    """From 10 000 on, with every digit."""
    assert [grouped_digits(count) for count in (0, 9_999)] == ["0", "9999"]
    assert [grouped_digits(count).split("\u202f") for count in (10_034, 1_200_007)] == [
        ["10", "034"],
        ["1", "200", "007"],
    ]
