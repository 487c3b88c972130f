"""Evaluate: the worked example — forwards, then backwards by the derived recurrence, with guaranteed digits.

All numbers are Arb balls. Precision is doubled until every digit that will be printed is determined.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from derive.decimals import Decimal, UndecidedError, decimal
from derive.errors import ValuesError
from derive.expression import Var
from derive.fold import All, Either, Start, Then, Tree, adjoint_var, expression, moved, within
from derive.graph import Edge
from derive.numeric import Compiled, Number, System, balls, compiled, value_of
from derive.paths import Path
from derive.recurrence import Recurrence
from derive.unroll import TOTAL, Arc, Node, Unrolled
from derive.values import Values

Storage = dict[str, Any]
MOST_BITS = 1 << 14


def load(unrolled: Unrolled, values: Values, system: System) -> Storage:
    """Put the values given into a number system: name → step → value, and parameter → value."""
    network = unrolled.graph.network
    storage: Storage = {name: {} for name in (*network.variables, *network.data)}
    for node, value in values.of.items():
        if node.step is None:
            storage[node.name] = system.constant(value)
        else:
            storage[node.name][node.step] = system.constant(value)
    return storage


def forward(unrolled: Unrolled, values: Values, system: System, storage: Storage | None = None) -> Storage:
    """Compute every variable at every step, into a loaded storage."""
    network = unrolled.graph.network
    storage = load(unrolled, values, system) if storage is None else storage
    fill = _filler(network.shapes, values, system)
    for sweep in unrolled.graph.sweeps:
        rules = [(name, compiled(network.rules[name], system)) for name in sweep.names]
        steps = range(1, unrolled.steps + 1) if sweep.direction == 1 else range(unrolled.steps, 0, -1)
        for step in steps:
            for name, rule in rules:
                node = Node(name, step)
                value = value_of(rule, storage, network.where, node)
                _check_finite(value, network.where, f"{name} at step {step}")
                storage[name][step] = fill(name, value)
    return storage


def _filler(shapes: Mapping[str, tuple[str, ...]], values: Values, system: System) -> Callable[[str, Number], Number]:
    """An equation such as ``h = 1`` gives a number; its variable is a vector all the same."""

    def fill(name: str, value: Number) -> Number:
        if not shapes.get(name) or hasattr(value, "shape"):
            return value
        return system.constant((0,) * values.sizes[shapes[name][0]]) + value  # type: ignore[arg-type]

    return fill


def _check_finite(value: Number, where: str, what: str) -> None:
    """Balls become NaN instead of raising; a value that is no number is the user's to mend."""
    for entry in value.flat if hasattr(value, "flat") else (value,):
        if hasattr(entry, "is_finite") and not entry.is_finite():
            reason = "a pole, a root, or a number too large"
            raise ValuesError(f"{where}{what} has no value with these numbers ({reason})")


@dataclass(frozen=True)
class Backward:
    """The recurrence run on numbers: adjoints by node, and the terms that were added for each."""

    recurrence: Recurrence
    unrolled: Unrolled
    storage: Storage
    system: System

    @cached_property
    def adjoints(self) -> dict[Node, Number]:
        """The adjoint of every named variable at every step, by the derived rules."""
        return {node: _total(terms) for node, terms in self.terms.items()}

    @cached_property
    def terms(self) -> dict[Node, tuple[Number, ...]]:
        """Per named adjoint, the value of each term of its rule (those that exist at that step)."""
        found: dict[Node, tuple[Number, ...]] = {}
        storage = self.storage
        storage.update({adjoint_var(Node(name)).name: {} for name in self.recurrence.rules})
        plan = {name: _Variants(self, rule.parts) for name, rule in self.recurrence.rules.items()}
        for sweep in reversed(self.unrolled.graph.sweeps):
            names = [name for name in reversed(sweep.names) if name in plan]
            steps = range(self.unrolled.steps, 0, -1) if sweep.direction == 1 else range(1, self.unrolled.steps + 1)
            for step in steps:
                for name in names:
                    terms = tuple(term(storage, step) for term in plan[name].at(step))
                    total = _total(terms) if terms else self.zero(name)
                    _check_finite(total, self._where, f"the adjoint of {name} at step {step}")
                    found[Node(name, step)] = terms
                    storage[adjoint_var(Node(name)).name][step] = total
        return found

    @property
    def _where(self) -> str:
        return self.unrolled.graph.network.where

    def zero(self, name: str) -> Number:
        """The adjoint of a node that no path leads to."""
        step = next(iter(self.storage[name])) if isinstance(self.storage[name], dict) else None
        like = self.storage[name] if step is None else self.storage[name][step]
        return like * 0

    def gradient_terms(self, target: Node) -> tuple[tuple[Tree, Number], ...]:
        """The terms of dL/d(target), each with its value."""
        self.terms  # noqa: B018 - fills the storage with the adjoints
        trees = self.recurrence.gradient_at(self.unrolled, target)
        return tuple((tree, compiled(expression(moved(tree, -1)), self.system)(self.storage, 1)) for tree in trees)

    def gradient(self, target: Node) -> Number:
        """dL/d(target): a parameter, an initial state or a datum."""
        if target.step is not None:
            return self._sum([value for _, value in self.gradient_terms(target)], target)
        self.terms  # noqa: B018 - as above
        plan = _Variants(self, self.recurrence.gradient(target.name))
        steps = range(1, self.unrolled.steps + 1)
        return self._sum([term(self.storage, step) for step in steps for term in plan.at(step)], target)

    def _sum(self, terms: list[Number], target: Node) -> Number:
        total = _total(terms) if terms else self.zero(target.name)
        at = "" if target.step is None else f" at step {target.step}"
        _check_finite(total, self._where, f"the derivative by {target.name}{at}")
        return total


