"""Comparing: what agrees is said to agree, and a fault that somebody made is named."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from backwards import FAULTS, arguments_of, elman_by_hand

from derive import Network, derive, ready_made
from derive.errors import ValuesError
from derive.network import load
from derive.numbers import resolve
from derive.review import came, compare
from derive.review.compare import Comparison
from derive.review.kinds import Outcome, Paths
from derive.review.mistakes import Mistakes


def compared(network: Any, steps: int, gradients: dict[str, Any], **values: Any) -> Comparison:
    """A comparison at the network's own values, but for some."""
    return derive(network, steps).compare(gradients, values)


LINEAR = Network(
    name="linear",
    equations={"h": "w_i*x[t] + w_h*h[t-1] + b", "l": "h[t]"},
    parameters=("w_i", "w_h", "b"),
    inputs=("x",),
    loss="l",
    loss_at="last",
    initial={"h": 7},
    trainable_initial=("h",),
    values={"w_i": 5, "w_h": 4, "b": 0, "x": [2, 3]},
)
"""FluxML/Flux.jl, issue 2185."""


def test_what_a_library_forgot_is_named() -> None:
    """The sums over the paths of lag 0 are recognized as that, for both gradients at once."""
    found = compared(LINEAR, 2, {"w_i": 3, "w_h": 38})
    (explanation,) = found.explanations
    assert [(mistake.kind, getattr(mistake, "number", None)) for mistake in explanation.mistakes] == [
        ("lag_at_most", 0)
    ]
    assert (explanation.names, explanation.whole, explanation.confirmed) == (("w_i", "w_h"), True, True)
    assert not explanation.by_chance


@pytest.mark.parametrize("name", ready_made())
def test_right_gradients_agree(name: str) -> None:
    """The gradients of the compiled program agree, for every network, to all digits but the last few."""
    lesson = derive(name, 3)
    program = lesson.program()
    _, gradients = program(3, program.arguments(lesson.evaluate().values))
    found = lesson.compare(gradients)
    assert found.agrees
    assert min(verdict.digits for verdict in found.verdicts) >= 7
    assert not found.explanations


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_made_by_hand_is_named(fault: str) -> None:
    """A hand-written backward pass with one fault: its kind is the first explanation, or among those that say the same."""
    lesson = derive("elman-vector", 4)
    arguments, values = arguments_of(lesson, 5)
    _, gradients = elman_by_hand(arguments, fault)
    found = lesson.compare(gradients, values)
    best = found.explanations[0]
    assert {mistake.kind for mistake in (*best.mistakes, *best.same)} & set(FAULTS[fault])
    assert not found.unexplained
    assert not best.by_chance
    assert best.confirmed


def test_a_right_pass_by_hand_agrees() -> None:
    """Without a fault the same pass agrees, as single precision too."""
    lesson = derive("elman-vector", 4)
    arguments, values = arguments_of(lesson, 6)
    _, gradients = elman_by_hand(arguments)
    assert lesson.compare(gradients, values).agrees
    assert lesson.compare({name: value.astype(np.float32) for name, value in gradients.items()}, values).agrees


def test_two_mistakes_are_told_apart() -> None:
    """A fault in all gradients, and another in one of them: both are named, the second for that gradient alone."""
    lesson = derive("elman-vector", 4)
    arguments, values = arguments_of(lesson, 7)
    _, gradients = elman_by_hand(arguments, "not transposed")
    found = lesson.compare({**gradients, "W_x": gradients["W_x"] / 2}, values)
    kinds = [[mistake.kind for mistake in explanation.mistakes] for explanation in found.explanations]
    assert kinds == [["transposed"], ["transposed", "halved"]]
    assert [explanation.names for explanation in found.explanations] == [("W_h", "b_h"), ("W_x",)]


def test_two_mistakes_at_once_are_named() -> None:
    """Where no mistake explains what came, two together do: a truncation, and everything twice."""
    lesson = derive("elman", 4)
    unrolled, values = lesson.unrolled, resolve(lesson.network, 4, {"x": ["0.7", -1, 2, "0.3"]})
    both = (Paths("lag_at_most", 1), Outcome("scaled", by="2"))
    mistakes = Mistakes.at(lesson.recurrence, unrolled, values)
    gradients = {name: mistakes.gradient(name, *both) for name in ("w_x", "w_h")}
    found = compare(lesson.recurrence, unrolled, [(values, gradients)])
    (explanation,) = found.explanations
    assert (set(explanation.mistakes), explanation.names) == (set(both), ("w_x", "w_h"))
    assert not found.unexplained


def test_several_factors_may_be_missing() -> None:
    """The derivative of D b x_t by b is D x_t; without it Σ dL/dh_t is left."""
    network = Network(
        name="decay",
        equations={"h": "exp(-D*a)*h[t-1] + D*b*x[t]", "l": "h[t]**2/2"},
        parameters=("a", "b"),
        constants=("D",),
        inputs=("x",),
        loss="l",
        initial={"h": 1},
        values={"a": 1, "b": 2, "D": "0.5", "x": [3, 5]},
    )
    mistakes = Mistakes.at(derive(network, 2).recurrence, derive(network, 2).unrolled, resolve(network, 2))
    wanted = sum(float(value) for node, value in mistakes.backward.adjoints().items() if node.name == "h")
    (explanation,) = compared(network, 2, {"b": wanted}).explanations
    assert explanation.mistakes[0].kind == "factors"


