"""Accounting: counts and sums of groups of paths, against the paths enumerated one by one."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from networks import ZOO, networks
from samples import networks as sample_networks
from samples import random_values
from worked import same, total, worked

from derive.errors import NetworkError
from derive.graph.rolled import Graph
from derive.graph.unrolled import Node, targets
from derive.groups.groups import Accounts, Group, edges_named
from derive.network.toml import from_toml, load
from derive.numbers.example import Evaluation, precision
from derive.paths.paths import Path, PathSum

SLOW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def crossings(path: Path) -> int:
    """How many arcs of a path lead to another step."""
    return sum(1 for _ in crossed(path))


def crossed(path: Path) -> Iterator[Node]:
    """The nodes at which a path gets to another step, along an arrow between two steps."""
    return (
        tail for head, tail in pairwise(path.nodes) if None not in {head.step, tail.step} and head.step != tail.step
    )


def states_crossed(path: Path) -> frozenset[str]:
    """The states at which a path gets to another step."""
    return frozenset(node.name for node in crossed(path))


PENALTY = "penalty"
KEYS: dict[str, Callable[[Path], Any]] = {
    "by_loss": lambda path: path.loss_step,
    "by_use": lambda path: path.use_step,
    "by_lag": lambda path: path.lag,
    "by_steps": lambda path: (path.loss_step, path.use_step),
    "by_crossings": crossings,
    "by_states": states_crossed,
}


def enumerated(evaluation: Evaluation, target: Node, key: Callable[[Path], Any]) -> dict[Any, Group]:
    """The groups by brute force."""
    groups: dict[Any, list[Any]] = {}
    for path in PathSum(evaluation.unrolled, target):
        groups.setdefault(key(path), []).append(evaluation.product(path))
    zero = evaluation.value(target) * 0
    scalar = evaluation.unrolled.graph.network.is_scalar
    with precision(evaluation.bits):
        return {
            key: Group(len(found), total(found, zero), total([abs(value) for value in found], zero) if scalar else None)
            for key, found in groups.items()
        }


def every_group(accounts: Accounts, method: str) -> dict[Any, Group]:
    """The groups of a grouping, and that of the penalty's path, if there is one."""
    return getattr(accounts, method)() | ({PENALTY: accounts.penalty} if accounts.penalty else {})


def enumerated_by(evaluation: Evaluation, target: Node, method: str) -> dict[Any, Group]:
    """The same by brute force."""
    return enumerated(evaluation, target, lambda path: PENALTY if path.is_penalty else KEYS[method](path))


def equal(ours: Group, theirs: Group) -> bool:
    """Whether two groups have the same count, sum and magnitude."""
    both = ours.magnitude is None and theirs.magnitude is None
    return (
        ours.count == theirs.count and same(ours.sum, theirs.sum) and (both or same(ours.magnitude, theirs.magnitude))
    )


def assert_accounts_hold(evaluation: Evaluation, target: Node) -> None:
    """Every grouping equals the enumeration, and adds up to the whole."""
    accounts = Accounts(evaluation, target)
    for method in KEYS:
        ours, theirs = every_group(accounts, method), enumerated_by(evaluation, target, method)
        assert ours.keys() == theirs.keys(), method
        assert all(equal(ours[group], theirs[group]) for group in ours), method
        assert sum(group.count for group in ours.values()) == accounts.whole.count
    assert same(accounts.whole.sum, evaluation.gradient(target))


@pytest.mark.parametrize("name", ZOO)
def test_groups_are_the_enumerated_paths(name: str) -> None:
    """Each group has the paths, the sum and the magnitude that enumeration finds, for every target."""
    for steps in (1, 4):
        evaluation = worked(ZOO[name], steps)
        for target in targets(evaluation.unrolled):
            assert_accounts_hold(evaluation, target)


