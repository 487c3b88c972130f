"""General: rules and gradients for general t and T as formulas, with their boundary.

A loss at the last step only makes a term exist only there: a rule then has two cases, and a gradient takes such a term at T.
If a loss looks at other steps than its own, what comes from it does not exist at every t. Such a term stands behind a
condition in brackets, which is 1 where it holds and 0 elsewhere: [t < T] (h_{t+1} − x_{t+1}).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from derive.equations import expression as ex
from derive.graph import Node, Unrolled
from derive.notation.express import LAST, NUMBERS, Clock, Notation, T
from derive.notation.formula import (
    Big,
    Cases,
    Formula,
    Group,
    Minus,
    Number,
    Sign,
    Sum,
    Symbol,
    grouped,
    negated,
    number,
    plus,
    relation,
    row,
    times,
)
from derive.notation.measure import width
from derive.recurrence import Either, Recurrence, Rule, Start, Tree, adjoints, expression, spine, spread

Dress = Callable[[Tree, Formula], Formula]
ONE = Number("1")
WIDEST = 30.0
"""What stands in one pair of brackets is not broken, and so may be this wide, in em."""
MOST_LISTED = 6
"""Of more steps with a loss the first and the last are printed."""


def _plain(_: Tree, term: Formula) -> Formula:
    return term


def rule(notation: Notation, found: Rule, dress: Dress = _plain) -> Formula:
    """The right-hand side of a rule for general t; ``dress`` may colour or label each term of a rule without cases."""
    terms = tuple(apart(notation, found.parts))
    if not any(at_end(notation, term) for term in terms):
        return plus(
            *(formula if term is None else dress(term, formula) for term, formula in _together(notation, terms))
        )
    last = [term for term in terms if not any((node.step or 0) > 0 for node in adjoints(term))]
    before = [term for term in terms if not at_end(notation, term)]
    return Cases(
        (
            (_added(notation, last), relation(Symbol("t"), ("=", LAST))),
            (_added(notation, before), relation(Symbol("t"), ("<", LAST))),
        )
    )


def _together(notation: Notation, terms: tuple[Tree, ...]) -> Iterator[tuple[Tree | None, Formula]]:
    """The terms, each with its formula; those that are parts of one whole, as gates cut out of one vector are, as one."""
    parts = [term for term in terms if isinstance(expression(term), ex.Padded) and not set(_losses(term))]
    whole = notation.formula(ex.add(*map(expression, parts)), T) if len(parts) > 1 else None
    if (
        whole is not None and width(whole) > WIDEST
    ):  # side by side they may be too many for a line, which breaks between terms
        whole = None
    for term in terms:
        if term not in parts or whole is None:
            yield term, conditioned(notation, term, T)
    if whole is not None:
        yield None, whole


def _added(notation: Notation, terms: Iterable[Tree]) -> Formula:
    return plus(
        *(
            notation.formula(expression(term), T) if at_end(notation, term) else conditioned(notation, term, T)
            for term in terms
        )
    )


def apart(notation: Notation, parts: Iterable[Tree]) -> Iterator[Tree]:
    """The terms of a rule or gradient; one whose paths do not all exist at the same t is taken apart."""
    for part in parts:
        away = set(_losses(part))
        several = len(away) > 1 or (away and adjoints(part))
        yield from spread(part) if several and (away != {0} or notation.network.loss_at != "every") else (part,)


def at_end(notation: Notation, term: Tree) -> bool:
    """Whether a term comes from the loss of its own step, and there is a loss at the last step only."""
    return notation.network.loss_at == "last" and set(_losses(term)) == {0}


def is_now(term: Tree) -> bool:
    """Whether a term comes from the loss of its own step alone."""
    return not adjoints(term) and set(_losses(term)) == {0}


def conditioned(notation: Notation, term: Tree, clock: Clock) -> Formula:
    """A term for general t, behind the condition under which the loss that it comes from exists, if it needs one."""
    formula = notation.formula(expression(term), clock)
    holds = [condition for away in set(_losses(term)) for condition in _exists(notation, clock, away)]
    if not holds:
        return formula
    brackets = [Group(condition, "[]") for condition in holds]
    return negated(times(*brackets, formula.body)) if isinstance(formula, Minus) else times(*brackets, formula)


def _exists(notation: Notation, clock: Clock, away: int) -> Iterator[Formula]:
    """When the loss of step t + away exists."""
    here, end = clock.step(0), notation.last
    if notation.network.loss_at == "last":
        yield relation(here, ("=", plus(end, number(-away)) if away else end))
    elif notation.network.loss_at != "every":
        yield relation(clock.step(away), ("∈", listed(notation.network.loss_at)))
        if away > 0 and end != LAST:
            yield relation(clock.step(away), ("≤", end))
    elif away > 0:
        yield relation(here, ("<", plus(end, number(1 - away)) if away > 1 else end))
    elif away < 0:
        yield relation(here, (">", number(-away)))


def counts(notation: Notation, clock: Clock) -> tuple[Formula, ...]:
    """The condition under which the loss of step t counts, if some count and others do not."""
    return tuple(grouped(holds, "[]") for holds in _exists(notation, clock, 0))


def listed(steps: Sequence[int]) -> Formula:
    """Steps as a set: {2, 4}, of many the first and the last."""
    shown: list[Formula] = [number(step) for step in steps]
    if len(shown) > MOST_LISTED:
        shown = [*shown[:2], Sign("…"), shown[-1]]
    return Group(row(shown[0], *(part for step in shown[1:] for part in (Sign(","), step))), "{}")


def _losses(tree: Tree) -> Iterator[int]:
    """How many steps after t the losses are that a tree begins at."""
    match spine(tree)[0]:
        case Start(arc):
            yield arc.step
        case Either(parts):
            for part in parts:
                yield from _losses(part)


def conditions(notation: Notation, recurrence: Recurrence) -> bool:
    """Whether any rule or gradient needs a condition in brackets."""
    trees = [rule.tree for rule in recurrence.rules.values()]
    trees += [part for name in notation.network.parameters for part in recurrence.gradient(name)]
    return any(away or isinstance(notation.network.loss_at, tuple) for tree in trees for away in _losses(tree))


def gradient(notation: Notation, recurrence: Recurrence, unrolled: Unrolled, target: Node) -> Formula:
    """The right-hand side of a gradient: a sum over t for general T, and the penalty; for an initial state, its few terms."""
    if target.step is not None:
        trees = recurrence.gradient_at(unrolled, target)
        return plus(*(notation.formula(expression(tree), NUMBERS) for tree in trees))
    sums = (over_t(notation, term) for term in apart(notation, recurrence.gradient(target.name)))
    return plus(*sums, *penalty(notation, recurrence, target))


def penalty(notation: Notation, recurrence: Recurrence, target: Node) -> tuple[Formula, ...]:
    """What the term of L that counts once adds to a gradient: a formula, or nothing."""
    trees = recurrence.penalty(target.name) if target.step is None else ()
    return tuple(notation.formula(expression(tree), NUMBERS) for tree in trees)


def over_t(notation: Notation, term: Tree, first: Formula = ONE) -> Formula:
    """Σ_t of a term, from a first step to T; one that comes straight from the last loss is taken at T."""
    if at_end(notation, term):
        return notation.formula(expression(term), Clock("T"))
    body = conditioned(notation, term, T)
    return Big("Σ", relation(Symbol("t"), ("=", first)), LAST, grouped(body) if isinstance(body, Sum) else body)
