"""Program: loss and gradients as one compiled function, for evaluating them many times.

It is the code that `derive.programs.code` writes, as a function: for floats in NumPy's arrays the file's own, with what does
not wait for its neighbour done for all steps at once, else the loop with its operations handed to a number system
(`ProgramWriter`). Cost: a small multiple of the loss alone, whatever the number of parameters.
"""

from __future__ import annotations

import builtins
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, TypeAlias

from derive.errors import ValuesError
from derive.graph import LENGTH_NODE
from derive.numbers import FLOAT, System, Values, arrays, defined, initial_label
from derive.programs.listing import listing
from derive.programs.statements import Listing
from derive.programs.straight import common, straight
from derive.programs.writer import ProgramWriter
from derive.recurrence import Recurrence
from derive.shown import Seen

Arguments: TypeAlias = Mapping[str, Any]
"""Per parameter its value; per datum a sequence of T values; what is looked at outside 1 … T by its label, as ``h_0``."""


@dataclass(frozen=True, repr=False)
class Program(Seen):
    """A network's loss and gradients, compiled for a number system.

    >>> from derive import derive
    >>> program = Program(derive("elman", 2).recurrence)
    >>> given = {"w_x": 1.0, "w_h": 1.0, "w_y": 1.0, "x": [1.0, 1.0], "yhat": [0.0, 0.0], "h_0": 0.0}
    >>> loss, gradients = program(2, given)
    >>> round(loss, 4), round(gradients["w_h"], 4)
    (0.7343, 0.0799)
    """

    recurrence: Recurrence
    system: System = FLOAT

    def __getstate__(self) -> dict[str, Any]:
        """What it is made of, which is all that crosses to another process; it is compiled anew there."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def __call__(self, steps: int, arguments: Arguments) -> tuple[Any, dict[str, Any]]:
        """Return L and the gradient of every parameter, initial value (``h_0``) and, step by step, datum asked for.

        Raises `ValuesError` for an argument that is missing, or data of another length than T, and `StepsError` if T ends
        before the last loss of a list.
        """
        if steps not in self._checked:
            self.recurrence.graph.network.check_length(steps)
            self._checked.add(steps)
        try:
            given = [arguments[name] for name in self._inputs]
        except KeyError as missing:
            raise ValuesError(f"{self._where}no value for {missing.args[0]}; needed are {self._needed}") from None
        for place, name in self._data:
            if len(given[place]) != steps:
                raise ValuesError(f"{self._where}{name} has {len(given[place])} values for T = {steps} steps")
        found = self._function(steps, *given)
        return found[0], dict(zip(self._targets, found[1:], strict=True))

    def arguments(self, values: Values) -> dict[str, Any]:
        """Return the values of a worked example (`derive.numbers.resolve`) in this number system, as a program takes them."""
        network = self.recurrence.graph.network
        found: dict[str, Any] = {name: [] for name in network.data}
        for node, value in values.of.items():
            if node == LENGTH_NODE:
                continue
            inside = node.step is not None and 1 <= node.step <= values.steps
            if inside:
                found[node.name].append(self.system.constant(value))
            else:
                label = node.name if node.step is None else initial_label(node, values.steps)
                found[label] = self.system.constant(value)
        return found

    @property
    def _where(self) -> str:
        return self.recurrence.graph.network.where

    @property
    def _needed(self) -> str:
        return ", ".join(self._inputs)

    @cached_property
    def _listing(self) -> Listing:
        return listing(self.recurrence)

    @cached_property
    def _checked(self) -> set[int]:
        """The numbers of steps that are known to be long enough."""
        return set()

    @cached_property
    def _inputs(self) -> tuple[str, ...]:
        return self._listing.inputs

    @cached_property
    def _targets(self) -> tuple[str, ...]:
        return self._listing.network.gradients

    @cached_property
    def _data(self) -> tuple[tuple[int, str], ...]:
        """The data, with their place among the arguments."""
        return tuple((place, name) for place, name in enumerate(self._inputs) if name in self._listing.network.data)

    @cached_property
    def _function(self) -> Callable[..., Any]:
        if self._in_arrays:
            return self._of_arrays()
        scalar = self.recurrence.graph.network.is_scalar
        chosen = {**self.system.functions, **(self.system.on_scalars if scalar else {}), "zeros": self.system.zeros}
        functions = {f"F_{name}": function for name, function in chosen.items()}
        source = self.source
        constants = {f"C{place}": self.system.exact(value) for value, place in self._writer.constants.items()}
        scope: dict[str, Any] = {**functions, **constants, "range": range}
        return defined(source, "program", scope)

    @property
    def _in_arrays(self) -> bool:
        return self.system.origin is arrays

    def _of_arrays(self) -> Callable[..., Any]:
        """The function of NumPy, which takes the data as arrays, and T only where there are none."""
        import numpy as np  # noqa: PLC0415

        # NumPy imports parts of itself when they are first used, by what the caller's builtins are.
        function = defined(self.source, "program", {"np": np, "math": math, "__builtins__": builtins})
        places = [place for place, _ in self._data]

        def program(steps: int, *given: Any) -> Any:
            if not places:
                return function(steps, *given)
            arguments = [*given]
            for place in places:
                arguments[place] = np.asarray(given[place])
            return function(*arguments)

        return program

    @cached_property
    def _writer(self) -> ProgramWriter:
        return ProgramWriter(straight(self._listing))

    @cached_property
    def source(self) -> str:
        """The Python source of the function."""
        if not self._in_arrays:
            return self._writer.text
        # What writes code of arrays is loaded where that is asked for.
        from derive.programs.ahead import ahead  # noqa: PLC0415
        from derive.programs.printers.names import Numbered  # noqa: PLC0415
        from derive.programs.printers.numpy import NumPy  # noqa: PLC0415
        from derive.programs.repeated import repeated  # noqa: PLC0415

        return NumPy(repeated(ahead(common(self._listing))), Numbered).program()
