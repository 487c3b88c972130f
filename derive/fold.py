"""Fold: a set of paths written as a tree, the same set in every stage of the folding.

    Start(t)            the arc from L to the loss of step t
    Then(inner, arc)    every path of inner, continued along arc
    Either(parts)       the paths of all parts, which are disjoint
    All(node)           every path from L to node, as one symbol: the adjoint δ of that node

Factoring out is ``Then(Either(…), arc)`` instead of ``Either(Then(…, arc), …)``; recognising an inner sum is putting
``All`` in its place. `words` writes a tree out as its set of paths, with multiplicity, so that two stages are equal exactly
if their words are: an identity in the free algebra over the arcs, valid for scalars and for matrices, whose factors do
not commute. `expression` gives the same tree as mathematics. A tree for general t holds steps relative to t.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

from derive import expression as ex
from derive.expression import Expr, Var
from derive.paths import Path, Word, pull
from derive.unroll import Arc, Node

ADJOINT = "∂"
"""Prefix of the variable that stands for an adjoint: ``∂h`` is dL/dh."""


@dataclass(frozen=True, slots=True)
class Start:
    """The arc from L to the loss of a step."""

    step: int


@dataclass(frozen=True, slots=True)
class Then:
    """Every path of inner, continued along arc."""

    inner: Tree
    arc: Arc


@dataclass(frozen=True, slots=True)
class Either:
    """The paths of all parts. ``bundled`` parts are printed as one group."""

    parts: tuple[Tree, ...]
    bundled: bool = False


@dataclass(frozen=True, slots=True)
class All:
    """Every path from L to a node: its adjoint."""

    node: Node


Tree: TypeAlias = Start | Then | Either | All


def either(parts: Iterable[Tree], *, bundled: bool = False) -> Tree:
    """Return the union of parts; one part is itself unless bundled."""
    several = tuple(parts)
    return several[0] if len(several) == 1 and not bundled else Either(several, bundled)


def chain(path: Path) -> Tree:
    """One path as a tree."""
    first, *rest = path.arcs
    tree: Tree = Start(first.step)
    for arc in rest:
        tree = Then(tree, arc)
    return tree


def words(tree: Tree, paths_to: Callable[[Node], Counter[Word]]) -> Counter[Word]:
    """Return the paths of a tree, with multiplicity; ``paths_to`` gives those of an `All`."""
    match tree:
        case Start(step):
            return Counter({((-1, step),): 1})
        case All(node):
            return paths_to(node)
        case Then(inner, arc):
            longer: Counter[Word] = Counter()
            for word, times in words(inner, paths_to).items():
                longer[(*word, arc.key)] += times
            return longer
        case Either(parts):
            union: Counter[Word] = Counter()
            for part in parts:
                union.update(words(part, paths_to))
            return union


def adjoint_var(node: Node) -> Var:
    """The variable that stands for the adjoint of a node."""
    return Var(f"{ADJOINT}{node.name}", None if node.step is None else -node.step)


def expression(tree: Tree) -> Expr:
    """Return a tree as mathematics; steps are lags before step 0."""
    match tree:
        case Start():
            return ex.ONE
        case All(node):
            return adjoint_var(node)
        case Then(inner, arc):
            return pull(arc, expression(inner))
        case Either(parts):
            return ex.add(*map(expression, parts))


def moved(tree: Tree, by: int) -> Tree:
    """Return a tree with every step moved by so many steps: a rule for general t becomes one for a given t."""
    match tree:
        case Start(step):
            return Start(step + by)
        case All(node):
            return All(Node(node.name, None if node.step is None else node.step + by))
        case Then(inner, arc):
            return Then(moved(inner, by), Arc(arc.edge, arc.step + by))
        case Either(parts, bundled):
            return Either(tuple(moved(part, by) for part in parts), bundled)


def within(tree: Tree, steps: int, loss_steps: range) -> Tree | None:
    """Return a tree without the arcs that lie outside 1 … T, which do not exist; None if nothing is left."""
    match tree:
        case Start(step):
            return tree if step in loss_steps else None
        case All(node):
            return tree if node.step is not None and 1 <= node.step <= steps else None
        case Then(inner, arc):
            left = within(inner, steps, loss_steps) if 1 <= arc.step <= steps else None
            return None if left is None else Then(left, arc)
        case Either(parts, bundled):
            kept = [part for part in (within(part, steps, loss_steps) for part in parts) if part is not None]
            return either(kept, bundled=bundled) if kept else None


def replaced(tree: Tree, change: Callable[[Node], Tree]) -> Tree:
    """Return a tree with each `All` replaced."""
    match tree:
        case Start():
            return tree
        case All(node):
            return change(node)
        case Then(inner, arc):
            return Then(replaced(inner, change), arc)
        case Either(parts, bundled):
            return Either(tuple(replaced(part, change) for part in parts), bundled)


def spread(tree: Tree) -> tuple[Tree, ...]:
    """Return a tree as terms without a sum inside: ``Then(Either(a, b), e)`` becomes ``Then(a, e), Then(b, e)``."""
    match tree:
        case Start() | All():
            return (tree,)
        case Then(inner, arc):
            return tuple(Then(term, arc) for term in spread(inner))
        case Either(parts):
            return tuple(term for part in parts for term in spread(part))


def adjoints(tree: Tree) -> tuple[Node, ...]:
    """The nodes whose adjoint a tree contains, in order."""
    match tree:
        case Start():
            return ()
        case All(node):
            return (node,)
        case Then(inner, _):
            return adjoints(inner)
        case Either(parts):
            return tuple(dict.fromkeys(node for part in parts for node in adjoints(part)))


def has_start(tree: Tree) -> bool:
    """Whether a tree holds a path that begins at a loss directly."""
    match tree:
        case Start():
            return True
        case All():
            return False
        case Then(inner, _):
            return has_start(inner)
        case Either(parts):
            return any(map(has_start, parts))
