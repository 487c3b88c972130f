"""Check: what an independent route to the gradients says about those of the recurrence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Route = Literal["same paths", "closed form", "induction", "path sum", "groups", "elimination", "diff", "complex step"]
Reason = Literal["", "many paths", "long loss", "vectors"]
"""Why a route was left out; empty if it was not."""


@dataclass(frozen=True, slots=True)
class Check:
    """One route compared with the recurrence.

    ``distance`` bounds how far apart they are (None: an exact identity); ``passed`` None: left out, for ``reason``.
    """

    route: Route
    passed: bool | None
    distance: float | None = None
    reason: Reason = ""
