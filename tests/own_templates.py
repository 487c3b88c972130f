"""Own templates: a reader's folder, made for a test."""

from __future__ import annotations

from pathlib import Path


def put(folder: Path, name: str, text: str) -> Path:
    """A template of the reader's own; returns the folder."""
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return folder
