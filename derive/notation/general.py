"""General: rules and gradients for general t and T as formulas, with their boundary.

A loss at the last step only makes a term exist only there: a rule then has two cases, and a gradient takes such a term at T.
If a loss looks at other steps than its own, what comes from it does not exist at every t. Such a term stands behind a
condition in brackets, which is 1 where it holds and 0 elsewhere: [t < T] (h_{t+1} − x_{t+1}).

What is collected for a variable at one step for all t, γ_1 or γ_T, exists at that step only: a rule then has two cases as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from derive.equations import expression as ex
from derive.graph import Node, Unrolled
from derive.notation.express import LAST, NUMBERS, Clock, Notation, T, one_step
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
from derive.recurrence import Either, Recurrence, Rule, Start, Tree, adjoints, collected_at, expression, spine, spread

Dress = Callable[[Tree, Formula], Formula]
ONE = Number("1")
WIDEST = 30.0
"""What stands in one pair of brackets is not broken, and so may be this wide, in em."""
ENDS = (ex.LAST_STEP, 1)
"""The ends at which a rule may have a case of its own: T, and 1."""
MOST_LISTED = 6
"""Of more steps with a loss the first and the last are printed."""


def _plain(_: Tree, term: Formula) -> Formula:
    return term


def rule(notation: Notation, found: Rule, dress: Dress = _plain) -> Formula:
    """The right-hand side of a rule for general t; ``dress`` may colour or label each term of a rule without cases."""
    terms = tuple(apart(notation, found.parts))
    end = end_of(notation, terms)
    if end is None:
        return plus(
            *(formula if term is None else dress(term, formula) for term, formula in _together(notation, terms))
        )
    step, beyond = (LAST, 1) if end == ex.LAST_STEP else (ONE, -1)
    there = [term for term in terms if not any((node.step or 0) * beyond > 0 for node in adjoints(term))]
    elsewhere = [term for term in terms if not at_end(notation, term, end)]
    return Cases(
        (
            (_added(notation, there, end), relation(Symbol("t"), ("=", step))),
            (_added(notation, elsewhere, end), relation(Symbol("t"), ("<" if beyond > 0 else ">", step))),
        )
    )


def end_of(notation: Notation, terms: Sequence[Tree]) -> int | None:
    """The end at which a rule has a term that it has nowhere else: 0 for T, or 1; None if it has none, and one case."""
    return next((end for end in ENDS if any(at_end(notation, term, end) for term in terms)), None)


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


def _added(notation: Notation, terms: Iterable[Tree], end: int) -> Formula:
    return plus(
        *(
            notation.formula(expression(term), T) if at_end(notation, term, end) else conditioned(notation, term, T)
            for term in terms
        )
    )


def apart(notation: Notation, parts: Iterable[Tree]) -> Iterator[Tree]:
    """The terms of a rule or gradient; one whose paths do not all exist at the same t is taken apart."""
    for part in parts:
        away = set(_losses(part))
        several = len(away) > 1 or (away and adjoints(part))
        yield from spread(part) if several and (away != {0} or notation.network.loss_at != "every") else (part,)


def at_end(notation: Notation, term: Tree, end: int = ex.LAST_STEP) -> bool:
    """Whether a term is there at one end only: at T it comes from the loss of its own step, and there is no other loss.

    Or it is what is collected for that step.
    """
    last_loss = end == ex.LAST_STEP and notation.network.loss_at == "last" and set(_losses(term)) == {0}
    return last_loss or collected_at(term) == (end, 0)


def is_now(term: Tree) -> bool:
    """Whether a term comes from the loss of its own step alone."""
    return not adjoints(term) and set(_losses(term)) == {0}


def conditioned(notation: Notation, term: Tree, clock: Clock) -> Formula:
    """A term for general t, behind the condition under which the loss that it comes from exists, if it needs one."""
    formula = notation.formula(expression(term), clock)
    holds = [condition for away in set(_losses(term)) for condition in _exists(notation, clock, away)]
    if found := collected_at(term):
        at, away = found
        holds.append(relation(clock.step(away), ("=", one_step(at))))
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
    trees += [
        part for name in (*notation.network.parameters, *recurrence.collected) for part in recurrence.gradient(name)
    ]
    if any(away or isinstance(notation.network.loss_at, tuple) for tree in trees for away in _losses(tree)):
        return True
    return any(_has_bracket(notation, rule) for rule in recurrence.rules.values())


def _has_bracket(notation: Notation, found: Rule) -> bool:
    """Whether a rule has something that was collected behind a condition, and not in a case of its own."""
    terms = tuple(apart(notation, found.parts))
    end = end_of(notation, terms)
    return any(collected_at(term) not in (None, (end, 0)) for term in terms)


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


def collection(notation: Notation, recurrence: Recurrence, name: str) -> Formula:
    """The right-hand side of what is collected for a variable at one step for all t: a sum over the steps s that read it."""
    terms = apart(notation, recurrence.gradient(name))
    return plus(*(over_t(notation, term, last=notation.last, clock=Clock("s")) for term in terms))


def over_t(notation: Notation, term: Tree, first: Formula = ONE, last: Formula = LAST, clock: Clock = T) -> Formula:
    """Σ_t of a term, from a first step to the last, T; one that comes straight from the last loss is taken at T."""
    if at_end(notation, term):
        return notation.formula(expression(term), Clock("T"))
    body = conditioned(notation, term, clock)
    summand = grouped(body) if isinstance(body, Sum | Minus) else body
    return Big("Σ", relation(clock.step(0), ("=", first)), last, summand)
