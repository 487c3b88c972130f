"""General: rules and gradients for general t and T as formulas, with their boundary.

A loss at the last step only makes a term exist only there: a rule then has two cases, and a gradient takes such a term at T.
"""

from __future__ import annotations

from collections.abc import Callable

from derive.graph import Node, Unrolled
from derive.notation.express import LAST, NUMBERS, Clock, Notation, T
from derive.notation.formula import Big, Cases, Formula, Number, Sum, Symbol, grouped, plus, relation
from derive.recurrence import Recurrence, Rule, Tree, adjoints, expression, has_start

Dress = Callable[[Tree, Formula], Formula]


def _plain(_: Tree, term: Formula) -> Formula:
    return term


def rule(notation: Notation, found: Rule, dress: Dress = _plain) -> Formula:
    """The right-hand side of a rule for general t; ``dress`` may colour or label each term of a rule without cases."""
    starts = [part for part in found.parts if has_start(part)]
    if notation.network.loss_at == "every" or not starts:
        return plus(*(dress(part, _term(notation, part)) for part in found.parts))
    before = [part for part in found.parts if part not in starts]
    at_end = [part for part in found.parts if not any((node.step or 0) > 0 for node in adjoints(part))]
    earlier = plus(*(_term(notation, part) for part in before))
    return Cases(
        (
            (plus(*(_term(notation, part) for part in at_end)), relation(Symbol("t"), ("=", LAST))),
            (earlier, relation(Symbol("t"), ("<", LAST))),
        )
    )


def _term(notation: Notation, part: Tree) -> Formula:
    return notation.formula(expression(part), T)


def gradient(notation: Notation, recurrence: Recurrence, unrolled: Unrolled, target: Node) -> Formula:
    """The right-hand side of a gradient: a sum over t for general T; for an initial state, the few terms there are."""
    if target.step is not None:
        trees = recurrence.gradient_at(unrolled, target)
        return plus(*(notation.formula(expression(tree), NUMBERS) for tree in trees))
    return plus(*(_over_t(notation, part) for part in recurrence.gradient(target.name)))


def _over_t(notation: Notation, part: Tree) -> Formula:
    """Σ_t of a term; one that comes straight from the last loss is taken at T."""
    if has_start(part) and notation.network.loss_at == "last":
        return notation.formula(expression(part), Clock("T"))
    term = _term(notation, part)
    lower = relation(Symbol("t"), ("=", Number("1")))
    return Big("Σ", lower, LAST, grouped(term) if isinstance(term, Sum) else term)
