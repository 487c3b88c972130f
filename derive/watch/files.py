"""Files: those that a page is made of, when they change, and the lines of one around what is wrong in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from derive.characters import visible
from derive.contents import below

Stamp: TypeAlias = "tuple[tuple[str, int, int, int], ...]"

AROUND: Final = 3
"""So many lines are shown before and after the one that is wrong."""
MOST_FILES: Final = 1_000
"""A folder of templates has fewer files than this, or not all are looked at."""
MOST_BYTES: Final = 1_000_000
MOST_LETTERS: Final = 500
_LINE: Final = re.compile(r"\bline (\d{1,9})")


@dataclass(frozen=True)
class Watched:
    """Files, and folders with all that is in them; one that is not there may come to be."""

    places: tuple[Path, ...]

    def stamp(self) -> Stamp:
        """Return what differs if and only if a file was written, removed or replaced by another."""
        return tuple(_stamps(self._files()))

    def _files(self) -> Iterator[Path]:
        left = MOST_FILES
        for place in self.places:
            for file in below(place, left) if place.is_dir() else (place,):
                left -= 1
                yield file

    def around(self, message: str) -> tuple[int, int, tuple[str, ...]]:
        """Return the line that a message names, the first line shown, and the lines around it; 0 and nothing if it names none.

        Only of a file that is watched.
        """
        found = _LINE.search(message)
        file = next((place for place in self.places if message.startswith(f"{visible(str(place))}: ")), None)
        if found is None or file is None:
            return 0, 0, ()
        wrong = int(found[1])
        first = max(1, wrong - AROUND)
        return wrong, first, _lines(file)[first - 1 : wrong + AROUND]


def _stamps(files: Iterable[Path]) -> Iterator[tuple[str, int, int, int]]:
    for file in files:
        try:
            seen = file.stat()
        except (OSError, ValueError):
            yield str(file), 0, 0, 0
        else:
            yield str(file), seen.st_mtime_ns, seen.st_size, seen.st_ino


def _lines(file: Path) -> tuple[str, ...]:
    """The lines of a file as they can be shown, long ones cut off."""
    try:
        with file.open("rb") as content:
            text = content.read(MOST_BYTES).decode("utf-8-sig", "replace")
    except OSError:
        return ()
    return tuple(visible(line.replace("\t", "    "))[:MOST_LETTERS] for line in text.split("\n"))
