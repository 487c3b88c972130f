"""Stages: the way from all path products to the recurrence, each stage the same set of paths.

Of a parameter:     all products, as they are enumerated → grouped by the step at which it acts → its last factors taken
                    out → the sum left over recognised as an adjoint
Of an adjoint δ_t:  all products → grouped by the first arc away from it → that arc taken out → the sum left over
                    recognised as the adjoint of another node

A stage is a value that can be checked: its paths are those that were enumerated.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from derive.graph import Node, Unrolled
from derive.paths import PathSum, Words, paths_to
from derive.recurrence.recurrence import Recurrence
from derive.recurrence.run import words
from derive.recurrence.tree import All, Either, Then, Tree, along, either, path_tree, replaced, spine, terms
from derive.shown import Shown

Kind = Literal["products", "grouped", "factored", "recognised"]


@dataclass(frozen=True, repr=False)
class Stage(Shown):
    """One stage between the path sum of a node and the recurrence.

    ``parts`` are added; ``keys`` say, per part, what its paths have in common: the node that uses the parameter, or
    through which the adjoint is fed (None: they have nothing in common, or come from the loss alone).
    """

    kind: Kind
    subject: Node
    parts: tuple[Tree, ...]
    keys: tuple[Node | None, ...]
    unrolled: Unrolled

    @property
    def tree(self) -> Tree:
        """All parts together."""
        return Either(self.parts)

    def holds(self) -> bool:
        """Whether the stage is exactly the set of all paths to its subject, as they are enumerated."""

        def enumerated(node: Node) -> Words:
            return Words.of(path.word for path in paths_to(self.unrolled, node))

        return words(self.tree, enumerated) == enumerated(self.subject)


def stages_of(recurrence: Recurrence, unrolled: Unrolled, subject: Node) -> tuple[Stage, ...]:
    """Return the stages for a parameter, an initial state, or a named adjoint at a step.

    A stage that would read like the one before is left out. Raises `TooManyPathsError`, with the number of paths, if
    there are more than the limit of that name; `Recurrence.gradient_at` and `Rule.at` give the last stage at any T.

    >>> from derive.graph import Graph
    >>> from derive.network import load
    >>> graph = Graph(load("elman"))
    >>> [stage.kind for stage in stages_of(Recurrence(graph), Unrolled(graph, 3), Node("w_h"))]
    ['products', 'grouped', 'factored', 'recognised']
    """
    PathSum(unrolled, subject).check_few()
    final, keys = _recognised(recurrence, unrolled, subject)

    def written_out(node: Node) -> Tree:
        return Either(tuple(map(path_tree, paths_to(unrolled, node))), bundled=True)

    factored = tuple(replaced(part, written_out) for part in final)
    grouped = tuple(map(_products, factored))
    products = tuple(map(path_tree, PathSum(unrolled, subject)))
    if not any(isinstance(group, Either) for group in grouped):
        products = grouped
    candidates = (
        Stage("products", subject, products, (None,) * len(products), unrolled),
        Stage("grouped", subject, grouped, keys, unrolled),
        Stage("factored", subject, factored, keys, unrolled),
        Stage("recognised", subject, final, keys, unrolled),
    )
    return tuple(_without_repeats(candidates))


def _recognised(
    recurrence: Recurrence, unrolled: Unrolled, subject: Node
) -> tuple[tuple[Tree, ...], tuple[Node | None, ...]]:
    """The terms of the last stage, and what each is grouped by."""
    if subject.name in recurrence.rules and subject.step is not None and 1 <= subject.step <= unrolled.steps:
        rule = recurrence.rules[subject.name].at(unrolled, subject.step)
        final = () if rule is None else terms(rule)
        return final, tuple(map(_fed_through, final))
    final = recurrence.gradient_at(unrolled, subject)
    return final, tuple(map(_used_by, final))


def _without_repeats(stages: Iterable[Stage]) -> Iterable[Stage]:
    """Stages that read differently from the one before; grouping shows only where a group has several paths."""
    last = None
    for stage in stages:
        read = tuple(map(_reading, stage.parts))
        if read != last:
            yield stage
        last = read


class _Sum(tuple[tuple[object, ...], ...]):
    """The readings of several terms."""

    __slots__ = ()


def _reading(tree: Tree) -> tuple[object, ...]:
    """What of a tree can be seen when it is printed: not the brackets around one term, not factors 1."""
    first, arcs = spine(tree)
    factors = tuple(arc.key for arc in arcs if not arc.edge.is_unit)
    if not isinstance(first, Either):
        return (first, *factors)
    parts: list[tuple[object, ...]] = []
    for part in first.parts:
        read = _reading(part)
        parts.extend(read[0] if len(read) == 1 and isinstance(read[0], _Sum) else (read,))
    return (*parts[0], *factors) if len(parts) == 1 else (_Sum(parts), *factors)


def _products(tree: Tree) -> Tree:
    """A part written out as separate products, bundled if there are several."""
    first, arcs = spine(tree)
    if not isinstance(first, Either):
        return tree
    products = tuple(along(product, arcs) for part in first.parts for product in terms(_products(part)))
    return either(products, bundled=len(products) > 1)


def _used_by(tree: Tree) -> Node | None:
    """The node whose equation uses the parameter."""
    return Node(tree.arc.edge.head, tree.arc.step) if isinstance(tree, Then) else None


def _fed_through(tree: Tree) -> Node | None:
    """The adjoint that a term of a rule hands on; None: it comes from the loss alone, or from several."""
    first, _ = spine(tree)
    return first.node if isinstance(first, All) else None
