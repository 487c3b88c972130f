"""Paths: tables of the paths to a parameter — each of them, or of many the first and the last, and the sums by lag."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from derive import groups
from derive.graph import ONCE, TOTAL, Arc, Node
from derive.notation.express import NUMBERS, TOTAL_LOSS, one_step
from derive.notation.formula import Big, Derivative, Formula, Product, Sign, Words, number, row
from derive.notation.measure import width
from derive.notation.spelling import factors
from derive.numbers import Evaluation, Masks
from derive.paths import Path, PathSum
from derive.recurrence import path_tree
from derive.report.document import Column, Display, Inline, Math, Table, Text, wide
from derive.report.exhibits.cells import DOTS, Cell, counted, first_and_last, grouped_digits
from derive.report.exhibits.printed_numbers import certain_digits
from derive.report.subject import LINE, Call, Subject, without_pages

ROOM = 3000.0
"""How much all tables of paths together may hold, in em of products."""
MARGIN = 12.0
"""What a row takes besides its product."""
WHOLE = 16.0
"""A formula up to this many em is not broken inside a cell."""
MOST_LAGS, LEAST_LAGS = 6, 3
FIRST, LAST = 3, 3
"""Of many paths so many are shown."""
LONG = 13
"""A path through more nodes, or a product of more factors, is printed with its middle left out if it is one of many."""
MOST_IN_A_ROW = 72.0
"""So is one whose product is wider, in em, than some lines of its cell."""


def listed(subject: Subject, main: Node) -> list[str]:
    """The parameters whose paths have a table of their own: the main one, then others while there is room."""
    gradients = subject.derivation.single_gradients
    room = ROOM
    counted = ROOM / 3 if subject.derivation.network.is_scalar else ROOM  # of vectors there are counts alone, no sums
    chosen: set[str] = set()
    for label in sorted(gradients, key=lambda label: gradients[label].target != main):
        paths = gradients[label].path_sum
        few = paths.count <= subject.options.most_paths
        room -= sum(width(product(subject, path)) + MARGIN for path in paths) if few else counted
        if chosen and room < 0:
            break
        chosen.add(label)
    return [label for label in gradients if label in chosen]


def many(subject: Subject, target: Node) -> bool:
    """Whether there are more paths to a target than are listed one by one."""
    return subject.derivation.paths(*target).count > subject.options.most_paths


def path_formula(subject: Subject) -> Display:
    """Bauer's formula: dL/du = Σ over paths Π over arrows of local partials, in letters that the network has no use for."""
    start, end, u = subject.of_paths
    product = Big("Π", row(start, Sign("→"), end), None, Derivative(start, end, "local"))
    along = row(TOTAL_LOSS, Sign("→"), Sign("⋯"), Sign("→"), u)
    return subject.display(
        (Derivative(TOTAL_LOSS, u, "total"), "=", Big("Σ", along, None, row(Words("  "), product))), label="eq-paths"
    )


def path_table(subject: Subject, target: Node, label: str, *, worked: bool = True) -> Table:
    """Every path from L to a target, of many the first and the last: nodes, lag, product and value; the sum at the foot.

    Without a ``worked`` example there are no values.
    """
    paths = subject.derivation.paths(*target)
    shown, masked = _unmasked(subject, in_table(subject, target, paths), worked=worked)
    values = certain_digits(subject, lambda example: _values(example, shown)) if worked else {}
    rows: list[tuple[Cell, ...]] = []
    rules = []
    last = None
    for place, path in shown.items():
        if path is None:
            rows.append((DOTS,) * (4 + bool(values)))
            continue
        if path.loss_step != last and last is not None and place > 1:
            rules.append(len(rows))
        last = path.loss_step
        told = subject.kept((_told, target, place), partial(_told, subject, place, path, target))
        rows.append((*told, (Math(values[place]),)) if values else told)
    if values:
        rules.append(len(rows))
        total = (Math(subject.slashed(target)), Text(subject.word("is_sum")))
        rows.append(((), total, (), (), (Math(subject.number(subject.evaluation.gradient(target))),)))
    key = "caption_ends" if many(subject, target) else "caption_paths"
    caption = _caption(subject, key, target, paths.count) + masked_caption(subject, "caption_masked_paths", masked)
    return Table(_path_columns(subject, values=bool(values)), tuple(rows), caption, label, tuple(rules))


def in_table(subject: Subject, target: Node, paths: PathSum) -> dict[int, Path | None]:
    """The paths that are listed, by their place from 1 on; None at a place stands for those left out from there."""
    if not many(subject, target):
        return dict(enumerate(paths, 1))
    first = {place: paths[place - 1] for place in range(1, FIRST + 1)}
    last = {place: paths[place - 1] for place in range(paths.count - LAST + 1, paths.count + 1)}
    return {**first, FIRST + 1: None, **last}


