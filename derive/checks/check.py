"""Check: what a route to the gradients says about those of the recurrence, and what it shares with it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, Self

from derive.numbers import Evaluation
from derive.shown import Several

Route = Literal[
    "arrows drawn",
    "arrows",
    "same paths",
    "closed form",
    "induction",
    "path sum",
    "groups",
    "elimination",
    "diff",
    "series",
    "complex step",
]
Shared = Literal["equations", "arrows", "rules", "local partials"]
"""What a route takes from where the recurrence takes it: the equations alone; also which arrows there are; also what each arrow
carries; also the rules themselves."""
Reason = Literal["", "many paths", "long loss", "vectors", "no values"]
"""Why a route was left out; empty if it was not."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a route found at one set of values.

    ``distance`` bounds how far apart it and the recurrence are (None: an exact identity, or left out); ``passed`` None: left
    out, for ``reason``.
    """

    passed: bool | None
    distance: float | None = None
    reason: Reason = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One route compared with the recurrence, at the worked values and at generic ones, where nothing special hides a fault.

    ``generic`` is None for what holds for all values and every T, once it holds.
    """

    route: Route
    shared: Shared
    worked: Outcome
    generic: Outcome | None = None

    @property
    def passed(self) -> bool | None:
        """Whether it agrees wherever it was run; None if it was run nowhere."""
        found = {self.worked.passed, self.generic.passed if self.generic else None}
        return False if False in found else True if True in found else None

    @property
    def distance(self) -> float | None:
        """How far apart both are at most; None for an identity."""
        known = [one.distance for one in (self.worked, self.generic) if one and one.distance is not None]
        return max(known, default=None)


class Checks(Several[Check]):
    """All checks of a worked example, one after another."""

    evaluation: Evaluation

    def __new__(cls, found: Iterable[Check], evaluation: Evaluation) -> Self:
        """Keep the example that was checked beside what was found."""
        checks = super().__new__(cls, found)
        checks.evaluation = evaluation
        return checks

    def __getnewargs__(self) -> tuple[tuple[Check, ...], Evaluation]:
        """What a copy is made of."""
        return tuple(self), self.evaluation
