"""What a network may declare besides its equations: what it does to L and to the gradients, and what is refused."""

from __future__ import annotations

import cmath
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from declared import DECLARED, first_steps
from samples import apart, flat

from derive import Network, derive
from derive.errors import DeriveError, NetworkError, StepsError
from derive.graph.unrolled import Node
from derive.report.options import Options
from derive.report.publish import subject, tell


def network(**changed: Any) -> Network:
    """A scalar network with one state, and what a test changes of it."""
    declared: dict[str, Any] = {
        "name": "net",
        "equations": {"h": "tanh(w*h[t-1] + x[t])", "l": "h[t]**2/2"},
        "parameters": ("w",),
        "inputs": ("x",),
        "loss": "l",
        "initial": {"h": 0},
        "values": {"w": "0.5", "x": 1},
    }
    return Network(**declared | changed)


def printed(declared: Network, steps: int, target: str, places: int = 10) -> str:
    """The derivative by a parameter, in print."""
    evaluation = derive(declared, steps).evaluate(places=places)
    return str(evaluation.show(evaluation.gradient(Node(target))))


# -- the penalty -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("reduction", "spread"), [("sum", "/T"), ("mean", "")])
def test_a_penalty_counts_once(reduction: str, spread: str) -> None:
    """L and its derivatives are those of the same term spread over the losses of the steps, as one had to say it before."""
    declared: dict[str, Any] = {
        "reduction": reduction,
        "constants": ("lam",),
        "values": {"w": "0.5", "lam": "0.1", "x": 1},
    }
    once = network(penalty="lam/2*w**2", **declared)
    over = network(equations={"h": "tanh(w*h[t-1] + x[t])", "l": f"h[t]**2/2 + lam/2*w**2{spread}"}, **declared)
    for steps in (1, 2, 5):
        assert printed(once, steps, "w", 20) == printed(over, steps, "w", 20)
        assert apart(*(float(derive(one, steps).evaluate().loss.mid()) for one in (once, over))) < 1e-15


def test_a_penalty_adds_a_path_of_one_arrow_without_a_lag() -> None:
    """From L straight to the parameter, last of all; beside every grouping by step it is a group of its own."""
    lesson = derive(network(penalty="w**2/4"), 3)
    paths = lesson.paths("w")
    assert [path.is_penalty for path in paths] == [False] * 6 + [True]
    assert [node.name for node in paths[-1].nodes] == ["L", "w"]
    assert (paths.count, sum(paths.by_lag().values()), sum(paths.by_steps().values()), paths.penalty) == (7, 6, 6, 1)
    accounts = lesson.accounts(lesson.evaluate(), "w")
    assert accounts.penalty is not None
    assert (accounts.whole.count, accounts.penalty.count) == (7, 1)
    assert lesson.states("w").paths == 6


def test_a_penalty_is_part_of_every_form_of_the_gradient() -> None:
    """Its stages, its terms, forward accumulation, a truncated pass and SymPy's sum have it, and once each."""
    lesson = derive(network(penalty="w**2/4"), 3)
    gradient = lesson.gradients["w"]
    assert all(stage.holds() for stage in gradient.steps)
    assert str(lesson.in_sympy(gradient)).count("w/2") == 1
    assert lesson.forward("w").holds(lesson.unrolled)
    assert all(lesson.truncation(through).holds(gradient.target) for through in (1, 2, 3))
    assert lesson.truncation(1).kept(gradient.target) == 4
    program = lesson.program()
    loss, found = program(3, program.arguments(lesson.evaluate().values))
    assert apart(loss, lesson.evaluate().loss.mid()) < 1e-15
    assert apart(found["w"], lesson.evaluate().gradient(gradient.target).mid()) < 1e-14


def test_a_parameter_of_the_penalty_alone_has_its_gradient() -> None:
    """A parameter that no equation uses may stand in the penalty; the derivative is that of the penalty."""
    assert (
        printed(network(parameters=("w", "v"), penalty="v**2/2", values={"w": 1, "x": 1, "v": "0.25"}), 2, "v", 4)
        == "0.2500"
    )


