"""Evaluation: worked examples with known numbers, forwards, backwards and path by path."""

from __future__ import annotations

import math
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any

import pytest
from samples import apart, flat, random_values

from derive import Network, derive, ready_made
from derive.errors import ValuesError
from derive.graph.unrolled import TOTAL, Node
from derive.network.toml import from_toml
from derive.numbers.entries import shape_of
from derive.numbers.example import Evaluation, precision
from derive.numbers.number_systems import FLOAT, complex_floats
from derive.numbers.passes import BackwardPass, forward_pass
from derive.numbers.values import resolve


def printed(evaluation: Evaluation, number: Any) -> str:
    """A number as a handout prints it."""
    return str(evaluation.show(number))


@pytest.mark.parametrize(
    ("steps", "h", "losses", "total", "adjoints", "gradients"),
    [
        (2, "0.7616 0.9427", "0.2900 0.4443", "0.7343", "0.8666 0.9427", "0.4689 0.0799 1.4687"),
        (3, "0.7616 0.9427 0.9597", "0.2900 0.4443 0.4606", "1.1949", "0.8750 1.0184 0.9597", "0.5566 0.1577 2.3898"),
    ],
)
def test_the_lecture_with_its_figures_put_right(
    steps: int, h: str, losses: str, total: str, adjoints: str, gradients: str
) -> None:
    """All weights and inputs 1, targets and h_0 0 (the note prints l_1 = 0.2908 and L = 0.7349, which are wrong)."""
    evaluation = derive("elman", steps).evaluate()
    times = range(1, steps + 1)
    assert [printed(evaluation, evaluation.value(Node("h", t))) for t in times] == h.split()
    assert [printed(evaluation, evaluation.value(Node("l", t))) for t in times] == losses.split()
    assert printed(evaluation, evaluation.value(TOTAL)) == printed(evaluation, evaluation.loss) == total
    assert [printed(evaluation, evaluation.adjoint(Node("h", t))) for t in times] == adjoints.split()
    assert [printed(evaluation, evaluation.gradient(Node(w))) for w in ("w_x", "w_h", "w_y")] == gradients.split()


@pytest.mark.parametrize("name", ready_made())
def test_paths_and_terms_add_up_to_the_gradient(name: str) -> None:
    """The values of all paths, and those of the folded terms, add up to dL/d(parameter)."""
    derivation = derive(name, 3)
    evaluation = derivation.evaluate(random_values(derivation.network, 3, 6))
    with precision(evaluation.bits):
        for gradient in derivation.gradients.values():
            whole = evaluation.gradient(gradient.target)
            zero = whole * 0
            paths = sum((evaluation.product(path) for path in gradient.path_sum), zero)
            terms = sum((value for _, value in evaluation.gradient_terms(gradient.target)), zero)
            assert apart(paths, whole) < 1e-15
            assert apart(terms, whole) < 1e-15


@pytest.mark.parametrize("name", ["elman", "lstm", "bidirectional", "softmax"])
def test_floats_and_balls_run_the_same_recurrence(name: str) -> None:
    """The floats lie within rounding error of the balls."""
    derivation = derive(name, 4)
    values = resolve(derivation.network, 4)
    storage = forward_pass(derivation.unrolled, values, FLOAT)
    floats = BackwardPass(derivation.recurrence, derivation.unrolled, storage, FLOAT)
    balls = derivation.evaluate()
    for node in floats.terms:
        assert apart(balls.adjoint(node), floats.adjoint(node)) < 1e-12
    for target in derivation.targets:
        assert apart(balls.gradient(target), floats.gradient(target)) < 1e-12


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", ready_made())
def test_the_complex_step_in_floats(name: str, seed: int) -> None:
    """Im L(θ + ih)/h, on random values, with nothing but the forward equations, for one component of each parameter."""
    steps = 3
    derivation = derive(name, steps)
    given = random_values(derivation.network, steps, seed)
    evaluation = derivation.evaluate(given)
    values = resolve(derivation.network, steps, given)
    for parameter in derivation.network.parameters:
        storage = forward_pass(derivation.unrolled, values, complex_floats())
        moved = {key: dict(inner) if isinstance(inner, dict) else inner for key, inner in storage.items()}
        if shape_of(moved[parameter]):
            place = (-1,) * len(shape_of(moved[parameter]))
            moved[parameter][place] += 1e-30j
            ours = evaluation.gradient(Node(parameter))[place]
        else:
            moved[parameter] += 1e-30j
            ours = evaluation.gradient(Node(parameter))
        forward_pass(derivation.unrolled, values, complex_floats(), moved)
        losses = [moved[derivation.network.loss][step] for step in derivation.unrolled.loss_steps]
        assert sum(losses).imag / 1e-30 == pytest.approx(float(ours), rel=1e-10, abs=1e-14)


