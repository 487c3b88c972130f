"""Desk: where the newest page lies, beside the last one that was good, and what was wrong since.

One thread puts pages on it, any number of others wait for what is new.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Condition
from typing import Any


@dataclass(frozen=True)
class Fault:
    """What is wrong: the message, the line that it names (0: none), and the lines from ``first`` on around it."""

    message: str
    line: int = 0
    first: int = 0
    lines: tuple[str, ...] = ()


@dataclass
class Desk:
    """``version`` counts what was put on it, ``made`` the pages among that; ``page`` is the last one, if there is one."""

    version: int = 0
    made: int = 0
    page: bytes = b""
    fault: Fault | None = None
    _changed: Condition = field(default_factory=Condition)

    def put(self, page: bytes) -> None:
        """Put a page on it; nothing is wrong any longer. The same page again is no new one."""
        with self._changed:
            self.made += page != self.page
            self.page, self.fault = page, None
            self._tell()

    def complain(self, fault: Fault) -> None:
        """Say what is wrong; the page that was good stays."""
        with self._changed:
            self.fault = fault
            self._tell()

    def _tell(self) -> None:
        self.version += 1
        self._changed.notify_all()

    def newer(self, than: int, patience: float) -> dict[str, Any] | None:
        """Wait for something newer than a version, and return what a page has to know; None if nothing came in time."""
        with self._changed:
            if not self._changed.wait_for(lambda: self.version > than, patience):
                return None
            fault = None if self.fault is None else vars(self.fault)
            return {"version": self.version, "made": self.made, "fault": fault}
