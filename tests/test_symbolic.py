"""Symbolic: what comes out in SymPy has the numbers of the worked example, and SymPy goes on with it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import functioned
import pytest
import sympy
from matrix_networks import MATRICES
from samples import random_values

from derive.api import derive
from derive.derivation import Derivation
from derive.errors import NetworkError, TooManyPathsError
from derive.graph import Node
from derive.network import load, ready_made
from derive.numbers import Evaluation
from derive.symbolic import LAST, TIME

STEPS = 3
SCALAR = [name for name in ready_made() if load(name).is_scalar]
CLOSE = 1e-12


def number(example: Evaluation, label: str, step: int | None) -> Any:
    """What a symbol stands for in the worked example: adjoints and losses that do not exist are 0."""
    if label == "T":
        return example.unrolled.steps
    if label.startswith("gamma_"):
        name = label.removeprefix("gamma_")
        end = "T" if step == example.unrolled.steps else step
        return example.adjoint(Node(f"{name}[{end}]", step))
    name = label.removeprefix("delta_")
    if name != label:
        inside = step is not None and 1 <= step <= example.unrolled.steps
        return example.adjoint(Node(name, step)) if inside else 0
    if not example.unrolled.is_node(Node(name, step)):
        step = example.unrolled.steps  # whatever it is, an adjoint that is 0 stands before it
    return example.value(Node(name, step))


def plain(value: Any) -> Any:
    """A ball as a float, an array as a SymPy matrix, a vector as a column."""
    if not hasattr(value, "shape"):
        return sympy.Float(float(value))
    rows = value.tolist()
    return sympy.Matrix([[float(entry) for entry in row] if isinstance(row, list) else [float(row)] for row in rows])


def evaluated(expression: Any, example: Evaluation, **at: int) -> Any:
    """The value of an expression, by SymPy."""
    known = {LAST: example.unrolled.steps} | {sympy.Symbol(name): step for name, step in at.items()}
    written = expression.subs(known).doit()
    found = {
        item: plain(number(example, item.base.label.name, int(item.indices[0])))
        for item in written.atoms(sympy.Indexed)
    }
    found |= {
        item: plain(number(example, item.name, None))
        for item in written.free_symbols
        if isinstance(item, sympy.Symbol) and item.name in example.unrolled.graph.network.timeless
    }
    return sympy.N(written.xreplace(found).doit())


def as_matrix(expression: Any, example: Evaluation, t: int = 0) -> sympy.Matrix:
    """The value of an expression with vectors."""
    sizes = {sympy.Symbol(name): size for name, size in example.values.sizes.items() if name.isidentifier()}
    sizes[LAST] = example.unrolled.steps
    matrices: dict[Any, Any] = {}
    for item in expression.atoms(sympy.MatrixSymbol):
        label, step = re.fullmatch(r"(.*?)(?:_\{(.*)\})?", item.name).groups()  # type: ignore[union-attr]
        value = number(
            example,
            label,
            None
            if step is None
            else int(sympy.sympify(step, {"T": LAST}).subs({TIME: t, LAST: example.unrolled.steps})),
        )
        if hasattr(value, "shape"):
            matrices[item] = plain(value)
        else:  # an adjoint that does not exist
            matrices[item] = 0
    for item, value in matrices.items():
        if value == 0:
            matrices[item] = sympy.zeros(*(int(size.subs(sizes)) for size in item.shape))
    return sympy.Matrix(
        expression.subs(sizes).subs({item.subs(sizes): value for item, value in matrices.items()}).doit()
    )


def same(ours: Any, theirs: Any) -> bool:
    """Whether two numbers or matrices are equal to about twelve digits."""
    apart = sympy.Matrix([ours]) - sympy.Matrix([theirs])
    return bool(max(map(abs, apart)) < CLOSE * (1 + max(map(abs, sympy.Matrix([theirs])))))


@pytest.fixture(scope="module", params=SCALAR)
def worked(request: pytest.FixtureRequest) -> tuple[Derivation, Evaluation]:
    """A scalar network over four steps, and its example."""
    derivation = derive(request.param, STEPS)
    return derivation, derivation.evaluate()


def test_gradients_for_every_t(worked: tuple[Derivation, Evaluation]) -> None:
    """A gradient is a sum over t that SymPy writes out for a given T, and has the right value."""
    derivation, example = worked
    for name, found in derivation.sympy().items():
        gradient = derivation.gradients[name].target
        assert same(evaluated(found, example), plain(example.gradient(gradient))), name


def test_rules_hold_at_every_step(worked: tuple[Derivation, Evaluation]) -> None:
    """The two sides of every rule are equal at every step, the boundary included."""
    derivation, example = worked
    for name, rule in derivation.recurrence.sympy().items():
        for step in range(1, STEPS + 1):
            (left,) = rule.lhs.subs({TIME: step, LAST: STEPS}).atoms(sympy.Indexed)
            right = plain(number(example, left.base.label.name, int(left.indices[0])))
            assert same(evaluated(rule.rhs, example, t=step), right), (name, step)


def test_path_sums_and_stages(worked: tuple[Derivation, Evaluation]) -> None:
    """All paths added up, every stage after that, and the paths one by one have the value of the gradient."""
    derivation, example = worked
    gradient = next(iter(derivation.gradients.values()))
    right = plain(example.gradient(gradient.target))
    assert same(evaluated(gradient.path_sum.sympy(), example), right)
    assert same(sum(evaluated(path.sympy(), example) for path in gradient.path_sum), right)
    for stage in gradient.steps:
        assert same(evaluated(stage.sympy(), example), right)


def test_local_partials_and_equations(worked: tuple[Derivation, Evaluation]) -> None:
    """A local partial is SymPy's own derivative of the equation, in the example; an equation holds there."""
    derivation, example = worked
    for name, equation in derivation.network.sympy().items():
        assert same(evaluated(equation.rhs, example, t=2), plain(number(example, name, 2)))
    for edge in derivation.graph.edges:
        factor = edge.sympy()
        assert same(evaluated(factor, example, t=2), plain(example.weights.factor(edge, 2)))


