"""Reach: how much of a gradient comes from each lag, beside the products of transfer Jacobians; the largest paths.

The lag is k here, and C_k the sum of all paths of lag k, so that the gradient is Σ_k C_k.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from derive.accounting import Accounts, Group
from derive.evaluate import Evaluation, precision
from derive.largest import largest
from derive.notation.express import LAST, T
from derive.notation.formula import Derivative, Formula, Number, Sign, Symbol, grouped, negated, number, plus, row
from derive.report.document import Column, Display, Math, Table, Text
from derive.report.exhibits.certain import certain, rough
from derive.report.exhibits.ends import ends
from derive.report.exhibits.plot import Curve, log_plot
from derive.report.exhibits.routes import route
from derive.report.exhibits.subject import Subject
from derive.report.exhibits.tables import DOTS, Cell, grouped_digits
from derive.report.picture import Picture
from derive.unroll import Node

if TYPE_CHECKING:
    from derive.transfer import Transfer

NOTHING = float("-inf")
"""The logarithm of 0."""
ALL_LAGS = 100
"""For more steps than this only the lags up to it are looked at one by one."""
LARGEST = 5
LAG = Symbol("k")


@dataclass(frozen=True)
class Reach:
    """The lags of a worked example's gradient by one target, and what crosses its steps."""

    subject: Subject
    target: Node

    @cached_property
    def transfer(self) -> Transfer:
        """The transfer Jacobians; raises `NetworkError` where states run in both directions."""
        return self.subject.derivation.transfer(self.subject.evaluation)

    @cached_property
    def several(self) -> bool:
        """Whether the state vector has more than one component, so that norm and spectral radius differ."""
        return bool(self.transfer.matrix(1).shape[0] > 1)

    @property
    def most(self) -> int | None:
        """The largest lag that is looked at by itself; None: all of them."""
        long = self.subject.steps > ALL_LAGS and self.transfer.direction == 1
        return ALL_LAGS if long else None

    @property
    def groups(self) -> Mapping[int, Group]:
        """The paths of each lag."""
        return self.groups_of(self.subject.evaluation)

    def groups_of(self, evaluation: Evaluation) -> Mapping[int, Group]:
        """The paths of each lag, from an evaluation of any precision."""
        if evaluation.bits not in self._known:
            lags = None if self.most is None else range(self.most + 1)
            found = Accounts(evaluation, self.target).by_lag(lags)
            self._known[evaluation.bits] = {abs(lag): found[lag] for lag in sorted(found, key=abs)}
        return self._known[evaluation.bits]

    @cached_property
    def _known(self) -> dict[int, Mapping[int, Group]]:
        return {}

    @cached_property
    def products(self) -> tuple[tuple[float, float], ...]:
        """log₁₀ of the norm and of the spectral radius of the product of Jacobians, by lag."""
        return tuple(self.transfer.products(self.most))

    @cached_property
    def sizes(self) -> tuple[float, ...]:
        """log₁₀ of the size of what each lag contributes."""
        sizes = {lag: self.transfer.size(group.sum) for lag, group in self.groups.items()}
        return tuple(sizes.get(lag, NOTHING) for lag in range(len(self.products)))

    @property
    def per_step(self) -> float:
        """log₁₀ of what the norm of the product is multiplied by per step, on average over all lags shown."""
        *_, (last, _) = self.products
        return last / max(len(self.products) - 1, 1)


def state(reach: Reach) -> Display:
    """z_t and F_t = dz_t/dz_{t−1}."""
    subject, letter = reach.subject, state_letter(reach.subject)
    parts: list[Formula] = []
    for name, ago in reach.transfer.rows:
        item = subject.node(Node(name, -ago * reach.transfer.direction), T)
        parts += [Sign(","), item] if parts else [item]
    vector = row(*parts) if len(reach.transfer.rows) == 1 else grouped(row(*parts))
    here, before = (Symbol(letter, None, (T.step(step),)) for step in (0, -reach.transfer.direction))
    return subject.display((here, "=", vector), (jacobian(subject), "=", Derivative(here, before)))


def jacobian(subject: Subject) -> Symbol:
    """F_t."""
    return Symbol(jacobian_letter(subject), None, (T.step(0),))


def state_letter(subject: Subject) -> str:
    """The letter of the state vector."""
    return subject.fresh("zsuv").letter


def jacobian_letter(subject: Subject) -> str:
    """The letter of the transfer Jacobians."""
    return subject.fresh("FJAM").letter


def contribution(subject: Subject) -> Symbol:
    """C_k."""
    return Symbol(subject.fresh("CDG").letter, None, (LAG,))


def jacobians(reach: Reach) -> Formula:
    """F_T F_{T−1} ⋯ F_{T−k+1}: the Jacobians that a lag of k crosses at the end of the sequence."""
    letter = jacobian_letter(reach.subject)
    if reach.transfer.direction == 1:
        steps = [LAST, plus(LAST, number(-1)), plus(LAST, negated(LAG), Number("1"))]
    else:
        steps = [Number("1"), Number("2"), LAG]
    first, second, last = (Symbol(letter, None, (step,)) for step in steps)
    return row(first, second, Sign("⋯"), last)


def size(subject: Subject, body: Formula) -> Formula:
    """|…| of a number, ‖…‖ of a vector or matrix."""
    return grouped(body, "||" if subject.derivation.network.is_scalar else "‖‖")


def norm(reach: Reach) -> Formula:
    """The norm of the product of Jacobians."""
    return grouped(jacobians(reach), "‖‖" if reach.several else "||")


