"""Transfer Jacobians: against derivatives between state vectors, and the lags of a gradient."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import numpy as np
import pytest
from fixed_steps import FIXED
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from networks import ZOO, networks
from samples import networks as sample_networks
from samples import random_values
from worked import entries, worked

from derive.errors import NetworkError
from derive.graph.rolled import Graph
from derive.graph.unrolled import Node
from derive.groups.groups import Accounts
from derive.groups.transfer import Transfer, norm, radius
from derive.network.network import Network
from derive.network.toml import load

SLOW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def assert_adjoints_cross(network: Network, steps: int, given_values: dict[str, object] | None = None) -> None:
    """With the loss at the last step only, the row dL/dz crosses a step by multiplication with F."""
    evaluation = worked(replace(network, loss_at="last"), steps, given_values)  # type: ignore[arg-type]
    transfer = Transfer(evaluation)

    def adjoint(name: str, step: int, ago: int) -> np.ndarray:
        """What later steps than ``step`` give the value of a state: its paths by arcs of later steps."""
        node = Node(name, step - ago)
        rows = [group.sum for use, group in Accounts(evaluation, node).by_use().items() if use > step]
        like = evaluation.value(node)
        total = sum(rows, like * 0)
        return np.array([float(entry) for entry in (total.flat if hasattr(total, "flat") else [total])])

    def row(step: int) -> np.ndarray:
        """The adjoints of a state vector by later steps only."""
        return np.concatenate([adjoint(name, step, ago) for name, ago in transfer.rows])

    if transfer.rows and steps > 2:
        found = row(steps - 1) @ transfer.matrix(steps - 1)
        assert np.allclose(found, row(steps - 2), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", [name for name in ZOO if Graph(ZOO[name]).direction == 1])
def test_adjoints_cross_a_step(name: str) -> None:
    """An adjoint of a state vector times F_t is that of the state vector before."""
    assert_adjoints_cross(ZOO[name], 4)


@SLOW
@given(networks())
def test_adjoints_of_random_networks_cross_a_step(network: Network) -> None:
    """The same for random networks, with several states and lags up to 2."""
    assert_adjoints_cross(network, 4)


@SLOW
@given(sample_networks(vectors=True), st.integers(0, 99))
def test_adjoints_of_vectors_cross_a_step(network: Network, seed: int) -> None:
    """The same for vectors, whose blocks are matrices."""
    assert_adjoints_cross(network, 3, random_values(network, 3, seed))


def test_elman_by_hand() -> None:
    """For Elman's network F_t = w_h (1 − h_t²), and the product over lags is the product of these."""
    evaluation = worked(load("elman"), 5)
    transfer = Transfer(evaluation)
    factors = [1 - float(evaluation.value(Node("h", step))) ** 2 for step in range(1, 6)]
    assert [found.norm for found in transfer.crossings()] == pytest.approx(factors)
    expected = [sum(math.log10(factor) for factor in factors[5 - lag :]) for lag in range(5)]
    assert [reach.product for reach in transfer.lags()] == pytest.approx(expected)
    assert [reach.radius for reach in transfer.lags()] == pytest.approx(expected)


def test_contributions_are_the_sums_by_lag() -> None:
    """A lag's contribution is the size of the sum of its paths, in decimal logarithms."""
    evaluation = worked(load("elman-vector"), 5)
    target = Node("W_h")
    groups = Accounts(evaluation, target).by_lag()
    for reach in Transfer(evaluation).lags(target):
        size = math.sqrt(sum(float(entry) ** 2 for entry in groups[reach.lag].sum.flat))
        assert reach.contribution == (pytest.approx(math.log10(size)) if size else float("-inf"))


def test_products_too_small_for_floats() -> None:
    """Over 700 steps the product of Elman's factors is below 10⁻³⁰⁸, and has a logarithm all the same."""
    last = list(Transfer(worked(load("elman"), 700)).products())[-1]
    assert -2000 < last[0] < -400
    assert last[0] == pytest.approx(last[1])


