"""Statements: the line of a backward pass in which a fault stands, as it has to be and as it was, as expressions."""

from __future__ import annotations

from derive.equations import Expr
from derive.equations import expression as ex
from derive.graph import Arc, Node, Unrolled
from derive.recurrence import All, Either, Recurrence, Start, Tree, adjoint_var, either, moved, spine, spread, within
from derive.review.backward import Change
from derive.review.mutants import LAMBDA


def statement(recurrence: Recurrence, change: Change) -> tuple[Expr, Expr]:
    """Return the right-hand side of the statement in which a change stands, as it has to be and as it was, for general t.

    Edge by edge that is what the adjoint of the equation adds to that of the argument.
    """
    if change.statement is None:
        leaf = adjoint_var(Node(change.edge.head, 0))
        right = ex.substitute(change.edge.partial.pull(LAMBDA), {LAMBDA: leaf})
        late = adjoint_var(Node(change.edge.head, change.shift))
        return right, _applied(change, late)
    tree = _tree(recurrence, change.statement)
    return _expression(tree, None), _expression(tree, change)


def _tree(recurrence: Recurrence, name: str) -> Tree:
    """What stands in the statement of an adjoint or a gradient."""
    return recurrence.rules[name].tree if name in recurrence.rules else either(recurrence.gradient(name))


def ahead(recurrence: Recurrence, change: Change) -> int:
    """Return how many steps after its statement the head of the edge is in which a change stands."""
    edge = change.edge
    if change.statement is None:
        return edge.lag or 0
    arcs = (arc for term in spread(_tree(recurrence, change.statement)) for arc in spine(term)[1])
    return next(arc.step for arc in arcs if arc.edge == edge)


def at_end(recurrence: Recurrence, unrolled: Unrolled, change: Change) -> tuple[int, Expr, Expr]:
    """Return the step at whose statement a change at an end of time stands, and its right-hand side there, as in `statement`.

    Of a gradient these are the terms of that step. In the expressions a lag of −t is step t.
    """
    away = ahead(recurrence, change)
    of_an_adjoint = change.statement is None or change.statement in recurrence.rules
    if change.end == "first":
        step = 1 - (min(0, away) if of_an_adjoint else away)
    else:
        step = unrolled.steps - (max(0, away) if of_an_adjoint else away)
    if change.statement is None:
        right, was = (ex.shift(expr, step + away) for expr in statement(recurrence, change))
        return step, right, was
    tree = within(
        moved(_tree(recurrence, change.statement), step), unrolled.steps, unrolled.loss_steps, unrolled.reached
    )
    if tree is None:
        return step, ex.ZERO, ex.ZERO
    return step, _expression(tree, None), _expression(tree, change)


def _applied(change: Change, adjoint: Expr) -> Expr:
    expr = change.edge.partial.pull(LAMBDA) if change.slip is None else change.slip.after
    return ex.ZERO if expr is None else ex.substitute(expr, {LAMBDA: adjoint})


def _expression(tree: Tree, change: Change | None) -> Expr:
    """A tree as mathematics, with another expression for the local partial of an edge."""
    first, arcs = spine(tree)
    match first:
        case Start(arc):
            found = _along(arc, ex.ONE, change)
        case All(Node(name, step)):
            late = change.shift if change and arcs and arcs[0].edge == change.edge else 0
            found = adjoint_var(Node(name, None if step is None else step + late))
        case Either(parts):
            found = ex.add(*(_expression(part, change) for part in parts))
    for arc in arcs:
        found = _along(arc, found, change)
    return found


def _along(arc: Arc, adjoint: Expr, change: Change | None) -> Expr:
    if adjoint == ex.ZERO:
        return ex.ZERO
    if change is not None and change.edge == arc.edge and change.slip is not None:
        if change.slip.after is None:
            return ex.ZERO
        return _put(ex.shift(change.slip.after, arc.step), adjoint)
    return arc.edge.at(arc.step).pull(adjoint)


def _put(expr: Expr, adjoint: Expr) -> Expr:
    """An expression with the adjoint in the place of λ, products joined."""
    if expr == LAMBDA:
        return adjoint
    if isinstance(expr, ex.Mul):
        return ex.mul(*(_put(factor, adjoint) for factor in expr.factors))
    return ex.rebuild(expr, lambda child: _put(child, adjoint))
