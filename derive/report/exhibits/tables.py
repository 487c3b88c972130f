"""Tables: the paths, the forward and the backward pass in numbers, the gradients, the checks."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from derive.accounting import Accounts
from derive.breakdown import by_step, rule_term
from derive.fold import chain, expression
from derive.notation.express import NUMBERS, T
from derive.notation.formula import Formula, Number, Power, Product, Sign, Symbol, number, row
from derive.notation.measure import width
from derive.paths import Path
from derive.report.document import Column, Inline, Math, Table, Text
from derive.report.exhibits.subject import Subject
from derive.unroll import TOTAL, Node
from derive.verify import Check

Cell = tuple[Inline, ...]
MOST_STEPS = 12
"""Tables over t leave out their middle beyond this."""
MOST_ROWS = 9
"""Tables over lags leave out their middle beyond this."""
TABLE = 44.0
"""How wide a table may be, in em of its smaller letters."""
PADDING = 1.5
"""What a column takes besides its content."""
ROOM = 3000.0
"""How much all tables of paths together may hold, in em of products."""
MARGIN = 12.0
"""What a row takes besides its product."""
WHOLE = 16.0
"""A formula up to this many em is not broken inside a cell."""
MOST_LAGS = 6
DOTS: Cell = (Math(Sign("⋯")),)


def listed(subject: Subject, main: Node) -> list[str]:
    """The parameters whose paths have a table of their own: the main one, then others while there is room."""
    gradients = subject.derivation.gradients
    room = ROOM
    chosen: set[str] = set()
    for label in sorted(gradients, key=lambda label: gradients[label].target != main):
        paths = gradients[label].path_sum
        few = paths.count <= subject.most_paths
        room -= sum(width(product(subject, path)) + MARGIN for path in paths) if few else ROOM / 4
        if chosen and room < 0:
            break
        chosen.add(label)
    return [label for label in gradients if label in chosen]


def path_table(subject: Subject, target: Node, label: str) -> Table:
    """Every path from L to a target: its nodes, its lag, its product and value, and the sum at the foot.

    Where there are more than may be printed: the number and the sum of the paths of each lag.
    """
    paths = subject.derivation.paths(target.name, target.step)
    if paths.count > subject.most_paths:
        return lag_table(subject, target, label)
    scalar = subject.derivation.network.is_scalar
    rows: list[tuple[Cell, ...]] = []
    rules = []
    last = None
    for place, path in enumerate(paths, 1):
        if path.loss_step != last and last is not None:
            rules.append(len(rows))
        last = path.loss_step
        cells: list[Cell] = [
            (Text(str(place)),),
            (Math(route(subject, path)),),
            (Math(number(path.lag)),),
            pieces(product(subject, path)),
        ]
        if scalar:
            cells.append((Math(subject.number(subject.evaluation.product(path))),))
        rows.append(tuple(cells))
    columns = [
        subject.column("count"),
        subject.column("path", share=4 if scalar else 3),
        subject.column("lag", right=True),
        subject.column("product", share=5),
    ]
    if scalar:
        columns.append(subject.column("value", right=True))
        rules.append(len(rows))
        total = (Math(subject.slashed(target)), Text(subject.word("is_sum")))
        rows.append(((), total, (), (), (Math(subject.number(subject.evaluation.gradient(target))),)))
    return Table(
        tuple(columns), tuple(rows), _caption(subject, "caption_paths", target, paths.count), label, tuple(rules)
    )


def _caption(subject: Subject, key: str, target: Node, count: int) -> Cell:
    return subject.sentence(key, target=subject.node(target), count=grouped_digits(count))


def grouped_digits(count: int) -> str:
    """A whole number with thin spaces between thousands."""
    return f"{count:,}".replace(",", "\u202f") if count >= 10_000 else str(count)


def route(subject: Subject, path: Path) -> Formula:
    """l_3 → y_3 → h_3 → a_3 → w_h."""
    items: list[Formula] = []
    for node in path.nodes:
        if node != TOTAL:
            items += [Sign("→"), subject.node(node)] if items else [subject.node(node)]
    return row(*items)


def product(subject: Subject, path: Path) -> Formula:
    """The local partials along a path, multiplied in order; for vectors as transposed Jacobians."""
    if subject.derivation.network.is_scalar:
        return subject.notation.formula(path.product, NUMBERS, sign="·")
    return subject.tree(chain(path))


def lag_table(subject: Subject, target: Node, label: str) -> Table:
    """The paths grouped by lag: how many there are and what they add up to, computed without enumerating them."""
    paths = subject.derivation.paths(target.name, target.step)
    scalar = subject.derivation.network.is_scalar
    groups = Accounts(subject.evaluation, target).by_lag() if scalar else {}
    rows: list[tuple[Cell, ...]] = []
    counts = list(paths.by_lag().items())
    for lag, count in _ends(counts):
        if lag is None:
            rows.append((DOTS, DOTS, DOTS)[: 3 if scalar else 2])
            continue
        cells: list[Cell] = [(Math(number(lag)),), (Text(grouped_digits(count)),)]
        if scalar:
            cells.append((Math(subject.number(groups[lag].sum)),))
        rows.append(tuple(cells))
    columns = [subject.column("lag", right=True), subject.column("how_many", right=True)]
    total: list[Cell] = [(Text(subject.word("all")),), (Text(grouped_digits(paths.count)),)]
    if scalar:
        columns.append(subject.column("sum", right=True))
        total.append((Math(subject.number(subject.evaluation.gradient(target))),))
    caption = _caption(subject, "caption_lags", target, paths.count)
    return Table(tuple(columns), (*rows, tuple(total)), caption, label, (len(rows),))


def pieces(formula: Formula) -> Cell:
    """A product as its factors, so that a line breaks between them and nowhere else."""
    match formula:
        case Product(factors, sign):
            first, *others = (Math(factor, whole=True) for factor in factors)
            gap = (Text("\u00a0"), Math(Sign(sign)), Text(" ")) if sign else (Text(" "),)
            return (first, *(inline for factor in others for inline in (*gap, factor)))
        case _:
            return (Math(formula, whole=width(formula) < WHOLE),)


def summary_table(subject: Subject, targets: Sequence[Node], label: str) -> Table:
    """Per parameter, how many paths there are, in all and of each lag, and for scalars what they add up to."""
    scalar = subject.derivation.network.is_scalar
    counts = {target: subject.derivation.paths(target.name, target.step).by_lag() for target in targets}
    lags = sorted({lag for found in counts.values() for lag in found})
    shown = lags if len(lags) <= MOST_LAGS else [*lags[: MOST_LAGS - 2], None, lags[-1]]
    rows = []
    for target, found in counts.items():
        cells: list[Cell] = [(Math(subject.node(target)),), (Text(grouped_digits(sum(found.values()))),)]
        cells += [DOTS if lag is None else (Text(grouped_digits(found.get(lag, 0))),) for lag in shown]
        if scalar:
            cells.append((Math(subject.number(subject.evaluation.gradient(target))),))
        rows.append(tuple(cells))
    heads = [Column(DOTS if lag is None else subject.sentence("lag_of", lag=number(lag)), "right") for lag in shown]
    columns = [subject.column("parameter"), subject.column("how_many", right=True), *heads]
    if scalar:
        columns.append(subject.column("sum", right=True))
    return Table(tuple(columns), tuple(rows), subject.sentence("caption_summary"), label)


def _ends(counts: Sequence[tuple[int, int]]) -> Iterable[tuple[int | None, int]]:
    """The first and last entries of a long list, with a gap between."""
    if len(counts) <= MOST_ROWS:
        return counts
    return (*counts[: MOST_ROWS - 4], (None, 0), *counts[-3:])


def forward_table(subject: Subject, label: str) -> Table:
    """Every variable at every step."""
    network = subject.derivation.network
    names = (*network.data, *network.variables)
    symbols = [subject.node(Node(name, 0), T) for name in names]
    values = [[_value(subject, Node(name, step)) for step in _all_steps(subject)] for name in names]
    steps = _shown_steps(subject, values, max(map(width, symbols)))
    rows = tuple(((Math(symbol),), *_cells(steps, found)) for symbol, found in zip(symbols, values, strict=True))
    caption = subject.sentence("caption_forward", loss=subject.number(subject.evaluation.loss))
    return Table(_heads(steps), rows, caption, label)


def _all_steps(subject: Subject) -> range:
    return range(1, subject.steps + 1)


def _shown_steps(subject: Subject, rows: Iterable[Sequence[Formula]], beside: float) -> list[int]:
    """The steps that get a column: as many as fit, the middle left out; 0 stands for the gap.

    ``rows`` hold a formula per step, ``beside`` is how wide the other columns are, in em.
    """
    steps = list(range(1, subject.steps + 1))
    widths = [max(map(width, column)) + PADDING for column in zip(*rows, strict=True)]
    if sum(widths) + beside <= TABLE and len(steps) <= MOST_STEPS:
        return steps
    widest = max(widths, default=PADDING)
    most = max(3, int((TABLE - beside - PADDING) / widest))
    return [*steps[: most - 2], 0, *steps[-2:]] if most < len(steps) else steps


def _heads(steps: Sequence[int]) -> tuple[Column, ...]:
    """A column for the names, and one per step shown."""
    numbered = (Column((Math(Number(str(step)) if step else Sign("⋯")),), "right") for step in steps)
    return (Column((Math(Symbol("t")),)), *numbered)


def _cells(steps: Sequence[int], formulas: Sequence[Formula]) -> tuple[Cell, ...]:
    """The formulas of the steps shown."""
    return tuple((Math(formulas[step - 1]),) if step else DOTS for step in steps)


def _value(subject: Subject, node: Node) -> Formula:
    given = subject.evaluation.values.of.get(node)
    return subject.number(subject.evaluation.value(node)) if given is None else subject.given(given)


def backward_table(subject: Subject, label: str) -> Table:
    """Every named adjoint at every step; for scalars with a row for each term of its rule."""
    lines: list[tuple[Formula, list[Formula], bool]] = []
    for name, rule in subject.derivation.rules.items():
        several = len(rule.parts) > 1 and subject.derivation.network.is_scalar
        if several:
            lines += [(*_term(subject, name, place), not place) for place in range(len(rule.parts))]
        symbol = subject.notation.adjoint(name, T.step(0))
        found = [subject.number(subject.evaluation.adjoint(Node(name, step))) for step in _all_steps(subject)]
        lines.append((symbol, found, not several))
    steps = _shown_steps(subject, [found for _, found, _ in lines], max(width(symbol) for symbol, _, _ in lines))
    rows = tuple(((Math(symbol),), *_cells(steps, found)) for symbol, found, _ in lines)
    rules = tuple(place for place, (_, _, begins) in enumerate(lines) if begins and place and _has_terms(subject))
    return Table(_heads(steps), rows, subject.sentence("caption_backward"), label, rules)


def _has_terms(subject: Subject) -> bool:
    several = any(len(rule.parts) > 1 for rule in subject.derivation.rules.values())
    return several and subject.derivation.network.is_scalar


def _term(subject: Subject, name: str, place: int) -> tuple[Formula, list[Formula]]:
    """A term of a rule, and its value at every step; 0 where it does not exist."""
    part = subject.derivation.rules[name].parts[place]
    found = [rule_term(subject.evaluation, Node(name, step), place) for step in _all_steps(subject)]
    numbers = [Number("0") if value is None else subject.number(value) for value in found]
    return subject.formula(expression(part), T), numbers


def gradient_table(subject: Subject, label: str) -> Table:
    """What each step adds to each gradient, and the gradient."""
    lines: list[tuple[Formula, list[Formula], Formula]] = []
    for gradient in subject.derivation.gradients.values():
        added = by_step(subject.evaluation, gradient.target)
        found = [subject.number(added[step]) if step in added else Number("0") for step in _all_steps(subject)]
        total = subject.number(subject.evaluation.gradient(gradient.target))
        lines.append((subject.slashed(gradient.target), found, total))
    beside = max(width(name) + width(total) for name, _, total in lines) + PADDING
    steps = _shown_steps(subject, [found for _, found, _ in lines], beside)
    rows = tuple(((Math(name),), *_cells(steps, found), (Math(total),)) for name, found, total in lines)
    columns = (*_heads(steps), subject.column("sum", right=True))
    return Table(columns, rows, subject.sentence("caption_gradients"), label)


def gradient_values(subject: Subject) -> tuple[tuple[Formula, Formula], ...]:
    """Each gradient and its value, for vectors, whose gradients are too large for one table."""
    return tuple(
        (subject.derivative(gradient.target), subject.number(subject.evaluation.gradient(gradient.target)))
        for gradient in subject.derivation.gradients.values()
    )


def check_table(subject: Subject, label: str) -> Table:
    """Each route, and how far it lies from the recurrence."""
    rows = []
    for check in subject.checks:
        rows.append((subject.sentence(f"route_{_key(check.route)}"), _verdict(subject, check)))
    columns = (subject.column("route", share=5), subject.column("distance", share=3))
    return Table(columns, tuple(rows), subject.sentence("caption_checks"), label)


def _key(text: str) -> str:
    return text.replace(" ", "_")


def _verdict(subject: Subject, check: Check) -> Cell:
    if check.passed is None:
        return (Text(subject.word(f"left_out_{_key(check.reason)}")),)
    if check.distance is None:
        return (Text(subject.word("identical")),)
    if check.distance == 0:
        return (Math(Number("0")),)
    exponent = math.ceil(math.log10(check.distance))
    return (Math(row(Sign("<"), Power(Number("10"), number(exponent)))),)