@pytest.mark.parametrize(
    ("penalty", "message"),
    [
        ("h[t]**2", "penalty: h is one at each step, and a penalty counts once"),
        ("x*w", "penalty: x is one at each step"),
        ("w[t]**2", "penalty: w has no step, and a penalty counts once"),
        ("lam*w**2", r"penalty: unknown name lam; .*declare it under parameters, constants"),
        ("w**", r'penalty = "w\*\*": not a formula'),
        ("W*2", r'penalty = "W\*2": it has to be a scalar, not a matrix .*; add its components with sum'),
        (2, "penalty has to be a text, not int"),
    ],
)
def test_what_is_no_penalty_is_refused_in_one_message(penalty: Any, message: str) -> None:
    """Variables of a step, unknown names, what is no formula or no number: each message says what stands in a penalty."""
    with pytest.raises(DeriveError, match=message):
        network(penalty=penalty, parameters=("w", "W"), shapes={"W": ("n", "n")})


# -- one step for all t ------------------------------------------------------------------------------------------------


def test_data_of_one_step_are_read_at_every_step() -> None:
    """x[1] and x[T] give what inputs of their own give that have that value at every step."""
    here = network(
        equations={"h": "tanh(w*h[t-1] + x[t] - w*x[1])", "l": "(h[t] - x[T])**2/2"},
        values={"w": "0.5", "x": [1, -2, 3]},
    )
    there = network(
        equations={"h": "tanh(w*h[t-1] + x[t] - w*a[t])", "l": "(h[t] - b[t])**2/2"},
        inputs=("x", "a", "b"),
        values={"w": "0.5", "x": [1, -2, 3], "a": 1, "b": 3},
    )
    assert printed(here, 3, "w", 20) == printed(there, 3, "w", 20)
    lesson = derive(here, 3)
    assert all(check.passed is not False for check in lesson.checks())
    assert str(lesson.in_sympy(lesson.loss)).count("w*x[1]") == 6
    program = lesson.program()
    loss, found = program(3, program.arguments(lesson.evaluate().values))
    assert apart(loss, lesson.evaluate().loss.mid()) < 1e-15
    assert apart(found["w"], lesson.evaluate().gradient(Node("w")).mid()) < 1e-14


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            {"equations": {"h": "tanh(w*h[t-1] + x[t]*h[T])", "l": "h[t]**2/2"}},
            r"circular definition through one step: h is needed for itself, by reading h\[T\]",
        ),
        (
            {"equations": {"h": "tanh(w*h[t-1] + x[t]*y[t])", "y": "h[1]*x[t]", "l": "h[t]**2"}},
            r"circular definition through one step: h is needed for itself, by way of y, by reading h\[1\]",
        ),
        ({"equations": {"h": "w[1]*h[t-1] + x[t]", "l": "h[t]"}}, "w is a parameter and has no step"),
        (
            {"equations": {"h": "w*h[t-1] + x[t] + x[1]", "l": "h[t]"}, "by": ("x",)},
            r'x\[1\] is one step .* no gradient is taken; give it an equation, x_copy = "x\[t\]", and read x_copy\[1\]',
        ),
    ],
)
def test_what_cannot_have_one_step_for_all_t(changed: dict[str, Any], message: str) -> None:
    """What is needed for itself, a parameter, or data that a gradient is taken by, is refused with a reason."""
    with pytest.raises(DeriveError, match=message):
        network(**changed)


