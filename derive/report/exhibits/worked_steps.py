"""Worked steps: the last steps of the backward pass with their numbers put in, for a reader with a pencil.

    δ₂ = (y₂ − ŷ₂) w_y + δ₃ (1 − h₃²) w_h
       = (0.9427 − 0) · 1 + 0.9597 · 0.07889 · 1 = 0.9427 + 0.0757 = 1.0184

and of one gradient, while its uses are few, what each of them adds. Vectors and matrices have their numbers in brackets; of
their adjoints those are reckoned out that a part of a page has room for: all, or else those of states.

Each number is the true value, rounded: a name has the digits of the tables, a factor that is reckoned from names with more than
a plus or minus, such as 1 − h², one more. A sign = says that who reckons with the printed numbers gets the printed result;
where rounding moves its last digit, ≈ stands instead. A result that the next line uses is bold.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from derive.equations import Expr, Var
from derive.equations import expression as ex
from derive.graph import Node
from derive.notation.express import NUMBERS
from derive.notation.formula import Column, Formula, Line, Matrix, Sign, Sum, grouped, inside, plus, row
from derive.notation.measure import width
from derive.numbers import Evaluation, Number, Printed, compiled, decided, precision
from derive.recurrence import ADJOINT, Tree, expression, terms
from derive.report.document import Block, Display, lines_of
from derive.report.exhibits.in_numbers import InNumbers, beneath, bold, laid_out, letters, opened, over, wholes
from derive.report.exhibits.reckoning import agree
from derive.report.exhibits.stages import in_role, main_parameter, set_off
from derive.report.subject import LINE, Call, Subject

STEPS = 2
"""So many steps of each adjoint are reckoned out."""
MOST_USES = 4
"""A gradient with more uses of its parameter is told by its table alone."""
MOST_ENTRIES = 8
"""What has more rows or columns is not even tried: nobody reckons that out by hand."""
MOST_LINES = 24.0
"""So much room is there for vectors and matrices, in lines of text: then the story keeps its pages."""
BESIDE = 4.0
"""So wide is at most what stands left of the signs, in em."""

Chain: TypeAlias = Sequence[tuple[str, Formula]]
"""What is equal, each with the sign before it; the first has none."""


def worked_steps(subject: Subject) -> tuple[Block, ...]:
    """The rule of adjoints at the last steps that have them: in symbols, in numbers, term by term, and the result.

    Of numbers the rules of all that have a name; of vectors and matrices as many as there is room for, and nothing if these
    have more than a few entries.
    """
    lines = _lines_of(subject, _chains(subject))
    return (Display(lines),) if lines else ()


def worked_gradient(subject: Subject) -> tuple[Block, ...]:
    """The main gradient, reckoned out in the same way: what each use adds, in the order of the backward pass.

    Nothing if quantities are more than numbers, if no adjoint has a name, or if the uses are many.
    """
    lines = _lines_of(subject, _gradient_chain(subject))
    return (Display(lines),) if lines else ()


def by_hand(subject: Subject) -> list[str]:
    """The variables whose adjoints are reckoned out."""
    return list(dict.fromkeys(node.name for node, _ in _steps(subject)))


def most_entries(subject: Subject) -> int:
    """How many numbers the largest quantity of the rules at these steps has; 1 where all are numbers, 0 where no rule is."""
    sizes = (math.prod(_size(subject, var)) for _, tree in _last_steps(subject) for var in _used(tree))
    return max(sizes, default=0)


def is_about(subject: Subject) -> bool:
    """Whether somewhere the printed numbers give another last digit than the true one."""
    return any(sign == "≈" for chain in (*_chains(subject), *_gradient_chain(subject)) for sign, _ in chain)


def has_finer_factors(subject: Subject) -> bool:
    """Whether some factor that is reckoned from names is printed with one digit more than these."""
    parts = [part for _, tree in _steps(subject) for part in terms(tree)]
    parts += _uses(subject) if has_gradient(subject) else ()
    return any(True for part in parts for _ in wholes(expression(part)))


def _chains(subject: Subject) -> tuple[Chain, ...]:
    return subject.kept(_chains, lambda: tuple(_adjoint(subject, *step).chain for step in _steps(subject)))


def _steps(subject: Subject) -> tuple[tuple[Node, Tree], ...]:
    """The steps that are reckoned out: all, or those that there is room for."""
    return subject.kept(_steps, lambda: tuple(_with_room(subject, list(_last_steps(subject)))))


def _with_room(subject: Subject, steps: list[tuple[Node, Tree]]) -> list[tuple[Node, Tree]]:
    """The first choice of steps that is not too long: all, those of states, of these the step with most terms, of one state."""
    network = subject.derivation.network
    if network.is_scalar:
        return steps
    of_states = [step for step in steps if step[0].name in network.states]
    fullest = {node.name: (node, tree) for node, tree in sorted(of_states, key=lambda step: len(terms(step[1])))}
    for chosen in (steps, of_states, [step for step in of_states if step in fullest.values()], [*fullest.values()][:1]):
        if all(_is_small(subject, tree) for _, tree in chosen):
            lines = _lines_of(subject, [_adjoint(subject, *step).chain for step in chosen])
            if lines and lines_of(Display(lines)) <= MOST_LINES:
                return chosen
    return []


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
        subject, exprs = self.subject, list(map(expression, self.parts))
        found = dict.fromkeys(whole for expr in exprs for whole in wholes(expr))
        self.factors.update(zip(found, self._certain(found, _one_digit_more(subject)), strict=True))
        sums = self._certain(exprs, subject.evaluation)
        result = self._shown(subject.evaluation.show(self.result))
        written, numbers = self._in_columns(exprs) or self._apart(exprs)
        sides = [("=", self._set(written))]
        if numbers != [result]:
            sides.append(("=", self._set(numbers)))
        if len(exprs) > 1:
            same = all(map(self._agree, numbers, sums))
            sides.append(("=" if same else "≈", self._set(sums)))
        before = plus(*(sums if len(exprs) > 1 else numbers))
        sides.append(("=" if self._agree(before, result) else "≈", bold(result)))
        return [("", self.left), *sides]

    def _in_columns(self, exprs: list[Expr]) -> tuple[list[Formula], list[Formula]] | None:
        """The terms in symbols and in numbers, each number beneath its symbol, if there is something to reckon and room for it.

        There is none where numbers have to be written otherwise than symbols: ones that are left out beside these, say.
        """
        found = self._with(self._over, exprs)
        if len(exprs) == 1 and isinstance(found[0], Column):
            return None
        if any(letters(ours) != letters(self.subject.formula(expr)) for ours, expr in zip(found, exprs, strict=True)):
            return None
        written = [opened(each, first=not place) for place, each in enumerate(self._bracketed(found))]
        if width(self.left) + width(row(Sign("="), self._set(written))) > LINE:
            return None
        return written, list(map(beneath, written))

    def _apart(self, exprs: list[Expr]) -> tuple[list[Formula], list[Formula]]:
        """The terms in symbols, as they stand elsewhere, and in numbers."""
        numbers = self._with(self._in_place_of, exprs)
        return [self.subject.formula(expr) for expr in exprs], self._bracketed(numbers)

    def _with(self, value: Callable[[Expr], Formula | None], exprs: list[Expr]) -> list[Formula]:
        """The terms with what stands in the places of names."""
        notation = InNumbers.of(self.subject.notation, value)
        return [notation.written(expr, NUMBERS) for expr in exprs]

    def _bracketed(self, written: list[Formula]) -> list[Formula]:
        """Several terms, each sum among them in brackets, so that it stands over what it comes to."""
        return [grouped(each) if isinstance(each, Sum) and len(written) > 1 else each for each in written]

    def _certain(self, wanted: Iterable[Expr], example: Evaluation) -> list[Formula]:
        """Expressions as numbers, with every digit certain that this example prints."""
        find = list(map(_value, wanted))

        def shown(found: Evaluation) -> list[Printed]:
            return [found.show(value(found)) for value in find]

        return list(map(self._shown, decided(example, shown)))

    def _shown(self, value: Printed) -> Formula:
        return laid_out(value, self.subject.printed, in_rows=self.subject.notation.in_rows)

    def _set(self, written: list[Formula]) -> Formula:
        """A sum, as its terms are set."""
        return plus(*self.setting(written))

    def _over(self, expr: Expr) -> Formula | None:
        """The symbol of a name, or of a longer factor, over its value."""
        found = self._in_place_of(expr)
        return None if found is None else over(self.subject.formula(expr), found)

    def _in_place_of(self, expr: Expr) -> Formula | None:
        """The value of a name, and of a longer factor."""
        if isinstance(expr, Var) and expr not in self.factors:
            return self._named(*self.subject.derivation.unrolled.argument(expr, 0))
        return self.factors.get(expr)

    def _named(self, name: str, step: int | None) -> Formula:
        """What a name stands for: given, an adjoint, or a variable."""
        subject = self.subject
        if name.startswith(ADJOINT):
            return self._shown(
                subject.evaluation.show(subject.evaluation.adjoint(Node(name.removeprefix(ADJOINT), step)))
            )
        given = subject.evaluation.values.of.get(Node(name, step))
        if given is None:
            return self._shown(subject.evaluation.show(subject.evaluation.value(Node(name, step))))
        return laid_out(given, subject.given, in_rows=subject.notation.in_rows)

    def _agree(self, before: Formula, after: Formula) -> bool:
        return agree(before, after, self.subject.evaluation.places)


def _one_digit_more(subject: Subject) -> Evaluation:
    """The example with one digit more in print: one for all that is reckoned out, since it runs over all T steps."""
    return subject.kept(_one_digit_more, lambda: replace(subject.evaluation, places=subject.evaluation.places + 1))


_Find: TypeAlias = Callable[[Evaluation], Number]


def _value(expr: Expr) -> _Find:
    """How the value of an expression is found in an evaluation."""

    def found(evaluation: Evaluation) -> Number:
        with precision(evaluation.bits):
            evaluation.backward  # noqa: B018 - puts the adjoints into the storage
            return compiled(expr, evaluation.system)(evaluation.storage, 0)

    return found


def _is_small(subject: Subject, tree: Tree) -> bool:
    """Whether nothing in a rule has more than a few rows or columns."""
    return all(size <= MOST_ENTRIES for var in _used(tree) for size in _size(subject, var))


def _used(tree: Tree) -> Iterator[Var]:
    """What is named in a rule."""
    return (var for part in terms(tree) for var in ex.variables(expression(part)))


def _size(subject: Subject, var: Var) -> list[int]:
    """How many rows and columns a name has."""
    sizes = subject.evaluation.values.sizes
    return [sizes.get(size, 1) for size in subject.notation.shapes.shape(var)]


# -- lines ---------------------------------------------------------------------------------------------------------------


def _lines_of(subject: Subject, chains: Iterable[Chain]) -> tuple[Line, ...]:
    """The lines of some chains; none if a matrix in them is wider than the page."""
    lines = tuple(line for chain in chains for line in _lines(subject, chain))
    matrices = (part for part in inside(line.right for line in lines) if isinstance(part, Matrix))
    return () if any(width(matrix) + BESIDE > LINE for matrix in matrices) else lines


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
