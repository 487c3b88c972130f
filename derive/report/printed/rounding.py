"""Rounding: how far apart the sides of a statement about printed numbers may be, because these are rounded."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator

from derive.notation.formula import Formula, Matrix, Minus, Number, Row, Sign, inside
from derive.notation.items import Items
from derive.notation.linear import entries
from derive.notation.value import meaning
from derive.report.printed.glossary import Glossary
from derive.report.printed.statements import Statement


def unit(statement: Statement, glossary: Glossary, places: int) -> float:
    """Return one in the last place of the coarsest number of a result, or more where rounded numbers are reckoned with.

    Among these, what has fewer than so many ``places`` was given, and is exact.
    """
    results = statement.sides[2:] if statement.reckoned else ()
    printed = _coarsest(itertools.chain(*results)) or _coarsest(statement.formulas)
    reckoned = statement.sides[1:-1] if statement.reckoned else ()
    return max((printed, *(_moved(side, glossary, 1.5 * 10.0**-places) for side in reckoned)))


def _coarsest(formulas: Iterable[Formula]) -> float:
    numbers = (formula for formula in inside(formulas) if isinstance(formula, Number) and "." in formula.text)
    return max(map(_last_place, numbers), default=0.0)


def _last_place(printed: Number) -> float:
    return float(10.0 ** ((printed.exponent or 0) - len(printed.text.partition(".")[2])))


def _moved(side: Items, glossary: Glossary, coarsest: float) -> float:
    """How far the rounding of the numbers in a side moves an entry of it: each by half a unit, one after another."""
    found = entries(meaning(side, glossary)({}))
    change = [0.0] * len(found)
    for place, item in enumerate(side):
        for half in _half_a_unit_more(item, coarsest):
            moved = entries(meaning((*side[:place], *half, *side[place + 1 :]), glossary)({}))
            change = [so_far + abs(a - b) for so_far, a, b in zip(change, moved, found, strict=True)]
    return max(change)


def _half_a_unit_more(item: Formula, coarsest: float) -> Iterator[Items]:
    """A rounded number with half a unit of its last place more; a matrix with one of its entries so, for each."""
    match item:
        case Number(text) if "." in text and _last_place(item) <= coarsest:
            yield (Sign("("), item, Sign("+"), Number(f"{_last_place(item) / 2:.30f}"), Sign(")"))
        case Matrix(rows):
            for at, row in enumerate(rows):
                for number, entry in enumerate(row):
                    for more in _half_a_unit_more(entry.body if isinstance(entry, Minus) else entry, coarsest):
                        larger = Minus(Row(more)) if isinstance(entry, Minus) else Row(more)
                        yield (Matrix((*rows[:at], (*row[:number], larger, *row[number + 1 :]), *rows[at + 1 :])),)
