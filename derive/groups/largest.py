"""Largest: the k paths that contribute most, found without enumerating the others.

From every node, the k best ways on to the target begin with an arc and go on along one of the k best from there (the
k-best form of Bellman's recursion: Eppstein, Finding the k shortest paths, SIAM Journal on Computing 28, 1998, treats
sums; products of absolute values are sums of logarithms). Linear in T. Products that balls cannot tell apart, as exact
ties never can be, stay in the order in which paths are enumerated; only those that are 0 come in any order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, NamedTuple

from derive.errors import NetworkError
from derive.graph import TOTAL, Arc, Node
from derive.groups.groups import Accounts, Group
from derive.numbers import Evaluation, Jacobians, Number, precision
from derive.paths import Path, PathSum
from derive.shown import Seen


@dataclass(frozen=True, slots=True, repr=False)
class Ranked(Seen):
    """A path with its product, its share of Σ|products| and its part of the gradient (None: that is 0 or may be).

    ``share`` = ``|product| / Σ|products|`` over all paths; ``part`` = product / gradient, signed.
    """

    path: Path
    product: Number
    share: Number | None
    part: Number | None
    evaluation: Evaluation = field(compare=False)


class _Way(NamedTuple):
    """A way from a node to the target: its product, its first arc, where that leads, and the rank of the rest there."""

    product: Any
    arc: Arc
    tail: Node
    rank: int


def largest_paths(
    evaluation: Evaluation, target: Node, most: int, accounts: Accounts | None = None
) -> tuple[Ranked, ...]:
    """Return the ``most`` paths with the largest ``|product|``, largest first; fewer where there are fewer.

    ``accounts`` of the same example and target know already what all paths add up to. Raises `NetworkError` for a network of
    vectors, whose products are no numbers.

    >>> from derive.derivation import derive
    >>> found = largest_paths(derive("elman", 3).evaluate(), Node("w_h"), 2)
    >>> [(ranked.path.loss_step, ranked.path.lag) for ranked in found]
    [(2, 0), (3, 0)]
    """
    unrolled = evaluation.unrolled
    if not unrolled.graph.network.is_scalar:
        raise NetworkError(f"{unrolled.graph.network.where}paths are ranked for scalar networks only")
    paths, weight = PathSum(unrolled, target), Jacobians(evaluation)
    accounts = accounts or Accounts(evaluation, target)
    best: dict[Node, tuple[_Way, ...]] = {}
    with precision(evaluation.bits):
        for node in (*unrolled.nodes(), TOTAL):
            if node in paths.ways and node != target:
                ways = _ways(paths.onward(node), weight, target, best)
                best[node] = tuple(islice(_ranked(ways), most))
        found = []
        for way in best.get(TOTAL, ()):
            group = Group(1, way.product, abs(way.product))
            found.append(Ranked(_path(way, best), way.product, accounts.share(group), accounts.part(group), evaluation))
    return tuple(found)


def _ways(
    onward: Iterable[tuple[Arc, Node]], weight: Jacobians, target: Node, best: dict[Node, tuple[_Way, ...]]
) -> Iterator[_Way]:
    """Every arc continued by the best ways from where it leads, in the order of enumeration among equals."""
    for arc, tail in onward:
        if tail == target:
            yield _Way(weight(arc), arc, tail, 0)
        else:
            factor = weight(arc)
            yield from (_Way(factor * way.product, arc, tail, rank) for rank, way in enumerate(best[tail]))


def _ranked(ways: Iterable[_Way]) -> Iterator[_Way]:
    """The ways by |product|, largest first; those whose balls overlap with the first of them in the order given."""
    order = sorted(enumerate(ways), key=lambda entry: abs(entry[1].product).mid(), reverse=True)
    start = 0
    while start < len(order):
        size, stop = abs(order[start][1].product), start + 1
        while stop < len(order) and size.overlaps(abs(order[stop][1].product)):
            stop += 1
        yield from (way for _, way in sorted(order[start:stop], key=lambda entry: entry[0]))
        start = stop


def _path(way: _Way, best: dict[Node, tuple[_Way, ...]]) -> Path:
    arcs, nodes = [way.arc], [TOTAL, way.tail]
    while way.tail in best:
        way = best[way.tail][way.rank]
        arcs.append(way.arc)
        nodes.append(way.tail)
    return Path(tuple(arcs), tuple(nodes))
