"""Contents: which chapters a handout can have beyond the derivation, in their order.

The chapter ``lags`` is `CHAPTER` of the module ``lags`` beside this one, and ``chapters/lags.md.j2`` of each language.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any

from derive.errors import DeriveError

if TYPE_CHECKING:
    from derive.report.chapters.chapter import Chapter
    from derive.report.narrative.narrative import Marks
    from derive.report.subject import Subject

CHAPTERS = ("groups", "lags", "truncation", "forward", "costs")
ALL = "all"


def chosen(names: Iterable[str], truncate: tuple[int, int] | None = None) -> tuple[str, ...]:
    """Return the chapters to tell, in the order of the handout: those named, or ``all``; ``truncate`` asks for its own.

    Raises `DeriveError` for one that there is not.

    >>> chosen(["lags"], (2, 1))
    ('lags', 'truncation')
    """
    wanted = [*names, *(["truncation"] if truncate else [])]
    unknown = [name for name in wanted if name not in (*CHAPTERS, ALL)]
    if unknown:
        raise DeriveError(f"there is no chapter {', '.join(unknown)}; known are {', '.join(CHAPTERS)}, and {ALL}")
    return tuple(name for name in CHAPTERS if name in wanted or ALL in wanted)


def chapter_named(name: str) -> type[Chapter]:
    """Return a chapter, whose module is imported now."""
    found: type[Chapter] = import_module(f"{__package__}.{name}").CHAPTER
    return found


def offered_names(name: str) -> frozenset[str]:
    """Return what a template sees of a chapter: what its class adds to `Chapter`, facts and calls.

    >>> sorted(offered_names("groups"))[:3]
    ['carried', 'crossings_table', 'largest_table']
    """
    chapter = chapter_named(name)
    return frozenset(own for own in vars(chapter) if not own.startswith("_") and not hasattr(chapter.__base__, own))


@dataclass(frozen=True)
class LazyChapter:
    """A chapter that is imported when a template looks at it: a handout without it need not wait for it."""

    name: str
    subject: Subject
    marks: Marks

    @cached_property
    def _chapter(self) -> Chapter:
        return chapter_named(self.name)(self.subject, self.marks)

    def __getattr__(self, name: str) -> Any:
        """A fact or call of the chapter."""
        return getattr(self._chapter, name)
