"""Progress: what is going on, told on a terminal once it takes long."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

PATIENCE = 1.0
"""Seconds until what is going on is told."""


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """Yield a function that says what is going on: a spinner on a terminal once that takes long, nothing in a pipe."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield lambda _: None
        return
    from threading import Timer  # noqa: PLC0415

    doing = ["starting"]
    shown: list[Any] = []

    def begin() -> None:
        from rich.console import Console  # noqa: PLC0415

        status = Console(stderr=True).status(doing[-1])
        status.start()
        shown.append(status)

    def tell(what: str) -> None:
        doing.append(what)
        for status in shown:
            status.update(what)

    timer = Timer(PATIENCE, begin)
    timer.daemon = True
    timer.start()
    try:
        yield tell
    finally:
        timer.cancel()
        timer.join()
        for status in shown:
            status.stop()