def test_what_no_path_leads_to_has_gradient_zero() -> None:
    """In its own shape."""
    network = Network(
        name="idle",
        equations={"h": "w*h[t-1]", "seen": "W@v", "l": "h[t]**2"},
        parameters=("w", "W", "v"),
        loss="l",
        initial={"h": 1},
        shapes={"W": ("n", "d"), "v": ("d",), "seen": ("n",)},
        values={"w": 2, "W": [[1, 2, 3], [4, 5, 6]], "v": 1},
    )
    evaluation = derive(network, 2).evaluate()
    assert flat(evaluation.gradient(Node("W"))) == [0] * 6
    assert evaluation.gradient(Node("W")).shape == (2, 3)
    assert float(evaluation.gradient(Node("w"))) == 2 * 2 + 4 * 2**3


def test_an_equation_that_is_a_number_fills_its_vector() -> None:
    """The equation h = 1 of a vector h gives a vector of ones."""
    network = Network(
        name="constant",
        equations={"b": "1", "h": "b[t] + h[t-1]", "l": "h[t]@h[t]"},
        parameters=(),
        loss="l",
        initial={"h": 0},
        shapes={"b": ("n",), "h": ("n",)},
    )
    evaluation = derive(network, 2).evaluate({"h_0": [0, 1, 2]})
    assert flat(evaluation.value(Node("h", 2))) == [2, 3, 4]


def test_relu_is_flat_at_zero() -> None:
    """A relu at 0 passes nothing on, and the checks agree on it."""
    network = Network(
        name="relu",
        equations={"a": "w*h[t-1] + x[t]", "h": "relu(a[t])", "l": "(h[t] - 1)**2/2"},
        parameters=("w",),
        inputs=("x",),
        loss="l",
        initial={"h": 1},
        values={"w": 2, "x": {"cycle": [-2, 1, -3]}},
    )
    derivation = derive(network, 3)
    evaluation = derivation.evaluate()
    assert [float(evaluation.value(Node("a", t))) for t in (1, 2, 3)] == [0, 1, -1]
    assert [float(evaluation.adjoint(Node("h", t))) for t in (1, 2, 3)] == [-1, 0, -1]
    assert all(check.passed for check in derivation.checks())


def test_softplus_is_the_smooth_relu() -> None:
    """Its slope is σ."""
    network = Network(
        name="softplus",
        equations={"a": "w*h[t-1] + x[t]", "h": "softplus(a[t])", "l": "h[t]"},
        parameters=("w",),
        inputs=("x",),
        loss="l",
        initial={"h": 1},
        values={"w": 1, "x": 0},
    )
    evaluation = derive(network, 1).evaluate()
    assert float(evaluation.gradient(Node("w"))) == pytest.approx(1 / (1 + math.exp(-1)))
    assert float(evaluation.loss) == pytest.approx(math.log(1 + math.e))


def chaotic(**values: Any) -> Network:
    """A logistic map, which loses half a bit a step and more."""
    return Network(
        name="chaos.toml",
        equations={"h": "w*h[t-1]*(1 - h[t-1])", "l": "h[t]**2"},
        parameters=("w",),
        loss="l",
        loss_at="last",
        initial={"h": Decimal("0.3")},
        values={"w": 4, **values},
    )


def test_bits_are_added_until_the_digits_are_certain() -> None:
    """A chaotic map of 200 steps needs more than the first 144 bits; the digits are right."""
    evaluation = derive(chaotic(), 200).evaluate()
    assert evaluation.bits > 144
    more = derive(chaotic(), 200).evaluate(places=30)
    assert abs(float(evaluation.value(Node("h", 200))) - float(more.value(Node("h", 200)))) < 1e-10


