"""Passes: the forward pass by the equations, and the backward pass by the derived rules, in any number system.

Storage holds name → step → value, and parameter → value; adjoints stand beside under names of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, partial
from typing import Any

from derive.equations import Expr
from derive.equations import expression as ex
from derive.graph import ONCE, Node, Unrolled
from derive.numbers.compile import STEPS, Compiled, compiled, stored, value_of
from derive.numbers.digits import NoValueError
from derive.numbers.entries import Number, entries, is_array
from derive.numbers.number_systems import System
from derive.numbers.values import Values
from derive.paths import add_to, total
from derive.recurrence import (
    All,
    Either,
    Recurrence,
    Start,
    Then,
    Tree,
    adjoint_var,
    adjoints,
    expression,
    moved,
    spine,
    within,
)
from derive.shown import Seen

Storage = dict[str, Any]
PENALTY_NODE = Node("the penalty")
"""What messages call the term of L that counts once, which is no node of the graph."""


def load(unrolled: Unrolled, values: Values, system: System) -> Storage:
    """Put the values given into a number system: name → step → value, and parameter → value; sizes stand beside."""
    network = unrolled.graph.network
    storage: Storage = {name: {} for name in (*network.variables, *network.data)}
    for node, value in values.of.items():
        if node.step is None:
            storage[node.name] = system.constant(value)
        else:
            storage[node.name][node.step] = system.constant(value)
    return storage | stored(values.sizes) | {STEPS: unrolled.steps}


def forward_pass(unrolled: Unrolled, values: Values, system: System, storage: Storage | None = None) -> Storage:
    """Compute every variable at every step, into a loaded storage."""
    network = unrolled.graph.network
    storage = load(unrolled, values, system) if storage is None else storage
    fill = filler(network.shapes, values, system)
    rules = {name: compiled(network.rules[name], system) for name in network.variables}
    for node in unrolled.nodes():
        value = value_of(rules[node.name], storage, network.where, node)
        _check_finite(value, network.where, f"{node.name} at step {node.step}")
        storage[node.name][node.step] = fill(node.name, value)
    return storage


def total_loss(unrolled: Unrolled, system: System, storage: Mapping[str, Any]) -> Any:
    """L, given the values of a forward pass."""
    graph = unrolled.graph
    losses = total(storage[graph.network.loss][step] for step in unrolled.loss_steps)
    weighted = losses if graph.loss_edge.is_unit else losses * compiled(graph.loss_edge.factor, system)(storage, 0)
    network = graph.network
    if network.penalty_term is None:
        return weighted
    penalty = value_of(compiled(network.penalty_term, system), storage, network.where, PENALTY_NODE)
    _check_finite(penalty, network.where, "the penalty")
    return weighted + penalty


def filler(shapes: Mapping[str, tuple[str, ...]], values: Values, system: System) -> Callable[[str, Number], Number]:
    """Return what makes a vector or matrix of the number that an equation such as ``h = 1`` gives, where it has to be one."""

    def fill(name: str, value: Number) -> Number:
        if not shapes.get(name) or is_array(value):
            return value
        return system.constant(values.filled(Fraction(0), shapes[name])) + value

    return fill


def _check_finite(value: Number, where: str, what: str) -> None:
    """Balls become NaN instead of raising; a value that is no number however many bits there are is the user's to mend."""
    for entry in entries(value):
        if hasattr(entry, "is_finite") and not entry.is_finite():
            raise NoValueError(
                "has no value with these numbers (a pole, a root, or a number too large)", f"{where}{what}"
            )


