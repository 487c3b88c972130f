"""Backward: a backward pass as statements, one per adjoint and gradient, run with a fault in one of them.

The same gradient is written in two ways. *Edge by edge* every variable has its adjoint, as a program keeps it: a fault in one
local partial is a fault in all that comes after. *By the rules* only the named adjoints stand there, as on paper, and a local
partial is written wherever a rule or gradient needs it: a fault in one statement leaves the others as they are. Both are trees
of arcs (`derive.recurrence`); a fault is another expression in the place of one arc's local partial, an adjoint taken at
another step, or an adjoint that is not handed on.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any, Literal, NamedTuple

import numpy as np

from derive.equations import Expr
from derive.equations import expression as ex
from derive.errors import ValuesError
from derive.graph import Arc, Edge, Node, Unrolled, targets
from derive.numbers import System, Values, compiled, forward_pass, initial_label, shape_of, total_loss
from derive.recurrence import All, Either, Recurrence, Start, Then, Tree, either, moved, spine, within
from derive.review.mutants import LAMBDA, Slip
from derive.shown import Seen

Style = Literal["edges", "rules"]
"""How a backward pass is written."""


End = Literal["first", "last"]
"""An end of time: step 1, or T."""


class Statement(NamedTuple):
    """The statement of an adjoint at a step, or of a gradient, by its label."""

    name: str
    step: int | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A fault in the local partial of an edge: a slip, or its adjoint taken ``shift`` steps later.

    ``statement`` is the adjoint or gradient in whose statement it stands; None: edge by edge there is but one.
    ``end``: it is made at one end of time alone, between step 1 or T and the next, or in that step.
    """

    edge: Edge
    slip: Slip | None = None
    shift: int = 0
    statement: str | None = None
    end: End | None = None

    @property
    def style(self) -> Style:
        """The way of writing in which it is one fault."""
        return "edges" if self.statement is None else "rules"

    def stands_in(self, here: Statement, head: int, last: int) -> bool:
        """Whether it is made in a statement, where the head of its edge is at a step, if T is ``last``."""
        if self.statement not in {None, here.name}:
            return False
        step = head if here.step is None else here.step
        return {None: True, "first": min(step, head) == 1, "last": max(step, head) == last}[self.end]


@dataclass(frozen=True, slots=True)
class Faded:
    """The whole adjoint of a variable times a factor; 0: it is not handed on, no path goes through the variable.

    ``end``: at step 1, or T, alone, and ``deep`` steps from there.
    """

    name: str
    factor: float = 0.0
    end: End | None = None
    deep: int = 1

    @property
    def style(self) -> Style:
        """Each variable has an adjoint."""
        return "edges"

    def steps(self, last: int) -> range:
        """The steps at which it is made, if T is ``last``."""
        first = {None: 1, "first": 1, "last": last - self.deep + 1}[self.end]
        return range(max(first, 1), min(self.deep, last) + 1 if self.end == "first" else last + 1)


Fault = Change | Faded


def labels(unrolled: Unrolled) -> dict[str, tuple[Node, ...]]:
    """Return what gradients are given for, by name: a parameter, an initial value (``h_0``), data with a node per step."""
    found: dict[str, tuple[Node, ...]] = {}
    for node in targets(unrolled):
        inside = node.step is None or 1 <= node.step <= unrolled.steps
        label = node.name if inside else initial_label(node, unrolled.steps)
        found[label] = (*found.get(label, ()), node)
    return found


def style_of(faults: tuple[Fault, ...]) -> Style:
    """How a pass is written in which these are single faults."""
    return "rules" if all(fault.style == "rules" for fault in faults) else "edges"


def _stands_in(fault: Fault, label: str) -> bool:
    if isinstance(fault, Faded):
        return True
    return fault.statement == label or (
        fault.statement is None and fault.edge.tail in {label, label.rpartition("_")[0]}
    )


@dataclass(frozen=True, repr=False)
class Pass(Seen):
    """A backward pass with faults; its gradients are computed when they are asked for."""

    backward: Backward
    style: Style
    faults: tuple[Fault, ...]
    adjoints: Mapping[Node, Any]
    _known: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def gradient(self, label: str) -> Any | None:
        """Return a gradient; of data a list, one per step.

        None where a fault leaves it without a value: an index beyond the end, a product that does not fit.
        """
        if label not in self._known:
            right = self.backward.right if self.faults else None
            if right is not None and not self.backward.touched(self.faults, label):
                self._known[label] = right.gradient(label)
            else:
                self._known[label] = self.backward.gradient(self.style, self.faults, self.adjoints, label)
        return self._known[label]