def _unmasked(subject: Subject, shown: dict[int, Path | None], *, worked: bool) -> tuple[dict[int, Path | None], int]:
    """Those that are listed in an example: of all without what leads through a factor that is given as 0; and how many do."""
    if not worked or None in shown.values():
        return shown, 0
    masks = Masks(subject.evaluation)
    found = {place: path for place, path in shown.items() if path is None or not masks.path(path)}
    return found, len(shown) - len(found)


def masked_caption(subject: Subject, key: str, masked: int) -> Cell:
    """How many are not listed, since they lead through a factor that is given as 0, if there are any."""
    return subject.sentence(f"{key}{'_one' * (masked == 1)}", count=grouped_digits(masked)) if masked else ()


def _values(example: Evaluation, shown: Mapping[int, Path | None]) -> dict[int, Any]:
    """The products of scalar paths in numbers."""
    if not example.unrolled.graph.network.is_scalar:
        return {}
    return {place: example.product(path) for place, path in shown.items() if path is not None}


def _path_columns(subject: Subject, *, values: bool) -> tuple[Column, ...]:
    scalar = subject.derivation.network.is_scalar
    value = (subject.column("value", right=True),) if values else ()
    return (
        subject.column("count"),
        subject.column("path", share=4 if scalar else 3),
        subject.column("lag", right=True),
        subject.column("product", share=5),
        *value,
    )


def _told(subject: Subject, place: int, path: Path, target: Node) -> tuple[Cell, ...]:
    """What is told of a path whatever its value: its place, nodes, lag and product."""
    shown = product(subject, path)
    whole = not many(subject, target) and width(shown) <= MOST_IN_A_ROW
    return (
        (Text(grouped_digits(place)),),
        (Math(nodes_along(subject, path, whole=whole)),),
        lag_cell(path),
        pieces(shown if whole else _shortened(shown)),
    )


def _caption(subject: Subject, key: str, target: Node, count: int) -> Cell:
    return subject.sentence(key, target=subject.node(target), count=grouped_digits(count))


def nodes_along(subject: Subject, path: Path, *, whole: bool = True) -> Formula:
    """l_3 → y_3 → h_3 → a_3 → w_h; if it need not be whole, the middle of a long one left out; of the penalty L → w_h."""
    names = [_told_apart(subject, arc, node) for arc, node in zip(path.arcs, path.nodes[1:], strict=True)]
    nodes: list[Formula] = [*([subject.node(TOTAL)] if path.is_penalty else []), *names]
    if len(nodes) > LONG and not whole:
        nodes = [*nodes[:6], Sign("⋯"), *nodes[-4:]]
    items: list[Formula] = []
    for shown in nodes:
        items += [Sign("→"), shown] if items else [shown]
    return row(*items)


def _told_apart(subject: Subject, arc: Arc, node: Node) -> Formula:
    """A node at the end of an arc; h_T where its equation reads h_t as well, which at t = T is the same."""
    unrolled, anchor = subject.derivation.unrolled, arc.edge.anchor
    others = (edge for edge in unrolled.graph.below.get(arc.edge.head, ()) if edge != arc.edge)
    if anchor is None or all(unrolled.tail(edge, arc.step) != node for edge in others):
        return subject.node(node)
    return subject.notation.at(node.name, one_step(anchor))


def lag_cell(path: Path) -> Cell:
    """The lag of a path; the penalty's has none."""
    return (Text("–"),) if path.is_penalty else (Math(number(path.lag)),)


def product(subject: Subject, path: Path) -> Formula:
    """The local partials along a path, multiplied in order; for vectors as transposed Jacobians."""
    if subject.derivation.network.is_scalar:
        return subject.notation.formula(path.product, NUMBERS, sign="·")
    return without_pages(subject.tree(path_tree(path)))


def _shortened(formula: Formula) -> Formula:
    """A product of many factors with its middle left out."""
    if isinstance(formula, Product) and len(formula.factors) > LONG:
        return Product((*formula.factors[:4], Sign("⋯"), *formula.factors[-3:]), formula.sign)
    return formula


def lag_table(subject: Subject, target: Node, label: str) -> Table:
    """The paths grouped by lag: how many there are and what they add up to, computed without enumerating them."""
    paths = subject.derivation.paths(*target)
    counts = paths.by_lag()
    lags = first_and_last(list(counts))
    sums = certain_digits(subject, lambda example: _sums(subject, example, target, lags))
    rows: list[tuple[Cell, ...]] = []
    for lag in lags:
        if lag is None:
            rows.append((DOTS,) * (2 + bool(sums)))
            continue
        cells = ((Math(number(lag)),), (Text(grouped_digits(counts[lag])),))
        rows.append((*cells, (Math(sums[lag]),)) if sums else cells)
    rules = [len(rows)]
    if paths.penalty:
        own = certain_digits(subject, lambda example: _penalty(example, target)) if sums else {}
        rows.append(((Text(subject.word("penalty")),), (Text("1"),), *((Math(value),) for value in own.values())))
        rules.append(len(rows))
    columns = [subject.column("lag", right=True), subject.column("how_many", right=True)]
    total: list[Cell] = [(Text(subject.word("all")),), (Text(grouped_digits(paths.count)),)]
    if sums:
        columns.append(subject.column("sum", right=True))
        total.append((Math(subject.number(subject.evaluation.gradient(target))),))
    caption = _caption(subject, "caption_lags", target, paths.count)
    return Table(tuple(columns), (*rows, tuple(total)), caption, label, tuple(rules))