@pytest.mark.parametrize("steps", range(1, 7))
def test_data_that_are_read_at_one_step_through_an_equation_have_their_gradient(steps: int) -> None:
    """As the message says: dL/dx_1 has what each step that reads it adds; a complex step through the equations agrees."""
    equations = {"x_copy": "x[t]", "h": "tanh(w*h[t-1] + x[t]*x_copy[1])", "l": "h[t]**2/2 + x_copy[1]*x[t]"}
    found = derive(network(equations=equations, by=("x",)), steps)
    given = [0.5, -1.25, 0.75, 2.0, -0.5, 0.125][:steps]
    evaluation = found.evaluate({"w": 0.75, "x": given, "h_0": 0})

    def loss(values: list[complex]) -> complex:
        h, total = 0j, 0j
        for each in values:
            h = cmath.tanh(0.75 * h + each * values[0])
            total += h**2 / 2 + values[0] * each
        return total

    for t in range(1, steps + 1):
        moved = [complex(each, 1e-30 if place == t else 0) for place, each in enumerate(given, 1)]
        ours = float(evaluation.gradient(found.gradients["x"].at(t).target).mid())
        assert ours == pytest.approx(loss(moved).imag * 1e30, rel=1e-12)


def test_a_sequence_has_the_step_that_is_read() -> None:
    """T is at least the step that an equation reads, and no derivative by such a datum is given."""
    fifth = network(equations={"h": "tanh(w*h[t-1] + x[t])", "l": "(h[t] - x[5])**2/2"})
    with pytest.raises(StepsError, match="an equation reads step 5, so T has to be at least 5, not 4"):
        derive(fifth, 4)
    with pytest.raises(NetworkError, match="x is read at one step for all t, and by such data no derivative is taken"):
        derive(fifth, 5).paths("x", 5)


# -- constants, and T --------------------------------------------------------------------------------------------------


def test_a_constant_has_a_value_and_no_gradient() -> None:
    """(1 − α) h + α tanh(w x): the derivative by w is right, and there is none by α, nor an arrow to it."""
    leaky = network(
        equations={"h": "(1 - alpha)*h[t-1] + alpha*tanh(w*x[t])", "l": "h[t]**2/2"},
        constants=("alpha",),
        values={"w": "0.7", "alpha": "0.1", "x": 1},
    )
    lesson = derive(leaky, 2)
    assert printed(leaky, 2, "w") == "0.0176847047"
    assert list(lesson.gradients) == ["w"]
    assert "alpha" not in {edge.tail for edge in lesson.graph.edges}
    with pytest.raises(NetworkError, match="alpha is a constant, by which nothing is differentiated"):
        lesson.paths("alpha")


def test_a_constant_stands_beside_vectors_as_a_number_does() -> None:
    """A scalar constant multiplies a vector without ``broadcast``, which a scalar parameter may not."""
    reservoir = DECLARED["reservoir"]
    assert not reservoir.broadcast
    with pytest.raises(DeriveError, match="or say broadcast = true"):
        replace(reservoir, constants=("W", "W_in"), parameters=("W_out", "dt"))


def test_the_number_of_steps_stands_in_equations() -> None:
    """With h²/(2T) in place of h²/2 every gradient is divided by T."""
    whole, part = network(), network(equations={"h": "tanh(w*h[t-1] + x[t])", "l": "h[t]**2/(2*T)"})
    assert printed(part, 3, "w") == "0.1079141068"
    for steps in (1, 4):
        ours, theirs = (derive(each, steps).evaluate() for each in (part, whole))
        assert apart(ours.gradient(Node("w")) * steps, theirs.gradient(Node("w"))) < 1e-14
    assert {symbol.name for symbol in derive(part, 2).loss.in_symbols().free_symbols} == {"T", "h_0", "w", "x_1", "x_2"}


# -- what L is made of -------------------------------------------------------------------------------------------------


def test_a_mean_is_the_sum_over_the_number_of_losses() -> None:
    """L = (1/T) Σ l_t; of losses at two steps one half of their sum; of the last one itself."""
    assert printed(network(reduction="mean"), 3, "w") == "0.1079141068"
    for loss_at, count in (("every", 5), ((2, 4), 2), ("last", 1), ((3,), 1)):
        mean, whole = (derive(network(reduction=how, loss_at=loss_at), 5).evaluate() for how in ("mean", "sum"))
        assert apart(mean.loss * count, whole.loss) < 1e-14
        assert apart(mean.gradient(Node("w")) * count, whole.gradient(Node("w"))) < 1e-14


