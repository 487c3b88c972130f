"""Handouts in a process that has made others before, as for a class: with the same values, and each with values of its own."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from random import Random
from statistics import median
from time import process_time

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
NOTE = (
    "example, checks at its values, and all it is told with, made anew; what no value changes is known, as is to Typst"
)
EACH, ROWS = 0.08, 40
"""How many seconds of the processor each of so many handouts of a class may take."""
IN_CLASS = "median of 40, each with values of its own drawn; the processor's time of one process, Typst's threads too"


def rows(*, quick: bool) -> Iterator[Row]:
    """Each handout once more."""
    steps = 1 if quick else 3
    for network, formats, limit in JOBS[:2] if quick else JOBS:
        (seconds,) = medians(partial(_handout, network, steps, formats), repeats=1 if quick else 9, once=True)
        yield within(f"handout in a warm process, {network}, T = {steps}, {' + '.join(formats)}", seconds, limit, NOTE)

    for formats in (("md",), ("pdf", "tex", "md")):
        what = f"handout of a class, elman, T = {steps}, {' + '.join(formats)}"
        yield within(what, median(_class(steps, formats, 3 if quick else ROWS)), EACH, IN_CLASS)


def _class(steps: int, formats: tuple[str, ...], rows: int) -> Iterator[float]:
    """The processor's time of each handout of a class, but for the first two."""
    draw, derivation = Random(0), derive("elman", steps)  # noqa: S311 - the same in every run
    for row in range(rows + 2):
        values = {name: str(draw.randint(-20, 20) / 10) for name in ("w_x", "w_h", "w_y")}
        begin = process_time()
        made(derivation, Options(engine="typst", formats=formats, values=values))
        if row > 1:
            yield process_time() - begin


def _handout(network: str, steps: int, formats: tuple[str, ...]) -> None:
    made(derive(network, steps), Options(engine="typst", formats=formats))
