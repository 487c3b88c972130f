"""Folders: where templates are looked for, and the languages that are found there.

A language is a folder that holds a ``handout.md.j2``, such as ``en``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib.resources import as_file, files
from pathlib import Path
from typing import Final

from derive.contents import below, directly_in
from derive.errors import NarrativeError

STORY, BRIEF = "handout.md.j2", "brief.md.j2"

# Where the files of a language stood before it had a folder, and where they stand.
_MOVED: Final = (
    (re.compile(r"narrative/(.+)\.([\w-]+)\.md\.j2"), r"\2/\1.md.j2"),
    (re.compile(r"words/([\w-]+)\.toml"), r"\1/words.toml"),
)
_PLACES: Final = ("narrative", "words")
MOST_PLACES: Final = 10_000
"""So many places are looked at in a folder: those of a stranger can go on without end."""

# As in BCP 47. The name stands in the names of files, and in the source of pages.
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")


def packaged() -> Path:
    """The folder of the packaged templates: inside the wheel, or beside ``derive/`` in a checkout."""
    with as_file(files("derive")) as package:
        inside = package / "_templates"
        return inside if inside.is_dir() else package.parent / "templates"


def searched(extra: Path | None = None) -> tuple[Path, ...]:
    """Return the folders in which templates are looked for, in their order: ``extra``, the reader's own, comes first.

    Raises `NarrativeError` if ``extra`` is not a folder, or has files where those of a language do not stand any longer.
    """
    if extra is None:
        return (packaged(),)
    if not extra.is_dir():
        raise NarrativeError(f"templates: {extra} is not a folder")
    old = [extra / place for place in _PLACES if not (extra / place).is_symlink()]
    for path in (path for place in old for path in below(place, MOST_PLACES)):
        _check_place(extra, path.relative_to(extra).as_posix())
    return extra, packaged()


def languages(folders: Iterable[Path]) -> tuple[str, ...]:
    """Return the languages there are in some folders; a folder is one if it is called as languages are, such as ``pt-BR``."""
    named = ((folder, name) for folder in folders for name in directly_in(folder, MOST_PLACES))
    return tuple(
        sorted({name for folder, name in named if _LANGUAGE.fullmatch(name) and _has_story(folder, folder / name)})
    )


def led_to(place: Path) -> Path:
    """Return where a place is, links followed; one whose links lead to one another is where it stands."""
    try:
        return place.resolve()
    except RuntimeError:  # so Python up to 3.12 says it
        return place.absolute()


def _has_story(folder: Path, language: Path) -> bool:
    """Whether a folder of templates has the story of a language; what a link leads to outside of it is not looked at."""
    story = led_to(language / STORY)
    return story.is_relative_to(folder.resolve()) and story.exists()


def _check_place(extra: Path, name: str) -> None:
    """Refuse a file of a language that stands where nobody looks for it."""
    for pattern, place in _MOVED:
        if pattern.fullmatch(name):
            new = pattern.sub(place, name)
            base = f", and the packaged one is base/{new}" if new.endswith(".j2") else ""
            raise NarrativeError(
                f"templates: {extra / name} is not looked for; a language is a folder now: move it to {extra / new}{base}"
            )
