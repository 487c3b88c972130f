"""Code: the files that are written compute what the worked example says, and are as a formatter leaves them."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matrix_networks import MATRICES
from networks import ZOO, derivation
from samples import random_values

from derive import derive, ready_made
from derive.errors import DeriveError
from derive.network.network import Network
from derive.network.toml import load
from derive.numbers.entries import entries
from derive.numbers.example import Evaluation
from derive.numbers.number_systems import arrays
from derive.programs.program import Program
from derive.recurrence.gradient import Gradient

STEPS = (1, 2, 5)


def example(network: Network, steps: int) -> tuple[dict[str, Any], float, dict[str, np.ndarray]]:
    """Random arguments of a network for T steps; its loss and gradients there, in balls."""
    lesson = derivation(network.with_values(random_values(network, steps, 11)), steps)
    evaluation = lesson.evaluate()
    given = Program(lesson.recurrence, arrays()).arguments(evaluation.values)
    given |= {name: np.array(given[name]) for name in network.data}
    gradients = {label: floats(evaluation, gradient) for label, gradient in lesson.gradients.items()}
    return given, float(evaluation.loss.mid()), gradients


def floats(evaluation: Evaluation, gradient: Any) -> np.ndarray:
    """A gradient of a worked example as floats, flat; one by data step by step."""
    at = (
        [gradient]
        if isinstance(gradient, Gradient)
        else [gradient.at(step) for step in range(1, evaluation.unrolled.steps + 1)]
    )
    return np.array([float(entry.mid()) for each in at for entry in entries(evaluation.gradient(each.target))])


def agrees(found: tuple[Any, dict[str, Any]], loss: float, gradients: dict[str, np.ndarray]) -> None:
    """Assert that a loss and gradients are those of the balls, to 12 digits."""
    assert float(found[0]) == pytest.approx(loss, rel=1e-12, abs=1e-12)
    for (label, expected), gradient in zip(gradients.items(), found[1].values(), strict=True):
        ours = np.ravel(np.asarray(gradient, dtype=float))
        assert ours.shape == expected.shape
        assert np.allclose(ours, expected, rtol=1e-12, atol=1e-12 * max(1, *abs(expected))), label


def module(text: str) -> dict[str, Any]:
    """The names that a file of Python defines."""
    scope: dict[str, Any] = {"__name__": "emitted"}
    exec(compile(text, "<emitted>", "exec"), scope)  # noqa: S102 - it is what we wrote
    return scope


def run(text: str, network: Network, given: dict[str, Any], steps: int) -> tuple[Any, dict[str, Any]]:
    """What a file of Python computes."""
    labels = [label for sides in network.outside.values() for side in sides for label in side]
    arguments = [given[name] for name in (*network.timeless, *network.data, *labels)]
    found: tuple[Any, dict[str, Any]] = module(text)["loss_and_gradients"](
        *(arguments if network.data else (steps, *arguments))
    )
    return found


def in_numpy(network: Network, steps: tuple[int, ...]) -> None:
    """Hold what both NumPy files of a network compute against the balls."""
    texts = [derivation(network, max(steps)).code("numpy", plain=plain) for plain in (True, False)]
    for count in steps:
        given, loss, gradients = example(network, count)
        for text in texts:
            agrees(run(text, network, given, count), loss, gradients)


@pytest.mark.parametrize("name", ready_made())
def test_numpy_of_every_ready_made_network(name: str) -> None:
    """The textbook loop, and what does all steps at once, are right to 12 digits for several T and random values."""
    in_numpy(load(name), STEPS)


@pytest.mark.slow
@pytest.mark.parametrize("name", [*ZOO, *MATRICES])
def test_numpy_of_differently_shaped_networks(name: str) -> None:
    """Long lags, states that run backwards, losses at some steps, matrices, masks, rows."""
    in_numpy((ZOO | MATRICES)[name], (1, 2, 3, 6))


@pytest.mark.parametrize("name", ["two lags", "running loss", "masked batch", "memory in rows"])
def test_numpy_of_some_of_them(name: str) -> None:
    """A sample of these."""
    in_numpy((ZOO | MATRICES)[name], (1, 3))


def test_gradients_by_data_are_there_at_every_step() -> None:
    """Data that are asked for have a row for each step."""
    in_numpy(replace(load("elman-vector"), by=("x", "h_0")), (1, 4))


@pytest.mark.skipif(find_spec("ruff") is None, reason="ruff is not installed")
def test_python_is_as_a_formatter_and_a_linter_leave_it(tmp_path: Path) -> None:
    """Ruff, as it comes, finds nothing to change and nothing to say."""
    for name in set(ready_made()) - {"linear-attention"}:  # its derivatives of quotients are long
        for plain in (True, False):
            file = tmp_path / f"{name.replace('-', '_')}_{plain}.py"
            file.write_text(derive(name, 1).code("numpy", plain=plain), encoding="utf-8")
    for command in (["check"], ["format", "--diff"]):
        call = [sys.executable, "-m", "ruff", *command, "--isolated", "--no-cache", str(tmp_path)]
        found = subprocess.run(call, capture_output=True, text=True, check=False)
        assert found.returncode == 0, found.stdout


def test_a_file_checks_itself(capsys: pytest.CaptureFixture[str]) -> None:
    """At its end every gradient is compared with differences of the loss; a wrong one is told."""
    text = derive("gru", 1).code("numpy")
    module(text)["check"]()
    told = capsys.readouterr().out.splitlines()
    assert len(told) == len(load("gru").parameters)
    assert all(" agrees with differences of L" in line for line in told)
    module(text.replace("dnbar_slope = 1 - n**2", "dnbar_slope = 1 + n**2"))["check"]()
    assert "W_xn: DISAGREES" in capsys.readouterr().out


def test_where_a_rule_stands_in_place_of_a_slope_it_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """Differences of the loss do not show a surrogate gradient."""
    module(derive("lif", 1).code("numpy"))["check"]()
    assert "A rule stands in place of a slope: stop_gradient, spike." in capsys.readouterr().out


@pytest.mark.parametrize("target", ["numpy"])
def test_code_is_the_same_every_time(target: str) -> None:
    """The same network gives the same bytes, whatever the order of hashes."""
    code = f"from derive.derivation import derive; print(derive('lstm-scalar', 1).code('{target}'), end='')"
    call = [sys.executable, "-c", code]
    found = subprocess.run(call, capture_output=True, check=True, env={"PYTHONHASHSEED": "1"}, cwd=ROOT)
    assert found.stdout.decode() == derive("lstm-scalar", 1).code(target)


ROOT = Path(__file__).resolve().parent.parent.parent


def awkward() -> Network:
    """A network whose names are words of Python, of NumPy and of our files, and whose title would end a text."""
    return Network(
        name="awkward",
        equations={
            "lambda": "len(W@x[t] + np*lambda[t-1])",
            "range": "lambda[t]*d[t-1] + dx[t]",
            "dx": "x[t]**2",
            "d": "tanh(range[t])",
            "l": "sum(d[t]**2)",
        },
        parameters=("W", "np"),
        inputs=("x",),
        loss="l",
        initial={"lambda": 0, "d": 0},
        functions={"len": {"of": "math", "value": "math/(1 + math**2)"}},
        shapes={"W": ("t", "t"), "np": ("t",), "x": ("t",)} | dict.fromkeys(("lambda", "range", "dx", "d"), ("t",)),
        by=("x",),
        title={"en": 'A "title" that ends """ and \\ goes */ on'},
    )


def test_a_name_may_mean_something_in_the_language() -> None:
    """A name that is a word of Python, or one of ours, gets a sign of its own; a title ends no text."""
    in_numpy(awkward(), (1, 3))


def test_a_target_that_there_is_not_is_told() -> None:
    """One message that says which there are."""
    with pytest.raises(DeriveError, match="there is no target fortran; known are numpy"):
        derive("elman", 1).code("fortran")
