"""Heading: what one's own course puts above the title of a handout, from a small TOML file.

    course = "Recurrent networks"      author = "A. Teacher"      date = 2026-11-26
    institution = "University of X"    logo = "logo.svg"          an SVG, PNG or JPEG beside this file

Every line may be left out. Texts are texts: no format takes anything in them for its own markup. The logo is looked into, not
taken by its name, and copied, so that a handout does without the file. It stands below the folder of the heading, since a
heading may come from somebody else, and an SVG is a picture and nothing else: whoever opens the copy runs what is in it.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final, NoReturn
from xml.parsers.expat import ExpatError, ParserCreate

from derive.characters import one_line
from derive.contents import contents, contents_inside
from derive.errors import DeriveError
from derive.network import read_toml, suggestion
from derive.report.document import Letterhead, Logo

KEYS: Final = ("institution", "course", "author", "date", "logo")
LONGEST, LARGEST = 200, 1_000_000
"""So many characters has a text, so many bytes a logo, at most."""
LONGEST_FILE: Final = 100_000
"""So many bytes has the file of a heading."""
_KINDS: Final = {
    "png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "jpg": re.compile(rb"\xff\xd8\xff"),
    "svg": re.compile(rb"(?:\xef\xbb\xbf)?\s*<"),
}
_SPACE: Final = "}"
_ACTIVE: Final = re.compile(
    r"script|handler|listener|foreignobject|set|discard|animate.*|.*1999/xhtml}.*", re.IGNORECASE
)
"""Elements of an SVG that do something, and all of HTML."""
_INSIDE: Final = re.compile(r"\s*(?:#|data:image/(?:png|jpeg|gif|webp);)", re.IGNORECASE)
_FETCHES: Final = re.compile(r"@import|javascript:|url\(\s*+[\"']?+\s*+(?!#|data:|[\"'])", re.IGNORECASE)


def read_heading(path: Path) -> Letterhead:
    """Return the heading that a TOML file describes.

    Raises `DeriveError` if there is no such file, if it is no TOML, or if it says anything else than the above.
    """
    said = read_toml(_file(path), f"heading: {path}", DeriveError)
    for key in said:
        if key not in KEYS:
            raise DeriveError(f"heading: {path}: there is no {key}{suggestion(key, KEYS)}; known are {', '.join(KEYS)}")
    institution, course, author, on = (_text(path, key, said.get(key, "")) for key in KEYS[:-1])
    logo = _logo(path, said["logo"]) if "logo" in said else None
    return Letterhead(tuple(filter(None, (institution, course))), tuple(filter(None, (author, on))), logo)


def _file(path: Path) -> str:
    """The text of the file."""
    try:
        content = contents(path, LONGEST_FILE)
        if len(content) <= LONGEST_FILE:
            return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise DeriveError(f"heading: {path} is not a UTF-8 text file") from None
    except (OSError, ValueError) as error:
        raise DeriveError(f"heading: {path} cannot be read: {getattr(error, 'strerror', None) or error}") from None
    raise DeriveError(f"heading: {path} has more than {LONGEST_FILE:,} bytes; it is a few lines")


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
    said = f"heading: {path}: the logo {name}"
    inside = Path(name)
    if inside.is_absolute() or ".." in inside.parts:
        raise DeriveError(f"{said} has to stand beside the file, or in a folder there")
    try:
        content = contents_inside(path.parent, inside, LARGEST)
    except (OSError, ValueError) as error:
        why = "a link is not followed" if _is_link(error) else getattr(error, "strerror", None) or error
        raise DeriveError(f"{said} cannot be read: {why}") from None
    if len(content) > LARGEST:
        raise DeriveError(f"{said} has more than {LARGEST:,} bytes; make it smaller")
    kind = next((kind for kind, begins in _KINDS.items() if begins.match(content)), None)
    if kind is None:
        raise DeriveError(f"{said} is none of the images that are known: SVG, PNG, JPEG")
    if kind == "svg":
        _check_picture(said, content)
    return Logo(kind, content)


def _is_link(error: Exception) -> bool:
    """Whether something cannot be opened because it is a link, to a file or to a folder."""
    return isinstance(error, OSError) and error.errno in (errno.ELOOP, errno.EMLINK)


def _check_picture(said: str, content: bytes) -> None:
    """Refuse an SVG that does something, or fetches something: a page shows it as an image, but its copy can be opened."""
    names: list[str] = []
    texts: list[str] = []

    def refuse(what: str) -> NoReturn:
        raise DeriveError(f"{said} {what}; save it as a plain SVG, in UTF-8, with all that it shows in it")

    def begin(name: str, attributes: Mapping[str, str]) -> None:
        names.append(name.rpartition(_SPACE)[2])
        if _ACTIVE.fullmatch(names[-1]) or _ACTIVE.fullmatch(name):
            refuse(f"holds more than a picture, <{names[-1]}>")
        for key, value in attributes.items():
            local = key.rpartition(_SPACE)[2].lower()
            leads_out = local in ("href", "src") and not _INSIDE.match(value)
            if leads_out or local.startswith("on") or _FETCHES.search(value):
                refuse(f"asks for more than it holds, by {local} in <{names[-1]}>")

    def declare(_version: str, encoding: str | None, _alone: int) -> None:
        if (encoding or "utf-8").lower() not in ("utf-8", "us-ascii"):
            refuse(f"is written in {encoding}")

    parser = ParserCreate("utf-8", _SPACE)
    parser.StartElementHandler = begin
    parser.XmlDeclHandler = declare
    parser.CharacterDataHandler = texts.append
    parser.EntityDeclHandler = lambda *_: refuse("declares entities")
    parser.AttlistDeclHandler = lambda *_: refuse("declares attributes")
    parser.ProcessingInstructionHandler = lambda target, _: refuse(f"holds an instruction, <?{target}>")
    try:
        parser.Parse(content, True)  # noqa: FBT003 -- its way of saying that this is all
    except ExpatError as error:
        refuse(f"is no SVG ({error})")
    if names[0] != "svg":
        raise DeriveError(f"{said} is none of the images that are known: SVG, PNG, JPEG")
    if _FETCHES.search("".join(texts)):
        refuse("asks for more than it holds, in its style")
