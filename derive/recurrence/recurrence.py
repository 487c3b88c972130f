"""Recurrence: the path sum as a backward recurrence that holds for every T.

The paths from L to v_t are grouped by their arc nearest v_t. What is left of the group that enters along w_{t+k} → v_t
is the set of all paths from L to w_{t+k}; so the adjoint of v_t is a sum, over the uses w of v, of the adjoint of
w_{t+k} times one local partial. The equations do not depend on t, so neither does the grouping: only arcs beyond T are
missing, which is the boundary. Adjoints that are not worth a name are put in place; the rest is a `Rule` for each named
adjoint.

A variable at one step for all t, g_1, is used by every step that says so. What these uses give it is collected beforehand, as
the gradient by a parameter is: γ_1 = Σ_s of the adjoint of each use times its local partial. The rule of g then has one term
more, [t = 1] γ_1.

Nothing here knows a network: the rules come from the edges of the rolled graph.
(Werbos, Backpropagation through time: what it does and how to do it, Proceedings of the IEEE 78, 1990.)
"""

from __future__ import annotations

from collections.abc import Callable, Container, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from derive.equations import Expr
from derive.equations import expression as ex
from derive.graph import ONCE, Arc, Graph, Node, Unrolled
from derive.network import closure
from derive.paths import Words
from derive.recurrence.circles import circles, solved
from derive.recurrence.closed_form import ClosedForm
from derive.recurrence.run import Spelling, run, summed
from derive.recurrence.tree import (
    All,
    Start,
    Then,
    Tree,
    adjoints,
    either,
    expression,
    merged,
    moved,
    replaced,
    spread,
    terms,
    within,
)
from derive.shown import Shown

SHORT = 2
"""An adjoint that is a product of this many factors is written out; a longer one has a name, if it is used again."""


@dataclass(frozen=True, slots=True, repr=False)
class Rule(Shown):
    """The adjoint of a variable for general t, as a tree over steps relative to t: t + k is step k."""

    name: str
    tree: Tree

    @property
    def parts(self) -> tuple[Tree, ...]:
        """The terms of the rule: first what comes from the loss, then from other adjoints, nearest steps first."""
        return terms(self.tree)

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