def test_digits_that_were_written_count() -> None:
    """A number is compared to the digits that it was given to: rounded ones agree, wrong last ones do not."""
    assert compared("elman", 3, {"w_h": "0.1577"}).agrees
    assert compared("elman", 3, {"w_h": Decimal("0.158")}).agrees
    assert not compared("elman", 3, {"w_h": "0.1578"}).agrees
    assert not compared("elman", 3, {"w_h": "0.15770"}).agrees


def test_what_nothing_explains_has_its_nearest() -> None:
    """A number that no mistake gives is said to be unexplained, and the nearest is named."""
    found = compared("elman", 3, {"w_h": 0.3141592653589793})
    assert (found.unexplained, found.explanations) == (("w_h",), ())
    assert found.nearest[0].distance > 0


def test_a_loss_that_does_not_count_is_told() -> None:
    """Where only the last loss counts, the gradients of all of them are recognized as that."""
    every = replace(load("many-to-one"), loss_at="every")
    program = derive(every, 4).program()
    _, gradients = program(4, program.arguments(derive(every, 4).evaluate().values))
    (explanation,) = compared("many-to-one", 4, gradients).explanations
    assert explanation.mistakes[0].kind == "every_loss"
    assert explanation.confirmed


def test_a_penalty_that_is_missing_is_told() -> None:
    """Gradients without the term that counts once are recognized as that."""
    plain = load("elman")
    program = derive(plain, 3).program()
    _, gradients = program(3, program.arguments(derive(plain, 3).evaluate().values))
    (explanation,) = compared(replace(plain, penalty="w_h**2/8 + w_y**2/8"), 3, gradients).explanations
    assert (explanation.mistakes[0].kind, explanation.names) == ("no_penalty", ("w_h", "w_y"))


def test_few_digits_are_said_to_fit_by_chance() -> None:
    """One digit fits many mistakes, and that is said."""
    assert compared("lstm-scalar", 3, {"w_hf": "0.1"}).explanations[0].by_chance


def test_further_values_tell_mistakes_apart() -> None:
    """Two mistakes that give the same where w_h is b are told apart where it is not."""
    values = {"w_h": 0.5, "b": 0.5, "h_0": 1}
    further = {"w_h": 0.5, "b": 0.25, "h_0": 1}
    lesson = derive(LINEAR, 2)
    wrong = {"w_i": 2 * 1 + 3, "w_h": 4}  # the slope is 1 for w_h
    one = lesson.compare({"w_i": wrong["w_i"]}, values)
    both = lesson.compare({"w_i": wrong["w_i"]}, values, (further, {"w_i": wrong["w_i"]}))
    assert {mistake.kind for mistake in both.explanations[0].mistakes} == {"factor"}
    assert one.explanations[0].mistakes == both.explanations[0].mistakes


@pytest.mark.parametrize(
    ("gradients", "message"),
    [
        ({}, "no gradient was given"),
        ({"w": 1}, "no gradient by w; known are w_x"),
        ({"w_h": [1, 2]}, "the gradient by w_h has the shape (2,), and w_h has ()"),
        ({"w_h": "much"}, "has to be a number or a list of numbers, not 'much'"),
        ({"w_h": float("nan")}, "is not finite"),
        ({"w_h": np.array([1 + 2j])}, "has to be real numbers"),
        ({"w_h": [[1], [1, 2]]}, "rows of different lengths"),
        ({"w_h": 1e308}, "more than 1e+150 came"),
        ({"w_h": Fraction(10**400)}, "more than 1e+150 came"),
        ({"w_h": 10**5_000}, "not so long a number"),
        ({"w_h": "9" * 10**6 + "x"}, "has to be a number or a list of numbers, not '99"),
        ({"w_h": [[[[1]]]]}, "has lists in lists in lists"),
        ({"w_h": [1] * 1_000_001}, "has 1,000,001 numbers"),
        ({"w_h": np.broadcast_to(1.0, (10**5, 10**5))}, "has 10,000,000,000 numbers"),
    ],
)
def test_what_is_no_gradient_is_told(gradients: dict[str, Any], message: str) -> None:
    """What cannot be compared is one message."""
    with pytest.raises(ValuesError) as told:
        compared("elman", 2, gradients)
    assert message in str(told.value)


class Tensor:
    """What PyTorch and JAX hand over: numbers behind ``__array__``."""

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:  # noqa: D105 - NumPy's own
        return np.array([0.5, 0.25], dtype=np.float32)


def test_tensors_are_read_as_arrays() -> None:
    """Whatever can be had as an array is a gradient; whole numbers are exact."""
    assert came("w", Tensor()).entries.tolist() == [0.5, 0.25]
    assert came("w", np.array([1, 2])).within == 0
    assert compare.__doc__