class _Variants:
    """Trees for general t as compiled functions; near the boundary those whose arcs all exist."""

    def __init__(self, backward: Backward, trees: tuple[Tree, ...]) -> None:
        self.unrolled = backward.unrolled
        self.system = backward.system
        self.trees = trees
        reach = [abs(step) for tree in trees for step in _steps_of(tree)]
        self.far = max(reach, default=0)
        self.known: dict[tuple[int, int, bool], tuple[Compiled, ...]] = {}

    def at(self, step: int) -> tuple[Compiled, ...]:
        """The terms that exist at a step."""
        total = self.unrolled.steps
        key = (min(total - step, self.far), min(step - 1, self.far), step in self.unrolled.loss_steps)
        if key not in self.known:
            self.known[key] = tuple(self._compiled(step))
        return self.known[key]

    def _compiled(self, step: int) -> Iterator[Compiled]:
        for tree in self.trees:
            left = within(moved(tree, step), self.unrolled.steps, self.unrolled.loss_steps)
            if left is not None:
                yield compiled(expression(moved(left, -step)), self.system)


def _steps_of(tree: Tree) -> Iterator[int]:
    match tree:
        case Start(step):
            yield step
        case All(node):
            yield node.step or 0
        case Then(inner, arc):
            yield arc.step
            yield from _steps_of(inner)
        case Either(parts):
            for part in parts:
                yield from _steps_of(part)


def _total(terms: Iterable[Number]) -> Number:
    first, *rest = terms
    for term in rest:
        first = first + term
    return first


@dataclass(frozen=True)
class ArcWeights:
    """The transposed local partial of each arc on numbers: applied to the adjoint of the head."""

    unrolled: Unrolled
    storage: Storage
    system: System

    @cached_property
    def _pulls(self) -> dict[int, Compiled]:
        return {}

    def pull(self, arc: Arc, adjoint: Number) -> Number:
        """What an adjoint of the arc's head adds to the adjoint of its tail."""
        if arc.edge is None:
            return adjoint
        function = self._pulls.get(arc.edge.index)
        if function is None:
            function = self._pulls[arc.edge.index] = compiled(arc.edge.partial.pull(Var("λ")), self.system)
        return function(_With(self.storage, adjoint), arc.step)

    def product(self, path: Path) -> Number:
        """The product of the local partials along a path."""
        adjoint = self.system.exact(1)  # type: ignore[arg-type]
        for arc in path.arcs:
            adjoint = self.pull(arc, adjoint)
        return adjoint

    def factor(self, edge: Edge, step: int) -> Number:
        """A scalar local partial at a step."""
        return self.pull(Arc(edge, step), self.system.exact(1))  # type: ignore[arg-type]


