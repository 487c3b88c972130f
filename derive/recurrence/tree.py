"""Tree: a set of paths with what they have in common taken out.

    Start(arc)          an arc from L, to the loss of step t, or straight to a parameter
    Then(inner, arc)    every path of inner, continued along arc
    Either(parts)       the paths of all parts, which are disjoint
    All(node)           every path from L to node, as one symbol: the adjoint δ of that node; under a name such as g[1], which
                        is there at one step alone, those whose last arc leads there from every step

Factoring out is ``Then(Either(…), arc)`` instead of ``Either(Then(…, arc), …)``; recognising an inner sum is putting
``All`` in its place. In the free algebra over the arcs (`run.words`) a tree is its set of paths, with multiplicity, so that
two trees are equal exactly if their words are: for scalars and for matrices, whose factors do not commute. `expression`
gives the same tree as mathematics. A tree for general t holds steps relative to t.

A path over a thousand steps is thousands of `Then` deep, deeper than Python's stack: what walks a tree goes through a
run of `Then` at once (`spine`) and recurs into `Either` only.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias, assert_never

from derive.equations import Expr, Var
from derive.equations import expression as ex
from derive.graph import Arc, Node
from derive.paths import Path, pull_along

ADJOINT = ex.ADJOINT


@dataclass(frozen=True, slots=True)
class Start:
    """The arc from L to the loss of a step, or to a parameter in the term that counts once."""

    arc: Arc

    @property
    def step(self) -> int:
        """The step of the loss."""
        return self.arc.step


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
    """Return the union of parts; one part is itself unless bundled.

    >>> either([All(Node("h", 1))]), either([])
    (All(node=Node(name='h', step=1)), Either(parts=(), bundled=False))
    """
    several = tuple(parts)
    return several[0] if len(several) == 1 and not bundled else Either(several, bundled)


def terms(tree: Tree) -> tuple[Tree, ...]:
    """Return what is added in a tree: the parts of a union, or the tree alone."""
    return tree.parts if isinstance(tree, Either) else (tree,)


def spine(tree: Tree) -> tuple[Start | Either | All, tuple[Arc, ...]]:
    """Return what a tree begins with, and the arcs that continue it, in the order of the path."""
    arcs: list[Arc] = []
    while isinstance(tree, Then):
        arcs.append(tree.arc)
        tree = tree.inner
    return tree, tuple(reversed(arcs))


def along(tree: Tree, arcs: Iterable[Arc]) -> Tree:
    """Return a tree continued along arcs: the inverse of `spine`."""
    for arc in arcs:
        tree = Then(tree, arc)
    return tree


def path_tree(path: Path) -> Tree:
    """Return one path as a tree."""
    return along(Start(path.arcs[0]), path.arcs[1:])


def adjoint_var(node: Node) -> Var:
    """Return the variable that stands for the adjoint of a node; its step is a lag before step 0."""
    return Var(f"{ADJOINT}{node.name}", None if node.step is None else -node.step)


def expression(tree: Tree) -> Expr:
    """Return a tree as mathematics; steps are lags before step 0."""
    first, arcs = spine(tree)
    match first:
        case Start(arc):
            return pull_along((arc, *arcs), ex.ONE)
        case All(node):
            return pull_along(arcs, adjoint_var(node))
        case Either(parts):
            return pull_along(arcs, ex.add(*map(expression, parts)))


def moved(tree: Tree, by: int) -> Tree:
    """Return a tree with every step moved so many steps later: a rule for general t becomes one for a given t."""
    if not by:
        return tree
    first, arcs = spine(tree)
    match first:
        case Start(arc):
            first = first if arc.edge.is_penalty else Start(Arc(arc.edge, arc.step + by))
        case All(Node(name, step)):
            first = All(Node(name, None if step is None else step + by))
        case Either(parts, bundled):
            first = Either(tuple(moved(part, by) for part in parts), bundled)
    return along(first, (Arc(arc.edge, arc.step + by) for arc in arcs))


def within(tree: Tree, steps: int, loss_steps: Sequence[int], reached: Container[Node] | None = None) -> Tree | None:
    """Return a tree without the arcs outside 1 … T, which do not exist, and without losses that do not count.

    Given the nodes that L ``reached``, adjoints that are 0 because no path leads there are left out as well. None if
    nothing is left.
    """
    first, arcs = spine(tree)
    if not all(1 <= arc.step <= steps for arc in arcs):
        return None
    match first:
        case Start(arc):
            return tree if arc.edge.is_penalty or arc.step in loss_steps else None
        case All(node):
            at = ex.anchor(node.name)[1]
            exists = (
                node.step is not None and 1 <= node.step <= steps and (at is None or node.step == ex.step_of(at, steps))
            )
            return tree if exists and (reached is None or node in reached) else None
        case Either(parts, bundled):
            kept = [part for part in (within(part, steps, loss_steps, reached) for part in parts) if part is not None]
            return along(either(kept, bundled=bundled), arcs) if kept else None


def replaced(tree: Tree, change: Callable[[Node], Tree]) -> Tree:
    """Return a tree with each `All` replaced."""
    first, arcs = spine(tree)
    match first:
        case Start():
            return tree
        case All(node):
            return along(change(node), arcs)
        case Either(parts, bundled):
            return along(Either(tuple(replaced(part, change) for part in parts), bundled), arcs)


def merged(tree: Tree) -> Tree:
    """Return a tree whose unions directly inside unions are one."""
    first, arcs = spine(tree)
    if not isinstance(first, Either):
        return tree
    flat: list[Tree] = []
    for part in map(merged, first.parts):
        flat.extend(terms(part))
    return along(either(flat), arcs)


def spread(tree: Tree) -> tuple[Tree, ...]:
    """Return a tree as terms without a sum inside: ``Then(Either(a, b), e)`` becomes ``Then(a, e), Then(b, e)``."""
    first, arcs = spine(tree)
    if not isinstance(first, Either):
        return (tree,)
    return tuple(along(term, arcs) for part in first.parts for term in spread(part))


def adjoints(tree: Tree) -> tuple[Node, ...]:
    """Return the nodes whose adjoint a tree contains, in order, each once."""
    match spine(tree)[0]:
        case Start():
            return ()
        case All(node):
            return (node,)
        case Either(parts):
            return tuple(dict.fromkeys(node for part in parts for node in adjoints(part)))


def arcs_of(tree: Tree) -> Iterator[Arc]:
    """Yield the arcs of a tree, those of the beginning first."""
    first, arcs = spine(tree)
    match first:
        case Start(arc):
            yield arc
        case Either(parts):
            yield from (arc for part in parts for arc in arcs_of(part))
        case All():
            pass
        case _:
            assert_never(first)
    yield from arcs


def has_start(tree: Tree) -> bool:
    """Whether a tree holds a path that begins at a loss directly."""
    match spine(tree)[0]:
        case Start():
            return True
        case All():
            return False
        case Either(parts):
            return any(map(has_start, parts))


def collected_at(term: Tree) -> tuple[int, int] | None:
    """If a term is what is collected for a variable at one step for all t: that step, 0 for T, and how much after t it is.

    >>> collected_at(All(Node("h[T]", 0))), collected_at(All(Node("h", 1)))
    ((0, 0), None)
    """
    match term:
        case All(Node(name, step)) if (at := ex.anchor(name)[1]) is not None:
            return at, step or 0
        case _:
            return None
