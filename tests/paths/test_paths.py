"""Paths: counted, grouped and enumerated, compared with a plain depth-first search over the equations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import islice, pairwise

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import ZOO, derivation, every_path, networks, symbolic, unrolled
from samples import apart

from derive.derivation import derive
from derive.equations import expression as ex
from derive.errors import NetworkError
from derive.graph.unrolled import TOTAL, Arc, Node, Unrolled, targets
from derive.network.network import Network
from derive.network.toml import from_toml, load
from derive.numbers.compile import compiled
from derive.paths.paths import Path, PathSum, pull, pull_along

every_network = pytest.mark.parametrize("network", ZOO.values(), ids=ZOO.keys())


def lags(paths: list[tuple[Node, ...]]) -> Counter[int]:
    """How many paths there are of each lag, from their nodes; a path that passes no loss has none."""
    stepped = (path for path in paths if path[1].step is not None)
    return Counter((path[1].step or 0) - (path[-2].step or path[1].step or 0) for path in stepped)


@every_network
@pytest.mark.parametrize("steps", [1, 2, 3, 4])
def test_paths_are_those_of_a_plain_search(network: Network, steps: int) -> None:
    """The enumerated paths to every parameter and initial state are those that a search of the equations finds."""
    graph = unrolled(network, steps)
    for target in targets(graph):
        expected = every_path(network, steps, target)
        found = PathSum(graph, target)
        assert Counter(path.nodes for path in found) == Counter(expected)
        assert found.count == len(found) == len(expected)
        assert bool(found) == bool(expected)


@every_network
@pytest.mark.parametrize("steps", [1, 3, 4])
def test_paths_to_any_node_are_those_of_a_plain_search(network: Network, steps: int) -> None:
    """The same holds for every variable and datum at every step, initial states included."""
    graph = unrolled(network, steps)
    for name in (*network.variables, *network.data):
        for step in range(-1, steps + 3):
            node = Node(name, step)
            if graph.is_node(node):
                assert Counter(path.nodes for path in PathSum(graph, node)) == Counter(every_path(network, steps, node))


@every_network
@pytest.mark.parametrize("steps", [1, 2, 4])
def test_counts_by_lag_need_no_enumeration_and_agree_with_it(network: Network, steps: int) -> None:
    """Counting by lag and by the two steps gives what sorting the enumerated paths gives."""
    graph = unrolled(network, steps)
    every_node = (Node(name, step) for name in network.variables for step in range(1, steps + 1))
    for target in (*targets(graph), *every_node):
        found = PathSum(graph, target)
        assert found.by_lag() == lags(every_path(network, steps, target))
        assert list(found.by_lag()) == sorted(found.by_lag())
        stepped = (path for path in found if not path.is_penalty)
        assert found.by_steps() == Counter((path.loss_step, path.use_step) for path in stepped)


@settings(max_examples=40, deadline=None)
@given(st.one_of(networks(), networks(one_step=True)))
def test_counts_agree_on_random_networks(network: Network) -> None:
    """Count, lags and enumeration agree on networks nobody thought of."""
    graph = unrolled(network, 3)
    for target in targets(graph):
        expected = every_path(network, 3, target)
        found = PathSum(graph, target)
        assert found.count == len(expected)
        assert found.by_lag() == lags(expected)
        assert Counter(path.nodes for path in found) == Counter(expected)


def test_paths_come_in_the_order_of_the_loss_and_then_of_the_lag() -> None:
    """For one state with lag 1, paths are listed as a teacher lists them: by loss step, shortest first."""
    paths = PathSum(unrolled(load("elman"), 4), Node("w_h"))
    steps = [(path.loss_step, path.use_step) for path in paths]
    assert steps == [(loss, use) for loss in range(1, 5) for use in range(loss, 0, -1)]


@every_network
def test_from_each_node_the_nearest_step_comes_first(network: Network) -> None:
    """Losses in the order of their step, the penalty last; at a fork, arcs to the target first, then the shortest in time."""
    for target in targets(unrolled(network, 3)):
        keys = []
        for path in PathSum(unrolled(network, 3), target):
            turns = zip(path.nodes[1:], path.nodes[2:], path.arcs[1:], strict=False)
            keys.append([path.is_penalty, path.loss_step])
            keys[-1] += [
                number
                for here, there, arc in turns
                for number in (
                    there != target,
                    abs((here.step or 0) - (there.step or here.step or 0)),
                    arc.key[0],
                )
            ]
        assert keys == sorted(keys)


@every_network
@pytest.mark.parametrize("steps", [1, 3])
def test_a_path_is_had_by_its_place(network: Network, steps: int) -> None:
    """Each path is found by its place in the order of enumeration, from either end, and there is none beyond."""
    graph = unrolled(network, steps)
    for target in (*targets(graph), Node(network.loss, steps)):
        paths = PathSum(graph, target)
        every = list(paths)
        assert [paths[place] for place in range(paths.count)] == every
        assert [paths[place] for place in range(-paths.count, 0)] == every
        for place in (paths.count, -paths.count - 1):
            with pytest.raises(IndexError, match=f"no path {place} of {paths.count}"):
                paths[place]


@settings(max_examples=40, deadline=None)
@given(st.one_of(networks(), networks(one_step=True)))
def test_places_of_random_networks(network: Network) -> None:
    """The same for networks nobody thought of."""
    for target in targets(unrolled(network, 3)):
        paths = PathSum(unrolled(network, 3), target)
        assert [paths[place] for place in range(paths.count)] == list(paths)


@every_network
def test_an_arc_has_the_paths_that_run_along_it(network: Network) -> None:
    """How many paths run along each arc is what counting the listed ones gives, 0 on any other."""
    graph = unrolled(network, 3)
    for target in targets(graph):
        paths = PathSum(graph, target)
        listed = Counter(pair for path in paths for pair in pairwise(path.nodes))
        arcs = Counter((head, tail) for head in (*graph.nodes(), TOTAL) for _, tail in graph.below(head))
        assert {arc: often * paths.along(*arc) for arc, often in arcs.items()} == {arc: listed[arc] for arc in arcs}


def test_the_last_of_many_paths() -> None:
    """The last path of an LSTM over 300 steps, whose number has hundreds of digits, goes back all the way."""
    paths = PathSum(unrolled(load("lstm-scalar"), 300), Node("w_hf"))
    assert paths.count > 10**150
    assert (paths[-1].loss_step, paths[paths.count - 1].use_step) == (300, 1)


def test_a_path_knows_its_steps_factors_and_product() -> None:
    """The path l_3 → y_3 → h_3 → a_3 → h_2 → a_2 → w_h uses w_h at step 2, one step before its loss."""
    paths = list(PathSum(unrolled(load("elman"), 3), Node("w_h")))
    path = next(path for path in paths if (path.loss_step, path.use_step) == (3, 2))
    assert [f"{node.name}{node.step or ''}" for node in path.nodes] == ["L", "l3", "y3", "h3", "a3", "h2", "a2", "w_h"]
    assert path.lag == 1
    assert len(path.factors) == 6
    expected = sympy.sympify("w_h*w_y*(1 - h_2**2)*(1 - h_3**2)*h_1*(y_3 - yhat_3)")
    assert str(symbolic(path.product)) == str(expected)
    assert symbolic(ex.mul(*path.factors)) == symbolic(path.product)


@every_network
def test_pulling_along_a_path_is_pulling_arc_by_arc(network: Network) -> None:
    """The product of a whole path is that of its arcs one after the other."""
    graph = unrolled(network, 3)
    for target in targets(graph):
        for path in PathSum(graph, target):
            product = ex.ONE
            for arc in path.arcs:
                product = pull(arc, product)
            assert symbolic(pull_along(path.arcs, ex.ONE)) == symbolic(product)


def test_every_path_begins_at_the_loss() -> None:
    """Paths to L itself are refused: there is nothing to walk."""
    with pytest.raises(NetworkError, match="every path begins at L"):
        PathSum(unrolled(load("elman"), 2), TOTAL)


def test_a_parameter_without_a_path_has_none() -> None:
    """A parameter that the loss does not depend on has no paths, at any lag."""
    found = PathSum(unrolled(ZOO["no path"], 5), Node("idle"))
    assert (found.count, list(found), found.by_lag(), found.by_steps(), bool(found)) == (0, [], {}, {}, False)


def test_paths_of_an_lstm_are_counted_where_nobody_could_list_them() -> None:
    """The forget gate of an LSTM has 14,166,632,180,785 paths at T = 20; the first of them come at once."""
    paths = derivation(load("lstm-scalar"), 20).paths("w_hf")
    assert paths.count == sum(paths.by_lag().values()) == 14_166_632_180_785
    assert [path.loss_step for path in islice(paths, 3)] == [1, 2, 2]


@pytest.mark.parametrize("steps", [1_000, 10_000])
def test_a_plain_network_has_a_triangular_number_of_paths(steps: int) -> None:
    """Counting at T = 1,000 and 10,000 is exact, and by lag too: T − k paths of lag k."""
    paths = derivation(load("elman"), steps).paths("w_h")
    assert paths.count == steps * (steps + 1) // 2
    assert paths.by_lag() == {lag: steps - lag for lag in range(steps)}


def test_paths_of_two_directions_have_lags_of_two_signs() -> None:
    """The forward state of a bidirectional network is used before its loss, the backward state after it."""
    found = derivation(ZOO["bidirectional"], 40)
    assert found.paths("w").by_lag() == {lag: 40 - lag for lag in range(40)}
    assert found.paths("v").by_lag() == {-lag: 40 - lag for lag in range(39, -1, -1)}


def test_a_loss_at_the_end_has_one_path_of_each_lag() -> None:
    """With the loss at step T only, each use of the recurrent weight is the end of one path."""
    assert derivation(ZOO["last"], 1_000).paths("u").by_lag() == dict.fromkeys(range(1_000), 1)


def test_the_longest_path_of_a_thousand_steps_has_a_product() -> None:
    """A path of three thousand arcs is walked, multiplied out and named without recursion in T."""
    graph = unrolled(ZOO["last"], 1_000)
    path = _last(PathSum(graph, Node("u")))
    assert path.lag == 999
    assert len(path.word) == 1_002
    assert isinstance(path.product, ex.Mul | ex.Neg)


def _last(paths: PathSum) -> Path:
    *_, last = paths
    return last


@pytest.mark.parametrize(("name", "label"), [("elman-vector", "W_h"), ("softmax", "W_x"), ("narx", "w_1")])
def test_the_product_of_a_path_is_what_its_arcs_come_to(name: str, label: str) -> None:
    """As mathematics, of vectors too, the product of a path has the value that its local partials have, one after the other."""
    derived = derive(name, 3)
    evaluation = derived.evaluate()
    for path in derived.paths(label):
        found = compiled(path.product, evaluation.system)(evaluation.storage, 0)
        assert apart(found, evaluation.product(path)) < 1e-13


def test_paths_of_a_network_that_runs_backwards_are_sorted_as_enumerated() -> None:
    """Where every state looks at the step after it, the paths by lag and by steps are those enumerated."""
    text = """
        parameters = ["w", "v"]
        inputs = ["x"]
        loss = "l"
        equations.b = "tanh(w*b[t+1] + x[t])"
        equations.l = "v*b[t]**2"
        initial.b = 0
        values = { w = 1, v = 1, x = 1 }
    """
    graph = unrolled(from_toml(text, "backwards", "backwards.toml"), 4)
    for name in ("w", "v"):
        paths = PathSum(graph, Node(name))
        assert paths.by_steps() == Counter((path.loss_step, path.use_step) for path in paths)
        assert paths.by_lag() == Counter(path.lag for path in paths)


@pytest.mark.parametrize("name", ["bidirectional", "bidirectional-classifier", "seq-bidirectional-lstm"])
def test_paths_in_both_directions_are_counted_in_one_walk(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """For all parameters together each node is looked at a few times, however many steps there are: not once for every loss."""
    looked = Counter[str]()
    below = Unrolled.below

    def counted(self: Unrolled, node: Node) -> Iterator[tuple[Arc, Node]]:
        looked[node.name] += 1
        return below(self, node)

    monkeypatch.setattr(Unrolled, "below", counted)
    graph = unrolled(load(name), 60)
    for target in targets(graph):
        PathSum(graph, target).by_lag()
    assert max(looked.values()) <= 4 * 60
