"""Recurrence: the path sum folded into a backward recurrence that holds for every T.

The paths from L to v_t are grouped by their arc nearest v_t. What is left of the group that enters along w_{t+k} → v_t
is the set of all paths from L to w_{t+k}; so the adjoint of v_t is a sum, over the uses w of v, of the adjoint of
w_{t+k} times one local partial. The equations do not depend on t, so neither does the grouping: only arcs beyond T are
missing, which is the boundary. Adjoints that are not worth a name are put in place; the rest is a `Rule` for each named
adjoint.

Nothing here knows a network: the rules come from the edges of the rolled graph.
(Werbos, Backpropagation through time, Proceedings of the IEEE 78, 1990.)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from derive.equations import Expr
from derive.equations import expression as ex
from derive.graph import Arc, Graph, Node, Unrolled
from derive.paths import Word
from derive.recurrence.tree import (
    All,
    Either,
    Start,
    Then,
    Tree,
    adjoints,
    either,
    expression,
    has_start,
    merged,
    moved,
    replaced,
    spread,
    within,
    words,
)
from derive.shown import Shown

SHORT = 2
"""An adjoint that is a product of this many factors is written out; a longer one has a name, if it is used again."""


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
        """The rule at a given step, with that which does not exist there left out; None where no path leads."""
        return within(moved(self.tree, step), unrolled.steps, unrolled.loss_steps, unrolled.reached)

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
        """The sum written out for a given T and step; None where no path leads. Of a size that grows with T²."""
        if self.source is None:
            return None
        end = unrolled.steps + 1 if self.direction == 1 else 0
        terms = []
        for origin in range(step, end, self.direction):
            term = within(moved(self.source, origin), unrolled.steps, unrolled.loss_steps, unrolled.reached)
            if term is None:
                continue
            for later in range(origin, step, -self.direction):
                term = _put(moved(self.transfer, later - self.direction), term)
            terms.append(term)
        return either(terms) if terms else None


def _put(transfer: Tree, inner: Tree) -> Tree:
    """Put a tree in place of the one adjoint that a transfer hands on; a transfer with several routes keeps them."""
    return replaced(transfer, lambda _: inner)


@dataclass(frozen=True)
class Recurrence(Shown):
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
        """The variables whose adjoint has a name, in the order in which adjoints are computed.

        They are the states, those the author asks for, and those whose adjoint is used more than once and takes longer
        to write out than a name.
        """
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
                if self._deserves_name(node.name, tree):
                    named.add(node.name)
            return All(node) if node.name in named else moved(trees[node.name], node.step or 0)

        for name in self._from_loss():
            adjoint(Node(name, 0))
        for name in tuple(named):
            trees[name] = merged(replaced(self.raw[name], adjoint))
        return trees, frozenset(named)

    def _deserves_name(self, name: str, tree: Tree) -> bool:
        """Whether an adjoint is used more than once and takes longer to write out than a name.

        An author who names adjoints decides alone; the loss has none, it is 1.
        """
        network = self.graph.network
        if network.adjoints or name == network.loss:
            return False
        uses = sum(edge.tail not in network.data for edge in self.graph.below[name])
        return uses > 1 and (len(spread(tree)) > 1 or _length(expression(tree)) > SHORT)

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
        found: list[tuple[int, Tree]] = []
        for arc, head in unrolled.above(target):
            if arc.edge is None:
                found.append((arc.step, Start(arc.step)))
            elif head in unrolled.reached:
                whole = Then(moved(self.adjoint(head.name), arc.step), arc)
                tree = within(whole, unrolled.steps, unrolled.loss_steps, unrolled.reached)
                found.extend(() if tree is None else ((arc.step, tree),))
        return tuple(tree for _, tree in sorted(found, key=lambda entry: entry[0]))

    def closed_form(self, name: str) -> ClosedForm | None:
        """The closed form of a named adjoint.

        There is one if it depends on itself in one step, and on no other adjoint that depends on it.
        """
        rule = self.rules[name]
        terms = rule.parts
        if any(has_start(term) or len(adjoints(term)) > 1 for term in terms if _hands_on(term, name)):
            terms = spread(rule.tree)
        own = [term for term in terms if _hands_on(term, name)]
        rest = [term for term in terms if not _hands_on(term, name)]
        steps = {node.step for term in own for node in adjoints(term)}
        if len(steps) != 1 or not steps <= {1, -1} or self._feeds_back(name):
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

    # -- the proof ----------------------------------------------------------------------------------------------------

    def induction_holds(self) -> bool:
        """Verify the step from later adjoints to those of step t as a polynomial identity in free symbols.

        Every arc, every loss and every named adjoint is a symbol; products keep their order, so that the identity holds
        for matrices too. Grouping the paths to each node by their nearest arc, as the edges of the graph say, gives a
        linear system for the adjoints; the rules, with what stands for the unnamed adjoints, have to solve it
        identically, and so have the gradients. The identity is the step of the induction for every t and T: near the
        boundary some arcs, losses and adjoints do not exist, which sets their symbols to 0 on both sides.
        """
        trees, _ = self._trees
        solved = {name: self.rules[name].tree if name in self.rules else trees[name] for name in self.reached}
        places = {name: -2 - place for place, name in enumerate(self.named)}

        def adjoint(node: Node) -> Counter[Word]:
            if node.name in places:
                return Counter({((places[node.name], node.step or 0),): 1})
            return words(moved(solved[node.name], node.step or 0), adjoint)

        grouped: dict[str, Counter[Word]] = {
            name: Counter() for name in (*self.reached, *self.graph.network.parameters)
        }
        grouped[self.graph.network.loss].update(words(Start(0), adjoint))
        for edge in self.graph.edges:
            if edge.head in self.reached and edge.tail in grouped:
                arc = Arc(edge, edge.lag or 0)
                grouped[edge.tail].update(words(Then(All(Node(edge.head, arc.step)), arc), adjoint))
        folded = {name: words(tree, adjoint) for name, tree in solved.items()}
        for parameter in self.graph.network.parameters:
            folded[parameter] = words(either(self.gradient(parameter)), adjoint)
        return folded == grouped


def _hands_on(tree: Tree, name: str) -> bool:
    """Whether a term contains the adjoint of that name."""
    return any(node.name == name for node in adjoints(tree))


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
