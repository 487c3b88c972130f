"""Values: exact, complete, and refused with what is wrong."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from derive import Network, load
from derive.errors import ValuesError
from derive.graph.unrolled import Node
from derive.numbers.values import resolve

HALF = Fraction(1, 2)


def elman(**values: Any) -> dict[Node, Any]:
    """The values of the network elman at T = 3, some given."""
    return dict(resolve(load("elman"), 3, values).of)


def vector() -> Network:
    """A network of vectors without values; n and d are open."""
    return Network(
        name="vector.toml",
        equations={"h": "W@x[t] + h[t-1]", "l": "sum(h[t]**2)"},
        parameters=("W",),
        inputs=("x",),
        loss="l",
        initial={"h": 0},
        shapes={"W": ("n", "d"), "x": ("d",), "h": ("n",)},
    )


def test_one_number_serves_every_step() -> None:
    """So do the values of the file, for any T."""
    assert {node: value for node, value in elman(x=2).items() if node.name == "x"} == {
        Node("x", t): 2 for t in (1, 2, 3)
    }
    assert resolve(load("elman"), 5)[Node("x", 5)] == 1


def test_a_list_is_one_value_per_step() -> None:
    """In the order of the steps."""
    assert [elman(x=["0.1", 0, -3])[Node("x", step)] for step in (1, 2, 3)] == [Fraction(1, 10), 0, -3]


@given(st.lists(st.integers(-9, 9), min_size=1, max_size=4), st.integers(1, 9))
def test_a_cycle_begins_again(entries: list[int], steps: int) -> None:
    """x_t is entry number t, counted round."""
    values = resolve(load("elman"), steps, {"x": {"cycle": entries}})
    assert [values[Node("x", step)] for step in range(1, steps + 1)] == [
        entries[k % len(entries)] for k in range(steps)
    ]


@pytest.mark.parametrize(
    ("written", "exact"),
    [
        (1, Fraction(1)),
        (Decimal("0.1"), Fraction(1, 10)),
        ("0.1", Fraction(1, 10)),
        ("1/3", Fraction(1, 3)),
        (Fraction(2, 7), Fraction(2, 7)),
        (Decimal("-1e-3"), Fraction(-1, 1000)),
    ],
)
def test_numbers_stay_exact(written: Any, exact: Fraction) -> None:
    """0.1 is one tenth."""
    assert elman(w_x=written)[Node("w_x")] == exact


def test_states_before_their_first_step() -> None:
    """Their value is the network's, or given under h_0; for lag 2 also y_-1, for a state that runs backwards g_T+1."""
    assert elman()[Node("h", 0)] == 0
    assert elman(h_0="0.5")[Node("h", 0)] == HALF
    lags = resolve(load("narx"), 3, {"y_-1": 7})
    assert (lags[Node("y", 0)], lags[Node("y", -1)]) == (0, 7)
    both = resolve(load("bidirectional"), 3, {"g_T+1": 7})
    assert (both[Node("h", 0)], both[Node("g", 4)]) == (0, 7)


def test_sizes_are_read_off_the_lists() -> None:
    """A vector as a list is the same at each step; one number fills whatever has a known size."""
    values = resolve(vector(), 2, {"W": [[1, 2, 3], [4, 5, 6]], "x": [7, 8, 9], "h_0": "0.5"})
    assert values.sizes == {"n": 2, "d": 3}
    assert values[Node("x", 2)] == (7, 8, 9)
    assert values[Node("h", 0)] == (HALF, HALF)
    assert resolve(vector(), 1, {"W": 1, "x": [[7, 8, 9]], "h_0": [0, 0]})[Node("W")] == ((1, 1, 1), (1, 1, 1))


def test_vectors_step_by_step_and_in_a_cycle() -> None:
    """A list of vectors is one per step, a cycle of them begins again."""
    given = {"W": [[1, 2], [3, 4]], "x": [[5, 6], [7, 8]]}
    assert resolve(vector(), 2, given)[Node("x", 2)] == (7, 8)
    assert resolve(vector(), 3, given | {"x": {"cycle": [[5, 6], [7, 8]]}})[Node("x", 3)] == (5, 6)
    assert resolve(vector(), 3, given | {"x": {"cycle": [0, 1]}})[Node("x", 2)] == (1, 1)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"w_z": 1}, r"there is no value named w_z; did you mean w_"),
        ({"qqq": 1}, r"there is no value named qqq; known are w_x, .*, h_0"),
        ({"h_1": 1}, r"there is no value named h_1; did you mean h_0\?"),
        ({"x": [1, 2]}, r"x has 2 values, but there are T = 3 steps; write \{ cycle = \[1, 2\] \}"),
        ({"x": []}, r"the value of x is an empty list"),
        ({"x": {"cycle": []}}, r"the value of x is an empty list"),
        ({"x": {"cycle": 3}}, r"the value of x has to be a list such as \{ cycle = \[1, 0\] \}, not a table"),
        ({"x": {"zyklus": [1]}}, r"the value of x has to be a list such as"),
        ({"w_x": {"cycle": [1]}}, r"the value of w_x has to be a number or a list of numbers, not a table"),
        ({"w_x": [1]}, r"the value of w_x has to be one number, not a list"),
        ({"x": [[1], 2, 3]}, r"the value of x has to be one number, not a list"),
        ({"x": [1, [2], 3]}, r"the value of x has to be one number, not a list"),
        ({"w_x": "one"}, r"the value of w_x has to be a number, not 'one'"),
        ({"w_x": "1/0"}, r"the value of w_x has to be a number, not '1/0'"),
        ({"w_x": Decimal("NaN")}, r"the value of w_x has to be a number"),
        ({"w_x": True}, r"has to be a number or a list of numbers, not True"),
        ({"w_x": float("nan")}, r"has to be a number, not 'nan'"),
        ({"w_x": None}, r"has to be a number or a list of numbers, not None"),
        ({"w_x": Decimal("1e5000")}, r"the value of w_x has too many digits"),
        ({"w_x": "1e999999999"}, r"the value of w_x has too many digits"),
        ({"w_x": [[[[1]]]]}, r"the value of w_x is nested too deeply"),
    ],
)
def test_what_is_no_value_is_refused(given: dict[str, Any], message: str) -> None:
    """The message names the file, the value and what would be right."""
    with pytest.raises(ValuesError, match=message) as refusal:
        elman(**given)
    assert str(refusal.value).startswith("elman.toml: ")


