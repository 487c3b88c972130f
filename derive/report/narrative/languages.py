"""Languages: the story of a language, its words, and how it is set, all from its folder.

Beside its story and chapters the folder has ``words.toml``, and if the language is not set as Latin script is, a
``typesetting.toml`` with what differs from ``shell/typesetting.toml``.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import Final

from derive.characters import one_line
from derive.errors import NarrativeError
from derive.report.narrative.folders import BRIEF, STORY, languages
from derive.report.narrative.sandbox import Sandbox
from derive.report.narrative.templates import folders, table

MOST_LETTERS: Final = 2_000
"""How many characters a word or caption may have: it stands in a page as often as its table."""
_ENDLESS: Final = re.compile(r"[^\s\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]{200}")
"""What XeTeX breaks down at, where it stands in a formula."""
_TYPESETTING: Final = "shell/typesetting.toml"
_LENGTH: Final = ("a length in em", re.compile(r"\d{1,3}(\.\d{1,9})?em"))
_NUMBER: Final = ("a number", re.compile(r"\d{1,3}(\.\d{1,9})?"))
_SOURCE: Final = re.compile(r"(?s).*")
_OF_A_SCRIPT: Final = "live_"
_MARKUP: Final = re.compile('[<>&"]')
_KINDS: Final = {
    "between_lines": ("one character at most", re.compile("(?s).?")),
    "latex_linespread": _NUMBER,
    "two_pages": _NUMBER,
    "typst_line": _LENGTH,
    "typst_paragraph": _LENGTH,
}
"""What is not source of TeX or Typst in how a language is set, and how it is written."""


class Vocabulary(dict[str, str]):
    """The words of a language by their keys; one that it lacks is told by its key."""

    def __missing__(self, key: str) -> str:
        """Raise `NarrativeError`."""
        raise NarrativeError(f"the words of the exhibits lack {key}")


def story_template(templates: Sandbox, language: str, *, brief: bool = False) -> str:
    """Return the name of the template that tells the handout in a language, whole or ``brief``.

    Raises `NarrativeError` if there is no such language.
    """
    known = languages(folders(templates))
    if language not in known:
        raise NarrativeError(f"there is no language {language}; known are {', '.join(known)}")
    return f"{language}/{BRIEF if brief else STORY}"


def words(templates: Sandbox, language: str) -> Vocabulary:
    """Return the words of a language, with those of the reader's own folder put over the packaged ones, each by itself.

    Raises as `story_template` does, and for a word that no exhibit asks for.
    """
    story_template(templates, language)
    _check_keys(templates, language)
    found = _over_packaged(templates, f"{language}/words.toml")
    for key, word in found.items():
        if len(word) > MOST_LETTERS:
            raise NarrativeError(f"template {language}/words.toml: {key} has more than {MOST_LETTERS:,} characters")
        if _ENDLESS.search(word):
            raise NarrativeError(f"template {language}/words.toml: {key} has a word of 200 letters or more")
        if key.startswith(_OF_A_SCRIPT) and _MARKUP.search(word):
            raise NarrativeError(
                f'template {language}/words.toml: {key} is put into a page by its script, without <, >, & and "'
            )
    return Vocabulary((key, one_line(word)) for key, word in found.items())


def _check_keys(templates: Sandbox, language: str) -> None:
    """Refuse a word of the reader's own that the packaged words do not have; a new language has those of the packaged ones."""
    packaged = languages(folders(templates)[-1:])
    where = f"{language if language in packaged else packaged[0]}/words.toml"
    known = table(templates, f"base/{where}")
    for key in table(templates, f"{language}/words.toml"):
        if key not in known:
            near = get_close_matches(key, known, n=1)
            right = f"did you mean {near[0]}?" if near else f"all of them are in base/{where}"
            raise NarrativeError(f"template {language}/words.toml: there is no word {key}; {right}")


def typesetting(templates: Sandbox, language: str) -> dict[str, str]:
    """Return how a language is set: as languages are, but for what its own folder says.

    Raises `NarrativeError` for a key that there is not, and for a value of another kind than its key's.
    """
    known = table(templates, f"base/{_TYPESETTING}")
    found = dict(known)
    for name in (_TYPESETTING, f"{language}/typesetting.toml"):
        for key, value in _over_packaged(templates, name).items():
            if key not in known:
                raise NarrativeError(f"template {name}: there is no key {key}; those are {', '.join(known)}")
            kind, pattern = _KINDS.get(key, ("", _SOURCE))
            if not pattern.fullmatch(value):
                raise NarrativeError(f'template {name}: {key} has to be {kind}, such as {key} = "{known[key]}"')
            found[key] = value
    return found


def _over_packaged(templates: Sandbox, name: str) -> dict[str, str]:
    """A packaged table with what the reader's own of the same name has put over it; either may be missing."""
    return table(templates, f"base/{name}") | table(templates, name)
