"""NumPy: a function of arrays, loss and gradients, that needs NumPy alone."""

from __future__ import annotations

from collections.abc import Iterator

from derive.characters import visible
from derive.equations import Expr
from derive.equations import expression as ex
from derive.network import Network
from derive.programs.printers.arrays import Arrays
from derive.programs.printers.layout import INDENT, indented
from derive.programs.statements import adjoint

FUNCTION = "loss_and_gradients"


class NumPy(Arrays):
    """Writes the file."""

    target = "numpy"
    library = "np"
    taken = (FUNCTION, "check", "difference", "rng", "given", "gradients", "name", "at")

    def file(self) -> str:
        """The whole file."""
        body = [
            *self.forward(),
            "",
            "# Backwards: dL/d…, from the loss of each step to everything before it.",
            *self.backward(),
        ]
        data = [*self.data()]
        lines = [*_documented(self), "", *self.imports(), *self.definitions()]
        lines += [
            "",
            "",
            *self.head(),
            *indented([*self.size_lines(), *data, *_without_gaps(body), "", *self.result()]),
        ]
        lines += ["", "", *self.checked()]
        return "\n".join(lines) + "\n"

    def imports(self) -> Iterator[str]:
        """What the file imports."""
        text = "\n".join(self.functions.values())
        if "math." in text:
            yield "import math"
            yield ""
        yield "import numpy as np"

    def definitions(self) -> Iterator[str]:
        """The functions that the file defines."""
        for text in self.functions.values():
            yield ""
            yield ""
            yield from text.split("\n")

    def head(self) -> Iterator[str]:
        """The signature and what it says."""
        yield f"def {FUNCTION}("
        if not self.network.data:
            yield f"{INDENT}T,  # the number of steps"
        for name in self.listing.inputs:
            yield f"{INDENT}{self.names(name)},  # {self.said(name)}"
        yield "):"
        yield f'{INDENT}"""Return the loss L and its gradients, by the names of the arguments."""'

    def said(self, name: str) -> str:
        """The shape of an argument, in a word."""
        network = self.network
        owner = self.listing.labels.get(name, name)
        sizes = list(network.shape(owner))
        if name in network.data:
            return f"({', '.join(['T', *sizes])})" if sizes else "(T,)"
        return f"({', '.join(sizes)}{',' if len(sizes) == 1 else ''})" if sizes else "a number"

    def result(self) -> Iterator[str]:
        """What is returned."""
        if not self.network.gradients:
            yield "return L, {}"
            return
        yield "return L, {"
        for name in self.network.gradients:
            yield f'{INDENT}"{self.names(name)}": {self.names(adjoint(name))},'
        yield "}"

    def rules(self) -> tuple[str, ...]:
        """The functions that have a rule in place of their slope."""
        found = (call for rule in self.network.rules.values() for call in _calls(rule))
        return tuple(dict.fromkeys(call.definition.name for call in found if call.definition.rule))

    def checked(self) -> Iterator[str]:
        """The gradient check at the end of the file."""
        network = self.network
        if self.rules():
            yield from _no_check(self.rules())
            return
        sizes = dict.fromkeys(size for shape in network.shapes.values() for size in shape if size != "1")
        yield "def difference(given, name, at, step=1e-5):"
        yield f'{INDENT}"""Return how L changes with one component of an argument: a central difference."""'
        yield f"{INDENT}losses = []"
        yield f"{INDENT}for by in (step, -step):"
        yield f"{INDENT * 2}moved = np.array(given[name], dtype=float)"
        yield f"{INDENT * 2}moved[at] += by"
        yield f"{INDENT * 2}losses.append({FUNCTION}(**{{**given, name: moved}})[0])"
        yield f"{INDENT}return (losses[0] - losses[1]) / (2 * step)"
        yield ""
        yield ""
        yield "def check():"
        yield f'{INDENT}"""Compare every gradient with differences of L, at random numbers."""'
        yield f"{INDENT}rng = np.random.default_rng(0)"
        yield f"{INDENT}T = 5"
        for place, size in enumerate(sizes):
            yield f"{INDENT}{self.names(f'size {size}')} = {2 + place % 3}"
        yield f"{INDENT}given = {{"
        if not network.data:
            yield f'{INDENT * 2}"T": T,'
        for name in self.listing.inputs:
            shape = network.shape(self.listing.labels.get(name, name))
            whole = [
                *(["T"] if name in network.data else []),
                *("1" if size == "1" else self.names(f"size {size}") for size in shape),
            ]
            yield f'{INDENT * 2}"{self.names(name)}": rng.normal(size=({", ".join(whole)}{"," if len(whole) == 1 else ""})),'
        yield f"{INDENT}}}"
        yield f"{INDENT}_, gradients = {FUNCTION}(**given)"
        yield f"{INDENT}for name, gradient in gradients.items():"
        yield f"{INDENT * 2}places = np.ndindex(np.shape(gradient))"
        yield f"{INDENT * 2}expected = np.array([difference(given, name, at) for at in places])"
        yield f"{INDENT * 2}apart = np.abs(np.ravel(gradient) - expected).max()"
        yield f"{INDENT * 2}apart /= max(1, np.abs(expected).max())"
        yield f'{INDENT * 2}agrees = "agrees" if apart < 1e-6 else "DISAGREES"'
        yield f'{INDENT * 2}print(f"{{name}}: {{agrees}} with differences of L ({{apart:.0e}})")'
        yield ""
        yield ""
        yield 'if __name__ == "__main__":'
        yield f"{INDENT}check()"


