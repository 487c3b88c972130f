"""Programs that stand for TeX: they say that TeX is complete, and fail in the way a test needs."""

from __future__ import annotations

from pathlib import Path


def program(path: Path, text: str) -> Path:
    """Write a shell script that can be run."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def tex(folder: Path, latexmk: str) -> str:
    """Make a complete TeX of which only latexmk does anything, and return the PATH on which it is found first."""
    program(folder / "latexmk", latexmk)
    program(folder / "xelatex", "exit 1")
    program(folder / "kpsewhich", 'for name in "$@"; do echo "/texmf/$name"; done')
    return f"{folder}:/usr/local/bin:/usr/bin:/bin"
