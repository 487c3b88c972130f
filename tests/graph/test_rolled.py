"""The rolled graph: what depends on what, and which way states run."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from hypothesis import given, settings
from networks import ZOO, networks

from derive.equations import expression as ex
from derive.equations.expression import Var, variables
from derive.graph.rolled import Graph
from derive.network.network import Network
from derive.network.toml import load

MIXED = Path(__file__).parents[1] / "faults" / "networks"
every_network = pytest.mark.parametrize("network", ZOO.values(), ids=ZOO.keys())


def power(network: Network) -> set[tuple[str, str]]:
    """Which variable depends on which name, by composing the relation of the equations with itself until nothing is new."""
    once = {(name, var.name) for name, rule in network.rules.items() for var in variables(rule)}
    found = set(once)
    while True:
        more = found | {(one, last) for one, middle in found for other, last in once if middle == other}
        if more == found:
            return found
        found = more


def assert_dependence(network: Network) -> None:
    """What is needed by a variable, and what depends on a name, is the equations' relation carried on to its end."""
    graph, related = Graph(network), power(network)
    edges = {(edge.head, edge.tail) for edge in graph.edges}
    for name in network.variables:
        found = graph.needed_by(name)
        assert found <= {name, *(tail for head, tail in related if head == name)}
        assert all(edge_tail in found for head, edge_tail in edges if head in found)
        assert all(name in graph.depending_on(other) for other in found)
    for one, other in itertools.product(network.variables, repeat=2):
        assert (other in graph.needed_by(one)) == (one in graph.depending_on(other))


@every_network
def test_what_is_needed_and_what_depends(network: Network) -> None:
    """The two directions of dependence say the same, and follow every edge."""
    assert_dependence(network)


@settings(max_examples=30, deadline=None)
@given(networks())
def test_dependence_in_random_networks(network: Network) -> None:
    """The same for random networks."""
    assert_dependence(network)


def test_variables_that_the_loss_does_not_depend_on() -> None:
    """A variable that is only written down is not reached, and parameters and data are not counted among variables."""
    graph = Graph(ZOO["no path"])
    assert graph.reached == {"h", "l"}
    assert graph.needed_by("l") == {"l", "h", "w", "x"}
    assert graph.needed_by("h", "log_only") == {"h", "log_only", "w", "x", "idle"}


@pytest.mark.parametrize(
    ("name", "direction"), [("tanh", 1), ("two lags", 1), ("bidirectional", None), ("stacked directions", None)]
)
def test_the_direction_of_states(name: str, direction: int | None) -> None:
    """1 where all states run forwards, None where some run either way."""
    assert Graph(ZOO[name]).direction == direction


@pytest.mark.parametrize(
    ("equation", "direction"),
    [("b[t+1] + x[t]", -1), ("b[t-1] + x[t]", 1), ("x[t]", 1), ("b[t-1] + x[t+1]", 1), ("b[t+1] + x[t-1]", -1)],
)
def test_the_direction_of_one_state(equation: str, direction: int) -> None:
    """−1 where all run backwards; without a state nothing does, and data may be looked at ahead and behind."""
    initial = {name: 0 for name in "bx" if f"{name}[t+" in equation or f"{name}[t-" in equation}
    network = Network(
        name="one",
        equations={"b": f"w*({equation})", "l": "b[t]**2"},
        parameters=("w",),
        inputs=("x",),
        loss="l",
        initial=initial,
    )
    assert Graph(network).direction == direction


@pytest.mark.parametrize("name", ["bidirectional", "narx", "elman-vector", "softmax", "mixed-vector"])
def test_a_local_partial_at_a_step_is_that_of_t_with_all_its_steps_moved(name: str) -> None:
    """Be it a matrix, an input, a vector to spread or to gather: what is pulled back at step 3 is what is pulled back at t."""
    own = MIXED / f"{name}.toml"
    for edge in Graph(load(own if own.exists() else name)).edges:
        general, third = Var("λ", 0), Var("λ", -3)
        assert edge.at(3).pull(third) == ex.shift(edge.partial.pull(general), 3)
