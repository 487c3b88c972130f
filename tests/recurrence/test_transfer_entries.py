"""How states depend on one another: the paths between two steps, as numbers of the transfer Jacobian."""

from __future__ import annotations

import pytest
from large import triangle
from networks import ZOO
from worked import same, worked

from derive.errors import NetworkError
from derive.graph.rolled import Graph
from derive.graph.unrolled import Node
from derive.groups.transfer import Transfer
from derive.network.network import Network
from derive.network.toml import from_toml, load, ready_made
from derive.numbers.example import precision
from derive.numbers.jacobians import Jacobians
from derive.recurrence.run import value
from derive.recurrence.transfers import transfer_entries
from derive.recurrence.tree import moved, spine, spread

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
        entries = transfer_entries(Graph(EVERY[name]))
        found = {}
        for (head, leaf), entry in entries.items():
            if (head, 0) not in transfer.rows:
                continue
            ago = -(leaf.step or 0) * transfer.direction - 1
            place = transfer.rows.index((head, 0)), transfer.rows.index((leaf.name, ago))
            with precision(transfer.evaluation.bits):
                found[place] = value(moved(entry.tree, step), jacobians, lambda _: None, mirrored=True)
        assert found.keys() == blocks.keys()
        for place, block in blocks.items():
            ours, theirs = (
                number.entries() if hasattr(number, "entries") else [number] for number in (found[place], block)
            )
            assert all(map(same, ours, theirs))


def test_a_network_without_states_has_no_entries() -> None:
    """Where no variable is used at another step there is no entry."""
    network = Network(
        name="none", equations={"h": "w*x[t]", "l": "h[t]**2"}, parameters=("w",), inputs=("x",), loss="l"
    )
    assert transfer_entries(Graph(network)) == {}


def test_an_entry_of_many_paths_is_made_at_once_and_has_their_ends() -> None:
    """Within a step 2²⁹ paths are counted, the first and the last given, and nothing is written out."""
    (entry,) = transfer_entries(Graph(from_toml(triangle(), "triangle", "triangle.toml"))).values()
    length = len(spine(entry.path(-1))[1])
    assert entry.count == 2 ** (length - 2)
    assert len(spine(entry.path(0))[1]) == 2
    few = transfer_entries(Graph(load("lstm-scalar")))["h", Node("h", -1)]
    assert [few.path(0), few.path(-1)] == [spread(few.tree)[0], spread(few.tree)[-1]]
    assert few.count == len(spread(few.tree))
