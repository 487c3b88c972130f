"""Printed: what a handout says in formulas is true, as a reader finds who puts numbers in.

Every equation of a finished document is read as it stands (`derive.notation.value`), and its sides are evaluated at the
generic values at which the checks are made again (`derive.numbers.generic`): names stand for the values of the forward
equations, dL/dw and δ for derivatives by the complex step (`derive.numbers.point`). A statement for general t is evaluated
at every t of a short sequence. What is given, and what comes out of the worked example, is compared with the example, to
the last digit printed.

A symbol that the network does not have is defined where it stands alone on the left: p_t = dh_t/dw, δ_{T+1} = 0. Formulas
with an ellipsis are left unread.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Literal, TypeAlias

from derive.graph import Node, Unrolled
from derive.notation import linear
from derive.notation.express import LAST, TOTAL_LOSS
from derive.notation.formula import Big, Derivative, Formula, Group, Symbol
from derive.notation.items import Items
from derive.notation.linear import Blocks, Grid, MisfitError, Ones, UnreadableError, Value, entries, is_zero, shape
from derive.notation.value import Bound, condition, meaning, settled
from derive.numbers import Point, generic_point, generic_steps
from derive.report.document import Document, Pieces
from derive.report.printed.glossary import Glossary, TwofoldError, whole
from derive.report.printed.rounding import unit
from derive.report.printed.statements import Counted, Fact, Received, Route, Statement, Truncated, statements
from derive.report.subject import Subject

STEP, END = Symbol("t"), Symbol("m")
CLOSE = 1e-8
"""How far apart the sides of an equation may be, relative to the larger one: all is rounded to sixteen digits."""
SMALL = 1e-3
"""What is smaller is compared as if it were so large."""
SHORT = 12
"""A statement for general t is put to the test for a sequence of at most so many steps."""
Verdict: TypeAlias = Literal["holds", "defines", "elided", "unread", "differs", "unreadable"]


@dataclass(frozen=True)
class Found:
    """A statement, and what a reader finds about it."""

    statement: Statement
    verdict: Verdict
    why: str = ""

    @property
    def is_sound(self) -> bool:
        """Whether nothing speaks against it."""
        return self.verdict not in {"differs", "unreadable"}


def about_all_values(document: Document, pieces: Pieces | None = None) -> Iterator[Statement]:
    """The statements of a document that are read whatever the example is: all but numbers, and what leaves something out."""
    return (made for made in statements(document, pieces) if not made.is_elided and not made.is_numeric)


def decisive(subject: Subject, document: Document) -> tuple[Statement, ...]:
    """The statements on which it depends what a reader finds who does not look at the example.

    These are those about all values, and numbers by which a symbol is defined.
    """
    readers = subject.kept(decisive, lambda: tuple(filter(None, _readers(subject, ()))))

    def defines(made: Statement) -> bool:
        letters = [tuple(reader.letters(made)) for reader in readers]
        key = (decisive, made.sides[0], made.when, *letters)
        return subject.kept(key, lambda: any(any(reader.unknown(made)) for reader in readers))

    there = (made for made in statements(document, subject.common.pieces) if not made.is_elided)
    return tuple(made for made in there if not made.is_numeric or defines(made))


def proofread(subject: Subject, document: Document, *, thorough: bool = True) -> tuple[Found, ...]:
    """Return what a reader finds about each equation of a document.

    A reader who is ``thorough`` also looks at the numbers of the worked example, and puts this T into what is said for
    every T. Empty if the equations have no real values at the generic ones.
    """
    made = list(statements(document, subject.common.pieces))
    here, general = _readers(subject, made)
    if here is None or general is None:
        return ()
    worked = here
    if thorough:
        point = Point(subject.derivation.unrolled, subject.evaluation.values)
        worked = _Reader(Glossary(subject.notation, point), subject.passes, places=subject.evaluation.places)
        worked.learn(made)
    return tuple(_found(statement, here, general, worked, thorough=thorough) for statement in made)


def _readers(subject: Subject, made: Sequence[Statement]) -> tuple[_Reader | None, _Reader | None]:
    """A reader at this T, and one at a T that is long enough for all lags."""
    graph = subject.derivation.graph
    enough = generic_steps(graph)
    here = _Reader.of(subject, subject.derivation.unrolled, made)
    return here, here if subject.steps == enough else _Reader.of(subject, Unrolled(graph, enough), made)


def _found(statement: Statement, here: _Reader, general: _Reader, worked: _Reader, *, thorough: bool) -> Found:
    """What a reader finds about a statement: at this T, at one that is long enough for all lags, or in the example."""
    numbers = statement.is_numeric
    if statement.is_elided or (numbers and not thorough):
        return Found(statement, "elided" if statement.is_elided else "unread")
    if id(statement) in general.defining or statement.sides[0] == (LAST,):
        return Found(statement, "defines")
    try:
        if numbers:
            why = worked.differs(statement, unit(statement, worked.glossary, worked.places))
        elif here.is_numbered(statement):
            why = here.differs(statement)
        else:
            why = general.differs(statement)
            if why and general.names_no_step(statement):
                why = here.differs(statement)
            if not why and thorough and here is not general and here.steps <= SHORT:
                why = here.differs(statement)
    except MisfitError as error:
        return Found(statement, "differs", str(error))
    except (UnreadableError, ArithmeticError, ValueError) as error:
        return Found(statement, "unreadable", str(error))
    return Found(statement, "differs" if why else "holds", why)


@dataclass(frozen=True)
class _Reader:
    """Puts the numbers of a point into statements; ``defining`` are those from which it has learned a symbol.

    ``passes`` are the symbols of a truncated pass, k₁ and k₂; ``places`` how many decimals the numbers of the example have.
    """

    glossary: Glossary
    passes: tuple[Symbol, Symbol]
    defining: set[int] = field(default_factory=set)
    places: int = 0

    @classmethod
    def of(cls, subject: Subject, unrolled: Unrolled, made: Sequence[Statement]) -> _Reader | None:
        """A reader at generic values who has noted what is defined; None if there are no such values."""
        point = generic_point(unrolled)
        if point is None:
            return None
        reader = cls(Glossary(subject.notation, point), subject.passes)
        reader.learn(made)
        return reader

    @property
    def steps(self) -> int:
        """T."""
        return self.glossary.point.unrolled.steps

    def learn(self, made: Sequence[Statement]) -> None:
        """Note what is defined: a symbol alone on the left that the network does not explain."""
        rows = replace(self.glossary, jacobians=True)
        for statement in made:
            for symbol, bound in self.unknown(statement):
                self.glossary.learned[symbol] = partial(_later, statement.sides[1], rows, bound)
                self.defining.add(id(statement))

    def unknown(self, statement: Statement) -> Iterator[tuple[Symbol, Bound]]:
        """The symbols that a statement defines, which nothing else explains, each with the t at which it does."""
        match statement.sides:
            case ((Symbol() as left,), _, *_) if not (statement.is_elided or left == LAST):
                if self.glossary.is_name(left) or (self.steps > SHORT and self.letters(statement)):
                    return
                at = settled(left, self.glossary)
                for bound in self.bounds(statement):
                    symbol = at(bound)
                    if symbol not in self.glossary.learned and self.glossary.symbol(symbol) is None:
                        yield symbol, bound

    def letters(self, statement: Statement) -> list[Symbol]:
        """The letters that a statement is about: t, and the end m of a truncated sequence."""
        letters = [STEP] if STEP in (*statement.formulas, *statement.when, *_steps(statement.fact)) else []
        return letters + list(
            dict.fromkeys(end for formula in statement.formulas if (end := self.end(formula)) is not None)
        )

    def end(self, formula: Formula) -> Symbol | None:
        """The letter m of an adjoint δ^(m), or of what is collected, γ^(m), that knows the losses up to m only."""
        match formula:
            case Symbol(kind, sups=(*_, Group(Symbol(subs=()) as letter))) if kind in {
                self.glossary.notation.adjoint_letter,
                "γ",
            }:
                return letter
            case _:
                return None

    def bounds(self, statement: Statement) -> Iterator[Bound]:
        """Every t (and every end m ≥ t of a truncated sequence) that a statement is about."""
        letters = self.letters(statement)
        for values in itertools.product(range(1, self.steps + 1), repeat=len(letters)):
            bound = {LAST: self.steps, **dict(zip(letters, values, strict=True))}
            ordered = STEP not in letters or all(bound[STEP] <= bound[letter] for letter in letters)
            if ordered and (not statement.when or condition(statement.when, self.glossary)(bound)):
                yield bound

    def is_numbered(self, statement: Statement) -> bool:
        """Whether a statement is about one T: it names steps by their numbers, or says what T is."""
        if isinstance(statement.fact, Route):
            return True
        adjoint = self.glossary.notation.adjoint_letter
        by = (statement.fact.target,) if isinstance(statement.fact, Truncated) else ()
        symbols = (formula for formula in (*by, *statement.formulas) if isinstance(formula, Symbol))
        return any(
            any(node.step is not None for node in self.glossary.nodes(symbol))
            or (symbol.letter == adjoint and symbol.subs and whole(symbol.subs[0]) is not None)
            for symbol in symbols
        )

    def names_no_step(self, statement: Statement) -> bool:
        """Whether a statement is about no step, not even in a sum: a gradient here, of which the penalty alone is left."""
        sums = any(isinstance(formula, Big) for formula in statement.formulas)
        at_end = any(isinstance(formula, Symbol) and LAST in formula.subs for formula in statement.formulas)
        return not (sums or at_end or self.letters(statement) or self.is_numbered(statement))

    @cached_property
    def _in_rows(self) -> Glossary:
        """The same knowledge among Jacobian matrices."""
        return replace(self.glossary, jacobians=True)

    def differs(self, statement: Statement, unit: float = 0.0) -> str:
        """In which way the sides of a statement are apart, for the first t at which they are; nothing if they agree."""
        derivatives = [formula for formula in statement.formulas if isinstance(formula, Derivative)]
        rows = any(derivative.kind == "local" or derivative.of != TOTAL_LOSS for derivative in derivatives)
        glossary = self._in_rows if rows else self.glossary
        try:
            return self._apart(statement, glossary, unit)
        except UnreadableError:
            for size in self.glossary.point.values.sizes.values():
                with suppress(UnreadableError):
                    if not self._apart(statement, replace(glossary, ones=size), unit):
                        return ""
            raise

    def _apart(self, statement: Statement, glossary: Glossary, unit: float) -> str:
        meanings = [meaning(side, glossary) for side in statement.sides if side]
        for bound in self.bounds(statement):
            try:
                values = [found(bound) for found in meanings]
                if statement.fact is not None:
                    values.append(self.fact(statement.fact, bound))
            except TwofoldError:
                continue
            for value in values[1:]:
                if not _close(values[0], value, unit):
                    return f"{values[0]} and {value} at {bound}"
        return ""

    def fact(self, fact: Fact, bound: Bound) -> Value:
        """What something is that is not written as a formula."""
        glossary = self.glossary

        def node(symbol: Symbol) -> Node:
            return glossary.node(symbol if glossary.nodes(symbol) else settled(symbol, glossary)(bound))

        match fact:
            case Received(of, by):
                return glossary.received(node(of), node(by))
            case Route(nodes):
                return glossary.along(list(map(node, nodes)))
            case Truncated(target):
                return self.truncated(node(target))
            case Counted(count):
                return float(count)

    def truncated(self, target: Node) -> Value:
        """The truncated gradient: the uses at each step under the losses up to the end that the handout says, m_t."""
        every, through = (round(self.glossary.learned[symbol](0)) for symbol in self.passes)
        passes: list[int] = [*range(every, self.steps + 1, every), self.steps]
        losses = self.glossary.point.unrolled.loss_steps

        def end(step: int) -> int:
            """The last step of the pass through which a use at a step is still seen."""
            return max(last for last in passes if last - through < step)

        uses = [(loss, used) for used in range(1, self.steps + 1) for loss in losses if loss <= end(used)]
        return self.glossary.sum_of(target, uses)


def _later(right: Items, glossary: Glossary, bound: Bound, ones: int) -> Value:
    return meaning(right, replace(glossary, ones=ones))(bound)


def _steps(fact: Fact | None) -> tuple[Formula, ...]:
    """The steps of an equation and its argument: what is received may name none itself."""
    return (*fact.of.subs, *fact.by.subs) if isinstance(fact, Received) else ()


def _close(one: Value, other: Value, unit: float) -> bool:
    """Whether two values have the same shape and are equal but for rounding."""
    # Block by block first, before a 0 among them has to have a size.
    if isinstance(one, Blocks) and isinstance(other, Blocks) and one.size == other.size:
        pairs = zip(itertools.chain(*one.rows), itertools.chain(*other.rows), strict=True)
        if all(_close(*pair, unit) for pair in pairs):
            return True
    one, other = linear.single(linear.in_one(one)), linear.single(linear.in_one(other))
    if not isinstance(other, Blocks | Ones | Grid):
        one = linear.of_size(one, len(entries(other)))
    if not isinstance(one, Blocks | Ones | Grid):
        other = linear.of_size(other, len(entries(one)))
    if isinstance(one, Ones | Grid) or isinstance(other, Ones | Grid):
        return _close(*linear.alike(one, other, "="), unit)
    if isinstance(one, Blocks) and isinstance(other, Blocks):
        return False
    if is_zero(one) or is_zero(other):
        return max(map(abs, (*entries(one), *entries(other)))) <= CLOSE * SMALL + unit
    if shape(one) != shape(other):
        return False
    first, second = entries(one), entries(other)
    size = max(map(abs, (*first, *second)))
    return all(abs(a - b) <= CLOSE * max(size, SMALL) + unit for a, b in zip(first, second, strict=True))
