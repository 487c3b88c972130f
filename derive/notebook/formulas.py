"""Notebook: how a network, a loss, a path sum, a stage of folding, a gradient and a recurrence show themselves as LaTeX.

It fills in `derive.shown.latex`, type by type.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from derive.derivation import Derivation, Gradient
from derive.graph import Loss, Node
from derive.network import Network
from derive.notation import general
from derive.notation.express import NUMBERS, TOTAL_LOSS, Notation, T
from derive.notation.formula import Formula, Line, Sign, grouped, plus
from derive.notation.formula import Sum as FormulaSum
from derive.notation.jacobians import tree_formula
from derive.notation.lines import broken
from derive.notation.tex import tex_lines
from derive.paths import PathSum
from derive.recurrence import GradientByStep, Recurrence, Stage, path_tree
from derive.shown import latex

WIDTH = 60.0
"""How wide a line may be in a notebook, in em."""
KEPT = 8
"""Sums of more terms are shown with their middle left out."""


def network_lines(network: Network) -> Iterator[Line]:
    """The forward equations."""
    notation = Notation(network)
    for name, rule in network.rules.items():
        yield from broken(notation.node(Node(name, 0), T), "=", notation.formula(rule), WIDTH)


def loss_lines(loss: Loss) -> Iterator[Line]:
    """L as the sum over the steps."""
    notation = Notation(loss.unrolled.graph.network)
    yield from broken(TOTAL_LOSS, "=", plus(*(notation.formula(term, NUMBERS) for term in loss.terms)), WIDTH)


def path_sum_lines(paths: PathSum) -> Iterator[Line]:
    """The derivative as the sum of the products along all paths; of many, the first ones and their number."""
    notation = Notation(paths.unrolled.graph.network, steps=paths.unrolled.steps)
    left = notation.total_derivative(notation.node(paths.target))
    first = [path_tree(path) for path, _ in zip(paths, range(KEPT), strict=False)]
    terms: list[Formula] = [tree_formula(notation, tree, NUMBERS, KEPT) for tree in first]
    if paths.count > KEPT:
        terms.append(Sign("⋯"))
    yield from broken(left, "=", plus(*terms), WIDTH)


def stage_lines(stage: Stage) -> Iterator[Line]:
    """A stage of folding."""
    recurrence = Recurrence(stage.unrolled.graph)
    notation = Notation(stage.unrolled.graph.network, recurrence.named, steps=stage.unrolled.steps)
    left = notation.total_derivative(notation.node(stage.subject))
    terms = [tree_formula(notation, part, NUMBERS, KEPT) for part in stage.parts]
    yield from broken(
        left, "=", plus(*(grouped(term) if isinstance(term, FormulaSum) else term for term in terms)), WIDTH
    )


def gradient_lines(gradient: Gradient) -> Iterator[Line]:
    """A gradient as a sum over t of named adjoints."""
    notation = Notation(gradient.recurrence.graph.network, gradient.recurrence.named)
    left = notation.total_derivative(notation.node(gradient.target))
    right = general.gradient(notation, gradient.recurrence, gradient.unrolled, gradient.target)
    yield from broken(left, "=", right, WIDTH)


def by_step_lines(gradient: GradientByStep) -> Iterator[Line]:
    """The gradient by a datum, for general t."""
    notation = Notation(gradient.recurrence.graph.network, gradient.recurrence.named)
    left = notation.total_derivative(notation.at(gradient.name, T.step(0)))
    yield from broken(left, "=", general.rule(notation, gradient.rule), WIDTH)


def recurrence_lines(recurrence: Recurrence) -> Iterator[Line]:
    """The rule of every named adjoint for general t, and what is collected for one step."""
    notation = Notation(recurrence.graph.network, recurrence.named)
    for name in recurrence.order:
        rule = recurrence.rules.get(name)
        right = general.rule(notation, rule) if rule else general.collection(notation, recurrence, name)
        yield from broken(notation.adjoint(name, T.step(0)), "=", right, WIDTH)


def derivation_lines(derivation: Derivation) -> Iterator[Line]:
    """The recurrence, and the gradients that follow from it."""
    yield from recurrence_lines(derivation.recurrence)
    for gradient in derivation.gradients.values():
        yield from gradient_lines(gradient) if isinstance(gradient, Gradient) else by_step_lines(gradient)


def _shows(kind: type, lines: Callable[[Any], Iterator[Line]]) -> None:
    """Let values of a type show themselves by a function that gives lines."""

    def as_latex(value: Any) -> str:
        found = tuple(lines(value))
        return f"$\\displaystyle {tex_lines(found)}$" if found else "$0$"

    latex.register(kind, as_latex)


_shows(Network, network_lines)
_shows(Loss, loss_lines)
_shows(PathSum, path_sum_lines)
_shows(Stage, stage_lines)
_shows(Gradient, gradient_lines)
_shows(GradientByStep, by_step_lines)
_shows(Recurrence, recurrence_lines)
_shows(Derivation, derivation_lines)
