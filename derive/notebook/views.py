"""Views: values as blocks, type by type, by the exhibits of the handout, so that they look as they do there.

What shows numbers knows its worked example; everything else shows formulas, and needs no values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial, singledispatch
from typing import Any, TypeVar

from derive.checks import Checks
from derive.costs import Ledger
from derive.derivation import Derivation
from derive.errors import DeriveError
from derive.graph import Edge, Graph, Loss, Unrolled
from derive.groups import Accounts, Ranked
from derive.network import Network
from derive.notation.formula import Number, Symbol, relation
from derive.notation.tex import tex_lines
from derive.notebook import formulas  # noqa: F401 - they are registered first
from derive.notebook.settings import current
from derive.numbers import Evaluation, Numbers, Values, WorkedPaths, WorkedStates
from derive.paths import Path, PathSum, States
from derive.recurrence import Gradient, GradientByStep, Recurrence, Rule, Stage, Tree, arcs_of
from derive.report.chapters import costs, groups
from derive.report.document import Block, CodeBlock, Display, Figure, Math, Paragraph, Text
from derive.report.engines import typst_svgs
from derive.report.exhibits import diagram, equations, paths, stages, tables, walk, words
from derive.report.narrative import languages, shells, templates
from derive.report.options import Options
from derive.report.review_document import review
from derive.report.subject import Subject
from derive.report.writers.fragment import MOST_LINES, Fragment, flat
from derive.report.writers.typst_pictures import pictures_source
from derive.review import Comparison
from derive.shown import Named, Several, latex, view

Value = TypeVar("Value")
BITS = 64
EQUATIONS = (Rule, Gradient, GradientByStep)
"""What is one equation by its name."""
NOTHING = (Paragraph((Text("–"),)),)
STEPS = 3
"""Costs are counted for so many steps, beside what they are for every T."""


def subject_of(unrolled: Unrolled, evaluation: Evaluation | None = None, checks: Checks | tuple[()] = ()) -> Subject:
    """Return what exhibits are made of, in the language in which values show themselves.

    Without a worked example its numbers are not there, and what is shown has none.
    """
    derivation = Derivation(unrolled.graph.network, unrolled)
    recurrence = derivation.recurrence if evaluation is None else evaluation.recurrence
    example = evaluation or Evaluation(unrolled, recurrence, Values({}, {}, unrolled.steps), current().digits, BITS)
    language = languages.words(templates.environment(current().templates), current().locale)
    return Subject(derivation, example, checks, language, replace(current(), digits=example.places))


def _of_network(network: Network, steps: int = 1) -> Subject:
    return subject_of(Unrolled(Graph(network), steps))


def network_blocks(network: Network) -> Iterator[Block]:
    """The forward equations."""
    yield equations.equations(_of_network(network))


def graph_blocks(graph: Graph) -> Iterator[Block]:
    """One step in a picture, or if none is true the equations."""
    subject = _of_network(graph.network)
    yield from diagram.cell_figure(subject) or (equations.equations(subject),)


def unrolled_blocks(unrolled: Unrolled) -> Iterator[Block]:
    """The graph over T steps in a picture, or if none is true that of one step."""
    yield from diagram.unrolled_figure(subject_of(unrolled)) or graph_blocks(unrolled.graph)


def loss_blocks(loss: Loss) -> Iterator[Block]:
    """L as a sum."""
    yield equations.loss_sum(subject_of(loss.unrolled))


def path_blocks(path: Path) -> Iterator[Block]:
    """The nodes that a path passes and its product, and the path in the graph."""
    last = max((node.step or 1 for node in path.nodes), default=1)
    subject = _of_network(path.arcs[0].edge.network, last)
    yield Paragraph((Math(paths.nodes_along(subject, path, whole=False)),))
    yield subject.display((None, "", paths.product(subject, path)))
    yield from walk.one_path_figure(subject, path)


def path_sum_blocks(found: PathSum) -> Iterator[Block]:
    """Every path, of many the first and the last."""
    subject = subject_of(found.unrolled)
    if found:
        yield paths.path_table(subject, found.target, "tab-paths", worked=False)
    else:
        yield Paragraph(subject.sentence("paths_none", target=subject.node(found.target)))


def worked_paths_blocks(found: WorkedPaths) -> Iterator[Block]:
    """The same with the value of each path, and the sum."""
    yield paths.path_table(subject_of(found.evaluation.unrolled, found.evaluation), found.paths.target, "tab-paths")


def states_blocks(states: States) -> Iterator[Block]:
    """The letters, and the words that they make, of many the first."""
    subject = subject_of(states.unrolled)
    yield words.letters_table(subject, states.target, "tab-letters")
    yield words.sum_of_words(subject, states)


def worked_states_blocks(found: WorkedStates) -> Iterator[Block]:
    """The words while they are few, and what they add up to between each loss and each use."""
    subject, target = subject_of(found.evaluation.unrolled, found.evaluation), found.states.target
    if words.words_are_listed(subject, target):
        yield words.words_table(subject, target, "tab-words")
    yield words.triangle_table(subject, target, "tab-triangle")


def stage_blocks(stage: Stage) -> Iterator[Block]:
    """A stage as an equation, with its reason."""
    yield stages.reasoned(subject_of(stage.unrolled), stage.subject, (stages.ShownStage(stage),))


def gradient_blocks(gradient: Gradient) -> Iterator[Block]:
    """The gradient by the adjoints, and how the sum over paths folds into it, while paths are few."""
    subject = subject_of(gradient.unrolled)
    yield stages.gradient_rule(subject, gradient.target)
    if gradient.path_sum and not paths.many(subject, gradient.target):
        yield stages.folding(subject, gradient.target)


def by_step_blocks(gradient: GradientByStep) -> Iterator[Block]:
    """The gradient by a datum for general t."""
    subject = subject_of(gradient.unrolled)
    left, right = stages.by_step(subject, gradient)
    yield subject.display((left, "=", right))


def rule_blocks(rule: Rule) -> Iterator[Block]:
    """The rule of an adjoint for general t."""
    edge = next(_edges(rule.tree), None)
    if edge is not None:
        yield stages.rule_lines(_of_network(edge.network), rule)


def _edges(tree: Tree) -> Iterator[Edge]:
    return (arc.edge for arc in arcs_of(tree))


def recurrence_blocks(recurrence: Recurrence) -> Iterator[Block]:
    """The rule of every named adjoint."""
    yield stages.recurrence(_of_network(recurrence.graph.network))


def evaluation_blocks(evaluation: Evaluation) -> Iterator[Block]:
    """The forward pass, the backward pass and the gradients."""
    subject = subject_of(evaluation.unrolled, evaluation)
    yield tables.forward_table(subject)
    yield from _blocks_of(tables.gradient_values(subject))
    yield from _blocks_of(tables.by_step_values(subject))
    yield tables.backward_table(subject)


PARTS: Mapping[str, Callable[[Subject], Block | tuple[()]]] = {
    "forward": tables.forward_table,
    "backward": tables.backward_table,
    "gradients": tables.gradient_values,
    "gradients by step": tables.by_step_values,
}


def numbers_blocks(numbers: Numbers) -> Iterator[Block]:
    """A part of a worked example."""
    yield from _blocks_of(PARTS[numbers.what](subject_of(numbers.evaluation.unrolled, numbers.evaluation)))


def _blocks_of(found: Block | tuple[()]) -> tuple[Block, ...]:
    return found if isinstance(found, tuple) else (found,)


def checks_blocks(checks: Checks) -> Iterator[Block]:
    """Each route, and how far it lies from the recurrence."""
    yield tables.check_table(subject_of(checks.evaluation.unrolled, checks.evaluation, checks))


def accounts_blocks(accounts: Accounts) -> Iterator[Block]:
    """The sums by lag."""
    evaluation = accounts.evaluation
    yield paths.lag_table(subject_of(evaluation.unrolled, evaluation), accounts.target, "tab-lags")


def ledger_blocks(ledger: Ledger) -> Iterator[Block]:
    """What each way of accumulating costs, as formulas."""
    subject = _of_network(ledger.recurrence.graph.network, STEPS)
    found = costs.Costs(subject)
    yield costs.costs_display(found) if found.sizes else costs.costs_table(found, "tab-costs")


def derivation_blocks(derivation: Derivation) -> Iterator[Block]:
    """What it is about, how many paths there are, the recurrence and the gradients."""
    subject = subject_of(derivation.unrolled)
    here = relation(Symbol("T"), ("=", Number(str(derivation.steps))))
    yield Paragraph(subject.sentence("paths_about", network=derivation.network.name, here=here))
    yield paths.count_table(subject)
    if derivation.rules:
        yield stages.recurrence(subject)
    yield stages.gradient_rules(subject)


def comparison_blocks(comparison: Comparison) -> Iterator[Block]:
    """What agrees, and what explains the rest."""
    values = comparison.settings[0].mistakes.backward.values
    example = Evaluation(comparison.unrolled, comparison.recurrence, values, current().digits, BITS)
    yield from review(subject_of(comparison.unrolled, example), comparison).blocks


def several_blocks(several: Several[Any]) -> Iterator[Block]:
    """Stages one under the other with their reasons, paths in one table, anything else a line each."""
    first = several[0] if several else None
    match first:
        case None:
            yield from NOTHING
        case Stage():
            yield stages.reasoned(subject_of(first.unrolled), first.subject, tuple(map(stages.ShownStage, several)))
        case Ranked():
            subject = subject_of(first.evaluation.unrolled, first.evaluation)
            yield groups.ranked_table(subject, first.path.nodes[-1], several, "tab-largest")
        case _:
            yield CodeBlock("\n".join(" ".join(repr(value).split()) for value in several[:MOST_LINES]))


def named_blocks(named: Named[Any]) -> Iterator[Block]:
    """The equations of every value, aligned, without what is told of one alone; of other values the names."""
    shown = [next(iter(blocks(value)), None) for value in named.values() if isinstance(value, EQUATIONS)]
    lines = tuple(line for block in shown if isinstance(block, Display) for line in block.lines)
    yield Display(lines) if lines else Paragraph((Text(", ".join(named) or "–"),))


@singledispatch
def blocks(value: object) -> Iterator[Block]:
    """Return a value as blocks."""
    raise NotImplementedError(type(value).__name__)


def pictures(shown: tuple[Block, ...], options: Options) -> Mapping[str, str]:
    """Return the pictures of figures in SVG, by their labels."""
    figures = {block.label: block.picture for block in flat(shown) if isinstance(block, Figure)}
    looks = shells.shell(templates.environment(options.templates), "typst.typ", options.locale)
    source = pictures_source(list(figures.values()), looks)
    return dict(zip(figures, typst_svgs(source, apart=options.templates is not None), strict=True))


def shows(kind: type[Value], make: Callable[[Value], Iterator[Block]]) -> None:
    """Let values of a type show themselves by blocks; what speaks against it stands in their place."""

    def as_fragment(value: Value) -> Fragment:
        try:
            shown = tuple(make(value)) or NOTHING
        except DeriveError as reason:
            shown = (Paragraph((Text(str(reason)),)),)
        return Fragment(shown, partial(pictures, shown, current()), apart=current().templates is not None)

    def as_latex(value: Value) -> str | None:
        lines = tuple(line for block in make(value) if isinstance(block, Display) for line in block.lines)
        return f"$\\displaystyle {tex_lines(lines)}$" if lines else None

    blocks.register(kind, make)
    view.register(kind, as_fragment)
    if kind not in latex.registry:  # the formulas of these fit a notebook's line
        latex.register(kind, as_latex)


shows(Network, network_blocks)
shows(Graph, graph_blocks)
shows(Unrolled, unrolled_blocks)
shows(Loss, loss_blocks)
shows(Path, path_blocks)
shows(PathSum, path_sum_blocks)
shows(WorkedPaths, worked_paths_blocks)
shows(States, states_blocks)
shows(WorkedStates, worked_states_blocks)
shows(Stage, stage_blocks)
shows(Gradient, gradient_blocks)
shows(GradientByStep, by_step_blocks)
shows(Rule, rule_blocks)
shows(Recurrence, recurrence_blocks)
shows(Evaluation, evaluation_blocks)
shows(Numbers, numbers_blocks)
shows(Checks, checks_blocks)
shows(Accounts, accounts_blocks)
shows(Ledger, ledger_blocks)
shows(Derivation, derivation_blocks)
shows(Comparison, comparison_blocks)
shows(Several, several_blocks)
shows(Named, named_blocks)
