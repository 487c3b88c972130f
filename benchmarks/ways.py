"""Ways of enumerating paths with the product of their local partials: ours, networkx's and rustworkx's.

An answer is the number of paths and the sum of their products.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

from derive.derivation import derive
from derive.graph import TOTAL, Arc, Node
from derive.numbers import FLOAT, ArcWeights, forward_pass, resolve
from derive.paths import PathSum, Stream

Weights = dict[tuple[Node, Node], float]
"""The local partials by the ends of the arcs that lead to the target."""


def partials(name: str, target: str, steps: int) -> tuple[PathSum, Weights]:
    """All paths to a parameter, and the local partials on them as floats, at the network's own values."""
    derivation = derive(name, steps)
    paths = PathSum(derivation.unrolled, Node(target))
    values = forward_pass(derivation.unrolled, resolve(derivation.network, steps), FLOAT)
    arcs = ArcWeights(derivation.unrolled, values, FLOAT)
    nodes = (TOTAL, *derivation.unrolled.nodes_from_loss())
    known = {
        (node, tail): arcs.pull(arc, 1.0) for node in nodes if node in paths.ways for arc, tail in paths.onward(node)
    }
    return paths, known


def stream(paths: PathSum, known: Weights) -> Stream:
    """Our way, from the beginning: counting the ways on and leaving out dead ends is part of it."""
    unrolled = paths.unrolled

    def weight(arc: Arc) -> float:
        head = TOTAL if arc.edge.from_total else Node(arc.edge.head, arc.step)
        return known[head, unrolled.tail(arc.edge, arc.step)]

    return Stream(PathSum(unrolled, paths.target), weight)


def ours(name: str, target: str, steps: int) -> Callable[[], list[float]]:
    """Return what adds up our stream; deriving the network and its local partials is the set-up."""
    paths, known = partials(name, target, steps)

    def added() -> list[float]:
        number, total = 0, 0.0
        for product, _ in stream(paths, known):
            number += 1
            total += product
        return [number, total]

    return added


def networkx(paths: PathSum, known: Weights) -> Callable[[], list[float]]:
    """Return what adds up networkx's simple paths; making the graph is the set-up."""
    import networkx as nx

    graph = nx.DiGraph(list(known))
    return lambda: _added(nx.all_simple_paths(graph, TOTAL, paths.target), known)


def rustworkx(paths: PathSum, known: Weights) -> Callable[[], list[float]]:
    """Return what adds up rustworkx's simple paths; making the graph is the set-up."""
    import rustworkx as rx

    graph = rx.PyDiGraph()
    place = {node: graph.add_node(node) for node in {node for pair in known for node in pair}}
    graph.add_edges_from([(place[head], place[tail], weight) for (head, tail), weight in known.items()])
    numbered = {(place[head], place[tail]): weight for (head, tail), weight in known.items()}
    ends = place[TOTAL], place[paths.target]
    return lambda: _added(rx.all_simple_paths(graph, *ends), numbered)


def _added(found: Any, known: Any) -> list[float]:
    number, total = 0, 0.0
    for path in found:
        product = 1.0
        for arc in pairwise(path):
            product *= known[arc]
        number += 1
        total += product
    return [number, total]
