"""Corpus: what a run begins with: the ready-made networks, the guides' examples, and the files of ``corpus``.

There lie networks that people wrote or asked for, and every input that was once a finding.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import derive

ROOT = Path(__file__).resolve().parents[2]
KEPT = Path(__file__).with_name("corpus")
READY_MADE = Path(derive.__file__).with_name("network") / "ready_made"
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TEXED = re.compile(r"^\w+ *= *'(.*)'$", re.MULTILINE)
CALL = re.compile(r"\{\{ .*? \}\}")
EQUATION = re.compile(r'^\w+ *= *"(.*)"$', re.MULTILINE)


@cache
def kept(target: str) -> tuple[str, ...]:
    """The files of a target's folder, in their order."""
    return tuple(path.read_bytes().decode("utf-8", "surrogateescape") for path in sorted((KEPT / target).iterdir()))


@cache
def networks() -> tuple[str, ...]:
    """Network files: ready-made, of the guides, kept."""
    ready = [path.read_text(encoding="utf-8") for path in sorted(READY_MADE.glob("*.toml"))]
    return (*ready, *(text for text in _examples("toml") if "[equations]" in text), *kept("network"))


@cache
def equations() -> tuple[str, ...]:
    """Right-hand sides: those of all networks, and kept."""
    return (*dict.fromkeys(rule for text in networks() for rule in EQUATION.findall(text)), *kept("equation"))


@cache
def names() -> tuple[str, ...]:
    """Names in TeX: those of all networks, and kept."""
    return (*dict.fromkeys(name for text in networks() for name in TEXED.findall(text)), *kept("names"))


@cache
def values() -> tuple[str, ...]:
    """Files of values: what networks say under [values], and kept."""
    found = [text.partition("[values]\n")[2].partition("\n[")[0] for text in networks()]
    return (*(text for text in found if text), *kept("values"))


@cache
def templates() -> tuple[str, ...]:
    """Templates: those of the guide, the English story's chapters, and kept."""
    chapters = sorted((ROOT / "templates" / "en").rglob("*.j2"))
    return (*_examples("jinja"), *(path.read_text(encoding="utf-8") for path in chapters), *kept("template"))


@cache
def calls() -> tuple[str, ...]:
    """What the stories of the package call for, each on its own."""
    return tuple(dict.fromkeys(CALL.findall("\n".join(templates()))))


def commands() -> tuple[str, ...]:
    """Command lines with their files, as JSON: kept ones."""
    return kept("command")


def _examples(kind: str) -> Iterator[str]:
    """The examples of a kind on the pages of the guides."""
    for page in sorted((ROOT / "docs").glob("*.md")):
        yield from (text for info, text in FENCE.findall(page.read_text(encoding="utf-8")) if info == kind)
