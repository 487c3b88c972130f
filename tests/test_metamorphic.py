"""Metamorphic laws: a network changed in a way whose effect is known beforehand has the numbers and paths that it should.

No answer is needed to check an answer: a name, an order, a way to write the same thing does not matter, a factor in front of
the loss goes through to every gradient, the first T steps do not know of step T + 1.
"""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from samples import apart, flat, networks, random_values, said

from derive import Derivation, Network, derive
from derive.equations import expression as ex
from derive.equations.expression import Expr
from derive.graph.unrolled import Node
from derive.network.network import Given
from derive.numbers.example import Evaluation

CLOSE = 1e-12
FRESH = (
    "alpha", "z", "gate", "Wxh", "q", "p1", "theta", "u", "b_out", "memory", "k", "eta", "lambda", "r2", "v", "M", "nu", "c",
    "s4", "rho", "A_i", "f", "omega", "is",
)  # fmt: skip
KINDS = pytest.mark.parametrize("vectors", [False, True], ids=["scalars", "vectors"])


def law(check: Callable[..., None]) -> Any:
    """A law over random networks: a few as a rule, and many among the slow tests."""

    @pytest.mark.parametrize(
        "examples", [pytest.param(3, id="some"), pytest.param(100, id="many", marks=pytest.mark.slow)]
    )
    @KINDS
    def test(examples: int, vectors: bool) -> None:  # noqa: FBT001 - a parameter of the test
        run = given(st.data())(lambda data: check(data, data.draw(networks(vectors=vectors, plain=True))))
        phases = (Phase.generate, Phase.shrink)  # to explain a failure takes minutes here
        settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck), phases=phases)(run)()

    test.__doc__ = check.__doc__
    return test


def texts(network: Network) -> dict[str, str]:
    """The equations as text."""
    return {name: said(rule) for name, rule in network.rules.items()}


def changed(network: Network, equations: Mapping[str, str | Expr], **fields: Any) -> Network:
    """A network with other equations, written out and read again."""
    return replace(
        network,
        equations={name: rule if isinstance(rule, str) else said(rule) for name, rule in equations.items()},
        **fields,
    )


def mapped(
    expr: Expr, leaf: Callable[[ex.Var], Expr], turn: Callable[[tuple[Any, ...]], tuple[Any, ...]] = lambda terms: terms
) -> Expr:
    """An expression with its variables replaced, and the terms of its sums in another order."""
    match expr:
        case ex.Var():
            return leaf(expr)
        case ex.Add(terms):
            return ex.Add(turn(tuple(mapped(term, leaf, turn) for term in terms)))
        case _:
            fields = {field.name: getattr(expr, field.name) for field in dataclasses.fields(expr)}
            return replace(expr, **{name: _inside(value, leaf, turn) for name, value in fields.items()})


