"""Chapters: what a handout can tell beyond the derivation, and what their templates may say and call.

Each chapter is one object under its own name. Its facts are computed when a template asks for them, so that a chapter
that is not told costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from derive.errors import DeriveError, NetworkError
from derive.forward import ForwardRecurrence
from derive.notation.formula import Formula, Number, relation
from derive.report.document import Block, Figure, Math
from derive.report.exhibits import costs, folded, mirrored, reach, truncated
from derive.report.exhibits.certain import rough
from derive.report.exhibits.subject import Subject
from derive.report.exhibits.tables import grouped_digits
from derive.report.narrative import Kept
from derive.truncation import Truncation
from derive.unroll import Node

CHAPTERS = ("truncation", "forward", "costs", "lags")
SHORTEST_PLOT = 3
"""A curve over fewer lags than this is not drawn."""


def chosen(names: Iterable[str], truncate: tuple[int, int] | None = None) -> tuple[str, ...]:
    """Return the chapters to tell, in the order of the handout; ``truncate`` asks for that of truncation.

    Raises `DeriveError` for one that there is not.

    >>> chosen(["lags"], (2, 1))
    ('truncation', 'lags')
    """
    wanted = [*names, *(["truncation"] if truncate else [])]
    unknown = [name for name in wanted if name not in CHAPTERS]
    if unknown:
        raise DeriveError(f"there is no chapter {', '.join(unknown)}; known are {', '.join(CHAPTERS)}")
    return tuple(name for name in CHAPTERS if name in wanted)


def context(subject: Subject, kept: Kept) -> dict[str, Any]:
    """What templates may name: the chapters to tell, and one object for each that there is."""
    told = {
        "truncation": TruncationChapter(subject, kept),
        "forward": ForwardChapter(subject, kept),
        "costs": CostsChapter(subject, kept),
        "lags": LagsChapter(subject, kept),
    }
    return {"chapters": list(subject.chapters), **told}


@dataclass(frozen=True)
class Chapter:
    """A chapter about one subject; ``kept`` receives what its marks stand for."""

    subject: Subject
    kept: Kept

    @cached_property
    def _main(self) -> Node:
        return folded.main_parameter(self.subject)

    def _math(self, formula: Formula) -> str:
        return self.kept.inline(Math(formula))

    def _block(self, block: Block) -> str:
        return self.kept.block(block, self.subject.word("figure" if isinstance(block, Figure) else "table"))


@dataclass(frozen=True)
class TruncationChapter(Chapter):
    """Truncated backpropagation through time: windows, kept and dropped paths, recurrence, bias."""

    @cached_property
    def _truncation(self) -> Truncation:
        steps = self.subject.steps
        through, every = self.subject.truncate or (min(5, (steps + 1) // 2), 1)
        return self.subject.derivation.truncation(through, every)

    @property
    def defined(self) -> bool:
        """Whether all states run forwards in time."""
        return all((edge.lag or 0) >= 0 for edge in self.subject.derivation.recurrence.graph.edges)

    @property
    def every_step(self) -> bool:
        """Whether a pass is made at every step: k1 = 1."""
        return self._truncation.every == 1

    @property
    def drops(self) -> bool:
        """Whether any path is dropped."""
        return any(self._truncation.dropped(target) for target in self.subject.derivation.targets)

    def k1(self, *, number: bool = True) -> str:
        """k1, with its number or without."""
        value = Number(str(self._truncation.every))
        return self._math(relation(truncated.EVERY, ("=", value)) if number else truncated.EVERY)

    def k2(self, *, number: bool = True) -> str:
        """k2, with its number or without."""
        value = Number(str(self._truncation.through))
        return self._math(relation(truncated.THROUGH, ("=", value)) if number else truncated.THROUGH)

    def lags(self) -> str:
        """The lags kept if a pass is made at every step: 0, …, k2 − 1."""
        return self._math(truncated.lags_kept())

    def end(self) -> str:
        """The letter of the last loss step."""
        return self._math(truncated.end_letter(self.subject))

    def adjoints(self) -> str:
        """The names of the adjoints that know the losses up to there."""
        return self.subject.word("comma").join(map(self._math, truncated.adjoints(self.subject)))

    def boundary(self) -> list[str]:
        """The adjoints beyond the last loss step."""
        return [self._math(formula) for formula in truncated.boundary(self.subject)]

    def passes_table(self) -> str:
        """The backward passes."""
        return self._block(truncated.passes(self.subject, self._truncation, "tab-passes"))

    def counts_table(self) -> str:
        """Paths kept and dropped."""
        return self._block(truncated.counts(self.subject, self._truncation, "tab-kept"))

    def rules(self) -> str:
        """The truncated recurrence."""
        return self._block(truncated.rules(self.subject))

    def last_loss(self) -> str:
        """The last loss step from which a path to a step is kept."""
        return self._block(truncated.last_loss(self.subject, self._truncation))

    def gradient(self) -> str:
        """The truncated gradient by the main parameter."""
        return self._block(truncated.gradient(self.subject, self._truncation, self._main))

    def numbers(self) -> str:
        """Truncated gradient, bias and gradient: a table, or for vectors a display for the main parameter."""
        if self.subject.derivation.network.is_scalar:
            return self._block(truncated.numbers(self.subject, self._truncation, "tab-truncated"))
        return self._block(truncated.whole(self.subject, self._truncation, self._main))


@dataclass(frozen=True)
class ForwardChapter(Chapter):
    """Forward accumulation: the mirror image of the backward recurrence, for the main parameter."""

    @cached_property
    def _forward(self) -> ForwardRecurrence:
        return ForwardRecurrence(self.subject.derivation.recurrence.graph, self._main)

    @property
    def depends(self) -> bool:
        """Whether the loss depends on the main parameter at all."""
        return self._forward.summand is not None

    @property
    def named(self) -> list[str]:
        """The variables whose sensitivity has a name."""
        return list(self._forward.named)

    @property
    def small(self) -> bool:
        """Whether the numbers fit a table."""
        value = self.subject.evaluation.value(self._main)
        return getattr(value, "size", 1) <= mirrored.MOST_ENTRIES

    @property
    def parameters(self) -> int:
        """How many gradients there are."""
        return len(self.subject.derivation.targets)

    @property
    def entries(self) -> str:
        """How many numbers all parameters together hold."""
        return grouped_digits(sum(map(self._size, self.subject.derivation.targets)))

    @property
    def components(self) -> str:
        """How many numbers the named sensitivities' variables hold at a step."""
        return grouped_digits(sum(self._size(Node(name, 1)) for name in self._forward.named))

    def _size(self, node: Node) -> int:
        return getattr(self.subject.evaluation.value(node), "size", 1)

    def boundary(self) -> list[str]:
        """The sensitivities outside 1 … T."""
        return [self._math(formula) for formula in mirrored.boundary(self.subject, self._forward)]

    def definition(self) -> str:
        """What the sensitivities are."""
        return self._block(mirrored.definition(self.subject, self._forward))

    def rules(self) -> str:
        """The forward recurrence."""
        return self._block(mirrored.rules(self.subject, self._forward))

    def gradient(self) -> str:
        """The gradient as a sum of the derivatives of the losses."""
        return self._block(mirrored.gradient(self.subject, self._forward))

    def table(self) -> str:
        """The numbers over t."""
        return self._block(mirrored.over_t(self.subject, self._forward, "tab-sensitivities"))


