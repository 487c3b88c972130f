"""Derivation: the whole way as one value, and its numbers against backpropagation written by hand."""

from __future__ import annotations

import math
import pickle
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import ZOO, derivation, symbolic

from derive.derivation import Derivation, derive
from derive.equations.expression import shift, variables
from derive.errors import NetworkError, StepsError, TooManyPathsError, ValuesError
from derive.graph.unrolled import Node
from derive.network.toml import load
from derive.numbers import FLOAT, arrays, balls
from derive.numbers.entries import entries
from derive.recurrence.tree import Then, adjoint_var, expression

every_zoo = pytest.mark.parametrize("name", ZOO)


def printed(found: Derivation, values: dict[str, Any] | None = None) -> dict[str, str]:
    """Loss and gradients as a handout prints them."""
    evaluation = found.evaluate(values)
    shown = {label: evaluation.gradient(gradient.target) for label, gradient in found.gradients.items()}
    return {label: str(evaluation.show(number)) for label, number in {"L": evaluation.loss, **shown}.items()}


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        (2, {"L": "0.7343", "w_x": "0.4689", "w_h": "0.0799", "w_y": "1.4687"}),
        (3, {"L": "1.1949", "w_x": "0.5566", "w_h": "0.1577", "w_y": "2.3898"}),
    ],
)
def test_the_figures_of_the_lecture_put_right(steps: int, expected: dict[str, str]) -> None:
    """With all weights and inputs 1 and targets 0; the note's L = 0.7349 is wrong."""
    assert printed(derive("elman", steps)) == expected


def by_hand(w_x: float, w_h: float, w_y: float, x: list[float], y: list[float]) -> dict[str, float]:
    """Loss and gradients of the Elman network, backpropagated as a textbook does it, in floating point."""
    h = [0.0]
    for value in x:
        h.append(math.tanh(w_x * value + w_h * h[-1]))
    errors = [w_y * state - target for state, target in zip(h[1:], y, strict=True)]
    gradients = {"L": sum(error**2 / 2 for error in errors), "w_x": 0.0, "w_h": 0.0, "w_y": 0.0}
    later = 0.0
    for t in range(len(x), 0, -1):
        delta = w_y * errors[t - 1] + later
        inner = delta * (1 - h[t] ** 2)
        gradients["w_x"] += inner * x[t - 1]
        gradients["w_h"] += inner * h[t - 1]
        gradients["w_y"] += errors[t - 1] * h[t]
        later = inner * w_h
    return gradients


tenths = st.integers(-15, 15)


@settings(max_examples=30, deadline=None)
@given(st.tuples(tenths, tenths, tenths), st.lists(st.tuples(tenths, tenths), min_size=1, max_size=8))
def test_the_numbers_are_those_of_backpropagation_written_by_hand(
    weights: tuple[int, int, int], data: list[tuple[int, int]]
) -> None:
    """For any weights and data, loss and gradients agree with a loop that somebody wrote for this network alone."""
    w_x, w_h, w_y = weights
    found = derive("elman", len(data))
    exact = {"w_x": f"{w_x}/10", "w_h": f"{w_h}/10", "w_y": f"{w_y}/10"}
    series = {"x": [f"{x}/10" for x, _ in data], "yhat": [f"{y}/10" for _, y in data]}
    evaluation = found.evaluate(exact | series)
    expected = by_hand(w_x / 10, w_h / 10, w_y / 10, [x / 10 for x, _ in data], [y / 10 for _, y in data])
    assert math.isclose(float(evaluation.loss), expected["L"], abs_tol=1e-12)
    for name in ("w_x", "w_h", "w_y"):
        assert math.isclose(float(evaluation.gradient(Node(name))), expected[name], abs_tol=1e-11)


@every_zoo
def test_every_form_of_a_gradient_is_there(name: str) -> None:
    """Paths, stages, terms, summand and closed forms of each parameter and trainable initial state."""
    found = derivation(ZOO[name], 3)
    assert tuple(found.gradients)[: len(found.network.parameters)] == found.network.parameters
    for gradient in found.gradients.values():
        assert gradient.path_sum == found.paths(*gradient.target)
        assert all(stage.holds() for stage in gradient.steps)
        assert gradient.steps[-1].kind != "recognised" or gradient.steps[-1].parts == gradient.terms
        assert bool(gradient.terms) == bool(gradient.path_sum)


@every_zoo
def test_the_summand_added_over_t_is_the_gradient(name: str) -> None:
    """What a parameter's gradient adds for general t is, at each step inside, what is added there for this T."""
    found = derivation(ZOO[name], 5)
    if found.network.loss_at == "last":
        return
    for label, gradient in found.gradients.items():
        if gradient.target.step is None:
            terms = [term for term in gradient.terms if isinstance(term, Then) and term.arc.step == 3]
            whole = sum((symbolic(expression(term)) for term in terms), sympy.Integer(0))
            moved = symbolic(shift(gradient.summand, 3))
            assert sympy.expand(whole - moved) == 0, label


