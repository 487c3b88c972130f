"""Closed form: adjoints that come back to themselves, solved — a sum over later steps, a product of transfers each.

One adjoint that comes back to itself one step on is a geometric sum,

    δ_t = g_t + f_{t+1} δ_{t+1}    ⇒    δ_t = Σ_{s ≥ t} f_{t+1} f_{t+2} ⋯ f_s g_s,

and several that come back to one another are the same with a column δ_t and block matrices, which do not commute: the factor
nearest to t stands on the left, the one nearest to the loss on the right,

    δ_t = g_t + F_{t+1} δ_{t+1}    ⇒    δ_t = Σ_{s ≥ t} F_{t+1} F_{t+2} ⋯ F_s g_s.

The block of F_{t+1} in the row of v and the column of u is all ways from δ^u_{t+1} to δ^v_t. An adjoint that δ^v_t looks at in
its own step has its row put in place; what δ^v_t hands on from d > 1 steps on waits on the way d − 1 times, and each wait is a
component of its own, with a 1 in F that hands it one step further back (companion form). For states that run backwards in time
all is mirrored. What other adjoints add is part of g_t.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from derive.graph import Node, Unrolled
from derive.recurrence.tree import All, Tree, adjoints, either, moved, replaced, spread, terms, within
from derive.shown import Symbolic


class Component(NamedTuple):
    """A component of the column: δ_t of a name, or (``waits`` k > 0) what comes from later than t to its δ_{t−k}."""

    name: str
    waits: int = 0


@dataclass(frozen=True)
class ClosedForm(Symbolic):
    """δ_t = Σ_s (product of the transfers between t and s) · (source of step s), for adjoints solved for together.

    ``rules`` has the rule of each name, in terms of these adjoints — at other steps in one ``direction`` (1: later, −1:
    earlier), at their own step only such that none looks at itself — and of adjoints that do not depend on them.
    """

    names: tuple[str, ...]
    rules: tuple[Tree, ...]
    direction: int

    @cached_property
    def components(self) -> tuple[Component, ...]:
        """What the column holds: each adjoint, then what waits to reach it."""
        return tuple(Component(name, waits) for name in self.names for waits in range(self._depth(name)))

    def _depth(self, name: str) -> int:
        """How many steps away the rule of a name looks, 1 at least."""
        steps = [abs(node.step or 0) for term in self._terms[name] for node in self._solved(term)]
        return max([1, *steps])

    @cached_property
    def _terms(self) -> dict[str, tuple[Tree, ...]]:
        """The terms of each rule; one that hands on an adjoint solved for is a single way from it."""
        return {name: tuple(self._apart(rule)) for name, rule in zip(self.names, self.rules, strict=True)}

    def _apart(self, rule: Tree) -> Iterator[Tree]:
        for term in terms(rule):
            yield from spread(term) if self._solved(term) else (term,)

    def _solved(self, term: Tree) -> tuple[Node, ...]:
        """The adjoints solved for that a term hands on."""
        return tuple(node for node in adjoints(term) if node.name in self.names)

    # -- what it is made of, relative to the step of the adjoint -----------------------------------------------------------

    def terms(self, name: str) -> tuple[Tree, ...]:
        """The terms of a rule, each a single way from an adjoint solved for, or a source."""
        return self._terms[name]

    def sources(self, name: str) -> tuple[Tree, ...]:
        """The terms of a rule that come from the loss or from adjoints that do not depend on those solved for."""
        return tuple(term for term in self._terms[name] if not self._solved(term))

    def ways(self, name: str, origin: Node) -> tuple[Tree, ...]:
        """The ways by which a rule hands on one adjoint."""
        return tuple(term for term in self._terms[name] if self._solved(term) == (origin,))

    def beside(self, name: str) -> tuple[str, ...]:
        """The adjoints solved for that a rule looks at in its own step."""
        return tuple(other for other in self.names if self.ways(name, Node(other, 0)))

    def straight(self, to: Component, origin: Component) -> tuple[Tree, ...]:
        """The ways from a component one step on to another that pass no third in between."""
        next_to = Node(origin.name, self.direction)
        found: tuple[Tree, ...] = ()
        if not origin.waits:
            later = Node(origin.name, (to.waits + 1) * self.direction)
            found = tuple(moved(way, -to.waits * self.direction) for way in self.ways(to.name, later))
        return (*found, All(next_to)) if origin == (to.name, to.waits + 1) else found

    def block(self, to: Component, origin: Component) -> Tree | None:
        """All ways from a component one step on to another, whose step is 0; None if there is none."""
        found = list(self.straight(to, origin))
        for other in () if to.waits else self.beside(to.name):
            inner = self.block(Component(other), origin)
            if inner is not None:
                found += [_put(way, inner) for way in self.ways(to.name, Node(other, 0))]
        return either(found) if found else None

    def source(self, name: str) -> Tree | None:
        """What comes from the loss or from other adjoints, also by way of adjoints solved for of the same step."""
        found = list(self.sources(name))
        for other in self.beside(name):
            inner = self.source(other)
            if inner is not None:
                found += [_put(way, inner) for way in self.ways(name, Node(other, 0))]
        return either(found) if found else None

    # -- written out -------------------------------------------------------------------------------------------------------

    def at(self, unrolled: Unrolled, node: Node) -> Tree | None:
        """The sum written out for an adjoint at a step; None where no path leads. Of a size that grows with T²."""
        step = node.step or 0
        end = unrolled.steps + 1 if self.direction == 1 else 0
        found: list[Tree] = []
        for origin in range(step, end, self.direction):
            column = self._sources_at(unrolled, origin)
            for later in range(origin, step, -self.direction):
                column = self._handed_on(column, later - self.direction)
            found += [column[Component(node.name)]] if Component(node.name) in column else []
        return either(found) if found else None

    def _sources_at(self, unrolled: Unrolled, step: int) -> dict[Component, Tree]:
        column: dict[Component, Tree] = {}
        for name in self.names:
            source = self.source(name)
            tree = source and within(moved(source, step), unrolled.steps, unrolled.loss_steps, unrolled.reached)
            column |= {Component(name): tree} if tree else {}
        return column

    def _handed_on(self, column: dict[Component, Tree], step: int) -> dict[Component, Tree]:
        """A matrix times a column: what the components of the step before hand on to those of this step."""
        product: dict[Component, Tree] = {}
        for to in self.components:
            ways = [
                _put(moved(block, step), inner)
                for origin, inner in column.items()
                if (block := self._blocks.get((to, origin))) is not None
            ]
            product |= {to: either(ways)} if ways else {}
        return product

    @cached_property
    def _blocks(self) -> dict[tuple[Component, Component], Tree]:
        blocks = {(to, origin): self.block(to, origin) for to in self.components for origin in self.components}
        return {place: block for place, block in blocks.items() if block is not None}


def _put(way: Tree, inner: Tree) -> Tree:
    """Put a tree in place of the one adjoint that a way hands on."""
    return replaced(way, lambda _: inner)