@dataclass(frozen=True, repr=False)
class Recurrence(Shown):
    """The backward recurrence of a network, for general t and every T."""

    graph: Graph

    @cached_property
    def raw(self) -> dict[str, Tree]:
        """Per variable, its paths grouped by the arc nearest to it; empty groups are left out."""
        return {name: either(self._uses(name)) for name in self.graph.network.variables if name in self.reached}

    @cached_property
    def variants(self) -> dict[Hashable, tuple[Expr | None, ...]]:
        """Rules as far as they exist near the ends of T steps: kept here by whoever writes them out, for any values."""
        return {}

    @property
    def reached(self) -> frozenset[str]:
        """The variables the loss depends on at all."""
        return self.graph.reached

    def _uses(self, name: str) -> Iterator[Tree]:
        if name == self.graph.network.loss:
            yield Start(Arc(self.graph.loss_edge, 0))
        uses = [edge for edge in self.graph.above[name] if edge.head in self.reached]
        for edge in sorted((edge for edge in uses if edge.anchor is None), key=lambda edge: abs(edge.lag or 0)):
            lag = edge.lag or 0
            yield Then(All(Node(edge.head, lag)), Arc(edge, lag))
        yield from (
            All(Node(label, 0)) for label in dict.fromkeys(edge.collected for edge in uses if edge.anchor is not None)
        )

    @cached_property
    def named(self) -> tuple[str, ...]:
        """The variables whose adjoint has a name, in the order in which adjoints are computed.

        They are the states, those the author asks for, those that are read at one step for all t, and those whose adjoint is
        used more than once and takes longer to write out than a name.
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
        anchored = (ex.anchor(label)[0] for label in self.collected)
        named = {name for name in (*network.states, *network.adjoints, *anchored) if name in self.reached}
        named.update(self.collected)
        trees: dict[str, Tree] = {}

        def adjoint(node: Node) -> Tree:
            if node.name not in named and node.name not in trees:
                trees[node.name] = tree = merged(replaced(self.raw[node.name], adjoint))
                if self._deserves_name(node.name, tree):
                    named.add(node.name)
            return All(node) if node.name in named else moved(trees[node.name], node.step or 0)

        for name in self._from_loss():
            adjoint(Node(name, 0))
        for name in named & self.raw.keys():
            trees[name] = merged(replaced(self.raw[name], adjoint))
        return trees, frozenset(named)

    @property
    def collected(self) -> tuple[str, ...]:
        """The variables at one step for all t that L depends on as such, ``g[1]``: what comes from every step is collected."""
        return tuple(self.graph.anchored)

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

    @cached_property
    def order(self) -> tuple[str, ...]:
        """The names of the rules, in their order, with what is collected for a variable before its rule."""
        collected = {name: [one for one in self.collected if ex.anchor(one)[0] == name] for name in self.named}
        return tuple(each for name in self.named for each in (*collected[name], name))

    def adjoint(self, name: str) -> Tree:
        """The adjoint of a variable at general t: its symbol if it is named, else what stands for it."""
        trees, named = self._trees
        return All(Node(name, 0)) if name in named else trees[name]

    def by_step(self, name: str) -> Rule:
        """The derivative by a datum at general t: like the rule of an adjoint, from the equations that use it."""
        return Rule(name, merged(replaced(either(self._uses(name)), self._in_place)))

    def _in_place(self, node: Node) -> Tree:
        """The adjoint of a variable at a step relative to t: its symbol, or what stands for it."""
        return moved(self.adjoint(node.name), node.step or 0)

    def gradient(self, parameter: str) -> tuple[Tree, ...]:
        """The terms of dL/d(parameter) at general t, one per equation that uses it; the gradient sums them over t.

        So are those of what is ``collected``.
        """
        uses = self.graph.anchored.get(parameter) or self.graph.above[parameter]
        return tuple(Then(self.adjoint(edge.head), Arc(edge, 0)) for edge in uses if edge.head in self.reached)

    def penalty(self, parameter: str) -> tuple[Tree, ...]:
        """What the term of L that counts once adds to dL/d(parameter), once: an arc, or nothing."""
        return tuple(Start(Arc(edge, ONCE)) for edge in self.graph.penalty_edges if edge.tail == parameter)

    def gradient_at(self, unrolled: Unrolled, target: Node) -> tuple[Tree, ...]:
        """The terms of the derivative by a parameter or an initial state, for this T in the order of t, the penalty last.

        Of a variable at one step for all t, ``g[1]``, those that are collected.
        """
        found: list[tuple[int, Tree]] = []
        variable, at = ex.anchor(target.name)
        for arc, head in unrolled.above(Node(variable, target.step)):
            if arc.edge.anchor != at:
                continue
            if arc.edge.from_total:
                found.append((arc.step, Start(arc)))
            elif head in unrolled.reached:
                whole = Then(moved(self.adjoint(head.name), arc.step), arc)
                tree = within(whole, unrolled.steps, unrolled.loss_steps, unrolled.reached)
                found.extend(() if tree is None else ((arc.step, tree),))
        return tuple(tree for _, tree in sorted(found, key=lambda entry: (entry[0] == ONCE, entry[0])))

    # -- in any ring --------------------------------------------------------------------------------------------------

    def nodes(
        self, unrolled: Unrolled, first: int = 1, last: int | None = None, among: Container[str] | None = None
    ) -> Iterator[Node]:
        """Every variable whose adjoint is named at every step (of a window), each before those whose rules look at it.

        What is collected comes before the first step of its variable. ``among``: of other variables than those named.
        """
        among = self.rules if among is None else among
        waiting = [unrolled.anchor(label) for label in self.collected]
        for node in unrolled.nodes_from_loss(first, last):
            if node.name in among:
                ready = [label for label in waiting if ex.anchor(label.name)[0] == node.name]
                yield from ready
                waiting = [label for label in waiting if label not in ready]
                yield node

    def at(self, unrolled: Unrolled, node: Node) -> Tree | None:
        """What the adjoint of a named variable is at a step, or what is collected there; None where no path leads."""
        if node.name in self.rules:
            return self.rules[node.name].at(unrolled, node.step or 0)
        found = self.gradient_at(unrolled, node)
        return either(found) if found else None

    def adjoints(self, unrolled: Unrolled, weight: Callable[[Arc], Any], zero: Any = None) -> dict[Node, Any]:
        """The named adjoints by the rules, in any ring; those that no path leads to are ``zero``, or absent."""
        return run(self.nodes(unrolled), lambda node: self.at(unrolled, node), weight, zero=zero)

    def derivative(
        self,
        unrolled: Unrolled,
        target: Node,
        weight: Callable[[Arc], Any],
        adjoints: Mapping[Node, Any],
        zero: Any = None,
    ) -> Any | None:
        """The derivative by a parameter or an initial state, given the `adjoints`, in any ring; ``zero`` without a path."""
        return summed(self.gradient_at(unrolled, target), weight, adjoints.__getitem__, zero=zero)

    # -- in closed form -----------------------------------------------------------------------------------------------

    @cached_property
    def circles(self) -> tuple[tuple[str, ...], ...]:
        """The adjoints that come back to themselves, those together that depend on one another."""
        return circles({name: rule.tree for name, rule in self.rules.items()}, self.graph.network.states)

    @cached_property
    def closed_forms(self) -> tuple[ClosedForm, ...]:
        """The closed forms there are, one per circle; the adjoints that they are not for follow by their rules."""
        trees = {name: rule.tree for name, rule in self.rules.items()}
        found = (solved(circle, trees, self.graph.network.states) for circle in self.circles)
        return tuple(form for form in found if form is not None)

    def needed_by(self, names: Iterable[str]) -> frozenset[str]:
        """The adjoints that some named adjoints depend on, directly or not, themselves included."""

        def onward(name: str) -> Iterator[str]:
            trees = (self.rules[name].tree,) if name in self.rules else self.gradient(name)
            return (node.name for tree in trees for node in adjoints(tree))

        return closure(names, onward)

    # -- the proof ----------------------------------------------------------------------------------------------------

    def induction_holds(self) -> bool:
        """Verify the step from the adjoints computed before to those of step t as a polynomial identity in free symbols.

        Every arc, every loss and every named adjoint is a symbol; products keep their order, so that the identity holds for
        matrices too. Grouping the paths to each node by their nearest arc, as the edges of the graph say, gives a linear
        system for the adjoints; the rules, with what stands for the unnamed adjoints, have to solve it identically, and so
        have the gradients, with what the penalty adds. The identity is the step of the induction for every t and T: near the
        boundary some arcs, losses and adjoints do not exist, which sets their symbols to 0 on both sides.
        """
        trees, _ = self._trees
        solved = {name: self.rules[name].tree if name in self.rules else trees[name] for name in self.reached}
        symbols = (*self.named, *self.collected)
        places = {name: -2 - len(self.graph.penalty_edges) - place for place, name in enumerate(symbols)}

        @cache
        def adjoint(node: Node) -> Words:
            if node.name in places:
                return Words.of([((places[node.name], node.step or 0),)])
            return spelled(moved(solved[node.name], node.step or 0))

        spelled = Spelling(tuple(solved.values()), adjoint)

        once = (*self.graph.network.parameters, *self.collected)
        grouped = {name: Words() for name in (*self.reached, *once)}
        grouped[self.graph.network.loss] = spelled(Start(Arc(self.graph.loss_edge, 0)))
        for edge in self.graph.edges:
            if edge.head in self.reached and edge.collected in grouped:
                arc = Arc(edge, edge.lag or 0)
                grouped[edge.collected] += spelled(Then(All(Node(edge.head, arc.step)), arc))
        for label in self.collected:
            grouped[ex.anchor(label)[0]] += adjoint(Node(label, 0))
        for edge in self.graph.penalty_edges:
            grouped[edge.tail] += Words.letter(Arc(edge, ONCE))
        solution = {name: spelled(tree) for name, tree in solved.items()}
        for parameter in once:
            solution[parameter] = spelled(either((*self.gradient(parameter), *self.penalty(parameter))))
        return solution == grouped


def _length(expr: Expr) -> int:
    """How many factors a product has when written out."""
    match expr:
        case ex.Mul(factors):
            return sum(map(_length, factors))
        case ex.MatMul(one, other) | ex.Dot(one, other) | ex.Outer(one, other):
            return _length(one) + _length(other)
        case ex.Neg(body) | ex.Transpose(body):
            return _length(body)
        case _:
            return 1
