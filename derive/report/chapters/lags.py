"""The chapter ``lags``: how much of a gradient comes from each lag, beside the products of transfer Jacobians.

The lag is k here, and C_k the sum of all paths of lag k, so that the gradient is Σ_k C_k.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from derive.equations import expression as ex
from derive.errors import NetworkError
from derive.graph import ONCE, Node
from derive.groups import Accounts, Group
from derive.notation.express import LAST, T
from derive.notation.formula import (
    Derivative,
    Formula,
    Kind,
    Number,
    Sign,
    Symbol,
    Words,
    grouped,
    negated,
    number,
    plus,
    relation,
    row,
)
from derive.numbers import Evaluation, once, precision
from derive.recurrence import Tree, mirrored_expression, transfer_entries
from derive.report.chapters.chapter import Chapter
from derive.report.chapters.forward import chains
from derive.report.chapters.groups import Grouping, SortedPaths, penalty_rows
from derive.report.document import Column, Display, Figure, Math, Picture, Table, Text
from derive.report.exhibits.cells import DOTS, Cell, first_and_last, grouped_digits
from derive.report.exhibits.plot import Curve, log_plot
from derive.report.exhibits.printed_numbers import certain_digits, sizes, two_digits
from derive.report.exhibits.sheets import Line, Sheet
from derive.report.subject import Subject

if TYPE_CHECKING:
    from derive.groups import Transfer

NOTHING = float("-inf")
"""The logarithm of 0."""
ALL_LAGS = 100
"""For more steps than this only the lags up to it are looked at one by one."""
LAG = Symbol("k")
MOST_PATHS = 100
"""Of an entry of the transfer Jacobian with more paths than this the first is printed, and the last."""
MOST_ENTRIES = 500
"""So many entries of the transfer Jacobian are printed."""
SHORTEST_PLOT = 3
"""A curve over fewer lags than this is not drawn."""


@dataclass(frozen=True)
class Lags:
    """The lags of a worked example's gradient by one target, and what crosses its steps."""

    subject: Subject
    target: Node

    @once
    def transfer(self) -> Transfer:
        """The transfer Jacobians; raises `NetworkError` where paths lead in both directions."""
        return self.subject.derivation.transfer(self.subject.evaluation)

    @once
    def defined(self) -> bool:
        """Whether all paths lead in the same direction."""
        try:
            return bool(self.transfer)
        except NetworkError:
            return False

    @once
    def several(self) -> bool:
        """Whether the state vector has more than one component, so that norm and spectral radius differ."""
        return bool(self.transfer.matrix(1).shape[0] > 1)

    @property
    def partial(self) -> bool:
        """Whether the state vector holds more than one state, so that a derivative by one of them holds others fixed."""
        return len(self.transfer.rows) > 1

    @property
    def most(self) -> int | None:
        """The largest lag that is looked at by itself; None: all of them."""
        long = self.subject.steps > ALL_LAGS and self.transfer.direction == 1
        return ALL_LAGS if long else None

    @once
    def sorted(self) -> SortedPaths:
        """The paths to the target, to be sorted by lag."""
        return SortedPaths(self.subject, self.target)

    @once
    def by_lag(self) -> Grouping:
        """The grouping by lag: by how many steps a path goes in the direction in which gradients do."""
        lags = None if self.most is None else range(self.most + 1)

        def grouping(accounts: Accounts) -> Mapping[int, Group]:
            found = accounts.by_lag(lags)
            return {abs(lag): found[lag] for lag in sorted(found, key=abs)}

        return grouping

    @property
    def groups(self) -> Mapping[int, Group]:
        """The paths of each lag."""
        return self.sorted.found(self.by_lag)

    @once
    def products(self) -> tuple[tuple[float, float], ...]:
        """log₁₀ of the norm and of the spectral radius of the product of Jacobians, by lag."""
        return tuple(self.transfer.products(self.most))

    @once
    def sizes(self) -> tuple[float, ...]:
        """log₁₀ of the size of what each lag contributes."""
        sizes = self.sorted.sizes(self.by_lag)
        return tuple(sizes.get(lag, NOTHING) for lag in range(len(self.products)))

    @property
    def per_step(self) -> float:
        """log₁₀ of what the norm of the product is multiplied by per step, on average over all lags shown."""
        *_, (last, _) = self.products
        return last / max(len(self.products) - 1, 1)