def test_a_list_for_a_state_that_looks_several_steps_back_is_told_its_labels() -> None:
    """There is a value for each step before the first; written under [values] as the message says, they are taken."""
    seasonal = Network(
        name="seasonal",
        equations={"s": "s[t-3] + y[t]", "l": "s[t]**2"},
        parameters=(),
        inputs=("y",),
        by=("y",),
        loss="l",
        initial={"s": [1, 2, 3]},
    )
    with pytest.raises(ValuesError, match=r"not a list; there are s_-2, s_-1 and s_0: ") as refusal:
        resolve(seasonal, 1, {"y": 1})
    labels = re.findall(r"s_-?\d", str(refusal.value).partition("; ")[2])
    written = dict(zip(labels, (1, 2, 3), strict=True))
    found = resolve(replace(seasonal, initial={"s": 0}), 1, {"y": 1, **written})
    assert [found[Node("s", step)] for step in (-2, -1, 0)] == [1, 2, 3]


@pytest.mark.parametrize(
    ("network", "series", "is_short"),
    [
        ("elman", ["1/3", 0.25], True),
        ("elman", [Decimal("1e70"), 2], False),
        ("elman", list(range(10)), False),
        ("elman-vector", [[1, 0.5, 0], [-1, 2, 3]], True),
    ],
)
def test_what_is_advised_for_too_few_values_is_a_value(network: str, series: list[Any], *, is_short: bool) -> None:
    """What the message advises is TOML, and the values that were given, unless they are long."""
    data = load(network).data[0]
    with pytest.raises(ValuesError, match="there are T = 30 steps") as refusal:
        resolve(load(network), 30, {data: series})
    advice = re.search(r"--set '(.*)'", str(refusal.value))
    assert advice is not None
    advised = tomllib.loads(advice[1])
    found = resolve(load(network), 30, advised)
    given = resolve(load(network), len(series), {data: series})
    if is_short:
        assert found[Node(data, 2)] == found[Node(data, 30)] == given[Node(data, 2)]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"x": 1}, r"no value for W; give one under \[values\] or with --set"),
        ({"W": 1, "x": 1}, r"the size n is not known; give at least one value of that size as a list"),
        ({"W": [[1, 2], [3, 4]], "x": [1, 2, 3]}, r"the value of x has 3 components, but d = 2 \(from W\)"),
        ({"W": [[1, 2], [3]], "x": 1}, r"the value of W has 1 components, but d = 2 \(from W\)"),
        ({"W": [1, 2], "x": 1}, r"the value of W has to be a list of rows, such as \[\[1, 0\], \[0, 1\]\]"),
        ({"W": [[1, [2]]], "x": 1}, r"the value of W has to be one number, not a list"),
        ({"W": [[1, 2]], "x": [[1, 2], [3]]}, r"the value of x has 1 components, but d = 2"),
        ({"W": [[1, 2]], "x": [[1, 2]]}, r"x has 1 values, but there are T = 2 steps"),
        ({"W": [[1, 2]], "x": 1, "h_0": [1, 2]}, r"the value of h_0 has 2 components, but n = 1 \(from W\)"),
    ],
)
def test_values_whose_sizes_disagree_are_refused(given: dict[str, Any], message: str) -> None:
    """The message says which value set the size."""
    with pytest.raises(ValuesError, match=message):
        resolve(vector(), 2, given)


@pytest.mark.parametrize(
    "given",
    [
        0.1,
        np.float64(0.1),
        np.float32(0.1),
        np.array(0.1),
        Decimal("0.1"),
        Fraction(1, 10),
        "0.1",
        "1/10",
        sympy.Rational(1, 10),
    ],
    ids=lambda given: type(given).__name__,
)
def test_a_tenth_is_a_tenth(given: Any) -> None:
    """However a number comes, it is the decimal that it is written as: 0.1 is one tenth."""
    assert resolve(load("elman"), 1, {"w_x": given})[Node("w_x")] == Fraction(1, 10)


def test_arrays_are_lists() -> None:
    """Arrays of NumPy give what lists give, for data as for matrices."""
    found = resolve(load("elman"), 3, {"x": np.array([1.0, 0.5, -2.0])})
    assert [found[Node("x", step)] for step in (1, 2, 3)] == [1, Fraction(1, 2), -2]
    wide = resolve(load("elman-vector"), 1, {"W_h": np.array([[0.5, 0.25], [0, 1]])})
    assert wide[Node("W_h")] == ((Fraction(1, 2), Fraction(1, 4)), (0, 1))


def test_a_size_that_only_the_network_gives_is_taken_from_there() -> None:
    """Where one number takes the place of a matrix, the sizes remain those of the network's own values."""
    network = load("elman-vector")
    vectors = dict.fromkeys((*network.timeless, *network.data), 0.5)
    assert resolve(network, 3, vectors).sizes == resolve(network, 3).sizes
    with pytest.raises(ValuesError, match=r"the size \w+ is not known; give at least one value .* such as \w+ = \["):
        resolve(network.with_values({}), 3, vectors)
