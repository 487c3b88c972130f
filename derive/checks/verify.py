"""Verify: independent routes to the same gradients, compared with the recurrence's.

Numbers are balls, so that two that agree to thirty digits are known to; where rounding leaves that open, both are
computed again with twice the bits. A route that would take too long is left out, with its reason; a route that disagrees is
an error.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from derive.checks.check import Check
from derive.checks.routes import IDENTITIES, NUMERIC, Derived, Gradients, Identity, Numeric
from derive.graph import Node, Unrolled
from derive.numbers import MOST_BITS, Ball, Evaluation, entries, precision
from derive.recurrence import Recurrence

TOLERANCE = 1e-30
"""How far apart two routes may be, relative to 1 + |gradient|. The complex step is off by about its step squared, the others
by the radius of their balls."""


@dataclass(frozen=True)
class Verification:
    """All checks of a derivation with its worked example."""

    recurrence: Recurrence
    unrolled: Unrolled
    evaluation: Evaluation

    def checks(self) -> tuple[Check, ...]:
        """Run every route."""
        return tuple(self._run())

    def _run(self) -> Iterator[Check]:
        derived = Derived(self.recurrence, self.unrolled)
        for route in (*IDENTITIES, *NUMERIC):
            reason = route.hindrance(derived)
            if reason == "unlisted":
                continue
            if reason:
                yield Check(route.name, None, reason=reason)
                continue
            match route:
                case Identity(name, holds):
                    yield Check(name, holds(derived))
                case Numeric():
                    yield self._compare(route, derived)

    def _compare(self, route: Numeric, derived: Derived) -> Check:
        """The greatest distance from the recurrence's gradients, relative where they are greater than 1."""
        evaluation = self.evaluation
        while True:
            with precision(evaluation.bits):
                distances = _distances(evaluation, route.gradients(derived, evaluation), derived.targets)
                agree = all(distance <= TOLERANCE for distance in distances)
                apart = any(distance > TOLERANCE for distance in distances)
            if agree or apart or evaluation.bits > MOST_BITS:
                return Check(route.name, agree, max(map(_upper, distances), default=0.0))
            evaluation = replace(evaluation, bits=2 * evaluation.bits)


def _distances(evaluation: Evaluation, found: Gradients, wanted: tuple[Node, ...]) -> list[Ball]:
    pairs = [
        pair
        for target in wanted
        for pair in zip(entries(evaluation.gradient(target)), entries(found[target]), strict=True)
    ]
    return [abs(ours - theirs) / (1 + abs(ours)) for ours, theirs in pairs]


def _upper(distance: Ball) -> float:
    """A float not below any number of a ball."""
    return 0.0 if distance == 0 else math.nextafter(float(distance.abs_upper()), math.inf)
