"""Costs: the ledger in print — multiplications and additions of each way of folding, at this T and as formulas in T."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction as Exact
from functools import cached_property

from derive.elimination import Best
from derive.ledger import Formula as Polynomial
from derive.ledger import Ledger, Method, Operand, Operations, Tally
from derive.notation.express import LAST
from derive.notation.formula import (
    Formula,
    Fraction,
    Sign,
    Symbol,
    negated,
    number,
    plus,
    power,
    relation,
    row,
    times,
)
from derive.report.document import Column, Inline, Math, Table, Text
from derive.report.exhibits.certain import rough
from derive.report.exhibits.subject import Subject
from derive.report.exhibits.tables import Cell, grouped_digits

SHOWN: tuple[Method, ...] = ("path sum", "forward", "reverse rules", "reverse", "markowitz")
LONG = 60
"""For more steps than this no order of elimination is searched for, and counts come from the formulas if they may."""
SEARCHED = 2_000
"""At most so many sets of eliminated nodes are looked at."""
MOST_DIGITS = 12
"""A count with more digits is rounded."""


@dataclass(frozen=True)
class Costs:
    """What the gradients of a scalar network cost over T steps, each number computed once."""

    subject: Subject

    @cached_property
    def ledger(self) -> Ledger:
        """The ledger of the derivation."""
        return self.subject.derivation.ledger

    @cached_property
    def methods(self) -> tuple[Method, ...]:
        """The methods shown: for many steps, those that take no search."""
        return SHOWN if self.subject.steps <= LONG else tuple(method for method in SHOWN if method != "markowitz")

    @cached_property
    def formulas(self) -> dict[Method, tuple[Polynomial | None, Polynomial | None]]:
        """Multiplications and additions of each method as polynomials in T, None where there are none."""
        return {method: self.ledger.formula(method) for method in self.methods}

    @cached_property
    def operations(self) -> dict[Method, Operations]:
        """The operations of each method at this T."""
        return {method: self._operations(method) for method in self.methods}

    def _operations(self, method: Method) -> Operations:
        steps = self.subject.steps
        times_, plus_ = self.formulas[method]
        if steps > LONG and times_ and plus_:
            return Operations(int(times_(steps)), int(plus_(steps)))
        return self.ledger.operations(method, steps)

    @cached_property
    def best(self) -> tuple[Best, Operations] | None:
        """The cheapest order of elimination found, and what it takes; None if none was searched for."""
        if self.subject.steps > LONG:
            return None
        elimination = self.ledger.elimination(self.subject.steps)
        found, tally = elimination.best(SEARCHED), Tally()
        elimination.derivatives(lambda arc: Operand(tally, self.ledger.is_unit(arc)), found.order)
        return found, tally.operations


def table(costs: Costs, label: str) -> Table:
    """Each method with its operations at this T and in general."""
    subject = costs.subject
    rows: list[tuple[Cell, ...]] = []
    for method in costs.methods:
        found, formulas = costs.operations[method], costs.formulas[method]
        rows.append(
            (
                subject.sentence(f"method_{method.replace(' ', '_')}"),
                *((count(value),) for value in (found.multiplications, found.additions)),
                *(_general(subject, formula) for formula in formulas),
            )
        )
    if costs.best:
        best, found = costs.best
        name = subject.sentence("method_best_proven" if best.proven else "method_best_found")
        numbers = ((count(value),) for value in (found.multiplications, found.additions))
        rows.append((name, *numbers, _general(subject, None), _general(subject, None)))
    here = relation(Symbol("T"), ("=", number(subject.steps)))
    columns = (
        subject.column("method", share=1),
        *(
            Column(subject.sentence(key, here=here), "right")
            for key in ("multiplications", "additions", "multiplications_in", "additions_in")
        ),
    )
    return Table(columns, tuple(rows), subject.sentence("caption_costs", here=here), label)


def count(value: int) -> Inline:
    """A count: its digits, or of a very large one the order of magnitude."""
    if value < 10**MOST_DIGITS:
        return Text(grouped_digits(value))
    return Math(row(Sign("≈"), rough(math.log10(value))))


def _general(subject: Subject, formula: Polynomial | None) -> Cell:
    """A polynomial with where it begins to hold; a dash if there is none."""
    if formula is None:
        return (Text("–"),)
    found = (Math(polynomial(formula.coefficients), whole=True),)
    if formula.first == 1:
        return found
    begins = relation(LAST, ("≥", number(formula.first)))
    return (*found, *subject.sentence("holds_from", begins=begins))


def polynomial(coefficients: tuple[Exact, ...]) -> Formula:
    """A polynomial in T, the highest power first."""
    terms: list[Formula] = []
    for degree, factor in reversed(list(enumerate(coefficients))):
        if factor:
            variable = () if degree == 0 else (LAST if degree == 1 else power(LAST, number(degree)),)
            size = () if abs(factor) == 1 and degree else (_size(abs(factor)),)
            term = times(*size, *variable)
            terms.append(negated(term) if factor < 0 else term)
    return plus(*terms)


def _size(factor: Exact) -> Formula:
    if factor.denominator == 1:
        return number(factor.numerator)
    return Fraction(number(factor.numerator), number(factor.denominator), small=True)