class _Rows(dict[int, Any]):
    """Values by step in an array of T rows, step t in row t − 1, and after them a row for each initial value."""

    def __init__(self, kept: Mapping[int, Any], last: int) -> None:
        super().__init__(kept)
        self.last = last

    def __missing__(self, step: int) -> Any:
        """Look at the other end, as negative indices do."""
        last = max(self.last, *self)
        rows = last - min(0, min(self) - 1)
        place = (step - 1) % rows
        other = place + 1 if place < last else place + 1 - rows
        if not -rows <= step - 1 < rows or other not in self:
            raise KeyError(step)
        return self[other]


class _Padded(dict[int, Any]):
    """Values by step, and zeros at all others."""

    def __missing__(self, step: int) -> Any:
        """Look at a row that nothing was written to."""
        return next(iter(self.values())) * 0


@dataclass(frozen=True, repr=False)
class Backward(Seen):
    """The backward pass of a recurrence at values, in a number system."""

    recurrence: Recurrence
    unrolled: Unrolled
    values: Values
    system: System
    forward: Mapping[str, Any] | None = None
    """Another forward pass, in place of the network's own: what somebody else's program computed."""
    _kept: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def storage(self) -> dict[str, Any]:
        """The forward pass."""
        return dict(self.forward or forward_pass(self.unrolled, self.values, self.system))

    @cached_property
    def _wrapped(self) -> dict[str, Any]:
        """The same, read as an array of Python is: before its first row comes its last."""
        last = self.unrolled.steps
        return {n: _Rows(kept, last) if isinstance(kept, dict) else kept for n, kept in self.storage.items()}

    @cached_property
    def _padded(self) -> dict[str, Any]:
        """The same, read as an array that has a row of zeros beside those of its steps."""
        return {n: _Padded(kept) if isinstance(kept, dict) else kept for n, kept in self.storage.items()}

    @cached_property
    def labels(self) -> dict[str, tuple[Node, ...]]:
        """What gradients are given for."""
        return labels(self.unrolled)

    def pass_with(self, *faults: Fault) -> Pass:
        """Return the backward pass with these faults."""
        style = style_of(faults)
        return Pass(self, style, faults, self._adjoints(style, faults))

    @cached_property
    def right(self) -> Pass:
        """The pass without a fault."""
        return self.pass_with()

    @cached_property
    def loss(self) -> Any:
        """L."""
        return total_loss(self.unrolled, self.system, self.storage)

    def values_by_node(self) -> Mapping[Node, Any]:
        """Return the value of every variable."""
        return {node: self.storage[node.name][node.step] for node in self.unrolled.nodes()}

    def adjoints(self) -> Mapping[Node, Any]:
        """Return the adjoint of every variable that the loss depends on, without a fault."""
        return self._adjoints("edges", ())

    def by_loss(self, step: int, *faults: Fault) -> dict[str, dict[int, Any]]:
        """Return what the loss of one step adds to each gradient, by the step at which the quantity is used."""
        style = style_of(faults)
        adjoints = self._run(style, faults, losses=(step,))
        changes = _by_edge(faults)
        found: dict[str, dict[int, Any]] = {}
        for label, nodes in self.labels.items():
            uses: dict[int, Any] = {}
            for place, node in enumerate(nodes):
                for use, tree in self._trees_to(style, node):
                    value = self._value(tree, adjoints, changes, Statement(label, node.step), (step,))
                    if value is not None:
                        key = use if len(nodes) == 1 else place + 1
                        uses[key] = uses[key] + value if key in uses else value
            found[label] = uses
        return found

    # -- how it is run -----------------------------------------------------------------------------------------------

    def _adjoints(self, style: Style, faults: tuple[Fault, ...]) -> Mapping[Node, Any]:
        """The adjoints, computed again only if a fault stands in the way of one."""
        ours = tuple(fault for fault in faults if self._reaches_adjoints(fault))
        if ours:
            return self._run(style, ours)
        if style not in self._kept:
            self._kept[style] = self._run(style, ())
        kept: Mapping[Node, Any] = self._kept[style]
        return kept

    def touched(self, faults: tuple[Fault, ...], label: str) -> bool:
        """Whether a gradient is another one for these faults."""
        return any(self._reaches_adjoints(fault) or _stands_in(fault, label) for fault in faults)

    def _reaches_adjoints(self, fault: Fault) -> bool:
        if isinstance(fault, Faded):
            return True
        if fault.statement is None:
            return fault.edge.tail in self.recurrence.graph.below
        return fault.statement in self.recurrence.rules or fault.statement in self.recurrence.collected

    def _run(self, style: Style, faults: tuple[Fault, ...], losses: tuple[int, ...] | None = None) -> dict[Node, Any]:
        """Every adjoint of a style from the loss on."""
        adjoints: dict[Node, Any] = {}
        last = self.unrolled.steps
        faded = {Node(f.name, step): f.factor for f in faults if isinstance(f, Faded) for step in f.steps(last)}
        changes = _by_edge(faults)
        for node, tree in self._beyond() if _is_beyond(faults) else self._statements(style):
            factor = faded.get(node, 1.0)
            value = self._value(tree, adjoints, changes, Statement(node.name, node.step), losses) if factor else None
            if value is not None:
                adjoints[node] = value if node not in faded else self.system.exact(Fraction(factor)) * value
        return adjoints

    def _beyond(self) -> Iterator[tuple[Node, Tree]]:
        """Every statement edge by edge as a loop has it at every step, also where nothing comes back."""
        raw = self.recurrence.raw
        for node in self.recurrence.nodes(self.unrolled, among=raw):
            tree = moved(raw[node.name], node.step or 0) if node.name in raw else self._tree("edges", raw, node)
            if tree is not None:
                yield node, tree

    def _statements(self, style: Style) -> list[tuple[Node, Tree]]:
        """The statements of the adjoints at every step, in the order in which they are run."""
        key = ("statements", style)
        if key not in self._kept:
            trees = self.recurrence.raw if style == "edges" else {n: r.tree for n, r in self.recurrence.rules.items()}
            nodes = self.recurrence.nodes(self.unrolled, among=trees)
            found = ((node, self._tree(style, trees, node)) for node in nodes)
            self._kept[key] = [(node, tree) for node, tree in found if tree is not None]
        statements: list[tuple[Node, Tree]] = self._kept[key]
        return statements

    def _tree(self, style: Style, trees: Mapping[str, Tree], node: Node) -> Tree | None:
        """What the adjoint of a variable is at a step; what is collected for one step is a term for each use."""
        if node.name in trees:
            return self._at(trees[node.name], node.step or 0)
        found = [tree for _, tree in self._trees_to(style, node)]
        return either(found) if found else None

    def _at(self, tree: Tree, step: int) -> Tree | None:
        return within(moved(tree, step), self.unrolled.steps, self.unrolled.loss_steps, self.unrolled.reached)

    def _trees_to(self, style: Style, target: Node, *, every: bool = False) -> list[tuple[int, Tree]]:
        """The terms of a gradient with the step of each use; ``every``: also those where nothing comes back."""
        key = ("trees", style, target, every)
        if key not in self._kept:
            if style == "edges":
                found = list(self._edges_to(target, every=every))
            else:
                trees = self.recurrence.gradient_at(self.unrolled, target)
                found = [(tree.arc.step if isinstance(tree, Then | Start) else 0, tree) for tree in trees]
            self._kept[key] = found
        kept: list[tuple[int, Tree]] = self._kept[key]
        return kept

    def _edges_to(self, target: Node, *, every: bool) -> Iterator[tuple[int, Tree]]:
        variable, at = ex.anchor(target.name)
        for arc, head in self.unrolled.above(Node(variable, target.step)):
            if arc.edge.anchor != at:
                continue
            if arc.edge.from_total:
                yield arc.step, Start(arc)
            elif every or head in self.unrolled.reached:
                yield arc.step, Then(All(head), arc)

    def gradient(self, style: Style, faults: tuple[Fault, ...], adjoints: Mapping[Node, Any], label: str) -> Any | None:
        """One gradient; of data a list; None where it has no value."""
        changes, nodes = _by_edge(faults), self.labels[label]
        each = []
        for node in nodes:
            here = Statement(label, node.step)
            trees = self._trees_to(style, node, every=_is_beyond(faults))
            terms = [self._value(tree, adjoints, changes, here) for _, tree in trees]
            each.append(_added(terms, lambda at=node: self._zero(at)))  # type: ignore[misc]
        each = [_filling(value, self._zero(nodes[0])) for value in each]
        if any(value is None for value in each):
            return None
        return each if nodes[0].step is not None and len(nodes) > 1 else each[0]

    def _zero(self, node: Node) -> Any:
        stored = self.storage[node.name]
        return (stored if node.step is None else stored[node.step]) * 0

    def _value(
        self,
        tree: Tree,
        adjoints: Mapping[Node, Any],
        changes: Mapping[int, list[Change]],
        statement: Statement,
        losses: tuple[int, ...] | None = None,
    ) -> Any | None:
        """The value of a tree; None where nothing comes."""
        first, arcs = spine(tree)
        found: Any | None
        match first:
            case Start(arc):
                once = losses is None and arc.edge.is_penalty
                counts = once or arc.step in (self.unrolled.loss_steps if losses is None else losses)
                found = self._pull(arc, self.system.exact(1), changes, statement) if counts else None
            case All(node):
                shift = self._shift(arcs, changes, statement)
                found = adjoints.get(Node(node.name, (node.step or 0) + shift) if shift else node)
            case Either(parts):
                found = _added(self._value(part, adjoints, changes, statement, losses) for part in parts)
        for arc in arcs:
            if found is None and not self._begins(arc, changes):
                return None
            found = self._pull(arc, found, changes, statement)
        return found

    def _begins(self, arc: Arc, changes: Mapping[int, list[Change]]) -> bool:
        """Whether something stands in an arc's place also where no adjoint comes."""
        found = (change.slip for change in changes.get(arc.edge.index, ()))
        return any(slip is not None and slip.beyond for slip in found)

    def _shift(self, arcs: tuple[Arc, ...], changes: Mapping[int, list[Change]], statement: Statement) -> int:
        """How many steps late an adjoint is taken."""
        if not arcs or arcs[0].edge.index not in changes:
            return 0
        found = (change for change in changes[arcs[0].edge.index] if change.statement in {None, statement.name})
        return sum(change.shift for change in found)

    def _pull(self, arc: Arc, adjoint: Any, changes: Mapping[int, list[Change]], statement: Statement) -> Any | None:
        """What an adjoint becomes along an arc; None where the fault leaves nothing."""
        for change in changes.get(arc.edge.index, ()):
            if change.slip is not None and change.stands_in(statement, arc.step, self.unrolled.steps):
                if change.slip.after is None:
                    return None
                return self._applied(change.slip.after, adjoint, arc.step, change.slip)
        if arc.edge.is_unit or adjoint is None:
            return adjoint
        return self._applied(self._right(arc.edge), adjoint, arc.step)

    def _right(self, edge: Edge) -> Expr:
        key = ("right", edge.index)
        if key not in self._kept:
            self._kept[key] = edge.partial.pull(LAMBDA)
        expr: Expr = self._kept[key]
        return expr

    def _applied(self, expr: Expr, adjoint: Any, step: int, slip: Slip | None = None) -> Any | None:
        kept = self._kept.get(id(expr))  # hashing a tree takes longer than computing it
        if kept is None:
            kept = self._kept[id(expr)] = (compiled(expr, self.system), expr)
        function = kept[0]
        storage = self.storage
        if slip is not None:
            storage = self._wrapped if slip.wrapped else self._padded if slip.padded else storage
        storage[LAMBDA.name] = adjoint
        try:
            return function(storage, step)
        except (KeyError, IndexError):
            return None
        except (ArithmeticError, ValueError, ValuesError, AttributeError, TypeError):
            return math.nan  # what does not fit leaves no value to all that is made of it