@dataclass(frozen=True)
class CostsChapter(Chapter):
    """The cost ledger."""

    @cached_property
    def _costs(self) -> costs.Costs:
        return costs.Costs(self.subject)

    @property
    def searched(self) -> bool:
        """Whether an order of elimination was searched for."""
        return self._costs.best is not None

    @property
    def proven(self) -> bool:
        """Whether no order is cheaper for certain."""
        return self._costs.best is not None and self._costs.best[0].proven

    @property
    def no_formula(self) -> bool:
        """Whether the plain path sum costs no polynomial in T."""
        return None in self._costs.formulas["path sum"]

    def multiplications(self, method: Any) -> str:
        """How many multiplications a method takes."""
        return grouped_digits(self._costs.operations[method].multiplications)

    def table(self) -> str:
        """Every method."""
        return self._block(costs.table(self._costs, "tab-costs"))


@dataclass(frozen=True)
class LagsChapter(Chapter):
    """Vanishing and exploding gradients: the contribution of each lag."""

    @cached_property
    def _reach(self) -> reach.Reach:
        return reach.Reach(self.subject, self._main)

    @property
    def defined(self) -> bool:
        """Whether all states run in the same direction."""
        try:
            return bool(self._reach.transfer)
        except NetworkError:
            return False

    @property
    def backwards(self) -> bool:
        """Whether the states run backwards in time, so that later steps come first."""
        return self._reach.transfer.direction == -1

    @property
    def drawn(self) -> bool:
        """Whether there are lags enough for a plot."""
        return len(self._reach.products) >= SHORTEST_PLOT

    @property
    def several(self) -> bool:
        """Whether the state vector has several components."""
        return self._reach.several

    @property
    def crosses(self) -> bool:
        """Whether anything is left over the largest lag."""
        return self.drawn and self._reach.per_step > float("-inf")

    @property
    def shrinks(self) -> bool:
        """Whether the product becomes smaller from step to step on average."""
        return self._reach.per_step < 0

    def per_step(self) -> str:
        """What a step multiplies the product by, on average."""
        return self._math(rough(self._reach.per_step))

    def state(self) -> str:
        """The state vector and its transfer Jacobian."""
        return self._block(reach.state(self._reach))

    def letter(self, what: str) -> str:
        """``contribution``: the sum of the paths of a lag; ``product``: the product of Jacobians."""
        shown: dict[str, Formula] = {
            "contribution": reach.contribution(self.subject),
            "product": reach.jacobians(self._reach),
        }
        return self._math(shown[what])

    def table(self) -> str:
        """Lag by lag."""
        return self._block(reach.lags(self._reach, "tab-reach"))

    def figure(self) -> str:
        """The sizes by lag."""
        subject = self.subject
        caption = subject.sentence("caption_reach_picture", target=subject.node(self._main))
        return self._block(Figure(reach.picture(self._reach), caption, "fig-reach", subject.word("alt_reach")))

    def largest_table(self) -> str:
        """The largest paths."""
        return self._block(reach.largest_paths(self._reach, "tab-largest"))