@pytest.mark.parametrize("places", [0, 1, 4, 12, 30])
def test_any_number_of_places(places: int) -> None:
    """tanh(1) to so many digits."""
    evaluation = derive("elman", 1).evaluate(places=places)
    with localcontext(prec=60):
        expected = str(round(Decimal("0.7615941559557648881194582826047935904"), places))
    assert printed(evaluation, evaluation.value(Node("h", 1))) == (expected if places else "8e-1")


@pytest.mark.parametrize(
    ("equation", "number", "said"),
    [
        ("relu(sin(w)**2 + cos(w)**2 - 1)", "an argument of relu in h at step 1", "where relu and step change"),
        ("sin(w)**2 + cos(w)**2 - 1", "h at step 1", "nothing shows that it is 0"),
        ("sin(w)**2 + cos(w)**2 - 1 + 0.12345", "h at step 1", "at which the printed digits change"),
    ],
)
def test_digits_that_never_become_certain_are_refused(equation: str, number: str, said: str) -> None:
    """The sum sin² + cos² − 1 is 0, but no number of bits shows it, and no identity known here: which number, and why."""
    network = Network(
        name="undecided.toml",
        equations={"h": equation, "g": "h[t] + g[t-1]", "l": "g[t]"},
        parameters=("w",),
        loss="l",
        initial={"g": 0},
        values={"w": Fraction(1, 3)},
    )
    with pytest.raises(ValuesError, match=rf"^undecided\.toml: with \d+ bits, {number} cannot be told .* {said}"):
        derive(network, 1).evaluate()


def test_a_chaotic_example_is_refused_with_what_to_do() -> None:
    """Where balls stay wide the message speaks of the values and of T, not of 0."""
    network = Network(
        name="chaos.toml",
        equations={"h": "sin(w*h[t-1])", "l": "h[t]"},
        parameters=("w",),
        loss="l",
        initial={"h": 1},
        values={"w": 10**9},
    )
    with pytest.raises(
        ValuesError, match=r"^chaos\.toml: with \d+ bits, h at step \d+ has too few digits that are certain"
    ):
        derive(network, 700).evaluate()


def test_a_thousand_steps_are_no_trouble() -> None:
    """The graph is not copied per step, and numbers are computed by compiled rules: well under a second each."""
    derivation = derive("elman", 1_000)
    assert derivation.paths("w_h").count == 500_500
    evaluation = derivation.evaluate()
    assert printed(evaluation, evaluation.adjoint(Node("h", 1_000))) == "0.9612"


def test_an_adjoint_that_cancels_is_computed_with_more_bits() -> None:
    """Where an adjoint alone is a small difference of large numbers, a − b = 10⁻⁶⁰, its digits are certain all the same."""
    text = """
        parameters = ["a", "b"]
        inputs = ["x"]
        loss = "l"
        adjoints = ["h"]
        equations.h = "sin(x[t])"
        equations.l = "a*h[t] - b*h[t] + x[t]"
        values = { a = "1.000000000000000000000000000000000000000000000000000000000001", b = 1, x = 1 }
    """
    evaluation = derive(from_toml(text, "cancels", "cancels.toml"), 1).evaluate()
    assert str(evaluation.show(evaluation.adjoint(Node("h", 1)))) == "1.000e-60"


def test_an_adjoint_whose_terms_cancel_is_computed_with_more_bits() -> None:
    """Neither term of δ is small, nor any gradient: only their sum is 10⁻⁶⁰, and its digits are certain."""
    text = """
        parameters = ["a", "b"]
        inputs = ["x"]
        loss = "l"
        adjoints = ["h"]
        equations.h = "sin(x[t])"
        equations.u = "a*h[t]"
        equations.v = "b*h[t]"
        equations.l = "u[t] - v[t] + x[t]"
        values = { a = "1.000000000000000000000000000000000000000000000000000000000001", b = 1, x = 1 }
    """
    evaluation = derive(from_toml(text, "cancels", "cancels.toml"), 1).evaluate()
    assert [str(evaluation.show(term)) for term in evaluation.terms(Node("h", 1))] == ["1.0000", "-1.0000"]
    assert str(evaluation.show(evaluation.adjoint(Node("h", 1)))) == "1.000e-60"
