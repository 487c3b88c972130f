"""Evaluate: the worked example — forwards, then backwards by the derived recurrence, with guaranteed digits.

All numbers are Arb balls. Precision is doubled until every digit that will be printed is determined.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

from derive.equations import Var
from derive.errors import ValuesError
from derive.graph import TOTAL, Arc, Edge, Node, Unrolled
from derive.numbers.compile import Compiled, compiled
from derive.numbers.digits import Decimal, UndecidedError, decimal
from derive.numbers.entries import Number, entries
from derive.numbers.number_systems import System, balls
from derive.numbers.passes import BackwardPass, Storage, forward_pass
from derive.numbers.values import Values
from derive.paths import Path, total
from derive.recurrence import Recurrence, Tree

MOST_BITS = 1 << 14


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
        adjoint = self.system.exact(1)
        for arc in path.arcs:
            adjoint = self.pull(arc, adjoint)
        return adjoint

    def factor(self, edge: Edge, step: int) -> Number:
        """A scalar local partial at a step."""
        return self.pull(Arc(edge, step), self.system.exact(1))


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

    def __getstate__(self) -> dict[str, Any]:
        """What it is made of, which is all that crosses to another process; its numbers are found anew there."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @cached_property
    def system(self) -> System:
        """Real balls."""
        return balls()

    @cached_property
    def storage(self) -> Storage:
        """The forward pass."""
        with precision(self.bits):
            return forward_pass(self.unrolled, self.values, self.system)

    @cached_property
    def backward(self) -> BackwardPass:
        """The backward pass by the derived recurrence."""
        with precision(self.bits):
            backward = BackwardPass(self.recurrence, self.unrolled, self.storage, self.system)
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
            loss: Number = total(self.storage[name][step] for step in self.unrolled.loss_steps)
            return loss

    def value(self, node: Node) -> Number:
        """The value of a node."""
        if node == TOTAL:
            return self.loss
        stored = self.storage[node.name]
        value: Number = stored if node.step is None else stored[node.step]
        return value

    def adjoint(self, node: Node) -> Number:
        """The adjoint of a named variable at a step."""
        with precision(self.bits):
            return self.backward.adjoint(node)

    def terms(self, node: Node) -> tuple[Number | None, ...]:
        """The value of each term of the rule of an adjoint at a step; None where a term does not exist there."""
        return self.backward.terms[node]

    def gradient(self, target: Node) -> Number:
        """dL/d(target)."""
        with precision(self.bits):
            return self.backward.gradient(target)

    def contributions(self, target: Node) -> dict[int, Number]:
        """What the use of a target at each step adds to dL/d(target); a step that adds nothing by construction is absent."""
        with precision(self.bits):
            return self.backward.contributions(target)

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
                for entry in entries(number):
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
