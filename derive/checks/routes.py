"""Routes: independent ways to the gradients, and what each shares with the recurrence.

Identities, exact for scalars and matrices alike:

    same paths      the recurrence unrolled for this T against the enumerated paths, arc for arc; shares the graph
    closed form     each closed form written out for this T against the recurrence unrolled; shares the rules
    induction       the step of the induction as a polynomial identity, for every T; shares the graph

Gradients in numbers, far beyond the printed digits:

    path sum        the products of all enumerated paths; shares the local partials
    groups          of many paths the sums of their groups, from the target up to each loss; shares the local partials
    elimination     vertex elimination from the first step on; shares the local partials
    diff            SymPy's derivative of the loss written out; shares the equations as they were read
    complex step    Im L(θ + ih) / h for a tiny h; shares the forward equations and nothing else
                    (Squire & Trapp, Using complex variables to estimate derivatives of real functions, 1998)

A route that would take too long, or is for scalars only, is left out, with its reason or without a word.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, Literal, TypeAlias

import sympy

from derive.checks.check import Reason, Route
from derive.checks.sympy_values import sympy_value
from derive.equations import ONE, step_symbol
from derive.graph import Loss, Node, Unrolled, targets
from derive.numbers import Ball, Evaluation, Number, balls, forward_pass, load, positions, shaped_like
from derive.paths import Elimination, PathSum, Words, total
from derive.recurrence import ClosedForm, Recurrence, words

Gradients: TypeAlias = Mapping[Node, Number]
MOST_ARCS = 500_000
"""Up to this many arcs over all enumerated paths, sets of paths are compared one by one."""
LARGEST_LOSS = 400
"""Up to this many symbols the loss is written out and given to SymPy."""
LONGEST_LOSS = 30
"""And up to this many steps: SymPy recurs as deep as the loss nests."""
STEP = Fraction(1, 10**300)


@dataclass(frozen=True)
class Derived:
    """What is checked: a recurrence over T steps, and what routes to its gradients have in common."""

    recurrence: Recurrence
    unrolled: Unrolled

    @cached_property
    def targets(self) -> tuple[Node, ...]:
        """What the gradients are taken by: parameters, then trainable initial states."""
        return targets(self.unrolled)

    @cached_property
    def few_paths(self) -> bool:
        """Whether all paths to all targets have few arcs; each passes a node once at most."""
        longest = 2 + self.unrolled.steps * len(self.recurrence.reached)
        return longest * sum(PathSum(self.unrolled, target).count for target in self.targets) <= MOST_ARCS

    @property
    def is_scalar(self) -> bool:
        """Whether every variable is a number."""
        return self.unrolled.graph.network.is_scalar

    @cached_property
    def adjoint_words(self) -> dict[Node, Words]:
        """The paths to every named node by the recurrence."""
        return self.recurrence.adjoints(self.unrolled, Words.letter, Words())

    @cached_property
    def closed_forms(self) -> tuple[ClosedForm, ...]:
        """The closed forms there are."""
        found = map(self.recurrence.closed_form, self.recurrence.rules)
        return tuple(form for form in found if form is not None)

    @cached_property
    def loss(self) -> Loss:
        """The loss, to be written out."""
        return Loss(self.unrolled)

    @cached_property
    def slopes(self) -> dict[Node, sympy.Expr]:
        """SymPy's derivative of the loss written out, by each target."""
        loss = self.loss.sympy()
        return {target: sympy.diff(loss, step_symbol(target.name, target.step)) for target in self.targets}


Hindrance: TypeAlias = Callable[[Derived], Reason | Literal["unlisted"]]
"""Why a route is left out: empty if it is not, "unlisted" if that needs no word."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A route that is exact."""

    name: Route
    holds: Callable[[Derived], bool]
    hindrance: Hindrance


@dataclass(frozen=True, slots=True)
class Numeric:
    """A route that gives the gradients as numbers."""

    name: Route
    gradients: Callable[[Derived, Evaluation], Gradients]
    hindrance: Hindrance


# -- identities --------------------------------------------------------------------------------------------------------


def same_paths(derived: Derived) -> bool:
    """Whether the recurrence unrolled for this T is exactly the enumerated set of paths, for every target."""
    recurrence, unrolled, adjoints = derived.recurrence, derived.unrolled, derived.adjoint_words
    return all(
        recurrence.derivative(unrolled, target, Words.letter, adjoints, Words()) == PathSum(unrolled, target).words
        for target in derived.targets
    )


def closed_forms_hold(derived: Derived) -> bool:
    """Whether each closed form written out for this T is the set of paths to that variable at each step."""
    adjoints = derived.adjoint_words
    return all(
        words(form.at(derived.unrolled, step), adjoints.__getitem__) == adjoints[Node(form.name, step)]
        for form in derived.closed_forms
        for step in range(1, derived.unrolled.steps + 1)
    )


