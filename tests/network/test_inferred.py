"""Inferred shapes: a variable that is not listed has the shape of what its equation computes."""

from __future__ import annotations

import re
from dataclasses import replace

import networks
import pytest
from declared import DECLARED
from matrix_networks import MATRICES

from derive import load
from derive.errors import DeriveError, ShapeError
from derive.network.network import Network
from derive.network.toml import ready_made

ALL = {**{name: load(name) for name in ready_made()}, **DECLARED, **MATRICES, **networks.ZOO}
OF_VECTORS = [name for name, network in ALL.items() if any(network.shape(each) for each in network.variables)]


def carried(network: Network) -> set[str]:
    """What is read at other steps than its own: its shape does not follow from what is computed before."""
    return {*network.states, *network.reach, *network.initial}


@pytest.mark.parametrize("name", OF_VECTORS)
def test_what_no_other_step_reads_need_not_be_listed(name: str) -> None:
    """With the states alone under [shapes], every network is what it is with all its variables there."""
    network = ALL[name]
    listed = {
        each: shape
        for each, shape in network.shapes.items()
        if each not in network.variables or each in carried(network)
    }
    assert (
        replace(network, shapes=listed).shapes.items()
        >= {each: shape for each, shape in network.shapes.items() if shape}.items()
    )


def small(**changes: object) -> Network:
    """A vector state read out by a matrix, with the shapes that are needed."""
    given = {
        "name": "small",
        "equations": {"a": "W@h[t-1] + x[t]", "h": "tanh(a[t])", "y": "V@h[t]", "l": "sum(y[t]**2)/2"},
        "parameters": ("W", "V"),
        "inputs": ("x",),
        "loss": "l",
        "initial": {"h": 0},
        "shapes": {"W": "n, n", "V": "k, n", "x": "n", "h": "n"},
    }
    return Network(**{**given, **changes})  # type: ignore[arg-type]


def test_equations_may_stand_in_any_order() -> None:
    """A shape is found once all that an equation reads has one, wherever that is told."""
    equations = {"l": "sum(z[t]**2)/2", "z": "y[t]/2", "y": "V@h[t]", "h": "tanh(a[t])", "a": "W@h[t-1] + x[t]"}
    assert small(equations=equations).shapes["z"] == ("k",)


def test_a_state_that_is_not_listed_is_a_scalar_and_the_message_says_what_to_write() -> None:
    """Nothing else says how large what reads itself is."""
    with pytest.raises(ShapeError) as refused:
        small(
            equations={"h": "W@tanh(h[t-1] + x[t])", "l": "sum(V@x[t])*h[t]"},
            shapes={"W": "n, n", "V": "k, n", "x": "n"},
            broadcast=True,
        )
    assert str(refused.value) == (
        'small: equation h = "W@tanh(h[t-1] + x[t])": its value is a vector (n), but h has no shape; '
        'write h = "n" under [shapes]'
    )


@pytest.mark.parametrize(
    ("equations", "shapes", "told"),
    [
        (  # read by a matrix before its own equation
            {"a": "W@h[t-1] + x[t]", "h": "tanh(a[t])", "l": "sum(h[t]**2)"},
            {"W": "n, n", "x": "n"},
            'h is a scalar, because it has no shape: write h = "n" under [shapes]',
        ),
        (  # a vector beside the matrix would be typed too, but is not what the equation computes
            {"h": "W*h[t-1] + outer(x[t], x[t])", "l": "sum(h[t])"},
            {"W": "n, n", "x": "n"},
            'h is a scalar, because it has no shape: write h = "n, n" under [shapes]',
        ),
        (
            {"a": "tanh(W@x[t])/(h[t-1]*c[t-1])", "h": "a[t] + h[t-1]", "c": "a[t]*c[t-1]", "l": "sum(a[t])"},
            {"W": "n, d", "x": "d"},
            'h and c are scalars, because they have no shape: write h = "n" and c = "n" under [shapes]',
        ),
        (
            {"h": "tanh(W@x[t]) + h[t-1]", "l": "sum(h[t]**2)"},
            {"W": "n, d", "h": "n"},
            'x is a scalar, because it has no shape: write x = "d" under [shapes]',
        ),
    ],
)
def test_the_message_says_which_name_lacks_a_shape_and_following_it_helps(
    equations: dict[str, str], shapes: dict[str, str], told: str
) -> None:
    """Where an equation could be read if a name were listed, that is what to write; written, the network is sound."""
    given = {"equations": equations, "parameters": ("W",), "initial": dict.fromkeys(equations.keys() & {"h", "c"}, 0)}
    with pytest.raises(ShapeError) as refused:
        small(**given, shapes=shapes)
    assert str(refused.value).endswith(told)
    lines = dict(re.findall(r'(\w) = "([^"]*)"', told))
    assert small(**given, shapes={**shapes, **lines}).shapes.keys() >= lines.keys()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"equations": {"a": "W@h[t-1] + x[t]", "h": "tanh(a[t])", "y": "V@h[t]", "l": "y[t]"}},
            "the loss l has to be a",
        ),
        ({"equations": {"a": "x[t]@W", "h": "tanh(V@a[t])", "l": "sum(h[t])"}}, "equation h = "),
        ({"equations": {"a": "V@h[t-1] + x[t]", "h": "tanh(W@x[t])", "l": "sum(a[t])"}}, "equation a = "),
    ],
)
def test_what_does_not_fit_is_said_of_the_equation_in_which_it_does_not(
    changes: dict[str, object], message: str
) -> None:
    """Inference hides no mistake: the message is that of the first equation that cannot be read."""
    with pytest.raises(DeriveError) as refused:
        small(**changes)
    assert message in str(refused.value)
