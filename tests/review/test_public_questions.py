"""Questions that people asked in public about a backward pass through time, each with the mistake that was found, or was not.

- datascience.stackexchange.com/questions/10545: the gradient check of an RNN fails; ``dhnext = dhRaw*Whh`` lacks a transpose.
- github.com/CaptainE/RNN-LSTM-in-numpy/issues/1: σ stands for σ′ at the forget gate, and nothing is handed back.
- github.com/apache/mxnet/issues/4057: ``dCt`` is assigned where it has to be added to.
- github.com/hanbt/learn_dl/issues/53: the gradients of two biases are taken from the forget gate.
- github.com/javaidnabi31/RNN-from-scratch/issues/2: ``dc += dc`` where ``dc += dy`` is meant.
- stackoverflow.com, “LSTM back propagation passes gradient check”: ``dXu`` is made of the gate, not of its adjoint.
"""

from __future__ import annotations

import pytest
from backwards import arguments_of
from lstm_by_hand import lstm_by_hand

from derive import derive
from derive.review.compare import Comparison
from derive.review.kinds import Rule


def asked(fault: str) -> Comparison:
    """What is said of the gradients of an LSTM with a fault, at random values."""
    lesson = derive("lstm", 3)
    arguments, values = arguments_of(lesson, 11)
    return lesson.compare(lstm_by_hand(arguments, fault)[1], values)


def test_the_pass_by_hand_is_right() -> None:
    """Without a fault every gradient of the LSTM by hand agrees."""
    assert asked("").agrees


def test_a_transpose_that_is_missing_in_a_softmax_network() -> None:
    """The network of the question, with its loss, and the row times Whh where Whh has to be transposed."""
    lesson = derive("softmax", 4)
    _, values = arguments_of(lesson, 3)
    example = lesson.evaluate(values)
    backward = lesson.compare({"W_h": 0 * example.gradient(lesson.node("W_h")).astype(float)}, values)
    (wanted,) = [
        mistake
        for mistake in backward.candidates
        if mistake.kind == "transposed" and isinstance(mistake, Rule) and mistake.change.edge.head == "a"
    ]
    mistakes = backward.settings[0].mistakes
    came = {name: mistakes.gradient(name, wanted) for name in lesson.network.parameters}
    (explanation,) = lesson.compare(came, values).explanations
    assert explanation.mistakes == (wanted,)
    assert set(explanation.names) == {"W_x", "W_h", "b_h"}


def test_sigma_for_its_derivative_and_nothing_handed_back() -> None:
    """Both mistakes are named: what comes from later steps is missing, and at the forget gate the slope is no slope."""
    found = asked("sigmoid for its derivative")
    kinds = [[mistake.kind for mistake in explanation.mistakes] for explanation in found.explanations]
    assert kinds == [["lag_at_most"], ["lag_at_most", "value_for_slope"]]
    assert not found.unexplained


@pytest.mark.parametrize(
    ("fault", "kinds", "gradients"),
    [
        ("dC = for dC +=", {"lost"}, 12),
        ("delta_f for all biases", {"instead"}, 1),
        ("dc += dc", {"nothing", "lost"}, 1),
        ("hu for dhu", {"value_for_adjoint"}, 12),
    ],
)
def test_a_question_about_an_lstm(fault: str, kinds: set[str], gradients: int) -> None:
    """One mistake explains what came, and it is the one that was made."""
    found = asked(fault)
    assert {explanation.mistakes[0].kind for explanation in found.explanations} <= kinds
    assert len(found.explanations[0].names) == gradients
    assert not found.unexplained
    assert all(explanation.confirmed for explanation in found.explanations)
