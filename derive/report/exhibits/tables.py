"""Tables: the forward and the backward pass in numbers, the gradients, the checks."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from derive.checks import Outcome
from derive.graph import ONCE, Node
from derive.notation import general
from derive.notation.express import T
from derive.notation.formula import Formula, Number, Power, Sign, Symbol, number, relation, row
from derive.notation.measure import width
from derive.recurrence import collected_at, expression
from derive.report.document import Column, Display, Math, Table, Text
from derive.report.exhibits.cells import DOTS, Cell, first_and_last
from derive.report.exhibits.packed import packed
from derive.report.exhibits.stages import main_parameter
from derive.report.subject import IN_A_CELL, Call, Subject

MOST_STEPS = 12
"""Tables over t leave out their middle beyond this."""
MOST_COLUMNS, LAST_COLUMNS = 20, 2
"""More columns than this do not fit, however narrow they are; the last ones are always shown."""
TABLE = 51.0
"""How wide a table may be, in em of its smaller letters."""
PADDING = 1.5
"""What a column takes besides its content."""


def forward_table(subject: Subject) -> Table:
    """Every variable at every step."""
    network = subject.derivation.network
    names = (*network.data, *network.variables)
    symbols = [subject.node(Node(name, 0), T) for name in names]
    values = [{step: _value(subject, Node(name, step)) for step in _candidates(subject)} for name in names]
    steps = _shown_steps(subject, values, max(map(width, symbols)))
    rows = tuple(((Math(symbol),), *_cells(steps, found)) for symbol, found in zip(symbols, values, strict=True))
    caption = subject.sentence("caption_forward", loss=subject.number(subject.evaluation.loss))
    return Table(_heads(steps), rows, caption, "tab-forward")


def _candidates(subject: Subject) -> tuple[int, ...]:
    """The steps that may get a column."""
    steps = range(1, subject.steps + 1)
    return tuple(step for step in first_and_last(steps, MOST_COLUMNS, LAST_COLUMNS) if step)


def _shown_steps(subject: Subject, rows: Iterable[Mapping[int, Formula]], beside: float) -> list[int]:
    """The steps that get a column: as many as fit, the middle left out; 0 stands for the gap.

    ``rows`` hold a formula per candidate, ``beside`` is how wide the other columns are, in em.
    """
    steps = _candidates(subject)
    columns = zip(*(row.values() for row in rows), strict=True)
    widths = [max(map(width, column)) + PADDING for column in columns]
    if sum(widths) + beside <= TABLE and subject.steps <= MOST_STEPS:
        return list(steps)
    widest = max(widths, default=PADDING)
    most = min(max(3, int((TABLE - beside - PADDING) / widest)), MOST_COLUMNS - 1)
    if subject.steps <= most:
        return list(steps)
    return [*steps[: most - LAST_COLUMNS], 0, *steps[-LAST_COLUMNS:]]


def _heads(steps: Sequence[int]) -> tuple[Column, ...]:
    """A column for the names, and one per step shown."""
    numbered = (Column((Math(Number(str(step)) if step else Sign("⋯")),), "right") for step in steps)
    return (Column((Math(Symbol("t")),)), *numbered)


def _cells(steps: Sequence[int], formulas: Mapping[int, Formula]) -> tuple[Cell, ...]:
    """The formulas of the steps shown."""
    return tuple((Math(formulas[step]),) if step else DOTS for step in steps)


def _value(subject: Subject, node: Node) -> Formula:
    given = subject.evaluation.values.of.get(node)
    return (
        subject.number(subject.evaluation.value(node), IN_A_CELL) if given is None else subject.given(given, IN_A_CELL)
    )


def backward_table(subject: Subject) -> Table:
    """Every named adjoint at every step; for scalars with a row for each term of its rule."""
    lines: list[tuple[Formula, dict[int, Formula], bool]] = []
    for name, rule in subject.derivation.rules.items():
        several = len(rule.parts) > 1 and subject.derivation.network.is_scalar
        if several:
            lines += [(*_term(subject, name, place), not place) for place in range(len(rule.parts))]
        symbol = subject.notation.adjoint(name, T.step(0))
        found = {
            step: subject.number(subject.evaluation.adjoint(Node(name, step)), IN_A_CELL)
            for step in _candidates(subject)
        }
        lines.append((symbol, found, not several))
    steps = _shown_steps(subject, [found for _, found, _ in lines], max(width(symbol) for symbol, _, _ in lines))
    rows = tuple(((Math(symbol),), *_cells(steps, found)) for symbol, found, _ in lines)
    rules = tuple(place for place, (_, _, begins) in enumerate(lines) if begins and place and _has_terms(subject))
    return Table(_heads(steps), rows, subject.sentence("caption_backward"), "tab-backward", rules)


def _has_terms(subject: Subject) -> bool:
    several = any(len(rule.parts) > 1 for rule in subject.derivation.rules.values())
    return several and subject.derivation.network.is_scalar


def _term(subject: Subject, name: str, place: int) -> tuple[Formula, dict[int, Formula]]:
    """A term of a rule, and its value at every step; 0 where it does not exist."""
    part = subject.derivation.rules[name].parts[place]
    found = {step: subject.evaluation.terms(Node(name, step))[place] for step in _candidates(subject)}
    numbers = {step: Number("0") if value is None else subject.number(value) for step, value in found.items()}
    # What is collected for one step is no function of t: it stands behind its condition.
    shown = (
        subject.formula(expression(part), T)
        if collected_at(part) is None
        else general.conditioned(subject.notation, part, T)
    )
    return shown, numbers


def gradient_values(subject: Subject) -> Table | Display | tuple[()]:
    """Each gradient and what each step adds to it; for vectors, which are too large for one table, each gradient alone.

    Nothing if there are only gradients by data; in brief, of vectors, the main one only.
    """
    if not subject.by_name:
        return ()
    if subject.derivation.network.is_scalar:
        return _gradient_table(subject)
    values = (
        relation(subject.derivative(target), ("=", subject.number(subject.evaluation.gradient(target))))
        for target in subject.by_name
        if not subject.options.brief or target == main_parameter(subject)
    )
    return Display(tuple(packed(list(values))))


def _gradient_table(subject: Subject) -> Table:
    """What each step adds to each gradient, what the penalty adds, and the gradient."""
    lines: list[tuple[Formula, dict[int, Formula], list[Formula]]] = []
    penalty = bool(subject.derivation.graph.penalty_edges)
    for target in subject.by_name:
        added = subject.evaluation.contributions(target)
        found = {step: subject.number(added[step]) if step in added else Number("0") for step in _candidates(subject)}
        ends = [subject.number(added[ONCE]) if ONCE in added else Number("0")] if penalty else []
        ends.append(subject.number(subject.evaluation.gradient(target)))
        lines.append((subject.slashed(target), found, ends))
    beside = max(width(name) + sum(map(width, ends)) for name, _, ends in lines) + PADDING * (1 + penalty)
    steps = _shown_steps(subject, [found for _, found, _ in lines], beside)
    rows = tuple(((Math(name),), *_cells(steps, found), *((Math(end),) for end in ends)) for name, found, ends in lines)
    more = (subject.column("penalty", right=True),) if penalty else ()
    columns = (*_heads(steps), *more, subject.column("sum", right=True))
    return Table(columns, rows, subject.sentence("caption_gradients"), "tab-gradients")


def by_step_values(subject: Subject) -> Table | Display | tuple[()]:
    """The gradients by data at every step: for scalars a table, for vectors each alone, the middle of many left out.

    Nothing if none were asked for.
    """
    names = tuple(subject.derivation.gradients_by_step)
    if not names:
        return ()
    if not subject.derivation.network.is_scalar:
        shown = (Node(name, step) if step else None for name in names for step in first_and_last(_steps(subject)))
        return Display(tuple(packed([Sign("⋯") if node is None else _valued(subject, node) for node in shown])))
    symbols = [subject.slashed(Node(name, 0), clock=T) for name in names]
    values = [
        {step: subject.number(subject.evaluation.gradient(Node(name, step))) for step in _candidates(subject)}
        for name in names
    ]
    steps = _shown_steps(subject, values, max(map(width, symbols)))
    rows = tuple(((Math(symbol),), *_cells(steps, found)) for symbol, found in zip(symbols, values, strict=True))
    return Table(_heads(steps), rows, subject.sentence("caption_by_step"), "tab-by-step")


def _steps(subject: Subject) -> range:
    return range(1, subject.steps + 1)


def _valued(subject: Subject, node: Node) -> Formula:
    return relation(subject.derivative(node), ("=", subject.number(subject.evaluation.gradient(node))))


def check_table(subject: Subject) -> Table:
    """Each route, what it shares with the recurrence, and how far it lies from it, here and at generic values."""
    rows = []
    for check in subject.checks:
        if check.route == "closed form" and not subject.closed_forms:
            continue  # it holds, and is not printed
        route = subject.sentence(f"route_{_key(check.route)}")
        shared = subject.sentence(f"shared_{_key(check.shared)}")
        rows.append((route, shared, _verdict(subject, check.worked), _verdict(subject, check.generic)))
    columns = (
        subject.column("route", share=13),
        subject.column("shared", share=6),
        subject.column("at_worked", share=4),
        subject.column("at_generic", share=4),
    )
    return Table(columns, tuple(rows), subject.sentence("caption_checks"), "tab-checks")


def _key(text: str) -> str:
    return text.replace(" ", "_")


def _verdict(subject: Subject, found: Outcome | None) -> Cell:
    """What a route found; None where it need not be run again."""
    if found is None:
        return (Text(subject.word("for_all")),)
    if found.passed is None:
        return (Text(subject.word(f"left_out_{_key(found.reason)}")),)
    if found.distance is None:
        return (Text(subject.word("identical")),)
    if found.distance == 0:
        return (Math(Number("0")),)
    exponent = math.ceil(math.log10(found.distance))
    return (Math(row(Sign("≤"), Power(Number("10"), number(exponent)))),)


CALLS: Mapping[str, Call] = {
    "forward_table": forward_table,
    "backward_table": backward_table,
    "gradient_values": gradient_values,
    "by_step_values": by_step_values,
    "check_table": check_table,
}
