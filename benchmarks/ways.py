"""Ways of enumerating paths with the product of their local partials: ours, networkx's and rustworkx's."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from types import ModuleType
from typing import Any

from derive.graph import TOTAL, Arc, Node
from derive.numbers import FLOAT, ArcWeights, Values, forward_pass
from derive.paths import PathSum, Stream

Weights = dict[tuple[Node, Node], float]
"""The local partials by the ends of the arcs that lead to the target."""
Found = tuple[int, float]
"""How many paths, and the sum of their products."""


def weights(paths: PathSum, values: Values) -> Weights:
    """The local partials as floats."""
    arcs = ArcWeights(paths.unrolled, forward_pass(paths.unrolled, values, FLOAT), FLOAT)
    nodes = (TOTAL, *paths.unrolled.nodes_from_loss())
    return {
        (node, tail): arcs.pull(arc, 1.0) for node in nodes if node in paths.ways for arc, tail in paths.onward(node)
    }


def stream(paths: PathSum, known: Weights) -> Stream:
    """Our way, from the beginning: counting the ways on and leaving out dead ends is part of it."""
    unrolled = paths.unrolled
    loss = unrolled.graph.network.loss

    def weight(arc: Arc) -> float:
        if arc.edge is None:
            return known[TOTAL, Node(loss, arc.step)]
        return known[Node(arc.edge.head, arc.step), unrolled.tail(arc.edge, arc.step)]

    return Stream(PathSum(unrolled, paths.target), weight)


def ours(paths: PathSum, known: Weights) -> Found:
    """Add up our stream."""
    number, total = 0, 0.0
    for product, _ in stream(paths, known):
        number += 1
        total += product
    return number, total


def networkx(module: ModuleType, paths: PathSum, known: Weights) -> Callable[[], Found]:
    """Return what adds up networkx's simple paths; the graph is made beforehand."""
    graph = module.DiGraph(list(known))
    return lambda: _added(module.all_simple_paths(graph, TOTAL, paths.target), known)


def rustworkx(module: ModuleType, paths: PathSum, known: Weights) -> Callable[[], Found]:
    """Return what adds up rustworkx's simple paths; the graph is made beforehand."""
    graph = module.PyDiGraph()
    place = {node: graph.add_node(node) for node in {node for pair in known for node in pair}}
    graph.add_edges_from([(place[head], place[tail], weight) for (head, tail), weight in known.items()])
    numbered = {(place[head], place[tail]): weight for (head, tail), weight in known.items()}
    ends = place[TOTAL], place[paths.target]
    return lambda: _added(module.all_simple_paths(graph, *ends), numbered)


PEERS: dict[str, Callable[[ModuleType, PathSum, Weights], Callable[[], Found]]] = {
    "networkx": networkx,
    "rustworkx": rustworkx,
}


def _added(found: Any, known: Any) -> Found:
    number, total = 0, 0.0
    for path in found:
        product = 1.0
        for arc in pairwise(path):
            product *= known[arc]
        number += 1
        total += product
    return number, total
