"""Worked examples for tests: any network on balls, and what balls have to be to count as equal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from derive.graph.rolled import Graph
from derive.graph.unrolled import Unrolled
from derive.network.network import Given, Network
from derive.numbers.example import Evaluation, precision
from derive.numbers.values import resolve
from derive.recurrence.recurrence import Recurrence

BITS = 400


def worked(network: Network, steps: int, given: Mapping[str, Given] | None = None) -> Evaluation:
    """Return a worked example at a fixed precision, without asking for digits to print."""
    graph = Graph(network)
    return Evaluation(Unrolled(graph, steps), Recurrence(graph), resolve(network, steps, given), 4, BITS)


def entries(value: Any) -> list[Any]:
    """Return the components of a number or an array."""
    return list(value.flat) if hasattr(value, "flat") else [value]


def same(ours: Any, theirs: Any) -> bool:
    """Whether two balls, or arrays of them, have a number in common, and are small enough to mean it."""
    pairs = zip(entries(ours), entries(theirs), strict=True)
    with precision(BITS):
        return all(
            bool(one.overlaps(other)) and bool(abs(one - other) < 1e-30 * (1 + abs(one).mid())) for one, other in pairs
        )


def total(values: list[Any], zero: Any) -> Any:
    """Return a sum of balls or arrays of them."""
    with precision(BITS):
        for value in values:
            zero = zero + value
        return zero