@pytest.mark.parametrize(
    "activation", ["abs({a})", "maximum({a}, x[t])", "gelu({a})", "spike({a})", "tanh({a} + stop_gradient({a}))"]
)
def test_functions_made_of_others(activation: str) -> None:
    """So have they, those with a rule in place of their slope among them."""
    network = functioned.scalar(activation)
    derivation = derive(replace(network, values=random_values(network, 2, 1)), 2)
    example = derivation.evaluate()
    for gradient in derivation.gradients.values():
        assert same(evaluated(gradient.sympy(), example), plain(example.gradient(gradient.target)))


@pytest.mark.parametrize("name", ["elman", "many-to-one", "trainable-initial"])
def test_closed_forms(name: str) -> None:
    """A closed form, a sum of products that SymPy writes out, gives the adjoint of every step."""
    derivation = derive(name, STEPS)
    example = derivation.evaluate()
    (form,) = derivation.recurrence.closed_forms
    for step in range(1, STEPS + 1):
        closed = derivation.in_sympy(form).rhs
        assert same(evaluated(closed, example, t=step), plain(example.adjoint(Node(form.names[0], step))))


def test_the_loss_written_out() -> None:
    """L written out holds data, parameters and initial states only, and SymPy differentiates it to the gradient."""
    derivation = derive("elman", 3)
    example, loss = derivation.evaluate(), derivation.loss.sympy()
    assert {item.base.label.name for item in loss.atoms(sympy.Indexed)} == {"x", "yhat", "h"}
    assert same(evaluated(loss, example), plain(example.loss))
    slope = sympy.diff(loss, sympy.Symbol("w_h"))
    assert same(evaluated(slope, example), plain(example.gradient(Node("w_h"))))


@pytest.mark.parametrize("name", ["elman-vector", "softmax"])
def test_vectors(name: str) -> None:
    """With vectors, matrix symbols: gradients, path sums and rules have the numbers of the example."""
    derivation = derive(name, 2)
    example = derivation.evaluate()
    for label, found in derivation.sympy().items():
        target = derivation.gradients[label].target
        right = plain(example.gradient(target))
        assert same(as_matrix(found, example), right), label
        assert same(as_matrix(derivation.gradients[label].path_sum.sympy(), example), right), label
    for label, rule in derivation.recurrence.sympy().items():
        for step in (1, 2):
            assert same(as_matrix(rule.rhs, example, step), plain(example.adjoint(Node(label, step))))


@pytest.mark.parametrize("name", [name for name, network in MATRICES.items() if not network.broadcast])
def test_matrices(name: str) -> None:
    """Where variables are matrices: products on both sides, what is repeated or summed over an axis, rows."""
    network = MATRICES[name]
    derivation = derive(network, 2)
    example = derivation.evaluate(random_values(network, 2, 1, dict.fromkeys("ndkqm", 2)))
    for label, found in derivation.sympy().items():
        assert same(as_matrix(found, example), plain(example.gradient(derivation.gradients[label].target))), label


def test_what_it_cannot_say_is_answered() -> None:
    """What SymPy has no expression for, or what would be too long, is one message."""
    lesson = derive("elman-vector", 2)
    path = next(iter(lesson.paths("W_h")))
    with pytest.raises(NetworkError, match=r"lesson\.in_sympy"):
        path.sympy()
    assert lesson.in_sympy(path).shape == tuple(sympy.symbols("n n"))
    with pytest.raises(NetworkError, match="linear map"):
        lesson.graph.edges[0].sympy()
    with pytest.raises(TooManyPathsError, match="at most"):
        derive("lstm-scalar", 12).paths("w_hi").sympy()


def test_a_raised_limit_holds_here_too() -> None:
    """How many paths are written out is one limit, whoever writes them: lowered it refuses, raised it lets them through."""
    few = derive("elman", 3, {"paths": 5})
    with pytest.raises(TooManyPathsError, match=r"6 paths lead from L to w_h, and at most 5 .* --limit paths=6"):
        few.paths("w_h").sympy()
    assert derive("elman", 3, {"paths": 6}).paths("w_h").sympy() == derive("elman", 3).paths("w_h").sympy()