def test_the_gradient_by_an_initial_state_has_its_few_terms() -> None:
    """An initial state is used once per lag; its gradient is written with the adjoints of the steps after it."""
    found = derivation(ZOO["trainable initial"], 3)
    assert list(found.gradients) == ["w", "h_0", "h_-1"]
    first = found.gradients["h_0"]
    assert len(first.terms) == 2
    assert adjoint_var(Node("h", 1)) in set(variables(first.summand))
    assert list(derivation(ZOO["bidirectional"], 3).gradients)[-1] == "b_T+1"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("w_z",), r"elman\.toml: there is no w_z; did you mean w_"),
        (("q",), r"elman\.toml: there is no q; known are w_x, w_h, w_y, a, h, y, l, x, yhat"),
        (("h",), r"elman\.toml: h needs a step from 0 to 3"),
        (("h", 4), r"elman\.toml: h needs a step from 0 to 3"),
        (("w_h", 1), r"elman\.toml: w_h has no step"),
        (("L",), "every path begins at L"),
    ],
)
def test_paths_to_nowhere_are_refused(arguments: tuple[Any, ...], message: str) -> None:
    """An unknown name gets a suggestion, a variable needs its step, a parameter has none."""
    with pytest.raises(NetworkError, match=message):
        derive("elman", 3).paths(*arguments)


def test_paths_lead_to_any_node_on_request() -> None:
    """Not only to parameters: to a state, a datum, an initial state."""
    found = derive("elman", 3)
    assert found.paths("h", 1).count == 3
    assert found.paths("x", 2).count == 2
    assert found.paths("h", 0).count == 3
    assert found.paths("yhat", 3).count == 1


@pytest.mark.parametrize("steps", [0, -3, 2.5, "3"])
def test_a_wrong_number_of_steps_is_refused(steps: Any) -> None:
    """T is a whole number from 1 on."""
    with pytest.raises(StepsError, match="has to be a whole number from 1"):
        derive("elman", steps)


def test_wrong_values_are_refused() -> None:
    """A value that does not exist is named."""
    with pytest.raises(ValuesError, match="w_q"):
        derive("elman", 3).evaluate({"w_q": 1})


def test_a_derivation_of_a_thousand_steps_answers_everything_but_the_list_of_paths() -> None:
    """At T = 1,000 there are counts, terms, numbers and checks; writing half a million paths out is declined."""
    found = derive("elman", 1_000)
    gradient = found.gradients["w_h"]
    assert gradient.path_sum.count == 500_500
    assert len(gradient.terms) == 1_000
    assert printed(found)["L"] == "461.7422"
    with pytest.raises(TooManyPathsError, match="500,500 paths lead from L to w_h"):
        gradient.steps  # noqa: B018 - a property


def test_the_same_derivation_comes_from_a_name_and_from_a_network() -> None:
    """A ready-made name, its network, and the network built again give the same rules."""
    by_name, by_network = derive("elman", 3), derive(load("elman"), 3)
    assert by_name.rules == by_network.rules
    assert printed(by_name) == printed(by_network)


THERE = """
import pickle, sys
evaluation, targets, programs = pickle.load(sys.stdin.buffer)
print([str(evaluation.show(entry)) for target in targets for entry in entries(evaluation.gradient(target))])
print([repr(program(3, arguments)) for program, arguments in programs])
"""


@pytest.mark.parametrize("name", ["elman", "elman-vector"])
def test_an_example_and_a_program_cross_to_another_process(name: str) -> None:
    """What was evaluated and compiled here gives the same numbers in a process that was handed it."""
    derivation = derive(name, 3)
    evaluation, systems = derivation.evaluate(), (arrays(), FLOAT) if derivation.network.is_scalar else (arrays(),)
    made = [derivation.program(system) for system in systems]
    programs = [(program, program.arguments(evaluation.values)) for program in made]
    here = [repr(program(3, arguments)) for program, arguments in programs]  # which compiles it
    shown = [
        str(evaluation.show(entry)) for target in derivation.targets for entry in entries(evaluation.gradient(target))
    ]
    handed = pickle.dumps((evaluation, derivation.targets, programs))
    command = [sys.executable, "-c", f"from derive.numbers.entries import entries{THERE}"]
    told = subprocess.run(command, input=handed, capture_output=True, check=True).stdout.decode()
    assert told.splitlines() == [str(shown), str(here)]


def test_a_system_of_ones_own_says_that_it_cannot_cross() -> None:
    """A number system that does not say what makes it again is refused in one sentence; ours come back as themselves."""
    for system in (FLOAT, arrays(), balls("real"), balls("complex")):
        assert pickle.loads(pickle.dumps(system)) is system  # noqa: S301
    with pytest.raises(TypeError, match="does not say what makes it again"):
        pickle.dumps(replace(FLOAT, origin=None))


def test_sympy_is_loaded_where_it_is_used() -> None:
    """Whoever imports `derive` does not wait for SymPy; it is there once a slope is put in order."""
    probe = "import sys; from derive import derive; a = 'sympy' in sys.modules; derive('elman', 1).rules; "
    told = subprocess.run(
        [sys.executable, "-c", f"{probe}print(a, 'sympy' in sys.modules)"], capture_output=True, check=True
    )
    assert told.stdout.split() == [b"False", b"True"]
