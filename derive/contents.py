"""Contents: the bytes of a file whose place somebody else named, and of nothing that only has a place like a file.

From a pipe nothing may ever come, and from a device without end. So what was opened is looked at, not its name, which can lead
somewhere else a moment later; and no more is read than may be.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Final

_READ: Final = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_NO_LINK: Final = getattr(os, "O_NOFOLLOW", 0)


def contents(path: Path, most: int) -> bytes:
    """Return the bytes of a file, ``most`` + 1 of them at most: who gets so many knows that there are too many.

    Raises `OSError` for what cannot be read, or is no file, and `ValueError` for what cannot be a path.
    """
    return _of_a_file(os.open(path, _READ), most)


def contents_inside(folder: Path, path: Path, most: int) -> bytes:
    """Return the same of a file below a folder, by a path in which no part is a link, nor becomes one meanwhile."""
    if os.open not in os.supports_dir_fd:
        return contents(folder / path, most)
    here = os.open(folder, _READ)
    for part in path.parts:
        above = here
        try:
            here = os.open(part, _READ | _NO_LINK, dir_fd=above)
        finally:
            os.close(above)
    return _of_a_file(here, most)


def below(folder: Path, most: int) -> Iterator[Path]:
    """Yield what is below a folder, ``most`` places of it at most, however deep it is; links are yielded, and not followed."""
    waiting = [folder]
    while waiting:
        for entry in _entries(waiting.pop(), most):
            most -= 1
            yield Path(entry.path)
            with suppress(OSError):
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(Path(entry.path))


def directly_in(folder: Path, most: int) -> tuple[str, ...]:
    """Return the names of what is in a folder, ``most`` of them at most; none if it cannot be read."""
    return tuple(entry.name for entry in _entries(folder, most))


def _entries(folder: Path, most: int) -> list[os.DirEntry[str]]:
    with suppress(OSError), os.scandir(folder) as entries:
        return sorted(islice(entries, max(most, 0)), key=lambda entry: entry.name)
    return []


def _of_a_file(descriptor: int, most: int) -> bytes:
    """What is in an open file, which is closed."""
    try:
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if not stat.S_ISREG(mode):
            raise OSError(errno.EINVAL, "it is not a file")
        with open(descriptor, "rb", closefd=False) as file:
            return file.read(most + 1)
    finally:
        os.close(descriptor)