def _is_beyond(faults: tuple[Fault, ...]) -> bool:
    """Whether a fault leaves something where no adjoint comes."""
    return any(isinstance(fault, Change) and fault.slip is not None and fault.slip.beyond for fault in faults)


def _by_edge(faults: tuple[Fault, ...]) -> dict[int, list[Change]]:
    found: dict[int, list[Change]] = {}
    for fault in faults:
        if isinstance(fault, Change):
            found.setdefault(fault.edge.index, []).append(fault)
    return found


def _filling(value: Any | None, zero: Any) -> Any | None:
    """A value in the shape of a gradient, as an array adds up what is smaller; None where it does not fit."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if shape_of(value) == shape_of(zero):
        return None if isinstance(value, np.ndarray) and value.dtype == float and np.isnan(value).any() else value
    try:
        found = zero + value
    except ValueError:
        return None
    return found if shape_of(found) == shape_of(zero) else None


def _added(terms: Iterable[Any | None], zero: Callable[[], Any] | None = None) -> Any | None:
    """The sum of what there is; without anything ``zero``, or None; also where terms do not fit together."""
    found: Any | None = None
    try:
        for term in terms:
            if term is not None:
                found = term if found is None else found + term
    except ValueError:
        return None
    return zero() if found is None and zero is not None else found
