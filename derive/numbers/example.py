"""Evaluate: the worked example — forwards, then backwards by the derived recurrence, with guaranteed digits.

All numbers are Arb balls. Precision is doubled until every digit that will be printed is determined; from `PATIENCE` bits on
balls carry the trace of how they were made, so that a number which is exactly 0, or exactly halfway, is proven to be so.
Flint's precision is one for the whole process, so that only one thread at a time computes with balls.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from threading import RLock
from typing import Any, TypeVar

from derive.equations import ONE, Var
from derive.errors import ValuesError
from derive.graph import TOTAL, Arc, Edge, Node, Unrolled, located, read_node, targets
from derive.numbers.compile import Compiled, compiled
from derive.numbers.digits import NoValueError, Printed, UndecidedError, decimal, decimals
from derive.numbers.entries import Number, entries
from derive.numbers.number_systems import System, balls
from derive.numbers.once import once
from derive.numbers.passes import BackwardPass, Storage, forward_pass, total_loss
from derive.numbers.values import Values
from derive.numbers.worked import Numbers, WorkedPaths, WorkedStates
from derive.paths import Path, PathSum, States
from derive.recurrence import Recurrence, Tree
from derive.shown import Seen

MOST_BITS = 1 << 14
PATIENCE = 1 << 9
"""From so many bits on, what is still undecided is given a chance to be proven."""
NO_VALUE = 1 << 11
"""With more bits than this a pole is a pole, if it stays where it is."""
Found = TypeVar("Found")


@dataclass(frozen=True, repr=False)
class ArcWeights(Seen):
    """The transposed local partial of each arc on numbers: applied to the adjoint of the head."""

    unrolled: Unrolled
    storage: Storage
    system: System

    @once
    def _pulls(self) -> dict[int, Compiled]:
        return {}

    @once
    def jacobians(self) -> dict[tuple[int, int], Any]:
        """What arcs are by themselves, by their keys: found once, whatever they lead to."""
        return {}

    def pull(self, arc: Arc, adjoint: Number) -> Number:
        """What an adjoint of the arc's head adds to the adjoint of its tail."""
        if arc.edge.is_unit:
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


@dataclass(frozen=True, repr=False)
class Evaluation(Seen):
    """A worked example: every number of it, as balls, to ``places`` decimals."""

    unrolled: Unrolled
    recurrence: Recurrence
    values: Values
    places: int
    bits: int
    traced: bool = False

    def __getstate__(self) -> dict[str, Any]:
        """What it is made of, which is all that crosses to another process; its numbers are found anew there."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @once
    def system(self) -> System:
        """Real balls, with their traces if this is a traced evaluation."""
        if not self.traced:
            return balls()
        from derive.numbers.traced import traced_balls  # noqa: PLC0415 - seldom needed

        return traced_balls()

    @property
    def complex_system(self) -> System:
        """Complex balls, for a complex step; where a sign is open that the traces have settled, it is 0."""
        return balls("complex", settled=self.traced)

    @once
    def storage(self) -> Storage:
        """The forward pass."""
        with precision(self.bits):
            return forward_pass(self.unrolled, self.values, self.system)

    @once
    def backward(self) -> BackwardPass:
        """The backward pass by the derived recurrence."""
        with precision(self.bits):
            backward = BackwardPass(self.recurrence, self.unrolled, self.storage, self.system)
            backward.terms  # noqa: B018 - compute now, at this precision
            return backward

    @once
    def weights(self) -> ArcWeights:
        """The local partials as numbers."""
        return ArcWeights(self.unrolled, self.storage, self.system)

    @once
    def loss(self) -> Number:
        """L."""
        with precision(self.bits):
            loss: Number = total_loss(self.unrolled, self.system, self.storage)
            return loss

    def value(self, node: Node) -> Number:
        """The value of a node. Raises `NetworkError` if there is no such node, as all that follow do."""
        if located(self.unrolled, node, differentiated=False) == TOTAL:
            return self.loss
        stored = self.storage[node.name]
        value: Number = stored if node.step is None else stored[node.step]
        return value

    def adjoint(self, node: Node) -> Number:
        """The derivative of L by any node: a variable, datum or initial state at a step, a parameter, L itself.

        Of a variable with a named adjoint its rule gives it; of any other node the rules of its uses do.

        >>> from derive.derivation import derive
        >>> example = derive("elman", 3).evaluate()
        >>> [str(example.show(example.adjoint(node))) for node in (TOTAL, Node("y", 3), Node("x", 3), Node("h", 0))]
        ['1.0000', '0.9597', '0.0757', '0.3675']
        """
        located(self.unrolled, node)
        with precision(self.bits):
            if node == TOTAL:
                return self.system.exact(ONE.value)
            return self.backward.adjoint(node) if node in self.backward.terms else self.backward.gradient(node)

    def terms(self, node: Node) -> tuple[Number | None, ...]:
        """The value of each term of the rule of a named adjoint at a step; None where a term does not exist there."""
        return self.backward.terms[located(self.unrolled, node)]

    def gradient(self, target: Node) -> Number:
        """dL/d(target): the same as its adjoint."""
        return self.adjoint(target)

    def contributions(self, target: Node) -> dict[int, Number]:
        """What the use of a target at each step adds to dL/d(target), and under `derive.graph.ONCE` the penalty.

        A step that adds nothing by construction is absent.
        """
        with precision(self.bits):
            return self.backward.contributions(target)

    def gradient_terms(self, target: Node) -> tuple[tuple[Tree, Number], ...]:
        """The terms of dL/d(target), in the order of t."""
        with precision(self.bits):
            return self.backward.gradient_terms(target)

    def along(self, arc: Arc, head: Node) -> Number:
        """What comes back along an arc: the adjoint of its head, through its local partial."""
        adjoint = self.adjoint(head)
        with precision(self.bits):
            return self.weights.pull(arc, adjoint)

    def product(self, path: Path) -> Number:
        """The value of a path: the product of its local partials."""
        with precision(self.bits):
            return self.weights.product(path)

    def paths(self, target: Node | str) -> WorkedPaths:
        """Return all paths from L to a node, ``w_h`` or ``x[1]``, each with its product; listed lazily."""
        return WorkedPaths(self, PathSum(self.unrolled, self._located(target)))

    def states(self, target: Node | str) -> WorkedStates:
        """Return the paths from L to a node at the level of states: words, and what they add up to."""
        return WorkedStates(self, States(self.unrolled, self._located(target)))

    def _located(self, target: Node | str) -> Node:
        return located(self.unrolled, read_node(target) if isinstance(target, str) else target)

    @property
    def forwards(self) -> Numbers:
        """Every variable at every step, as a table."""
        return Numbers(self, "forward")

    @property
    def backwards(self) -> Numbers:
        """Every named adjoint at every step, term by term, as a table."""
        return Numbers(self, "backward")

    @property
    def gradients(self) -> Numbers:
        """The gradients, and what each step adds to them, as a table."""
        return Numbers(self, "gradients")

    @property
    def gradients_by_step(self) -> Numbers:
        """The gradients by data at every step, as a table."""
        return Numbers(self, "gradients by step")

    def show(self, number: Number) -> Printed:
        """A ball as decimal digits that are right; of a vector or matrix, those of every entry.

        >>> from derive.derivation import derive
        >>> example = derive("elman-vector", 1).evaluate()
        >>> str(example.show(example.gradient(Node("W_h"))))
        '[[0, 0], [0, 0]]'
        """
        with precision(self.bits):
            return decimals(number, self.places)

    @property
    def finer(self) -> Evaluation | None:
        """The same with more bits, or with traces; None if that is enough."""
        if self.bits > PATIENCE and not self.traced:
            return replace(self, traced=True)
        return None if self.bits > MOST_BITS else replace(self, bits=2 * self.bits)


_ONE_AT_A_TIME = RLock()


class precision:  # noqa: N801 - used like a function
    """Set flint's working precision for a while, in which no other thread computes with balls."""

    def __init__(self, bits: int) -> None:
        self.bits = bits

    def __enter__(self) -> None:
        """Wait for other threads, remember the precision, and set ours."""
        from flint import ctx  # noqa: PLC0415

        _ONE_AT_A_TIME.acquire()
        self.before = ctx.prec
        ctx.prec = self.bits

    def __exit__(self, *_: object) -> None:
        """Put the precision back, and let other threads compute."""
        from flint import ctx  # noqa: PLC0415

        ctx.prec = self.before
        _ONE_AT_A_TIME.release()


