"""Paths: from an unrolled graph and a target, all paths from L to it: counted, listed, added up in any ring."""

from derive.paths.accumulate import Words, eliminate, reverse
from derive.paths.paths import Path, PathSum, Word, pull, pull_along
from derive.paths.segments import Arrival, Flow, Legs, add, crossing, merge, ungraded
from derive.paths.stream import Stream

__all__ = [
    "Arrival",
    "Flow",
    "Legs",
    "Path",
    "PathSum",
    "Stream",
    "Word",
    "Words",
    "add",
    "crossing",
    "eliminate",
    "merge",
    "pull",
    "pull_along",
    "reverse",
    "ungraded",
]