def test_losses_at_some_steps_are_those_alone() -> None:
    """Every path begins at one of these steps, and L is their losses."""
    lesson = derive(network(loss_at=(2, 4)), 5)
    assert {path.loss_step for path in lesson.paths("w")} == {2, 4}
    example = lesson.evaluate()
    assert apart(example.loss, example.value(Node("l", 2)) + example.value(Node("l", 4))) < 1e-14
    assert lesson.paths("w").by_lag() == {0: 2, 1: 2, 2: 1, 3: 1}
    with pytest.raises(StepsError, match="loss_at names step 4, so T has to be at least 4, not 3"):
        derive(network(loss_at=(2, 4)), 3)
    with pytest.raises(StepsError, match="loss_at names step 4"):
        lesson.program()(3, {})


def test_several_losses_are_one() -> None:
    """The loss of a step is L_t = l_t + m_t: what adding them in one equation gives."""
    several = DECLARED["two losses"]
    separate = {name: rule for name, rule in several.equations.items() if name != "L"}
    one = replace(several, loss="k", equations={**separate, "k": "l[t] + m[t]"})
    assert several.loss == "L"
    for steps in (1, 3):
        ours, theirs = (derive(declared, steps).evaluate() for declared in (several, one))
        assert all(apart(ours.gradient(Node(name)), theirs.gradient(Node(name))) < 1e-14 for name in one.parameters)


def test_a_loss_may_be_called_L() -> None:  # noqa: N802 - its name
    """L with a step is the loss of that step, without one the total."""
    named = network(equations={"h": "tanh(w*h[t-1] + x[t])", "L": "h[t]**2/2"}, loss="L")
    lesson = derive(named, 3)
    assert printed(named, 3, "w") == printed(network(), 3, "w")
    assert next(path.nodes[:2] for path in lesson.paths("w")) == (Node("L"), Node("L", 1))
    with pytest.raises(NetworkError, match="the name L is taken"):
        network(equations={"L": "tanh(w*L[t-1] + x[t])", "l": "L[t]**2/2"}, initial={"L": 0})


# -- gradients by more than parameters ---------------------------------------------------------------------------------


def test_the_derivative_by_an_input_for_general_t() -> None:
    """dL/dx_t = δ_t (1 − h_t²) w_x, whose numbers are those of the upstream gradients of the case."""
    lesson = derive(
        network(
            equations={"h": "tanh(v*x[t] + w*h[t-1])", "l": "u[t]*h[t]"},
            parameters=("v", "w"),
            inputs=("x", "u"),
            by=("x", "h_0"),
            initial={"h": "0.3"},
            values={"v": "0.5", "w": "0.8", "x": [1, -1, 2], "u": ["0.3", "0.7", "-0.4"]},
        ),
        3,
    )
    example = lesson.evaluate(places=10)
    found = lesson.gradients["x"]
    numbers = [str(example.show(example.gradient(found.at(step).target))) for step in (1, 2, 3)]
    assert numbers == ["0.2274468674", "0.2830721711", "-0.0836558950"]
    assert list(lesson.gradients) == ["v", "w", "h_0", "x"]
    assert len(found.rule.parts) == 1


def test_no_parameter_is_needed() -> None:
    """With ``by`` alone there is a handout, which tells of the datum of the first step in full."""
    told = tell(subject(derive(DECLARED["controls"], 3), Options()))
    assert told.blocks
    alone = tell(subject(derive(DECLARED["inputs alone"], 3), Options(main="x_1")))
    assert alone.blocks


# -- what is told in full, and what is said of a name ------------------------------------------------------------------


def test_what_is_told_in_full_has_to_have_a_gradient() -> None:
    """``main`` takes a parameter or a trainable initial state by its label, and nothing else."""
    assert network(main="w").main == "w"
    assert network(main="h_0", trainable_initial=("h",)).main == "h_0"
    with pytest.raises(NetworkError, match="main names x, by which no gradient is taken; known are w"):
        network(main="x")


# -- what is refused ---------------------------------------------------------------------------------------------------

