"""Reading: how many formulas of a document were read and found true, as its table of checks says.

What is left out of the count: formulas with an ellipsis, which say less than they mean, and the numbers of the worked example,
which the checks before have computed. A formula with a name that nobody knows is counted as not read; one that is not true, or
whose sizes do not fit, is no part of any handout.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from derive.report.document import Block, Document, Pieces, Table, Text
from derive.report.printed.proofread import about_all_values, decisive, proofread
from derive.report.subject import Subject

CHECKS = "tab-checks"


@dataclass(frozen=True)
class Reading:
    """How many formulas there are to read in a document, how many of them were read; and one that is not true, if any is."""

    formulas: int
    read: int
    untrue: str | None = None


def reading(subject: Subject, document: Document, awaited: Reading) -> Reading:
    """Return what comes of reading a document, each formula evaluated at generic values, where so much is ``awaited``."""
    pieces = subject.common.pieces
    found = pieces.at(reading, decisive(subject, document), lambda: _read(subject, document))
    return replace(found, formulas=awaited.formulas)


def _read(subject: Subject, document: Document) -> Reading:
    found = proofread(subject, document, thorough=False)
    verdicts = [one.verdict for one in found]
    untrue = next((str(one.statement) for one in found if one.verdict == "differs"), None)
    read = verdicts.count("holds") + verdicts.count("defines")
    return Reading(len(verdicts), read, untrue)


def expected(document: Document, pieces: Pieces | None = None) -> Reading:
    """Return what comes of it if every formula can be read, and is true; ``pieces`` has what was made of blocks before."""
    formulas = sum(1 for _ in about_all_values(document, pieces))
    return Reading(formulas, formulas)


def noted(subject: Subject, document: Document, found: Reading) -> Document:
    """Return a document whose table of checks says how many of its formulas were read."""
    return replace(document, blocks=tuple(_noted(subject, block, found) for block in document.blocks))


def _noted(subject: Subject, block: Block, found: Reading) -> Block:
    if not isinstance(block, Table) or block.label != CHECKS:
        return block
    how_many = subject.sentence("formulas_read", read=str(found.read), formulas=str(found.formulas))
    row = (
        subject.sentence("route_printed"),
        subject.sentence("shared_equations"),
        (Text(subject.word("left_out_")),),
        how_many if found.read else (Text(subject.word("left_out_no_values")),),
    )
    return replace(block, rows=(*block.rows, row))
