"""Conventions: the signs and habits of vectors and matrices that a handout has to say a word about, since it prints them."""

from __future__ import annotations

from collections.abc import Iterator

from derive.equations import FUNCTIONS, Expr
from derive.equations import expression as ex
from derive.notation.express import ONES, Notation
from derive.notation.formula import Formula, Power, Product, Row, Sign, inside
from derive.report.exhibits.equations import written
from derive.report.subject import Subject

MATRIX = 2
"""The rank of a matrix."""


def conventions(subject: Subject) -> frozenset[str]:
    """What there is to say: ``⊙``, ``𝟏``, a ``power`` of each entry; of matrices a ``norm``, ``functions``, ``repeated`` rows.

    ``numbers``: some quantity is a number, and stands in front of a product of matrices.
    """
    network = subject.derivation.network
    if network.is_scalar:
        return frozenset()
    own, local = written(subject)
    found = {sign for formula in inside([*own, *local]) for sign in _signs(formula)}
    found |= {habit for expr in ex.inside(*network.written) for habit in _habits(subject.notation, expr)}
    names = (*network.variables, *network.data, *network.timeless)
    if any(not network.shape(name) and name != network.loss for name in names):
        found.add("numbers")
    return frozenset(found)


def _signs(formula: Formula) -> Iterator[str]:
    """The signs that a formula itself is made with."""
    match formula:
        case Product(_, "⊙"):
            yield "⊙"
        case Power(exponent=Row((Sign("⊙"), *_))):
            yield "power"
        case _ if formula == ONES:
            yield "𝟏"


def _habits(notation: Notation, expr: Expr) -> Iterator[str]:
    """What an expression takes for granted: that a function is taken of each entry, that a row is repeated."""
    match expr:
        case ex.Total(ex.Pow(base, exponent)) if exponent == MATRIX and notation.rank(base) == MATRIX:
            yield "norm"
        case ex.Call(function, argument) if (
            notation.rank(argument) == MATRIX and FUNCTIONS[function].acts == "elementwise"
        ):
            yield "functions"
        case ex.Defined(definition, arguments) if any(notation.rank(argument) == MATRIX for argument in arguments):
            yield "repeated" if any(map(_is_along, ex.inside(definition.value))) else "functions"
        case ex.Call() if _is_along(expr):
            yield "repeated"
        case ex.Add(parts) | ex.Mul(parts):
            shapes = {notation.shapes.shape(part) for part in parts} - {()}
            if len(shapes) > 1:
                yield "repeated"


def _is_along(expr: Expr) -> bool:
    """Whether a function of a whole vector goes along an axis: what it makes of a row stands beside each entry of the row."""
    return isinstance(expr, ex.Call) and expr.axis is not None
