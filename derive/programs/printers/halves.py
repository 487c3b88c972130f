"""Halves: a forward pass that hands what the backward pass looks at over to it, as PyTorch and JAX want it."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from derive.programs.printers.arrays import Arrays
from derive.programs.printers.layout import without_gaps
from derive.programs.printers.python_file import BACKWARDS
from derive.programs.statements import adjoint

WORD = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True)
class Halves:
    """Both passes as lines, and the names that go from one to the other."""

    forward: tuple[str, ...]
    backward: tuple[str, ...]
    kept: tuple[str, ...]


def halves(printer: Arrays) -> Halves:
    """Return the two passes of a printer, each of which finds T and the sizes that it asks for."""
    forward = [*without_gaps(printer.forward())]
    forward = [*printer.size_lines(), *printer.data(), *forward]
    sizes = {"T", *(printer.names(f"size {size}") for size in printer.every_size)}
    printer.sizes.clear()
    backward = [*without_gaps(printer.backward())]
    own = [*printer.size_lines(padded=True)]
    if printer.network.data and "T" not in _words(backward):
        own = own[1:]
    backward = [*own, BACKWARDS, *backward]
    before = {printer.names(name) for name in printer.listing.inputs} | _made(forward)
    looked_at = _words(backward) - {printer.names(adjoint(name)) for name in printer.network.gradients}
    order = [*(printer.names(name) for name in printer.listing.inputs), *sorted(_made(forward))]
    kept = tuple(name for name in dict.fromkeys(order) if name in (before & looked_at) - sizes)
    return Halves(tuple(forward), tuple(backward), kept)


def _words(lines: list[str]) -> set[str]:
    """The names in lines of code, comments left out."""
    return {word for line in lines if not line.lstrip().startswith("#") for word in WORD.findall(line)}


def _made(lines: list[str]) -> set[str]:
    """The names that the statements of a function give a value, what is inside a loop or a function left out."""
    assigned = [node for node in ast.parse("\n".join(lines)).body if isinstance(node, ast.Assign)]
    targets = (name for node in assigned for target in node.targets for name in ast.walk(target))
    stored = {node.id for node in targets if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    return stored - {"_"}
