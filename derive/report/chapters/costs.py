"""The chapter ``costs``: the ledger in print — multiplications and additions of each way of folding, at this T and as formulas.

Without vectors a formula is a polynomial in T, and has a column of the table. With vectors it is one in T and the sizes, and
stands in a display below, broken to fit; its place in the table is taken by the count for vectors of a usual size.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction as Exact
from functools import cached_property
from typing import Any

from derive.costs import Best, Cost, Ledger, Method, Operations, Tally
from derive.costs import Formula as Polynomial
from derive.equations import SINGLE, length_terms
from derive.errors import NarrativeError
from derive.notation.express import LAST
from derive.notation.formula import Formula, Line, Number, Sign, Symbol, number, relation, row
from derive.notation.lines import broken
from derive.report.chapters import polynomials
from derive.report.chapters.chapter import Chapter
from derive.report.document import Column, Display, Inline, Math, Table, Text
from derive.report.exhibits.cells import Cell, grouped_digits
from derive.report.exhibits.printed_numbers import two_digits
from derive.report.subject import LINE, Subject

SHOWN: tuple[Method, ...] = ("path sum", "forward", "reverse rules", "reverse", "markowitz")
LONG = 60
"""For more steps than this no order of elimination is searched for, and counts come from the formulas if they may."""
SEARCHED = 2_000
"""At most so many sets of eliminated nodes are looked at."""
READABLE = 1_000_000_000_000
"""A count from here on is rounded."""
MOST_TERMS = 30
"""A formula with more terms is left out."""
NAMES = 15.0
"""What the names left of the formulas may take, in em; formulas break alike in all languages."""
LARGE = 100
"""Vectors of the size that they have outside of worked examples."""


@dataclass(frozen=True)
class Costs:
    """What the gradients of a network cost over T steps, each number computed once."""

    subject: Subject

    @cached_property
    def ledger(self) -> Ledger:
        """The ledger of the derivation."""
        return self.subject.derivation.ledger

    @cached_property
    def sizes(self) -> tuple[str, ...]:
        """The names of the sizes, as they appear in the network; none if it is scalar."""
        shapes = self.subject.derivation.network.shapes.values()
        names = (name for shape in shapes for size in shape if size != SINGLE for name in length_terms(size))
        return tuple(name for name in dict.fromkeys(names) if name)

    @cached_property
    def methods(self) -> tuple[Method, ...]:
        """The methods shown: for many steps, those that take no search."""
        shown = [method for method in SHOWN if method in self.ledger.methods]
        return tuple(method for method in shown if self.subject.steps <= LONG or method != "markowitz")

    @cached_property
    def formulas(self) -> dict[Method, tuple[Polynomial | None, Polynomial | None]]:
        """Multiplications and additions of each method as polynomials in T and sizes, None where there are none."""
        return {method: self.ledger.formula(method) for method in self.methods}

    @cached_property
    def printed(self) -> dict[Method, Polynomial]:
        """The multiplications of each method for which they are a formula short enough to print, for vectors."""
        found = {method: formula for method, (formula, _) in self.formulas.items() if formula}
        return {method: formula for method, formula in found.items() if polynomials.terms(formula) <= MOST_TERMS}

    @cached_property
    def costs(self) -> dict[Method, Cost]:
        """The cost of each method at this T."""
        return {method: self._cost(method) for method in self.methods}

    def _cost(self, method: Method) -> Cost:
        steps = self.subject.steps
        times_, plus_ = self.formulas[method]
        if steps > LONG and times_ and plus_:
            found, added = times_.at(steps), plus_.at(steps)
            zero = Exact(0)
            return Cost(
                {
                    product: Operations(int(found.get(product, zero)), int(added.get(product, zero)))
                    for product in {**found, **added}
                }
            )
        return self.ledger.cost(method, steps)

    @cached_property
    def operations(self) -> dict[Method, Operations]:
        """The operations of each method at this T and the sizes of the worked example."""
        sizes = self.subject.evaluation.values.sizes
        return {method: cost.at(sizes) for method, cost in self.costs.items()}

    @cached_property
    def large(self) -> dict[Method, Operations]:
        """The operations of each method at this T for large vectors."""
        return {method: cost.at(dict.fromkeys(self.sizes, LARGE)) for method, cost in self.costs.items()}

    @cached_property
    def entries(self) -> int:
        """How many entries all targets have together, for large vectors."""
        network = self.subject.derivation.network
        return sum(LARGE ** len(network.shape(target.name)) for target in self.subject.derivation.targets)

    @cached_property
    def best(self) -> tuple[Best, Operations] | None:
        """The cheapest order of elimination found, and what it takes; None if none was searched for."""
        if self.subject.steps > LONG or "best" not in self.ledger.methods:
            return None
        orders = self.ledger.orders(self.subject.steps)
        found, tally = orders.best(SEARCHED), Tally()
        orders.elimination.derivatives(self.ledger.operands(tally), found.order)
        return found, tally.cost.at({})


@dataclass(frozen=True)
class CostsChapter(Chapter):
    """The cost ledger."""

    @cached_property
    def _costs(self) -> Costs:
        return Costs(self.subject)

    @property
    def searched(self) -> bool:
        """Whether an order of elimination was searched for."""
        return self._costs.best is not None

    @property
    def proven(self) -> bool:
        """Whether no order is cheaper for certain."""
        return self._costs.best is not None and self._costs.best[0].proven

    @property
    def no_formula(self) -> bool:
        """Whether the plain path sum costs no polynomial in T."""
        return None in self._costs.formulas["path sum"]

    @property
    def multiplies(self) -> bool:
        """Whether the number of paths multiplies from step to step."""
        return self._costs.ledger.multiplies

    @property
    def compared(self) -> bool:
        """Whether the plain path sum takes more multiplications than reverse accumulation, and not too many to read."""
        found = self._costs.operations
        return found["reverse"].multiplications < found["path sum"].multiplications < READABLE

    @property
    def printed(self) -> bool:
        """Whether there are formulas in T and sizes to print."""
        return bool(self._costs.printed)

    @property
    def left_out(self) -> bool:
        """Whether a formula is too long to print."""
        return len(self._costs.printed) < sum(formula is not None for formula, _ in self._costs.formulas.values())

    @property
    def general(self) -> bool:
        """Whether the multiplications of forward and reverse accumulation are known for every T."""
        return all(self._costs.formulas[method][0] for method in ("forward", "reverse"))

    @property
    def dearer(self) -> bool:
        """Whether, for large vectors, forward accumulation takes more multiplications than reverse accumulation."""
        large = self._costs.large
        return large["forward"].multiplications > large["reverse"].multiplications > 0

    def multiplications(self, method: Any) -> str:
        """How many multiplications a method takes."""
        return grouped_digits(self._costs.operations[method].multiplications)

    def order(self, method: Any) -> str:
        """The order of the multiplications of forward or reverse accumulation, if all sizes are alike."""
        return self._math(_order(self._costs, method))

    def size(self) -> str:
        """The size that all sizes are like."""
        return self._math(Symbol(self._costs.sizes[0]))

    def large(self) -> str:
        """The size of large vectors."""
        return self._math(Number(str(LARGE)))

    def entries(self) -> str:
        """How many entries the parameters hold together, for large vectors."""
        return grouped_digits(self._costs.entries)

    def times(self) -> str:
        """How many times as many multiplications forward accumulation takes as reverse accumulation, for large vectors."""
        forward, backward = (self._costs.large[method].multiplications for method in ("forward", "reverse"))
        return grouped_digits(round(forward / backward))

    def table(self) -> str:
        """Every method."""
        return self._block(costs_table(self._costs, "tab-costs"))

    def display(self) -> str:
        """The multiplications of every method in general, for vectors."""
        return self._block(costs_display(self._costs))


# -- the table ---------------------------------------------------------------------------------------------------------


def costs_table(costs: Costs, label: str) -> Table:
    """Each method with its operations at this T, and in general or for large vectors."""
    subject = costs.subject
    known: dict[str, Formula] = {"here": relation(Symbol("T"), ("=", number(subject.steps)))}
    beside, caption = ("multiplications_in", "additions_in"), "caption_costs"
    if costs.sizes:
        known |= {"sizes": _worked(costs), "large": number(LARGE)}
        beside, caption = ("multiplications_large", "additions_large"), "caption_costs_sizes"
    heads = (subject.sentence(key, **known) for key in ("multiplications", "additions", *beside))
    columns = (subject.column("method", share=1), *(Column(head, "right") for head in heads))
    return Table(columns, tuple(_rows(costs)), subject.sentence(caption, **known), label)


def _rows(costs: Costs) -> Iterator[tuple[Cell, ...]]:
    subject = costs.subject
    for method in costs.methods:
        yield _name(subject, method), *_counts(costs.operations[method]), *_beside(costs, method)
    if costs.best:
        best, found = costs.best
        name = subject.sentence("method_best_proven" if best.proven else "method_best_found")
        yield name, *_counts(found), _general(subject, None), _general(subject, None)


def _worked(costs: Costs) -> Formula:
    """The sizes of the worked example: n = 2, d = 3."""
    sizes = costs.subject.evaluation.values.sizes
    items = (item for size in costs.sizes for item in (Sign(","), Symbol(size), Sign("="), number(sizes[size])))
    return row(*tuple(items)[1:])


def _name(subject: Subject, method: Method) -> Cell:
    return subject.sentence(f"method_{method.replace(' ', '_')}")


def _beside(costs: Costs, method: Method) -> tuple[Cell, ...]:
    """What stands beside the counts at this T: formulas, or counts for large vectors."""
    if costs.sizes:
        return _counts(costs.large[method])
    return tuple(_general(costs.subject, formula) for formula in costs.formulas[method])


def _counts(found: Operations) -> tuple[Cell, Cell]:
    return (_count(found.multiplications),), (_count(found.additions),)


def _count(value: int) -> Inline:
    """A count: its digits, or of a very large one the order of magnitude."""
    if value < READABLE:
        return Text(grouped_digits(value))
    return Math(row(Sign("≈"), two_digits(math.log10(value))))


def _general(subject: Subject, formula: Polynomial | None) -> Cell:
    """A polynomial with where it begins to hold; a dash if there is none."""
    if formula is None:
        return (Text("–"),)
    found = (Math(polynomials.polynomial(formula), whole=True),)
    if formula.first == 1:
        return found
    begins = relation(LAST, ("≥", number(formula.first)))
    return (*found, *subject.sentence("holds_from", begins=begins))


# -- with vectors -------------------------------------------------------------------------------------------


def costs_display(costs: Costs) -> Display:
    """The multiplications of each method for any T and any sizes."""
    subject = costs.subject
    lines: list[Line] = []
    for method, formula in costs.printed.items():
        name = subject.phrase(f"method_{method.replace(' ', '_')}")
        if formula.first > 1:
            begins = relation(LAST, ("≥", number(formula.first)))
            name = row(name, subject.phrase("holds_from", begins=begins))
        first, *others = broken(None, "=", polynomials.polynomial(formula, costs.sizes), LINE - NAMES)
        lines += (replace(first, left=name), *others)
    return Display(tuple(lines))


def _order(costs: Costs, method: Method) -> Formula:
    """The order of a method's multiplications, if all sizes are like the first. Raises `NarrativeError` without a formula."""
    formula, _ = costs.formulas[method]
    if formula is None:
        raise NarrativeError(f"the multiplications of {method} are no polynomial in T")
    return polynomials.order(formula, costs.sizes[0])


CHAPTER = CostsChapter