def induction_holds(derived: Derived) -> bool:
    """Whether the step of the induction is an identity."""
    return derived.recurrence.induction_holds()


# -- gradients ---------------------------------------------------------------------------------------------------------


def path_sums(derived: Derived, evaluation: Evaluation) -> Gradients:
    """Σ of the values of all enumerated paths."""
    sums = {}
    for target in derived.targets:
        found = evaluation.gradient(target) * 0
        for path in PathSum(derived.unrolled, target):
            found = found + evaluation.product(path)
        sums[target] = found
    return sums


def group_sums(derived: Derived, evaluation: Evaluation) -> Gradients:
    """Σ of the sums of groups of paths, sorted by the loss at which they begin: added up from the target to each loss."""
    from derive.groups import Accounts  # noqa: PLC0415 - for many paths only

    sums = {}
    for target in derived.targets:
        groups = Accounts(evaluation, target).by_loss().values()
        sums[target] = total([evaluation.gradient(target) * 0, *(group.sum for group in groups)])
    return sums


def eliminated(derived: Derived, evaluation: Evaluation) -> Gradients:
    """Vertex elimination on numbers, from the first step on."""
    one = evaluation.system.exact(ONE.value)
    elimination = Elimination(derived.unrolled, derived.targets)
    found = elimination.derivatives(lambda arc: evaluation.weights.pull(arc, one))
    return {target: found.get(target, 0 * one) for target in derived.targets}


def differentiated(derived: Derived, evaluation: Evaluation) -> Gradients:
    """SymPy's derivative of the loss written out, evaluated at what was given."""
    given = {
        step_symbol(node.name, node.step): evaluation.system.exact(value)
        for node, value in evaluation.values.of.items()
        if isinstance(value, Fraction)
    }
    return {target: sympy_value(slope, given, evaluation.system) for target, slope in derived.slopes.items()}


def complex_step(derived: Derived, evaluation: Evaluation) -> Gradients:
    """Im L(θ + ih) / h for a tiny h: the forward equations and nothing else."""
    found = {}
    for target in derived.targets:
        value = evaluation.value(target)
        found[target] = shaped_like(value, (_nudged(evaluation, target, place) for place in positions(value)))
    return found


def _nudged(evaluation: Evaluation, target: Node, place: tuple[int, ...]) -> Ball:
    """The imaginary part of L after one component of a value has been moved by ih, over h."""
    from flint import acb  # noqa: PLC0415 - loaded only when numbers are asked for

    unrolled, system = evaluation.unrolled, balls("complex")
    step: Any = system.exact(STEP)
    storage = load(unrolled, evaluation.values, system)
    values: Any = storage if target.step is None else storage[target.name]
    key = target.name if target.step is None else target.step
    values[key] = _moved(values[key], place, step * acb(0, 1))
    forward_pass(unrolled, evaluation.values, system, storage)
    losses = storage[unrolled.graph.network.loss]
    slope: Ball = sum((losses[at] for at in unrolled.loss_steps), acb(0)).imag / step.real
    return slope


def _moved(value: Any, place: tuple[int, ...], by: Number) -> Any:
    """A value with one component moved."""
    if not place:
        return value + by
    value = value.copy()
    value[place] += by
    return value


# -- which routes there are --------------------------------------------------------------------------------------------


def _for_few_paths(derived: Derived) -> Reason:
    return "" if derived.few_paths else "many paths"


def _for_many_paths(derived: Derived) -> Literal["", "unlisted"]:
    return "unlisted" if derived.few_paths else ""


def _for_few_paths_in_closed_form(derived: Derived) -> Literal["", "unlisted"]:
    return "" if derived.few_paths and derived.closed_forms else "unlisted"


def _for_scalars(derived: Derived) -> Literal["", "unlisted"]:
    return "" if derived.is_scalar else "unlisted"


def _for_a_short_loss(derived: Derived) -> Reason:
    if not derived.is_scalar:
        return "vectors"
    return "long loss" if derived.unrolled.steps > LONGEST_LOSS or derived.loss.size > LARGEST_LOSS else ""


def _always(_: Derived) -> Literal[""]:
    return ""


IDENTITIES = (
    Identity("same paths", same_paths, _for_few_paths),
    Identity("closed form", closed_forms_hold, _for_few_paths_in_closed_form),
    Identity("induction", induction_holds, _always),
)
NUMERIC = (
    Numeric("path sum", path_sums, _for_few_paths),
    Numeric("groups", group_sums, _for_many_paths),
    Numeric("elimination", eliminated, _for_scalars),
    Numeric("diff", differentiated, _for_a_short_loss),
    Numeric("complex step", complex_step, _always),
)
