"""Mistakes: every simple one that a backward pass of this network has room for, each with the gradients that it gives.

What kinds there are is said in `derive.review.kinds`; faults in a rule are listed by `derive.review.candidates`. The gradients
of groups of paths are sums over the triangle of loss and use, which is computed once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from derive.equations import SINGLE
from derive.errors import DeriveError
from derive.graph import Graph, Node, Unrolled
from derive.network import Network
from derive.numbers import FLOAT, Values, arrays, balls, generic_values, shape_of
from derive.paths import Path
from derive.recurrence import Recurrence
from derive.review.backward import Backward, Change, Faded, Fault, Pass, Statement
from derive.review.candidates import Candidates
from derive.review.kinds import NORMS, Adjoint, Mistake, Outcome, Paths, Rule, faults_of
from derive.shown import Seen

Gradients = Mapping[str, Any]
MOST_STEPS = 40
"""Of more steps the triangle is not computed."""


@dataclass(frozen=True, repr=False)
class Mistakes(Seen):
    """Every simple mistake of a network, and what each gives at the values of a backward pass."""

    backward: Backward

    @classmethod
    def at(cls, recurrence: Recurrence, unrolled: Unrolled, values: Values, *, exact: bool = False) -> Mistakes:
        """Return the mistakes at values, in floats or in balls."""
        system = balls() if exact else FLOAT if recurrence.graph.network.is_scalar else arrays()
        return cls(Backward(recurrence, unrolled, values, system))

    @cached_property
    def exact(self) -> Mistakes:
        """The same in balls."""
        return Mistakes.at(self.recurrence, self.backward.unrolled, self.backward.values, exact=True)

    @cached_property
    def generic(self) -> Mistakes:
        """The same at values where nothing special happens, to see which mistakes always give the same."""
        for values in generic_values(self.network, self.backward.unrolled.steps):
            try:
                found = Mistakes.at(self.recurrence, self.backward.unrolled, values)
                found.right  # noqa: B018 - whether there are values
            except (DeriveError, ArithmeticError, ValueError):
                continue
            return found
        return self

    @property
    def recurrence(self) -> Recurrence:
        """Where the rules are read off."""
        return self.backward.recurrence

    @property
    def network(self) -> Network:
        """The network."""
        return self.recurrence.graph.network

    @cached_property
    def right(self) -> Gradients:
        """The right gradients."""
        return {label: self.backward.right.gradient(label) for label in self.backward.labels}

    @cached_property
    def all(self) -> tuple[Mistake, ...]:
        """Every mistake, the groups of paths first."""
        wanted = frozenset(node.name for nodes in self.backward.labels.values() for node in nodes)
        faults = Candidates(self.recurrence, wanted)
        return (*self._groups(), *map(Rule, faults.changes()), *faults.adjoints(), *self._outcomes())

    def gradient(self, label: str, *mistakes: Mistake) -> Any | None:
        """Return a gradient of a backward pass with these mistakes; None where it has no value."""
        exchanged = (mistake for mistake in mistakes if isinstance(mistake, Outcome) and mistake.takes(label))
        wanted = next((mistake.takes(label) for mistake in exchanged), "") or label
        found = self._before(wanted, tuple(mistake for mistake in mistakes if not isinstance(mistake, Outcome)))
        for mistake in mistakes:
            if isinstance(mistake, Outcome) and found is not None:
                found = _handed_over(mistake, label, found, self._factors_of(mistake))
        return found

    def _before(self, label: str, mistakes: tuple[Paths | Rule | Adjoint, ...]) -> Any | None:
        """What is found before it is handed over."""
        groups = [mistake for mistake in mistakes if isinstance(mistake, Paths)]
        faults = tuple(fault for mistake in mistakes for fault in faults_of(mistake))
        if groups:
            return self._group(groups[0], label, faults)
        return self._pass(faults).gradient(label)

    def _pass(self, faults: tuple[Fault, ...]) -> Pass:
        """The pass with some faults; those with one are kept."""
        key = tuple(map(id, faults))
        if key in self._latest:
            return self._latest[key][0]
        if key not in self._passes:
            found = self.backward.pass_with(*faults)
            if len(faults) > 1:  # of pairs there are too many to be kept
                self._latest.clear()
                self._latest[key] = (found, faults)
                return found
            self._passes[key] = (found, faults)
        return self._passes[key][0]

    @cached_property
    def _passes(self) -> dict[tuple[int, ...], tuple[Pass, tuple[Fault, ...]]]:
        return {}

    @cached_property
    def _latest(self) -> dict[tuple[int, ...], tuple[Pass, tuple[Fault, ...]]]:
        return {}

    # -- groups of paths ----------------------------------------------------------------------------------------------

    def _triangle(self, faults: tuple[Fault, ...]) -> Mapping[int, Mapping[str, Mapping[int, Any]]]:
        """What the loss of each step adds to each gradient, by the step of the use."""
        key = tuple(map(id, faults))
        if key not in self._triangles:
            losses = self.backward.unrolled.loss_steps
            self._triangles[key] = ({step: self.backward.by_loss(step, *faults) for step in losses}, faults)
        return self._triangles[key][0]

    @cached_property
    def _triangles(self) -> dict[tuple[int, ...], tuple[Mapping[int, Mapping[str, Mapping[int, Any]]], Any]]:
        return {}

    def _groups(self) -> Iterator[Paths]:
        unrolled = self.backward.unrolled
        steps, losses = unrolled.steps, unrolled.loss_steps
        if steps <= MOST_STEPS:
            yield from (Paths("lag_at_most", lag) for lag in range(steps - 1))
            yield from (Paths("window", width) for width in range(2, steps))
            if len(losses) > 2:
                yield Paths("not_last_losses")
            if len(losses) > 1:
                yield from (Paths("last_loss"), Paths("first_loss"), Paths("not_last_loss"))
            if steps > 1:
                yield from (Paths("one_use", step) for step in (1, 0))
                yield from (Paths("without_use", step) for step in (1, 0))
                yield from (Paths("cut_first"), Paths("cut_last"))
            if steps > 2:
                yield from (Paths("without_uses", step) for step in (2, 0))
            yield from (Paths("without_lag", lag) for lag in range(steps))
        if self._at_every_step is not None:
            yield Paths("every_loss")
            if self.network.loss_at == "last" and 1 < steps <= MOST_STEPS:
                yield Paths("first_loss")
        inner = [name for name in self.recurrence.reached if name != self.network.loss]
        for name in self.network.variables:
            if name in inner:
                yield Paths("without", name=name)
                yield Paths("through", name=name)

    def _group(self, group: Paths, label: str, faults: tuple[Fault, ...]) -> Any | None:
        if group.kind in {"without", "through", "every_loss"} and faults:
            return None
        if group.kind == "every_loss":
            return None if self._at_every_step is None else self._at_every_step.right.get(label)
        if (
            group.kind == "first_loss"
            and self._at_every_step is not None
            and len(self.backward.unrolled.loss_steps) == 1
        ):
            return None if faults else self._at_every_step.gradient(label, group)
        if group.kind in {"without", "through"}:
            if group.name not in self._silenced:
                self._silenced[group.name] = self.backward.pass_with(Faded(group.name))
            without = self._silenced[group.name].gradient(label)
            return without if group.kind == "without" or without is None else _less(self.right[label], without)
        return self._sum(label, self._keeps(group), faults)

    @cached_property
    def _at_every_step(self) -> Mistakes | None:
        """The same network where the loss of every step counts, if that is another one."""
        if self.network.loss_at == "every":
            return None
        try:
            recurrence = Recurrence(Graph(replace(self.network, loss_at="every")))
            unrolled = Unrolled(recurrence.graph, self.backward.unrolled.steps)
            found = Mistakes(Backward(recurrence, unrolled, self.backward.values, self.backward.system))
            found.right  # noqa: B018 - whether there are values
        except (DeriveError, ArithmeticError, ValueError):
            return None
        return found

    @cached_property
    def _silenced(self) -> dict[str, Pass]:
        return {}

    def _keeps(self, group: Paths) -> Callable[[int, int], bool]:
        losses, number = tuple(self.backward.unrolled.loss_steps), group.number
        last = self.backward.unrolled.steps
        step = number or last
        return {
            "lag_at_most": lambda loss, use: abs(loss - use) <= number,
            "window": lambda loss, use: (loss - 1) // max(number, 1) == (use - 1) // max(number, 1),
            "last_loss": lambda loss, _: loss == losses[-1],
            "first_loss": lambda loss, _: loss == losses[0],
            "not_last_loss": lambda loss, _: loss != losses[-1],
            "not_last_losses": lambda loss, _: loss not in losses[-2:],
            "without_lag": lambda loss, use: abs(loss - use) != number,
            "one_use": lambda _, use: use == step,
            "without_use": lambda _, use: use != step,
            "without_uses": lambda _, use: use > 2 if number else use < last - 1,
            "cut_first": lambda loss, use: (loss == 1) == (use == 1),
            "cut_last": lambda loss, use: (loss == last) == (use == last),
        }[group.kind]

    def _sum(self, label: str, keeps: Callable[[int, int], bool], faults: tuple[Fault, ...]) -> Any:
        whole = self.right[label]
        if isinstance(whole, list):
            zeros = ((place, entry * 0) for place, entry in enumerate(whole, 1))
            return [self._summed(label, keeps, zero, faults, only=place) for place, zero in zeros]
        return self._summed(label, keeps, self._once(label), faults)

    def _once(self, label: str) -> Any:
        """What the penalty adds to a gradient, whatever paths of the losses are kept: the gradient less all of these."""
        found = self.right[label]
        if self.network.penalty_term is None:
            return found * 0
        return _less(found, self._summed(label, lambda *_: True, found * 0, ()))

    def _summed(
        self,
        label: str,
        keeps: Callable[[int, int], bool],
        zero: Any,
        faults: tuple[Fault, ...],
        only: int | None = None,
    ) -> Any:
        found = zero
        for loss, by_label in self._triangle(faults).items():
            for use, value in by_label[label].items():
                if keeps(loss, use) and only in {None, use}:
                    if shape_of(value) != shape_of(zero):
                        return None
                    found = found + value
        return found

    def touches(self, mistake: Mistake, path: Path) -> bool:
        """Whether a path is left out, or has a wrong product, by a mistake; what is handed over wrongly touches none."""
        match mistake:
            case Paths() if path.is_penalty:
                return False
            case Paths("every_loss"):
                return False
            case Paths("without" | "through", name=name):
                return any(node.name == name for node in path.nodes) == (mistake.kind == "without")
            case Paths():
                return not self._keeps(mistake)(path.loss_step, path.use_step)
            case Adjoint("left_out", faults=faults):
                faded, last = (fault for fault in faults if isinstance(fault, Faded)), self.backward.unrolled.steps
                gone = {Node(fault.name, step) for fault in faded for step in fault.steps(last)}
                return not gone.isdisjoint(path.nodes)
            case Adjoint(name=name, lost=()):
                return any(node.name == name for node in path.nodes)
            case Adjoint(lost=lost):
                return any(arc.edge in lost for arc in path.arcs)
            case Rule(change):
                return any(self._stands(change, path, place) for place in range(len(path.arcs)))
            case Outcome():
                return False

    def _stands(self, change: Change, path: Path, place: int) -> bool:
        """Whether an arc of a path is changed: if in one statement, the next named adjoint after it has to be that."""
        arc = path.arcs[place]
        if arc.edge != change.edge:
            return False
        after = path.nodes[place + 1 :]
        named = (node for node in after if change.statement is None or node.name in self.recurrence.rules)
        node = next(named, path.nodes[-1])
        return change.stands_in(Statement(node.name, node.step), arc.step, self.backward.unrolled.steps)

    # -- what is handed over ------------------------------------------------------------------------------------------

    @cached_property
    def _factors(self) -> dict[str, float]:
        """What people forget, or take once too often: numbers, T, how many losses there are, sizes."""
        found = {"2": 2.0, "1/2": 0.5}
        steps, losses = self.backward.unrolled.steps, len(self.backward.unrolled.loss_steps)
        found |= {"1/T": 1 / steps, "T": float(steps), "2/T": 2 / steps}
        if losses not in {1, steps}:
            found |= {"1/losses": 1 / losses, "losses": float(losses)}
        aimed_at = {name for target in self.network.targets for name in self.network.shape(target)}
        for name, size in self.backward.values.sizes.items():
            if name != SINGLE:
                found |= {f"1/{name}": 1 / size, name: float(size)}
            if name in aimed_at - {SINGLE}:
                found |= {f"{by}/({name} T)": by / (size * steps) for by in (1, 2)}
        return found

    def _factors_of(self, outcome: Outcome) -> Mapping[str, float]:
        """The factors, and that which brings all gradients together to a norm."""
        match outcome.kind:
            case "clipped_norm" | "clipped_norm_more" as kind:
                return {outcome.by: min(1.0, float(outcome.by) / max(self.norm + NORMS[kind], 1e-300))}
            case _:
                return self._factors

    @cached_property
    def norm(self) -> float:
        """The norm of the gradients by all parameters together."""
        entries = (np.asarray(self.right[name], dtype=float).ravel() for name in self.network.parameters)
        return float(np.linalg.norm(np.concatenate([*entries])))

    def _outcomes(self) -> Iterator[Outcome]:
        yield from (Outcome("negated"), Outcome("nothing"))
        yield from (Outcome("scaled", by=by) for by, factor in self._factors.items() if factor != 1)
        names = [name for name, value in self.right.items() if not isinstance(value, list)]
        yield from (Outcome("transposed_result", (name,)) for name in names if len(shape_of(self.right[name])) == 2)
        for place, one in enumerate(names):
            for other in names[place + 1 :]:
                if shape_of(self.right[one]) == shape_of(self.right[other]):
                    yield Outcome("swapped", (one, other))
                    yield from (Outcome("instead", (one, other)), Outcome("instead", (other, one)))


def _less(whole: Any, part: Any) -> Any:
    return [_less(a, b) for a, b in zip(whole, part, strict=True)] if isinstance(whole, list) else whole - part


def _handed_over(outcome: Outcome, label: str, found: Any, factors: Mapping[str, float]) -> Any:
    """A gradient as it is handed over."""
    match outcome.kind:
        case "negated":
            return _times(-1.0, found)
        case "nothing":
            return _times(0.0, found)
        case "clipped":
            return _clipped(float(outcome.by), found)
        case "scaled" | "clipped_norm" | "clipped_norm_more":
            return _times(factors.get(outcome.by, 1.0), found)
        case "transposed_result" if label in outcome.names:
            return found.T
        case _:
            return found


def _clipped(bound: float, value: Any) -> Any:
    """Every entry, none larger than a bound."""
    if isinstance(value, list):
        return [_clipped(bound, entry) for entry in value]
    if shape_of(value):
        return np.array([_clipped(bound, entry) for entry in value.flat], dtype=value.dtype).reshape(value.shape)
    return value if abs(float(value)) <= bound else value * 0 + (bound if float(value) > 0 else -bound)


def _times(factor: float, value: Any) -> Any:
    return [_times(factor, entry) for entry in value] if isinstance(value, list) else factor * value
