"""Languages: the story of a language, its words, and how it is set, all from its folder.

Beside its story and chapters the folder has ``words.toml``, and if the language is not set as Latin script is, a
``typesetting.toml`` with what differs from ``shell/typesetting.toml``.
"""

from __future__ import annotations

from derive.characters import one_line
from derive.errors import NarrativeError
from derive.report.narrative.folders import STORY, languages
from derive.report.narrative.sandbox import Sandbox
from derive.report.narrative.templates import folders, table


def story_template(templates: Sandbox, language: str) -> str:
    """Return the name of the template that tells the handout in a language.

    Raises `NarrativeError` if there is no such language.
    """
    known = languages(folders(templates))
    if language not in known:
        raise NarrativeError(f"there is no language {language}; known are {', '.join(known)}")
    return f"{language}/{STORY}"


def words(templates: Sandbox, language: str) -> dict[str, str]:
    """Return the words of a language, with those of the reader's own folder put over the packaged ones.

    Raises as `story_template` does.
    """
    story_template(templates, language)
    found = _over_packaged(templates, f"{language}/words.toml")
    return {key: one_line(word) for key, word in found.items()}


def typesetting(templates: Sandbox, language: str) -> dict[str, str]:
    """Return how a language is set: as languages are, but for what its own folder says."""
    general = _over_packaged(templates, "shell/typesetting.toml")
    return general | _over_packaged(templates, f"{language}/typesetting.toml")


def _over_packaged(templates: Sandbox, name: str) -> dict[str, str]:
    """A packaged table with what the reader's own of the same name has put over it; either may be missing."""
    return table(templates, f"base/{name}") | table(templates, name)
