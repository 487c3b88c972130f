"""Recurrence: the path sum folded into a backward recurrence that holds for every T.

The paths from L to v_t are grouped by their arc nearest v_t. What is left of the group that enters along w_{t+k} → v_t is
the set of all paths from L to w_{t+k}; so the adjoint of v_t is a sum, over the uses w of v, of the adjoint of w_{t+k} times
one local partial. The equations do not depend on t, so neither does the grouping: only arcs beyond T are missing, which is
the boundary. Adjoints that are not worth a name are put in place; the rest is a `Rule` for each named adjoint.

Nothing here knows a network: the rules come from the edges of the rolled graph.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import sympy

from derive import expression as ex
from derive.expression import Expr
from derive.fold import (
    All,
    Either,
    Start,
    Then,
    Tree,
    adjoints,
    either,
    expression,
    has_start,
    moved,
    replaced,
    spread,
    within,
)
from derive.graph import Edge, Graph
from derive.unroll import Arc, Node, Unrolled


@dataclass(frozen=True, slots=True)
class Rule:
    """The adjoint of a variable for general t, as a tree over steps relative to t: t + k is step k."""

    name: str
    tree: Tree

    @property
    def parts(self) -> tuple[Tree, ...]:
        """The terms of the rule: first what comes from the loss, then from other adjoints, nearest steps first."""
        return self.tree.parts if isinstance(self.tree, Either) else (self.tree,)

    @property
    def expression(self) -> Expr:
        """The right-hand side for general t."""
        return expression(self.tree)

    def at(self, unrolled: Unrolled, step: int) -> Tree | None:
        """The rule at a given step: arcs outside 1 … T left out; None where no path comes from the loss."""
        return within(moved(self.tree, step), unrolled.steps, unrolled.loss_steps)

    @property
    def ahead(self) -> int:
        """How many steps the rule looks ahead (or, for a state that runs backwards, back: negative)."""
        steps = [node.step or 0 for node in adjoints(self.tree)]
        return max(steps, key=abs, default=0)


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

    def at(self, unrolled: Unrolled, step: int) -> Tree | None:
        """The sum written out for a given T and step."""
        end = unrolled.steps + 1 if self.direction == 1 else 0
        terms = []
        for origin in range(step, end, self.direction):
            term = self.source and within(moved(self.source, origin), unrolled.steps, unrolled.loss_steps)
            if term is None:
                continue
            for back in range(origin - self.direction, step - self.direction, -self.direction):
                term = _put(moved(self.transfer, back), Node(self.name, back + self.direction), term)
            terms.append(term)
        return either(terms) if terms else None


def _put(tree: Tree, node: Node, inner: Tree) -> Tree:
    """Put a tree in place of one adjoint."""
    match tree:
        case All(found) if found == node:
            return inner
        case Then(body, arc):
            return Then(_put(body, node, inner), arc)
        case Either(parts):
            return Either(tuple(_put(part, node, inner) for part in parts))
        case _:
            return tree


@dataclass(frozen=True)
class Recurrence:
    """The backward recurrence of a network, for general t and every T."""

    graph: Graph

    @cached_property
    def raw(self) -> dict[str, Tree]:
        """Per variable, its paths grouped by the arc nearest to it; empty groups are left out."""
        return {name: either(self._uses(name)) for name in self.graph.network.variables if name in self.reached}

    @cached_property
    def reached(self) -> frozenset[str]:
        """The variables the loss depends on at all."""
        seen: set[str] = set()
        queue = [self.graph.network.loss]
        while queue:
            name = queue.pop()
            if name not in seen and name in self.graph.below:
                seen.add(name)
                queue.extend(edge.tail for edge in self.graph.below[name])
        return frozenset(seen)

    def _uses(self, name: str) -> Iterator[Tree]:
        if name == self.graph.network.loss:
            yield Start(0)
        uses = [edge for edge in self.graph.above[name] if edge.head in self.reached]
        for edge in sorted(uses, key=lambda edge: abs(edge.lag or 0)):
            lag = edge.lag or 0
            yield Then(All(Node(edge.head, lag)), Arc(edge, lag))

    @cached_property
    def named(self) -> tuple[str, ...]:
        """The variables whose adjoint has a name: the states, those the author asks for, and those whose adjoint is used
        more than once and takes longer to write out than a name. In the order in which they are computed backwards."""
        return tuple(name for name in self._from_loss() if name in self._trees[1])

    def _from_loss(self) -> Iterator[str]:
        for sweep in reversed(self.graph.sweeps):
            yield from (name for name in reversed(sweep.names) if name in self.reached)

    @cached_property
    def _trees(self) -> tuple[dict[str, Tree], frozenset[str]]:
        """Each variable's tree with unnamed adjoints put in place, and which adjoints are named.

        Every circle of the rolled graph leads through a state, and states are named: the recursion ends there.
        """
        network = self.graph.network
        named = {name for name in (*network.states, *network.adjoints) if name in self.reached}
        trees: dict[str, Tree] = {}

        def adjoint(node: Node) -> Tree:
            if node.name not in named and node.name not in trees:
                trees[node.name] = tree = merged(replaced(self.raw[node.name], adjoint))
                uses = sum(edge.tail not in network.data for edge in self.graph.below[node.name])
                if uses > 1 and node.name != network.loss and not network.adjoints and _is_long(tree):
                    named.add(node.name)
            return All(node) if node.name in named else moved(trees[node.name], node.step or 0)

        for name in self._from_loss():
            adjoint(Node(name, 0))
        for name in tuple(named):
            trees[name] = merged(replaced(self.raw[name], adjoint))
        return trees, frozenset(named)

    @cached_property
    def rules(self) -> dict[str, Rule]:
        """The rule of each named adjoint, in the order in which they are computed backwards."""
        trees, _ = self._trees
        return {name: Rule(name, trees[name]) for name in self.named}

    def adjoint(self, name: str) -> Tree:
        """The adjoint of a variable at general t: its symbol if it is named, else what stands for it."""
        trees, named = self._trees
        return All(Node(name, 0)) if name in named else trees[name]

    def gradient(self, parameter: str) -> tuple[Tree, ...]:
        """The terms of dL/d(parameter) at general t, one per equation that uses it; the gradient sums them over t."""
        uses = [edge for edge in self.graph.above[parameter] if edge.head in self.reached]
        return tuple(Then(self.adjoint(edge.head), Arc(edge, 0)) for edge in uses)

    def gradient_at(self, unrolled: Unrolled, target: Node) -> tuple[Tree, ...]:
        """The terms of the derivative by a parameter or an initial state, written for this T in the order of t."""
        found: list[Tree] = []
        for arc, head in unrolled.above(target):
            if arc.edge is None:
                found.append(Start(arc.step))
            elif head.name in self.reached:
                tree = within(Then(moved(self.adjoint(head.name), arc.step), arc), unrolled.steps, unrolled.loss_steps)
                found.extend(() if tree is None else (tree,))
        return tuple(sorted(found, key=lambda tree: tree.arc.step if isinstance(tree, Then) else 0))

    def closed_form(self, name: str) -> ClosedForm | None:
        """The closed form of a named adjoint: there is one if it depends on itself in one step, linearly, and on no adjoint
        that depends on it."""
        rule = self.rules[name]
        own = [part for part in rule.parts if any(node.name == name for node in adjoints(part))]
        rest = [part for part in rule.parts if part not in own]
        mixed = any(has_start(part) or len(adjoints(part)) > 1 for part in own)
        steps = {node.step for part in own for node in adjoints(part)}
        if mixed or len(steps) != 1 or not steps <= {1, -1} or self._feeds_back(name):
            return None
        return ClosedForm(name, either(rest) if rest else None, either(own), steps.pop() or 0)

    def _feeds_back(self, name: str) -> bool:
        """Whether another adjoint in the rule depends on this one."""
        seen: set[str] = set()
        queue = [node.name for node in adjoints(self.rules[name].tree) if node.name != name]
        while queue:
            other = queue.pop()
            if other == name:
                return True
            if other not in seen:
                seen.add(other)
                queue.extend(node.name for node in adjoints(self.rules[other].tree))
        return False

    def induction_holds(self) -> bool:
        """Verify the step from later adjoints to those of step t as a polynomial identity in free symbols.

        Every arc and every named adjoint is a free symbol. The path sums of all variables, grouped by the nearest arc, are
        a linear system; the rules, with what stands for the unnamed adjoints, have to solve it identically.
        """
        trees, named = self._trees

        def value(node: Node) -> sympy.Expr:
            if node.name in named:
                return sympy.Symbol(f"adjoint_{node.name}_{node.step}")
            return _polynomial(moved(trees[node.name], node.step or 0), value)

        return all(
            sympy.expand(_polynomial(self.raw[name], value) - _polynomial(tree, value)) == 0
            for name, tree in trees.items()
        )


def _polynomial(tree: Tree, value: Callable[[Node], sympy.Expr]) -> sympy.Expr:
    """A tree as a polynomial, with a free symbol for each arc."""
    match tree:
        case Start(step):
            return sympy.Symbol(f"loss_{step}")
        case All(node):
            return value(node)
        case Then(inner, arc):
            return _polynomial(inner, value) * sympy.Symbol(f"arc_{arc.key[0]}_{arc.key[1]}")
        case Either(parts):
            return sympy.Add(*(_polynomial(part, value) for part in parts))


def merged(tree: Tree) -> Tree:
    """Return a tree whose unions directly inside unions are one."""
    match tree:
        case Then(inner, arc):
            return Then(merged(inner), arc)
        case Either(parts):
            flat: list[Tree] = []
            for part in map(merged, parts):
                flat.extend(part.parts if isinstance(part, Either) else (part,))
            return either(flat)
        case _:
            return tree


def _is_long(tree: Tree) -> bool:
    """Whether an adjoint takes longer to write out than a name: a sum, or a product of three or more."""
    return len(spread(tree)) > 1 or _length(expression(tree)) > 2


def _length(expr: Expr) -> int:
    """How many factors a product has when written out."""
    match expr:
        case ex.Mul(factors):
            return sum(map(_length, factors))
        case ex.MatMul(_, body) | ex.Dot(_, body) | ex.Outer(body, _):
            return 1 + _length(body)
        case ex.Neg(body):
            return _length(body)
        case _:
            return 1


def edges_of(tree: Tree) -> tuple[Edge, ...]:
    """The edges a tree walks along, without the loss arcs."""
    match tree:
        case Start() | All():
            return ()
        case Then(inner, arc):
            return (*edges_of(inner), *(() if arc.edge is None else (arc.edge,)))
        case Either(parts):
            return tuple(edge for part in parts for edge in edges_of(part))
