"""Rings: the value of a tree of paths in any ring, every arc having a weight there.

Numbers and matrices give derivatives, `accumulate.Words` the set of paths itself, counting operands what it costs. A
tree grows from L towards the target; mirrored, it grows from the target towards the loss, and is multiplied that way.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from derive.graph import Arc, Node
from derive.recurrence.tree import All, Either, Start, Tree, spine


def value(tree: Tree, weight: Callable[[Arc], Any], known: Callable[[Node], Any], *, mirrored: bool = False) -> Any:
    """Return the value of a tree in a ring; ``known`` gives that of an `All`. None stands for an empty product.

    An ``Either`` without parts has none: leave empty unions out.

    >>> from derive.paths import Words
    >>> value(Either((Start(1), Start(2))), Words.letter, lambda node: None).terms
    Counter({((-1, 1),): 1, ((-1, 2),): 1})
    """
    first, arcs = spine(tree)
    match first:
        case Start(step):
            found = weight(Arc(None, step))
        case All(node):
            found = known(node)
        case Either(parts):
            found, *others = (value(part, weight, known, mirrored=mirrored) for part in parts)
            for other in others:
                found = found + other
    for arc in arcs:
        factor = weight(arc)
        found = factor if found is None else factor * found if mirrored else found * factor
    return found
