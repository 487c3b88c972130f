"""Run: trees and rules in any ring, every arc having a weight there.

Numbers and matrices give derivatives, `Words` the set of paths itself, operands that count what it costs. The rules of a
recurrence are run node by node, each after those that it looks at. Where no path leads there is 0, which not every ring
has: then it is left out, and the sum of nothing is None. A tree
grows from L towards the target; mirrored, it grows from the target towards the loss, and is multiplied that way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from derive.graph import Arc, Node
from derive.paths import Words, total
from derive.recurrence.tree import All, Either, Start, Then, Tree, spine

Weight = Callable[[Arc], Any]
"""The weight of an arc in a ring."""
Leaf = Callable[[Node], Any]
"""What an `All` is in a ring; None stands for the empty product, 1."""


def value(tree: Tree, weight: Weight, leaf: Leaf, *, mirrored: bool = False, zero: Any = None) -> Any:
    """Return the value of a tree in a ring; ``zero`` is that of a union of nothing, which has none where there is no 0.

    >>> from derive.graph import Node
    >>> value(Either((All(Node("h", 1)), All(Node("h", 2)))), Words.letter, lambda node: Words.of([((0, node.step),)])).terms
    {((0, 1),): 1, ((0, 2),): 1}
    """
    first, arcs = spine(tree)
    match first:
        case Start(arc):
            found = weight(arc)
        case All(node):
            found = leaf(node)
        case Either(()) if zero is not None:
            found = zero
        case Either(parts):
            found = total(value(part, weight, leaf, mirrored=mirrored, zero=zero) for part in parts)
    for factor in _weights(arcs, weight, mirrored=mirrored):
        found = factor if found is None else factor * found if mirrored else found * factor
    return found


def _weights(arcs: tuple[Arc, ...], weight: Weight, *, mirrored: bool) -> Iterable[Any]:
    """The weights of arcs; letters in a row are one word, not products each of which is written anew."""
    if weight is Words.letter and arcs:
        return (Words.of([tuple(arc.key for arc in (reversed(arcs) if mirrored else arcs))]),)
    return map(weight, arcs)


def summed(
    trees: Iterable[Tree], weight: Weight, leaf: Leaf, *, mirrored: bool = False, zero: Any = None
) -> Any | None:
    """Return the sum of the values of trees; ``zero`` if there is no tree."""
    values = [value(tree, weight, leaf, mirrored=mirrored, zero=zero) for tree in trees]
    return total(values) if values else zero


def words(tree: Tree | None, leaf: Callable[[Node], Words], *, mirrored: bool = False) -> Words:
    """Return the paths of a tree, ``leaf`` giving those of an `All`; None has none."""
    found: Words = Words() if tree is None else value(tree, Words.letter, leaf, mirrored=mirrored, zero=Words())
    return found


@dataclass(frozen=True)
class Spelling:
    """Spells the paths of some trees, ``leaf`` giving those of an `All`; of one that is part of others they are found once."""

    trees: Iterable[Tree]
    leaf: Callable[[Node], Words]
    _found: dict[int, Words | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Know the trees again, each as itself: to compare them would take as long as to spell them."""
        self._found.update((id(tree), None) for tree in self.trees)

    def __call__(self, tree: Tree) -> Words:
        """The paths of a tree: one of those, or another."""
        waiting: list[Then] = []
        while isinstance(tree, Then) and self._found.get(id(tree)) is None:
            waiting.append(tree)
            tree = tree.inner
        known = self._found.get(id(tree))
        found = self._kept(tree, self._beginning(tree)) if known is None else known
        for then in reversed(waiting):
            found = self._kept(then, found * Words.letter(then.arc))
        return found

    def _kept(self, tree: Tree, found: Words) -> Words:
        if id(tree) in self._found:
            self._found[id(tree)] = found
        return found

    def _beginning(self, tree: Tree) -> Words:
        """The paths of a tree that is continued along no arc."""
        if isinstance(tree, Either):
            return total(map(self, tree.parts)) if tree.parts else Words()
        return words(tree, self.leaf)


def run(
    nodes: Iterable[Node],
    rule: Callable[[Node], Tree | None],
    weight: Weight,
    *,
    given: Mapping[Node, Any] | None = None,
    mirrored: bool = False,
    zero: Any = None,
) -> dict[Node, Any]:
    """Return the value of each node by its rule; where that is None, the node is ``zero``, or absent if there is none.

    ``given`` are values that rules look at beyond those of the nodes.
    """
    found: dict[Node, Any] = dict(given or {})
    for node in nodes:
        tree = rule(node)
        if tree is not None:
            found[node] = value(tree, weight, found.__getitem__, mirrored=mirrored, zero=zero)
        elif zero is not None:
            found[node] = zero
    return found
