"""The chapter ``forward``: forward accumulation, that is the sensitivities of one target, their recurrence, their numbers.

For vectors the factors are Jacobians, printed as local partials in the order of the path, nearest the loss first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from derive.equations import Var
from derive.equations import expression as ex
from derive.graph import ONCE, Arc, Node
from derive.notation import general
from derive.notation.express import LAST, NUMBERS, TOTAL_LOSS, Clock, Notation, T, one_step
from derive.notation.formula import (
    Big,
    Derivative,
    Formula,
    Line,
    Number,
    Sum,
    Symbol,
    grouped,
    number,
    plus,
    relation,
    times,
)
from derive.numbers import Evaluation, entries, once, sensitivities
from derive.recurrence import All, Either, ForwardRecurrence, Tree, mirrored_expression, sensitivity_var, spine
from derive.report.chapters.chapter import Chapter
from derive.report.document import Column, Display, Math, Table
from derive.report.exhibits.cells import DOTS, Cell, first_and_last, grouped_digits
from derive.report.exhibits.paths import many
from derive.report.exhibits.printed_numbers import certain_digits
from derive.report.exhibits.sheets import Sheet, number_cells
from derive.report.subject import Subject

MOST_ENTRIES = 12
"""The derivatives of the losses are printed if the target has no more entries."""


def _letter(subject: Subject) -> str:
    """The letter of the sensitivities: one that the network does not use."""
    return subject.fresh("sensitivity").letter


def _sensitivity(subject: Subject, forward: ForwardRecurrence, name: str, step: Formula) -> Symbol:
    """p_t, with a superscript if there are several; of a variable at one step for all t at that step."""
    name, at = ex.anchor(name)
    step = step if at is None else one_step(at)
    sups = (subject.notation.name(name),) if len(forward.named) > 1 else ()
    return Symbol(_letter(subject), None, (step,), sups)


@dataclass(frozen=True)
class Sensitivities(Notation):
    """Names in print, the variable that stands for a sensitivity among them."""

    symbols: dict[str, Symbol] = field(default_factory=dict)
    fixed: frozenset[str] = frozenset()
    """Those at one step for all t."""

    def var(self, var: Var, clock: Clock) -> Formula:
        """The symbol of a variable: p at its step for a sensitivity."""
        found = self.symbols.get(var.name)
        if found is None:
            return super().var(var, clock)
        if var.name in self.fixed:
            return found
        return Symbol(found.letter, None, (clock.step(-(var.lag or 0)),), found.sups)


def _notation(subject: Subject, forward: ForwardRecurrence) -> Sensitivities:
    anchored = tuple(forward.graph.anchored)
    symbols = {
        sensitivity_var(Node(name, 0), forward.target).name: _sensitivity(subject, forward, name, T.step(0))
        for name in (*forward.named, *anchored)
    }
    fixed = frozenset(sensitivity_var(Node(name, 0), forward.target).name for name in anchored)
    return Sensitivities(subject.derivation.network, symbols=symbols, fixed=fixed)


@dataclass(frozen=True)
class ForwardChapter(Chapter):
    """Forward accumulation: the mirror image of the backward recurrence, for the main parameter."""

    @once
    def _forward(self) -> ForwardRecurrence:
        """The forward recurrence, its induction verified, and for this T its paths, unless they are too many."""
        forward = ForwardRecurrence(self.subject.derivation.recurrence.graph, self._main)
        self.subject.insist("the step of the forward induction is no identity", holds=forward.induction_holds())
        holds = many(self.subject, self._main) or forward.holds(self.subject.derivation.unrolled)
        self.subject.insist("the forward recurrence is not the set of all paths", holds=holds)
        return forward

    @property
    def by_step(self) -> bool:
        """Whether what is told in full is a datum of one step, for which nothing is folded forwards."""
        return self._main not in self.subject.by_name

    @property
    def depends(self) -> bool:
        """Whether the loss depends on the main parameter at all."""
        return self._forward.summand is not None

    @property
    def named(self) -> list[str]:
        """The variables whose sensitivity has a name."""
        return list(self._forward.named)

    @property
    def given(self) -> bool:
        """Whether the main parameter is an initial state, which is given outside 1 … T."""
        return self._main.step is not None

    @property
    def small(self) -> bool:
        """Whether the numbers fit a table."""
        return self._size(self._main) <= MOST_ENTRIES

    @property
    def parameters(self) -> int:
        """How many gradients there are."""
        return len(self.subject.targets)

    @property
    def entries(self) -> str:
        """How many numbers all parameters together hold."""
        return grouped_digits(sum(map(self._size, self.subject.targets)))

    @property
    def components(self) -> str:
        """How many numbers the named sensitivities' variables hold at a step."""
        return grouped_digits(sum(self._size(Node(name, 1)) for name in self._forward.named))

    def _size(self, node: Node) -> int:
        return len(entries(self.subject.evaluation.value(node)))

    def boundary(self) -> list[str]:
        """The sensitivities outside 1 … T."""
        return [self._math(formula) for formula in _boundary(self.subject, self._forward)]

    def definition(self) -> str:
        """What the sensitivities are."""
        return self._block(definition(self.subject, self._forward))

    def rules(self) -> str:
        """The forward recurrence."""
        return self._block(rules(self.subject, self._forward))

    def gradient(self) -> str:
        """The gradient as a sum of the derivatives of the losses."""
        return self._block(gradient(self.subject, self._forward))

    def table(self) -> str:
        """The numbers over t."""
        return self._block(_over_t(self.subject, self._forward, "tab-sensitivities"))

    def sheets(self) -> Mapping[str, Sheet]:
        """The sensitivities of a scalar network by the main parameter, and the derivative of each loss."""
        if self.by_step:
            return {}
        label, scalar = self.subject.label(self._main), self.subject.derivation.network.is_scalar

        def found(example: Evaluation) -> Iterator[tuple[str, int, Any]]:
            known = sensitivities(example, self._forward, range(1, self.subject.steps + 1))
            for node, slope in (*(known.named.items() if scalar else ()), *known.losses.items()):
                yield f"d{node.name}/d{label}", node.step or 0, slope

        return {"sensitivities.csv": Sheet("t", number_cells(self.subject, found))}


