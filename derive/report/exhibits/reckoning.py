"""Reckoning: what a reader gets who reckons with printed numbers exactly — as fractions, in rows and columns.

A number is a matrix of one entry, which scales what it stands beside; else factors side by side are the matrix product, and
⊙ and + go entry by entry, a single row or column repeated where it stands beside a matrix.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from fractions import Fraction
from functools import reduce
from itertools import chain
from typing import TypeAlias

from derive.notation import formula as fm
from derive.notation.formula import Formula

Entries: TypeAlias = tuple[tuple[Fraction, ...], ...]
"""Numbers row by row."""


def reckoned(printed: Formula) -> Entries:
    """What a reader gets who reckons with the printed numbers exactly."""
    match printed:
        case fm.Number(text, exponent):
            return ((Fraction(text) * Fraction(10) ** (exponent or 0),),)
        case fm.Minus(body):
            return tuple(tuple(-entry for entry in row) for row in reckoned(body))
        case fm.Group(body=body) | fm.Colored(body=body) | fm.Column(body=body):
            return reckoned(body)
        case fm.Fraction(top, bottom):
            return ((_single(top) / _single(bottom),),)
        case fm.Matrix(rows):
            return tuple(tuple(map(_single, row)) for row in rows)
        case fm.Transposed(body):
            return tuple(zip(*reckoned(body), strict=True))
        case fm.Sum(summands):
            return reduce(_by_entry(operator.add), map(reckoned, summands))
        case fm.Product(factors, "⊙"):
            return reduce(_by_entry(operator.mul), map(reckoned, factors))
        case fm.Product(factors):
            return reduce(_times, map(reckoned, factors))
        case _:
            raise AssertionError(printed)


def agree(before: Formula, after: Formula, places: int) -> bool:
    """Whether the first, reckoned out and rounded as the second is, gives the second; a 0 is rounded to so many places."""
    ours, printed = (list(chain(*reckoned(each))) for each in (before, after))
    units = [last_place(number, places) for number in entries(after)]
    return all(abs(_rounded(a, unit) - b) < unit / 2 for a, b, unit in zip(ours, printed, units, strict=True))


def entries(printed: Formula) -> tuple[Formula, ...]:
    """The numbers of a number, a vector or a matrix in print, row by row."""
    return tuple(chain(*printed.rows)) if isinstance(printed, fm.Matrix) else (printed,)


def last_place(printed: Formula, places: int) -> Fraction:
    """What one in the last digit of a printed number counts; of a 0, which has none, so many places."""
    match printed:
        case fm.Number("0"):
            return Fraction(10) ** -places
        case fm.Number(text, exponent):
            return Fraction(10) ** ((exponent or 0) - len(text.partition(".")[2]))
        case fm.Minus(body):
            return last_place(body, places)
        case _:
            raise AssertionError(printed)


def _single(printed: Formula) -> Fraction:
    ((entry,),) = reckoned(printed)
    return entry


def _by_entry(operate: Callable[[Fraction, Fraction], Fraction]) -> Callable[[Entries, Entries], Entries]:
    """An operation on entries in the same place; a single row or column is repeated."""

    def operated(one: Entries, other: Entries) -> Entries:
        rows, columns = (max(map(size, (one, other))) for size in (len, lambda each: len(each[0])))
        return tuple(
            tuple(operate(_at(one, row, column), _at(other, row, column)) for column in range(columns))
            for row in range(rows)
        )

    return operated


def _at(of: Entries, row: int, column: int) -> Fraction:
    return of[row % len(of)][column % len(of[0])]


def _times(one: Entries, other: Entries) -> Entries:
    """Factors side by side: a single number scales."""
    if {1} == {len(one), len(one[0])} or {1} == {len(other), len(other[0])}:
        return _by_entry(operator.mul)(one, other)
    columns = tuple(zip(*other, strict=True))
    return tuple(tuple(sum(map(operator.mul, row, column), Fraction(0)) for column in columns) for row in one)


def _rounded(value: Fraction, unit: Fraction) -> Fraction:
    """The nearest multiple of a unit; a half goes away from 0."""
    size = (abs(value) / unit + Fraction(1, 2)).__floor__() * unit
    return -size if value < 0 else size
