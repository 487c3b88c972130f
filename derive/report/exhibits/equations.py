"""The model: its equations, what its names mean, its loss written out, and its local derivatives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from derive.equations import Expr, Var
from derive.equations import expression as ex
from derive.graph import LENGTH_NODE, Node
from derive.notation.express import LAST, TOTAL_LOSS, Notation, T, size_formula
from derive.notation.formula import (
    Apply,
    Big,
    Derivative,
    Formula,
    Group,
    Line,
    Number,
    Row,
    Sign,
    Symbol,
    Words,
    grouped,
    inside,
    number,
    plus,
    relation,
    row,
    times,
)
from derive.notation.measure import width
from derive.numbers import Exact
from derive.recurrence import adjoint_var
from derive.report.document import Column, Display, Inline, Math, Table, Text, letters, wide
from derive.report.exhibits.cells import Cell, first_and_last, in_two
from derive.report.exhibits.packed import packed
from derive.report.subject import LINE, Call, Subject

LARGEST_LOSS = 170
"""Up to this many symbols, L is printed in full; with more, its first term if that has no more."""
DEEPEST_LOSS = 120
"""Operations inside one another, beyond which no one reads on; formulas are written by recursion as deep."""
FEW = 6
MOST_LOCAL = 12
"""Of more local derivatives than this the second half stands beside the first."""
LONGEST_CELL, PADDED = 45.0, 3
"""A longer cell of the table of names, in letters, wraps; what its sides take."""
MOST_IN_BRIEF, BRIEF_LINE = 7, 27.0
"""In brief more equations than this share lines of so many em, beside which a picture has room."""
MOST_GIVEN = 12
"""A series of more given values than this, which does not repeat, is printed with its middle left out."""


def equations(subject: Subject) -> Display:
    """The forward equations for general t, in the author's order, and the total loss; in brief, of many several to a line."""
    network = subject.derivation.network
    lines = [(subject.node(Node(name, 0), T), "=", subject.formula(rule, T)) for name, rule in network.rules.items()]
    lines.append((TOTAL_LOSS, "=", total_loss(subject)))
    short = [relation(left, (sign, right)) for left, sign, right in lines]
    if subject.options.brief and are_many(subject) and max(map(width, short)) < BRIEF_LINE:
        return Display(tuple(packed(short, BRIEF_LINE)))
    return subject.display(*lines)


def are_many(subject: Subject) -> bool:
    """Whether there are so many equations that in brief they share lines."""
    return len(subject.derivation.network.rules) >= MOST_IN_BRIEF


def definitions(subject: Subject) -> Display:
    """The functions made of others that the equations call, and the rules that stand in place of their derivatives."""
    lines: list[tuple[Formula, str, Formula]] = []
    for used in subject.derivation.network.functions_used:
        definition = used.definition
        notation = replace(subject.notation, local=used.shapes, _cache={})
        called = Apply(definition.sign, tuple(notation.name(var.name) for var in definition.of))
        lines.append((called, "=", notation.formula(definition.value, T)))
        if definition.rule and definition.slopes:
            by = notation.name(definition.of[0].name)
            lines.append((Derivative(called, by), "=", notation.formula(definition.slopes[0], T)))
    return subject.display(*lines)


def added_up(subject: Subject, exprs: Iterable[Expr]) -> list[str]:
    """The data whose components some expressions add up, as cross-entropy does: 1 for a distribution."""
    found: dict[str, None] = {}
    stack = list(exprs)
    while stack:
        expr = stack.pop()
        network = subject.derivation.network
        match expr:
            case ex.Total(Var(name)) if name in network.data:
                found[name] = None
            case ex.Summed(Var(name), axis) if name in network.data and axis == network.axis:
                found[name] = None
            case _:
                pass
        stack.extend(ex.children(expr))
    return list(found)


def total_loss(subject: Subject) -> Formula:
    """L for general T: the sum or the mean of the losses, or the last one, and what counts once."""
    network = subject.derivation.network
    if network.loss_at == "last":
        return in_total(subject, subject.notation.at(network.loss, LAST))
    if network.loss_at != "every":
        return in_total(subject, added(subject, [Var(network.loss, -step) for step in network.loss_at]))
    return in_total(subject, _over_steps(subject))


def in_total(subject: Subject, losses: Formula) -> Formula:
    """L: a sum of losses times what each counts for, and the penalty."""
    network = subject.derivation.network
    weighted = losses if network.loss_weight == ex.ONE else times(subject.formula(network.loss_weight), losses)
    return weighted if network.penalty_term is None else plus(weighted, subject.formula(network.penalty_term))


def added(subject: Subject, losses: Sequence[Expr]) -> Formula:
    """Losses added up, of many the first and the last."""
    terms = [subject.formula(term) for term in losses]
    return plus(*([*terms[:2], Sign("⋯"), terms[-1]] if len(terms) > FEW else terms))


def _over_steps(subject: Subject) -> Formula:
    """Σ_t l_t."""
    network = subject.derivation.network
    return Big("Σ", relation(Symbol("t"), ("=", Number("1"))), LAST, subject.node(Node(network.loss, 0), T))


