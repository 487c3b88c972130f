"""The chapter ``groups``: the paths to a parameter by step, by state and by crossings, and the largest of them.

Every grouping puts each path into exactly one group. Of vectors the sums are arrays, and only their sizes are printed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from derive.graph import ONCE, Node
from derive.groups import Accounts, Group, Ranked, largest_paths, size
from derive.notation.express import T
from derive.notation.formula import Formula, Minus, Number, Sign, Symbol, number, row
from derive.numbers import Evaluation, decided, once, precision
from derive.report.chapters.chapter import Chapter
from derive.report.document import Column, Math, Table, Text
from derive.report.exhibits.cells import DOTS, Cell, first_and_last, grouped_digits
from derive.report.exhibits.paths import accounts, lag_cell, nodes_along
from derive.report.exhibits.printed_numbers import certain_digits, sizes, two_digits
from derive.report.subject import Subject

Key: TypeAlias = "int | frozenset[str]"
Grouping: TypeAlias = Callable[[Accounts], Mapping[Any, Group]]
LARGEST = 5
_ALL = math.log10(99.5)


@dataclass(frozen=True)
class SortedPaths:
    """The paths from L to one target in a worked example, to be sorted."""

    subject: Subject
    target: Node

    @property
    def scalar(self) -> bool:
        """Whether sums are numbers, so that they have a part and a share."""
        return self.subject.derivation.network.is_scalar

    @once
    def states(self) -> tuple[str, ...]:
        """The states through which paths get from one step to another."""
        edges = self.subject.derivation.recurrence.graph.edges
        reached = self.subject.derivation.recurrence.reached
        return tuple(dict.fromkeys(edge.tail for edge in edges if edge.lag and edge.tail in reached))

    @property
    def long_lags(self) -> bool:
        """Whether some arc leads over more than one step."""
        return any(abs(edge.lag or 0) > 1 for edge in self.subject.derivation.recurrence.graph.edges)

    @property
    def penalty(self) -> bool:
        """Whether a term of L that counts once has the target: a group of its own beside every sorting."""
        return self.subject.derivation.paths(*self.target).penalty > 0

    @property
    def gradient(self) -> Formula:
        """What all paths add up to."""
        return certain_digits(self.subject, lambda example: {"all": example.gradient(self.target)})["all"]

    @once
    def ranked(self) -> tuple[Ranked, ...]:
        """The largest paths of a scalar network."""
        example = self.subject.evaluation
        return largest_paths(example, self.target, LARGEST, self._accounts(example))

    @property
    def carried(self) -> float:
        """log₁₀ of the percentage of Σ|products| that the largest paths carry."""
        with precision(self.subject.evaluation.bits):
            shares = [ranked.share for ranked in self.ranked if ranked.share is not None]
            return _percent_size(sum(shares[1:], shares[0])) if shares else float("-inf")

    # -- the cells of a grouping --------------------------------------------------------------------------------------

    def cells(self, grouping: Grouping, keys: Iterable[Key], *, share: bool = False) -> dict[Key, tuple[Cell, ...]]:
        """How many paths each group has, its sum, its part, and its share; for vectors the size of its sum."""
        shown = list(keys)
        counts = {key: group.count for key, group in self.found(grouping).items()}
        sums = self._sums(grouping, shown) if self.scalar else self._sizes(grouping)
        columns: list[Mapping[Key, Cell]] = [{key: (Math(found),) for key, found in sums.items()}]
        if self.scalar:
            columns.append(self._percents(grouping, shown, Accounts.part))
        if self.scalar and share:
            columns.append(self._percents(grouping, shown, Accounts.share))
        zero: Cell = (Math(Number("0")),)
        return {
            key: ((Text(grouped_digits(counts.get(key, 0))),), *(column.get(key, zero) for column in columns))
            for key in shown
        }

    def heads(self, count: Column, *, share: bool = False) -> tuple[Column, ...]:
        """The columns of those cells, the first given."""
        subject = self.subject
        if not self.scalar:
            return count, subject.column("size_of_sum", right=True)
        names = ("sum", "part", "share") if share else ("sum", "part")
        return (count, *(subject.column(name, right=True) for name in names))

    def found(self, grouping: Grouping, example: Evaluation | None = None) -> Mapping[Any, Group]:
        """The groups of a grouping, from the worked example or from one of higher precision."""
        example = example or self.subject.evaluation
        key = (example.bits, example.traced, grouping)
        if key not in self._known:
            self._known[key] = grouping(self._accounts(example))
        return self._known[key]

    @once
    def _known(self) -> dict[tuple[int, bool, Grouping], Mapping[Any, Group]]:
        return {}

    def _accounts(self, example: Evaluation) -> Accounts:
        """The accounts of an example, once for each precision."""
        return accounts(self.subject, example, self.target)

    def _sums(self, grouping: Grouping, shown: Sequence[Key]) -> dict[Key, Formula]:
        def compute(example: Evaluation) -> dict[Key, Any]:
            found = self.found(grouping, example)
            return {key: found[key].sum for key in shown if key in found}

        return certain_digits(self.subject, compute)

    def _sizes(self, grouping: Grouping) -> dict[Key, Formula]:
        return sizes(self.sizes(grouping))

    def sizes(self, grouping: Grouping) -> dict[Key, float]:
        """log₁₀ of the size of what each group adds up to; what cancels is 0."""

        def compute(example: Evaluation) -> dict[Key, float]:
            return {key: size(example, group.sum) for key, group in self.found(grouping, example).items()}

        return decided(self.subject.evaluation, compute)

    def _percents(
        self, grouping: Grouping, shown: Sequence[Key], of: Callable[[Accounts, Group], Any]
    ) -> dict[Key, Cell]:
        def compute(example: Evaluation) -> dict[Key, Any]:
            accounts = self._accounts(example)
            found = self.found(grouping, example)
            parts = {key: of(accounts, found[key]) for key in shown if key in found}
            with precision(example.bits):
                return {key: part * 100 for key, part in parts.items() if part is not None}

        return {key: percent(found) for key, found in certain_digits(self.subject, compute, places=1).items()}


def percent(value: Formula) -> Cell:
    """A percentage to one decimal; one that is smaller than 0.1 is said to be so."""
    body, negative = (value.body, True) if isinstance(value, Minus) else (value, False)
    if isinstance(body, Number) and (body.exponent or 0) < 0:
        value = row(Sign(">"), Minus(Number("0.1"))) if negative else row(Sign("<"), Number("0.1"))
    return (Math(value), Text("\u202f%"))


def _percentage(exponent: float) -> Formula:
    """A percentage given by its decimal logarithm, to two digits; all of it is 100."""
    return Number("100") if exponent >= _ALL else two_digits(exponent)


def _percent_size(share: Any) -> float:
    """log₁₀ of a share in percent."""
    return float(((share * 100).log() / (share * 0 + 10).log()).mid()) if share > 0 else float("-inf")


@dataclass(frozen=True)
class GroupsChapter(Chapter):
    """The paths to the main parameter, counted and added up in groups; the largest of them."""

    @once
    def _sorted(self) -> SortedPaths:
        return SortedPaths(self.subject, self._main)

    @property
    def several_states(self) -> bool:
        """Whether more than one state carries paths from step to step."""
        return len(self._sorted.states) > 1

    @property
    def long_lags(self) -> bool:
        """Whether some arrow leads over more than one step."""
        return self._sorted.long_lags

    @property
    def ranked(self) -> int:
        """How many of the largest paths are shown."""
        return len(self._sorted.ranked)

    def carried(self) -> str:
        """Which percentage of the sum of all absolute values they carry."""
        return self._math(_percentage(self._sorted.carried))

    def steps_table(self) -> str:
        """By the step of the loss, and by that of the use."""
        return self._block(step_table(self._sorted, "tab-groups-steps"))

    def ways_table(self) -> str:
        """By the states through which paths get from step to step."""
        return self._block(state_table(self._sorted, "tab-groups-ways"))

    def crossings_table(self) -> str:
        """By the number of arrows that lead to another step."""
        return self._block(crossing_table(self._sorted, "tab-groups-crossings"))

    def largest_table(self) -> str:
        """The largest paths."""
        return self._block(largest_table(self._sorted, "tab-largest"))


# -- tables ------------------------------------------------------------------------------------------------------------


def step_table(paths: SortedPaths, label: str) -> Table:
    """By step: the paths that begin at the loss of a step, and those whose use is there."""
    subject = paths.subject
    network = subject.derivation.network
    shown = first_and_last(range(1, subject.steps + 1))
    there = [step for step in shown if step is not None]
    loss = subject.node(Node(network.loss, 0), T)
    columns: list[Column] = []
    cells: list[dict[Key, tuple[Cell, ...]]] = []
    if network.loss_at != "last":
        columns += paths.heads(Column(subject.sentence("from_loss", loss=loss), "right"))
        cells.append(paths.cells(Accounts.by_loss, there))
    columns += paths.heads(Column(subject.sentence("used_at", t=Symbol("t")), "right"))
    cells.append(paths.cells(Accounts.by_use, there))
    rows: list[tuple[Cell, ...]] = []
    for step in shown:
        if step is None:
            rows.append((DOTS,) * (1 + len(columns)))
        else:
            rows.append(((Math(number(step)),), *(cell for side in cells for cell in side[step])))
    rules = (len(rows),) if paths.penalty else ()
    rows += penalty_rows(paths, len(cells))
    caption = subject.sentence("caption_groups_steps", target=subject.node(paths.target))
    return Table((Column((Math(Symbol("t")),), "right"), *columns), tuple(rows), caption, label, rules)


def penalty_rows(paths: SortedPaths, sides: int = 1, *, share: bool = False) -> tuple[tuple[Cell, ...], ...]:
    """The path of a term that counts once, a row of its own below the groups, with its cells on each side; or none."""
    if not paths.penalty:
        return ()
    cells = paths.cells(_penalty, [ONCE], share=share)[ONCE]
    return ((paths.subject.sentence("penalty"), *(cells * sides)),)


def _penalty(accounts: Accounts) -> dict[int, Group]:
    return {} if accounts.penalty is None else {ONCE: accounts.penalty}


def state_table(paths: SortedPaths, label: str) -> Table:
    """By the states that carry paths from step to step: none, one alone, several."""
    subject = paths.subject
    keys: dict[Key, Cell] = {frozenset(): subject.sentence("way_none")}
    for name in paths.states:
        keys[frozenset([name])] = subject.sentence("way_one", state=subject.node(Node(name, 0), T))
    keys[SEVERAL] = subject.sentence("way_several")
    cells = paths.cells(_by_states, keys, share=True)
    heads = paths.heads(subject.column("how_many", right=True), share=True)
    rows = (*((name, *cells[key]) for key, name in keys.items()), *penalty_rows(paths, share=True))
    caption = subject.sentence("caption_groups_ways", target=subject.node(paths.target))
    return Table((subject.column("way"), *heads), rows, caption, label, (len(keys),) if paths.penalty else ())


SEVERAL = frozenset({"several states"})
"""Stands for every set of more than one state; no name has a space."""


def _by_states(accounts: Accounts) -> dict[frozenset[str], Group]:
    """Accounts by states, with all sets of several states as one group."""
    found: dict[frozenset[str], Group] = {}
    with precision(accounts.evaluation.bits):
        for names, group in accounts.by_states().items():
            key = SEVERAL if len(names) > 1 else names
            found[key] = found[key] + group if key in found else group
    return found


def crossing_table(paths: SortedPaths, label: str) -> Table:
    """By the number of arcs that lead to another step."""
    subject = paths.subject
    shown = first_and_last(list(paths.found(Accounts.by_crossings)))
    cells = paths.cells(Accounts.by_crossings, [key for key in shown if key is not None])
    heads = paths.heads(subject.column("how_many", right=True))
    rows = tuple((DOTS,) * (1 + len(heads)) if key is None else ((Math(number(key)),), *cells[key]) for key in shown)
    caption = subject.sentence("caption_groups_crossings", target=subject.node(paths.target))
    columns = (subject.column("crossings", right=True), *heads)
    rules = (len(rows),) if paths.penalty else ()
    return Table(columns, (*rows, *penalty_rows(paths)), caption, label, rules)


def largest_table(paths: SortedPaths, label: str) -> Table:
    """The paths with the largest products, with their share of the sum of all absolute values."""
    return ranked_table(paths.subject, paths.target, paths.ranked, label)


def ranked_table(subject: Subject, target: Node, ranked: Sequence[Ranked], label: str) -> Table:
    """Paths by the size of their products, with their share of the sum of all absolute values."""
    places = dict(enumerate(ranked, 1))
    products = certain_digits(
        subject, lambda example: {place: example.product(one.path) for place, one in places.items()}
    )
    rows = []
    for place, one in places.items():
        with precision(subject.evaluation.bits):
            share = None if one.share is None else _percent_size(one.share)
        rows.append(
            (
                (Math(number(place)),),
                (Math(nodes_along(subject, one.path, whole=False)),),
                lag_cell(one.path),
                (Math(products[place]),),
                (Text("–"),) if share is None else (Math(_percentage(share)), Text("\u202f%")),
            )
        )
    columns = (
        subject.column("count"),
        subject.column("path", share=1),
        subject.column("lag", right=True),
        subject.column("value", right=True),
        subject.column("share", right=True),
    )
    caption = subject.sentence("caption_largest", target=subject.node(target))
    return Table(columns, tuple(rows), caption, label)


CHAPTER = GroupsChapter
