"""Programs: a recurrence becomes a compiled function of any T, or a shared expression graph."""

from derive.programs.program import Program
from derive.programs.shared import SharedGraph, Sharing

__all__ = ["Program", "SharedGraph", "Sharing"]
