"""The source of a program: names of our own, a loop over t, nothing kept that no other step looks at."""

from __future__ import annotations

import ast

import pytest

from derive import derive
from derive.errors import NetworkError
from derive.graph.rolled import Graph
from derive.network.network import Network
from derive.numbers import arrays
from derive.programs.listing import listing
from derive.programs.program import Program
from derive.programs.statements import adjoint
from derive.programs.straight import straight
from derive.programs.writer import ProgramWriter
from derive.recurrence.recurrence import Recurrence


def test_no_name_of_a_user_is_in_the_code() -> None:
    """Names become numbers, so that nothing a user writes is ever code."""
    source = ProgramWriter(listing(derive("lstm-scalar", 2).recurrence)).text
    assert not any(name in source for name in ("w_xi", "yhat", "sigmoid_", "c["))


def test_no_name_of_a_user_is_in_the_code_of_arrays() -> None:
    """That is so where whole arrays are computed with, too."""
    source = Program(derive("lstm", 2).recurrence, arrays()).source
    assert not any(name in source for name in ("W_xi", "yhat", "candidate", "#"))


def test_a_vector_given_as_one_number_is_told() -> None:
    """An equation without a name in it does not say how many components its vector has."""
    network = Network(
        name="constant",
        equations={"c": "1", "h": "W@c[t] + x[t]", "l": "sum(h[t])"},
        parameters=("W",),
        inputs=("x",),
        loss="l",
        shapes={"W": ("n", "n"), "x": ("n",), "c": ("n",), "h": ("n",)},
    )
    with pytest.raises(NetworkError, match="equation c gives a vector as one number"):
        ProgramWriter(listing(Recurrence(Graph(network)))).text  # noqa: B018 - written when asked for


def test_a_constant_is_made_once() -> None:
    """Equal numbers of different equations have one name, and the function binds it as a default."""
    network = Network(
        name="halves",
        equations={"h": "0.5*w*h[t-1]", "l": "h[t]**2/2 + 0.5*h[t]"},
        parameters=("w",),
        loss="l",
        initial={"h": 1},
    )
    writer = ProgramWriter(listing(Recurrence(Graph(network))))
    (function,) = ast.parse(writer.text).body
    assert isinstance(function, ast.FunctionDef)
    bound = [argument.arg for argument in function.args.kwonlyargs if argument.arg.startswith("C")]
    assert len(bound) == len(writer.constants) == len(set(writer.constants))


def test_only_what_another_step_looks_at_is_kept() -> None:
    """A and y of the Elman network are names of their step; h is a list, since the next step and the way back need it."""
    writer = ProgramWriter(listing(derive("elman", 1).recurrence))
    lists = {name: f"f{writer.place[name]}" in writer.text for name in ("a", "h")}
    assert lists == {"a": False, "h": True}


def test_what_the_next_step_looks_at_is_handed_on() -> None:
    """The adjoint of a, which the step before alone looks at, is in no list; an error y − ŷ is computed once, forwards."""
    listed = straight(listing(derive("elman", 1).recurrence))
    writer = ProgramWriter(listed)
    assert f"d{writer.place['a']}" not in writer.text
    assert [adjoint("y") in (each.name for each in loop.body) for loop in listed.blocks] == [True, False]
