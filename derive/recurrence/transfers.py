"""Transfer entries: how a state depends on the states of other steps — every path between them, within one step's equations.

The derivative of v_t by a state u_{t−k} that some equation of step t looks at, with everything of step t in between
followed and everything before held fixed, is an entry of the transfer Jacobian (`transfer` has its numbers). Trees are
mirrored, as in `forward_accumulation`: ``Then(inner, arc)`` is the arc followed by every path of inner, and ``All(u)`` ends
there.
"""

from __future__ import annotations

from dataclasses import dataclass

from derive.equations import expression as ex
from derive.graph import Arc, Edge, Graph, Node
from derive.recurrence.tree import All, Then, Tree, along, either, spine, terms


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry: its paths, and how many they are; written out they may be as many as two to the number of equations."""

    tree: Tree
    count: int

    def path(self, end: int) -> Tree:
        """Its first path, at the end 0, or its last, −1."""
        tree = self.tree
        onward: list[Arc] = []
        while not isinstance(tree, All):
            tree, arcs = spine(terms(tree)[end])
            onward += reversed(arcs)
        return along(tree, reversed(onward))


def transfer_entries(graph: Graph) -> dict[tuple[str, Node], Entry]:
    """Return per state and state of another step that it depends on, relative to step t, all paths between them.

    Trees have what they share in common, and are made in as many steps as the graph has arcs, for each such state.

    >>> from derive.network import load
    >>> [(name, node.name, node.step) for name, node in transfer_entries(Graph(load("lstm-scalar")))]
    [('c', 'c', -1), ('c', 'h', -1), ('h', 'c', -1), ('h', 'h', -1)]
    """
    edges = [edge for edge in graph.edges if edge.tail in graph.below]
    states = dict.fromkeys(edge.tail for edge in edges if edge.crosses)
    leaves = dict.fromkeys(_leaf(edge) for edge in edges if edge.crosses)
    order = {name: place for place, name in enumerate(graph.order)}
    ordered = sorted(leaves, key=lambda node: (not node.step, -(node.step or 0), order[ex.anchor(node.name)[0]]))
    ending = {leaf: _ending(graph, leaf) for leaf in ordered}
    return {
        (name, leaf): ending[leaf][name]
        for name in graph.order
        if name in states
        for leaf in ordered
        if name in ending[leaf]
    }


def _ending(graph: Graph, leaf: Node) -> dict[str, Entry]:
    """The paths from each variable, through variables of the same step, that end at a state of another step."""
    found: dict[str, Entry] = {}
    for name in graph.order:
        parts: list[Tree] = []
        count = 0
        for edge in graph.below[name]:
            onward = None if edge.crosses else found.get(edge.tail)
            if edge.crosses and _leaf(edge) == leaf:
                onward = Entry(All(leaf), 1)
            if onward is not None:
                parts.append(Then(onward.tree, Arc(edge, 0)))
                count += onward.count
        if parts:
            found[name] = Entry(either(parts), count)
    return found


def _leaf(edge: Edge) -> Node:
    """Where an edge from step t leads at another step; at one step for all t under a name of its own, ``h[1]``."""
    return Node(edge.tail, -(edge.lag or 0)) if edge.anchor is None else Node(edge.collected, 0)
