"""Pieces: what was made of the blocks of a document, for the next document that has the same blocks.

Of handouts that differ in their numbers only, most blocks are the same. A block that the document before had, too, is taken
from there, so that it is known by its identity; what was made of it, its Markdown, its statements, is there already. No more
is kept than of one document.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from derive.report.document.document import Block, Document

Piece = TypeVar("Piece")
AHEAD = 12
"""So many blocks ahead one is looked for among those of the document before."""


@dataclass
class Pieces:
    """The blocks of the document before, and what was made of them."""

    blocks: tuple[Block, ...] = ()
    made: dict[tuple[Hashable, int], tuple[Block, Any]] = field(default_factory=dict)
    lone: dict[Hashable, tuple[Any, Any]] = field(default_factory=dict)

    def same(self, document: Document) -> Document:
        """Return a document with the blocks of the one before where they are equal; what was made of others is forgotten."""
        self.blocks = blocks = tuple(_taken(document.blocks, self.blocks))
        there = set(map(id, blocks))
        self.made = {key: piece for key, piece in list(self.made.items()) if key[1] in there}
        return replace(document, blocks=blocks)

    def known(self, block: Block, way: Hashable) -> Any | None:
        """Return what was made of a block in some way before, or None."""
        known = self.made.get((way, id(block)))
        return None if known is None or known[0] is not block else known[1]

    def of(self, block: Block, way: Hashable, make: Callable[[], Piece]) -> Piece:
        """Return what is made of a block in some way: as it was made before, if it is the same block."""
        known = self.made.get((way, id(block)))
        if known is None or known[0] is not block:
            known = self.made[way, id(block)] = (block, make())
        piece: Piece = known[1]
        return piece

    def at(self, way: Hashable, source: object, make: Callable[[], Piece]) -> Piece:
        """Return what is made of a source in some way: as it was made the last time, if that was of an equal one."""
        known = self.lone.get(way)
        if known is None or known[0] != source:
            known = self.lone[way] = (source, make())
        piece: Piece = known[1]
        return piece


def _taken(blocks: Sequence[Block], before: Sequence[Block]) -> Iterator[Block]:
    """Blocks, in place of each the next equal one of those before, if there is one not far ahead."""
    place = 0
    for block in blocks:
        ahead = before[place : place + AHEAD]
        found = next((number for number, other in enumerate(ahead) if other is block or other == block), None)
        if found is None:
            yield block
        else:
            place += found + 1
            yield before[place - 1]
