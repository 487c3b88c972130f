"""Jacobian: the local partial of an arc as something to multiply by — a ball, or for vectors a matrix of balls.

A path's product is then the product of its arcs from L on: an adjoint is a row, the local partial of v by u the Jacobian
∂⁺vᵢ/∂uⱼ (numerator layout; a matrix u counts as its entries, row by row). Rows and matrices are Arb's, multiplied in C.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from derive.equations import ONE
from derive.graph import Arc, Graph, Node
from derive.numbers.entries import Number, entries, shape_of, shaped_like
from derive.numbers.example import Evaluation, precision
from derive.numbers.once import once


@dataclass(frozen=True)
class Jacobians:
    """The local partials of a worked example, arc by arc: numbers for a scalar network, matrices otherwise.

    >>> from derive.derivation import derive
    >>> jacobians = Jacobians(derive("elman-vector", 2).evaluate())
    >>> edge = jacobians.evaluation.unrolled.graph.below["a"][0]
    >>> edge.tail, jacobians.size(Node("W_x")), jacobians(Arc(edge, 2)).nrows(), jacobians(Arc(edge, 2)).ncols()
    ('W_x', 6, 2, 6)
    """

    evaluation: Evaluation

    @cached_property
    def scalar(self) -> bool:
        """Whether every weight is a number."""
        return self.evaluation.unrolled.graph.network.is_scalar

    @once
    def _weights(self) -> dict[tuple[int, int], Any]:
        return self.evaluation.weights.jacobians

    def __call__(self, arc: Arc) -> Any:
        """Return the weight of an arc."""
        key = arc.key
        if key not in self._weights:
            with precision(self.evaluation.bits):
                self._weights[key] = self._weight(arc)
        return self._weights[key]

    def _weight(self, arc: Arc) -> Any:
        one = self.evaluation.system.exact(ONE.value)
        if arc.edge.from_total:
            weight = self.evaluation.weights.pull(arc, one)
            return weight if self.scalar else self._matrix([entries(weight)])
        if self.scalar:
            return self.evaluation.weights.factor(arc.edge, arc.step)
        head = self.evaluation.value(Node(arc.edge.head, arc.step))
        return self._matrix([entries(self.evaluation.weights.pull(arc, row)) for row in _basis(head, one)])

    def _matrix(self, rows: list[tuple[Any, ...]]) -> Any:
        from flint import arb_mat  # noqa: PLC0415 - loaded only when numbers are asked for

        if not self.evaluation.traced:
            return arb_mat(rows)
        from derive.numbers.traced import TracedMatrix  # noqa: PLC0415 - seldom needed

        return TracedMatrix(tuple(rows))

    def shaped(self, value: Any, target: Node) -> Number:
        """Return a row of derivatives by a target in the target's own shape; None, no path at all, is 0."""
        model = self.evaluation.value(target)
        if value is None:
            return model * 0
        shaped: Number = value if self.scalar else shaped_like(model, value.entries())
        return shaped

    def size(self, node: Node) -> int:
        """Return how many components a node has."""
        return math.prod(shape_of(self.evaluation.value(node)))


def written_out(graph: Graph, sizes: Mapping[str, int]) -> int:
    """Return how many numbers the Jacobians of one step have, zeros too.

    >>> from derive.network import load
    >>> written_out(Graph(load("elman-vector")), {"n": 10, "d": 5, "m": 2})
    1918
    """
    network = graph.network

    def size(name: str) -> int:
        return math.prod(sizes.get(each, 1) for each in network.shape(name))

    return sum(size(edge.head) * size(edge.tail) for edge in graph.edges)


def _basis(model: Number, one: Number) -> list[Number]:
    """The unit adjoints of a value of that shape."""
    size = len(entries(model))
    return [shaped_like(model, (one if place == at else 0 * one for place in range(size))) for at in range(size)]
