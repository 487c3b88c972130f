"""Transfer entries: how a state depends on the states of other steps — every path between them, within one step's equations.

The derivative of v_t by a state u_{t−k} that some equation of step t looks at, with everything of step t in between
followed and everything before held fixed, is an entry of the transfer Jacobian (`transfer` has its numbers). Trees are
mirrored, as in `forward_accumulation`: ``Then(inner, arc)`` is the arc followed by every path of inner, and ``All(u)`` ends
there.
"""

from __future__ import annotations

from derive.graph import Arc, Graph, Node
from derive.recurrence.forward_accumulation import pruned
from derive.recurrence.tree import All, Then, Tree, adjoints, either, merged, moved, replaced


def transfer_entries(graph: Graph) -> dict[tuple[str, Node], Tree]:
    """Return per state and state of another step that it depends on, relative to step t, all paths between them.

    >>> from derive.network import load
    >>> [(name, node.name, node.step) for name, node in transfer_entries(Graph(load("lstm-scalar")))]
    [('c', 'c', -1), ('c', 'h', -1), ('h', 'c', -1), ('h', 'h', -1)]
    """
    trees: dict[str, Tree] = {}
    for name in graph.order:
        trees[name] = merged(replaced(_arguments(graph, name), lambda node: _put(node, trees)))
    states = dict.fromkeys(edge.tail for edge in graph.edges if edge.lag and edge.tail in graph.below)
    found: dict[tuple[str, Node], Tree] = {}
    for name in (name for name in graph.order if name in states):
        for leaf in sorted(adjoints(trees[name]), key=lambda node: (-(node.step or 0), graph.order.index(node.name))):
            tree = pruned(trees[name], lambda node, leaf=leaf: node == leaf)  # type: ignore[misc]  # bound at once
            if tree is not None:
                found[name, leaf] = tree
    return found


def _arguments(graph: Graph, name: str) -> Tree:
    """The paths of one arc to each variable that an equation looks at."""
    edges = [edge for edge in graph.below[name] if edge.tail in graph.below]
    return either(Then(All(Node(edge.tail, -(edge.lag or 0))), Arc(edge, 0)) for edge in edges)


def _put(node: Node, trees: dict[str, Tree]) -> Tree:
    """Go on through a variable of the same step; stop at one of another step."""
    return All(node) if node.step else moved(trees[node.name], 0)
