"""Following: files are looked at again and again, and whenever they were saved the page is made anew."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from typing import NoReturn

from derive.errors import DeriveError
from derive.watch.desk import Desk, Fault
from derive.watch.files import Stamp, Watched

LOOK_AGAIN = 0.15
"""Seconds until files are looked at again. Whoever saves one is done when two looks are alike."""


def follow(watched: Watched, desk: Desk, make: Callable[[], bytes], tell: Callable[[DeriveError], None]) -> NoReturn:
    """Put the page that ``make`` makes on a desk, and again after each change of its files, or what speaks against it."""
    made_of: Stamp | None = None
    seen: Stamp | None = None
    while True:
        before, seen = seen, watched.stamp()
        if seen != made_of and (made_of is None or seen == before):
            made_of = seen
            try:
                desk.put(make())
            except DeriveError as error:
                tell(error)
                desk.complain(Fault(str(error), *watched.around(str(error))))
        Event().wait(LOOK_AGAIN)
