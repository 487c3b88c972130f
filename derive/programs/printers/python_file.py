"""A file of Python: what all have in common, from the first line to the last."""

from __future__ import annotations

import keyword
from collections.abc import Iterable, Iterator

from derive.programs.printers.layout import INDENT
from derive.programs.printers.printer import Printer
from derive.programs.statements import adjoint

PYTHON = (*keyword.kwlist, "len", "range", "reversed", "math", "T", "L", "t", "loss_and_gradients")
"""Words of Python, and of every file in it."""
BACKWARDS = "# Backwards: dL/d…, from the loss of each step to all it is made of."
MAIN = ("", "", 'if __name__ == "__main__":', f"{INDENT}check()")
RUN = "Run as a program, this file checks its gradients."
OUTSIDE = "Steps outside 1 … T that are looked at have rows behind that of step T, where index -1 is step 0."


def file(printer: Printer, imports: Iterable[str], *parts: Iterable[str]) -> str:
    """Return a file: what it is about, imports, the functions it defines, then parts with two empty lines before each."""
    about, *more = printer.about()
    found = [*imports]
    lines = [f'"""{about}', *more, '"""', *([""] if found else []), *found]
    for part in (*printer.functions.values(), *parts):
        lines += ["", "", *part]
    return "\n".join([*lines, *MAIN]) + "\n"


def signature(printer: Printer, *first: str) -> Iterator[str]:
    """The arguments of a function, each with its shape."""
    yield from (f"{INDENT}{name}," for name in first)
    if not printer.network.data:
        yield f"{INDENT}T,  # the number of steps"
    for name in printer.listing.inputs:
        yield f"{INDENT}{printer.names(name)},  # {printer.said(name)}"


def documented(says: str, lines: Iterable[str]) -> Iterator[str]:
    """The lines of a function with what it returns, as a text below its head."""
    head, *body = lines
    yield from (head, f'{INDENT}"""Return {says}."""', *body)


def says(printer: Printer) -> str:
    """What the function returns."""
    first = next(iter(printer.network.gradients), None)
    if first is None:
        return '"""Return the loss L, and no gradients, since there are none to be asked for."""'
    name = printer.names(first)
    return f'"""Return the loss L, and its gradients by name: "{name}" is that by {name}."""'


def returned(printer: Printer) -> Iterator[str]:
    """The loss, and the gradients by name."""
    if not printer.network.gradients:
        yield "return L, {}"
        return
    yield "return L, {"
    for name in printer.network.gradients:
        yield f'{INDENT}"{printer.names(name)}": {printer.names(adjoint(name))},'
    yield "}"


def given_back(printer: Printer) -> Iterator[str]:
    """A gradient per argument, ∂L/∂L times ours; None, with its name, for one that is not differentiated by."""
    for name in printer.listing.inputs:
        wanted = name in printer.network.gradients
        yield f"dL * {printer.names(adjoint(name))}," if wanted else f"None,  # {printer.names(name)}"


def size_lines(printer: Printer) -> Iterator[str]:
    """Small sizes for a check, each different from its neighbours."""
    yield "T = 5"
    for place, size in enumerate(printer.every_size):
        yield f"{printer.names(f'size {size}')} = {2 + place % 3}"


def sizes(printer: Printer, name: str) -> list[str]:
    """The sizes of an argument, that of data with T in front."""
    shape = printer.network.shape(printer.listing.labels.get(name, name))
    found = [*map(printer.size, shape)]
    return ["T", *found] if name in printer.network.data else found


def not_checked(rules: tuple[str, ...]) -> Iterator[str]:
    """What stands where differences of L would tell nothing."""
    yield "def check():"
    yield f'{INDENT}"""Say why there is nothing to compare the gradients with."""'
    yield f'{INDENT}print("A rule stands in place of a slope: {", ".join(rules)}.")'
    yield f'{INDENT}print("Differences of L do not show these gradients.")'
