"""Verify: other routes to the gradients, compared with the recurrence.

Each is run at the values of the worked example, and again at generic values over enough steps for every lag to be seen from
both sides: special values (0, 1, T = 1) hide faults. Numbers are balls, so that two that agree to thirty digits are known to;
where rounding leaves that open, both are computed again with twice the bits. A route that would take too long is left out,
with its reason; a route that disagrees is an error.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

from derive.checks.check import Check, Checks, Outcome
from derive.checks.routes import ROUTES, Derived, Identity, Numeric, Pair
from derive.errors import DeriveError
from derive.graph import Unrolled
from derive.numbers import Ball, Evaluation, UndecidedError, decided, generic_steps, generic_values, once, precision
from derive.recurrence import Recurrence
from derive.shown import Seen

TOLERANCE = 1e-30
"""How far apart two routes may be, relative to the largest entry of the gradient. The complex step is off by about its step
squared, the others by the radius of their balls."""
GENERIC_BITS = 256
NO_VALUES = Outcome(None, reason="no values")
Way: TypeAlias = Callable[[Identity | Numeric, Derived, Evaluation], Outcome | None]
"""How the outcome of a route is known: it is run, or awaited. None if it is not for this network, or not for so few paths."""


@dataclass(frozen=True)
class General:
    """What routes find whatever the worked example is, which prints so many ``places``: made once for all examples."""

    recurrence: Recurrence
    unrolled: Unrolled
    places: int

    @once
    def derived(self) -> Derived:
        """What is checked at this T."""
        return Derived(self.recurrence, self.unrolled)

    @once
    def _generic_derived(self) -> Derived:
        """What is derived does not depend on values: at the same number of steps it is the same."""
        steps = generic_steps(self.recurrence.graph)
        return self.derived if steps == self.unrolled.steps else replace(self, unrolled=self._long_enough).derived

    @property
    def _long_enough(self) -> Unrolled:
        """The graph over T′ steps."""
        return Unrolled(self.recurrence.graph, generic_steps(self.recurrence.graph))

    @once
    def generic(self) -> Evaluation | None:
        """The network at generic values over T′ steps, whatever T and the worked example are; None if it has no value there."""
        unrolled = self._long_enough
        for values in generic_values(self.recurrence.graph.network, unrolled.steps):
            evaluation = Evaluation(unrolled, self.recurrence, values, self.places, GENERIC_BITS)
            try:
                evaluation.backward, evaluation.loss  # noqa: B018 - to see whether there are values
            except (DeriveError, UndecidedError):
                continue
            return evaluation
        return None

    @once
    def _found(self) -> dict[tuple[Way, Identity | Numeric, bool], Outcome | None]:
        """What was asked for, so that it is found once."""
        return {}

    def at_generic_values(self, route: Identity | Numeric, way: Way) -> Outcome | None:
        """What a route finds at generic values; None if it is not for this network, or holds for every T."""
        if isinstance(route, Identity) and route.for_ == "every T":
            return None
        key = (way, route, True)
        if key not in self._found:
            generic = self.generic
            self._found[key] = NO_VALUES if generic is None else way(route, self._generic_derived, generic)
        return self._found[key]

    def at(self, route: Identity | Numeric, evaluation: Evaluation, way: Way) -> Outcome | None:
        """What a route finds in an example: what holds for all values is found once."""
        if isinstance(route, Numeric) or route.for_ == "values":
            return way(route, self.derived, evaluation)
        key = (way, route, False)
        if key not in self._found:
            self._found[key] = way(route, self.derived, evaluation)
        return self._found[key]


@dataclass(frozen=True, repr=False)
class Verification(Seen):
    """All checks of a derivation with its worked example."""

    general: General
    evaluation: Evaluation

    def checks(self) -> Checks:
        """Run every route."""
        return Checks(self._all(_outcome), self.evaluation)

    def awaited(self) -> Checks:
        """What `checks` finds, to within what is asked of each route, unless one disagrees; none is run for this."""
        return Checks(self._all(_awaited), self.evaluation)

    def _all(self, way: Way) -> Iterator[Check]:
        for route in ROUTES:
            found, generic = self.general.at(route, self.evaluation, way), self.general.at_generic_values(route, way)
            if not found and not generic:
                continue
            check = Check(route.name, route.shared, found or Outcome(None), generic)
            yield check
            if route.name == "arrows drawn" and not check.passed:
                return  # of a graph with other arrows than the equations' nothing else means anything

    @property
    def generic(self) -> Evaluation | None:
        """The network at generic values; None if it has no value there."""
        return self.general.generic


def _outcome(route: Identity | Numeric, derived: Derived, evaluation: Evaluation) -> Outcome | None:
    """What a route finds."""
    found = _awaited(route, derived, evaluation)
    if found is None or not found.passed:
        return found
    match route:
        case Identity(holds=holds):
            return Outcome(holds(derived, evaluation))
        case Numeric():
            return _compared(route, derived, evaluation)


def _awaited(route: Identity | Numeric, derived: Derived, evaluation: Evaluation) -> Outcome | None:
    """What a route finds if it agrees, which is left out where it is left out."""
    reason = route.hindrance(derived, evaluation)
    if reason:
        return None if reason == "unlisted" else Outcome(None, reason=reason)
    return Outcome(passed=True, distance=TOLERANCE if isinstance(route, Numeric) else None)


def _compared(route: Numeric, derived: Derived, evaluation: Evaluation) -> Outcome:
    """Whether both agree, and the greatest distance; with as many bits as it takes, and traces where it takes them."""

    def outcome(finer: Evaluation) -> Outcome:
        with precision(finer.bits):
            distances = tuple(_distances(tuple(route.pairs(derived, finer))))
            agree = all(distance <= TOLERANCE for distance in distances)
            apart = any(distance > TOLERANCE for distance in distances)
        if not (agree or apart) and finer.finer is not None:
            raise UndecidedError
        return Outcome(agree, max(map(_upper, distances), default=0.0))

    return decided(replace(evaluation, traced=False), outcome)


def _distances(pairs: Iterable[Pair]) -> Iterator[Ball]:
    """How far apart each pair is, relative to the largest number of its kind; of what is 0, relative to the largest of all."""
    known = [scale for _, _, scale in pairs if scale is not None and scale > 0]
    largest = max(known, key=lambda size: float(size.mid()), default=1)
    for ours, theirs, scale in pairs:
        yield abs(ours - theirs) / (scale if scale is not None and scale > 0 else largest)


def _upper(distance: Ball) -> float:
    """A float not below any number of a ball."""
    return 0.0 if distance == 0 else math.nextafter(float(distance.abs_upper()), math.inf)
