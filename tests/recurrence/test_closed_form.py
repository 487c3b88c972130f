"""Closed forms: where there is one, and that written out it is the set of paths."""

from __future__ import annotations

from dataclasses import replace

import pytest
from networks import ZOO, unrolled

from derive.graph.rolled import Graph
from derive.graph.unrolled import Node
from derive.network.network import Network
from derive.paths.paths import PathSum
from derive.paths.words import Words
from derive.recurrence.recurrence import Recurrence
from derive.recurrence.run import words
from derive.recurrence.tree import Then

every_network = pytest.mark.parametrize("network", ZOO.values(), ids=ZOO.keys())


@every_network
@pytest.mark.parametrize("steps", [1, 2, 3, 6])
def test_closed_forms_written_out_are_the_paths(network: Network, steps: int) -> None:
    """Where there is a closed form, Σ and Π written out for a T are exactly the paths to the adjoint."""
    graph = unrolled(network, steps)
    recurrence = Recurrence(graph.graph)
    found = recurrence.adjoints(graph, Words.letter, Words())
    for name in recurrence.rules:
        form = recurrence.closed_form(name)
        for step in range(1, steps + 1) if form else ():
            tree = form.at(graph, step) if form else None
            assert words(tree, found.__getitem__) == PathSum(graph, Node(name, step)).words


@pytest.mark.parametrize(
    ("name", "forms"),
    [
        ("tanh", {"h": 1}),
        ("long lags", {}),
        ("coupled", {}),
        ("output feedback", {"y": 1}),
        ("gates", {}),
        ("two lags", {"h": 1}),
        ("bidirectional", {"f": 1, "b": -1}),
        ("running loss", {"h": 1, "l": 1}),
    ],
)
def test_there_is_a_closed_form_where_an_adjoint_meets_itself_once(name: str, forms: dict[str, int]) -> None:
    """One step at a time and no other adjoint in the circle: then there is a closed form, in that direction."""
    recurrence = Recurrence(Graph(ZOO[name]))
    found = {name: recurrence.closed_form(name) for name in recurrence.rules}
    assert {name: form.direction for name, form in found.items() if form} == forms


def test_a_damaged_closed_form_is_not_the_paths() -> None:
    """A closed form whose transfer is off by a factor is found out."""
    graph = unrolled(ZOO["tanh"], 3)
    recurrence = Recurrence(graph.graph)
    form = recurrence.closed_form("h")
    assert form is not None
    assert isinstance(form.transfer, Then)
    wrong = replace(form, transfer=form.transfer.inner).at(graph, 1)
    assert wrong is not None
    found = recurrence.adjoints(graph, Words.letter, Words())
    assert words(wrong, found.__getitem__) != PathSum(graph, Node("h", 1)).words
