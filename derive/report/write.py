"""The only place of the report that touches the disk.

Either all files of a report are written or none: each is first written whole beside its place, then all are moved into
place, and if that fails what stood there is put back. A reader never meets half a handout. Where the process is killed in
the midst of it each file is whole, old or new, and the next run removes what was left beside them.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
import shutil
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import Final

from derive.errors import DeriveError
from derive.report.claims import claimed
from derive.stopping import deferred

_BESIDE: Final = re.compile(r"\.derive-[0-9a-f]{16}\.(?:new|old)")
_PATIENCE: Final = 10.0
_AT_ONCE: Final = 8
"""So many files are written at a time: what takes long is to wait for the disk, which keeps several as fast as one."""


class OutputError(DeriveError):
    """A place that cannot be written to."""


def write(files: Mapping[str, bytes], folder: Path) -> tuple[Path, ...]:
    """Write files, given by their paths relative to ``folder``, all or none, and return where they are.

    Folders are made as needed. Raises `OutputError`, with nothing changed, if a name leads out of the folder or a file
    cannot be written.
    """
    inside = [_inside(name) for name in files]
    places = tuple(folder / name for name in inside)
    with deferred(), ExitStack() as undo:
        for name in inside:
            _make_folders(folder, name, undo)
        # What is undone is undone while nobody else cleans up.
        with claimed(folder, _PATIENCE) as alone, undo.pop_all() as undo_alone:
            if alone:
                _clean_up({place.parent for place in places})
            _replace(places, files.values(), undo_alone)
    return places


def _replace(places: Sequence[Path], contents: Iterable[bytes], undo: ExitStack) -> None:
    """Write contents beside their places, then move all of them in; after that there is nothing to undo."""
    written = [place.with_name(f".derive-{secrets.token_hex(8)}.new") for place in places]
    for temporary in written:
        undo.callback(temporary.unlink, missing_ok=True)
    with ThreadPoolExecutor(_AT_ONCE) as beside:
        deque(beside.map(_write_whole, places, written, contents), maxlen=0)
    old = [_moved_in(temporary, place, undo) for temporary, place in zip(written, places, strict=True)]
    undo.pop_all()
    for backup in old:
        with suppress(OSError):
            backup.unlink(missing_ok=True)


def _clean_up(folders: Iterable[Path]) -> None:
    """Remove what killed processes left beside the files; whoever has the folder to himself knows that nobody needs it."""
    for folder in folders:
        with suppress(OSError), os.scandir(folder) as entries:
            for entry in entries:
                if _BESIDE.fullmatch(entry.name):
                    with suppress(OSError):
                        Path(entry.path).unlink()


def _inside(name: str) -> PurePosixPath:
    """The relative path that a name means, which may not lead out of the folder."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.name:
        raise OutputError(f"cannot write {name!r}: it is not the name of a file inside the folder")
    return path


def _write_whole(place: Path, temporary: Path, content: bytes) -> None:
    """Write content, to the last byte on the disk, to a new file beside its place."""
    with _naming(place), temporary.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _moved_in(temporary: Path, place: Path, undo: ExitStack) -> Path:
    """Move a file to its place; return where a second link to what stood there is, if something did."""
    backup = temporary.with_suffix(".old")
    with _naming(place):
        if place.is_dir():
            raise IsADirectoryError(errno.EISDIR, "a folder of that name stands there")
        if os.path.lexists(place):
            undo.callback(backup.unlink, missing_ok=True)
            _link(place, backup)
            undo.callback(backup.replace, place)
        else:
            undo.callback(place.unlink, missing_ok=True)
        temporary.replace(place)
    return backup


def _link(place: Path, backup: Path) -> None:
    """Give a file a second name, or, on a disk that knows no such thing, copy it."""
    try:
        os.link(place, backup, follow_symlinks=False)
    except OSError:
        shutil.copy2(place, backup, follow_symlinks=False)


def _make_folders(folder: Path, name: PurePosixPath, undo: ExitStack) -> None:
    """Make the folders that a file stands in. The reader's own may be a link; what stands inside it may not lead out of it."""
    with _naming(folder / name):
        _make_folder(folder, undo)
        for parent in reversed(name.parents[:-1]):
            if (folder / parent).is_symlink():
                raise NotADirectoryError(
                    errno.ENOTDIR, f"{folder / parent} is a link, which is not followed; remove it"
                )
            _make_folder(folder / parent, undo)


def _make_folder(folder: Path, undo: ExitStack) -> None:
    """Make a folder and those it stands in; undoing removes those that were made, if they are still empty."""
    if folder.is_dir():
        return
    if folder.parent != folder:
        _make_folder(folder.parent, undo)
    undo.callback(_remove_if_empty, folder)
    try:
        folder.mkdir(exist_ok=True)  # another process may have made it since
    except FileExistsError:
        raise NotADirectoryError(errno.ENOTDIR, f"{folder} is not a folder") from None


def _remove_if_empty(folder: Path) -> None:
    with suppress(OSError):
        folder.rmdir()


@contextmanager
def _naming(place: Path) -> Iterator[None]:
    """Turn what the system says into an error that names the place."""
    try:
        yield
    except OSError as error:
        raise OutputError(f"cannot write {place}: {error.strerror or error}") from error