@dataclass(frozen=True, repr=False)
class BackwardPass(Seen):
    """The recurrence run on numbers: adjoints by node, and the terms that were added for each."""

    recurrence: Recurrence
    unrolled: Unrolled
    storage: Storage
    system: System

    @cached_property
    def terms(self) -> dict[Node, tuple[Number | None, ...]]:
        """Per named adjoint, the value of each term of its rule; None where a term does not exist at that step."""
        found: dict[Node, tuple[Number | None, ...]] = {}
        storage = self.storage
        names = (*self.recurrence.rules, *self.recurrence.collected)
        adjoints: dict[str, dict[int | None, Number]] = {name: {} for name in names}
        storage.update({adjoint_var(Node(name)).name: steps for name, steps in adjoints.items()})
        plan = {name: _Variants(self, ("rule", name), rule.parts) for name, rule in self.recurrence.rules.items()}
        for node in self.recurrence.nodes(self.unrolled):
            rule = plan.get(node.name)
            found[node] = rule.values(storage, node.step or 0) if rule else tuple(self._collected(node.name))
            adjoints[node.name][node.step] = self._sum(found[node], node, "adjoint of")
        return found

    def _collected(self, name: str) -> Iterator[Number]:
        """What the uses of a variable at one step for all t add to its adjoint, from the first step on."""
        plan = self._uses(name)
        for step in range(1, self.unrolled.steps + 1):
            yield from (value for value in plan.values(self.storage, step) if value is not None)

    def _uses(self, name: str) -> _Variants:
        """What each use of a name adds to the derivative by it."""
        return _Variants(self, ("gradient", name), self.recurrence.gradient(name))

    def adjoint(self, node: Node) -> Number:
        """The adjoint of a named variable at a step, by the derived rules."""
        return self._sum(self.terms.get(node, ()), node, "adjoint of")

    @property
    def _where(self) -> str:
        return self.unrolled.graph.network.where

    def zero(self, name: str) -> Number:
        """The adjoint of a node that no path leads to."""
        stored = self.storage[ex.anchor(name)[0]]
        like: Number = next(iter(stored.values())) if isinstance(stored, dict) else stored
        return like * 0

    def gradient_terms(self, target: Node) -> tuple[tuple[Tree, Number], ...]:
        """The terms of dL/d(target), each with its value."""
        self.terms  # noqa: B018 - fills the storage with the adjoints
        trees = self.recurrence.gradient_at(self.unrolled, target)
        return tuple((tree, compiled(expression(moved(tree, -1)), self.system)(self.storage, 1)) for tree in trees)

    def contributions(self, target: Node) -> dict[int, Number]:
        """What the uses of a target at each step add to dL/d(target), and once the penalty, under `ONCE`.

        A step that adds nothing by construction is absent.
        """
        if target not in self._contributions:
            self._contributions[target] = self._contributed(target)
        return self._contributions[target]

    @cached_property
    def _contributions(self) -> dict[Node, dict[int, Number]]:
        """What was asked for, so that it is computed once."""
        return {}

    def _contributed(self, target: Node) -> dict[int, Number]:
        if target.step is not None:
            uses = [
                (tree.arc.step if isinstance(tree, Then) else target.step, value)
                for tree, value in self.gradient_terms(target)
            ]
        else:
            self.terms  # noqa: B018 - as above
            plan = self._uses(target.name)
            steps = range(1, self.unrolled.steps + 1)
            uses = [(step, value) for step in steps for value in plan.values(self.storage, step) if value is not None]
            penalty = self.recurrence.penalty(target.name)
            uses += [(ONCE, compiled(expression(tree), self.system)(self.storage, ONCE)) for tree in penalty]
        sums: dict[int, Number] = {}
        for step, value in uses:
            add_to(sums, step, value)
        return sums

    def gradient(self, target: Node) -> Number:
        """dL/d(target): a parameter, an initial state or a datum."""
        return self._sum(self.contributions(target).values(), target, "derivative by")

    def _sum(self, terms: Iterable[Number | None], node: Node, what: str) -> Number:
        """The sum of the terms there are, finite; ``what`` it is, for the message."""
        there = [term for term in terms if term is not None]
        found = total(there) if there else self.zero(node.name)
        at = "" if node.step is None else f" at step {node.step}"
        _check_finite(found, self._where, f"the {what} {node.name}{at}")
        return found


class _Variants:
    """Trees for general t as compiled functions; near the boundary those whose arcs all exist."""

    def __init__(self, backward: BackwardPass, what: tuple[str, str], trees: tuple[Tree, ...]) -> None:
        self.unrolled = backward.unrolled
        self.system = backward.system
        self.what = what
        self.trees = trees
        self.written = backward.recurrence.variants
        reach = [abs(step) for tree in trees for step in _steps_of(tree)]
        # A tree sees no difference between steps that are farther from both ends, with the same losses as far as it looks.
        self.far = max(reach, default=0)
        collected = ((ex.anchor(node.name)[1], node.step or 0) for tree in trees for node in adjoints(tree))
        # What is collected for one step is there at that step alone.
        self.alone = {ex.step_of(at, self.unrolled.steps) - away for at, away in collected if at is not None}
        self.variants: dict[tuple[int, int, int | None, tuple[bool, ...]], tuple[Compiled | None, ...]] = {}

    def values(self, storage: Storage, step: int) -> tuple[Number | None, ...]:
        """The value of each tree at a step; None where it does not exist there."""
        last = self.unrolled.steps
        losses = tuple(at in self.unrolled.loss_steps for at in range(step - self.far, step + self.far + 1))
        key = (min(last - step, self.far), min(step - 1, self.far), step if step in self.alone else None, losses)
        if key not in self.variants:
            place = (*self.what, last, *key)
            if place not in self.written:  # the same whatever the values are
                self.written[place] = tuple(map(partial(self._written, step), self.trees))
            self.variants[key] = tuple(
                None if term is None else compiled(term, self.system) for term in self.written[place]
            )
        return tuple(None if term is None else term(storage, step) for term in self.variants[key])

    def _written(self, step: int, tree: Tree) -> Expr | None:
        left = within(moved(tree, step), self.unrolled.steps, self.unrolled.loss_steps)
        return None if left is None else expression(moved(left, -step))


def _steps_of(tree: Tree) -> Iterator[int]:
    """The steps of the arcs, adjoints and losses of a tree."""
    first, arcs = spine(tree)
    yield from (arc.step for arc in arcs)
    match first:
        case Start(arc):
            yield arc.step
        case All(node):
            yield node.step or 0
        case Either(parts):
            for part in parts:
                yield from _steps_of(part)
