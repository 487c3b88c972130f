"""Held: folders that are kept open, and names in them, so that whoever puts a link where a folder stood changes nothing.

A path is looked up anew each time; a folder that is open stays itself (``openat`` and its like, POSIX.1-2008). Where the system
knows none of that a name is a path.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

_KNOWN: Final = {os.open, os.mkdir, os.rmdir, os.unlink, os.rename, os.link, os.stat} <= os.supports_dir_fd
_FOLDER: Final = getattr(os, "O_PATH", os.O_RDONLY) | getattr(os, "O_DIRECTORY", 0)
_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
_NO_LINK: Final = getattr(os, "O_NOFOLLOW", 0)


@dataclass(frozen=True)
class Folder:
    """A folder, and what it is open as."""

    path: Path
    open: int | None

    def inside(self, name: str, undo: ExitStack, opened: ExitStack) -> Folder:
        """Open a folder in it, made if it is not there; raise `OSError` for a link, which is not followed."""
        place = Place(self, name)
        if place.is_link():
            raise NotADirectoryError(errno.ENOTDIR, f"{place.path} is a link, which is not followed; remove it")
        with suppress(FileExistsError):
            os.mkdir(place.called, dir_fd=self.open)
            undo.callback(place.remove_if_empty)
        return held(place.path, opened, place)

    def names(self) -> Iterator[str]:
        """What stands in it; nothing if it may not be read."""
        with suppress(OSError), _read(self) as folder, os.scandir(folder) as entries:
            yield from [entry.name for entry in entries]


@dataclass(frozen=True)
class Place:
    """A name in a folder that is held."""

    folder: Folder
    name: str

    @property
    def path(self) -> Path:
        """Where that is, for whoever reads it."""
        return self.folder.path / self.name

    @property
    def called(self) -> str:
        """What the system is told beside the folder."""
        return self.name if self.folder.open is not None else str(self.path)

    def beside(self, name: str) -> Place:
        """Another name in the same folder."""
        return replace(self, name=name)

    def is_link(self) -> bool:
        """Whether a link stands there."""
        found = self._found(follow=False)
        return found is not None and stat.S_ISLNK(found.st_mode)

    def is_folder(self) -> bool:
        """Whether a folder stands there, or a link to one."""
        found = self._found(follow=True)
        return found is not None and stat.S_ISDIR(found.st_mode)

    def exists(self) -> bool:
        """Whether anything stands there, be it a link that leads nowhere."""
        return self._found(follow=False) is not None

    def create(self) -> int:
        """Open a new file there."""
        return os.open(self.called, _NEW, 0o666, dir_fd=self.folder.open)

    def move_to(self, other: Place) -> None:
        """Give what stands there another name, in place of what has it."""
        os.replace(self.called, other.called, src_dir_fd=self.folder.open, dst_dir_fd=other.folder.open)

    def link_to(self, other: Place) -> None:
        """Give a file a second name, or, on a disk that knows no such thing, copy it."""
        try:
            os.link(
                *(self.called, other.called),
                src_dir_fd=self.folder.open,
                dst_dir_fd=other.folder.open,
                follow_symlinks=False,
            )
        except OSError:
            shutil.copy2(self.path, other.path, follow_symlinks=False)

    def remove(self) -> None:
        """Remove a file that may be there."""
        with suppress(FileNotFoundError):
            os.unlink(self.called, dir_fd=self.folder.open)

    def remove_if_empty(self) -> None:
        """Remove a folder with nothing in it."""
        with suppress(OSError):
            os.rmdir(self.called, dir_fd=self.folder.open)

    def _found(self, *, follow: bool) -> os.stat_result | None:
        try:
            return os.stat(self.called, dir_fd=self.folder.open, follow_symlinks=follow)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            if error.errno == errno.ELOOP:  # a link that leads to itself
                return None
            raise


def held(path: Path, opened: ExitStack, place: Place | None = None) -> Folder:
    """Return a folder that stays open until ``opened`` ends; by its ``place`` in another one no link is followed."""
    if not _KNOWN:
        return Folder(path, None)
    above = place.folder.open if place is not None else None
    descriptor = os.open(place.called if place else path, _FOLDER | (_NO_LINK if place else 0), dir_fd=above)
    opened.callback(os.close, descriptor)
    return Folder(path, descriptor)


@contextmanager
def _read(folder: Folder) -> Iterator[int | Path]:
    """The folder, open to be read."""
    if folder.open is None:
        yield folder.path
        return
    descriptor = os.open(".", os.O_RDONLY, dir_fd=folder.open)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
