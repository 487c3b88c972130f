"""Folding: the way from all path products to the recurrence, as stages that are each the same set of paths.

Of a parameter:     all products → grouped by the step at which it acts → its last factors taken out → the sum left over
                    recognised as an adjoint
Of an adjoint δ_t:  all products → grouped by the first arc away from it → that arc taken out → the sum left over
                    recognised as the adjoint of a later node

A stage is a value that can be checked: its paths are those that were enumerated.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from derive.fold import All, Either, Then, Tree, chain, either, expression, replaced, words
from derive.paths import PathSum, Word
from derive.recurrence import Recurrence
from derive.unroll import Node, Unrolled

Kind = Literal["products", "grouped", "factored", "recognised"]


@dataclass(frozen=True)
class Stage:
    """One stage of folding the path sum of a node. ``parts`` are added; ``keys`` say, per part, what its paths have in
    common: the node that uses the parameter, or through which the adjoint is fed (None: they have nothing in common)."""

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
        """Whether the stage is exactly the set of all paths to its subject."""

        def paths_to(node: Node) -> Counter[Word]:
            return Counter(path.word for path in PathSum(self.unrolled, node))

        return words(self.tree, paths_to) == paths_to(self.subject)


def fold(recurrence: Recurrence, unrolled: Unrolled, subject: Node) -> tuple[Stage, ...]:
    """Return the stages for a parameter, an initial state, or a named adjoint at a step; a stage that would look like the
    one before is left out. Enumerates all paths to the subject: ask for their count first."""
    if subject.name in recurrence.rules and subject.step is not None and 1 <= subject.step <= unrolled.steps:
        rule = recurrence.rules[subject.name].at(unrolled, subject.step)
        final = rule.parts if isinstance(rule, Either) else () if rule is None else (rule,)
        keys = tuple(_fed_through(part) for part in final)
    else:
        final = recurrence.gradient_at(unrolled, subject)
        keys = tuple(_used_by(part) for part in final)

    def written_out(node: Node) -> Tree:
        return Either(tuple(map(chain, PathSum(unrolled, node))), bundled=True)

    factored = tuple(replaced(part, written_out) for part in final)
    grouped = tuple(_products(part) for part in factored)
    products = tuple(product for group in grouped for product in (group.parts if isinstance(group, Either) else (group,)))
    candidates = (
        Stage("products", subject, products, (None,) * len(products), unrolled),
        Stage("grouped", subject, grouped, keys, unrolled),
        Stage("factored", subject, factored, keys, unrolled),
        Stage("recognised", subject, final, keys, unrolled),
    )
    return tuple(_without_repeats(candidates))


def _without_repeats(stages: Iterable[Stage]) -> Iterable[Stage]:
    """Stages that read differently from the one before; grouping shows only where a group has several paths."""
    last = None
    for stage in stages:
        read = tuple(map(expression, stage.parts))
        if read != last:
            yield stage
        last = read


def _products(tree: Tree) -> Tree:
    """A part written out as separate products, bundled if there are several."""
    match tree:
        case Then(inner, arc):
            inside = _products(inner)
            if isinstance(inside, Either):
                return Either(tuple(Then(part, arc) for part in inside.parts), bundled=True)
            return Then(inside, arc)
        case Either(parts):
            flat: list[Tree] = []
            for part in map(_products, parts):
                flat.extend(part.parts if isinstance(part, Either) else (part,))
            return either(flat) if len(flat) == 1 else Either(tuple(flat), bundled=True)
        case _:
            return tree


def _used_by(tree: Tree) -> Node | None:
    """The node whose equation uses the parameter."""
    return Node(tree.arc.edge.head, tree.arc.step) if isinstance(tree, Then) and tree.arc.edge else None


def _fed_through(tree: Tree) -> Node | None:
    """The adjoint that a term of a rule hands on; None: it comes from the loss alone."""
    match tree:
        case All(node):
            return node
        case Then(inner, _):
            return _fed_through(inner)
        case _:
            return None