@SLOW
@given(st.one_of(networks(), networks(one_step=True)), st.integers(1, 3), st.data())
def test_groups_of_random_networks(network: Any, steps: int, data: st.DataObject) -> None:
    """The same for random networks, and any parameter, variable or initial state as the target."""
    evaluation = worked(network, steps)
    unrolled = evaluation.unrolled
    inside = [Node(name, step) for name in network.variables for step in range(1, steps + 1)]
    target = data.draw(st.sampled_from([*targets(unrolled), *inside]))
    accounts = Accounts(evaluation, target)
    for method in KEYS:
        ours, theirs = every_group(accounts, method), enumerated_by(evaluation, target, method)
        assert ours.keys() == theirs.keys(), method
        assert all(equal(ours[group], theirs[group]) for group in ours), method


@SLOW
@given(sample_networks(vectors=True), st.integers(1, 3), st.integers(0, 99))
def test_groups_of_vectors(network: Any, steps: int, seed: int) -> None:
    """For vectors the sums of groups are arrays, equal to those of the enumerated paths."""
    evaluation = worked(network, steps, random_values(network, steps, seed))
    for target in targets(evaluation.unrolled)[-3:]:
        if PathSum(evaluation.unrolled, target).count < 200:
            assert_accounts_hold(evaluation, target)


@SLOW
@given(networks(), st.integers(1, 3), st.data())
def test_edges_split_the_paths(network: Any, steps: int, data: st.DataObject) -> None:
    """Paths through some edges, and paths that change step by some edges only, are those that enumeration says."""
    evaluation = worked(network, steps)
    edges = evaluation.unrolled.graph.edges
    chosen = data.draw(st.frozensets(st.sampled_from(edges)))
    target = data.draw(st.sampled_from(targets(evaluation.unrolled)))
    accounts = Accounts(evaluation, target)
    used = enumerated(evaluation, target, lambda path: any(arc.edge in chosen for arc in path.arcs))
    only = enumerated(
        evaluation, target, lambda path: all(arc.edge in chosen for arc in path.arcs if arc.edge and arc.edge.lag)
    )
    nothing = Group(0, evaluation.value(target) * 0, evaluation.value(target) * 0)
    through, staying = accounts.through(chosen), accounts.only(chosen)
    for ours, theirs in ((through.those, used.get(True)), (through.others, used.get(False))):
        assert equal(ours, theirs or nothing)
    for ours, theirs in ((staying.those, only.get(True)), (staying.others, only.get(False))):
        assert equal(ours, theirs or nothing)


def test_forget_gate_of_an_lstm() -> None:
    """An LSTM's forget gate has 14,166,632,180,785 paths over 20 steps; 210 of them stay with the cell state."""
    evaluation = worked(load("lstm-scalar"), 20)
    accounts = Accounts(evaluation, Node("fbar", 1))
    weight = Accounts(evaluation, Node("w_hf"))
    assert weight.whole.count == 14_166_632_180_785
    assert sum(group.count for group in weight.by_crossings().values()) == 14_166_632_180_785
    assert weight.only(edges_named(evaluation.unrolled.graph, "c -> c")).those.count == 210
    ways = weight.by_states()
    assert set(ways) == {frozenset(), frozenset("c"), frozenset("h"), frozenset("ch")}
    assert [ways[frozenset(names)].count for names in ((), "c")] == [20, 190]
    assert accounts.whole.count < weight.whole.count
    assert same(weight.whole.sum, evaluation.gradient(Node("w_hf")))


def test_shares_and_parts_add_up() -> None:
    """Shares of a grouping add up to 1, and so do parts."""
    evaluation = worked(load("lstm-scalar"), 6)
    accounts = Accounts(evaluation, Node("w_hf"))
    groups = list(accounts.by_lag().values())
    with precision(evaluation.bits):
        assert sum(accounts.share(group) for group in groups).overlaps(accounts.share(accounts.whole))
        assert sum(accounts.part(group) for group in groups).contains(1)


def test_only_the_lags_asked_for() -> None:
    """Asking for lags 0 to 3 and 6 gives those of all lags; a lag without paths is absent."""
    accounts = Accounts(worked(load("lstm-scalar"), 7), Node("w_hf"))
    every, some = accounts.by_lag(), accounts.by_lag([6, 3, 2, 1, 0, 9, -1])
    assert list(some) == [0, 1, 2, 3, 6]
    assert all(equal(group, every[lag]) for lag, group in some.items())


