"""How states depend on one another: the paths between two steps, as numbers of the transfer Jacobian."""

from __future__ import annotations

import pytest
from networks import ZOO
from worked import same, worked

from derive.errors import NetworkError
from derive.graph.rolled import Graph
from derive.groups.transfer import Transfer
from derive.network.network import Network
from derive.network.toml import load, ready_made
from derive.numbers.example import precision
from derive.numbers.jacobians import Jacobians
from derive.recurrence.run import value
from derive.recurrence.transfer_entries import transfer_entries
from derive.recurrence.tree import moved

EVERY = {**ZOO, **{name: load(name) for name in ready_made()}}


def one_way(network: Network) -> bool:
    """Whether there is a transfer Jacobian."""
    try:
        return bool(Transfer(worked(network, 3)))
    except NetworkError:
        return False


@pytest.mark.parametrize("name", [name for name, network in EVERY.items() if one_way(network)])
def test_the_trees_have_the_numbers_of_the_transfer_jacobian(name: str) -> None:
    """Evaluated with local partials, each tree is the entry, or the block, that the numbers alone give."""
    transfer = Transfer(worked(EVERY[name], 3))
    jacobians = Jacobians(transfer.evaluation)
    for step in (1, 2, 3):
        blocks = {places: block for places, block in transfer.blocks(step).items() if block is not None}
        trees = transfer_entries(Graph(EVERY[name]))
        found = {}
        for (head, leaf), tree in trees.items():
            if (head, 0) not in transfer.rows:
                continue
            ago = -(leaf.step or 0) * transfer.direction - 1
            place = transfer.rows.index((head, 0)), transfer.rows.index((leaf.name, ago))
            with precision(transfer.evaluation.bits):
                found[place] = value(moved(tree, step), jacobians, lambda _: None, mirrored=True)
        assert found.keys() == blocks.keys()
        for place, block in blocks.items():
            ours, theirs = (
                entry.entries() if hasattr(entry, "entries") else [entry] for entry in (found[place], block)
            )
            assert all(map(same, ours, theirs))


def test_a_network_without_states_has_no_entries() -> None:
    """Where no variable is used at another step there is no entry."""
    network = Network(
        name="none", equations={"h": "w*x[t]", "l": "h[t]**2"}, parameters=("w",), inputs=("x",), loss="l"
    )
    assert transfer_entries(Graph(network)) == {}
