"""Exhibits: from a subject the formulas, tables and pictures that a narrative calls for by name.

An exhibit is a function in one of the modules here, and a line in its `CALLS`.
"""

from __future__ import annotations

from collections.abc import Mapping

from derive.report.exhibits import (
    diagram,
    equations,
    folding,
    lettered,
    paths,
    stages,
    tables,
    walk,
    words,
    worked_steps,
)
from derive.report.subject import Call

__all__ = ["CALLS"]

CALLS: Mapping[str, Call] = {
    name: call
    for module in (equations, diagram, paths, walk, words, lettered, stages, folding, worked_steps, tables)
    for name, call in module.CALLS.items()
}
"""What a narrative may call, by its name there."""
