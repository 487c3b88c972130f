"""Settings: in which language values show themselves, and how much of them, until it is said otherwise."""

from __future__ import annotations

from typing import Any

from derive.report.narrative.languages import words
from derive.report.narrative.templates import environment
from derive.report.options import Options

_current = [Options()]


def show_in(locale: str = "en", **options: Any) -> None:
    """Have values show themselves in a language from now on; ``options`` are those of a handout, such as ``most_paths``.

    Raises a `DeriveError` if there is no such language or option.

    >>> show_in("zh")
    >>> show_in("en")
    """
    wanted = Options(locale=locale, **options)
    words(environment(wanted.templates), locale)
    _current[0] = wanted


def current() -> Options:
    """Return what values show themselves by."""
    return _current[0]
