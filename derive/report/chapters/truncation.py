"""The chapter ``truncation``: the windows of truncated backpropagation, its recurrence, and what it leaves out, in print.

The losses up to step m alone give the adjoints δ^(m). They obey the full rules with m in the place of T.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from derive.errors import NarrativeError
from derive.graph import Node, Unrolled
from derive.notation import general
from derive.notation.express import LAST, NUMBERS, Notation, T
from derive.notation.formula import (
    Apply,
    Brace,
    Cases,
    Formula,
    Fraction,
    Number,
    Sign,
    Symbol,
    grouped,
    negated,
    number,
    plus,
    relation,
    row,
    times,
)
from derive.numbers import Evaluation, once, truncated_gradient
from derive.numbers import Number as Value
from derive.paths import PathSum
from derive.recurrence import Truncation, expression
from derive.report.chapters.chapter import Chapter
from derive.report.document import Display, Math, Table, Text
from derive.report.exhibits import stages
from derive.report.exhibits.cells import DOTS, Cell, first_and_last, grouped_digits
from derive.report.exhibits.printed_numbers import certain_digits
from derive.report.exhibits.sheets import Line, Sheet
from derive.report.subject import Subject

ONE = Number("1")
MOST_PATHS = 1_000
"""Up to so many paths to all targets, the kept ones are compared with the truncated recurrence one by one."""


@dataclass(frozen=True)
class Ended(Notation):
    """Names in print, each adjoint with the last loss step that it knows of: δ_t^(m)."""

    end: Formula = field(default=LAST)

    @property
    def last(self) -> Formula:
        """The last step whose loss counts."""
        return self.end

    def adjoint(self, name: str, step: Formula | None) -> Symbol:
        """δ with its end as a superscript."""
        plain = super().adjoint(name, step)
        return Symbol(plain.letter, plain.accent, plain.subs, (*plain.sups, grouped(self.end)))


def _ended(subject: Subject, end: Formula) -> Ended:
    return Ended(subject.derivation.network, subject.derivation.recurrence.named, end=end)


@dataclass(frozen=True)
class TruncationChapter(Chapter):
    """Truncated backpropagation through time: windows, kept and dropped paths, recurrence, bias."""

    @once
    def _found(self) -> Truncation | None:
        return _truncation(self.subject)

    @property
    def _truncation(self) -> Truncation:
        if self._found is None:
            raise NarrativeError("truncation is not defined here; ask for truncation.defined first")
        return self._found

    @property
    def defined(self) -> bool:
        """Whether all paths lead back in time."""
        return self._found is not None

    @property
    def ahead(self) -> list[str]:
        """The variables that are read at one step for all t, before that step: what would be cut off lies in the future."""
        return self._ahead

    @property
    def every_step(self) -> bool:
        """Whether a pass is made at every step: k1 = 1."""
        return self._truncation.every == 1

    @property
    def drops(self) -> bool:
        """Whether any path is dropped."""
        return any(self._truncation.dropped(target) for target in self.subject.targets)

    def k1(self, *, number: bool = True) -> str:
        """k1, with its number or without."""
        value = Number(str(self._truncation.every))
        every, _ = self.subject.passes
        return self._math(relation(every, ("=", value)) if number else every)

    def k2(self, *, number: bool = True) -> str:
        """k2, with its number or without."""
        value = Number(str(self._truncation.through))
        _, through = self.subject.passes
        return self._math(relation(through, ("=", value)) if number else through)

    def lags(self) -> str:
        """The lags kept if a pass is made at every step: 0, …, k2 − 1."""
        return self._math(_lags_kept(self.subject))

    def end(self) -> str:
        """The letter of the last loss step."""
        return self._math(_end_letter(self.subject))

    def adjoints(self) -> str:
        """The names of the adjoints that know the losses up to there."""
        return self.subject.word("comma").join(map(self._math, _adjoints(self.subject)))

    def boundary(self) -> list[str]:
        """The adjoints beyond the last loss step."""
        return [self._math(formula) for formula in _boundary(self.subject)]

    def passes_table(self) -> str:
        """The backward passes."""
        return self._block(_passes(self.subject, self._truncation, "tab-passes"))

    def counts_table(self) -> str:
        """Paths kept and dropped."""
        return self._block(counts(self.subject, self._truncation, "tab-kept"))

    def rules(self) -> str:
        """The truncated recurrence.

        Raises `CheckFailedError` if it does not give the kept paths, for this T or, where there are many, for a smaller one.
        """
        what = "the truncated recurrence is not the set of the paths that are kept"
        self.subject.insist(what, holds=_holds(self._truncation, self.subject.targets))
        return self._block(rules(self.subject))

    def last_loss(self) -> str:
        """The last loss step from which a path to a step is kept."""
        return self._block(_last_loss(self.subject, self._truncation))

    def gradient(self) -> str:
        """The truncated gradient by the main parameter."""
        return self._block(_gradient(self.subject, self._truncation, self._main))

    def numbers(self) -> str:
        """Truncated gradient, bias and gradient: a table, or for vectors a display for the main parameter."""
        if self.subject.derivation.network.is_scalar:
            return self._block(_numbers(self.subject, self._truncation, "tab-truncated"))
        return self._block(_whole(self.subject, self._truncation, self._main))

    def sheets(self) -> Mapping[str, Sheet]:
        """Each truncated pass on the line of the step at which it begins."""
        cells: dict[tuple[str, Line], str] = {}
        for one in self._found.passes if self._found else ():
            cells["back to", one.last] = str(one.first)
            if one.losses:
                cells["losses from", one.last] = str(one.losses[0])
                cells["losses to", one.last] = str(one.losses[-1])
        return {"passes.csv": Sheet("t", cells)}


def _holds(truncation: Truncation, targets: Sequence[Node]) -> bool:
    """Whether a truncation is the set of kept paths, over as many of its steps as there are few paths for, if for any."""
    graph, least = truncation.unrolled.graph, max(1, truncation.unrolled.graph.network.longest_step)
    steps = least - 1
    while steps < truncation.unrolled.steps and _counted(Unrolled(graph, steps + 1), targets) <= MOST_PATHS:
        steps += 1
    if steps < least:
        return True
    if steps < truncation.unrolled.steps:
        through = min(truncation.through, (steps + 1) // 2)
        every = min(truncation.every, through)
        truncation = replace(truncation, unrolled=Unrolled(graph, steps), through=through, every=every)
    return all(truncation.holds(target) for target in targets if target.step is None or target.step < 1)


def _counted(unrolled: Unrolled, targets: Sequence[Node]) -> int:
    return sum(PathSum(unrolled, target).count for target in targets)


def _truncation(subject: Subject) -> Truncation | None:
    """The window that was asked for, else one that drops something if it can; None if some path leads on in time."""
    if subject.derivation.unrolled.direction != 1:
        return None
    through, every = subject.options.truncate or (min(5, (subject.steps + 1) // 2), 1)
    return subject.derivation.truncation(through, every)


def _end_letter(subject: Subject) -> Symbol:
    """The letter of the last loss step of a window: one that the network does not use."""
    return subject.fresh("end")


def _lags_kept(subject: Subject) -> Formula:
    """0, …, k2 − 1: the lags that are kept if a pass is made at every step."""
    _, through = subject.passes
    return row(Number("0"), Sign(","), Sign("…"), Sign(","), plus(through, negated(ONE)))


def _adjoints(subject: Subject) -> tuple[Formula, ...]:
    """The names of all δ_t^(m)."""
    notation = _ended(subject, _end_letter(subject))
    return tuple(notation.adjoint(name, T.step(0)) for name in subject.derivation.recurrence.order)


def rules(subject: Subject) -> Display:
    """The rule of each δ_t^(m), for 1 ≤ t ≤ m."""
    return Display(tuple(stages.rules(subject, _ended(subject, _end_letter(subject)))))


def _boundary(subject: Subject) -> tuple[Formula, ...]:
    """The adjoints beyond m, which are 0."""
    end = _end_letter(subject)
    return stages.boundary(subject, _ended(subject, end), end)


def _last_loss(subject: Subject, truncation: Truncation) -> Display:
    """m_t, the last loss step from which a path to step t is kept."""
    left = _end_at(subject)
    every, through = subject.passes
    ahead = plus(T.step(0), through, negated(ONE))
    if truncation.every == 1:
        return subject.display((left, "=", Apply("min", (LAST, ahead))))
    whole = row(Sign("⌊", 1), Fraction(ahead, every, small=True), Sign("⌋", 1))
    late = relation(plus(T.step(0), through), (">", LAST))
    early = relation(plus(T.step(0), through), ("≤", LAST))
    return subject.display((left, "=", Cases(((LAST, late), (times(every, whole), early)))))


def _end_at(subject: Subject) -> Symbol:
    return Symbol(_end_letter(subject).letter, subs=(T.step(0),))


def _gradient(subject: Subject, truncation: Truncation, target: Node) -> Display:
    """The truncated gradient by a target: its sum over t, each adjoint with its own end."""
    recurrence = subject.derivation.recurrence
    if target.step is not None:
        kept = truncation.gradient_at(target)
        terms = [_ended(subject, number(end)).formula(expression(tree), NUMBERS) for tree, end in kept]
    elif subject.derivation.network.loss_at == "last":
        _, through = subject.passes
        start = Apply("max", (ONE, plus(LAST, negated(through), ONE)))
        parts = general.apart(subject.notation, recurrence.gradient(target.name))
        terms = [general.over_t(subject.notation, part, start) for part in parts]
    else:
        notation = _ended(subject, _end_at(subject))
        terms = [general.over_t(notation, part) for part in general.apart(notation, recurrence.gradient(target.name))]
    if target.step is None:
        terms += general.penalty(subject.notation, recurrence, target)
    left = Brace(subject.derivative(target), subject.phrase("truncated"))
    return subject.display((left, "=", plus(*terms)))


# -- tables ------------------------------------------------------------------------------------------------------------


def _passes(subject: Subject, truncation: Truncation, label: str) -> Table:
    """Each backward pass: where it begins, how far back it goes, and the losses that it is for."""
    rows: list[tuple[Cell, ...]] = []
    for one in first_and_last(truncation.passes):
        if one is None:
            rows.append((DOTS, DOTS, DOTS))
            continue
        rows.append(
            (
                (Math(number(one.last)),),
                (Math(_span(one.last, one.first)),),
                (Math(_span(*sorted({one.losses[0], one.losses[-1]}))),) if one.losses else (),
            )
        )
    columns = (
        subject.column("pass_from", right=True),
        subject.column("pass_steps", right=True),
        subject.column("pass_losses", right=True),
    )
    return Table(columns, tuple(rows), subject.sentence("caption_passes"), label)


def _span(first: int, last: int | None = None) -> Formula:
    """3, or 3, 2, or 8, …, 4."""
    if last is None or first == last:
        return number(first)
    between = (Sign(","),) if abs(first - last) == 1 else (Sign(","), Sign("…"), Sign(","))
    return row(number(first), *between, number(last))


def counts(subject: Subject, truncation: Truncation, label: str) -> Table:
    """Per parameter, how many paths are kept and dropped."""
    rows: list[tuple[Cell, ...]] = []
    for gradient in subject.derivation.single_gradients.values():
        every, kept = subject.derivation.paths(*gradient.target).count, truncation.kept(gradient.target)
        numbers = ((Text(grouped_digits(count)),) for count in (every, kept, every - kept))
        rows.append(((Math(subject.node(gradient.target)),), *numbers))
    columns = (
        subject.column("parameter"),
        *(subject.column(key, right=True) for key in ("how_many", "kept", "dropped")),
    )
    return Table(columns, tuple(rows), subject.sentence("caption_kept"), label)


def _numbers(subject: Subject, truncation: Truncation, label: str) -> Table:
    """Per parameter of a scalar network, the truncated gradient, the bias, and the gradient."""
    found = _split(subject, truncation, subject.targets)
    rows = []
    for target in subject.targets:
        cells = (found[target, key] for key in ("truncated", "bias", "gradient"))
        rows.append(((Math(subject.slashed(target)),), *((Math(cell),) for cell in cells)))
    columns = (
        subject.column("gradient"),
        *(subject.column(key, right=True) for key in ("truncated", "bias", "in_full")),
    )
    return Table(columns, tuple(rows), subject.sentence("caption_truncated"), label)


def _whole(subject: Subject, truncation: Truncation, target: Node) -> Display:
    """Truncated + bias = gradient for one target, as vectors or matrices."""
    found = _split(subject, truncation, [target])
    parts = [Brace(found[target, key], subject.phrase(key)) for key in ("truncated", "bias")]
    total = relation(plus(*parts), ("=", found[target, "gradient"]))
    return subject.display((subject.derivative(target), "=", total))


def _split(subject: Subject, truncation: Truncation, targets: Sequence[Node]) -> dict[tuple[Node, str], Formula]:
    """The truncated gradient, the bias and the gradient of each target, in print."""

    def compute(evaluation: Evaluation) -> dict[tuple[Node, str], Value]:
        values: dict[tuple[Node, str], Value] = {}
        for target in targets:
            both = truncated_gradient(truncation, evaluation, target)
            values[target, "truncated"], values[target, "bias"] = both.gradient, both.bias
            values[target, "gradient"] = evaluation.gradient(target)
        return values

    return certain_digits(subject, compute)


CHAPTER = TruncationChapter