REFUSED: dict[str, tuple[Callable[[], Network], str]] = {
    "a constant at a step": (
        lambda: network(equations={"h": "k[t]*h[t-1] + w*x[t]", "l": "h[t]"}, constants=("k",)),
        r"equation h: k is a constant and has no step; write k",
    ),
    "a constant without use": (lambda: network(constants=("k",)), "k is declared, but no equation uses it"),
    "a constant twice": (lambda: network(constants=("w",)), "w is declared both as a parameter and as a constant"),
    "T at a step": (
        lambda: network(equations={"h": "T[t]*h[t-1] + w*x[t]", "l": "h[t]"}),
        "equation h: T means the number of steps",
    ),
    "by a variable": (lambda: network(by=("h",)), "by names h, which has an equation"),
    "by a parameter": (lambda: network(by=("w",)), "by names w, which is a parameter"),
    "by nothing there is": (lambda: network(by=("h_1",)), "by names h_1, which is no input, target or initial value"),
    "by something twice": (lambda: network(by=("x", "x")), "by names something twice"),
    "a mean of steps": (
        lambda: network(loss_at="mean"),
        r'not \'mean\'; the mean over the steps is reduction = "mean"',
    ),
    "the last step by a letter": (lambda: network(loss_at="T"), """; step T is "last\""""),
    "a step 0": (lambda: network(loss_at=(0, 2)), "loss_at has to be a list of steps, whole numbers from 1 on"),
    "no step": (lambda: network(loss_at=()), "loss_at has to be a list of steps"),
    "steps in disorder": (lambda: network(loss_at=(4, 2)), "loss_at names the steps 4, 2; write each once, in order"),
    "a reduction that is none": (
        lambda: network(reduction="max"),
        """reduction has to be "sum" or "mean", not 'max'""",
    ),
    "a loss twice": (lambda: network(loss=("l", "l")), "a list of different names"),
    "a loss that is not there": (lambda: network(loss=("l", "m")), "the loss m has no equation"),
    "a loss that is a vector": (
        lambda: replace(DECLARED["mean of vectors"], loss=("L", "h")),
        "the loss h has to be a scalar",
    ),
    "a sum of losses whose name is taken": (
        lambda: network(equations={"h": "w*h[t-1] + x[t]", "L": "h[t]", "m": "h[t]**2"}, loss=("L", "m")),
        "the name L is taken",
    ),
    "says nothing": (lambda: network(says={"h": ""}), r"\[says\] h has to be a text, or a text per language"),
    "says of what is not there": (lambda: network(says={"g": "gate"}), r"\[says\] names g, which is unknown"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_does_not_hold_together_is_refused(what: str) -> None:
    """One sentence says what is wrong and what would be right."""
    declare, message = REFUSED[what]
    with pytest.raises(DeriveError, match=message):
        declare()


# -- everything agrees -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", DECLARED)
def test_every_route_agrees(name: str) -> None:
    """The checks of a handout pass, at one step and at several."""
    for steps in {first_steps(DECLARED[name]), 4}:
        lesson = derive(DECLARED[name], steps)
        assert [check.route for check in lesson.checks() if check.passed is False] == []


@pytest.mark.parametrize("name", DECLARED)
def test_programs_agree_with_the_worked_example(name: str) -> None:
    """The compiled program and the shared graph give the loss and the gradients of the example."""
    for steps in {first_steps(DECLARED[name]), 4, 6}:
        lesson = derive(DECLARED[name], steps)
        example, program = lesson.evaluate(), lesson.program()
        arguments = program.arguments(example.values)
        for loss, gradients in (program(steps, arguments), lesson.shared().evaluate(arguments, program.system)):
            assert float(loss) == pytest.approx(float(example.loss.mid()))
            assert tuple(gradients) == lesson.network.gradients
            found = [number for gradient in gradients.values() for number in flat(gradient)]
            ours = [number for target in lesson.targets for number in flat(example.gradient(target))]
            assert apart(found, ours) < 1e-12
