"""Chapter: something that a handout can tell beyond the derivation.

A chapter is one module, with its facts, calls and exhibits, and a template of the same name per language. In its template it
is an object under that name. Facts are computed when the template asks for them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from derive.graph import Node
from derive.notation.formula import Formula
from derive.report.document import Block, Math
from derive.report.exhibits.sheets import Sheet
from derive.report.exhibits.stages import main_parameter
from derive.report.narrative.narrative import Marks
from derive.report.subject import Subject


@dataclass(frozen=True)
class Chapter:
    """A chapter about one subject; ``marks`` receives what its marks stand for."""

    subject: Subject
    marks: Marks = field(default_factory=Marks)

    @cached_property
    def _main(self) -> Node:
        return main_parameter(self.subject)

    @property
    def _ahead(self) -> list[str]:
        """The variables at one step for all t that are read at steps before they are computed."""
        return [self._math(self.subject.node(Node(name))) for name in self.subject.derivation.unrolled.ahead]

    def _math(self, formula: Formula) -> str:
        return self.marks.inline(Math(formula))

    def _block(self, block: Block) -> str:
        return self.marks.block(block, self.subject.title_word(block))

    def sheets(self) -> Mapping[str, Sheet]:
        """Return what the chapter prints with its middle left out, whole, by the name of the file."""
        return {}
