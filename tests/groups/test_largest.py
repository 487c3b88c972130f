"""The largest paths, against all paths sorted."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from networks import ZOO, networks
from worked import same, worked

from derive.derivation import derive
from derive.errors import NetworkError
from derive.graph.unrolled import Node, targets
from derive.groups.largest import largest_paths
from derive.network.toml import load
from derive.numbers.example import Evaluation, precision
from derive.paths.paths import PathSum

SLOW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def assert_largest(evaluation: Evaluation, target: Node, most: int) -> None:
    """The largest paths are those of the enumeration, stably sorted."""
    paths = list(PathSum(evaluation.unrolled, target))
    with precision(evaluation.bits):
        sizes = [abs(evaluation.product(path)) for path in paths]
    found = largest_paths(evaluation, target, most)
    assert len(found) == min(most, len(paths))
    words = [path.word for path in paths]
    ranks = [words.index(ranked.path.word) for ranked in found]
    assert len(set(ranks)) == len(ranks)
    assert all(same(ranked.product, evaluation.product(ranked.path)) for ranked in found)
    for rank, next_rank in itertools.pairwise(ranks):
        tied = sizes[rank].overlaps(sizes[next_rank])
        assert sizes[rank] > sizes[next_rank] or (tied and (rank < next_rank or sizes[rank].contains(0)))
    others = [size for place, size in enumerate(sizes) if place not in ranks]
    if ranks:
        assert all(not size > sizes[ranks[-1]] for size in others)


@SLOW
@given(networks(), st.integers(1, 3), st.integers(1, 7))
def test_largest_paths(network: Any, steps: int, most: int) -> None:
    """The k largest paths are the first k of all paths sorted by |product|, ties other than 0 in the order of enumeration."""
    evaluation = worked(network, steps)
    for target in targets(evaluation.unrolled):
        assert_largest(evaluation, target, most)


def test_ties_stay_in_order() -> None:
    """Where all products are equal, the largest are the first."""
    evaluation = worked(ZOO["running loss"], 5, {"w": 1, "decay": 1, "x": 0, "h_0": 0})
    paths = list(PathSum(evaluation.unrolled, Node("h", 1)))
    found = largest_paths(evaluation, Node("h", 1), 3)
    assert [ranked.path.word for ranked in found] == [path.word for path in paths[:3]]
    assert found[0].share is None


def test_largest_of_a_long_sequence() -> None:
    """Of the paths of an LSTM over 200 steps, too many to enumerate, the largest five have falling shares."""
    evaluation = derive("lstm-scalar", 200).evaluate()
    shares = [float(ranked.share) for ranked in largest_paths(evaluation, Node("w_hf"), 5) if ranked.share is not None]
    assert len(shares) == 5
    assert shares == sorted(shares, reverse=True)
    assert 0 < shares[-1] < shares[0] < 1


def test_vectors_are_not_ranked() -> None:
    """Products of matrices have no magnitude to rank by."""
    with pytest.raises(NetworkError, match="scalar networks only"):
        largest_paths(worked(load("elman-vector"), 2), Node("W_h"), 1)
