"""Compare: gradients that came, against the right ones; and if they differ, which simple mistake gives exactly what came.

Every mistake of the network is evaluated (`Mistakes`), and what it gives is held against what came, to the digits that came.
One that gives all that came explains it. Where none does, what explains most is taken, and the rest is looked for beside it;
then two at once. What fits by chance is told from what fits: n candidates, and numbers that carry b bits, agree by chance
n 2⁻ᵇ times; and two mistakes that give the same numbers are told apart at further values, where the caller has gradients there.
What is found is confirmed in balls.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from derive.errors import ValuesError
from derive.graph import Unrolled
from derive.network import Network, suggestion
from derive.numbers import Values, looked_at, precision
from derive.recurrence import Recurrence
from derive.review.backward import Faded
from derive.review.came import Came, all_came
from derive.review.kinds import NORMS, Mistake, Outcome, Paths, cost, faults_of
from derive.review.mistakes import Mistakes
from derive.shown import Seen, Several

PASSES, EQUATIONS = 2, 3
"""A backward pass for each mistake, some hundreds, is the work of so many handouts, and there are more with more equations."""


def hold_work(network: Network, sizes: Mapping[str, int], steps: int) -> None:
    """Raise `LimitError` if the mistakes of a network over so many steps are too many to try."""
    passes = PASSES * max(1, len(network.equations) // EQUATIONS)
    network.limits.hold("work", passes * looked_at(network, sizes) * steps, network.where)


CHANCE = 0.02
"""What agrees by chance more often than this is said to."""
MOST_PAIRS, MOST_PAIRED = 6_000, 400
"""So many pairs of so many mistakes are tried."""
BITS = 256
ALIKE = 1e-9
FAR = 1.0
"""A rival is told of if it is not farther to seek than this, in bits."""


@dataclass(frozen=True, repr=False)
class Setting(Seen):
    """Values, and the gradients that came there."""

    mistakes: Mistakes
    came: Mapping[str, Came]

    @property
    def right(self) -> Mapping[str, Any]:
        """The right gradients."""
        return self.mistakes.right

    @property
    def norm(self) -> float:
        """The norm of what came by all parameters together; NaN where one did not come."""
        names = self.mistakes.network.parameters
        if not {*names} <= {*self.came}:
            return np.nan
        return float(np.linalg.norm(np.concatenate([self.came[name].entries.ravel() for name in names])))


@dataclass(frozen=True)
class Verdict:
    """One gradient: whether it agrees, and to how many digits."""

    name: str
    agrees: bool
    digits: int
    right: Any
    came: Came


@dataclass(frozen=True)
class Explanation:
    """Mistakes that together give what came of some gradients: by ``names`` those that differ.

    ``whole``: it also gives what came of all others, so that it is one program's mistake; else it would be in the gradients
    named only. ``others`` are mistakes that give the same here; those that always do (``same``) are no rivals, and those that
    differ in gradients alone that did not come (``unseen``) would be told apart by these.
    """

    mistakes: tuple[Mistake, ...]
    names: tuple[str, ...]
    whole: bool
    chance: float
    same: tuple[Mistake, ...] = field(default=(), repr=False)
    others: tuple[Mistake, ...] = field(default=(), repr=False)
    unseen: tuple[Mistake, ...] = field(default=(), repr=False)
    confirmed: bool = True

    @property
    def by_chance(self) -> bool:
        """Whether so many candidates would give these digits by chance too often for it to be said with certainty."""
        return self.chance > CHANCE


@dataclass(frozen=True)
class Nearest:
    """What comes nearest to a gradient that nothing explains: the mistake, and how far away it stays (relative)."""

    name: str
    mistake: Mistake | None
    distance: float


@dataclass(frozen=True, repr=False)
class Comparison(Seen):
    """Gradients that came, compared.

    >>> from derive import derive
    >>> lesson = derive("elman", 3)
    >>> found = lesson.compare({"w_h": 0.1577, "w_x": 0.5566})
    >>> found.agrees, lesson.compare({"w_h": 0.1513, "w_x": 0.5005}).explanations[0].mistakes[0].kind
    (True, 'lag_at_most')
    """

    recurrence: Recurrence
    unrolled: Unrolled
    settings: tuple[Setting, ...]

    @cached_property
    def verdicts(self) -> tuple[Verdict, ...]:
        """Every gradient that came, at the first values where it differs, or else at the first."""
        found: dict[str, Verdict] = {}
        for setting in self.settings:
            for name, came in setting.came.items():
                right = setting.right[name]
                verdict = Verdict(name, came.agrees(right), came.digits(right), right, came)
                if name not in found or (found[name].agrees and not verdict.agrees):
                    found[name] = verdict
        return tuple(found.values())

    @property
    def agrees(self) -> bool:
        """Whether every gradient agrees in every digit that came."""
        return all(verdict.agrees for verdict in self.verdicts)

    @property
    def differing(self) -> tuple[str, ...]:
        """The gradients that differ."""
        return tuple(verdict.name for verdict in self.verdicts if not verdict.agrees)

    @cached_property
    def explanations(self) -> Several[Explanation]:
        """What explains the difference: one mistake, or the fewest that were found; empty if all agrees or nothing fits."""
        if self.agrees:
            return Several()
        return Several(self._explained(self.differing))

    @property
    def unexplained(self) -> tuple[str, ...]:
        """The gradients that differ and that nothing explains."""
        told = {name for explanation in self.explanations for name in explanation.names}
        return tuple(name for name in self.differing if name not in told)

    @cached_property
    def nearest(self) -> tuple[Nearest, ...]:
        """What comes nearest to each gradient that nothing explains."""
        return tuple(self._nearest(name) for name in self.unexplained)

    @cached_property
    def candidates(self) -> Several[Mistake]:
        """Every mistake that was tried."""
        return Several((*self.settings[0].mistakes.all, *self._clipped()))

    def _clipped(self) -> Iterator[Outcome]:
        """Clipping, to bounds that came more than once: by entries, and of all gradients by their norm."""
        each = [(s.came[name].entries, _laid_out(s.right[name])) for s in self.settings for name in s.came]
        bound = max(float(np.max(np.abs(entries), initial=0.0)) for entries, _ in each)
        fitting = [(entries, right) for entries, right in each if entries.shape == right.shape]
        reached = sum(np.sum((np.abs(entries) == bound) & (np.abs(right) > bound)) for entries, right in fitting)
        if bound > 0 and reached > 1:
            yield Outcome("clipped", by=repr(bound))
        norms = [(setting.norm, setting.mistakes.norm) for setting in self.settings]
        shorter = [(norm, right) for norm, right in norms if norm < right * (1 - ALIKE)]
        for kind, more in NORMS.items():
            bounds = [norm * (right + more) / right for norm, right in shorter]
            if len(bounds) > 1 and max(bounds) <= min(bounds) * (1 + ALIKE) > 0:
                yield Outcome(kind, by=f"{bounds[0]:.12g}")

    # -- looking for it ----------------------------------------------------------------------------------------------

    def _explained(self, names: Sequence[str]) -> Iterator[Explanation]:
        """One mistake after the other, each that which explains most of what is left; at last two at once."""
        left = list(names)
        tried: list[tuple[Mistake, ...]] = [(mistake,) for mistake in self.candidates]
        before: tuple[Mistake, ...] = ()
        while left:
            best = self._best(tried, left)
            if best is None and before:
                tried = [(*before, *one) for one in ((m,) for m in self.candidates) if _go_together((*before, *one))]
                best, before = self._best(tried, left), ()
            if best is None:
                best = self._best(self._pairs(), left)
            if best is None:
                return
            yield best
            before = best.mistakes if len(best.mistakes) == 1 else ()
            left = [name for name in left if name not in best.names]

    def _pairs(self) -> list[tuple[Mistake, ...]]:
        """Two at once, those first that are made most often, as many as there is time for."""
        ordered = sorted(self.candidates, key=cost)[:MOST_PAIRED]
        pairs: list[tuple[Mistake, ...]] = [pair for pair in itertools.combinations(ordered, 2) if _go_together(pair)]
        return sorted(pairs, key=lambda pair: cost(pair[0]) + cost(pair[1]))[: self._affordable]

    @property
    def _affordable(self) -> int:
        """How many pairs are evaluated: fewer for a network whose backward pass is long."""
        edges, steps = len(self.recurrence.graph.edges), self.unrolled.steps
        return max(200, MOST_PAIRS * 30 // (max(edges, 1) * max(steps, 1)))

    def _best(self, tried: list[tuple[Mistake, ...]], left: Sequence[str]) -> Explanation | None:
        """The best explanation among some, and what else gives the same numbers."""
        fitting = [found for mistakes in tried if (found := self._fit(mistakes, left)) is not None]
        if not fitting:
            return None
        ranked = sorted(fitting, key=self._merit, reverse=True)
        best = ranked[0]
        alike = [f for f in ranked[1:] if f.names == best.names and f.whole == best.whole and len(f.mistakes) == 1]
        same, others, unseen = self._told_apart(best, alike) if len(best.mistakes) == 1 else ((), (), ())
        said = sum(map(cost, best.mistakes))
        simple = sum(sum(map(cost, mistakes)) <= said for mistakes in tried)
        chance = min(1.0, simple * 2.0 ** -self._bits(best.names))
        return Explanation(best.mistakes, best.names, best.whole, chance, same, others, unseen, self._confirmed(best))

    def _fit(self, mistakes: tuple[Mistake, ...], left: Sequence[str]) -> Explanation | None:
        """What mistakes explain of what is left: gradients that differ from the right ones, and are what came."""
        if len(mistakes) > 1:  # of the many pairs only those count that explain the first
            left = left if self._fits(left[0], mistakes) else ()
        names = [name for name in left if self._fits(name, mistakes)]
        if not names:
            return None
        if any(mistake.kind == "swapped" and not {*mistake.names} <= {*names} for mistake in mistakes):  # type: ignore[union-attr]
            return None
        alone = all(map(_is_of_one, mistakes))
        rest = [name for name in self._given if name not in (self.differing if alone else names)]
        whole = all(self._fits(name, () if alone else mistakes) for name in rest)
        return Explanation(mistakes, tuple(names), whole, 0.0)

    def _fits(self, name: str, mistakes: tuple[Mistake, ...]) -> bool:
        """Whether mistakes give what came of a gradient, at all values."""
        return all(
            _agrees(setting.came[name], setting.mistakes.gradient(name, *mistakes))
            for setting in self.settings
            if name in setting.came
        )

    @property
    def _given(self) -> dict[str, None]:
        return dict.fromkeys(name for setting in self.settings for name in setting.came)

    def _merit(self, found: Explanation) -> float:
        """Bits explained, less those that it takes to say it."""
        said = sum(map(cost, found.mistakes)) + (0.0 if found.whole else 4.0)
        return self._bits(found.names) + (20.0 if found.whole else 0.0) - said

    def _bits(self, names: Sequence[str]) -> float:
        """How much it says that some gradients agree."""
        return sum(
            setting.came[name].bits(_laid_out(setting.right[name]))
            for setting in self.settings
            for name in names
            if name in setting.came
        )

    # -- telling apart -----------------------------------------------------------------------------------------------

    def _told_apart(
        self, best: Explanation, alike: Sequence[Explanation]
    ) -> tuple[tuple[Mistake, ...], tuple[Mistake, ...], tuple[Mistake, ...]]:
        """Of mistakes that give the same here: those that do everywhere, those that do not, and of other gradients alone."""
        generic = self.settings[0].mistakes.generic
        found: dict[str, list[Mistake]] = {"same": [], "others": [], "unseen": []}
        kinds = {best.mistakes[0].kind}
        for rival in alike:
            if cost(rival.mistakes[0]) > cost(best.mistakes[0]) + FAR:
                continue
            alone = _is_of_one(best.mistakes[0]) or _is_of_one(rival.mistakes[0])
            differ = {
                name
                for name in (best.names if alone else generic.right)
                if not _near(generic.gradient(name, *best.mistakes), generic.gradient(name, *rival.mistakes))
            }
            if not differ and rival.mistakes[0].kind in kinds:
                continue  # the same, said at another place
            kinds.add(rival.mistakes[0].kind)
            found["same" if not differ else "others" if differ & {*self._given} else "unseen"].append(rival.mistakes[0])
        return tuple(found["same"]), tuple(found["others"]), tuple(found["unseen"])

    def _confirmed(self, found: Explanation) -> bool:
        """Whether what a mistake gives agrees in balls too."""
        for setting in self.settings:
            with precision(BITS):
                exact = setting.mistakes.exact
                if not all(
                    _agrees(setting.came[name], _middles(exact.gradient(name, *found.mistakes)))
                    for name in found.names
                    if name in setting.came
                ):
                    return False
        return True

    def _nearest(self, name: str) -> Nearest:
        setting = next(setting for setting in self.settings if name in setting.came)
        came = setting.came[name]
        ranked: list[tuple[float, Mistake | None]] = [(came.distance(_laid_out(setting.right[name])), None)]
        for mistake in self.candidates:
            given = setting.mistakes.gradient(name, mistake)
            if given is not None and np.all(np.isfinite(_laid_out(given))):
                ranked.append((came.distance(_laid_out(given)), mistake))
        distance, nearest = min(ranked, key=lambda entry: (entry[0], 0.0 if entry[1] is None else cost(entry[1])))
        scale = max(float(np.max(np.abs(_laid_out(setting.right[name])))), float(np.max(np.abs(came.entries))), 1e-300)
        return Nearest(name, nearest, distance / scale)


def compare(
    recurrence: Recurrence, unrolled: Unrolled, given: Sequence[tuple[Values, Mapping[str, Any]]]
) -> Comparison:
    """Compare gradients that came, at one set of values or more.

    Raises `ValuesError` for a gradient that there is not, or that has another shape than it should.
    """
    settings = []
    network = recurrence.graph.network
    for values, gradients in given:
        hold_work(network, values.sizes, values.steps)
        there = unrolled if values.steps == unrolled.steps else Unrolled(recurrence.graph, values.steps)
        mistakes = Mistakes.at(recurrence, there, values)
        found = all_came(gradients)
        where = recurrence.graph.network.where
        if not found:
            raise ValuesError(f"{where}no gradient was given; write one, such as --gradient w_h=0.1577")
        for name, came in found.items():
            if name not in mistakes.right:
                raise ValuesError(f"{where}there is no gradient by {name}{suggestion(name, tuple(mistakes.right))}")
            wanted = _laid_out(mistakes.right[name]).shape
            if came.shape != wanted and came.shape != wanted[::-1]:
                raise ValuesError(f"{where}the gradient by {name} has the shape {came.shape}, and {name} has {wanted}")
        settings.append(Setting(mistakes, found))
    return Comparison(recurrence, unrolled, tuple(settings))


def _is_of_one(mistake: Mistake) -> bool:
    """Whether a mistake may be made of one gradient, and not of the others."""
    return isinstance(mistake, Outcome) or mistake.kind in {"one_use", "without_use", "without_uses"}


def _go_together(mistakes: tuple[Mistake, ...]) -> bool:
    """Whether several mistakes can be in one program: one group of paths, one place for each fault, one way of writing."""
    groups = sum(isinstance(mistake, Paths) for mistake in mistakes)
    faults = [fault for mistake in mistakes for fault in faults_of(mistake)]
    if groups > 1 or sum(isinstance(mistake, Outcome) for mistake in mistakes) > 1:
        return False
    places = {fault.name if isinstance(fault, Faded) else (fault.edge.index, fault.statement) for fault in faults}
    return len({fault.style for fault in faults}) < 2 and len(places) == len(faults)


def _laid_out(value: Any) -> Any:
    return np.asarray(value, dtype=float)


def _agrees(came: Came, value: Any) -> bool:
    return value is not None and came.agrees(_laid_out(value))


def _near(one: Any, other: Any) -> bool:
    if one is None or other is None:
        return one is other
    first, second = _laid_out(one), _laid_out(other)
    if first.shape != second.shape:
        return False
    scale = max(float(np.max(np.abs(first), initial=0.0)), 1e-300)
    return bool(np.max(np.abs(first - second), initial=0.0) <= ALIKE * scale)


def _middles(value: Any) -> Any:
    """Balls as floats."""
    if value is None:
        return None
    if isinstance(value, list):
        return [_middles(entry) for entry in value]
    if getattr(value, "shape", ()):
        return np.array([float(entry.mid()) for entry in value.flat]).reshape(value.shape)
    return float(value.mid()) if hasattr(value, "mid") else float(value)
