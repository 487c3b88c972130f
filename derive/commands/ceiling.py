"""Ceiling: how much memory a command has that is given a folder of templates, which may be a stranger's.

What templates ask for is counted before it is done, and compilers run in processes of their own. Should something have been
counted too low, it ends here, and not with the memory of the machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

MEGABYTES: Final = 1_000
"""How much more a command may take than it has when it begins."""
_NO_THREAD: Final = "can't start new thread"
"""How Python says that a thread has no memory to begin with."""


@contextmanager
def ceiling(templates: Path | None) -> Iterator[None]:
    """Bound the memory of this process inside, if there are templates, and where the system keeps count (Linux does).

    Raises `NarrativeError` for want of memory.
    """
    if templates is None:
        yield
        return
    from derive.errors import NarrativeError  # noqa: PLC0415

    with _bounded():
        try:
            yield
        except (MemoryError, RuntimeError) as error:
            if isinstance(error, RuntimeError) and str(error) != _NO_THREAD:
                raise
            raise NarrativeError(
                f"with these templates this needs more than {MEGABYTES:,} MB of memory; show less, or of fewer steps"
            ) from error


@contextmanager
def _bounded() -> Iterator[None]:
    """Take the bound away again at the end: whoever calls a command within a program of his own has his memory back."""
    bounds: tuple[int, int] | None = None
    with suppress(ImportError, OSError, ValueError):
        import resource  # noqa: PLC0415

        soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
        most = _taken() + MEGABYTES * 1_000_000
        for bound in (soft, hard):
            most = most if bound == resource.RLIM_INFINITY else min(most, bound)
        resource.setrlimit(resource.RLIMIT_DATA, (most, hard))
        bounds = soft, hard
    try:
        yield
    finally:
        if bounds is not None:
            resource.setrlimit(resource.RLIMIT_DATA, bounds)


def _taken() -> int:
    """How much this process has, as Linux counts it; `OSError` where there is no such count."""
    with Path("/proc/self/statm").open(encoding="ascii") as counts:
        pages = int(counts.read().split()[5])
    import resource  # noqa: PLC0415

    return pages * resource.getpagesize()
