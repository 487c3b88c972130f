"""Shells: the looks of each format, with the colours of the palette and what is particular to a language filled in."""

from __future__ import annotations

from derive.report.narrative.languages import typesetting
from derive.report.narrative.sandbox import Sandbox
from derive.report.narrative.templates import render, table

PALETTE = "shell/palette.toml"


def shell(templates: Sandbox, name: str, language: str) -> str:
    """Return the looks of one format, ``typst.typ`` or another file of the folder ``shell``, for one language."""
    setting = typesetting(templates, language)
    return render(templates, f"shell/{name}.j2", language=language, typesetting=setting, palette=palette(templates))


def palette(templates: Sandbox) -> dict[str, str]:
    """Return the colours by role, six hexadecimal digits each, as ``shell/palette.toml`` says."""
    return {role: colour.lstrip("#").lower() for role, colour in table(templates, PALETTE).items()}