def kind(subject: Subject, name: str) -> str:
    """What a name is: the key of a word."""
    network = subject.derivation.network
    for key, names in {
        "parameter": network.parameters,
        "constant": network.constants,
        "input": network.inputs,
        "target": network.targets,
        "state": network.states,
        "loss": (network.loss,),
    }.items():
        if name in names:
            return key
    return "intermediate"


def names_table(subject: Subject) -> Table:
    """What the symbols are, and for vectors their size; symbols of the same kind and size share a row."""
    network = subject.derivation.network
    alike: dict[tuple[tuple[Inline, ...], tuple[str, ...]], list[Formula]] = {}
    for group in (network.inputs, network.targets, network.variables, network.parameters, network.constants):
        for name in group:
            symbol = subject.notation.at(name, None if name in network.timeless else T.step(0))
            alike.setdefault((_meaning(subject, name), network.shape(name)), []).append(symbol)
    rows = []
    for (what, shape), symbols in alike.items():
        cells: list[tuple[Inline, ...]] = [subject.listed(symbols), what]
        if not network.is_scalar:
            cells.append((Math(_size(shape)),))
        rows.append(tuple(cells))
    columns: list[Column] = []
    for place, key in enumerate(("symbol", "meaning")):
        head = subject.column(key)
        longest = max(map(letters, (head.header, *(row[place] for row in rows))))
        columns.append(replace(head, share=round(min(longest, LONGEST_CELL)) + PADDED))
    if not network.is_scalar:
        columns.append(subject.column("size"))
    return Table(tuple(columns), tuple(rows), subject.sentence("caption_names"), "tab-names")


def _meaning(subject: Subject, name: str) -> tuple[Inline, ...]:
    """What a name is, behind what its author says of it."""
    what, said = subject.word(f"kind_{kind(subject, name)}"), subject.derivation.network.says.get(name, "")
    own = said if isinstance(said, str) else subject.in_language(said)
    return subject.sentence("said", said=own, kind=what) if own else (Text(what),)


def _size(shape: tuple[str, ...]) -> Formula:
    if not shape:
        return Number("1")
    sizes = list(map(size_formula, shape))
    return sizes[0] if len(sizes) == 1 else times(*sizes, sign="×")


def loss_sum(subject: Subject) -> Display:
    """L as the sum of the losses of this T."""
    return subject.display((TOTAL_LOSS, "=", in_total(subject, added(subject, subject.derivation.loss.terms))))


def loss_is_short(subject: Subject) -> bool:
    """Whether L written out fits a page."""
    return _fits(subject, subject.derivation.loss.unrolled.loss_steps)


def loss_begins(subject: Subject) -> bool:
    """Whether the first term of L written out does."""
    return _fits(subject, subject.derivation.loss.unrolled.loss_steps[:1])


def _fits(subject: Subject, steps: Iterable[int]) -> bool:
    """Whether the losses of some steps, written out, fit a page together, and each its lines."""
    loss = subject.derivation.loss
    return (
        subject.derivation.network.is_scalar
        and sum(loss.sizes[step] for step in steps) <= LARGEST_LOSS
        and all(loss.depths[step] <= DEEPEST_LOSS for step in steps)
        and all(width(line.right) <= LINE for step in steps for line in _written_out(subject, step))
    )


def _written_out(subject: Subject, step: int) -> tuple[Line, ...]:
    """The loss of a step in terms of parameters, data and initial states, broken into lines as far as it can be."""
    loss = subject.derivation.loss
    name = subject.derivation.network.loss
    return subject.lines(subject.node(Node(name, step)), "=", subject.formula(loss.written_out(step)))


def loss_written_out(subject: Subject) -> Display:
    """Each loss in terms of parameters, data and initial states; only the first if together they are too long.

    Empty if that is too long by itself.
    """
    loss = subject.derivation.loss
    steps = loss.unrolled.loss_steps if loss_is_short(subject) else loss.unrolled.loss_steps[:1]
    return Display(tuple(line for step in steps if _fits(subject, [step]) for line in _written_out(subject, step)))


def _passed_over(subject: Subject) -> frozenset[str]:
    """The data by which no gradient is taken: no path that is told ends there."""
    network = subject.derivation.network
    return frozenset(network.data) - {*network.by}


def local_derivatives(subject: Subject) -> Display:
    """The local derivatives of a scalar network, and those of L by what counts once, several short ones to a line."""
    lines: list[Line] = []
    found: list[Formula] = []
    graph = subject.derivation.graph
    equations = [(subject.node(Node(name, 0), T), edges) for name, edges in graph.below.items()]
    for of, edges in (*equations, (TOTAL_LOSS, graph.penalty_edges)):
        for edge in edges:
            if edge.tail not in _passed_over(subject):
                by = subject.notation.var(edge.argument, T)
                left, right = Derivative(of, by, "local"), subject.formula(edge.factor, T)
                found.append(relation(left, ("=", right)))
                if width(found[-1]) > LINE:
                    lines += [*(packed(found[:-1]) if found[:-1] else ()), *subject.lines(left, "=", right)]
                    found.clear()
    return Display((*lines, *(packed(found) if found else ())))