# -- the recurrence ----------------------------------------------------------------------------------------------------


def definition(subject: Subject, forward: ForwardRecurrence) -> Display:
    """p_t = dh_t/dw, for every named sensitivity."""
    by = subject.node(forward.target)
    return subject.display(
        *(
            (_sensitivity(subject, forward, name, T.step(0)), "=", Derivative(subject.node(Node(name, 0), T), by))
            for name in forward.named
        )
    )


def rules(subject: Subject, forward: ForwardRecurrence) -> Display:
    """Each sensitivity's rule for general t: in local partials, and for scalars written out."""
    lines: list[Line] = []
    for name, rule in forward.rules.items():
        left = _sensitivity(subject, forward, name, T.step(0))
        lines += subject.lines(left, "=", _sum_of_chains(subject, forward, rule.tree, T))
        if subject.derivation.network.is_scalar:
            written = _notation(subject, forward).formula(rule.expression, T)
            lines += subject.lines(None, "=", written)
    return Display(tuple(lines))


def gradient(subject: Subject, forward: ForwardRecurrence) -> Display:
    """dL/dw as the sum over t of dl_t/dw, or that of the last step, in terms of sensitivities, and what the penalty adds."""
    network = subject.derivation.network
    tree = forward.summand or Either(())
    clock = Clock("T") if network.loss_at == "last" else T
    loss = Derivative(subject.node(Node(network.loss, 0), clock), subject.node(forward.target))
    if network.is_scalar:
        term = _notation(subject, forward).formula(mirrored_expression(tree, forward.target, general=True), clock)
    else:
        term = _sum_of_chains(subject, forward, tree, clock)
    terms = [loss, term]
    if network.loss_at != "last":
        lower = relation(Symbol("t"), ("=", Number("1")))
        holds = general.counts(subject.notation, T)
        terms = [Big("Σ", lower, LAST, times(*holds, body) if holds else _bracketed(body)) for body in terms]
    if network.loss_weight != ex.ONE:
        terms = [times(subject.formula(network.loss_weight), term) for term in terms]
    terms = [plus(term, *_penalty(subject, forward)) for term in terms]
    first = subject.lines(subject.derivative(forward.target), "=", terms[0])
    return Display((*first, *subject.lines(None, "=", terms[1])))


def _penalty(subject: Subject, forward: ForwardRecurrence) -> tuple[Formula, ...]:
    """What the penalty adds, if anything; among Jacobian matrices a local derivative of L."""
    found = general.penalty(subject.notation, subject.derivation.recurrence, forward.target)
    if not found or subject.derivation.network.is_scalar:
        return found
    return (Derivative(TOTAL_LOSS, subject.node(forward.target), "local"),)


def _bracketed(body: Formula) -> Formula:
    return grouped(body) if isinstance(body, Sum) else body


def _sum_of_chains(subject: Subject, forward: ForwardRecurrence, tree: Tree, clock: Clock) -> Formula:
    """A mirrored tree as local partials, then the sensitivity."""

    def last(node: Node) -> Formula | None:
        if node.step is None:
            return None
        return _sensitivity(subject, forward, node.name, clock.step(node.step or 0))

    return chains(subject, tree, clock, last)