def lags(reach: Reach, label: str) -> Table:
    """Lag by lag: how many paths, what they add up to, its part of the gradient; the product of Jacobians."""
    subject, scalar = reach.subject, reach.subject.derivation.network.is_scalar
    shown = ends(range(len(reach.products)))
    sums, parts = _sums(reach, {lag for lag in shown if lag is not None}) if scalar else ({}, {})
    rows: list[tuple[Cell, ...]] = []
    wide = 3 + scalar + 1 + reach.several
    for lag in shown:
        if lag is None:
            rows.append((DOTS,) * wide)
            continue
        group = reach.groups.get(lag)
        cells: list[Cell] = [(Math(number(lag)),), (Text(grouped_digits(group.count if group else 0)),)]
        if scalar:
            cells += [(Math(sums.get(lag, Number("0"))),), _percent(parts.get(lag))]
        else:
            cells.append((Math(rough(reach.sizes[lag])),))
        found = reach.products[lag][: 1 + reach.several]
        rows.append((*cells, *((Math(rough(value)),) for value in found)))
    columns = [
        Column(subject.sentence("lag_of", lag=LAG), "right"),
        subject.column("how_many", right=True),
    ]
    body = contribution(subject) if scalar else size(subject, contribution(subject))
    columns.append(Column((Math(body),), "right"))
    if scalar:
        columns.append(subject.column("part", right=True))
    columns.append(Column((Math(norm(reach)),), "right"))
    if reach.several:
        columns.append(subject.column("radius", right=True))
    rules = _rest(reach, rows, wide, sums)
    caption = subject.sentence("caption_reach", target=subject.node(reach.target))
    return Table(tuple(columns), tuple(rows), caption, label, rules)


def _rest(reach: Reach, rows: list[tuple[Cell, ...]], wide: int, sums: Mapping[int, Formula]) -> tuple[int, ...]:
    """Add a row for the lags that were not looked at one by one; return where a rule stands above it."""
    if reach.most is None or not sums:
        return ()
    shown = set(range(len(reach.products)))

    def compute(evaluation: Evaluation) -> dict[str, Any]:
        groups = reach.groups_of(evaluation)
        with precision(evaluation.bits):
            total = evaluation.gradient(reach.target)
            for lag in shown & groups.keys():
                total = total - groups[lag].sum
            return {"rest": total}

    count = Accounts(reach.subject.evaluation, reach.target).whole.count - sum(
        group.count for group in reach.groups.values()
    )
    rest = certain(reach.subject, compute)["rest"]
    label: Cell = (Math(row(Sign(">"), number(max(shown)))),)
    cells: list[Cell] = [label, (Text(grouped_digits(count)),), (Math(rest),)]
    rows.append((*cells, *(((),) * (wide - len(cells)))))
    return (len(rows) - 1,)


def _sums(reach: Reach, shown: set[int]) -> tuple[Mapping[int, Formula], Mapping[int, Formula]]:
    """The sums of some lags in print, and their parts of the gradient in percent."""

    def compute(evaluation: Evaluation) -> dict[int, Any]:
        return {lag: group.sum for lag, group in reach.groups_of(evaluation).items() if lag in shown}

    def parts(evaluation: Evaluation) -> dict[int, Any]:
        accounts = Accounts(evaluation, reach.target)
        groups = reach.groups_of(evaluation)
        found = {lag: accounts.part(group) for lag, group in groups.items() if lag in shown}
        with precision(evaluation.bits):
            return {lag: part * 100 for lag, part in found.items() if part is not None}

    return certain(reach.subject, compute), certain(reach.subject, parts, places=1)


def _percent(value: Formula | None) -> Cell:
    return (Text("–"),) if value is None else (Math(value), Text("\u202f%"))


def picture(reach: Reach) -> Picture:
    """The sizes by lag on a logarithmic scale."""
    subject = reach.subject
    curves = [
        Curve(reach.sizes, size(subject, contribution(subject)), "path", marked=len(reach.sizes) <= 40),
        Curve(tuple(length for length, _ in reach.products), norm(reach), "state"),
    ]
    if reach.several:
        radius = row(Symbol("ρ"), grouped(jacobians(reach)))
        curves.append(Curve(tuple(found for _, found in reach.products), radius, "parameter", dashed=True))
    return log_plot(tuple(curves), LAG)


# -- the largest paths -------------------------------------------------------------------------------------------------


def largest_paths(reach: Reach, label: str) -> Table:
    """The paths with the largest products, with their share of the sum of all absolute values."""
    subject = reach.subject
    found = largest(subject.evaluation, reach.target, LARGEST)
    places = dict(enumerate(found, 1))
    products = certain(subject, lambda _: {place: ranked.product for place, ranked in places.items()})
    with precision(subject.evaluation.bits):
        percents = {place: ranked.share * 100 for place, ranked in places.items() if ranked.share is not None}
    shares = certain(subject, lambda _: percents, places=1)
    rows = []
    for place, ranked in places.items():
        rows.append(
            (
                (Math(number(place)),),
                (Math(route(subject, ranked.path, whole=False)),),
                (Math(number(ranked.path.lag)),),
                (Math(products[place]),),
                _percent(shares.get(place)),
            )
        )
    columns = (
        subject.column("count"),
        subject.column("path", share=1),
        subject.column("lag", right=True),
        subject.column("value", right=True),
        subject.column("share", right=True),
    )
    caption = subject.sentence("caption_largest", target=subject.node(reach.target))
    return Table(columns, tuple(rows), caption, label)
