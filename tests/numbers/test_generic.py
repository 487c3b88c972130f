"""Generic values: nothing special, the same in every run, with a value wherever the network has one."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from derive.derivation import derive
from derive.graph.rolled import Graph
from derive.network.network import Network
from derive.network.toml import load, ready_made
from derive.numbers.generic import generic_steps, generic_values


def numbers(value: Any) -> list[Fraction]:
    """The numbers of a value, row by row."""
    return [number for entry in value for number in numbers(entry)] if isinstance(value, tuple) else [value]


@pytest.mark.parametrize("name", ready_made())
def test_values_are_generic(name: str) -> None:
    """No value is 0 or ±1, no two are alike, sizes differ, and there are steps for every lag."""
    network = load(name)
    steps = generic_steps(Graph(network))
    values = next(generic_values(network, steps))
    found = [number for value in values.of.values() for number in numbers(value)]
    assert len(set(found)) == len(found)
    assert not {abs(number) for number in found} & {0, 1}
    assert len(set(values.sizes.values())) == len(values.sizes)
    assert steps >= 2 + max(abs(edge.lag or 0) for edge in Graph(network).edges)


def test_a_network_that_has_no_value_everywhere_gets_others() -> None:
    """The logarithm of a negative number has no value; a later draw has only positive ones."""
    network = Network(
        name="entropy",
        equations={"h": "w*x[t]", "l": "log(h[t]) + sqrt(w)"},
        parameters=("w",),
        inputs=("x",),
        loss="l",
        values={"w": 2, "x": 1},
    )
    generic = derive(network, 2).verification(derive(network, 2).evaluate()).generic
    assert generic is not None
    assert False not in [check.passed for check in derive(network, 2).checks()]


def test_a_network_that_has_a_value_nowhere_that_is_tried_says_so() -> None:
    """Where no draw has a value, the checks are left out there with that reason, and still made at the worked values."""
    network = Network(
        name="far",
        equations={"l": "log(w*x[t] - 1000)"},
        parameters=("w",),
        inputs=("x",),
        loss="l",
        values={"w": 2000, "x": 1},
    )
    found = {check.route: check for check in derive(network, 1).checks()}
    complex_step = found["complex step"]
    assert complex_step.worked.passed
    assert complex_step.generic is not None
    assert complex_step.generic.reason == "no values"