def test_norm_and_radius() -> None:
    """A nilpotent matrix has a norm and no radius; a rotation has both 1."""
    assert (norm(np.array([[0.0, 5.0], [0.0, 0.0]])), radius(np.array([[0.0, 5.0], [0.0, 0.0]]))) == (5.0, 0.0)
    assert radius(np.array([[0.0, -1.0], [1.0, 0.0]])) == pytest.approx(1)


def test_states_in_both_directions() -> None:
    """With states in both directions there is no state vector."""
    with pytest.raises(NetworkError, match="both directions"):
        Transfer(worked(ZOO["bidirectional"], 3))


@pytest.mark.parametrize("name", ["elman-vector", "lstm-scalar", "narx"])
def test_products_are_multiplied_from_the_last_step_back(name: str) -> None:
    """At lag d the norm and the radius are those of F_T F_{T−1} ⋯ F_{T−d+1}, in this order."""
    transfer = Transfer(worked(load(name), 5))
    product = np.eye(len(transfer.matrix(1)))
    for lag, (length, largest) in enumerate(transfer.products()):
        if lag:
            product = product @ transfer.matrix(6 - lag)
        assert 10**length == pytest.approx(np.sqrt(np.max(np.linalg.eigvalsh(product.T @ product))))
        assert 10**largest == pytest.approx(np.max(np.abs(np.linalg.eigvals(product))), abs=1e-12)


def test_norm_and_radius_of_a_matrix() -> None:
    """The largest singular value, which no entry alone shows, and the largest absolute eigenvalue, complex ones included."""
    turned = np.array([[0.0, -2.0], [2.0, 0.0]])
    assert norm(np.diag([3.0, -4.0])) == pytest.approx(4)
    assert norm(turned) == pytest.approx(2)
    assert radius(turned) == pytest.approx(2)
    assert radius(np.array([[0.0, 5.0], [0.0, 0.0]])) == 0


@pytest.mark.parametrize("name", FIXED)
@pytest.mark.parametrize("steps", [4, 5])
def test_a_state_at_one_step_is_handed_on_by_a_memory(name: str, steps: int) -> None:
    """Where a state is read at one step for all t, F_t is that of the same network with a memory that keeps the state."""
    pair = FIXED[name]
    values = pair.values(steps, 1)
    transfer = Transfer(worked(pair.network(), steps, values))
    memory = Transfer(worked(pair.network(kept=True), steps, pair.kept(values, steps)))

    def places(rows: tuple[tuple[str, int], ...]) -> list[int]:
        """Where the entries of some rows stand in those of the network with a memory."""
        sizes = [len(entries(memory.evaluation.value(Node(row, 1)))) for row, _ in memory.rows]
        begins = [sum(sizes[:place]) for place in range(len(sizes) + 1)]
        at = {row: range(*begins[place : place + 2]) for place, row in enumerate(memory.rows)}
        return [place for row, ago in rows for place in at["m" if row in transfer.kept else row, ago]]

    assert transfer.kept == ((f"h[{pair.step}]",) if pair.step else ())
    chosen = places(transfer.rows)
    for step in range(1, steps + 1):
        expected = memory.matrix(step)[np.ix_(chosen, chosen)]
        assert np.allclose(transfer.matrix(step), expected, rtol=1e-12, atol=1e-15), step


@pytest.mark.parametrize("at", ["h[T]", "h[3]"])
def test_a_state_read_before_it_is_computed(at: str) -> None:
    """Where a state is read at steps before its own, no state vector holds it."""
    equations = {"h": "tanh(w*h[t-1] + x[t])", "l": f"({at} - h[t])**2/2"}
    network = Network(
        name="ahead",
        equations=equations,
        parameters=("w",),
        inputs=("x",),
        loss="l",
        initial={"h": 0},
        values={"w": 1, "x": {"cycle": [1, 2]}},
    )
    with pytest.raises(NetworkError, match=re.escape(f"{at} is read at steps before it is computed")):
        Transfer(worked(network, 4))
