"""Reach: how much of a gradient comes from each lag, beside the products of transfer Jacobians.

The lag is k here, and C_k the sum of all paths of lag k, so that the gradient is Σ_k C_k.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from derive.errors import NetworkError
from derive.graph import Node
from derive.groups import Accounts, Group
from derive.notation.express import LAST, T
from derive.notation.formula import Derivative, Formula, Number, Sign, Symbol, grouped, negated, number, plus, row
from derive.numbers import Evaluation, precision
from derive.recurrence import mirrored_expression, transfer_entries
from derive.report.chapters.forward import chains
from derive.report.chapters.groups import Grouping, Groups
from derive.report.document.document import Column, Display, Math, Table, Text
from derive.report.document.picture import Picture
from derive.report.exhibits.certain import certain, rough
from derive.report.exhibits.ends import ends
from derive.report.exhibits.plot import Curve, log_plot
from derive.report.exhibits.tables import DOTS, Cell, grouped_digits
from derive.report.subject import Subject

if TYPE_CHECKING:
    from derive.groups import Transfer

NOTHING = float("-inf")
"""The logarithm of 0."""
ALL_LAGS = 100
"""For more steps than this only the lags up to it are looked at one by one."""
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
    def defined(self) -> bool:
        """Whether all states run in the same direction."""
        try:
            return bool(self.transfer)
        except NetworkError:
            return False

    @cached_property
    def several(self) -> bool:
        """Whether the state vector has more than one component, so that norm and spectral radius differ."""
        return bool(self.transfer.matrix(1).shape[0] > 1)

    @property
    def most(self) -> int | None:
        """The largest lag that is looked at by itself; None: all of them."""
        long = self.subject.steps > ALL_LAGS and self.transfer.direction == 1
        return ALL_LAGS if long else None

    @cached_property
    def sorted(self) -> Groups:
        """The paths to the target, to be sorted by lag."""
        return Groups(self.subject, self.target)

    @cached_property
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


def entries(reach: Reach) -> Display:
    """The entries of F_t that are neither 0 nor 1 by construction: each state by those that it takes over from."""
    subject = reach.subject
    lines: list[tuple[Formula, str, Formula]] = []
    for (name, leaf), tree in transfer_entries(subject.derivation.recurrence.graph).items():
        if (name, 0) not in reach.transfer.rows:
            continue
        left = Derivative(subject.node(Node(name, 0), T), subject.node(leaf, T))
        if subject.derivation.network.is_scalar:
            right = subject.formula(mirrored_expression(tree, leaf), T)
        else:
            right = chains(subject, tree, T, lambda _: None)
        lines.append((left, "=", right))
    return subject.display(*lines)


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
    subject = reach.subject
    shown = ends(range(len(reach.products)))
    cells = reach.sorted.cells(reach.by_lag, [lag for lag in shown if lag is not None])
    columns = (*_columns(reach), *_product_columns(reach))
    rows: list[tuple[Cell, ...]] = []
    for lag in shown:
        if lag is None:
            rows.append((DOTS,) * len(columns))
            continue
        sizes = ((Math(rough(value)),) for value in reach.products[lag][: 1 + reach.several])
        rows.append(((Math(number(lag)),), *cells[lag], *sizes))
    rest = _rest(reach, len(columns))
    caption = subject.sentence("caption_reach", target=subject.node(reach.target))
    return Table(columns, (*rows, *rest), caption, label, (len(rows),) if rest else ())


def _columns(reach: Reach) -> tuple[Column, ...]:
    """The heads of a lag, of how many paths it has, of what they add up to (of vectors the size), and of its part."""
    subject = reach.subject
    heads = reach.sorted.heads(subject.column("how_many", right=True))
    body = contribution(subject) if reach.sorted.scalar else size(subject, contribution(subject))
    return (
        Column(subject.sentence("lag_of", lag=LAG), "right"),
        heads[0],
        Column((Math(body),), "right"),
        *heads[2:],
    )


def _product_columns(reach: Reach) -> tuple[Column, ...]:
    product = Column((Math(norm(reach)),), "right")
    return (product, reach.subject.column("radius", right=True)) if reach.several else (product,)


def _rest(reach: Reach, wide: int) -> tuple[tuple[Cell, ...], ...]:
    """A row for the lags of a scalar network that were not looked at one by one, if there are any."""
    if reach.most is None or not reach.sorted.scalar:
        return ()
    shown = range(len(reach.products))

    def compute(evaluation: Evaluation) -> dict[str, Any]:
        groups = reach.sorted.found(reach.by_lag, evaluation)
        with precision(evaluation.bits):
            total = evaluation.gradient(reach.target)
            for lag in shown:
                total = total - groups[lag].sum if lag in groups else total
            return {"rest": total}

    rest = certain(reach.subject, compute)["rest"]
    count = reach.subject.derivation.paths(*reach.target).count - sum(group.count for group in reach.groups.values())
    label: Cell = (Math(row(Sign(">"), number(max(shown)))),)
    cells: tuple[Cell, ...] = (label, (Text(grouped_digits(count)),), (Math(rest),))
    return ((*cells, *(((),) * (wide - len(cells)))),)


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
