"""Entries: what is one number and what an array, in every number system."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import flint
import numpy as np
import pytest

from derive.numbers.entries import entries, is_array, positions, shape_of, shaped_like
from derive.numbers.number_systems import FLOAT, System, arrays, balls

ONE, TWO = Fraction(1), Fraction(2)


@pytest.mark.parametrize("number", [1, 0.5, 1j, np.float64(2), flint.arb(1), flint.acb(1, 2), np.array([1.0]).sum()])
def test_a_number_has_no_shape_and_is_its_own_entry(number: Any) -> None:
    """Also one that NumPy made, which has a shape of its own: ()."""
    assert not is_array(number)
    assert shape_of(number) == ()
    assert entries(number) == (number,)


@pytest.mark.parametrize("system", [FLOAT, arrays(), balls(), balls("complex")])
def test_entries_come_row_by_row(system: System) -> None:
    """Of a vector and of a matrix, as numbers of the system."""
    matrix = system.constant(((ONE, TWO, ONE), (TWO, TWO, ONE)))
    assert is_array(matrix)
    assert shape_of(matrix) == (2, 3)
    assert entries(matrix) == tuple(map(system.exact, (ONE, TWO, ONE, TWO, TWO, ONE)))
    assert entries(system.constant((TWO, ONE))) == (system.exact(TWO), system.exact(ONE))


@pytest.mark.parametrize("system", [FLOAT, balls()])
@pytest.mark.parametrize("exact", [ONE, (ONE, TWO), ((ONE, TWO, ONE), (TWO, TWO, ONE))])
def test_entries_go_back_to_where_they_stood(system: System, exact: Any) -> None:
    """Positions are in the order of entries, and what is shaped like a value has its entries there."""
    value: Any = system.constant(exact)
    doubled = shaped_like(value, [2 * entry for entry in entries(value)])
    assert shape_of(doubled) == shape_of(value)
    assert entries(doubled) == tuple(2 * (value[place] if place else value) for place in positions(value))
