"""Closed forms: where there is one, that written out it is the set of paths, that its matrices stand in the order stated."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
from functools import reduce
from typing import TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import ZOO, networks, unrolled
from samples import networks as sample_networks
from samples import random_values
from worked import BITS, same, worked

from derive.graph.rolled import Graph
from derive.graph.unrolled import Node, Unrolled
from derive.network.network import Network
from derive.network.toml import load, ready_made
from derive.numbers.entries import Ball
from derive.numbers.example import Evaluation, precision
from derive.paths.paths import PathSum
from derive.paths.words import Words
from derive.recurrence.closed_form import ClosedForm
from derive.recurrence.recurrence import Recurrence
from derive.recurrence.run import value, words
from derive.recurrence.tree import Tree, either, moved, terms

NETWORKS = {**{name: load(name) for name in ready_made()}, **ZOO}
every_network = pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS.keys())
WordMatrix: TypeAlias = list[list[Words]]
ONE = Words.of([()])


def are_the_paths(graph: Unrolled, forms: tuple[ClosedForm, ...]) -> bool:
    """Whether closed forms written out are exactly the paths to each adjoint that they are for."""
    found = Recurrence(graph.graph).adjoints(graph, Words.letter, Words())
    nodes = [(form, Node(name, step)) for form in forms for name in form.names for step in range(1, graph.steps + 1)]
    return all(words(form.at(graph, node), found.__getitem__) == PathSum(graph, node).words for form, node in nodes)


@every_network
@pytest.mark.parametrize("steps", [1, 2, 3, 4])
def test_closed_forms_written_out_are_the_paths(network: Network, steps: int) -> None:
    """Where there is a closed form, Σ and Π written out for a T are exactly the paths to each of its adjoints."""
    graph = unrolled(network, steps)
    assert are_the_paths(graph, Recurrence(graph.graph).closed_forms)


@settings(deadline=None)
@given(st.one_of(networks(), networks(one_step=True)), st.integers(1, 4))
def test_closed_forms_of_random_networks_are_the_paths(network: Network, steps: int) -> None:
    """Whatever states look at one another, at whatever lags: a closed form is the set of paths."""
    graph = unrolled(network, steps)
    assert are_the_paths(graph, Recurrence(graph.graph).closed_forms)


@given(sample_networks(vectors=True), st.integers(1, 3))
def test_closed_forms_of_random_vector_networks_are_the_paths(network: Network, steps: int) -> None:
    """Of vectors too, whose factors do not commute."""
    graph = unrolled(network, steps)
    assert are_the_paths(graph, Recurrence(graph.graph).closed_forms)


@pytest.mark.parametrize(
    ("name", "forms"),
    [
        ("tanh", {("h",): (1, 1)}),
        ("output feedback", {("y",): (1, 1)}),
        ("bidirectional", {("f",): (1, 1), ("b",): (-1, 1)}),
        ("running loss", {("l",): (1, 1), ("h",): (1, 1)}),
        ("stacked", {("h2",): (1, 1), ("h1",): (1, 1)}),
        ("jordan", {("s",): (1, 1)}),
        ("gru", {("h",): (1, 1)}),
        ("gru-scalar", {("h",): (1, 1)}),
        ("gru-reset-before", {("h",): (1, 1)}),
        ("biases", {("h",): (1, 1)}),
        ("gates", {("c",): (1, 1)}),
        ("coupled", {("v", "u"): (1, 2)}),
        ("lstm", {("h", "c"): (1, 2)}),
        ("lstm-peephole", {("h", "c"): (1, 2)}),
        ("narx", {("y",): (1, 2)}),
        ("long lags", {("h",): (1, 3)}),
        ("every other step", {("h",): (1, 2)}),
        ("two lags", {("g",): (1, 3), ("h",): (1, 1)}),
        ("last by two ways", {}),
    ],
)
def test_what_comes_back_to_itself_is_solved_for_by_as_few_as_can_be(
    name: str, forms: dict[tuple[str, ...], tuple[int, int]]
) -> None:
    """One state through several named adjoints is one sum; several states are a column; longer lags wait in it."""
    found = Recurrence(Graph(NETWORKS[name])).closed_forms
    assert {form.names: (form.direction, len(form.components)) for form in found} == forms


def test_too_many_components_are_not_solved_for() -> None:
    """A column of five is left as it is; the circle is there all the same."""
    recurrence = Recurrence(Graph(memory(5)))
    assert recurrence.closed_forms == ()
    assert recurrence.circles == (("h",),)
    assert len(Recurrence(Graph(memory(4))).closed_forms) == 1


def memory(lag: int) -> Network:
    """A state that looks at itself so many steps back."""
    return Network(
        name="memory",
        equations={"h": f"tanh(w*h[t-{lag}] + x[t])", "l": "h[t]**2"},
        parameters=("w",),
        inputs=("x",),
        loss="l",
        initial={"h": 0},
    )


def test_many_ways_within_a_step_are_not_written_out() -> None:
    """Where twenty named variables, one after the other, double the ways, nothing is solved, and nothing takes long."""
    chain = {f"a{place}": f"sin(a{place - 1}[t]) * b{place - 1}[t]" for place in range(1, 20)}
    chain |= {f"b{place}": f"cos(b{place - 1}[t]) * a{place - 1}[t]" for place in range(1, 20)}
    equations = {"a0": "w*h[t-1]", "b0": "v*h[t-1]", **chain, "h": "a19[t] + b19[t]", "l": "h[t]**2"}
    network = Network(name="ways", equations=equations, parameters=("w", "v"), loss="l", initial={"h": 1})
    recurrence = Recurrence(Graph(network))
    assert recurrence.closed_forms == ()
    assert len(recurrence.circles) == 1


# -- the order of the matrices -----------------------------------------------------------------------------------------


def at(tree: Tree | None, step: int) -> Words:
    """The ways of a tree at a step; none if there is no tree."""
    return words(None if tree is None else moved(tree, step), lambda _: ONE)


def transfers(form: ClosedForm, step: int) -> WordMatrix:
    """F of a step: what its components hand on to those of the step before (after, for a state that runs backwards)."""
    columns = form.components
    return [[at(form.block(to, origin), step - form.direction) for origin in columns] for to in columns]


def sources(form: ClosedForm, graph: Unrolled, step: int) -> WordMatrix:
    """G of a step, a column, for sources that come from the loss alone."""
    found = [None if one.waits else form.source(one.name) for one in form.components]
    return [[at(tree if step in graph.loss_steps else None, step)] for tree in found]


def product(left: WordMatrix, right: WordMatrix) -> WordMatrix:
    """Left · right, of maps: a way goes along the right factor first, and words are read from L on."""
    return [
        [reduce(Words.__add__, map(Words.__mul__, column, row)) for column in zip(*right, strict=True)] for row in left
    ]


def summand(form: ClosedForm, graph: Unrolled, steps: range, turn: int) -> WordMatrix:
    """The product of the matrices between the first and the last of some steps, times the sources of the last."""
    between = [transfers(form, step) for step in steps[1:]][::turn]
    return reduce(product, [*between, sources(form, graph, steps[-1])])


@pytest.mark.parametrize(
    "name", ["lstm", "lstm-peephole", "coupled", "narx", "long lags", "bidirectional", "gru", "last"]
)
def test_the_factor_nearest_to_t_stands_on_the_left(name: str) -> None:
    """Σ_s F_{t+1} F_{t+2} ⋯ F_s g_s multiplied in this order is the paths to δ_t; with the factors reversed it is not."""
    graph = unrolled(NETWORKS[name], 4)
    for form in Recurrence(graph.graph).closed_forms:
        steps = range(1, graph.steps + 1)[:: form.direction]
        stated = [summand(form, graph, steps[: k + 1], turn=1) for k in range(graph.steps)]
        reverse = [summand(form, graph, steps[: k + 1], turn=-1) for k in range(graph.steps)]
        for place, component in enumerate(form.components):
            if not component.waits:
                paths = PathSum(graph, Node(component.name, steps[0])).words
                assert reduce(Words.__add__, (column[place][0] for column in stated)) == paths
                assert reduce(Words.__add__, (column[place][0] for column in reverse)) != paths


# -- numbers -----------------------------------------------------------------------------------------------------------


def in_numbers(evaluation: Evaluation, form: ClosedForm, node: Node) -> Ball:
    """A closed form of a scalar network written out, in numbers."""
    tree = form.at(evaluation.unrolled, node)
    weight = lambda arc: evaluation.weights.pull(arc, evaluation.system.exact(Fraction(1)))  # noqa: E731
    with precision(BITS):
        return value(tree, weight, evaluation.adjoint)


@pytest.mark.parametrize(
    "name", ["jordan", "gru-scalar", "lstm-scalar", "narx", "stacked", "bidirectional", "many-to-one"]
)
def test_closed_forms_give_the_numbers_of_the_recurrence(name: str) -> None:
    """At random values a closed form written out has the number that the recurrence has."""
    evaluation = worked(load(name), 5, random_values(load(name), 5, 1))
    for form in evaluation.recurrence.closed_forms:
        for node in (Node(name, step) for name in form.names for step in range(1, 6)):
            assert same(in_numbers(evaluation, form, node), evaluation.adjoint(node))


def test_a_gru_is_solved_as_one_does_by_hand() -> None:
    """δ_t = Σ_{s ≥ t} (y_s − ŷ_s) w_y Π_{j = t+1}^{s} J_j, where J_j is the derivative of h_j by h_{j−1}."""
    evaluation = worked(load("gru-scalar"), 6)
    (form,) = evaluation.recurrence.closed_forms

    def of(name: str, step: int | None = None) -> float:
        return float(evaluation.value(Node(name, step)).mid())

    def by_hand(j: int) -> float:
        h, z, r, n = of("h", j - 1), of("z", j), of("r", j), of("n", j)
        through_n = (1 - z) * (1 - n**2) * of("w_hn")
        return through_n * h * r * (1 - r) * of("w_hr") + through_n * r + (h - n) * z * (1 - z) * of("w_hz") + z

    for t in range(1, 7):
        losses = ((of("y", s) - of("yhat", s)) * of("w_y") for s in range(t, 7))
        right = sum(loss * math.prod(map(by_hand, range(t + 1, s + 1))) for s, loss in enumerate(losses, t))
        assert float(in_numbers(evaluation, form, Node("h", t)).mid()) == pytest.approx(right, rel=1e-12)
        assert float(evaluation.adjoint(Node("h", t)).mid()) == pytest.approx(right, rel=1e-12)


# -- faults ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["tanh", "lstm-scalar", "narx", "coupled"])
def test_a_damaged_closed_form_is_not_the_paths(name: str) -> None:
    """A closed form that lacks one term of one of its rules is found out."""
    graph = unrolled(NETWORKS[name], 3)
    (form,) = Recurrence(graph.graph).closed_forms
    for place, rule in enumerate(form.rules):
        for lost in terms(rule):
            rest = either(term for term in terms(rule) if term != lost)
            wrong = replace(form, rules=(*form.rules[:place], rest, *form.rules[place + 1 :]))
            assert not are_the_paths(graph, (wrong,))