def chains(subject: Subject, tree: Tree, clock: Clock, last: Callable[[Node], Formula | None]) -> Formula:
    """A mirrored tree as local partials ∂⁺v/∂u, nearest the loss first; ``last`` is the factor after them, if any."""
    first, arcs = spine(tree)
    factors: list[Formula] = [_partial(subject, arc, clock) for arc in reversed(arcs)]
    match first:
        case All(node):
            factors += [factor for factor in [last(node)] if factor is not None]
        case Either(parts):
            factors.append(plus(*(chains(subject, part, clock, last) for part in parts)))
        case _:
            raise AssertionError("a mirrored tree does not begin at L")
    return times(*factors)


def _partial(subject: Subject, arc: Arc, clock: Clock) -> Formula:
    head = subject.notation.at(arc.edge.head, clock.step(arc.step))
    step = None if arc.edge.lag is None else clock.step(arc.step - arc.edge.lag)
    step = step if arc.edge.anchor is None else one_step(arc.edge.anchor)
    return Derivative(head, subject.notation.at(arc.edge.tail, step), "local")


def _boundary(subject: Subject, forward: ForwardRecurrence) -> tuple[Formula, ...]:
    """The sensitivities outside 1 … T: 0, but for the target itself, if it is an initial state."""
    trees = [*(rule.tree for rule in forward.rules.values()), forward.summand or Either(())]
    found: list[Formula] = []
    for name in dict.fromkeys((*forward.named, forward.target.name)):
        steps = [node.step for tree in trees for node in _leaves(tree) if node.name == name and node.step is not None]
        beyond = [*range(0, min((0, *steps)), -1), *range(1, max((0, *steps)) + 1)]
        for step in beyond:
            at = plus(LAST, number(step)) if step > 0 else NUMBERS.step(step)
            own = forward.target == Node(name, step + subject.steps if step > 0 else step)
            found.append(relation(_sensitivity(subject, forward, name, at), ("=", _known(subject, own=own))))
    return tuple(found)


def _known(subject: Subject, *, own: bool) -> Formula:
    """The derivative of what is given: 1, or a unit matrix, by itself."""
    if not own:
        return Number("0")
    return Number("1") if subject.derivation.network.is_scalar else Symbol("I")


def _leaves(tree: Tree) -> tuple[Node, ...]:
    match spine(tree)[0]:
        case All(node):
            return (node,)
        case Either(parts):
            return tuple(node for part in parts for node in _leaves(part))
        case _:
            return ()


# -- the numbers -------------------------------------------------------------------------------------------------------


def _over_t(subject: Subject, forward: ForwardRecurrence, label: str) -> Table:
    """The sensitivities of a scalar network and dl_t/dw step by step, and the sum; for vectors dl_t/dw alone."""
    scalar = subject.derivation.network.is_scalar
    names = forward.named if scalar else ()
    losses = subject.derivation.unrolled.loss_steps
    shown = first_and_last([step for step in range(1, subject.steps + 1) if scalar or step in losses])
    wanted = [Node(name, step) for step in shown if step for name in names]

    def compute(evaluation: Evaluation) -> dict[Node, Any]:
        found = sensitivities(evaluation, forward, (step for step in shown if step))
        zero = evaluation.gradient(forward.target) * 0
        return {node: found.named.get(node, zero) for node in wanted} | dict(found.losses)

    printed = certain_digits(subject, compute)
    loss = subject.derivation.network.loss
    rows: list[tuple[Cell, ...]] = []
    for step in shown:
        if step is None:
            rows.append((DOTS,) * (len(names) + 2))
            continue
        nodes = [*(Node(name, step) for name in names), Node(loss, step)]
        cells: list[Cell] = [(Math(printed[node]),) if node in printed else () for node in nodes]
        rows.append(((Math(number(step)),), *cells))
    blank: tuple[Cell, ...] = ((),) * len(names)
    rules = [len(rows)]
    if ONCE in (added := subject.evaluation.contributions(forward.target)):
        rows.append((subject.sentence("penalty"), *blank, (Math(subject.number(added[ONCE])),)))
        rules.append(len(rows))
    rows.append((subject.sentence("sum"), *blank, (Math(subject.number(subject.evaluation.gradient(forward.target))),)))
    heads = [_sensitivity(subject, forward, name, T.step(0)) for name in names]
    columns = (Column((Math(Symbol("t")),), "right"), *(Column((Math(head),), "right") for head in heads))
    last = Column((Math(_slashed(subject, forward)),), "right")
    caption = subject.sentence("caption_sensitivities", target=subject.node(forward.target))
    return Table((*columns, last), tuple(rows), caption, label, tuple(rules))


def _slashed(subject: Subject, forward: ForwardRecurrence) -> Formula:
    loss = subject.node(Node(subject.derivation.network.loss, 0), T)
    return subject.slashed(forward.target, loss)


CHAPTER = ForwardChapter
