"""Work: what one rendering may cost, counted in characters and entries, so that it ends in bounded time and memory everywhere.

A clock would end it on one machine and not on another. So each operation of a template pays before it is done: for the size
of what it is given, which bounds the size of what it makes, and a little for itself; each round of a loop, each macro and
block pays for the text and the nodes in it. A handout takes a twentieth of what there is. A clock ends only what was priced too
low: it shows the processor time of a template alone, of which a handout takes a fiftieth.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import thread_time
from typing import Any, Final

from jinja2 import Undefined
from jinja2.runtime import LoopContext

from derive.errors import NarrativeError
from derive.report.narrative.offered import LISTS, NUMBERS, VIEWS, named

MOST_WORK: Final = 3_000_000
MOST_SECONDS: Final = 10.0
"""How long one rendering may take the processor, without what the calls take that a handout offers."""
MOST_BITS: Final = 13_000
"""How many binary digits a number may have, so that it is multiplied and printed at once; of paths there may be many."""
STEP: Final = 20
"""What an operation or a round pays for itself."""
CALL: Final = 500
"""What a call for something of the handout pays."""
PAGE: Final = 1_000
"""What a template that is extended, included or imported pays."""
NODE: Final = 200
"""What each node of a template pays for becoming Python, which takes longer than most of what it does then."""
SCOPE: Final = 10
"""What each name pays wherever others begin: a file that is included is handed all of them, one by one."""
_CONTAINERS: Final[tuple[type[Any], ...]] = (*LISTS, *VIEWS)


@dataclass
class Work:
    """What is left of the work of one rendering."""

    left: int = MOST_WORK
    begun: float = field(default_factory=thread_time)

    def spend(self, units: int) -> None:
        """Take some of it; raise `NarrativeError` if there is no more, or no more time."""
        self.left -= units
        if thread_time() - self.begun > MOST_SECONDS:
            raise NarrativeError(f"this takes a template too long: more than {MOST_SECONDS:.0f} seconds; repeat less")
        if self.left < 0:
            self.left = 0
            raise NarrativeError(
                f"this is too much work for a template: more than {MOST_WORK:,} characters and steps; "
                "repeat less, in loops, macros and texts"
            )

    @contextmanager
    def beside(self) -> Iterator[None]:
        """Leave out the time that something takes which is not the template's own."""
        before = thread_time()
        try:
            yield
        finally:
            self.begun += thread_time() - before

    def pay(self, value: Any) -> Any:
        """Pay for a value as large as it is, with all that is in it, and return it; what can be seen once only as a list."""
        self.spend(STEP)
        if isinstance(value, Undefined):
            return value
        if isinstance(value, Iterator) and not isinstance(value, LoopContext):
            value = list(self._seen(value))
        rest: list[Any] = [value]
        while rest:
            one = rest.pop()
            if isinstance(one, str):
                self.spend(len(one))
            elif isinstance(one, dict):
                self.spend(2 * len(one))
                rest += [*one.keys(), *one.values()]
            elif isinstance(one, _CONTAINERS):
                self.spend(len(one))
                rest += one if not isinstance(one, range) else ()
            elif isinstance(one, LoopContext):  # which can be gone through, though only once
                self.spend(len(one))
        return value

    def _seen(self, values: Iterable[Any]) -> Iterable[Any]:
        for value in values:
            self.spend(1)
            yield value


class Works(threading.local):
    """The work of what each thread renders: writers of several formats may do so at the same time."""

    def __init__(self) -> None:
        """Begin with all of it."""
        self.now = Work()


def number(value: Any) -> Any:
    """Return a number that is not too large to reckon with; raise `NarrativeError` for one that is, and for no number."""
    if type(value) not in NUMBERS:
        raise NarrativeError(f"numbers are reckoned with, not {named(value)}; texts are joined by ~")
    if isinstance(value, int) and value.bit_length() > MOST_BITS:
        raise NarrativeError(f"a number of a template has at most {MOST_BITS:,} binary digits")
    return value


def power(base: Any, exponent: Any) -> Any:
    """Return a power, whose size is known before it is computed; raise `NarrativeError` as `number` does."""
    if type(number(base)) is int and type(number(exponent)) is int and base.bit_length() * exponent > MOST_BITS + 1:
        number(1 << MOST_BITS)
    return number(base**exponent)
