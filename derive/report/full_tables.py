"""Full: what a handout prints with its middle left out, whole and as CSV, to plot or to compute with.

A file per table, a line per step or lag:

    forward.csv          every variable at every step, the values given outside 1 … T included
    backward.csv         every named adjoint, and the terms of its rule
    gradients.csv        what the uses at each step add to each gradient
    lags-….csv           per gradient the paths of each lag: their number, their sum, their share of Σ|products|

and for chapters that are told passes.csv (truncation), sensitivities.csv (forward) and transfer.csv (lags). A vector or
matrix has a column per entry: ``h[1]``, ``dL/dW[1,2]``. What does not exist at a step is left empty. Numbers have 15
decimals, or 15 significant digits where they are small, every one of them certain; logarithms are rounded.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeAlias

from derive.graph import Node
from derive.groups import Accounts
from derive.numbers import Evaluation, Number, is_array, positions, sensitivities
from derive.report.chapters import lags as reach
from derive.report.chapters import truncation as truncated
from derive.report.exhibits import stages as folded
from derive.report.exhibits.certain import decimals
from derive.report.subject import Subject

PLACES = 15
Cells: TypeAlias = Mapping[tuple[str, int], str]
"""Text by column and line."""


def full_tables(subject: Subject) -> dict[str, bytes]:
    """Return every table of the worked example whole, and those of the chapters told, as CSV under their names."""
    files = {
        "forward.csv": _sheet("t", _numbers(subject, _forward)),
        "backward.csv": _sheet("t", _numbers(subject, _backward)),
        "gradients.csv": _sheet("t", _numbers(subject, lambda example: _gradients(subject, example))),
    }
    for label, gradient in subject.derivation.gradients.items():
        files[f"lags-{label}.csv"] = _sheet("lag", _lags(subject, gradient.target))
    for chapter, name, make in CHAPTERS:
        cells = make(subject) if chapter in subject.options.chapters else {}
        if cells:
            files[name] = _sheet("lag" if chapter == "lags" else "t", cells)
    return files


def _sheet(key: str, cells: Cells) -> bytes:
    """A table as CSV: its columns in the order in which they come first, its lines by number."""
    columns = list(dict.fromkeys(column for column, _ in cells))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([key, *columns])
    for line in sorted({line for _, line in cells}):
        writer.writerow([line, *(cells.get((column, line), "") for column in columns)])
    return text.getvalue().encode()


def _numbers(subject: Subject, compute: Callable[[Evaluation], Iterable[tuple[str, int, Number]]]) -> Cells:
    """Numbers by column and line as text, arrays entry by entry."""

    def entries(example: Evaluation) -> dict[tuple[str, int], Number]:
        return {
            (column, line): entry for name, line, value in compute(example) for column, entry in _entries(name, value)
        }

    return decimals(subject, entries, max(PLACES, subject.evaluation.places))


def _entries(name: str, value: Number) -> Iterator[tuple[str, Number]]:
    """A number under its name, or the entries of an array: ``W[1,2]``."""
    if not is_array(value):
        yield name, value
        return
    for place in positions(value):
        yield f"{name}[{','.join(str(at + 1) for at in place)}]", value[place]


def _forward(example: Evaluation) -> Iterator[tuple[str, int, Number]]:
    network = example.unrolled.graph.network
    for name in (*network.data, *network.variables):
        yield from ((name, step, value) for step, value in example.storage[name].items())


def _backward(example: Evaluation) -> Iterator[tuple[str, int, Number]]:
    for name, rule in example.recurrence.rules.items():
        for step in range(1, example.unrolled.steps + 1):
            terms = example.terms(Node(name, step))
            for place, term in enumerate(terms if len(rule.parts) > 1 else (), 1):
                if term is not None:
                    yield f"dL/d{name} term {place}", step, term
            yield f"dL/d{name}", step, example.adjoint(Node(name, step))


def _gradients(subject: Subject, example: Evaluation) -> Iterator[tuple[str, int, Number]]:
    for label, gradient in subject.derivation.gradients.items():
        yield from ((f"dL/d{label}", step, value) for step, value in example.contributions(gradient.target).items())


def _lags(subject: Subject, target: Node) -> Cells:
    def sums(example: Evaluation) -> Iterator[tuple[str, int, Number]]:
        accounts = Accounts(example, target)
        for lag, group in accounts.by_lag().items():
            yield "sum", lag, group.sum
            share = accounts.share(group)
            if share is not None:
                yield "share", lag, share

    counts = subject.derivation.paths(*target).by_lag()
    return {("paths", lag): str(count) for lag, count in counts.items()} | dict(_numbers(subject, sums))


# -- chapters ----------------------------------------------------------------------------------------------------------


def _passes(subject: Subject) -> Cells:
    """Each truncated pass on the line of the step at which it begins."""
    cells: dict[tuple[str, int], str] = {}
    truncation = truncated.truncation(subject)
    for one in truncation.passes if truncation else ():
        cells["back to", one.last] = str(one.first)
        if one.losses:
            cells["losses from", one.last] = str(one.losses[0])
            cells["losses to", one.last] = str(one.losses[-1])
    return cells


def _sensitivities(subject: Subject) -> Cells:
    """The sensitivities of a scalar network by the main parameter, and the derivative of each loss."""
    forward = subject.derivation.forward(*folded.main_parameter(subject))
    label = subject.label(forward.target)

    def found(example: Evaluation) -> Iterator[tuple[str, int, Number]]:
        known = sensitivities(example, forward, range(1, subject.steps + 1))
        scalar = subject.derivation.network.is_scalar
        for node, value in (*(known.named.items() if scalar else ()), *known.losses.items()):
            yield f"d{node.name}/d{label}", node.step or 0, value

    return _numbers(subject, found)


def _transfer(subject: Subject) -> Cells:
    """log₁₀ of the norm and of the spectral radius of the products of transfer Jacobians."""
    found = reach.Reach(subject, folded.main_parameter(subject))
    cells: dict[tuple[str, int], str] = {}
    for lag, sizes in enumerate(found.transfer.products() if found.defined else ()):
        for column, size in zip(("log10 norm", "log10 spectral radius"), sizes, strict=True):
            cells[column, lag] = f"{size:.6f}" if math.isfinite(size) else ""
    return cells


CHAPTERS: tuple[tuple[str, str, Callable[[Subject], Cells]], ...] = (
    ("truncation", "passes.csv", _passes),
    ("forward", "sensitivities.csv", _sensitivities),
    ("lags", "transfer.csv", _transfer),
)
