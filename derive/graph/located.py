"""Located: a node that a user names is one of the unrolled graph, or an error says which there are."""

from __future__ import annotations

import re
from typing import Final

from derive.equations import Var, plain
from derive.errors import NetworkError
from derive.graph.unrolled import TOTAL, Node, Unrolled
from derive.network import suggestion

_PLACE: Final = re.compile(r"(?P<name>\w+)(?:\[(?P<step>-?\d+)\])?")


def read_node(text: str) -> Node:
    """Return the node that a text names, ``w_h`` or ``h[2]``; raise `NetworkError` if it names none."""
    found = _PLACE.fullmatch(text.strip())
    if found is None:
        raise NetworkError(f"{text!r} names no node; write a parameter, such as w_h, or a variable with its step, h[2]")
    return Node(found["name"], None if found["step"] is None else int(found["step"]))


def located(unrolled: Unrolled, node: Node, *, differentiated: bool = True) -> Node:
    """Return a node of an unrolled graph: a variable, datum or initial state at a step, a parameter, or L.

    Raises `NetworkError` that says which there are, or that nothing is ``differentiated`` by a constant.

    >>> from derive.graph.rolled import Graph
    >>> from derive.network import load
    >>> located(Unrolled(Graph(load("elman")), 3), Node("h", 4))
    Traceback (most recent call last):
    ...
    derive.errors.NetworkError: elman.toml: h needs a step from 0 to 3
    """
    node = Node(plain(node.name), node.step)
    network = unrolled.graph.network
    if node == TOTAL or (unrolled.is_node(node) and not (differentiated and network.is_known(Var(node.name, None)))):
        return node
    if node.name in network.anchored:
        raise NetworkError(f"{network.where}{node.name} is at step {unrolled.anchor(node.name).step}, and at no other")
    known = (*network.timeless, *network.variables, *network.data)
    if node.name not in known:
        raise NetworkError(f"{network.where}there is no {node.name}{suggestion(node.name, known)}")
    if node.name in network.constants:
        raise NetworkError(
            f"{network.where}{node.name} is a constant, by which nothing is differentiated; declare it under parameters"
        )
    if differentiated and node.name in network.fixed:
        raise NetworkError(
            f"{network.where}{node.name} is read at one step for all t, and by such data no derivative is taken"
        )
    before, after = network.reach.get(node.name, (0, 0))
    needs = f"needs a step from {1 - before} to {unrolled.steps + after}"
    raise NetworkError(f"{network.where}{node.name} {'has no step' if node.name in network.parameters else needs}")
