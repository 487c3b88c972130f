"""Routes: other ways to the gradients, and what each shares with the recurrence.

A gradient is right if two things are: every arrow, and the way arrows are put together. So each half has routes of its own.

The arrows (`arrows`):

    arrows drawn    the arrows are those that the equations name; shares nothing but the equations
    arrows          every local partial against the derivative of its own equation; shares nothing but the equations

The way they are put together, identities, exact for scalars and matrices alike:

    same paths      the recurrence unrolled for this T against the enumerated paths, arc for arc; shares the arrows
    closed form     each closed form written out for this T against the recurrence unrolled; shares the rules
    induction       the step of the induction as a polynomial identity, for every T; shares the arrows

Both halves, gradients in numbers, far beyond the printed digits:

    path sum        the products of all enumerated paths; shares the local partials
    groups          of many paths the sums of their groups, from the target up to each loss; shares the local partials
    elimination     vertex elimination from the first step on; shares the local partials
    diff            SymPy's derivative of the loss written out; shares nothing but the equations as they were read
    series          L as a power series along a direction, to first order, by the forward equations; shares nothing else
                    (Griewank & Walther, Evaluating Derivatives, 2008, chapter 13)
    complex step    Im L(θ + ih) / h for a tiny h; shares the forward equations and nothing else
                    (Squire & Trapp, Using complex variables to estimate derivatives of real functions, 1998)

A route that would take too long, or is for scalars only, is left out, with its reason or without a word.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from derive.checks.arrows import Arrows
from derive.checks.check import Reason, Route, Shared
from derive.equations import ONE
from derive.graph import Loss, Node, Unrolled, targets
from derive.numbers import (
    EPSILON,
    Ball,
    Evaluation,
    Number,
    System,
    entries,
    forward_pass,
    jets,
    load,
    shaped_like,
    spread_over,
    total_loss,
)
from derive.paths import Elimination, PathSum, Words, total
from derive.recurrence import Recurrence, words

if TYPE_CHECKING:
    import sympy

Gradients: TypeAlias = Mapping[Node, Number]
MOST_ARCS = 500_000
"""Up to this many arcs over all enumerated paths, sets of paths are compared one by one."""
MOST_NUMBERS = 60_000_000
"""And up to so many numbers along all of them, their products are added up."""
LARGEST_LOSS = 400
"""Up to this many symbols the loss is written out and given to SymPy."""
DEEPEST_LOSS = 80
"""And up to this many operations inside one another: SymPy takes nine frames of Python's thousand for each."""
STEP = Fraction(1, 10**300)
MOST_ENTRIES = 12
"""With more entries than this in all parameters together, derivatives are taken along directions, not entry by entry."""
DIRECTIONS = 2
"""So many. Gradients that differ agree along a generic direction with probability 0."""


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
        return self.arcs <= MOST_ARCS

    @cached_property
    def arcs(self) -> int:
        """How many arcs all paths to all targets have at most."""
        longest = 2 + self.unrolled.steps * len(self.recurrence.reached)
        return longest * sum(paths.count for paths in self.paths.values())

    @cached_property
    def paths(self) -> dict[Node, PathSum]:
        """All paths to each target."""
        return {target: PathSum(self.unrolled, target) for target in self.targets}

    @property
    def is_scalar(self) -> bool:
        """Whether every variable is a number."""
        return self.unrolled.graph.network.is_scalar

    @cached_property
    def adjoint_words(self) -> dict[Node, Words]:
        """The paths to every named node by the recurrence."""
        return self.recurrence.adjoints(self.unrolled, Words.letter, Words())

    @cached_property
    def loss(self) -> Loss:
        """The loss, to be written out."""
        return Loss(self.unrolled)

    @cached_property
    def slopes(self) -> dict[Node, sympy.Expr]:
        """SymPy's derivative of the loss written out, by each target."""
        import sympy  # noqa: PLC0415 - loaded where it is used

        from derive.equations import step_symbol  # noqa: PLC0415 - as SymPy

        loss = self.loss.in_symbols()
        return {target: sympy.diff(loss, step_symbol(target.name, target.step)) for target in self.targets}


Hindrance: TypeAlias = Callable[[Derived, Evaluation], Reason | Literal["unlisted"]]
"""Why a route is left out: empty if it is not, "unlisted" if that needs no word."""


Pair: TypeAlias = "tuple[Ball, Ball, Ball | None]"
"""Two numbers that have to be the same, and what their distance is seen against: the largest entry of what they belong to."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A route that is exact; where it holds, it holds at these ``values``, at ``all values`` for this T, or for ``every T``."""

    name: Route
    shared: Shared
    holds: Callable[[Derived, Evaluation], bool]
    hindrance: Hindrance
    for_: Literal["values", "all values", "every T"] = "all values"


@dataclass(frozen=True, slots=True)
class Numeric:
    """A route that gives numbers, each beside the one that the recurrence has."""

    name: Route
    shared: Shared
    pairs: Callable[[Derived, Evaluation], Iterator[Pair]]
    hindrance: Hindrance


