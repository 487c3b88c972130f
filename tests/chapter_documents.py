"""Chapters: handouts with every chapter, and what tests read in them."""

from __future__ import annotations

from functools import cache
from typing import Any

from reading import (
    STATELESS,
    cells,
    sections,
)

from derive.api import derive
from derive.network.toml import from_toml
from derive.report.chapters.contents import CHAPTERS
from derive.report.document import Document, Table
from derive.report.options import Options
from derive.report.publish import subject, tell, told_otherwise
from derive.report.subject import Subject


@cache
def about(network: str, steps: int, truncate: tuple[int, int] | None = None) -> Subject:
    """A subject with all chapters, its words in English."""
    declared = from_toml(STATELESS, "stateless", "stateless.toml") if network == "stateless" else network
    return subject(derive(declared, steps), Options(chapters=CHAPTERS, truncate=truncate))


@cache
def handout(locale: str, network: str, steps: int, truncate: tuple[int, int] | None = None) -> Document:
    """A handout with all chapters."""
    return tell(told_otherwise(about(network, steps, truncate), locale=locale))


def added(locale: str, *case: Any) -> list[Any]:
    """The blocks of a handout that the chapters add, as a list per chapter."""
    plain = tell(told_otherwise(about(*case), locale=locale, chapters=()))
    found, without = sections(handout(locale, *case)), sections(plain)
    assert len(found) == len(without) + len(CHAPTERS)
    return found[len(without) - 1 : -1]


def chapter(name: str, *case: Any) -> list[Any]:
    """The blocks of one chapter in English."""
    return list(added("en", *case)[CHAPTERS.index(name)])


def table(document: Document, label: str) -> list[list[str]]:
    """The cells of a table as plain text, without its header."""
    found = next(block for block in document.flat if isinstance(block, Table) and block.label == label)
    return cells(found)
