"""Segments: sums over paths from state to state, against the enumerated paths."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import ZOO, networks, unrolled

from derive.graph.unrolled import Arc, Node, Unrolled, targets
from derive.network.network import Network
from derive.paths.paths import Path, PathSum
from derive.paths.ring import add_to
from derive.paths.segments import Segments, crossing
from derive.paths.words import Words

every_network = pytest.mark.parametrize("network", ZOO.values(), ids=ZOO.keys())


def sorted_words(graph: Unrolled, target: Node, key: Callable[[Path], Any]) -> dict[Any, Words]:
    """The enumerated paths by a key, without that of a penalty, which has no step."""
    found: dict[Any, Words] = {}
    for path in PathSum(graph, target):
        if path.is_penalty:
            continue
        add_to(found, key(path), Words.of([path.word]))
    return found


def crossings(path: Path) -> int:
    """How many arcs of a path lead to another step."""
    return sum(None not in {head.step, tail.step} and head.step != tail.step for head, tail in pairwise(path.nodes))


def assert_segments_hold(graph: Unrolled, target: Node) -> None:
    """From the losses on, pair by pair, and from the target up: always the enumerated paths, sorted as they are asked for."""
    segments = Segments(graph, target, Words.letter, partial(crossing, steps=graph.steps))
    arrived, stopped = segments.run(segments.start(graph.loss_steps))
    assert not stopped
    sums: dict[tuple[int, int], Words] = {}
    for step, grade, value in (*segments.direct, *arrived):
        add_to(sums, (step, grade), value)
    assert sums == sorted_words(graph, target, lambda path: (path.use_step, crossings(path)))
    pairs: dict[tuple[int, int], Words] = {}
    for loss, use, value in Segments(graph, target, Words.letter).pairs():
        add_to(pairs, (loss, use), value)
    assert pairs == sorted_words(graph, target, lambda path: (path.loss_step, path.use_step))
    back = {(loss, grade): value for loss, graded in segments.back().items() for grade, value in graded.items()}
    assert back == sorted_words(graph, target, lambda path: (path.loss_step, crossings(path)))


@every_network
def test_segments_give_the_enumerated_paths(network: Network) -> None:
    """For every target of every network, as sets of paths."""
    graph = unrolled(network, 3)
    for target in targets(graph):
        assert_segments_hold(graph, target)


@settings(max_examples=25, deadline=None)
@given(st.one_of(networks(), networks(one_step=True)), st.integers(1, 4))
def test_segments_of_random_networks(network: Network, steps: int) -> None:
    """The same for random networks, and for a variable at a step."""
    graph = unrolled(network, steps)
    for target in (*targets(graph), Node(network.variables[0], 1)):
        assert_segments_hold(graph, target)


@pytest.mark.parametrize("first", [1, 2, 3, 5])
def test_a_run_that_stops_can_go_on(first: int) -> None:
    """What stops before a step and goes on later adds to what has arrived; no path is lost or taken twice."""
    graph = unrolled(ZOO["two lags"], 5)
    segments = Segments(graph, Node("w"), Words.letter)
    arrived, stopped = segments.run(segments.start([4, 5]), first)
    assert all(arrival.step >= first for arrival in arrived)
    later, _ = segments.run(stopped)
    found: Counter[Any] = Counter()
    for arrival in (*arrived, *later):
        found.update(arrival.value.terms)
    assert found == Counter(path.word for path in PathSum(graph, Node("w")) if path.loss_step in {4, 5})


def test_pairs_from_a_step_on() -> None:
    """Given the first step to look at per loss, uses before it are left out, and only these."""
    graph = unrolled(ZOO["tanh"], 6)
    found = {(loss, use) for loss, use, _ in Segments(graph, Node("w_h"), lambda _: 1).pairs(lambda loss: loss - 2)}
    assert found == {(loss, use) for loss in range(1, 7) for use in range(max(1, loss - 2), loss + 1)}


def test_a_grade_may_be_a_set() -> None:
    """With the union for addition a grade says which edges a path uses at all."""
    graph = unrolled(ZOO["coupled"], 3)

    def edge(arc: Arc) -> int:
        return 0 if arc.edge.from_total else 1 << arc.edge.index

    segments = Segments(graph, Node("a"), lambda _: 1, edge, int.__or__)
    arrived, _ = segments.run(segments.start(graph.loss_steps))
    found: Counter[int] = Counter()
    for arrival in arrived:
        found[arrival.grade] += arrival.value
    expected: Counter[int] = Counter()
    for path in PathSum(graph, Node("a")):
        used = 0
        for arc in path.arcs:
            used |= edge(arc)
        expected[used] += 1
    assert found == expected


def test_the_path_to_a_loss_is_there_in_every_direction() -> None:
    """From L to the loss of step 2 there is one path, of one arc, whichever way it is added up."""
    graph = unrolled(ZOO["tanh"], 3)
    segments = Segments(graph, Node("l", 2), lambda _: 1)
    assert [(one.step, one.value) for one in segments.direct] == [(2, 1)]
    assert segments.back() == {2: {0: 1}}
    assert list(segments.pairs()) == [(2, 2, 1)]
