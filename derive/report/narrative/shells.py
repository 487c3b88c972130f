"""Shells: the looks of each format, with the colours of the palette and what is particular to a language filled in."""

from __future__ import annotations

import re
from typing import Final

from derive.errors import NarrativeError
from derive.report.narrative.languages import typesetting
from derive.report.narrative.sandbox import Sandbox
from derive.report.narrative.templates import folders, render, table

PALETTE = "shell/palette.toml"
_COLOUR: Final = re.compile("#[0-9a-fA-F]{6}")


def shell(templates: Sandbox, name: str, language: str, paper: str = "a4") -> str:
    """Return the looks of one format, ``typst.typ`` or another file of the folder ``shell``, for one language and paper."""
    setting, colours = typesetting(templates, language), palette(templates)
    return render(templates, f"shell/{name}.j2", language=language, typesetting=setting, palette=colours, paper=paper)


def is_own(templates: Sandbox) -> bool:
    """Whether some templates are the reader's own, and not only the packaged ones."""
    return len(folders(templates)) > 1


def palette(templates: Sandbox) -> dict[str, str]:
    """Return the colours by role, six hexadecimal digits each, as ``shell/palette.toml`` says.

    Raises `NarrativeError` if it has no colour for a role, or says anything else.
    """
    roles, colours = table(templates, f"base/{PALETTE}"), table(templates, PALETTE)
    for role in colours | roles:
        if role not in roles:
            raise NarrativeError(f"template {PALETTE}: there is no role {role}; those are {', '.join(roles)}")
        if not _COLOUR.fullmatch(colours.get(role, "")):
            raise NarrativeError(f'template {PALETTE}: {role} has to be a colour, such as {role} = "{roles[role]}"')
    return {role: colour.lstrip("#").lower() for role, colour in colours.items()}