# -- the arrows --------------------------------------------------------------------------------------------------------


def arrows_are_drawn(_: Derived, evaluation: Evaluation) -> bool:
    """Whether the arrows are those that the equations name."""
    return Arrows(evaluation).complete()


def arrows(derived: Derived, evaluation: Evaluation) -> Iterator[Pair]:
    """Every local partial beside the derivative of its own equation, by the complex step and, for scalars, by SymPy."""
    found = Arrows(evaluation)
    pairs = [*found.by_complex_step(), *(found.by_sympy() if derived.is_scalar else ())]
    yield from ((ours, theirs, abs(ours)) for ours, theirs in pairs)


# -- identities --------------------------------------------------------------------------------------------------------


def same_paths(derived: Derived, _: Evaluation) -> bool:
    """Whether the recurrence unrolled for this T is exactly the enumerated set of paths, for every target."""
    recurrence, unrolled, adjoints = derived.recurrence, derived.unrolled, derived.adjoint_words
    return all(
        recurrence.derivative(unrolled, target, Words.letter, adjoints, Words()) == derived.paths[target].words
        for target in derived.targets
    )


def closed_forms_hold(derived: Derived, _: Evaluation) -> bool:
    """Whether each closed form written out for this T is the set of paths to that variable at each step."""
    adjoints = derived.adjoint_words
    return all(
        words(form.at(derived.unrolled, node), adjoints.__getitem__) == adjoints[node]
        for form in derived.recurrence.closed_forms
        for node in (Node(name, step) for name in form.names for step in range(1, derived.unrolled.steps + 1))
    )


def induction_holds(derived: Derived, _: Evaluation) -> bool:
    """Whether the step of the induction is an identity."""
    return derived.recurrence.induction_holds()


# -- gradients ---------------------------------------------------------------------------------------------------------


def beside(gradients: Callable[[Derived, Evaluation], Gradients]) -> Callable[[Derived, Evaluation], Iterator[Pair]]:
    """Return a route's gradients entry by entry, each beside that of the recurrence."""

    def pairs(derived: Derived, evaluation: Evaluation) -> Iterator[Pair]:
        found = gradients(derived, evaluation)
        for target in derived.targets:
            ours = entries(evaluation.gradient(target))
            scale = _largest(ours)
            yield from ((one, other, scale) for one, other in zip(ours, entries(found[target]), strict=True))

    return pairs


def _largest(numbers: tuple[Ball, ...]) -> Ball | None:
    """The size of the largest of some numbers."""
    return max(map(abs, numbers), key=lambda size: float(size.mid()), default=None)


def path_sums(derived: Derived, evaluation: Evaluation) -> Gradients:
    """Σ of the values of all enumerated paths."""
    sums = {}
    for target in derived.targets:
        found = evaluation.gradient(target) * 0
        for path in derived.paths[target]:
            found = found + evaluation.product(path)
        sums[target] = found
    return sums


def group_sums(derived: Derived, evaluation: Evaluation) -> Gradients:
    """Σ of the sums of groups of paths, sorted by the loss at which they begin: added up from the target to each loss."""
    from derive.groups import Accounts  # noqa: PLC0415 - for many paths only

    return {target: Accounts(evaluation, target).added_up() for target in derived.targets}


def eliminated(derived: Derived, evaluation: Evaluation) -> Gradients:
    """Vertex elimination on numbers, from the first step on."""
    one = evaluation.system.exact(ONE.value)
    elimination = Elimination(derived.unrolled, derived.targets)
    found = elimination.derivatives(lambda arc: evaluation.weights.pull(arc, one))
    return {target: found.get(target, 0 * one) for target in derived.targets}


def differentiated(derived: Derived, evaluation: Evaluation) -> Gradients:
    """SymPy's derivative of the loss written out, evaluated at what was given."""
    from derive.checks.sympy_values import sympy_value  # noqa: PLC0415 - SymPy is loaded where it is used
    from derive.equations import step_symbol  # noqa: PLC0415 - as above

    given = {
        step_symbol(node.name, node.step): evaluation.system.exact(value)
        for node, value in evaluation.values.of.items()
        if isinstance(value, Fraction)
    }
    return {target: sympy_value(slope, given, evaluation.system) for target, slope in derived.slopes.items()}


@dataclass(frozen=True)
class Moving:
    """A number system in which a value is moved by ``unit``, and how the derivative along that is read off L."""

    system: System
    unit: Any
    slope: Callable[[Any], Ball]

    def along(self, evaluation: Evaluation, directions: Mapping[Node, Iterable[Fraction]]) -> Ball:
        """The derivative of L along a direction in some targets, by the forward equations and nothing else."""
        unrolled = evaluation.unrolled
        storage = load(unrolled, evaluation.values, self.system)
        for target, direction in directions.items():
            values: Any = storage if target.step is None else storage[target.name]
            key = target.name if target.step is None else target.step
            pairs = zip(entries(values[key]), direction, strict=True)
            values[key] = shaped_like(values[key], [part + self.system.exact(by) * self.unit for part, by in pairs])
        forward_pass(unrolled, evaluation.values, self.system, storage)
        return self.slope(total_loss(unrolled, self.system, storage))


