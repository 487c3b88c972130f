"""Jacobians: products of matrices along a path are the path's product."""

from __future__ import annotations

import pytest
from samples import random_values
from worked import same, worked

from derive.graph.unrolled import Node, targets
from derive.network.toml import load, ready_made
from derive.numbers.entries import entries
from derive.numbers.example import precision
from derive.numbers.jacobians import Jacobians
from derive.paths.paths import PathSum


@pytest.mark.parametrize("name", ready_made())
def test_the_product_of_the_matrices_is_that_of_the_path(name: str) -> None:
    """Multiplied from L on, and shaped like the target, the local partials along a path give its value."""
    network = load(name)
    evaluation = worked(network, 2, random_values(network, 2, 5))
    jacobians = Jacobians(evaluation)
    for target in targets(evaluation.unrolled):
        for path in list(PathSum(evaluation.unrolled, target))[-3:]:
            with precision(evaluation.bits):
                product, *others = map(jacobians, path.arcs)
                for other in others:
                    product = product * other
                assert same(jacobians.shaped(product, target), evaluation.product(path))


def test_rows_and_columns_are_entries() -> None:
    """A matrix of a local partial has a row per component of its head and a column per entry of its tail."""
    evaluation = worked(load("elman-vector"), 2)
    jacobians = Jacobians(evaluation)
    for node in evaluation.unrolled.nodes():
        for arc, tail in evaluation.unrolled.below(node):
            matrix = jacobians(arc)
            assert (matrix.nrows(), matrix.ncols()) == (jacobians.size(node), jacobians.size(tail))


def test_no_path_is_zero_in_the_shape_of_the_target() -> None:
    """None, no path at all, becomes 0, entry by entry."""
    evaluation = worked(load("elman-vector"), 2)
    nothing = Jacobians(evaluation).shaped(None, Node("W_h"))
    assert all(entry == 0 for entry in entries(nothing))
    assert nothing.shape == evaluation.value(Node("W_h")).shape
