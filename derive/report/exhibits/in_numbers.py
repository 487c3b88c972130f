"""In numbers: an expression as it is printed, with numbers in the places of names — vectors and matrices in their brackets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, replace
from typing import Any

from derive.equations import Expr
from derive.equations import expression as ex
from derive.notation import formula as fm
from derive.notation.express import Clock, Notation, T
from derive.notation.formula import Column, Formula, Matrix, Minus, Number, Times, Transposed
from derive.notation.items import spelled
from derive.numbers import Decimals
from derive.recurrence import ADJOINT


@dataclass(frozen=True)
class InNumbers(Notation):
    """How a network prints its expressions, where ``value`` says what stands in the place of one, if anything does."""

    value: Callable[[Expr], Formula | None] = field(default=lambda _: None, repr=False, compare=False)

    @classmethod
    def of(cls, notation: Notation, value: Callable[[Expr], Formula | None]) -> InNumbers:
        """A notation with numbers in the places of names."""
        return cls(**{each.name: getattr(notation, each.name) for each in fields(notation)}, value=value)

    def formula(self, expr: Expr, clock: Clock = T, sign: Times = "") -> Formula:
        """An expression in print, a part of it that has a value as this."""
        found = self.value(expr)
        return super().formula(expr, clock, sign) if found is None else found

    def componentwise(self, vectors: tuple[Expr, ...], clock: Clock) -> Formula:
        """Vectors or matrices joined by ⊙, ones among them, whose numbers say how large they are."""
        return fm.times(*(self.formula(each, clock) for each in vectors), sign="⊙")

    def written(self, expr: Expr, clock: Clock) -> Formula:
        """An expression in print, with dots between the numbers of a scalar network; what is transposed lies as it has to."""
        return turned(self.formula(expr, clock, "·" if self.network.is_scalar else ""))


def turned(formula: Formula) -> Formula:
    """A formula in which rows of what is transposed are its columns."""
    match formula:
        case Transposed(Matrix(rows)):
            return Matrix(tuple(zip(*rows, strict=True)))
        case Column(body, other):
            return Column(turned(body), turned(other))
        case _:
            return _with_parts(formula, turned)


def over(symbol: Formula, number: Formula) -> Formula:
    """A symbol over its value, which is bracketed if it begins with a minus."""
    return Column(symbol, fm.grouped(number) if isinstance(number, Minus) else number)


def opened(formula: Formula, *, first: bool) -> Formula:
    """A term whose values stand without brackets where nothing is before them: ``first`` in a line, and in brackets."""
    match formula:
        case Column(symbol, fm.Group(Minus() as number)) if first:
            return Column(symbol, number)
        case fm.Sum((head, *rest)):
            return fm.Sum((opened(head, first=first), *(opened(each, first=False) for each in rest)))
        case fm.Product((head, *rest), sign):
            return fm.Product((opened(head, first=first), *(opened(each, first=False) for each in rest)), sign)
        case Minus(body):
            return Minus(opened(body, first=False))
        case fm.Group(body):
            return replace(formula, body=opened(body, first=True))
        case _:
            return formula


def letters(formula: Formula) -> list[Formula]:
    """What is printed, from left to right, without the dots between factors."""
    return [item for item in spelled(formula) if item != fm.Sign("·")]


def beneath(formula: Formula) -> Formula:
    """What stands in the same columns on the line below."""
    return Column(formula.other, formula.body) if isinstance(formula, Column) else _with_parts(formula, beneath)


def _with_parts(formula: Formula, change: Callable[[Formula], Formula]) -> Formula:
    """A formula with something else in the places of its parts, as far as sums and products go."""
    match formula:
        case fm.Row(parts):
            return fm.Row(tuple(map(change, parts)))
        case fm.Sum(parts):
            return fm.Sum(tuple(map(change, parts)))
        case fm.Product(parts, sign):
            return fm.Product(tuple(map(change, parts)), sign)
        case Minus(body) | fm.Group(body=body) | fm.Colored(body=body) | Transposed(body):
            return replace(formula, body=change(body))
        case _:
            return formula


def laid_out(value: Any, printed: Callable[[Any], Formula], *, in_rows: bool) -> Formula:
    """A number; the numbers of a vector under one another, or side by side where vectors are rows; those of a matrix."""
    if not isinstance(value, tuple | Decimals):
        return printed(value)
    parts = tuple(value)
    if isinstance(parts[0], tuple | Decimals):
        return Matrix(tuple(tuple(map(printed, row)) for row in parts))
    numbers = tuple(map(printed, parts))
    return Matrix((numbers,)) if in_rows else Matrix(tuple((number,) for number in numbers))


def bold(printed: Formula) -> Formula:
    """A number, or those of a vector or matrix, in bold: a result that the next line uses."""
    match printed:
        case Number():
            return replace(printed, bold=True)
        case Minus(body):
            return Minus(bold(body))
        case Matrix(rows):
            return Matrix(tuple(tuple(map(bold, row)) for row in rows))
        case _:
            return printed


def wholes(expr: Expr) -> Iterator[Expr]:
    """The factors that get a number of their own: all but names, constants, products, and sums of these with names only."""
    match expr:
        case ex.Var() | ex.Const():
            return
        case ex.Neg(body) | ex.Transpose(body):
            yield from wholes(body)
        case ex.MatMul(left, right) | ex.Dot(left, right) | ex.Outer(left, right):
            yield from wholes(left)
            yield from wholes(right)
        case ex.Mul(parts):
            for part in parts:
                yield from wholes(part)
        case ex.Add(parts) if not any(map(_is_padded, parts)) and (
            any(map(_has_adjoint, parts)) or not any(isinstance(part, ex.Const) for part in parts)
        ):
            for part in parts:
                yield from wholes(part)
        case _:
            yield expr


def _is_padded(expr: Expr) -> bool:
    """Whether an expression has zeros around it: then what it is added to may be printed as one column with it."""
    return isinstance(expr.body if isinstance(expr, ex.Neg) else expr, ex.Padded)


def _has_adjoint(expr: Expr) -> bool:
    return any(var.name.startswith(ADJOINT) for var in ex.variables(expr))
