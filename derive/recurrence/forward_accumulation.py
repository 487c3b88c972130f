"""Forward accumulation: the path sum gathered from the other end — real-time recurrent learning.

The paths from v_t to a target w are grouped by their *first* arc, the one nearest the loss: what is left of the group
that begins with v_t → u_{t−k} is the set of all paths from u_{t−k} to w. So the sensitivity p_t^v = dv_t/dw is the sum, over
the arguments u of v, of one local partial times the sensitivity of u_{t−k}, and the local partial by w itself where v uses
w. It is known once the sensitivities of earlier steps are, boundary: p = 0 before the first step (1 at w, if w is an initial
state), and dL/dw = Σ_t dl_t/dw, with ∂P/∂w beside it if a term P of L counts once. This is the mirror image of `recurrence`,
and its trees are mirrored too: ``Then(inner, arc)`` is the arc followed by every path of inner, ``All(u)`` every path from u
to w, and ``All(w)`` the empty path, 1. (Williams & Zipser, A learning algorithm for continually running fully recurrent neural
networks, 1989.)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from derive.equations import Expr, Var
from derive.equations import expression as ex
from derive.errors import NetworkError
from derive.graph import Arc, Edge, Graph, Node, Unrolled, leading
from derive.paths import PathSum, Words, pull_along
from derive.recurrence.recurrence import SHORT
from derive.recurrence.run import run, summed, words
from derive.recurrence.tree import (
    All,
    Either,
    Start,
    Then,
    Tree,
    along,
    either,
    merged,
    moved,
    replaced,
    spine,
    spread,
    terms,
)
from derive.shown import Seen


def sensitivity_var(node: Node, target: Node) -> Var:
    """Return the variable that stands for d(node)/d(target): ``dh/dw`` at the node's step, as a lag before step 0."""
    by = target.name if target.step is None else f"{target.name}_{target.step}"
    return Var(f"d{node.name}/d{by}", None if node.step is None else -node.step)


@dataclass(frozen=True, slots=True)
class SensitivityRule:
    """The sensitivity of a variable for general t, as a mirrored tree over steps relative to t."""

    name: str
    target: Node
    tree: Tree

    @property
    def parts(self) -> tuple[Tree, ...]:
        """The terms of the rule, in the order of the equation's arguments."""
        return terms(self.tree)

    @property
    def expression(self) -> Expr:
        """The right-hand side for general t. Raises `NetworkError` for vectors: see `mirrored_expression`."""
        return mirrored_expression(self.tree, self.target, general=True)


def mirrored_expression(tree: Tree, target: Node, *, general: bool = False) -> Expr:
    """Return a mirrored tree as mathematics: local partials, then the sensitivity that they multiply.

    A tree for ``general`` t, whose steps are relative, has no node that is an initial state.
    Raises `NetworkError` if a local partial is no plain factor: a sensitivity of a vector is a matrix or more, for which
    there is no expression.
    """
    first, arcs = spine(tree)
    for arc in arcs:
        if not arc.edge.partial.scalar:
            raise NetworkError(
                "sensitivities are written out for scalar networks only; numbers there are for vectors too"
            )
    match first:
        case All(node) if node == target and not (general and node.step is not None):
            rest: Expr = ex.ONE
        case All(node):
            rest = sensitivity_var(node, target)
        case Either(parts):
            rest = ex.add(*(mirrored_expression(part, target, general=general) for part in parts))
        case Start():
            raise AssertionError("a mirrored tree does not begin at L")
    return ex.mul(pull_along(reversed(arcs), ex.ONE), rest)


