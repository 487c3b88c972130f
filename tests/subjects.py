"""Subjects: what exhibits are made from."""

from __future__ import annotations

from functools import cache
from typing import Any

from derive.derivation import derive
from derive.report.options import Options
from derive.report.publish import subject
from derive.report.subject import Subject


@cache
def about(network: str, steps: int, **values: Any) -> Subject:
    """A subject in English; values are those of the example."""
    return subject(derive(network, steps), Options(values=values))
