"""Chapters: what a handout can tell beyond the derivation, and what their templates may say and call.

Each chapter is one object under its own name. Its facts are computed when a template asks for them, so that a chapter
that is not told costs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from derive.errors import NarrativeError
from derive.graph import Node
from derive.notation.formula import Formula, Number, Symbol, relation
from derive.recurrence import ForwardRecurrence, Truncation
from derive.report.chapters import costs, groups
from derive.report.chapters import forward as mirrored
from derive.report.chapters import lags as reach
from derive.report.chapters import truncation as truncated
from derive.report.document.document import Block, Figure, Math
from derive.report.exhibits import stages as folded
from derive.report.exhibits.certain import rough
from derive.report.exhibits.tables import grouped_digits
from derive.report.narrative.narrative import Kept
from derive.report.subject import Subject

SHORTEST_PLOT = 3
"""A curve over fewer lags than this is not drawn."""


def context(subject: Subject, kept: Kept) -> dict[str, Any]:
    """One object for each chapter, under its name."""
    return {
        "groups": GroupsChapter(subject, kept),
        "lags": LagsChapter(subject, kept),
        "truncation": TruncationChapter(subject, kept),
        "forward": ForwardChapter(subject, kept),
        "costs": CostsChapter(subject, kept),
    }


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
class GroupsChapter(Chapter):
    """The paths to the main parameter, counted and added up in groups; the largest of them."""

    @cached_property
    def _groups(self) -> groups.Groups:
        return groups.Groups(self.subject, self._main)

    @property
    def several_states(self) -> bool:
        """Whether more than one state carries paths from step to step."""
        return len(self._groups.states) > 1

    @property
    def long_lags(self) -> bool:
        """Whether some arrow leads over more than one step."""
        return self._groups.long_lags

    @property
    def ranked(self) -> int:
        """How many of the largest paths are shown."""
        return len(self._groups.ranked)

    def carried(self) -> str:
        """Which percentage of the sum of all absolute values they carry."""
        return self._math(rough(self._groups.carried))

    def steps_table(self) -> str:
        """By the step of the loss, and by that of the use."""
        return self._block(groups.steps(self._groups, "tab-groups-steps"))

    def ways_table(self) -> str:
        """By the states through which paths get from step to step."""
        return self._block(groups.ways(self._groups, "tab-groups-ways"))

    def crossings_table(self) -> str:
        """By the number of arrows that lead to another step."""
        return self._block(groups.crossings(self._groups, "tab-groups-crossings"))

    def largest_table(self) -> str:
        """The largest paths."""
        return self._block(groups.largest_table(self._groups, "tab-largest"))


@dataclass(frozen=True)
class TruncationChapter(Chapter):
    """Truncated backpropagation through time: windows, kept and dropped paths, recurrence, bias."""

    @cached_property
    def _found(self) -> Truncation | None:
        return truncated.truncation(self.subject)

    @property
    def _truncation(self) -> Truncation:
        if self._found is None:
            raise NarrativeError("truncation is not defined here; ask for truncation.defined first")
        return self._found

    @property
    def defined(self) -> bool:
        """Whether all states run forwards in time."""
        return self._found is not None

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

    @property
    def multiplies(self) -> bool:
        """Whether the number of paths multiplies from step to step."""
        return self._costs.ledger.multiplies

    @property
    def compared(self) -> bool:
        """Whether the plain path sum takes more multiplications than reverse accumulation, and not too many to read."""
        found = self._costs.operations
        return found["reverse"].multiplications < found["path sum"].multiplications < costs.READABLE

    @property
    def printed(self) -> bool:
        """Whether there are formulas in T and sizes to print."""
        return bool(self._costs.printed)

    @property
    def left_out(self) -> bool:
        """Whether a formula is too long to print."""
        return len(self._costs.printed) < sum(formula is not None for formula, _ in self._costs.formulas.values())

    @property
    def general(self) -> bool:
        """Whether the multiplications of forward and reverse accumulation are known for every T."""
        return all(self._costs.formulas[method][0] for method in ("forward", "reverse"))

    @property
    def dearer(self) -> bool:
        """Whether, for large vectors, forward accumulation takes more multiplications than reverse accumulation."""
        large = self._costs.large
        return large["forward"].multiplications > large["reverse"].multiplications > 0

    def multiplications(self, method: Any) -> str:
        """How many multiplications a method takes."""
        return grouped_digits(self._costs.operations[method].multiplications)

    def order(self, method: Any) -> str:
        """The order of the multiplications of forward or reverse accumulation, if all sizes are alike."""
        return self._math(costs.order(self._costs, method))

    def size(self) -> str:
        """The size that all sizes are like."""
        return self._math(Symbol(self._costs.sizes[0]))

    def large(self) -> str:
        """The size of large vectors."""
        return self._math(Number(str(costs.LARGE)))

    def entries(self) -> str:
        """How many entries the parameters hold together, for large vectors."""
        return grouped_digits(self._costs.entries)

    def times(self) -> str:
        """How many times as many multiplications forward accumulation takes as reverse accumulation, for large vectors."""
        forward, backward = (self._costs.large[method].multiplications for method in ("forward", "reverse"))
        return grouped_digits(round(forward / backward))

    def table(self) -> str:
        """Every method."""
        return self._block(costs.table(self._costs, "tab-costs"))

    def display(self) -> str:
        """The multiplications of every method in general, for vectors."""
        return self._block(costs.display(self._costs))


@dataclass(frozen=True)
class LagsChapter(Chapter):
    """Vanishing and exploding gradients: the contribution of each lag."""

    @cached_property
    def _reach(self) -> reach.Reach:
        return reach.Reach(self.subject, self._main)

    @property
    def defined(self) -> bool:
        """Whether all states run in the same direction."""
        return self._reach.defined

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
    def handed_on(self) -> bool:
        """Whether the state vector holds older values, which a step only hands on."""
        return any(ago for _, ago in self._reach.transfer.rows)

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

    def entries(self) -> str:
        """The entries of the transfer Jacobian."""
        return self._block(reach.entries(self._reach))

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