@dataclass(frozen=True, repr=False)
class ForwardRecurrence(Seen):
    """The forward recurrence of a network for one target, for general t and every T.

    A target is a parameter, an initial state, or data of one step.

    >>> from derive.network import load
    >>> forward = ForwardRecurrence(Graph(load("elman")), Node("w_h"))
    >>> forward.named, forward.induction_holds()
    (('h',), True)
    """

    graph: Graph
    target: Node

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The variables that depend on the target, in the order in which they are computed, and that L depends on."""
        between = self.graph.depending_on(self.target.name) & self.graph.reached
        return tuple(name for name in self.graph.order if name in between)

    @cached_property
    def raw(self) -> dict[str, Tree]:
        """Per variable, its paths to the target grouped by their first arc; empty groups are left out."""
        return {name: either(self._arguments(name)) for name in self.names}

    def _arguments(self, name: str) -> list[Tree]:
        found: list[Tree] = []
        for edge in self.graph.below[name]:
            if edge.tail in self.names or edge.tail == self.target.name:
                found.append(Then(All(_argument(edge)), Arc(edge, 0)))
        return found

    @cached_property
    def _trees(self) -> tuple[dict[str, Tree], frozenset[str]]:
        """Each variable's tree with unnamed sensitivities put in place, and which are named.

        States are named; so is what several equations use and takes longer to write out than a name.
        """
        states = {edge.tail for edge in self.graph.edges if edge.crosses}
        named = {name for name in self.names if name in states}
        trees: dict[str, Tree] = {}

        def sensitivity(node: Node) -> Tree:
            if node.step is None or node.name not in trees or node.name in named:
                return All(node)
            return moved(trees[node.name], node.step)

        for name in self.names:
            trees[name] = tree = merged(replaced(self.raw[name], sensitivity))
            uses = sum(edge.head in self.names for edge in self.graph.above[name])
            if uses > 1 and (len(spread(tree)) > 1 or len(spine(tree)[1]) > SHORT):
                named.add(name)
        return trees, frozenset(named)

    @cached_property
    def named(self) -> tuple[str, ...]:
        """The variables whose sensitivity has a name, in the order in which they are computed."""
        return tuple(name for name in self.names if name in self._trees[1])

    @cached_property
    def rules(self) -> dict[str, SensitivityRule]:
        """The rule of each named sensitivity, in the order in which they are computed forwards."""
        trees, _ = self._trees
        return {name: SensitivityRule(name, self.target, trees[name]) for name in self.named}

    @property
    def summand(self) -> Tree | None:
        """dl_t/d(target) for general t, which the gradient sums over t; None if the loss does not depend on it."""
        trees, named = self._trees
        loss = self.graph.network.loss
        if loss not in trees:
            return None
        return All(Node(loss, 0)) if loss in named else trees[loss]

    def at(self, unrolled: Unrolled, tree: Tree, step: int) -> Tree | None:
        """A tree for general t at a given step, with that which does not exist there left out: the boundary.

        None where no path leads to the target.
        """
        whole = replaced(moved(tree, step), lambda node: All(self._at_one_step(unrolled, node)))
        return pruned(whole, lambda node: node == self.target or node in self._leads(unrolled))

    def _at_one_step(self, unrolled: Unrolled, node: Node) -> Node:
        """A node at a step; one that is read at one step for all t is there at that step."""
        variable, at = ex.anchor(node.name)
        return node if at is None else Node(variable, ex.step_of(at, unrolled.steps))

    def _leads(self, unrolled: Unrolled) -> frozenset[Node]:
        if unrolled.steps not in self._leading:
            self._leading[unrolled.steps] = leading(unrolled, self.target) - {self.target}
        return self._leading[unrolled.steps]

    @cached_property
    def _leading(self) -> dict[int, frozenset[Node]]:
        return {}

    # -- in any ring --------------------------------------------------------------------------------------------------

    def sensitivities(self, unrolled: Unrolled, weight: Callable[[Arc], Any]) -> dict[Node, Any]:
        """Return the named sensitivities by the rules, step by step, in any ring; those that are 0 are absent.

        That of the target itself is among them: None, the empty product.
        """

        def rule(node: Node) -> Tree | None:
            return self.at(unrolled, self.rules[node.name].tree, node.step or 0)

        nodes = (node for node in unrolled.nodes() if node.name in self.rules)
        return run(nodes, rule, weight, given={self.target: None}, mirrored=True)

    def loss_at(self, unrolled: Unrolled, step: int) -> Tree | None:
        """Return dl_t/d(target) at a step as a tree; None if there is no path."""
        return None if self.summand is None else self.at(unrolled, self.summand, step)

    def derivative(
        self, unrolled: Unrolled, weight: Callable[[Arc], Any], sensitivities: Mapping[Node, Any]
    ) -> Any | None:
        """Return dL/d(target), given the `sensitivities`, in any ring; None if there is no path."""
        losses = ((step, self.loss_at(unrolled, step)) for step in unrolled.loss_steps)
        trees = [along(tree, [unrolled.from_loss(step)]) for step, tree in losses if tree is not None]
        trees += [Then(All(tail), arc) for arc, tail in unrolled.penalty_arcs if tail == self.target]
        return summed(trees, weight, sensitivities.__getitem__, mirrored=True)

    # -- the proof ----------------------------------------------------------------------------------------------------

    def induction_holds(self) -> bool:
        """Verify the step from earlier sensitivities to those of step t as a polynomial identity in free symbols.

        Every arc and every named sensitivity is a symbol, products keep their order. Grouping the paths from each variable
        by their first arc gives a linear system; the rules, with what stands for the unnamed, have to solve it identically.
        """
        trees, named = self._trees
        solved = {name: self.rules[name].tree if name in named else trees[name] for name in self.names}
        symbols = (*self.names, *self.graph.anchored, self.target.name)
        places = {name: -2 - place for place, name in enumerate(symbols)}

        def sensitivity(node: Node) -> Words:
            if node.step is None:
                return Words.of([()])
            if node.name in named or node.name not in trees:
                return Words.of([((places[node.name], node.step),)])
            return words(moved(solved[node.name], node.step), sensitivity, mirrored=True)

        grouped = {name: Words() for name in self.names}
        for edge in self.graph.edges:
            if edge.head in grouped and (edge.tail in grouped or edge.tail == self.target.name):
                grouped[edge.head] += words(Then(All(_argument(edge)), Arc(edge, 0)), sensitivity, mirrored=True)
        return {name: words(tree, sensitivity, mirrored=True) for name, tree in solved.items()} == grouped

    def holds(self, unrolled: Unrolled) -> bool:
        """Whether the derivative by the rules over so many steps is exactly the set of all paths to the target."""
        found = self.derivative(unrolled, Words.letter, self.sensitivities(unrolled, Words.letter))
        return (found or Words()) == PathSum(unrolled, self.target).words


def _argument(edge: Edge) -> Node:
    """Where an edge of step 0 leads; to one step for all t under a name of its own, ``g[1]``."""
    if edge.anchor is not None:
        return Node(edge.collected, 0)
    return Node(edge.tail, None if edge.lag is None else -edge.lag)


def pruned(tree: Tree, exists: Callable[[Node], bool]) -> Tree | None:
    """Return a mirrored tree without the nodes that do not exist, or whose sensitivity is 0; None if nothing is left."""
    first, arcs = spine(tree)
    match first:
        case All(node):
            return tree if exists(node) else None
        case Either(parts):
            kept = [part for part in (pruned(part, exists) for part in parts) if part is not None]
            return along(either(kept), arcs) if kept else None
        case Start():
            raise AssertionError("a mirrored tree does not begin at L")
