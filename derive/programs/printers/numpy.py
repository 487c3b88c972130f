"""NumPy: a function of arrays, loss and gradients, that needs NumPy alone."""

from __future__ import annotations

from collections.abc import Iterator

from derive.programs.printers.arrays import Arrays
from derive.programs.printers.drawn import lowest
from derive.programs.printers.layout import INDENT, indented, without_gaps
from derive.programs.printers.python_file import (
    BACKWARDS,
    PYTHON,
    file,
    not_checked,
    returned,
    says,
    signature,
    size_lines,
    sizes,
)
from derive.programs.statements import adjoint

CHECK = """
def difference(given, name, at, step=1e-5):
    \"""Return how L changes with one component of an argument: a central difference.\"""
    losses = []
    for by in (step, -step):
        moved = np.array(given[name], dtype=float)
        moved[at] += by
        losses.append(loss_and_gradients(**{**given, name: moved})[0])
    return (losses[0] - losses[1]) / (2 * step)


def check():
    \"""Compare every gradient with differences of L, at random numbers.\"""
    rng = np.random.default_rng(0)
"""
COMPARED = """
    _, gradients = loss_and_gradients(**given)
    wrong = []
    for name, gradient in gradients.items():
        places = np.ndindex(np.shape(given[name]))
        expected = np.array([difference(given, name, at) for at in places])
        apart = np.abs(np.ravel(gradient) - expected).max()
        apart /= max(1, np.abs(expected).max())
        if apart < 1e-6:
            print(f"{name}: agrees with differences of L ({apart:.0e})")
        else:
            print(f"{name}: DISAGREES with differences of L ({apart:.0e})")
            wrong.append(name)
    if wrong:
        raise AssertionError(f"wrong gradients: {', '.join(wrong)}")
"""


class NumPy(Arrays):
    """Writes the file."""

    target = "numpy"
    library = "np"
    words = (*PYTHON, "np", "check", "difference", "rng", "given", "wrong")

    def program(self) -> str:
        """A function of the arguments, bare: it returns the loss and then each gradient."""
        lines = [line for line in self._passes() if line and not line.lstrip().startswith("#")]
        gradients = (self.names(adjoint(name)) for name in self.network.gradients)
        arguments = (*(() if self.network.data else ("T",)), *map(self.names, self.listing.inputs))
        function = [
            f"def program({', '.join(arguments)}):",
            *indented([*lines, f"return {', '.join(('L', *gradients))}"]),
        ]
        return "\n".join([*(line for lines in self.functions.values() for line in lines), *function]) + "\n"

    def _passes(self) -> list[str]:
        """The lines of both passes."""
        passes = [*self.forward(), "", BACKWARDS, *self.backward()]
        data = [*self.data()]
        return [*self.size_lines(), *data, *without_gaps(passes)]

    def file(self) -> str:
        """The whole file."""
        body = [*self._passes(), "", *returned(self)]
        function = ["def loss_and_gradients(", *signature(self), "):", *indented([says(self), *body])]
        uses_math = any("math." in line for lines in self.functions.values() for line in lines)
        return file(self, [*(["import math", ""] if uses_math else []), "import numpy as np"], function, self.checked())

    def checked(self) -> Iterator[str]:
        """The gradient check at the end of the file."""
        if self.rules:
            yield from not_checked(self.rules)
            return
        low = lowest(self.network)
        yield from CHECK.strip().splitlines()
        yield from indented(size_lines(self))
        yield f"{INDENT}given = {{"
        if not self.network.data:
            yield f'{INDENT * 2}"T": T,'
        for name in self.listing.inputs:
            found = sizes(self, name)
            size = f"({', '.join(found)}{',' if len(found) == 1 else ''})"
            draw = f"rng.normal(size={size})" if low is None else f"rng.uniform({low}, {low + 1}, {size})"
            yield f'{INDENT * 2}"{self.names(name)}": {draw},'
        yield f"{INDENT}}}"
        yield from COMPARED.strip("\n").splitlines()
