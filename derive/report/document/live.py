"""Live: what a page needs to answer when its reader moves a value, picks a path, asks for another T.

Only a format with a script shows it; the handout is whole without.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from derive.notation.formula import Formula
from derive.report.document.picture import Picture


@dataclass(frozen=True)
class Live:
    """``facts`` are plain values, as JSON has them, that name ``formulas`` by their place.

    ``program`` is a JavaScript
    expression, an object with ``forward`` and ``pull``; ``pictures`` are the graph at the level of states, per T, its shapes
    with keys; ``cell`` is one step at the level of equations. At the step `STEP` a formula stands for any step.
    """

    facts: Mapping[str, object]
    formulas: tuple[Formula, ...]
    program: str
    pictures: Mapping[int, Picture]
    cell: Picture | None = None


STEP = 77777
"""The step that the script puts others in place of."""