class _With(dict[str, Any]):
    """The storage with an adjoint under the name λ, without a copy."""

    def __init__(self, storage: Storage, adjoint: Number) -> None:
        super().__init__()
        self.storage = storage
        self.adjoint = adjoint

    def __missing__(self, name: str) -> Any:
        return self.adjoint if name == "λ" else self.storage[name]


@dataclass(frozen=True)
class Evaluation:
    """A worked example: every number of it, as balls, to ``places`` decimals."""

    unrolled: Unrolled
    recurrence: Recurrence
    values: Values
    places: int
    bits: int

    @cached_property
    def system(self) -> System:
        """Real balls."""
        return balls()

    @cached_property
    def storage(self) -> Storage:
        """The forward pass."""
        with precision(self.bits):
            return forward(self.unrolled, self.values, self.system)

    @cached_property
    def backward(self) -> Backward:
        """The backward pass by the derived recurrence."""
        with precision(self.bits):
            backward = Backward(self.recurrence, self.unrolled, self.storage, self.system)
            backward.terms  # noqa: B018 - compute now, at this precision
            return backward

    @cached_property
    def weights(self) -> ArcWeights:
        """The local partials as numbers."""
        return ArcWeights(self.unrolled, self.storage, self.system)

    @cached_property
    def loss(self) -> Number:
        """L."""
        with precision(self.bits):
            name = self.unrolled.graph.network.loss
            return _total(self.storage[name][step] for step in self.unrolled.loss_steps)

    def value(self, node: Node) -> Number:
        """The value of a node."""
        if node == TOTAL:
            return self.loss
        stored = self.storage[node.name]
        return stored if node.step is None else stored[node.step]

    def adjoint(self, node: Node) -> Number:
        """The adjoint of a named variable at a step."""
        found = self.backward.terms.get(node)
        with precision(self.bits):
            return _total(found) if found else self.backward.zero(node.name)

    def gradient(self, target: Node) -> Number:
        """dL/d(target)."""
        with precision(self.bits):
            return self.backward.gradient(target)

    def gradient_terms(self, target: Node) -> tuple[tuple[Tree, Number], ...]:
        """The terms of dL/d(target), in the order of t."""
        with precision(self.bits):
            return self.backward.gradient_terms(target)

    def product(self, path: Path) -> Number:
        """The value of a path: the product of its local partials."""
        with precision(self.bits):
            return self.weights.product(path)

    def show(self, number: Number) -> Decimal:
        """A scalar ball as decimal digits that are right."""
        with precision(self.bits):
            return decimal(number, self.places)


class precision:  # noqa: N801 - used like a function
    """Set flint's working precision for a while."""

    def __init__(self, bits: int) -> None:
        self.bits = bits

    def __enter__(self) -> None:
        """Remember the precision and set ours."""
        from flint import ctx  # noqa: PLC0415

        self.before = ctx.prec
        ctx.prec = self.bits

    def __exit__(self, *_: object) -> None:
        """Put the precision back."""
        from flint import ctx  # noqa: PLC0415

        ctx.prec = self.before


def evaluate(recurrence: Recurrence, unrolled: Unrolled, values: Values, places: int = 4) -> Evaluation:
    """Evaluate with enough bits that every value, adjoint and gradient is determined to ``places`` decimals."""
    bits = 128 + 4 * places
    while True:
        evaluation = Evaluation(unrolled, recurrence, values, places, bits)
        try:
            for number in _numbers(evaluation):
                for entry in number.flat if hasattr(number, "flat") else (number,):
                    evaluation.show(entry)
        except UndecidedError:
            if bits > MOST_BITS:
                raise ValuesError(
                    f"{unrolled.graph.network.where}some digits cannot be determined with {bits} bits: the example grows or "
                    "oscillates without bound; change the values, or take fewer steps"
                ) from None
            bits *= 2
            continue
        return evaluation


def _numbers(evaluation: Evaluation) -> Iterator[Number]:
    """The numbers whose digits have to be certain."""
    network = evaluation.unrolled.graph.network
    for name in network.variables:
        for step in range(1, evaluation.unrolled.steps + 1):
            yield evaluation.storage[name][step]
    yield evaluation.loss
    yield from (evaluation.adjoint(node) for node in evaluation.backward.terms)
    yield from (evaluation.gradient(Node(name)) for name in network.parameters)
    trainable = (
        node for node in evaluation.values.of if node.step is not None and node.name in network.trainable_initial
    )
    yield from map(evaluation.gradient, trainable)