@dataclass(frozen=True)
class LagsChapter(Chapter):
    """Vanishing and exploding gradients: the contribution of each lag."""

    @once
    def _lags(self) -> Lags:
        return Lags(self.subject, self._main)

    @property
    def defined(self) -> bool:
        """Whether all paths lead in the same direction."""
        return self._lags.defined

    @property
    def ahead(self) -> list[str]:
        """The variables that are read at one step for all t, before that step, so that no state vector holds them."""
        return self._ahead

    @property
    def read_elsewhere(self) -> list[str]:
        """The variables that are read at one step for all t, and so are kept in the state vector from there on."""
        return [self._math(self.subject.node(Node(name))) for name in self._lags.transfer.kept]

    @property
    def backwards(self) -> bool:
        """Whether the states run backwards in time, so that later steps come first."""
        return self._lags.transfer.direction == -1

    @property
    def drawn(self) -> bool:
        """Whether there are lags enough for a plot."""
        return len(self._lags.products) >= SHORTEST_PLOT

    @property
    def several(self) -> bool:
        """Whether the state vector has several components."""
        return self._lags.several

    @property
    def partial(self) -> bool:
        """Whether the entries are derivatives with other states held fixed."""
        return self._lags.partial

    @property
    def handed_on(self) -> bool:
        """Whether the state vector holds older values, which a step only hands on."""
        return any(ago for _, ago in self._lags.transfer.rows)

    @property
    def crosses(self) -> bool:
        """Whether anything is left over the largest lag."""
        return self.drawn and self._lags.per_step > float("-inf")

    @property
    def shrinks(self) -> bool:
        """Whether the product becomes smaller from step to step on average."""
        return self._lags.per_step < 0

    def per_step(self) -> str:
        """What a step multiplies the product by, on average."""
        return self._math(two_digits(self._lags.per_step))

    def state(self) -> str:
        """The state vector and its transfer Jacobian."""
        return self._block(state(self._lags))

    def entries(self) -> str:
        """The entries of the transfer Jacobian."""
        return self._block(entries(self._lags))

    def letter(self, what: str) -> str:
        """``contribution``: the sum of the paths of a lag; ``product``: the product of Jacobians."""
        shown: dict[str, Formula] = {
            "contribution": _contribution(self.subject),
            "product": _jacobians(self._lags),
        }
        return self._math(shown[what])

    def table(self) -> str:
        """Lag by lag."""
        return self._block(_lag_table(self._lags, "tab-reach"))

    def figure(self) -> str:
        """The sizes by lag."""
        subject = self.subject
        caption = subject.sentence("caption_reach_picture", target=subject.node(self._main))
        return self._block(Figure(_picture(self._lags), caption, "fig-reach", subject.word("alt_reach")))

    def sheets(self) -> Mapping[str, Sheet]:
        """log₁₀ of the norm and of the spectral radius of the products of transfer Jacobians; rounded."""
        cells: dict[tuple[str, Line], str] = {}
        for lag, found in enumerate(self._lags.transfer.products() if self.defined else ()):
            for column, size in zip(("log10 norm", "log10 spectral radius"), found, strict=True):
                cells[column, lag] = f"{size:.6f}" if math.isfinite(size) else ""
        return {"transfer.csv": Sheet("lag", cells)}


def state(lags: Lags) -> Display:
    """z_t and F_t = dz_t/dz_{t−1}."""
    subject, letter = lags.subject, _state_letter(lags.subject)
    parts: list[Formula] = []
    for name, ago in lags.transfer.rows:
        item = subject.node(Node(name, -ago * lags.transfer.direction), T)
        parts += [Sign(","), item] if parts else [item]
    vector = row(*parts) if len(lags.transfer.rows) == 1 else grouped(row(*parts))
    here, before = (Symbol(letter, None, (T.step(step),)) for step in (0, -lags.transfer.direction))
    return subject.display((here, "=", vector), (_jacobian(subject), "=", Derivative(here, before)))


