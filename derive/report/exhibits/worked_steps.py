"""Worked steps: the last steps of the backward pass with their numbers put in, for a reader with a pencil.

    δ₂ = (y₂ − ŷ₂) w_y + δ₃ (1 − h₃²) w_h
       = (0.9427 − 0) · 1 + 0.9597 · 0.07889 · 1 = 0.9427 + 0.0757 = 1.0184

and of one gradient, while its uses are few, what each of them adds.

Each number is the true value, rounded: a name has the digits of the tables, a factor that is reckoned from names with more than
a plus or minus, such as 1 − h², one more. A sign = says that who reckons with the printed numbers gets the printed result;
where rounding moves its last digit, ≈ stands instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeAlias, TypeVar

from derive.equations import Expr
from derive.equations import expression as ex
from derive.graph import Node
from derive.notation import formula as fm
from derive.notation.express import NUMBERS
from derive.notation.formula import Formula, Line, Sign, plus, row, times
from derive.notation.measure import width
from derive.numbers import Evaluation, Number, compiled, precision
from derive.recurrence import ADJOINT, Tree, expression, terms
from derive.report.document import Block, Display
from derive.report.exhibits.printed_numbers import certain_digits
from derive.report.exhibits.stages import in_role, main_parameter, set_off
from derive.report.subject import LINE, Call, Subject

STEPS = 2
"""So many steps of each adjoint are reckoned out."""
MOST_USES = 4
"""A gradient with more uses of its parameter is told by its table alone."""
BESIDE = 4.0
"""So wide is at most what stands left of the signs, in em."""

Chain: TypeAlias = Sequence[tuple[str, Formula]]
"""What is equal, each with the sign before it; the first has none."""


def worked_steps(subject: Subject) -> tuple[Block, ...]:
    """The rule of each named adjoint at the last steps that have it: in symbols, in numbers, term by term, and the result.

    Nothing if quantities are more than numbers.
    """
    lines = tuple(line for chain in _chains(subject) for line in _lines(subject, chain))
    return (Display(lines),) if lines else ()


def worked_gradient(subject: Subject) -> tuple[Block, ...]:
    """The main gradient, reckoned out in the same way: what each use adds, in the order of the backward pass.

    Nothing if quantities are more than numbers, if no adjoint has a name, or if the uses are many.
    """
    lines = tuple(line for chain in _gradient_chain(subject) for line in _lines(subject, chain))
    return (Display(lines),) if lines else ()


def is_about(subject: Subject) -> bool:
    """Whether somewhere the printed numbers give another last digit than the true one."""
    return any(sign == "≈" for chain in (*_chains(subject), *_gradient_chain(subject)) for sign, _ in chain)


def _chains(subject: Subject) -> tuple[Chain, ...]:
    if not subject.derivation.network.is_scalar:
        return ()
    return subject.kept(_chains, lambda: tuple(_adjoint(subject, *step).chain for step in _last_steps(subject)))


def _adjoint(subject: Subject, node: Node, tree: Tree) -> Worked:
    """The rule of an adjoint at one step, each term in the colour of where it comes from."""
    step, parts = node.step or 0, terms(tree)

    def coloured(written: Sequence[Formula]) -> Iterator[Formula]:
        several = len(parts) > 1
        for part, term in zip(parts, written, strict=True):
            yield in_role(part, set_off(term) if several else term, step)

    left = subject.notation.adjoint(node.name, NUMBERS.step(step))
    return Worked(subject, left, parts, subject.evaluation.adjoint(node), coloured)


def has_gradient(subject: Subject) -> bool:
    """Whether the main gradient is reckoned out, whatever the values are."""
    told = subject.derivation.network.is_scalar and bool(subject.derivation.rules) and subject.steps <= MOST_USES
    return told and 0 < len(_uses(subject)) <= MOST_USES


def _uses(subject: Subject) -> tuple[Tree, ...]:
    """The terms of the main gradient, in the order of the backward pass."""
    return subject.derivation.single_gradients[subject.label(main_parameter(subject))].terms[::-1]


def _gradient_chain(subject: Subject) -> tuple[Chain, ...]:
    """The main gradient as a chain, if it is to be reckoned out."""

    def chain() -> Chain:
        target = main_parameter(subject)
        value = subject.evaluation.gradient(target)
        left = subject.derivative(target)
        return Worked(subject, left, _uses(subject), value, lambda written: map(set_off, written)).chain

    return (subject.kept(_gradient_chain, chain),) if has_gradient(subject) else ()


def _last_steps(subject: Subject) -> Iterator[tuple[Node, Tree]]:
    """The first steps of the backward pass at which a named adjoint is more than 0, each with its rule there."""
    derivation = subject.derivation
    found = dict.fromkeys((*derivation.rules, *derivation.recurrence.collected), 0)
    for node in derivation.recurrence.nodes(derivation.unrolled):
        tree = derivation.recurrence.at(derivation.unrolled, node)
        if tree is not None and found[node.name] < STEPS:
            found[node.name] += 1
            yield node, tree


_Find: TypeAlias = Callable[[Evaluation], Number]
_Key = TypeVar("_Key")


@dataclass(frozen=True)
class Worked:
    """A sum of terms to be reckoned out: what it is called, its terms, what it comes to, and how its terms are set."""

    subject: Subject
    left: Formula
    parts: tuple[Tree, ...]
    result: Number
    setting: Callable[[Sequence[Formula]], Iterable[Formula]]
    factors: dict[Expr, Formula] = field(default_factory=dict)

    @property
    def chain(self) -> Chain:
        """Its name; then what it equals, each once with the sign before it: in symbols, in numbers, as a sum, as one number."""
        exprs = list(map(expression, self.parts))
        wholes = {whole: _value(whole) for expr in exprs for whole in _wholes(expr)}
        self.factors.update(self._certain(wholes, self.subject.evaluation.places + 1))
        values = self._certain({place: _value(expr) for place, expr in enumerate(exprs)})
        result = self.subject.number(self.result)
        written = self._set([self.subject.formula(expr) for expr in exprs])
        numbers = [self._numbers(expr) for expr in exprs]
        sums = list(values.values())
        sides = [("=", written)]
        if numbers != [result]:
            sides.append(("=", self._set(numbers)))
        if len(exprs) > 1:
            same = all(map(self._agree, numbers, sums))
            sides.append(("=" if same else "≈", self._set(sums)))
        before = plus(*(sums if len(exprs) > 1 else numbers))
        sides.append(("=" if self._agree(before, result) else "≈", result))
        return [("", self.left), *sides]

    def _certain(self, wanted: Mapping[_Key, _Find], places: int | None = None) -> dict[_Key, Formula]:
        return certain_digits(self.subject, lambda found: {key: find(found) for key, find in wanted.items()}, places)

    def _set(self, written: list[Formula]) -> Formula:
        """A sum, as its terms are set."""
        return plus(*self.setting(written))

    def _numbers(self, expr: Expr) -> Formula:
        """An expression with numbers in the places of its names, and of its longer factors."""
        if expr in self.factors:
            return self.factors[expr]
        match expr:
            case ex.Var():
                return self._named(*self.subject.derivation.unrolled.argument(expr, 0))
            case ex.Neg(body):
                return fm.negated(self._numbers(body))
            case ex.Mul(factors):
                return times(*map(self._numbers, factors), sign="·")
            case ex.Add(summands):
                return plus(*map(self._numbers, summands))
            case _:
                return self.subject.formula(expr)

    def _named(self, name: str, step: int | None) -> Formula:
        """What a name stands for: given, an adjoint, or a variable."""
        subject = self.subject
        if name.startswith(ADJOINT):
            return subject.number(subject.evaluation.adjoint(Node(name.removeprefix(ADJOINT), step)))
        given = subject.evaluation.values.of.get(Node(name, step))
        return subject.number(subject.evaluation.value(Node(name, step))) if given is None else subject.given(given)

    def _agree(self, before: Formula, after: Formula) -> bool:
        """Whether the first, reckoned out and rounded as the second is, gives the second."""
        printed = reckoned(after)
        unit = Fraction(10) ** -self.subject.evaluation.places if printed == 0 else last_place(after)
        return abs(_rounded(reckoned(before), unit) - printed) < unit / 2


def _value(expr: Expr) -> _Find:
    """How the value of an expression is found in an evaluation."""

    def found(evaluation: Evaluation) -> Number:
        with precision(evaluation.bits):
            evaluation.backward  # noqa: B018 - puts the adjoints into the storage
            return compiled(expr, evaluation.system)(evaluation.storage, 0)

    return found


def _wholes(expr: Expr) -> Iterator[Expr]:
    """The factors that get a number of their own: all but names, constants, products, and sums of these with names only."""
    match expr:
        case ex.Var() | ex.Const():
            return
        case ex.Neg(body):
            yield from _wholes(body)
        case ex.Mul(parts):
            for part in parts:
                yield from _wholes(part)
        case ex.Add(parts) if any(map(_has_adjoint, parts)) or not any(isinstance(part, ex.Const) for part in parts):
            for part in parts:
                yield from _wholes(part)
        case _:
            yield expr


def _has_adjoint(expr: Expr) -> bool:
    return any(var.name.startswith(ADJOINT) for var in ex.variables(expr))


# -- reckoning with what is printed --------------------------------------------------------------------------------------


def reckoned(printed: Formula) -> Fraction:
    """What a reader gets who reckons with the printed numbers exactly."""
    match printed:
        case fm.Number(text, exponent):
            return Fraction(text) * Fraction(10) ** (exponent or 0)
        case fm.Minus(body):
            return -reckoned(body)
        case fm.Group(body=body) | fm.Colored(body=body):
            return reckoned(body)
        case fm.Fraction(top, bottom):
            return reckoned(top) / reckoned(bottom)
        case fm.Sum(summands):
            return sum(map(reckoned, summands), Fraction(0))
        case fm.Product(factors):
            product = Fraction(1)
            for factor in factors:
                product *= reckoned(factor)
            return product
        case _:
            raise AssertionError(printed)


def last_place(printed: Formula) -> Fraction:
    """What one in the last digit of a printed number counts."""
    match printed:
        case fm.Number(text, exponent):
            return Fraction(10) ** ((exponent or 0) - len(text.partition(".")[2]))
        case fm.Minus(body):
            return last_place(body)
        case _:
            raise AssertionError(printed)


def _rounded(value: Fraction, unit: Fraction) -> Fraction:
    """The nearest multiple of a unit; a half goes away from 0."""
    size = (abs(value) / unit + Fraction(1, 2)).__floor__() * unit
    return -size if value < 0 else size


# -- lines ---------------------------------------------------------------------------------------------------------------


def _lines(subject: Subject, chain: Chain) -> Iterator[Line]:
    """The symbols on a line of their own, the numbers beneath, as many on a line as fit."""
    (_, left), (sign, written), *numbers = chain
    yield from subject.lines(left, sign, written)
    while numbers:
        (sign, joined), *numbers = numbers
        while numbers and width(longer := row(joined, Sign(numbers[0][0]), numbers[0][1])) + BESIDE <= LINE:
            joined, numbers = longer, numbers[1:]
        yield from subject.lines(None, sign, joined)


CALLS: Mapping[str, Call] = {"worked_steps": worked_steps, "worked_gradient": worked_gradient}
