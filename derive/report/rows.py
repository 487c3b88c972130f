"""Rows: the values of many handouts, one row for each — a table, or ranges to draw from.

A table is a CSV file: a line for each row, a column for its ``name`` and one for each value, written as after ``--set``; an
empty cell leaves the network's own, and lines above the table may begin with #. Ranges are a TOML file: how many ``rows``,
``[values]`` that all have, and under ``[ranges]`` from where to where a value is drawn, in which steps. What is drawn depends
on the seed, the number of the row and the name of the value alone: another range, or more rows, leaves the others as they are.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

from derive.errors import ValuesError
from derive.graph import Node
from derive.limits import Limits
from derive.network import Given, Network, check_file_name, load_table, read, read_value
from derive.numbers import Exact, Values, initial_label, resolve

NAME = "name"
RANGE = "{ from = -1, to = 1, step = 0.1 }"


@dataclass(frozen=True)
class Row:
    """The values of one handout; ``name`` is that of its folder, ``where`` says in messages where it was read."""

    name: str
    values: Mapping[str, Given]
    where: str = ""


def rows_of(file: Path, network: Network, steps: int, seed: int = 0) -> tuple[Row, ...] | None:
    """Return the rows of a table or of ranges; None for a file that has the values of one handout.

    Raises `ValuesError` for what is wrong with the file as a whole, with its line.
    """
    if file.suffix.lower() == ".csv":
        return tuple(_table(file, network.limits))
    if file.suffix.lower() != ".toml":
        return None
    table = load_table(file, network.limits)
    return tuple(_drawn(file, table, network, steps, seed)) if "ranges" in table else None


def _table(file: Path, limits: Limits) -> Iterator[Row]:
    """The rows of a CSV file, with commas or, as spreadsheets write it in much of Europe, with semicolons between."""
    lines = read(file, ValuesError, limits).splitlines()
    above = next((number for number, line in enumerate(lines) if not line.startswith("#")), len(lines))
    head = "".join(lines[above : above + 1])
    reader = csv.reader(lines[above:], delimiter=";" if ";" in head and "," not in head else ",", strict=True)
    names: dict[str, int] = {}
    try:
        columns = [column.strip() for column in next(reader, [])]
        _hold_columns(f"{file}: line {above + 1}: ", columns)
        for cells in reader:
            where = f"{file}: line {above + reader.line_num}: "
            if not any(map(str.strip, cells)):
                continue
            if len(cells) != len(columns):
                wrong = f"it has {len(cells)} cells, and the first line {len(columns)}"
                raise ValuesError(f'{where}{wrong}; a list stands in quotes, "1,0,-1"')
            told = {column: cell.strip() for column, cell in zip(columns, cells, strict=True) if cell.strip()}
            name = told.pop(NAME, str(len(names) + 1))
            yield _row(name, {key: read_value(key, cell) for key, cell in told.items()}, where, names)
    except csv.Error as error:
        raise ValuesError(f"{file}: line {above + reader.line_num}: it is no CSV ({error})") from None
    if not names:
        raise ValuesError(f"{file}: it has no rows; under the names of the values write one for each handout")


def _hold_columns(where: str, columns: list[str]) -> None:
    """The first line names each value once."""
    twice = next((column for column in columns if columns.count(column) > 1), None)
    if not columns or "" in columns or twice is not None:
        right = f"such as {NAME},w_h,x"
        wrong = f"{twice} stands there twice" if twice else "a column has no name"
        raise ValuesError(f"{where}it has to name the values, each once, {right}; {wrong}")


def _row(name: str, values: Mapping[str, Given], where: str, names: dict[str, int]) -> Row:
    """A row whose name is that of a folder, and nobody else's, also where capitals do not count."""
    check_file_name(where, name)
    if name.casefold() in names:
        raise ValuesError(f"{where}there is a row {name} already; every handout needs a name of its own")
    names[name.casefold()] = 1
    return Row(name, values, where)


def _drawn(file: Path, table: Mapping[str, Any], network: Network, steps: int, seed: int) -> Iterator[Row]:
    """So many rows with values drawn from ranges, each on a grid that begins at one end."""
    where = f"{file}: "
    unknown = set(table) - {"rows", "values", "ranges"}
    count, common, ranges = table.get("rows"), table.get("values", {}), table["ranges"]
    if unknown or not isinstance(common, dict) or not isinstance(ranges, dict) or not ranges:
        raise ValuesError(f"{where}it has rows, [values] and [ranges], such as w_h = {RANGE}{_names(unknown)}")
    if isinstance(count, bool) or not isinstance(count, int) or count < 1:
        raise ValuesError(f"{where}rows has to be how many handouts there are to be, such as rows = 30")
    grids = {name: _grid(f"{where}ranges.{name}", given) for name, given in ranges.items()}
    known = resolve(network, steps, {**common, **{name: first for name, (first, _, _) in grids.items()}})
    like = {name: _known(known, network, name) for name in ranges}
    for number in range(1, count + 1):
        name = f"{number:0{len(str(count))}}"
        drawn = {key: _like(like[key], _draws(f"{seed}/{number}/{key}", *grids[key])) for key in ranges}
        yield Row(name, {**common, **drawn}, where)


def _names(unknown: set[str]) -> str:
    return f", and no {', '.join(sorted(unknown))}" if unknown else ""


def _grid(where: str, given: object) -> tuple[Decimal, Decimal, int]:
    """Where a range begins, in which steps, and how many there are."""
    if not isinstance(given, dict) or set(given) != {"from", "to", "step"}:
        raise ValuesError(f"{where} has to say from where to where, and in which steps, such as {RANGE}")
    numbers = [given[key] for key in ("from", "to", "step")]
    if any(isinstance(number, bool) or not isinstance(number, int | Decimal) for number in numbers):
        raise ValuesError(f"{where} has to be of numbers, such as {RANGE}")
    first, last, step = map(Decimal, numbers)
    if not (step > 0 and last >= first):
        raise ValuesError(f"{where} has to go upwards, in steps greater than 0, such as {RANGE}")
    return first, step, int((last - first) // step)


def _draws(seed: str, first: Decimal, step: Decimal, most: int) -> Callable[[], Decimal]:
    """What gives the next number drawn."""
    chance = Random(seed)  # noqa: S311 - the same in every run, and no secret
    return lambda: first + step * chance.randint(0, most)


def _known(values: Values, network: Network, name: str) -> Exact:
    """The value of a name as it is given: of data one per step."""
    if name in network.data:
        return tuple(values[Node(name, step)] for step in range(1, values.steps + 1))
    return next(value for node, value in values.of.items() if name in (node.name, initial_label(node, values.steps)))


def _like(value: Exact, draw: Callable[[], Decimal]) -> Given:
    """As many numbers as a value has, drawn, in its shape."""
    return [_like(entry, draw) for entry in value] if isinstance(value, tuple) else draw()