def entries(lags: Lags) -> Display:
    """The entries of F_t that are neither 0 nor 1 by construction: each state by those that it takes over from."""
    subject = lags.subject
    lines: list[tuple[Formula | None, str, Formula]] = []
    graph = subject.derivation.recurrence.graph
    entries = transfer_entries(graph)
    held = {ex.anchor(name)[0] for name, _ in lags.transfer.rows}
    kept = lags.transfer.kept
    there = [
        ((name, leaf), entry)
        for (name, leaf), entry in entries.items()
        if name in held and (leaf.name in kept or leaf.name not in graph.anchored)
    ]
    twice = {(name, ex.anchor(leaf.name)[0]) for (name, leaf), _ in there if leaf.name in kept}
    kind: Kind = "partial" if lags.partial else "total"
    for (name, leaf), entry in there[:MOST_ENTRIES]:
        left = Derivative(subject.node(Node(name, 0), T), subject.node(leaf, T), kind)
        if entry.count > MOST_PATHS:
            first, last = (_written(subject, entry.path(end), leaf) for end in (0, -1))
            right = row(first, Sign("+"), Sign("⋯"), Sign("+"), last)
        else:
            right = _written(subject, entry.tree, leaf)
        if any(
            name == reader and (leaf.name in (read, *kept) or (read, leaf) in entries) for reader, read in twice
        ):  # there it may be the same state, or be led to by it
            right = row(right, Words("  "), Sign("("), _afterwards(lags), Sign(")"))
        lines.append((left, "=", right))
    if len(there) > MOST_ENTRIES:
        lines.append((None, "", Sign("⋮")))
    return subject.display(*lines)


def _afterwards(lags: Lags) -> Formula:
    """The steps at which no state that is kept is also looked at as one of some steps before."""
    steps = [lags.subject.derivation.unrolled.anchor(name).step or 0 for name in lags.transfer.kept]
    longest = max(abs(edge.lag or 0) for edge in lags.subject.derivation.graph.edges)
    if lags.transfer.direction == 1:
        return relation(T.step(0), (">", number(max(steps) + longest)))
    first = ex.LAST_STEP if {ex.anchor(name)[1] for name in lags.transfer.kept} == {ex.LAST_STEP} else min(steps)
    end = LAST if first == ex.LAST_STEP else number(first)
    return relation(T.step(0), ("<", plus(end, number(-longest)) if longest else end))


def _written(subject: Subject, tree: Tree, leaf: Node) -> Formula:
    """What paths to a state of another step amount to, for general t."""
    if subject.derivation.network.is_scalar:
        return subject.formula(mirrored_expression(tree, leaf), T)
    return chains(subject, tree, T, lambda _: None)


def _jacobian(subject: Subject) -> Symbol:
    """F_t."""
    return Symbol(_jacobian_letter(subject), None, (T.step(0),))


def _state_letter(subject: Subject) -> str:
    """The letter of the state vector."""
    return subject.fresh("state").letter


def _jacobian_letter(subject: Subject) -> str:
    """The letter of the transfer Jacobians."""
    return subject.fresh("jacobian").letter


def _contribution(subject: Subject) -> Symbol:
    """C_k."""
    return Symbol(subject.fresh("contribution").letter, None, (LAG,))


def _jacobians(lags: Lags) -> Formula:
    """F_T F_{T−1} ⋯ F_{T−k+1}: the Jacobians that a lag of k crosses at the end of the sequence."""
    letter = _jacobian_letter(lags.subject)
    if lags.transfer.direction == 1:
        steps = [LAST, plus(LAST, number(-1)), plus(LAST, negated(LAG), Number("1"))]
    else:
        steps = [Number("1"), Number("2"), LAG]
    first, second, last = (Symbol(letter, None, (step,)) for step in steps)
    return row(first, second, Sign("⋯"), last)


