"""Auditing: somebody's function is called by its names, and what is wrong with it is named, with what differs first."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from backwards import FAULTS, elman_by_hand

import derive as derive_package
from derive import derive, ready_made
from derive.errors import ValuesError
from derive.programs import code
from derive.review import InAProcess, audit, here
from derive.testing import assert_gradients


def by_hand(fault: str = "") -> Any:
    """The Elman network by hand as a function of its names."""

    def loss_and_gradients(W_x: Any, W_h: Any, W_y: Any, b_h: Any, b_y: Any, x: Any, yhat: Any, h_0: Any) -> Any:  # noqa: N803
        given = {"W_x": W_x, "W_h": W_h, "W_y": W_y, "b_h": b_h, "b_y": b_y, "x": x, "yhat": yhat, "h_0": h_0}
        return elman_by_hand(given, fault)

    return loss_and_gradients


@pytest.mark.parametrize("name", ready_made())
def test_emitted_code_is_right(name: str) -> None:
    """The NumPy code that we emit passes, for every network, at several T, with its loss."""
    scope: dict[str, Any] = {"__name__": "emitted"}
    exec(code(derive(name, 3).recurrence, "numpy"), scope)  # noqa: S102 - our own code
    found = audit(derive(name, 3).recurrence, here(scope["loss_and_gradients"]))
    assert found.agrees
    assert found.tried == 6


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found_at_random_values(fault: str) -> None:
    """Each fault of the pass by hand is named, at values that nobody gave."""
    found = audit(derive("elman-vector", 3).recurrence, here(by_hand(fault)))
    assert not found.agrees
    assert found.loss is None
    best = found.comparison.explanations[0]
    assert {mistake.kind for mistake in (*best.mistakes, *best.same)} & set(FAULTS[fault])


def test_what_differs_first_is_found() -> None:
    """Of adjoints that a function has names for, the first that differs backwards from the loss is told."""

    def wrong(w_x: float, w_h: float, w_y: float, x: Any, yhat: Any, h_0: float) -> Any:
        T = len(x)  # noqa: N806
        h, y = np.append(np.zeros(T), h_0), np.zeros(T)
        for t in range(T):
            h[t] = np.tanh(w_x * x[t] + w_h * h[t - 1])
            y[t] = w_y * h[t]
        dy = y - yhat
        dh, da = np.zeros(T), np.zeros(T + 1)
        for t in reversed(range(T)):
            dh[t] = w_y * dy[t] - w_h * da[t + 1]
            da[t] = (1 - h[t] ** 2) * dh[t]
        return (dy**2).sum() / 2, {"w_x": da[:T] @ x, "w_h": da[:T] @ np.roll(h, 1)[:T], "w_y": dy @ h[:T]}

    found = audit(derive("elman", 3).recurrence, here(wrong))
    assert found.first is not None
    assert (found.first.variable, found.first.step, found.first.adjoint, found.first.called) == ("h", 3, True, "dh")
    assert found.comparison.explanations[0].mistakes[0].kind == "sign"


def test_another_loss_is_told() -> None:
    """Where the forward pass is another one, the first value that differs is told."""

    def other(w_x: float, w_h: float, w_y: float, x: Any, yhat: Any, h_0: float) -> Any:
        h, y = np.append(np.zeros(len(x)), h_0), np.zeros(len(x))
        for t in range(len(x)):
            h[t] = np.sin(w_x * x[t] + w_h * h[t - 1])
            y[t] = w_y * h[t]
        return ((y - yhat) ** 2).sum() / 2, {"w_x": 0.0, "w_h": 0.0, "w_y": 0.0}

    found = audit(derive("elman", 3).recurrence, here(other))
    assert found.loss is not None
    assert found.first is not None
    assert (found.first.variable, found.first.step, found.first.adjoint) == ("h", 1, False)


def test_a_wrong_loss_beside_right_gradients_does_not_agree() -> None:
    """Whoever returns L twice over has no right function, although every gradient is."""
    scope: dict[str, Any] = {"__name__": "emitted"}
    exec(code(derive("elman", 3).recurrence, "numpy"), scope)  # noqa: S102 - our own code

    def twice(w_x: float, w_h: float, w_y: float, x: Any, yhat: Any, h_0: float) -> Any:
        loss, gradients = scope["loss_and_gradients"](w_x, w_h, w_y, x, yhat, h_0)
        return 2 * loss, gradients

    found = audit(derive("elman", 3).recurrence, here(twice))
    assert found.loss is not None
    assert found.comparison.agrees
    assert not found.agrees


@pytest.mark.parametrize(
    "header",
    [
        "def f(w_x, w_h, w_y, x, yhat, h0)",
        "def f(W_X, W_h, Wy, inputs, targets, h_prev, T)",
        "def f(w_y, w_h, w_x, yhat, x, h_0, clip=5)",
        "def f(params, x, y, h_init)",
        "def f(**given)",
    ],
)
def test_arguments_are_found_by_their_names(header: str) -> None:
    """Whatever people call initial values, data and groups, each argument gets what it stands for."""
    seen: dict[str, Any] = {}
    scope: dict[str, Any] = {"seen": seen, "np": np}
    body = "\n    seen.update(locals()); return 0.0, {'w_x': 0.0, 'w_h': 0.0, 'w_y': 0.0}"
    if "y, h_init" in header:
        with pytest.raises(ValuesError, match="the argument y stands for nothing of the network"):
            audit(derive("elman", 3).recurrence, _function(header + ":" + body, scope))
        return
    audit(derive("elman", 3).recurrence, _function(header + ":" + body, scope))
    assert "given" in seen or {"h0", "h_prev", "h_0"} & set(seen)
    assert "given" not in seen or set(seen["given"]) == {"w_x", "w_h", "w_y", "x", "yhat", "h_0"}


def _function(source: str, scope: dict[str, Any]) -> Any:
    exec(source, scope)  # noqa: S102 - our own code
    return here(scope["f"])


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        ("return 3", "return the loss and the gradients"),
        ("return 0.0, {'w_x': 0.0}", "returned no gradient by w_h, w_y"),
        ("return 0.0, 1.0, 2.0", "2 gradients came back without names, and there are 3 parameters"),
        ("return 0.0, {'w_x': [1.0, 2.0], 'w_h': 0.0, 'w_y': 0.0}", "has the shape (2,), and w_x has ()"),
    ],
)
def test_what_is_no_answer_is_told(returned: str, message: str) -> None:
    """A function that returns something else is told what it should return."""
    with pytest.raises(ValuesError) as told:
        audit(derive("elman", 3).recurrence, _function(f"def f(w_x, w_h, w_y, x, yhat, h_0): {returned}", {}))
    assert message in str(told.value)


def test_a_file_runs_in_a_process_of_its_own(tmp_path: Path) -> None:
    """What the file prints disturbs nothing; one that fails, ends or takes too long is told in one message."""
    file = tmp_path / "backward.py"
    right = """
        import os
        print("printing", flush=True)
        def good(w_x, w_h, w_y, x, yhat, h_0):
            print("more")
            return 0.0, [0.0, 0.0, 0.0]
        def raises(w_x): return 1 / 0
        def leaves(w_x): import os; os._exit(3)
        def waits(w_x):
            while True: os.write(1, b"x" * 65536)
        def forges(w_x):
            import os
            for place in range(3, 20):
                try: os.write(place, b'{"cases": [{"loss": "a"}]}')
                except OSError: pass
            os._exit(0)
        def starts(w_x):
            import subprocess
            subprocess.Popen(["sleep", "30"], start_new_session=True)
            return 0.0, [0.0, 0.0, 0.0]
    """
    file.write_text(textwrap.dedent(right))
    recurrence = derive("elman", 3).recurrence
    assert not audit(recurrence, InAProcess(file, "good")).agrees
    assert not audit(recurrence, InAProcess(file, "starts", 20)).agrees
    for name, message in {
        "raises": "ZeroDivisionError: division by zero, line 7 of backward.py",
        "leaves": "it ended with 3, and without an answer",
        "waits": "waits did not end within 1 s; --time-limit gives it more",
        "forges": "forges did not leave its answer as it was",
        "absent": "there is no function absent; it has good, raises, leaves, waits",
    }.items():
        with pytest.raises(ValuesError) as told:
            audit(recurrence, InAProcess(file, name, 1 if name == "waits" else 30))
        assert message in str(told.value)


def test_what_runs_a_function_ends_with_who_asked(tmp_path: Path) -> None:
    """Whoever asked may be killed: then its pipe closes, and a function that would never end does."""
    (tmp_path / "own.py").write_text("def f():\n    open('begun', 'w').close()\n    while True: pass\n")
    case = {"steps": 1, "values": {}, "groups": {}, "states": {}}
    asked = {"file": str(tmp_path / "own.py"), "function": "f", "tensors": False, "cases": [case]}
    command = [sys.executable, "-m", "derive.review.runner"]
    package = {**os.environ, "PYTHONPATH": str(Path(derive_package.__file__).parents[1])}
    with subprocess.Popen(command, stdin=subprocess.PIPE, cwd=tmp_path, env=package, start_new_session=True) as process:
        assert process.stdin is not None
        process.stdin.write(json.dumps(asked).encode() + b"\n")
        process.stdin.flush()
        until = time.monotonic() + 30
        while not (tmp_path / "begun").exists() and time.monotonic() < until:
            time.sleep(0.05)
        assert process.poll() is None
        process.stdin.close()
        assert process.wait(30) == -signal.SIGKILL


def test_a_test_of_one_s_own() -> None:
    """`assert_gradients` passes for a right function, and says what is wrong with another."""
    assert_gradients(by_hand(), "elman-vector")
    with pytest.raises(AssertionError) as told:
        assert_gradients(by_hand("not transposed"), "elman-vector")
    assert "the gradient by W_x, W_h, b_h differs" in str(told.value)
    assert "W_h stands for W_hᵀ: the matrix has to be transposed." in str(told.value)