def decided(evaluation: Evaluation, find: Callable[[Evaluation], Found]) -> Found:
    """Return what is found in an evaluation, or in the first that is fine enough to decide it.

    Raises `ValuesError`, which names the number, if it is still undecided with `MOST_BITS` bits.
    """
    before = ""
    while True:
        try:
            return find(evaluation)
        except UndecidedError as undecided:
            finer = evaluation.finer
            if isinstance(undecided, NoValueError) and evaluation.bits > NO_VALUE and str(undecided) == before:
                raise ValuesError(before) from None
            before = str(undecided)
            if finer is None:
                where = evaluation.unrolled.graph.network.where
                raise ValuesError(f"{where}with {evaluation.bits} bits, {undecided}") from None
            evaluation = finer


def evaluate(recurrence: Recurrence, unrolled: Unrolled, values: Values, places: int = 4) -> Evaluation:
    """Evaluate with enough bits that every value, adjoint and gradient is determined to ``places`` decimals."""

    def shown(evaluation: Evaluation) -> Evaluation:
        with precision(evaluation.bits):
            for name, number in _numbers(evaluation):
                _show(name, number, places)
        return evaluation

    return decided(Evaluation(unrolled, recurrence, values, places, 128 + 4 * places), shown)


def _show(name: str, number: Number, places: int) -> None:
    """Have the digits of a number be certain."""
    try:
        for entry in entries(number):
            decimal(entry, places)
    except UndecidedError as undecided:
        raise undecided.of(name) from None


def _numbers(evaluation: Evaluation) -> Iterator[tuple[str, Number]]:
    """The numbers whose digits have to be certain, each with what it is called in a message."""
    network = evaluation.unrolled.graph.network
    for name in network.variables:
        for step in range(1, evaluation.unrolled.steps + 1):
            yield f"{name} at step {step}", evaluation.storage[name][step]
    yield "the loss L", evaluation.loss
    for node, terms in evaluation.backward.terms.items():
        adjoint = f"the adjoint of {node.name} at step {node.step}"
        yield adjoint, evaluation.adjoint(node)
        yield from ((f"a term of {adjoint}", term) for term in terms if network.is_scalar and term is not None)
    for target in targets(evaluation.unrolled):
        at = "" if target.step is None else f" at step {target.step}"
        derivative = f"the derivative by {target.name}{at}"
        yield derivative, evaluation.gradient(target)
        if network.is_scalar:  # of vectors, what a step adds is in no table
            uses = evaluation.contributions(target).items()
            yield from ((f"what step {step} adds to {derivative}", number) for step, number in uses)
