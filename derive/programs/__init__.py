"""Programs: a recurrence becomes a compiled function of any T, a shared expression graph, or a file of code."""

from derive.programs.code import TARGETS, code
from derive.programs.printers.parts import parts
from derive.programs.program import Program
from derive.programs.shared import SharedGraph, Sharing

__all__ = ["TARGETS", "Program", "SharedGraph", "Sharing", "code", "parts"]
