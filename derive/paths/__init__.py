"""Paths: from an unrolled graph and a target, all paths from L to it: counted, listed, added up in any ring."""

from derive.paths.accumulate import reverse
from derive.paths.elimination import Elimination
from derive.paths.paths import Path, PathSum, is_plain, paths_to, pull, pull_along
from derive.paths.ring import add_all, add_to, total
from derive.paths.segments import Arrival, Flow, Heads, Segments, crossing, heads_to, ungraded
from derive.paths.states import Cell, Letter, Place, States, StateWord, anchoring, columns, lags
from derive.paths.stream import Stream
from derive.paths.words import Word, Words

__all__ = [
    "Arrival",
    "Cell",
    "Elimination",
    "Flow",
    "Heads",
    "Letter",
    "Path",
    "PathSum",
    "Place",
    "Segments",
    "StateWord",
    "States",
    "Stream",
    "Word",
    "Words",
    "add_all",
    "add_to",
    "anchoring",
    "columns",
    "crossing",
    "heads_to",
    "is_plain",
    "lags",
    "paths_to",
    "pull",
    "pull_along",
    "reverse",
    "total",
    "ungraded",
]
