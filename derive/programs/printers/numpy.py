"""NumPy: a function of arrays, loss and gradients, that needs NumPy alone."""

from __future__ import annotations

from collections.abc import Iterator

from derive.programs.printers.arrays import PYTHON, Arrays
from derive.programs.printers.layout import INDENT, indented, without_gaps
from derive.programs.statements import adjoint

BACKWARDS = "# Backwards: dL/d…, from the loss of each step to everything before it."
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
    T = 5
"""
COMPARED = """
    _, gradients = loss_and_gradients(**given)
    for name, gradient in gradients.items():
        places = np.ndindex(np.shape(gradient))
        expected = np.array([difference(given, name, at) for at in places])
        apart = np.abs(np.ravel(gradient) - expected).max()
        apart /= max(1, np.abs(expected).max())
        agrees = "agrees" if apart < 1e-6 else "DISAGREES"
        print(f"{name}: {agrees} with differences of L ({apart:.0e})")
"""
MAIN = """

if __name__ == "__main__":
    check()
"""


class NumPy(Arrays):
    """Writes the file."""

    target = "numpy"
    library = "np"
    words = (*PYTHON, "np", "check", "difference", "rng", "given")

    def file(self) -> str:
        """The whole file."""
        body = [*self.forward(), "", BACKWARDS, *self.backward()]
        data = [*self.data()]
        function = [*self.head(), *indented([*self.size_lines(), *data, *without_gaps(body), "", *self.result()])]
        about = [f'"""{next(self.about())}', *[*self.about()][1:], '"""']
        lines = [*about, "", *self.imports(), *self.definitions(), "", "", *function, "", "", *self.checked()]
        return "\n".join([*lines, *MAIN.splitlines()]) + "\n"

    def imports(self) -> Iterator[str]:
        """What the file imports."""
        if any("math." in line for lines in self.functions.values() for line in lines):
            yield "import math"
            yield ""
        yield "import numpy as np"

    def definitions(self) -> Iterator[str]:
        """The functions that the file defines."""
        for lines in self.functions.values():
            yield from ("", "", *lines)

    def head(self) -> Iterator[str]:
        """The signature and what it says."""
        yield "def loss_and_gradients("
        if not self.network.data:
            yield f"{INDENT}T,  # the number of steps"
        for name in self.listing.inputs:
            yield f"{INDENT}{self.names(name)},  # {self.said(name)}"
        yield "):"
        yield f'{INDENT}"""Return the loss L and its gradients, by the names of the arguments."""'

    def result(self) -> Iterator[str]:
        """What is returned."""
        if not self.network.gradients:
            yield "return L, {}"
            return
        yield "return L, {"
        for name in self.network.gradients:
            yield f'{INDENT}"{self.names(name)}": {self.names(adjoint(name))},'
        yield "}"

    def checked(self) -> Iterator[str]:
        """The gradient check at the end of the file."""
        if self.rules:
            yield from not_checked(self.rules)
            return
        yield from CHECK.strip().splitlines()
        for place, size in enumerate(self.every_size):
            yield f"{INDENT}{self.names(f'size {size}')} = {2 + place % 3}"
        yield f"{INDENT}given = {{"
        if not self.network.data:
            yield f'{INDENT * 2}"T": T,'
        for name in self.listing.inputs:
            yield f'{INDENT * 2}"{self.names(name)}": rng.normal(size={self._random_size(name)}),'
        yield f"{INDENT}}}"
        yield from COMPARED.strip("\n").splitlines()

    def _random_size(self, name: str) -> str:
        shape = self.network.shape(self.listing.labels.get(name, name))
        sizes = ["T"] if name in self.network.data else []
        sizes += map(self.size, shape)
        return f"({', '.join(sizes)}{',' if len(sizes) == 1 else ''})"


def not_checked(rules: tuple[str, ...]) -> Iterator[str]:
    """What stands where differences of L would tell nothing."""
    yield "def check():"
    yield f'{INDENT}"""Say why there is nothing to compare the gradients with."""'
    yield f'{INDENT}print("A rule stands in place of a slope: {", ".join(rules)}.")'
    yield f'{INDENT}print("Differences of L do not show these gradients.")'
