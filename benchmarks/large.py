"""Large: what is asked of long sequences, of a thousand equations in a step, and of a hundred units.

Each is a command in a process of its own; seconds are those of the processor. What is not done after a minute is ended: it
missed its limit, and by how much matters less. `growth` compares the gradients of such networks with the compiled program's.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.child import Taken, taken
from benchmarks.growth import FILE, RAISED, chain, units
from benchmarks.measure import DisagreeError, Row, within

PATIENCE = 60.0
LIMITS = ",".join(f"{name}={limit}" for name, limit in RAISED.items())


def rows(*, quick: bool) -> Iterator[Row]:
    """A row for each."""
    steps, equations, count = (20, 10, 3) if quick else (100_000, 1000, 100)
    with TemporaryDirectory() as name:
        folder = Path(name)
        for command in (("show",), ("paths", "w_h")):
            found = _taken((*command, "-n", "elman", "-T", str(steps)), folder)
            note = "asked for are 300 MB at most, too"
            yield _row(f"derive {command[0]}, elman, T = {steps:,}", found, 10.0, note)
        for what, text, limit in (
            (f"handout with {equations:,} equations in a step, T = 3, md, end to end", chain(equations), 10.0),
            (f"handout with {count} units and inputs, T = 3, md, end to end", units(count), 2.0),
        ):
            (folder / FILE).write_text(text, encoding="utf-8")
            yield _row(what, _taken(("report", "--format", "md", "-n", FILE, "-T", "3"), folder), limit)


def _taken(words: tuple[str, ...], folder: Path) -> Taken:
    found = taken((*words, "--limit", LIMITS), folder, PATIENCE)
    if found.code not in {0, -1}:
        raise DisagreeError(f"derive {' '.join(words)}: exit code {found.code}: {found.said}")
    return found


def _row(what: str, found: Taken, limit: float, note: str = "") -> Row:
    """The row of a command; of one that was ended, with the minute that it had."""
    took = f"ended after {PATIENCE:.0f} s" if found.code else f"{found.megabytes:.0f} MB"
    return within(what, PATIENCE if found.code else found.seconds, limit, "; ".join(filter(None, (took, note))))
