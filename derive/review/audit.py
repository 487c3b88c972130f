"""Audit: somebody's function is run at several values and numbers of steps, and its loss and gradients are compared with ours.

The function runs in a process of its own, with a time limit. What differs is explained as in `derive.review.compare`; and where
the function returns intermediates, or has local names for them, the *first* that differs is found: of the forward pass where
the loss is another one, else of the adjoints, going backwards from the loss.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import numpy as np

from derive.errors import StepsError, ValuesError
from derive.graph import Unrolled
from derive.network import Network
from derive.numbers import Values, generic_steps, initial_label
from derive.recurrence import Recurrence
from derive.review.calling import AFFIXES, Case, Returned, call
from derive.review.came import Came, came
from derive.review.compare import Comparison, compare, hold_work
from derive.review.draws import as_arrays, draws
from derive.review.mistakes import Mistakes

SECONDS = 60.0
MOST_ANSWERED = 100_000_000
"""So many characters of an answer are read."""
DRAWN = 2
"""At so many values a function is tried, for each number of steps."""

NEAR = 1e-7
VALUES = ("{0}", "{0}s", "{0}_t", "{0}_seq", "{0}_all")
ADJOINTS = (*AFFIXES, "d{0}s", "d{0}_all", "deltas_{0}")
"""Names that people have for the values of a variable, and for its adjoints."""


@dataclass(frozen=True)
class Differs:
    """An intermediate that differs: a variable at a step, or its adjoint, and the name that the function has for it.

    ``left``: the name held it at the end, and what it held at other steps is not known.
    """

    variable: str
    step: int
    adjoint: bool
    called: str
    came: Any
    right: Any
    left: bool = False


@dataclass(frozen=True)
class Audit:
    """A function, compared: the loss that differs, if it does, the comparison of the gradients, and the first intermediate."""

    steps: tuple[int, ...]
    tried: int
    comparison: Comparison
    loss: tuple[float, float] | None
    """The loss that came and the right one, where they differ."""
    first: Differs | None

    @property
    def agrees(self) -> bool:
        """Whether loss and gradients agree everywhere."""
        return self.loss is None and self.comparison.agrees


@dataclass(frozen=True)
class Run:
    """One call: at which values, and what came back."""

    values: Values
    returned: Returned


Runner = Callable[[Sequence[Case]], list[Returned]]
"""Calls a function at several values."""


def audit(recurrence: Recurrence, runner: Runner, steps: Sequence[int] = ()) -> Audit:
    """Compare a function, which ``runner`` calls, at several random values and numbers of steps.

    Raises `ValuesError` for a function that cannot be called, or returns what is no gradient.
    """
    network = recurrence.graph.network
    wanted = tuple(steps) or default_steps(recurrence)
    hold_work(network, {}, max(wanted, default=0))
    drawn = [values for count in wanted for values in islice(draws(network, count), DRAWN)]
    if not drawn:
        raise ValuesError(
            f"{network.where}no random values were found at which the network has a value; give its own [values]"
        )
    cases = [case_of(network, values) for values in drawn]
    runs = [Run(values, found) for values, found in zip(drawn, runner(cases), strict=True)]
    return _judged(recurrence, runs, wanted)


def default_steps(recurrence: Recurrence) -> tuple[int, ...]:
    """Return the numbers of steps at which a function is tried: enough to see every lag, then one, then more."""
    network = recurrence.graph.network
    enough = max(4, generic_steps(recurrence.graph) + 1)
    found = []
    for count in (enough, 1, enough + 3):
        try:
            network.check_length(count)
        except StepsError:
            continue
        found.append(count)
    return tuple(found)


def case_of(network: Network, values: Values) -> Case:
    """Return values as a function takes them."""
    found = as_arrays(network, values)
    outside = {
        initial_label(node, values.steps): node.name for node in values.of if _is_outside(node.step, values.steps)
    }
    groups = {
        "parameters": network.parameters,
        "inputs": network.inputs,
        "targets": network.targets,
        "initial": tuple(outside),
        "constants": network.constants,
    }
    return Case(values.steps, {name: np.asarray(value).tolist() for name, value in found.items()}, groups, outside)


def _is_outside(step: int | None, last: int) -> bool:
    return step is not None and not 1 <= step <= last


# -- judging ----------------------------------------------------------------------------------------------------------------


def _judged(recurrence: Recurrence, runs: Sequence[Run], steps: tuple[int, ...]) -> Audit:
    """Compare every run, and explain those of the number of steps at which the first one differs."""
    where = recurrence.graph.network.where
    known = set(_wanted(recurrence))
    for run in runs:
        lacking = known - set(run.returned.gradients)
        if set(recurrence.graph.network.parameters) & lacking or not run.returned.gradients:
            names = ", ".join(name for name in recurrence.graph.network.parameters if name in lacking)
            raise ValuesError(
                f"{where}the function returned no gradient by {names}; return loss, {{'name': gradient, …}}"
            )
    by_steps = [[run for run in runs if run.values.steps == count] for count in steps]
    found = [_compared(recurrence, here, known) for here in by_steps if here]
    comparison = next((each for each in found if not each.agrees), found[0])
    settings = [setting for each in found for setting in each.settings]
    ours = [run for run in runs if run.values.steps == comparison.unrolled.steps]
    loss = next(filter(None, map(_loss, runs, settings)), None)
    first = None
    if loss is not None or not comparison.agrees:
        pairs = zip(ours, comparison.settings, strict=True)
        firsts = (_first(setting.mistakes, run, forward=loss is not None) for run, setting in pairs)
        first = next(filter(None, firsts), None)
        others = (setting for each in found if each is not comparison for setting in each.settings)
        comparison = replace(comparison, settings=(*comparison.settings, *others))
    return Audit(steps, len(runs), comparison, loss, first)


def _compared(recurrence: Recurrence, runs: Sequence[Run], known: set[str]) -> Comparison:
    """Compare the runs of one number of steps."""
    given = [
        (run.values, {name: value for name, value in run.returned.gradients.items() if name in known}) for run in runs
    ]
    return compare(recurrence, Unrolled(recurrence.graph, runs[0].values.steps), given)


def _wanted(recurrence: Recurrence) -> Iterator[str]:
    network = recurrence.graph.network
    yield from network.gradients


def _loss(run: Run, setting: Any) -> tuple[float, float] | None:
    """The loss that came and the right one, if they differ."""
    if run.returned.loss is None:
        return None
    right = float(setting.mistakes.backward.loss)
    return None if came("loss", np.float64(run.returned.loss)).agrees(right) else (run.returned.loss, right)


def _first(mistakes: Mistakes, run: Run, *, forward: bool) -> Differs | None:
    """The first intermediate that differs: forwards, or backwards from the loss; only of names that the function has."""
    backward = mistakes.backward
    right = backward.values_by_node() if forward else backward.adjoints()
    kept: dict[str, tuple[str, dict[int, Any], bool]] = {}
    for variable in backward.recurrence.graph.network.variables:
        wanted = {node.step: value for node, value in right.items() if node.name == variable and node.step is not None}
        found = _kept(variable, wanted, run, adjoint=not forward)
        if found is not None:
            kept[variable] = found
    for node in backward.unrolled.nodes() if forward else backward.unrolled.nodes_from_loss():
        called, wrong, left = kept.get(node.name, ("", {}, False))
        if node.step in wrong:
            found_there, is_right = wrong[node.step], np.asarray(right[node], dtype=float)
            return Differs(node.name, node.step, not forward, called, found_there, is_right, left)
    return None


def _kept(
    variable: str, right: Mapping[int, Any], run: Run, *, adjoint: bool
) -> tuple[str, dict[int, Any], bool] | None:
    """The name under which a function kept a variable or its adjoint, what differs there, by the step, and if it is left over.

    A name that holds a row per step is preferred to one that holds what the loop left behind.
    """
    inside, steps = run.returned.intermediates, run.values.steps
    if not right:
        return None
    shape = np.shape(next(iter(right.values())))
    single: tuple[str, dict[int, Any], bool] | None = None
    for form in ADJOINTS if adjoint else VALUES:
        called = form.format(variable)
        if called not in inside or (adjoint and called == variable):
            continue
        array = np.asarray(inside[called], dtype=float)
        if array.ndim == len(shape) + 1 and array.shape[1:] == shape and steps <= len(array) <= steps + 1:
            rows = ({step: array[step - 1 + late] for step in right} for late in range(len(array) - steps + 1))
            return called, min((_wrong(found, right) for found in rows), key=len), False
        if array.shape == shape and single is None:
            last = 1 if adjoint else steps
            single = (called, _wrong({last: array}, right), True)
    return single


def _wrong(found: Mapping[int, Any], right: Mapping[int, Any]) -> dict[int, Any]:
    """What differs, by the step."""
    return {step: value for step, value in found.items() if step in right and not _near(value, right[step])}


def _near(value: Any, right: Any) -> bool:
    return Came(np.asarray(value), NEAR * float(np.max(np.abs(value), initial=0.0))).agrees(right)


# -- in a process of its own ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class InAProcess:
    """Runs a function of a file in a process of its own, with a time limit."""

    file: Path
    function: str
    seconds: float = SECONDS
    tensors: bool = False

    def __call__(self, cases: Sequence[Case]) -> list[Returned]:
        """Run it, and read what comes back."""
        if not self.file.is_file():
            raise ValuesError(f"{self.file}: there is no such file")
        asked = {
            "file": str(self.file.resolve()),
            "function": self.function,
            "tensors": self.tensors,
            "cases": [vars(case) for case in cases],
        }
        answer = self._answer(json.dumps(asked))
        if "error" in answer:
            raise ValuesError(f"{self.file}: {answer['error']}")
        try:
            returned = [self._returned(found) for found in answer["cases"]]
        except (LookupError, TypeError, ValueError, AttributeError):
            returned = []
        if len(returned) != len(cases):  # the file wrote where only the runner writes
            raise ValuesError(f"{self.file}: {self.function} did not leave its answer as it was")
        return returned

    def _answer(self, asked: str) -> dict[str, Any]:
        command = [sys.executable, "-m", "derive.review.runner"]
        with (
            TemporaryFile() as answer,
            subprocess.Popen(  # noqa: S603 - it runs somebody's file: that is what an audit is asked to do
                command,
                stdin=subprocess.PIPE,
                stdout=answer,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            ) as process,
        ):
            try:
                self._ask(process, asked)
                process.wait(self.seconds)
            except subprocess.TimeoutExpired:
                raise ValuesError(
                    f"{self.file}: {self.function} did not end within {self.seconds:g} s; --time-limit gives it more"
                ) from None
            finally:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)  # also what it started
            answer.seek(0)
            content = answer.read(MOST_ANSWERED + 1)
        if len(content) > MOST_ANSWERED:
            raise ValuesError(
                f"{self.file}: {self.function} gave more than {MOST_ANSWERED:,} characters of numbers back"
            )
        try:
            found: dict[str, Any] = dict(json.loads(content))
        except (ValueError, TypeError, RecursionError):
            raise ValuesError(f"{self.file}: it ended with {process.returncode}, and without an answer") from None
        return found

    @staticmethod
    def _ask(process: subprocess.Popen[bytes], asked: str) -> None:
        """Tell the process what is asked; by what it is told through, kept open, it knows that somebody still waits."""
        if process.stdin is not None:
            with suppress(BrokenPipeError):
                process.stdin.write(f"{asked}\n".encode())
                process.stdin.flush()

    def _returned(self, found: Mapping[str, Any]) -> Returned:
        if "error" in found:
            raise ValuesError(f"{self.file}: {self.function}: {found['error']}")
        single = set(found["single"])
        gradients = {
            name: np.asarray(value, dtype=np.float32 if name in single else float)
            for name, value in found["gradients"].items()
        }
        return Returned(
            found["loss"], gradients, {name: np.asarray(value) for name, value in found["intermediates"].items()}
        )


def here(function: Callable[..., Any], *, tensors: bool = False) -> Runner:
    """Return what calls a function in this process, as a test does."""

    def run(cases: Sequence[Case]) -> list[Returned]:
        return [call(function, case, watch=True, tensors=tensors) for case in cases]

    return run
