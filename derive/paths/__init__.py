"""Paths: from an unrolled graph and a target, all paths from L to it: counted, listed, added up in any ring."""

from derive.paths.accumulate import reverse
from derive.paths.elimination import Elimination
from derive.paths.paths import Path, PathSum, pull, pull_along
from derive.paths.ring import add_all, add_to, total
from derive.paths.segments import Arrival, Flow, Segments, crossing, ungraded
from derive.paths.stream import Stream
from derive.paths.words import Word, Words

__all__ = [
    "Arrival",
    "Elimination",
    "Flow",
    "Path",
    "PathSum",
    "Segments",
    "Stream",
    "Word",
    "Words",
    "add_all",
    "add_to",
    "crossing",
    "pull",
    "pull_along",
    "reverse",
    "total",
    "ungraded",
]