def by_series(derived: Derived, evaluation: Evaluation) -> Iterator[Pair]:
    """L as a power series along generic directions in all targets at once, to first order."""
    moving = Moving(jets(settled=evaluation.traced), EPSILON(), lambda loss: loss.slope)
    for draw in range(DIRECTIONS if derived.targets else 0):
        yield from _along(evaluation, derived.targets, moving, draw)


def complex_step(derived: Derived, evaluation: Evaluation) -> Iterator[Pair]:
    """Im L(θ + ih) / h for a tiny h, entry by entry; with many entries along a generic direction in each target."""
    from flint import acb  # noqa: PLC0415 - loaded only when numbers are asked for

    system = evaluation.complex_system
    size: Any = system.exact(STEP)
    moving = Moving(system, size * acb(0, 1), lambda loss: loss.imag / size.real)
    few = sum(len(entries(evaluation.value(target))) for target in derived.targets) <= MOST_ENTRIES
    if few:
        for target in derived.targets:
            yield from _by_entry(evaluation, target, moving)
        return
    for _, group in itertools.groupby(derived.targets, lambda target: target.name):
        yield from _along(evaluation, tuple(group), moving)


def _by_entry(evaluation: Evaluation, target: Node, moving: Moving) -> Iterator[Pair]:
    """The derivative by each entry of a target."""
    ours = entries(evaluation.gradient(target))
    scale = _largest(ours)
    for place, one in enumerate(ours):
        only = [Fraction(int(place == other)) for other in range(len(ours))]
        yield one, moving.along(evaluation, {target: only}), scale


def _along(evaluation: Evaluation, wanted: tuple[Node, ...], moving: Moving, draw: int = 0) -> Iterator[Pair]:
    """The derivative along a generic direction in the space of all entries of some targets."""
    gradients = {target: entries(evaluation.gradient(target)) for target in wanted}
    numbers = spread_over(draw)
    directions = {target: list(itertools.islice(numbers, len(ours))) for target, ours in gradients.items()}
    parts = tuple(
        one * evaluation.system.exact(by)
        for target, ours in gradients.items()
        for one, by in zip(ours, directions[target], strict=True)
    )
    yield total(parts), moving.along(evaluation, directions), _largest(parts)


# -- which routes there are --------------------------------------------------------------------------------------------


def _for_few_paths(derived: Derived, _: Evaluation) -> Reason:
    return "" if derived.few_paths else "many paths"


def _for_few_products(derived: Derived, evaluation: Evaluation) -> Reason:
    largest = max((len(entries(evaluation.value(target))) for target in derived.targets), default=1)
    return "" if derived.few_paths and derived.arcs * largest <= MOST_NUMBERS else "many paths"


def _for_many_products(derived: Derived, evaluation: Evaluation) -> Literal["", "unlisted"]:
    return "" if _for_few_products(derived, evaluation) else "unlisted"


def _for_few_paths_in_closed_form(derived: Derived, evaluation: Evaluation) -> Reason | Literal["unlisted"]:
    return _for_few_paths(derived, evaluation) if derived.recurrence.closed_forms else "unlisted"


def _for_scalars(derived: Derived, _: Evaluation) -> Literal["", "unlisted"]:
    return "" if derived.is_scalar else "unlisted"


def _for_a_short_loss(derived: Derived, _: Evaluation) -> Reason:
    if not derived.is_scalar:
        return "vectors"
    return "long loss" if derived.loss.symbols > LARGEST_LOSS or derived.loss.depth > DEEPEST_LOSS else ""


def _always(_: Derived, __: Evaluation) -> Literal[""]:
    return ""


ROUTES: tuple[Identity | Numeric, ...] = (
    Identity("arrows drawn", "equations", arrows_are_drawn, _always, "values"),
    Numeric("arrows", "equations", arrows, _always),
    Identity("same paths", "arrows", same_paths, _for_few_paths),
    Identity("closed form", "rules", closed_forms_hold, _for_few_paths_in_closed_form),
    Identity("induction", "arrows", induction_holds, _always, "every T"),
    Numeric("path sum", "local partials", beside(path_sums), _for_few_products),
    Numeric("groups", "local partials", beside(group_sums), _for_many_products),
    Numeric("elimination", "local partials", beside(eliminated), _for_scalars),
    Numeric("diff", "equations", beside(differentiated), _for_a_short_loss),
    Numeric("series", "equations", by_series, _always),
    Numeric("complex step", "equations", complex_step, _always),
)
"""Every route, in the order in which they are told."""
