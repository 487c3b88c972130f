"""The only place of the report that touches the disk.

Either all files of a report are written or none: each is first written whole beside its place, then all are moved into
place, and if that fails what stood there is put back. A reader never meets half a handout. The folders are held open
meanwhile (`derive.report.held`): a link that takes the place of one leads nothing away. Where the process is killed in
the midst of it each file is whole, old or new, and the next run removes what was left beside them.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import Final

from derive.errors import DeriveError
from derive.report.claims import claimed
from derive.report.held import Folder, Place, held
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
    with deferred(), ExitStack() as opened, ExitStack() as undo:
        places = _places(folder, inside, undo, opened)
        # What is undone is undone while nobody else cleans up.
        with claimed(folder, _PATIENCE) as alone, undo.pop_all() as undo_alone:
            if alone:
                _clean_up({place.folder for place in places})
            _replace(places, files.values(), undo_alone)
    return tuple(place.path for place in places)


def _places(folder: Path, names: Sequence[PurePosixPath], undo: ExitStack, opened: ExitStack) -> list[Place]:
    """Where files stand, their folders made and held. The reader's own may be a link; what stands in it may be none."""
    known: dict[PurePosixPath, Folder] = {}
    places = []
    for name in names:
        with _naming(folder / name):
            if not known:
                _make_folder(folder, undo)
                known[PurePosixPath()] = held(folder, opened)
            for parent in reversed(name.parents[:-1]):
                if parent not in known:
                    known[parent] = known[parent.parent].inside(parent.name, undo, opened)
        places.append(Place(known[name.parent], name.name))
    return places


def _replace(places: Sequence[Place], contents: Iterable[bytes], undo: ExitStack) -> None:
    """Write contents beside their places, then move all of them in; after that there is nothing to undo."""
    written = [place.beside(f".derive-{secrets.token_hex(8)}.new") for place in places]
    for temporary in written:
        undo.callback(temporary.remove)
    with ThreadPoolExecutor(_AT_ONCE) as beside:
        deque(beside.map(_write_whole, places, written, contents), maxlen=0)
    old = [_moved_in(temporary, place, undo) for temporary, place in zip(written, places, strict=True)]
    undo.pop_all()
    for backup in old:
        with suppress(OSError):
            backup.remove()


def _clean_up(folders: Iterable[Folder]) -> None:
    """Remove what killed processes left beside the files; whoever has the folder to himself knows that nobody needs it."""
    for folder in folders:
        for name in folder.names():
            if _BESIDE.fullmatch(name):
                with suppress(OSError):
                    Place(folder, name).remove()


def _inside(name: str) -> PurePosixPath:
    """The relative path that a name means, which may not lead out of the folder."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.name:
        raise OutputError(f"cannot write {name!r}: it is not the name of a file inside the folder")
    return path


def _write_whole(place: Place, temporary: Place, content: bytes) -> None:
    """Write content, to the last byte on the disk, to a new file beside its place."""
    with _naming(place.path), os.fdopen(temporary.create(), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _moved_in(temporary: Place, place: Place, undo: ExitStack) -> Place:
    """Move a file to its place; return where a second link to what stood there is, if something did."""
    backup = temporary.beside(f"{temporary.name.removesuffix('.new')}.old")
    with _naming(place.path):
        if place.is_folder():
            raise IsADirectoryError(errno.EISDIR, "a folder of that name stands there")
        if place.exists():
            undo.callback(backup.remove)
            place.link_to(backup)
            undo.callback(backup.move_to, place)
        else:
            undo.callback(place.remove)
        temporary.move_to(place)
    return backup


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
