"""A way to an answer: what is done once, what is run then, and what it is compared by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from benchmarks.measure import Row, beside


@dataclass(frozen=True)
class Way:
    """One way to the answer: ``set_up`` returns what is run then, and takes what the way is given for nothing."""

    name: str
    set_up: Callable[..., Callable[[], Any]]
    module: str = "derive"
    """What has to be installed."""
    row: Callable[..., Row] = beside
    """The row that compares us with it, with its target: what, our time, its time, its name, and a note."""
    note: str = ""
    given: Callable[[], tuple[Any, ...]] = tuple
    """What it cannot find by itself; asked for before the clock starts."""
    answer: Callable[[], list[float]] | None = None
    """Its answer in numbers, where that is not what the run returns."""
