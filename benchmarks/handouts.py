"""Handouts in a process that has made the same before, as for a class: modules, templates and Typst are warm."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from benchmarks.measure import Row, medians, within
from derive.derivation import derive
from derive.report.options import Options
from derive.report.publish import made

JOBS = (
    ("elman", ("pdf", "tex", "md"), 0.1),
    ("elman", ("md",), 0.04),
    ("lstm", ("pdf", "tex", "md", "html"), 0.4),
)
"""A network, formats, and how many seconds they may take."""
NOTE = "derivation, example, checks, engines, made anew; Typst knows what it has set before"


def rows(*, quick: bool) -> Iterator[Row]:
    """Each handout once more."""
    steps = 1 if quick else 3
    for network, formats, limit in JOBS[:2] if quick else JOBS:
        (seconds,) = medians(partial(_handout, network, steps, formats), repeats=1 if quick else 9, once=True)
        yield within(f"handout in a warm process, {network}, T = {steps}, {' + '.join(formats)}", seconds, limit, NOTE)


def _handout(network: str, steps: int, formats: tuple[str, ...]) -> None:
    made(derive(network, steps), Options(engine="typst", formats=formats))
