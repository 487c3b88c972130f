"""Ways: in how many ways each node leads to a target, counted by dynamic programming from the first step on.

    ways(u) = Σ over the arcs from u to an argument v of ways(v),   ways(target) = 1

Numbers stand in a list per variable, place by place for its steps, so that long sequences cost a few additions a step.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from derive.equations import expression as ex
from derive.graph import TOTAL, Edge, Node, Unrolled


@dataclass(frozen=True, slots=True)
class Ways:
    """Per node that leads to a target, in how many ways it does: the target in one, TOTAL in as many as there are paths.

    >>> from derive.graph import Graph
    >>> from derive.network import load
    >>> ways = ways_to(Unrolled(Graph(load("elman")), 3), Node("w_h"))
    >>> ways[Node("h", 3)], ways.get(TOTAL), Node("x", 1) in ways
    (3, 6, False)
    """

    target: Node
    total: int
    columns: Mapping[str, list[int]]
    margin: int
    """A step stands so many places further on, that states before step 1 have room."""

    def get(self, node: Node, default: int = 0) -> int:
        """In how many ways a node leads to the target."""
        name, step = node
        if step is None:
            return int(node == self.target) or (self.total if node == TOTAL else 0) or default
        column, place = self.columns.get(name), step + self.margin
        return (column[place] if column and 0 <= place < len(column) else 0) or default

    def __getitem__(self, node: Node) -> int:
        """The same; raise `KeyError` for a node that does not lead there."""
        if found := self.get(node):
            return found
        raise KeyError(node)

    def __contains__(self, node: Node) -> bool:
        """Whether a node leads to the target."""
        return self.get(node) > 0


def ways_to(unrolled: Unrolled, target: Node) -> Ways:
    """Return in how many ways each node leads to a target; for a parameter it is found once."""
    key = ("ways", target)
    if key in unrolled.known:
        known: Ways = unrolled.known[key]
        return known
    found = _counted(unrolled, target)
    if target.step is None:
        unrolled.known[key] = found
    return found


def _counted(unrolled: Unrolled, target: Node) -> Ways:
    graph, last = unrolled.graph, unrolled.steps
    margin = max((abs(edge.lag or 0) for edge in graph.edges), default=0)
    columns = {name: [0] * (last + 2 * margin + 1) for name in {*graph.below, target.name}}
    if target.step is not None and 1 - margin <= target.step <= last + margin:
        columns[target.name][target.step + margin] = 1
    for sweep in graph.sweeps:
        plan = [(columns[name], *_summands(unrolled, graph.below[name], target, columns)) for name in sweep.names]
        places = range(1 + margin, last + margin + 1)
        for place in places if sweep.direction == 1 else reversed(places):
            for here, count, onward in plan:
                for column, lag in onward:
                    count += column[place - lag]  # noqa: PLW2901 - as plain as can be: T may be large
                if count:
                    here[place] = count
    loss = columns[graph.network.loss]
    penalty = sum(tail == target for _, tail in unrolled.penalty_arcs)
    return Ways(target, penalty + sum(loss[step + margin] for step in unrolled.loss_steps), columns, margin)


def _summands(
    unrolled: Unrolled, edges: tuple[Edge, ...], target: Node, columns: Mapping[str, list[int]]
) -> tuple[int, list[tuple[list[int], int]]]:
    """What the arcs of an equation lead to at every step alike, and the columns, with their lags, that change with it."""
    alike, onward = 0, []
    for edge in edges:
        if edge.lag is not None:
            onward += [(columns[edge.tail], edge.lag)] if edge.tail in columns else []
        elif edge.anchor is None:
            alike += Node(edge.tail) == target
        elif edge.tail in columns:
            margin = (len(columns[edge.tail]) - unrolled.steps - 1) // 2
            alike += columns[edge.tail][ex.step_of(edge.anchor, unrolled.steps) + margin]
    return alike, onward
