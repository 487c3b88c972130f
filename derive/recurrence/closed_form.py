"""Closed form: a rule with one term in its own adjoint, solved — a sum over later steps, a product of transfers each.

    δ_t = source_t + transfer_{t+1} δ_{t+1}    ⇒    δ_t = Σ_{s ≥ t} (Π_{t < j ≤ s} transfer_j) source_s

and the mirror image for a state that runs backwards.
"""

from __future__ import annotations

from dataclasses import dataclass

from derive.equations import Expr
from derive.equations import expression as ex
from derive.graph import Node, Unrolled
from derive.recurrence.tree import (
    Tree,
    adjoint_var,
    adjoints,
    either,
    expression,
    has_start,
    moved,
    replaced,
    spread,
    terms,
    within,
)


@dataclass(frozen=True, slots=True)
class ClosedForm:
    """δ_t = Σ_{s} (source of step s) · Π of the transfers between t and s, for a rule with one term in itself.

    ``source`` is the tree of all other terms, relative to its step; ``transfer`` the tree of the term in the rule's own
    adjoint, one step ahead (``direction`` 1) or back (−1).
    """

    name: str
    source: Tree | None
    transfer: Tree
    direction: int

    @property
    def sources(self) -> tuple[Tree, ...]:
        """The terms of the source, relative to their step."""
        return () if self.source is None else terms(self.source)

    @property
    def transfers(self) -> tuple[Tree, ...]:
        """The ways from the adjoint of a step to the one a step earlier (later, if backwards), relative to the first."""
        return terms(moved(self.transfer, -self.direction))

    @property
    def factor(self) -> Expr:
        """The transfer as a plain factor, relative to the step of the adjoint that it hands on (scalar networks)."""
        own = adjoint_var(Node(self.name, 0))
        whole = expression(moved(self.transfer, -self.direction))
        return _without_ones(ex.substitute(whole, {own: ex.ONE}))

    def at(self, unrolled: Unrolled, step: int) -> Tree | None:
        """The sum written out for a given T and step; None where no path leads. Of a size that grows with T²."""
        if self.source is None:
            return None
        end = unrolled.steps + 1 if self.direction == 1 else 0
        found = []
        for origin in range(step, end, self.direction):
            term = within(moved(self.source, origin), unrolled.steps, unrolled.loss_steps, unrolled.reached)
            if term is None:
                continue
            for later in range(origin, step, -self.direction):
                term = _put(moved(self.transfer, later - self.direction), term)
            found.append(term)
        return either(found) if found else None


def closed_form(name: str, rule: Tree) -> ClosedForm | None:
    """Return the closed form of a rule that looks at its own adjoint one step away; None for any other.

    No other adjoint in the rule may depend on this one.
    """
    found = terms(rule)
    if any(has_start(term) or len(adjoints(term)) > 1 for term in found if _hands_on(term, name)):
        found = spread(rule)
    own = [term for term in found if _hands_on(term, name)]
    rest = [term for term in found if not _hands_on(term, name)]
    steps = {node.step for term in own for node in adjoints(term)}
    if len(steps) != 1 or not steps <= {1, -1}:
        return None
    return ClosedForm(name, either(rest) if rest else None, either(own), steps.pop() or 0)


def _hands_on(tree: Tree, name: str) -> bool:
    """Whether a term contains the adjoint of that name."""
    return any(node.name == name for node in adjoints(tree))


def _put(transfer: Tree, inner: Tree) -> Tree:
    """Put a tree in place of the one adjoint that a transfer hands on; a transfer of several ways keeps them."""
    return replaced(transfer, lambda _: inner)


def _without_ones(expr: Expr) -> Expr:
    """A product without factors 1, which putting 1 for the adjoint left."""
    match expr:
        case ex.Mul(factors):
            return ex.mul(*map(_without_ones, factors))
        case ex.Add(summands):
            return ex.Add(tuple(map(_without_ones, summands)))
        case ex.Neg(body):
            return ex.mul(ex.Neg(ex.ONE), _without_ones(body))
        case _:
            return expr
