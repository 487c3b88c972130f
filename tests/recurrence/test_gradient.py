"""Gradients: one derivative in every form."""

from __future__ import annotations

import pytest
from networks import ZOO, derivation, symbolic, unrolled

from derive.graph.unrolled import targets
from derive.network.network import Network
from derive.paths.words import Words
from derive.recurrence.gradient import Gradient
from derive.recurrence.recurrence import Recurrence
from derive.recurrence.run import summed
from derive.recurrence.tree import either, expression

every_network = pytest.mark.parametrize("network", ZOO.values(), ids=ZOO.keys())


def test_a_gradient_knows_the_closed_forms_it_uses() -> None:
    """The forward weight of a bidirectional network needs the adjoint of the forward state alone."""
    found = derivation(ZOO["bidirectional"], 3)
    assert [form.names for form in found.gradients["w"].closed_forms] == [("f",)]
    assert [form.names for form in found.gradients["v"].closed_forms] == [("b",)]
    assert found.gradients["u"].closed_forms == ()
    assert [form.names for form in derivation(ZOO["running loss"], 3).gradients["w"].closed_forms] == [("l",), ("h",)]


@every_network
def test_every_form_is_the_same_set_of_paths(network: Network) -> None:
    """Path sum, stages and terms of a gradient are one set of paths."""
    graph = unrolled(network, 3)
    recurrence = Recurrence(graph.graph)
    adjoints = recurrence.adjoints(graph, Words.letter, Words())
    for target in targets(graph):
        gradient = Gradient(target, recurrence, graph)
        assert summed(gradient.terms, Words.letter, adjoints.__getitem__, zero=Words()) == gradient.path_sum.words
        assert all(stage.holds() for stage in gradient.steps)


@every_network
def test_what_is_summed(network: Network) -> None:
    """By a parameter the summand has a term per use at general t; by an initial state it is the whole gradient."""
    graph = unrolled(network, 3)
    recurrence = Recurrence(graph.graph)
    for target in targets(graph):
        gradient = Gradient(target, recurrence, graph)
        uses = recurrence.gradient(target.name) if target.step is None else gradient.terms
        assert symbolic(gradient.summand) == symbolic(expression(either(uses)))
