"""Verify: independent routes to the same gradient, compared.

Symbolic: the recurrence unrolled for this T is the same set of paths as the enumeration, arc for arc, and the step of
the induction is a polynomial identity. Numeric, each far beyond the printed digits: the sum over enumerated paths, or of
many paths the sums of their groups; vertex elimination; SymPy's derivative of the loss written out; and the complex step
(Squire & Trapp, Using complex variables to estimate derivatives of real functions, 1998), which knows the forward
equations only. A route that would take too long is left out, with its reason; a route that disagrees is an error.

Numbers are balls, so that two that agree to thirty digits are known to; where rounding leaves that open, both are
computed again with twice the bits.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property, partial
from typing import Any, Literal, TypeAlias

import sympy

from derive.equations import ONE, step_symbol
from derive.graph import Loss, Node, Unrolled, targets
from derive.numbers import (
    MOST_BITS,
    Ball,
    Evaluation,
    Number,
    System,
    balls,
    entries,
    forward,
    is_array,
    load,
    precision,
)
from derive.paths import Elimination, PathSum, Words
from derive.recurrence import Recurrence, words

Route = Literal["same paths", "closed form", "induction", "path sum", "groups", "elimination", "diff", "complex step"]
Reason = Literal["", "many paths", "long loss", "vectors", "none"]
Gradients: TypeAlias = Mapping[Node, Number]
MOST_ARCS = 500_000
"""Up to this many arcs over all enumerated paths, sets of paths are compared one by one."""
LARGEST_LOSS = 400
"""Up to this many symbols the loss is written out and given to SymPy."""
LONGEST_LOSS = 30
"""And up to this many steps: SymPy recurs as deep as the loss nests."""
STEP = Fraction(1, 10**300)
TOLERANCE = 1e-30
"""How far apart two routes may be, relative to 1 + |gradient|. The complex step is off by about STEP², the others by
the radius of their balls."""


@dataclass(frozen=True, slots=True)
class Check:
    """One route compared with the recurrence.

    ``distance`` bounds how far apart they are (None: an exact identity); ``passed`` None: left out, for ``reason``.
    """

    route: Route
    passed: bool | None
    distance: float | None = None
    reason: Reason = ""


@dataclass(frozen=True)
class Verification:
    """All checks of a derivation with its worked example."""

    recurrence: Recurrence
    unrolled: Unrolled
    evaluation: Evaluation

    @cached_property
    def targets(self) -> tuple[Node, ...]:
        """What the gradients are taken by: parameters, then trainable initial states."""
        return targets(self.unrolled)

    def checks(self) -> tuple[Check, ...]:
        """Run every route."""
        return (*self._symbolic(), *self._numeric())

    def _symbolic(self) -> Iterator[Check]:
        if self._few_paths:
            yield Check("same paths", self._same_paths())
            closed = [name for name in self.recurrence.rules if self.recurrence.closed_form(name)]
            if closed:
                yield Check("closed form", all(map(self._closed_form_holds, closed)))
        else:
            yield Check("same paths", None, reason="many paths")
        yield Check("induction", self.recurrence.induction_holds())

    def _numeric(self) -> Iterator[Check]:
        scalar = self.unrolled.graph.network.is_scalar
        if self._few_paths:
            yield self._compare("path sum", self._path_sums)
        else:
            yield Check("path sum", None, reason="many paths")
            yield self._compare("groups", self._group_sums)
        if scalar:
            yield self._compare("elimination", self._eliminated)
        if not scalar:
            yield Check("diff", None, reason="vectors")
        elif self.unrolled.steps > LONGEST_LOSS or self._loss.size > LARGEST_LOSS:
            yield Check("diff", None, reason="long loss")
        else:
            yield self._compare("diff", self._differentiated)
        yield self._compare("complex step", self._complex_step)

    @cached_property
    def _few_paths(self) -> bool:
        """Whether all paths to all targets have few arcs; each passes a node once at most."""
        longest = 2 + self.unrolled.steps * len(self.recurrence.reached)
        return longest * sum(PathSum(self.unrolled, target).count for target in self.targets) <= MOST_ARCS

    # -- symbolic -----------------------------------------------------------------------------------------------------

    @cached_property
    def _adjoints(self) -> dict[Node, Words]:
        """The paths to every named node by the recurrence."""
        return self.recurrence.adjoints(self.unrolled, Words.letter, Words())

    def _same_paths(self) -> bool:
        """The recurrence unrolled for this T is exactly the enumerated set of paths, for every target."""
        return all(
            self.recurrence.derivative(self.unrolled, target, Words.letter, self._adjoints, Words())
            == PathSum(self.unrolled, target).words
            for target in self.targets
        )

    def _closed_form_holds(self, name: str) -> bool:
        """The closed form written out for this T is the set of paths to that variable at each step."""
        form = self.recurrence.closed_form(name)
        return form is not None and all(
            words(form.at(self.unrolled, step), self._adjoints.__getitem__) == self._adjoints[Node(name, step)]
            for step in range(1, self.unrolled.steps + 1)
        )

    # -- numeric ------------------------------------------------------------------------------------------------------

    def _compare(self, route: Route, gradients: Callable[[Evaluation], Gradients]) -> Check:
        """The greatest distance from the recurrence's gradients, relative where they are greater than 1."""
        evaluation = self.evaluation
        while True:
            with precision(evaluation.bits):
                distances = self._distances(evaluation, gradients(evaluation))
                agree = all(distance <= TOLERANCE for distance in distances)
                apart = any(distance > TOLERANCE for distance in distances)
            if agree or apart or evaluation.bits > MOST_BITS:
                return Check(route, agree, max(map(_upper, distances), default=0.0))
            evaluation = replace(evaluation, bits=2 * evaluation.bits)

    def _distances(self, evaluation: Evaluation, found: Gradients) -> list[Ball]:
        pairs = [
            pair
            for target in self.targets
            for pair in zip(entries(evaluation.gradient(target)), entries(found[target]), strict=True)
        ]
        return [abs(ours - theirs) / (1 + abs(ours)) for ours, theirs in pairs]

    def _path_sums(self, evaluation: Evaluation) -> Gradients:
        """Σ of the values of all enumerated paths."""
        sums = {}
        for target in self.targets:
            total = evaluation.gradient(target) * 0
            for path in PathSum(self.unrolled, target):
                total = total + evaluation.product(path)
            sums[target] = total
        return sums

    def _group_sums(self, evaluation: Evaluation) -> Gradients:
        """Σ of the sums of groups of paths, sorted by the loss at which they begin: folded from the target up."""
        from derive.groups import Accounts  # noqa: PLC0415 - for many paths only

        sums = {}
        for target in self.targets:
            total = evaluation.gradient(target) * 0
            for group in Accounts(evaluation, target).by_loss().values():
                total = total + group.sum
            sums[target] = total
        return sums

    def _eliminated(self, evaluation: Evaluation) -> Gradients:
        """Vertex elimination on numbers, from the first step on."""
        one = evaluation.system.exact(ONE.value)
        elimination = Elimination(self.unrolled, self.targets)
        found = elimination.derivatives(lambda arc: evaluation.weights.pull(arc, one))
        return {target: found.get(target, 0 * one) for target in self.targets}

    @cached_property
    def _loss(self) -> Loss:
        return Loss(self.unrolled)

    @cached_property
    def _slopes(self) -> dict[Node, sympy.Expr]:
        """SymPy's derivative of the loss written out, by each target."""
        loss = self._loss.sympy()
        return {target: sympy.diff(loss, step_symbol(target.name, target.step)) for target in self.targets}

    def _differentiated(self, evaluation: Evaluation) -> Gradients:
        """SymPy's derivative of the loss written out, evaluated at what was given."""
        known = {
            step_symbol(node.name, node.step): evaluation.system.exact(value)
            for node, value in evaluation.values.of.items()
            if isinstance(value, Fraction)
        }
        return {target: _number(slope, known, evaluation.system) for target, slope in self._slopes.items()}

    def _complex_step(self, evaluation: Evaluation) -> Gradients:
        """Im L(θ + ih) / h for a tiny h: the forward equations and nothing else."""
        return {
            target: _each(evaluation.value(target), partial(_nudged, evaluation, target)) for target in self.targets
        }