@SLOW
@given(networks(), st.integers(1, 4), st.sets(st.integers(-1, 4)))
def test_lags_asked_for_of_random_networks(network: Any, steps: int, lags: set[int]) -> None:
    """The same for random networks and lags."""
    evaluation = worked(network, steps)
    for target in targets(evaluation.unrolled):
        accounts = Accounts(evaluation, target)
        every, some = accounts.by_lag(), accounts.by_lag(lags)
        assert list(some) == sorted(every.keys() & lags)
        assert all(equal(group, every[lag]) for lag, group in some.items())


def test_lags_of_states_that_run_backwards() -> None:
    """Where a state runs backwards lags are negative, and may be asked for as well."""
    accounts = Accounts(worked(ZOO["bidirectional"], 3), Node("v"))
    every = accounts.by_lag()
    assert list(every) == [-2, -1, 0]
    assert equal(accounts.by_lag([-1])[-1], every[-1])


def test_by_lag_of_a_long_sequence() -> None:
    """Over 300 steps the 45,150 paths of an Elman network add up to the gradient, lag by lag."""
    evaluation = worked(load("elman"), 300)
    groups = Accounts(evaluation, Node("w_h")).by_lag()
    assert [group.count for group in groups.values()] == list(range(300, 0, -1))
    assert same(total([group.sum for group in groups.values()], evaluation.loss * 0), evaluation.gradient(Node("w_h")))


def test_edges_are_named_as_paths_go() -> None:
    """``h -> h @ 2`` is one edge, ``* -> h`` all that lead to h; what matches nothing is an error."""
    graph = Graph(ZOO["long lags"])
    assert [edge.lag for edge in edges_named(graph, "h -> h @ 2")] == [2]
    assert {edge.lag for edge in edges_named(graph, "h → h")} == {2, 3}
    assert {(edge.head, edge.tail) for edge in edges_named(Graph(load("elman")), "y -> h")} == {("y", "h")}
    with pytest.raises(NetworkError, match="no edge is 'w -> h'"):
        edges_named(graph, "w -> h")


def test_two_groups_together() -> None:
    """Counts, sums and magnitudes of different paths add up; without magnitudes, of vectors, there is none."""
    evaluation = worked(load("elman"), 3)
    accounts = Accounts(evaluation, Node("w_h"))
    with precision(evaluation.bits):
        near, far, beyond = accounts.by_lag().values()
        both = near + far + beyond
    assert both.count == accounts.whole.count
    assert same(both.sum, accounts.whole.sum)
    assert same(both.magnitude, accounts.whole.magnitude)


CANCELLING = """
    parameters = ["w"]
    inputs = ["x"]
    loss = "l"
    equations.l = "w*sin(x[t])"
    values = { w = 1, x = [1, -1, 2] }
"""


def test_shares_are_of_all_absolute_values_and_parts_of_the_gradient() -> None:
    """Of sin 1, −sin 1 and sin 2 each has a share by its size; parts carry signs, and the last is the whole gradient."""
    evaluation = worked(from_toml(CANCELLING, "cancels", "cancels.toml"), 3)
    accounts = Accounts(evaluation, Node("w"))
    sines = [math.sin(1), -math.sin(1), math.sin(2)]
    for group, sine in zip(accounts.by_use().values(), sines, strict=True):
        assert float(accounts.share(group)) == pytest.approx(abs(sine) / sum(map(abs, sines)))
        assert float(accounts.part(group)) == pytest.approx(sine / sum(sines))


def test_there_is_no_part_of_a_gradient_that_cancels() -> None:
    """Where sin 1 and −sin 1 add up to 0 nothing has a part, but each has half of the absolute values."""
    evaluation = worked(from_toml(CANCELLING, "cancels", "cancels.toml"), 2, {"x": [1, -1]})
    accounts = Accounts(evaluation, Node("w"))
    for group in accounts.by_use().values():
        assert accounts.part(group) is None
        assert float(accounts.share(group)) == pytest.approx(0.5)
