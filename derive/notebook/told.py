"""Told: the tables, pictures and formulas of a handout, each by its label, as values that show themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from derive.derivation import Derivation
from derive.notebook.views import pictures
from derive.report.document import Block, Display, Figure, Table
from derive.report.options import Options
from derive.report.publish import hold_checks, subject, told
from derive.report.writers.fragment import Fragment, unnumbered
from derive.shown import Named, Seen, exhibits, view


@dataclass(frozen=True, repr=False)
class Exhibit(Seen):
    """A table, picture or numbered formula of a handout, in its language."""

    block: Block
    options: Options


@view.register
def _(exhibit: Exhibit) -> Fragment:
    shown = (unnumbered(exhibit.block),)
    return Fragment(shown, partial(pictures, shown, exhibit.options), apart=exhibit.options.templates is not None)


@exhibits.register
def _(derivation: Derivation, keywords: dict[str, Any]) -> Mapping[str, Exhibit]:
    options = Options(**keywords)
    about = subject(derivation, options)
    hold_checks(about)
    document = told(about)
    return Named(
        {
            block.label: Exhibit(block, options)
            for block in document.flat
            if isinstance(block, Table | Figure | Display) and block.label is not None
        }
    )