def _size(subject: Subject, body: Formula) -> Formula:
    """|…| of a number, ‖…‖ of a vector or matrix."""
    return grouped(body, "||" if subject.derivation.network.is_scalar else "‖‖")


def _norm(lags: Lags) -> Formula:
    """The norm of the product of Jacobians."""
    return grouped(_jacobians(lags), "‖‖" if lags.several else "||")


def _lag_table(lags: Lags, label: str) -> Table:
    """Lag by lag: how many paths, what they add up to, its part of the gradient; the product of Jacobians."""
    subject = lags.subject
    shown = first_and_last(range(len(lags.products)))
    cells = lags.sorted.cells(lags.by_lag, [lag for lag in shown if lag is not None])
    columns = (*_columns(lags), *_product_columns(lags))
    kept = range(len(_product_columns(lags)))
    products = sizes({(lag, place): lags.products[lag][place] for lag in shown if lag is not None for place in kept})
    rows: list[tuple[Cell, ...]] = []
    for lag in shown:
        if lag is None:
            rows.append((DOTS,) * len(columns))
            continue
        rows.append(((Math(number(lag)),), *cells[lag], *((Math(products[lag, place]),) for place in kept)))
    rest = _rest(lags, len(columns))
    penalty = tuple((*row, *(((),) * (len(columns) - len(row)))) for row in penalty_rows(lags.sorted))
    caption = subject.sentence("caption_reach", target=subject.node(lags.target))
    rules = dict.fromkeys(len(rows) + len(part) for part, after in (((), rest), (rest, penalty)) if after)
    return Table(columns, (*rows, *rest, *penalty), caption, label, tuple(rules))


def _columns(lags: Lags) -> tuple[Column, ...]:
    """The heads of a lag, of how many paths it has, of what they add up to (of vectors the size), and of its part."""
    subject = lags.subject
    heads = lags.sorted.heads(subject.column("how_many", right=True))
    body = _contribution(subject) if lags.sorted.scalar else _size(subject, _contribution(subject))
    return (
        Column(subject.sentence("lag_of", lag=LAG), "right"),
        heads[0],
        Column((Math(body),), "right"),
        *heads[2:],
    )


def _product_columns(lags: Lags) -> tuple[Column, ...]:
    product = Column((Math(_norm(lags)),), "right")
    return (product, lags.subject.column("radius", right=True)) if lags.several else (product,)


def _rest(lags: Lags, wide: int) -> tuple[tuple[Cell, ...], ...]:
    """A row for the lags of a scalar network that were not looked at one by one, if there are any."""
    if lags.most is None or not lags.sorted.scalar:
        return ()
    shown = range(len(lags.products))

    def compute(evaluation: Evaluation) -> dict[str, Any]:
        groups = lags.sorted.found(lags.by_lag, evaluation)
        with precision(evaluation.bits):
            total = evaluation.gradient(lags.target)
            if ONCE in (added := evaluation.contributions(lags.target)):
                total = total - added[ONCE]
            for lag in shown:
                total = total - groups[lag].sum if lag in groups else total
            return {"rest": total}

    rest = certain_digits(lags.subject, compute)["rest"]
    paths = lags.subject.derivation.paths(*lags.target)
    count = paths.count - paths.penalty - sum(group.count for group in lags.groups.values())
    label: Cell = (Math(row(Sign(">"), number(max(shown)))),)
    cells: tuple[Cell, ...] = (label, (Text(grouped_digits(count)),), (Math(rest),))
    return ((*cells, *(((),) * (wide - len(cells)))),)


def _picture(lags: Lags) -> Picture:
    """The sizes by lag on a logarithmic scale."""
    subject = lags.subject
    curves = [
        Curve(lags.sizes, _size(subject, _contribution(subject)), "path", marked=len(lags.sizes) <= 40),
        Curve(tuple(length for length, _ in lags.products), _norm(lags), "state"),
    ]
    if lags.several:
        radius = row(Symbol("ρ"), grouped(_jacobians(lags)))
        curves.append(Curve(tuple(found for _, found in lags.products), radius, "parameter", dashed=True))
    return log_plot(tuple(curves), LAG)


CHAPTER = LagsChapter