def accounts(subject: Subject, example: Evaluation, target: Node) -> groups.Accounts:
    """The accounts of the worked example, once, whichever exhibit asks; of a finer one its own."""
    if example is not subject.evaluation:
        return groups.Accounts(example, target)
    return subject.kept(("accounts", target), lambda: groups.Accounts(subject.evaluation, target))


def _sums(subject: Subject, example: Evaluation, target: Node, lags: Sequence[int | None]) -> dict[int, Any]:
    """What the paths of some lags of a scalar network add up to."""
    if not example.unrolled.graph.network.is_scalar:
        return {}
    found = accounts(subject, example, target).by_lag(lag for lag in lags if lag is not None)
    return {lag: group.sum for lag, group in found.items()}


def _penalty(example: Evaluation, target: Node) -> dict[int, Any]:
    """What the penalty adds to the derivative by a target."""
    return {ONCE: example.contributions(target)[ONCE]}


def pieces(formula: Formula) -> Cell:
    """A product as its factors, so that a line breaks between them and nowhere else; two numbers have a dot between them."""
    if not isinstance(formula, Product):
        return (Math(formula, whole=width(formula) < WHOLE),)
    found: list[Inline] = []
    for sign, factor in factors(formula):
        if found:
            found += [Text("\u00a0"), Math(Sign(sign)), Text(" ")] if sign else [Text(" ")]
        found.append(Math(factor, whole=True))
    return tuple(found)


def count_table(subject: Subject) -> Table:
    """How many paths there are to everything that a gradient is taken by."""
    gradients = subject.derivation.single_gradients.values()
    rows = tuple(
        ((Math(subject.node(found.target)),), (Text(grouped_digits(found.path_sum.count)),)) for found in gradients
    )
    return Table((subject.column("parameter"), subject.column("how_many", right=True)), rows, (), "tab-counts")


def summary_table(subject: Subject, labels: Sequence[str]) -> Table:
    """Per parameter, how many paths there are, in all and of each lag, and for scalars their sum; what is alike, once.

    Of the lags as many as a line holds.
    """
    paths = {target: subject.derivation.paths(*target) for target in map(subject.target, labels)}
    counts = {target: found.by_lag() for target, found in paths.items()}
    for most in range(MOST_LAGS, LEAST_LAGS, -1):
        table = _summary(subject, paths, counts, most)
        if wide(table) < LINE:
            return table
    return _summary(subject, paths, counts, LEAST_LAGS)


def _summary(
    subject: Subject, paths: Mapping[Node, PathSum], counts: Mapping[Node, Mapping[int, int]], most: int
) -> Table:
    """The same with so many lags at most."""
    scalar = subject.derivation.network.is_scalar
    penalty = any(found.penalty for found in paths.values())
    lags = sorted({lag for found in counts.values() for lag in found})
    shown = first_and_last(lags, most, 1)
    alike: dict[tuple[Cell, ...], list[Formula]] = {}
    for target, found in counts.items():
        cells: list[Cell] = [counted(paths[target].count)]
        cells += [DOTS if lag is None else counted(found.get(lag, 0)) for lag in shown]
        cells += [(Text(str(paths[target].penalty)),)] if penalty else []
        if scalar:
            cells.append((Math(subject.number(subject.evaluation.gradient(target))),))
        alike.setdefault(tuple(cells), []).append(subject.node(target))
    rows = [(subject.listed(symbols), *cells) for cells, symbols in alike.items()]
    heads = [Column(DOTS if lag is None else subject.sentence("lag_of", lag=number(lag)), "right") for lag in shown]
    heads += [subject.column("penalty", right=True)] if penalty else []
    names = subject.column("parameter", share=int(len(rows) < len(counts)))
    columns = [names, subject.column("how_many", right=True), *heads]
    if scalar:
        columns.append(subject.column("sum", right=True))
    caption = subject.sentence("caption_summary_sums" if scalar else "caption_summary")
    return Table(tuple(columns), tuple(rows), caption, "tab-summary")


CALLS: Mapping[str, Call] = {
    "path_formula": path_formula,
    "path_table": lambda subject, label: path_table(subject, subject.target(label), f"tab-paths-{label}"),
    "lag_table": lambda subject, label: lag_table(subject, subject.target(label), f"tab-lags-{label}"),
    "summary_table": summary_table,
}
