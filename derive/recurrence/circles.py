"""Circles: which adjoints come back to themselves, and which of them are enough to solve for.

Adjoints that depend on one another make a circle (a strongly connected part of "looks at"). Each circle is solved by itself;
the adjoints outside that it looks at are given. Within a circle some adjoints are a core if the others do not come back to
themselves without it: then these can be put in place, and the rules of the core look at the core alone. Every circle leads
through a state, so its states are a core; one is left out as long as that leaves fewer components.

    Jordan:  s looks at a, a at y, y at s a step on, s at itself a step on: s alone is a core
    GRU:     h looks at the gates a step on, they at h: h alone
    LSTM:    c looks at h and, a step on, at itself; h, a step on, at the gates, and these at c and h: c and h
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from graphlib import CycleError, TopologicalSorter

from derive.graph import Node
from derive.network import closure
from derive.recurrence.closed_form import ClosedForm
from derive.recurrence.run import value
from derive.recurrence.tree import All, Tree, adjoints, merged, moved, replaced, spine, spread

MOST_COMPONENTS = 4
"""A column of more components is not solved for: its matrices would show nothing."""
MOST_WAYS = 24
"""Nor is a rule that is a sum of more ways than this once other adjoints are in their places."""


def circles(rules: Mapping[str, Tree], states: Collection[str]) -> tuple[tuple[str, ...], ...]:
    """Return the adjoints that depend on one another, circle by circle, all in the order of the rules."""
    needs = {name: {node.name for node in adjoints(rule)} & rules.keys() for name, rule in rules.items()}
    used: dict[str, set[str]] = {name: set() for name in rules}
    for name, others in needs.items():
        for other in others:
            used[other].add(name)
    found: dict[str, tuple[str, ...]] = {}
    for state in states:
        if state in rules and state not in found:
            both = closure(needs[state], needs.__getitem__) & closure(used[state], used.__getitem__)
            found |= dict.fromkeys(both, tuple(name for name in rules if name in both))
    return tuple(dict.fromkeys(found[name] for name in rules if name in found))


def solved(circle: tuple[str, ...], rules: Mapping[str, Tree], states: Collection[str]) -> ClosedForm | None:
    """Return the closed form of a circle for a core of its states, one after the other left out while that makes it smaller.

    None if there would be more than `MOST_COMPONENTS`, or too many ways.
    """
    core = tuple(name for name in circle if name in states)
    best = _form(core, circle, rules) if len(core) <= 2 * MOST_COMPONENTS else None
    while best is not None:
        fewer = (tuple(name for name in best.names if name != left_out) for left_out in best.names)
        forms = [form for core in fewer if core and (form := _form(core, circle, rules))]
        smallest = min(forms, key=lambda form: len(form.components), default=best)
        if len(smallest.components) >= len(best.components):
            break
        best = smallest
    return best if best and len(best.components) <= MOST_COMPONENTS else None


def _form(core: tuple[str, ...], circle: tuple[str, ...], rules: Mapping[str, Tree]) -> ClosedForm | None:
    """The closed form for a core; None if the others come back to themselves without it, or too much would have to wait."""
    trees = _in_place(core, circle, rules)
    if trees is None:
        return None
    ways = [(way, node) for tree in trees for way in spread(tree) for node in adjoints(way) if node.name in core]
    if not all(_can_wait(way, node.step or 0) for way, node in ways):
        return None
    direction = next(1 if node.step > 0 else -1 for _, node in ways if node.step)
    return ClosedForm(core, trees, direction)


def _can_wait(way: Tree, step: int) -> bool:
    """Whether a way from more than one step on takes place there, so that its value can wait."""
    return abs(step) <= 1 or all(arc.step == step for arc in spine(way)[1])


def _in_place(core: tuple[str, ...], circle: tuple[str, ...], rules: Mapping[str, Tree]) -> tuple[Tree, ...] | None:
    """The rules of a core with the others of its circle put in place; None if they go round without it, or in too many ways."""
    rest = [name for name in circle if name not in core]
    others = {name: {node.name for node in adjoints(rules[name]) if node.name in rest} for name in rest}
    try:
        order = tuple(TopologicalSorter(others).static_order())
    except CycleError:
        return None
    counts = dict.fromkeys(rules, 1)
    trees: dict[str, Tree] = {}

    def put(node: Node) -> Tree:
        return moved(trees[node.name], node.step or 0) if node.name in others else All(node)

    for name in (*order, *core):
        ways = value(rules[name], lambda _: 1, lambda node: counts.get(node.name, 1))
        if ways > MOST_WAYS:
            return None
        counts[name] = ways if name in others else 1
        trees[name] = merged(replaced(rules[name], put))
    return tuple(trees[name] for name in core)