def _no_check(rules: tuple[str, ...]) -> Iterator[str]:
    """What stands where differences of L would tell nothing."""
    yield "def check():"
    yield f'{INDENT}"""Say why there is nothing to compare the gradients with."""'
    yield f'{INDENT}print("A rule stands in place of a slope: {", ".join(rules)}.")'
    yield f'{INDENT}print("Differences of L do not show these gradients.")'
    yield ""
    yield ""
    yield 'if __name__ == "__main__":'
    yield f"{INDENT}check()"


def _calls(expr: Expr) -> Iterator[ex.Defined]:
    for child in ex.children(expr):
        yield from _calls(child)
    if isinstance(expr, ex.Defined):
        yield expr
        yield from _calls(expr.definition.value)


def _documented(printer: NumPy) -> Iterator[str]:
    """What the file is about: the equations, and what the names mean."""
    network = printer.network
    yield f'"""{title(network)}: the loss and its gradients, by backpropagation through time.'
    yield ""
    for name, rule in network.rules.items():
        yield f"    {printer.formula.equation(name, rule)}"
    yield f"    {total(network)}"
    yield ""
    yield "dh is dL/dh, for any name h. Step t of the equations is row t - 1 here: t counts from 0."
    yield '"""'


def _without_gaps(lines: list[str]) -> list[str]:
    """Lines without an empty one at the beginning, or two in a row."""
    found: list[str] = []
    for line in lines:
        if line or (found and found[-1]):
            found.append(line)
    return found


def title(network: Network) -> str:
    """What the network is called, in characters that end no comment and no text."""
    given = " ".join(visible(network.title.get("en", "") or network.name).split())
    return given.translate({ord('"'): "'", ord("\\"): "/"}).replace("*/", "* /")


def total(network: Network) -> str:
    """L, in terms of the losses of the steps."""
    loss = network.loss
    match network.loss_at:
        case "every":
            whole = f"Σ_t {loss}_t"
        case "last":
            whole = f"{loss}_T"
        case steps:
            whole = " + ".join(f"{loss}_{step}" for step in steps)
    if network.reduction == "sum" or network.loss_at == "last":
        return f"L = {whole}"
    count = "T" if network.loss_at == "every" else str(len(network.loss_at))
    return f"L = ({whole})/{count}"
