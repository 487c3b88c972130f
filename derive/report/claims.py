"""Claims: a file or folder that a process works on is locked while the process lives.

The system takes the lock away with the process, however that ends. So what can be locked belongs to nobody any more, and may
be cleaned up. A process number in a name would not do: numbers are used again, and each container counts for itself.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from derive.stopping import allowed

try:
    import fcntl
except ImportError:  # a system without such locks: nothing is claimed there, and so nothing cleaned up
    fcntl = None  # type: ignore[assignment]

_EVERY = 0.02


@contextmanager
def claimed(path: Path, seconds: float = 0) -> Iterator[bool]:
    """Yield whether this process has the file or folder to itself, until the end; wait for that for so many seconds.

    What is not there is not made.
    """
    descriptor = None
    with suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY)
    try:
        yield descriptor is not None and _locked(descriptor, seconds) and _leads_to(path, descriptor)
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _locked(descriptor: int, seconds: float) -> bool:
    """Lock what was opened; False if another process keeps it, or the disk knows no locks."""
    if fcntl is None:
        return False
    until = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                return False
            with allowed():
                time.sleep(_EVERY)
        except OSError:
            return False
        else:
            return True


def _leads_to(path: Path, descriptor: int) -> bool:
    """Whether the path still leads to what was opened; it may have been removed, and made again, before it was locked."""
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except OSError:
        return False