def _inside(value: Any, leaf: Any, turn: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(_inside(each, leaf, turn) for each in value)
    return mapped(value, leaf, turn) if isinstance(value, Expr) else value


def renamed(value: Any, names: Mapping[str, str]) -> Any:
    """Anything of the derivation with other names in it."""
    match value:
        case str():
            return names.get(value, value)
        case tuple() if hasattr(value, "_fields"):
            return type(value)(*(renamed(each, names) for each in value))
        case tuple() | frozenset():
            return type(value)(renamed(each, names) for each in value)
        case _ if dataclasses.is_dataclass(value) and not isinstance(value, type):
            told = [
                field.name for field in dataclasses.fields(value) if field.compare
            ]  # the rest says where it is from
            return replace(value, **{name: renamed(getattr(value, name), names) for name in told})
    return value


def example(network: Network, steps: int, values: Mapping[str, Given]) -> tuple[Derivation, Evaluation]:
    """A network over so many steps, at some values."""
    lesson = derive(network, steps)
    return lesson, lesson.evaluate(values)


def same_numbers(
    one: tuple[Derivation, Evaluation], other: tuple[Derivation, Evaluation], but: tuple[str, ...] = ()
) -> None:
    """Loss and gradients are equal, and so many paths lead to each parameter as before."""
    assert apart(one[1].loss, other[1].loss) < CLOSE
    assert set(one[0].gradients) - {*but} == set(other[0].gradients) - {*but}
    for label in set(one[0].gradients) - {*but}:
        here, there = (lesson.gradients[label].target for lesson, _ in (one, other))
        assert apart(one[1].gradient(here), other[1].gradient(there)) < CLOSE, label


def counts(lesson: Derivation) -> dict[str, int]:
    """How many paths lead to what the loss is differentiated by."""
    return {label: gradient.path_sum.count for label, gradient in lesson.gradients.items()}


def shuffled(data: st.DataObject, names: tuple[str, ...]) -> tuple[str, ...]:
    """Names in another order."""
    return tuple(random.Random(data.draw(st.integers(0, 999))).sample(names, len(names)))  # noqa: S311


steps = st.integers(1, 4)
seeds = st.integers(0, 99)


@law
def test_names_do_not_matter(data: st.DataObject, network: Network) -> None:
    """With every name replaced, numbers are the same, and so is the whole recurrence, but for the names."""
    known = (*network.variables, *network.timeless, *network.data)
    names = dict(zip(known, shuffled(data, FRESH), strict=False))
    assert len(names) == len(known)
    other = replace(
        network,
        equations={
            names[name]: said(mapped(rule, lambda var: ex.Var(names[var.name], var.lag)))
            for name, rule in network.rules.items()
        },
        loss=names[network.loss],
        initial={names[name]: value for name, value in network.initial.items()},
        shapes={names[name]: shape for name, shape in network.shapes.items()},
        **{
            key: tuple(names[name] for name in getattr(network, key))
            for key in ("parameters", "constants", "inputs", "targets", "trainable_initial", "adjoints")
        },
    )
    count, seed = data.draw(steps), data.draw(seeds)
    values = random_values(network, count, seed)

    def label(text: str) -> str:
        stem, _, step = text.rpartition("_")
        return names.get(text) or f"{names[stem]}_{step}"

    one = example(network, count, values)
    two = example(other, count, {label(name): value for name, value in values.items()})
    assert apart(one[1].loss, two[1].loss) < CLOSE
    assert {label(name): number for name, number in counts(one[0]).items()} == counts(two[0])
    assert [names[name] for name in one[0].rules] == list(two[0].rules)
    for name, rule in one[0].rules.items():
        assert renamed(rule, names) == two[0].rules[names[name]]
    for name, gradient in one[0].gradients.items():
        there = two[0].gradients[label(name)]
        assert [step.kind for step in gradient.steps] == [step.kind for step in there.steps]
        assert apart(one[1].gradient(gradient.target), two[1].gradient(there.target)) < CLOSE


@law
def test_the_order_of_declarations_does_not_matter(data: st.DataObject, network: Network) -> None:
    """Equations, parameters and data in another order have the same numbers and paths."""
    order = shuffled(data, network.variables)
    other = changed(
        network,
        {name: network.rules[name] for name in order},
        parameters=shuffled(data, network.parameters),
        trainable_initial=tuple(reversed(network.trainable_initial)),
        initial=dict(reversed(network.initial.items())),
        shapes=dict(reversed(network.shapes.items())),
    )
    count, seed = data.draw(steps), data.draw(seeds)
    values = random_values(network, count, seed)
    one, two = example(network, count, values), example(other, count, values)
    same_numbers(one, two)
    assert counts(one[0]) == counts(two[0])


@law
def test_the_order_of_summands_does_not_matter(data: st.DataObject, network: Network) -> None:
    """Sums written the other way round have the same numbers and paths."""
    other = changed(
        network,
        {name: mapped(rule, lambda var: var, lambda terms: terms[::-1]) for name, rule in network.rules.items()},
    )
    count, seed = data.draw(steps), data.draw(seeds)
    values = random_values(network, count, seed)
    one, two = example(network, count, values), example(other, count, values)
    same_numbers(one, two)
    assert counts(one[0]) == counts(two[0])


@law
def test_a_factor_of_the_loss_goes_through(data: st.DataObject, network: Network) -> None:
    """C times the loss has c times the gradients and c times every adjoint."""
    factor = data.draw(st.sampled_from(("2", "-1", "1/3", "0.25", "10")))
    other = changed(network, texts(network) | {network.loss: f"{factor}*({said(network.rules[network.loss])})"})
    count, seed = data.draw(steps), data.draw(seeds)
    values = random_values(network, count, seed)
    (lesson, one), (_, two) = example(network, count, values), example(other, count, values)
    times = float(Fraction(factor))
    nodes = [gradient.target for gradient in lesson.gradients.values()]
    nodes += [Node(name, step) for name in (*network.states, "y") for step in range(1, count + 1)]
    assert apart(times * float(one.loss), float(two.loss)) < CLOSE
    for node in nodes:
        here, there = (
            each.adjoint(node) if node.step and node.step > 0 else each.gradient(node) for each in (one, two)
        )
        assert apart([times * number for number in flat(here)], flat(there)) < CLOSE, node


@law
def test_the_first_steps_do_not_know_of_the_next(data: st.DataObject, network: Network) -> None:
    """Over T + 1 steps the values up to T and the paths from the losses up to T are those over T steps; L has one more term."""
    network = replace(network, loss_at="every")
    count, seed = data.draw(st.integers(1, 3)), data.draw(seeds)
    longer = random_values(network, count + 1, seed)
    shorter = {name: value[:count] if name in network.data else value for name, value in longer.items()}  # type: ignore[index]
    (one, first), (two, second) = example(network, count, shorter), example(network, count + 1, longer)
    for name in network.variables:
        for step in range(1, count + 1):
            assert apart(first.value(Node(name, step)), second.value(Node(name, step))) < CLOSE
    last = second.value(Node(network.loss, count + 1))
    assert apart(float(first.loss) + float(last), float(second.loss)) < CLOSE
    for label, gradient in one.gradients.items():
        early = [path for path in two.gradients[label].path_sum if path.nodes[1].step <= count]
        assert {*gradient.path_sum} == {*early}
        assert len(early) == gradient.path_sum.count


@law
def test_one_parameter_in_two_places_has_the_sum_of_two_gradients(data: st.DataObject, network: Network) -> None:
    """Where two parameters are made one, its gradient is the sum of theirs."""
    shapes = {name: ("n",) * len(shape) for name, shape in network.shapes.items()}
    network = replace(network, shapes=shapes, parameters=network.timeless, constants=())
    pairs = [(one, two) for one in network.parameters for two in network.parameters if one < two]
    kept, gone = data.draw(st.sampled_from(pairs))
    assume(network.shape(kept) == network.shape(gone))
    count, seed = data.draw(steps), data.draw(seeds)
    values = random_values(network, count, seed)
    untied = example(network, count, values | {gone: values[kept]})
    tied = changed(
        network,
        {
            name: mapped(rule, lambda var: ex.Var(kept) if var.name == gone else var)
            for name, rule in network.rules.items()
        },
        parameters=tuple(name for name in network.parameters if name != gone),
        shapes={name: shape for name, shape in network.shapes.items() if name != gone},
    )
    together = example(tied, count, {name: value for name, value in values.items() if name != gone})
    same_numbers(untied, together, but=(kept, gone))
    both = [flat(untied[1].gradient(Node(name))) for name in (kept, gone)]
    total = [here + there for here, there in zip(*both, strict=True)]
    scale = max(abs(number) for each in both for number in each) or 1.0
    ours = flat(together[1].gradient(Node(kept)))
    assert max(abs(one - other) for one, other in zip(total, ours, strict=True)) <= CLOSE * scale


@law
def test_a_variable_that_nothing_looks_at_changes_nothing(data: st.DataObject, network: Network) -> None:
    """An equation beside the others, which reads them and is read by none, leaves numbers and paths as they are."""
    state = data.draw(st.sampled_from(network.states))
    place = data.draw(st.integers(0, len(network.variables)))
    equations = [*texts(network).items()]
    equations.insert(place, ("beside", f"tanh({state}[t]) - {state}[t-1]*2"))
    shapes = {**network.shapes, "beside": network.shape(state)} if network.shapes else {}
    other = changed(network, dict(equations), shapes=shapes)
    count, seed = data.draw(steps), data.draw(seeds)
    values = random_values(network, count, seed)
    one, two = example(network, count, values), example(other, count, values)
    same_numbers(one, two)
    assert counts(one[0]) == counts(two[0])


@law
def test_an_equation_put_in_place_of_its_name_changes_no_number(data: st.DataObject, network: Network) -> None:
    """The output written out in the loss, or a sum given a name of its own, is the same function."""
    body = network.rules["y"]
    inlined = {
        name: mapped(rule, lambda var: body if var.name == "y" else var)
        for name, rule in network.rules.items()
        if name != "y"
    }
    shapes = {name: shape for name, shape in network.shapes.items() if name != "y"}
    other = changed(network, inlined, shapes=shapes)
    count, seed = data.draw(steps), data.draw(seeds)
    values = random_values(network, count, seed)
    same_numbers(example(network, count, values), example(other, count, values))
