"""Halves: a forward pass that hands what the backward pass looks at over to it, as PyTorch and JAX want it."""

from __future__ import annotations

import ast
import re
import symtable
from collections.abc import Iterable
from dataclasses import dataclass

from derive.programs.printers.arrays import Arrays
from derive.programs.printers.layout import indented, without_gaps
from derive.programs.printers.python_file import BACKWARDS

WORD = re.compile(r"(?<![\w.])[A-Za-z_]\w*")


@dataclass(frozen=True)
class Halves:
    """Both passes as lines, and the names that go from one to the other."""

    forward: tuple[str, ...]
    backward: tuple[str, ...]
    kept: tuple[str, ...]


def halves(printer: Arrays) -> Halves:
    """Return the two passes of a printer, each of which finds T and the sizes that it asks for."""
    forward = [*without_gaps(printer.forward())]
    forward = [*printer.data(), *forward]
    forward = [*_used(printer, forward, printer.size_lines()), *forward]
    sizes = {"T", *(printer.names(f"size {size}") for size in printer.every_size)}
    printer.sizes.clear()
    backward = [*without_gaps(printer.backward())]
    backward = [*_used(printer, backward, printer.size_lines(padded=True)), BACKWARDS, *backward]
    before = {printer.names(name) for name in printer.listing.inputs} | _made(forward)
    looked_at = _not_its_own(backward)
    order = [*(printer.names(name) for name in printer.listing.inputs), *sorted(_made(forward))]
    kept = tuple(name for name in dict.fromkeys(order) if name in (before & looked_at) - sizes)
    return Halves(tuple(forward), tuple(backward), kept)


def _used(printer: Arrays, lines: list[str], sizes: Iterable[str]) -> list[str]:
    """The lines that find T and the sizes, without that of T where it is not asked for."""
    first, *others = [*sizes] or [""]
    return [first, *others] if "T" in _words([*others, *lines]) or not printer.network.data else others


def _words(lines: list[str]) -> set[str]:
    """The names in lines of code, comments left out."""
    return {word for line in lines if not line.lstrip().startswith("#") for word in WORD.findall(line)}


def _not_its_own(lines: list[str]) -> set[str]:
    """The names that the body of a function, and functions in it, look at and nothing in it gives a value."""
    waiting = symtable.symtable("\n".join(["def body():", *indented([*lines, "pass"])]), "body", "exec").get_children()
    found: set[str] = set()
    while waiting:
        table = waiting.pop()
        waiting += table.get_children()
        found |= {symbol.get_name() for symbol in table.get_symbols() if symbol.is_global()}
    return found


def _made(lines: list[str]) -> set[str]:
    """The names that the statements of a function give a value, what is inside a loop or a function left out."""
    assigned = [node for node in ast.parse("\n".join(lines)).body if isinstance(node, ast.Assign)]
    targets = (name for node in assigned for target in node.targets for name in ast.walk(target))
    stored = {node.id for node in targets if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    return stored - {"_"}
