"""Heading: what one's own course puts above the title of a handout, from a small TOML file.

    course = "Recurrent networks"      author = "A. Teacher"      date = 2026-11-26
    institution = "University of X"    logo = "logo.svg"          an SVG, PNG or JPEG beside this file

Every line may be left out. Texts are texts: no format takes anything in them for its own markup. The logo is looked into, not
taken by its name, and copied, so that a handout does without the file.
"""

from __future__ import annotations

import re
import tomllib
from datetime import date
from pathlib import Path
from typing import Any, Final

from derive.characters import one_line
from derive.errors import DeriveError
from derive.network import suggestion
from derive.report.document import Letterhead, Logo

KEYS: Final = ("institution", "course", "author", "date", "logo")
LONGEST, LARGEST = 200, 1_000_000
"""So many characters has a text, so many bytes a logo, at most."""
_KINDS: Final = {
    "png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "jpg": re.compile(rb"\xff\xd8\xff"),
    "svg": re.compile(rb"\s*(?:<\?xml[^>]*\?>\s*)?(?:<!--.*?-->\s*|<!DOCTYPE[^>\[]*>\s*)*<svg[\s>]", re.DOTALL),
}


def read_heading(path: Path) -> Letterhead:
    """Return the heading that a TOML file describes.

    Raises `DeriveError` if there is no such file, if it is no TOML, or if it says anything else than the above.
    """
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DeriveError(f"heading: {path} cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DeriveError(f"heading: {path} is no TOML: {error}") from None
    for key in said:
        if key not in KEYS:
            raise DeriveError(f"heading: {path}: there is no {key}{suggestion(key, KEYS)}; known are {', '.join(KEYS)}")
    institution, course, author, on = (_text(path, key, said.get(key, "")) for key in KEYS[:-1])
    logo = _logo(path, said["logo"]) if "logo" in said else None
    return Letterhead(tuple(filter(None, (institution, course))), tuple(filter(None, (author, on))), logo)


def _text(path: Path, key: str, value: Any) -> str:
    """A text in one line; a date is written as TOML writes it."""
    if key == "date" and isinstance(value, date):
        return value.isoformat()[:10]
    if not isinstance(value, str) or len(value) > LONGEST:
        raise DeriveError(
            f'heading: {path}: {key} has to be a text of at most {LONGEST} characters, such as {key} = "…"'
        )
    return one_line(value).strip()


def _logo(path: Path, name: Any) -> Logo:
    """An image beside the file, whose kind its own bytes say."""
    if not isinstance(name, str) or not name:
        raise DeriveError(f'heading: {path}: logo has to be the name of an image, such as logo = "logo.svg"')
    place = path.parent / name
    try:
        content = place.read_bytes() if place.stat().st_size <= LARGEST else None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise DeriveError(f"heading: {path}: the logo {place} cannot be read: {why}") from None
    if content is None:
        raise DeriveError(f"heading: {path}: the logo {place} has more than {LARGEST:,} bytes; make it smaller")
    kind = next((kind for kind, begins in _KINDS.items() if begins.match(content)), None)
    if kind is None:
        raise DeriveError(f"heading: {path}: the logo {place} is none of the images that are known: SVG, PNG, JPEG")
    return Logo(kind, content)