def _nudged(evaluation: Evaluation, target: Node, place: tuple[int, ...]) -> Number:
    """The imaginary part of L after one component of a value has been moved by ih, over h."""
    from flint import acb  # noqa: PLC0415 - loaded only when numbers are asked for

    unrolled, system = evaluation.unrolled, balls("complex")
    step: Any = system.exact(STEP)
    storage = load(unrolled, evaluation.values, system)
    values: Any = storage if target.step is None else storage[target.name]
    key = target.name if target.step is None else target.step
    values[key] = _changed(values[key], place, step * acb(0, 1))
    forward(unrolled, evaluation.values, system, storage)
    losses = storage[unrolled.graph.network.loss]
    moved: Any = sum((losses[at] for at in unrolled.loss_steps), acb(0))
    slope: Number = moved.imag / step.real
    return slope


def _changed(value: Number, place: tuple[int, ...], by: Number) -> Number:
    """A value with one component moved."""
    if not is_array(value):
        return value + by
    value = value.copy()
    value[place] += by
    return value


def _number(expression: sympy.Expr, known: Mapping[sympy.Expr, Number], system: System) -> Number:
    """A SymPy expression in a number system."""
    found = dict(known)
    for part in sympy.postorder_traversal(expression):
        if part not in found:
            found[part] = _applied(part, [found[argument] for argument in part.args], system)
    value: Number = found[expression]
    return value


def _applied(part: sympy.Expr, values: list[Number], system: System) -> Number:
    """The value of a SymPy expression, given those of its arguments."""
    if part.is_Rational:
        return system.exact(Fraction(int(part.p), int(part.q)))
    if part.is_Add:
        return sum(values[1:], values[0])
    if part.is_Mul:
        return math.prod(values[1:], start=values[0])
    if part.is_Pow:
        return values[0] ** (int(part.exp) if part.exp.is_Integer else values[1])
    if part is sympy.E:
        return system.functions["exp"](system.exact(ONE.value))
    extra: Mapping[str, Callable[[Number], Number]] = {"Abs": abs, "sign": lambda value: value / abs(value)}
    return {**system.functions, **extra}[type(part).__name__](*values)


def _each(like: Number, number: Callable[[tuple[int, ...]], Number]) -> Number:
    """A number for every component of a value of that shape."""
    if not is_array(like):
        return number(())
    result = like.copy()
    for place in itertools.product(*map(range, like.shape)):
        result[place] = number(place)
    return result


def _upper(distance: Ball) -> float:
    """A float not below any number of a ball."""
    return 0.0 if distance == 0 else math.nextafter(float(distance.abs_upper()), math.inf)
