"""Level: at which level a graph is drawn — its equations, or its states only.

At the level of states a node is a state or the loss, and an arrow is all ways between them within a step, so it carries how
many ways it stands for. Both are rolled: arrows into a general step, each with its lag. What leads to one step for all t has
none, and stands by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from derive.equations import expression as ex
from derive.graph import Graph
from derive.report.exhibits.places import Fixed, Link

SIZED = frozenset({"ones", "components"})
"""Functions that ask of their argument how large it is, and nothing else."""
Zoom: TypeAlias = Literal["equations", "states"]


@dataclass(frozen=True)
class Level:
    """What is drawn of one step: nodes, arrows with the ways each stands for, and per parameter the nodes that use it."""

    zoom: Zoom
    names: tuple[str, ...]
    given: tuple[str, ...]
    links: Mapping[Link, int]
    uses: Mapping[str, Mapping[str, int]]
    cut: frozenset[Link | Fixed] = frozenset()
    """Arrows that carry a value but no gradient."""
    fixed: Mapping[Fixed, int] = field(default_factory=dict)
    """Arrows from one step for all t, with the ways each stands for."""

    @property
    def backward(self) -> Level:
        """The same without what is given and without arrows that carry no gradient: where paths may lead."""
        names = tuple(name for name in self.names if name not in self.given)
        links = {link: ways for link, ways in self.links.items() if link.tail in names and link not in self.cut}
        fixed = {link: ways for link, ways in self.fixed.items() if link.tail in names and link not in self.cut}
        return Level(self.zoom, names, (), links, self.uses, fixed=fixed)


def equations(graph: Graph) -> Level:
    """Every equation a node, every argument an arrow, also one that no gradient goes through, if its value matters."""
    network = graph.network
    carried = dict.fromkeys(Link(edge.tail, edge.head, edge.lag) for edge in graph.edges if edge.lag is not None)
    arguments = (
        Link(var.name, head, var.lag)
        for head, rule in network.rules.items()
        for var in _valued(rule)
        if var.lag is not None
    )
    links = dict.fromkeys((*carried, *arguments), 1)
    led = dict.fromkeys(Fixed(edge.tail, edge.head, edge.anchor) for edge in graph.edges if edge.anchor is not None)
    read = (
        Fixed(var.name, head, var.at)
        for head, rule in network.rules.items()
        for var in _valued(rule)
        if var.at is not None
    )
    fixed: dict[Fixed, int] = dict.fromkeys((*led, *read), 1)
    uses: dict[str, dict[str, int]] = {name: {} for name in network.parameters}
    for edge in graph.edges:
        if edge.lag is None and edge.anchor is None:
            uses[edge.tail][edge.head] = 1
    used = {link.tail for link in links} | {one.tail for one in fixed}
    data = tuple(name for name in network.data if name in used)
    return Level(
        "equations",
        (*data, *network.variables),
        data,
        links,
        uses,
        frozenset(links.keys() - carried.keys()) | {one for one in fixed if one not in led and one.tail not in data},
        fixed,
    )


def _valued(expr: ex.Expr) -> Iterator[ex.Var]:
    """The variables of an expression whose value matters: of some only the size does, as of the z in 𝟏."""
    if isinstance(expr, ex.Call) and expr.function in SIZED:
        return
    if isinstance(expr, ex.Var):
        yield expr
    for child in ex.children(expr):
        yield from _valued(child)


def states(graph: Graph) -> Level:
    """The states and the loss as nodes, every bundle of ways between them an arrow; data are left out."""
    network = graph.network
    read = {edge.tail for edge in graph.edges if edge.crosses}
    kept = tuple(name for name in network.variables if name in read or name in network.states or name == network.loss)
    links: dict[Link, int] = {}
    fixed: dict[Fixed, int] = {}
    uses: dict[str, dict[str, int]] = {name: {} for name in network.parameters}
    for head in kept:
        inner: dict[str, int] = {head: 1}
        for name in reversed(graph.order):
            ways = inner.pop(name, 0)
            for edge in graph.below[name] if ways else ():
                if edge.anchor is not None:
                    if edge.tail in kept:
                        led = Fixed(edge.tail, head, edge.anchor)
                        fixed[led] = fixed.get(led, 0) + ways
                elif edge.lag is None:
                    uses[edge.tail][head] = uses[edge.tail].get(head, 0) + ways
                elif edge.tail in kept:
                    link = Link(edge.tail, head, edge.lag)
                    links[link] = links.get(link, 0) + ways
                elif edge.tail in graph.below:
                    inner[edge.tail] = inner.get(edge.tail, 0) + ways
    return Level("states", kept, (), links, uses, fixed=fixed)
