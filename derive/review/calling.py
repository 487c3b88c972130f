"""Calling: how somebody's function is handed values by name, and how what it returns is read.

    loss, gradients = f(W_x, W_h, …, x, yhat, h_0)              and, if it likes, a third: intermediates by name

Arguments are found by their names: parameters and constants, data stacked over the steps (step t is row t − 1), initial values
(``h_0``, also written ``h0``, ``h_prev`` or ``h_init``), and ``T``. An argument called ``parameters`` (``params``, ``weights``)
gets all of them in a dictionary; one with a default that stands for nothing of the network keeps it. Gradients are read by
name (``W_x``, ``dW_x``, ``grad_W_x``, ``W_x_grad``), or in the order of the parameters.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from derive.errors import ValuesError

GROUPS = {
    "parameters": ("parameters", "params", "weights", "model", "theta", "p"),
    "inputs": ("inputs", "input", "xs", "X", "data"),
    "targets": ("targets", "target", "ys", "Y", "labels"),
    "initial": ("initial", "init", "state", "states"),
}
"""Arguments that stand for a whole group, or for the only one in it."""
BEGUN = ("{0}0", "{0}_prev", "{0}prev", "{0}_init", "{0}_initial", "init_{0}", "{0}_start")
"""Other names of an initial value."""
LENGTHS = ("T", "steps", "seq_len", "num_steps", "n_steps")
AFFIXES = ("d{0}", "d_{0}", "D{0}", "grad_{0}", "g_{0}", "g{0}", "delta_{0}", "{0}_grad", "d{0}_total", "{0}bar")
"""Other names of a gradient or adjoint."""
LOSS = ("loss", "L", "total_loss", "cost")


@dataclass(frozen=True)
class Case:
    """Values by name, and which names are which."""

    steps: int
    values: Mapping[str, Any]
    groups: Mapping[str, tuple[str, ...]]
    states: Mapping[str, str]
    """By the label of each initial value the name of its state."""


@dataclass(frozen=True)
class Returned:
    """What a function gave: loss (None if it gave none), gradients by name, and intermediates by the names it has for them."""

    loss: float | None = None
    gradients: Mapping[str, Any] = field(default_factory=dict)
    intermediates: Mapping[str, Any] = field(default_factory=dict)


def call(function: Callable[..., Any], case: Case, *, watch: bool = False, tensors: bool = False) -> Returned:
    """Call a function with the values it asks for, and read what it returns; ``watch`` its local names as it returns.

    Raises `ValuesError` for a signature or a result that cannot be understood.
    """
    given = {name: _handed(value, tensors=tensors) for name, value in case.values.items()}
    arguments = _arguments(function, case, given)
    seen: dict[str, Any] = {}
    if watch:
        with _Watched(function, seen):
            result = function(**arguments)
    else:
        result = function(**arguments)
    found = read(result, case)
    return Returned(found.loss, found.gradients, {**_numbers(seen), **_numbers(found.intermediates)})


def _handed(value: Any, *, tensors: bool) -> Any:
    """A value as the function gets it: a copy, as an array of NumPy, or as a tensor of PyTorch that wants a gradient."""
    array = np.array(value, dtype=float)
    if not tensors:
        return array if array.ndim else float(array)
    import torch  # noqa: PLC0415 - only for functions that ask for it

    return torch.tensor(array, dtype=torch.float64, requires_grad=True)


def _arguments(function: Callable[..., Any], case: Case, given: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind is parameter.VAR_KEYWORD:
            found |= {spelled(name): value for name, value in given.items() if name not in found}
            continue
        if parameter.kind is parameter.VAR_POSITIONAL:
            continue
        known, value = _meant(parameter.name, case, given)
        if known:
            found[parameter.name] = value
        elif parameter.default is parameter.empty:
            names = ", ".join(given)
            raise ValuesError(
                f"{function.__name__}: the argument {parameter.name} stands for nothing of the network; it may ask for "
                f"{names}, for T, or for all parameters as parameters"
            )
    return found


def _meant(name: str, case: Case, given: Mapping[str, Any]) -> tuple[bool, Any]:
    """What an argument of some name stands for, and whether it does."""
    for label in given:
        others = [form.format(case.states[label]) for form in BEGUN] if label in case.states else []
        if name in {label, spelled(label), *others}:
            return True, given[label]
    if name in LENGTHS:
        return True, case.steps
    for group, words in GROUPS.items():
        if name in words:
            own = {each: given[each] for each in case.groups.get(group, ())}
            if group == "parameters":
                return True, own
            return bool(own), next(iter(own.values())) if len(own) == 1 else own
    alike = [label for label in given if _bare(label) == _bare(name)]
    return (True, given[alike[0]]) if len(alike) == 1 else (False, None)


def spelled(label: str) -> str:
    """Return a label as a name of Python: ``h_T+1`` is ``h_T1``, ``y_-1`` is ``y_m1``.

    >>> spelled("y_-1")
    'y_m1'
    """
    return label.replace("+", "").replace("-", "m")


def _bare(name: str) -> str:
    return name.replace("_", "").casefold()


def read(result: Any, case: Case) -> Returned:
    """Return loss, gradients and intermediates of what a function returned."""
    loss: Any = None
    rest: Sequence[Any]
    match result:
        case Mapping():
            rest = (result,)
        case (first, *others) if np.ndim(_plain(first)) == 0 and not isinstance(first, Mapping):
            loss, rest = first, others
        case tuple() | list():
            rest = tuple(result)
        case _:
            raise ValuesError("return the loss and the gradients: return loss, {'W': dW, …}")
    wanted = (*case.groups.get("parameters", ()), *case.groups.get("initial", ()))
    gradients: dict[str, Any] = {}
    inside: dict[str, Any] = {}
    if rest and isinstance(rest[0], Mapping):
        for table in rest:
            if isinstance(table, Mapping):
                for name, value in table.items():
                    label = gradient_of(str(name), wanted)
                    (gradients if label and table is rest[0] else inside)[label or str(name)] = value
    else:
        flat = rest[0] if len(rest) == 1 and isinstance(rest[0], tuple | list) else rest
        parameters = case.groups.get("parameters", ())
        if len(flat) not in {len(parameters), len(wanted)}:
            raise ValuesError(
                f"{len(flat)} gradients came back without names, and there are {len(parameters)} parameters; "
                "return them in a dictionary by name"
            )
        gradients = dict(zip(wanted, flat, strict=False))
    for name in case.groups.get("parameters", ()):
        if name in gradients and gradients[name] is None:
            raise ValuesError(
                f"the gradient of {name} is None; of a tensor, .grad is there for the argument itself, and for no copy of it"
            )
    for name in LOSS:
        loss = inside.pop(name, loss)
    number = None if loss is None else float(np.asarray(_plain(loss), dtype=float))
    return Returned(number, {name: _plain(value) for name, value in gradients.items()}, inside)


def gradient_of(name: str, wanted: Sequence[str]) -> str:
    """Return the label whose gradient a name stands for; nothing if it stands for none.

    >>> gradient_of("dW_h", ["W_h", "b"]), gradient_of("loss", ["W_h"])
    ('W_h', '')
    """
    for label in wanted:
        plain = spelled(label)
        if name in {label, plain, *(form.format(plain) for form in AFFIXES)}:
            return label
    alike = [label for label in wanted if _bare(name) in {_bare(form.format(label)) for form in ("{0}", *AFFIXES)}]
    return alike[0] if len(alike) == 1 else ""


def _plain(value: Any) -> Any:
    """A tensor as an array."""
    return value.detach().cpu().numpy() if hasattr(value, "detach") else value


def _numbers(values: Mapping[str, Any]) -> dict[str, Any]:
    """What of a function's local names is numbers: arrays, lists of them, dictionaries by step."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, Mapping) and value and all(isinstance(key, int) for key in value):
            inside = [value[key] for key in sorted(value) if key >= 0]
            value = inside  # noqa: PLW2901 - a dictionary by step is a list of steps
        try:
            array = np.array(
                [_plain(entry) for entry in value] if isinstance(value, list) else _plain(value), dtype=float
            )
        except (TypeError, ValueError):
            continue
        if array.size and np.all(np.isfinite(array)):
            found[name] = array
    return found


class _Watched:
    """Notes the local names of a function at its return."""

    def __init__(self, function: Callable[..., Any], seen: dict[str, Any]) -> None:
        self.code = getattr(function, "__code__", None)
        self.seen = seen

    def __enter__(self) -> None:
        """Begin to listen."""
        self.before = sys.getprofile()
        sys.setprofile(self._told)

    def _told(self, frame: Any, event: str, _: Any) -> None:
        if event == "return" and frame.f_code is self.code:
            self.seen.update(frame.f_locals)

    def __exit__(self, *_: object) -> None:
        """Listen no more."""
        sys.setprofile(self.before)