def kinks(formulas: Iterable[Formula]) -> set[str]:
    """How formulas tell two sides of a kink or jump apart: by a condition in brackets, ``[]``, by the sign ``sgn``."""
    found: set[str] = set()
    for formula in inside(formulas):
        match formula:
            case Group(Row(items), "[]") if not {Sign(">"), Sign("≤")}.isdisjoint(items):
                found.add("[]")
            case Apply("sgn"):
                found.add("sgn")
    return found


def written(subject: Subject) -> tuple[list[Formula], list[Formula]]:
    """The right-hand sides of the equations and definitions as they are printed; and the local derivatives."""
    network, below = subject.derivation.network, subject.derivation.recurrence.graph.below
    told = [edge for edges in below.values() for edge in edges if edge.tail not in _passed_over(subject)]
    rules = [subject.formula(rule, T) for rule in network.rules.values()]
    if network.is_scalar:
        local = [subject.formula(edge.factor, T) for edge in told]
    else:
        local = [_received(subject, edge.head, edge.partial.by) for edge in told]
    return [*rules, *(line.right for line in definitions(subject).lines)], local


def local_table(subject: Subject) -> Table:
    """For vectors: per equation and argument, what the adjoint of the argument receives; many in two columns."""
    rows: list[tuple[Cell, ...]] = []
    starts: list[int] = []
    for name, edges in subject.derivation.recurrence.graph.below.items():
        inner = [edge for edge in edges if edge.tail not in _passed_over(subject)]
        starts += [len(rows)] if inner else []
        for place, edge in enumerate(inner):
            by = subject.notation.var(edge.argument, T)
            of: Cell = () if place else (Math(subject.node(Node(name, 0), T)),)
            rows.append((of, (Math(by),), (Math(_received(subject, name, edge.partial.by)),)))
    penalty = subject.derivation.graph.penalty_edges
    starts += [len(rows)] if penalty else []
    for place, edge in enumerate(penalty):
        received = Math(subject.formula(edge.factor))
        of = () if place else (Math(TOTAL_LOSS),)
        rows.append((of, (Math(subject.notation.at(edge.tail, None)),), (received,)))
    columns = (subject.column("equation"), subject.column("argument"), subject.column("pulled"))
    whole = Table(columns, tuple(rows), subject.sentence("caption_local"), "tab-local", tuple(starts[1:]))
    return in_two(whole, starts) if len(rows) > MOST_LOCAL and 2 * wide(whole) < LINE else whole


def _received(subject: Subject, name: str, by: Var) -> Formula:
    """W_hᵀ δ^a: what the adjoint of the equation's value adds to that of the argument."""
    upper = Notation(subject.derivation.network, subject.derivation.recurrence.named, always_upper=True)
    edges = subject.derivation.recurrence.graph.below[name]
    partial = next(edge.partial for edge in edges if edge.partial.by == by)
    network = subject.derivation.network
    seed = network.loss_weight if name == network.loss else adjoint_var(Node(name, 0))
    return upper.formula(partial.pull(seed), T)


def given_values(subject: Subject) -> Display:
    """The values of the worked example, as they were given; of a long series the repetition, or its ends."""
    values = subject.evaluation.values
    given = (node for node in values.of if node != LENGTH_NODE)
    outside = [node for node in given if node.step is None or not 1 <= node.step <= subject.steps]
    found = [relation(subject.node(node), ("=", subject.given(values[node]))) for node in outside]
    for name in subject.derivation.network.data:
        series = [values[Node(name, step)] for step in range(1, subject.steps + 1)]
        found += _series(subject, name, series)
    return Display(tuple(packed(found)))


def _series(subject: Subject, name: str, series: Sequence[Exact]) -> list[Formula]:
    """The values of data: one for all steps, or step by step until they repeat, or the first and the last."""
    general = subject.notation.at(name, T.step(0))
    if len(set(series)) == 1:
        return [relation(general, ("=", subject.given(series[0])))]

    def at(step: int) -> Formula:
        return relation(subject.node(Node(name, step)), ("=", subject.given(series[step - 1])))

    steps = range(1, len(series) + 1)
    period = next((length for length in range(1, MOST_GIVEN) if series[length:] == series[:-length]), len(series))
    if len(series) >= max(2 * period, period + 3):
        later = grouped(relation(Symbol("t"), (">", number(period))))
        again = relation(general, ("=", subject.notation.at(name, T.step(-period))))
        return [*map(at, steps[:period]), row(again, Words(" "), later)]
    return [Sign("⋯") if step is None else at(step) for step in first_and_last(steps, MOST_GIVEN)]


CALLS: Mapping[str, Call] = {
    "equations": equations,
    "definitions": definitions,
    "names_table": names_table,
    "loss_sum": loss_sum,
    "loss_written_out": loss_written_out,
    "local_derivatives": local_derivatives,
    "local_table": local_table,
    "given_values": given_values,
}
