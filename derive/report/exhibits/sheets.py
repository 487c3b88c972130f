"""Sheets: tables of the worked example whole, as CSV, a line per step or lag.

A vector or matrix has a column per entry: ``h[1]``, ``dL/dW[1,2]``. What does not exist at a step is left empty. Numbers have
15 decimals, or 15 significant digits where they are small, every one of them certain.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from derive.numbers import Evaluation, Number, is_array, positions
from derive.report.exhibits.printed_numbers import decimals
from derive.report.subject import Subject

PLACES = 15
PENALTY = "penalty"
"""The line of what belongs to no step or lag: the term of L that counts once."""
Line: TypeAlias = "int | str"
Cells: TypeAlias = Mapping[tuple[str, Line], str]
"""Text by column and line."""


@dataclass(frozen=True)
class Sheet:
    """Cells, and what their lines are numbered by: ``t`` or ``lag``."""

    key: str
    cells: Cells

    def csv(self) -> bytes:
        """Return the sheet as CSV: its columns in the order in which they come first, its lines by number."""
        columns = list(dict.fromkeys(column for column, _ in self.cells))
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow([self.key, *columns])
        for line in sorted({line for _, line in self.cells}, key=lambda line: (isinstance(line, str), line)):
            writer.writerow([line, *(self.cells.get((column, line), "") for column in columns)])
        return text.getvalue().encode()


def number_cells(subject: Subject, compute: Callable[[Evaluation], Iterable[tuple[str, Line, Number]]]) -> Cells:
    """Return numbers by column and line as text, arrays entry by entry."""

    def entries(example: Evaluation) -> dict[tuple[str, Line], Number]:
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
