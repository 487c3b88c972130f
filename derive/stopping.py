"""Stopping: what Ctrl-C, SIGTERM and a closed terminal do to the command line.

Nearly everywhere there is nothing to undo, and the process ends at once with one message. Python's own way, an exception
wherever the program happens to be, is lost while an extension module loads or an object is taken down, waits for every
thread, and can come in the midst of putting things right. So where something has to be put right a signal is `deferred`, but
for the places, long ones, where it is `allowed`. Who uses derive as a library never calls `listen`, and keeps Python's own way.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Final, NoReturn

_SIGNALS: Final = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
_CURSOR_BACK: Final = b"\r\x1b[K\x1b[?25h"  # the spinner hides it

_came: list[int] = []
_deferred: list[bool] = []


def listen() -> None:
    """End on a signal as this module says, unless it is ignored already, as under nohup."""
    for number in _SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _stop)


@contextmanager
def deferred() -> Iterator[None]:
    """Inside, a signal waits until the end; then it is a KeyboardInterrupt."""
    _deferred.append(True)
    try:
        yield
    finally:
        _deferred.pop()
        if _came:
            raise KeyboardInterrupt


@contextmanager
def allowed() -> Iterator[None]:
    """Inside, a signal is a KeyboardInterrupt, although it is deferred around this; so is one that waits already."""
    _deferred.append(False)
    try:
        if _came:
            raise KeyboardInterrupt
        yield
    finally:
        _deferred.pop()


def end() -> NoReturn:
    """End the process with one message and the code by which a shell knows a signal, 128 and its number."""
    with suppress(OSError):
        os.write(2, (_CURSOR_BACK if os.isatty(2) else b"") + b"derive: stopped\n")
    os._exit(128 + (_came[0] if _came else signal.SIGINT))


def _stop(number: int, _frame: FrameType | None) -> None:
    """Take the first signal; whoever presses Ctrl-C again disturbs nothing."""
    if _came:
        return
    _came.append(number)
    if not _deferred:
        end()
    if not _deferred[-1]:
        raise KeyboardInterrupt
