"""Verify: independent routes to the same gradient, compared.

Symbolic: the recurrence unrolled for this T is the same set of paths as the enumeration, arc for arc, and the step of the
induction is a polynomial identity. Numeric, each far beyond the printed digits: the sum over enumerated paths, vertex
elimination, SymPy's derivative of the loss written out, and the complex step (Squire & Trapp 1998), which knows the forward
equations only. A route that would take too long is left out, with its reason; a route that disagrees is an error.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, Literal

import sympy

from derive.accumulate import eliminate
from derive.algebra import step_symbol
from derive.evaluate import Evaluation, forward, load, precision
from derive.expression import ONE
from derive.fold import Tree, words
from derive.loss import Loss
from derive.numeric import balls
from derive.paths import PathSum, Word
from derive.recurrence import Recurrence
from derive.unroll import Node, Unrolled

Route = Literal["same paths", "closed form", "induction", "path sum", "elimination", "diff", "complex step"]
MOST_WORDS = 20_000
"""Up to this many arcs over all enumerated paths, sets of paths are compared one by one."""
LARGEST_LOSS = 400
"""Up to this many symbols the loss is written out and given to SymPy."""
STEP = Fraction(1, 10**30)
TOLERANCE = 1e-40


@dataclass(frozen=True, slots=True)
class Check:
    """One route compared with the recurrence. ``distance`` bounds how far apart they are (None: an exact identity);
    ``passed`` None: left out, for ``reason``."""

    route: Route
    passed: bool | None
    distance: float | None = None
    reason: Literal["", "many paths", "long loss", "vectors", "none"] = ""


@dataclass(frozen=True)
class Verification:
    """All checks of a derivation with its worked example."""

    recurrence: Recurrence
    unrolled: Unrolled
    evaluation: Evaluation

    @cached_property
    def targets(self) -> tuple[Node, ...]:
        """What the gradients are taken by: parameters, then trainable initial states."""
        return targets(self.unrolled)

    def checks(self) -> tuple[Check, ...]:
        """Run every route."""
        return tuple(self._checks())

    def _checks(self) -> Iterator[Check]:
        few = self._words_total() <= MOST_WORDS
        yield Check("same paths", self._same_paths()) if few else Check("same paths", None, reason="many paths")
        closed = [name for name in self.recurrence.rules if self.recurrence.closed_form(name)]
        if closed and few:
            yield Check("closed form", all(map(self._closed_form_holds, closed)))
        yield Check("induction", self.recurrence.induction_holds())
        yield self._compare("path sum", self._path_sums()) if few else Check("path sum", None, reason="many paths")
        scalar = self.unrolled.graph.network.is_scalar
        if scalar:
            yield self._compare("elimination", self._eliminated())
        if not scalar:
            yield Check("diff", None, reason="vectors")
        elif Loss(self.unrolled).size > LARGEST_LOSS:
            yield Check("diff", None, reason="long loss")
        else:
            yield self._compare("diff", self._differentiated())
        yield self._compare("complex step", self._complex_step(), TOLERANCE)

    def _words_total(self) -> int:
        """About how many arcs all enumerated paths have together."""
        length = 2 + len(self.recurrence.reached)
        return sum(PathSum(self.unrolled, target).count for target in self.targets) * length

    @cached_property
    def _paths(self) -> dict[Node, Counter[Word]]:
        return {}

    def _paths_to(self, node: Node) -> Counter[Word]:
        """The paths to a named node by the recurrence, unrolled backwards without recursion in T."""
        known = self._paths
        if not known:
            for sweep in reversed(self.unrolled.graph.sweeps):
                turn = range(self.unrolled.steps, 0, -1) if sweep.direction == 1 else range(1, self.unrolled.steps + 1)
                for step in turn:
                    for name in self.recurrence.named:
                        if name in sweep.names:
                            tree = self.recurrence.rules[name].at(self.unrolled, step)
                            known[Node(name, step)] = words(tree, known.__getitem__) if tree else Counter()
        return known[node]

    def unrolled_words(self, trees: Iterable[Tree]) -> Counter[Word]:
        """The paths of trees, with the recurrence put in for every adjoint."""
        found: Counter[Word] = Counter()
        for tree in trees:
            found.update(words(tree, self._paths_to))
        return found

    def _same_paths(self) -> bool:
        """The recurrence unrolled for this T is exactly the enumerated set of paths, for every target."""
        return all(
            self.unrolled_words(self.recurrence.gradient_at(self.unrolled, target))
            == Counter(path.word for path in PathSum(self.unrolled, target))
            for target in self.targets
        )

    def _closed_form_holds(self, name: str) -> bool:
        """The closed form written out for this T is the set of paths to that variable at each step."""
        form = self.recurrence.closed_form(name)
        for step in range(1, self.unrolled.steps + 1):
            tree = form and form.at(self.unrolled, step)
            if self.unrolled_words([tree] if tree else []) != self._paths_to(Node(name, step)):
                return False
        return True

    def _compare(self, route: Route, found: Mapping[Node, Any], tolerance: float = 0.0) -> Check:
        """The greatest distance from the recurrence's gradients, relative where they are greater than 1."""
        with precision(self.evaluation.bits):
            pairs = [
                pair
                for target in self.targets
                for pair in zip(_flat(self.evaluation.gradient(target)), _flat(found[target]), strict=True)
            ]
            distances = [abs(ours - theirs) / (1 + abs(ours)) for ours, theirs in pairs]
            bound = max((_upper(distance) for distance in distances), default=0.0)
            agree = all(distance.contains(0) or distance <= tolerance for distance in distances)
        return Check(route, agree, bound)

    def _path_sums(self) -> dict[Node, Any]:
        """Σ of the values of all enumerated paths."""
        sums = {}
        for target in self.targets:
            total = self.evaluation.gradient(target) * 0
            with precision(self.evaluation.bits):
                for path in PathSum(self.unrolled, target):
                    total = total + self.evaluation.weights.product(path)
            sums[target] = total
        return sums

    def _eliminated(self) -> dict[Node, Any]:
        """Vertex elimination on numbers, from the first step on."""
        one = self.evaluation.system.exact(ONE.value)
        with precision(self.evaluation.bits):
            found = eliminate(self.unrolled, lambda arc: self.evaluation.weights.pull(arc, one))
        return {target: found.get(target, 0 * one) for target in self.targets}

    def _differentiated(self) -> dict[Node, Any]:
        """SymPy's derivative of the loss written out, evaluated to fifty digits."""
        from flint import arb  # noqa: PLC0415

        loss = Loss(self.unrolled).sympy()
        given = {
            step_symbol(node.name, node.step): sympy.Rational(value.numerator, value.denominator)
            for node, value in self.evaluation.values.of.items()
            if isinstance(value, Fraction)
        }
        found = {}
        for target in self.targets:
            slope = sympy.diff(loss, step_symbol(target.name, target.step))
            digits = sympy.N(slope.subs(given), 50) if slope.free_symbols - given.keys() else slope.evalf(50, subs=given)
            with precision(self.evaluation.bits):
                middle = arb(str(digits))
                found[target] = middle + arb(0, abs(middle) * arb("1e-45") + arb("1e-60"))
        return found

    def _complex_step(self) -> dict[Node, Any]:
        """Im L(θ + ih) / h, with balls and h = 10⁻³⁰: the forward equations and nothing else."""
        with precision(max(self.evaluation.bits, 512)):
            return {
                target: _each(self.evaluation.value(target), lambda place, target=target: self._nudged(target, place))
                for target in self.targets
            }

    def _nudged(self, target: Node, place: tuple[int, ...]) -> Any:
        """The imaginary part of L after one component has been moved by ih, over h."""
        from flint import acb  # noqa: PLC0415

        system = balls("complex")
        step = system.exact(STEP)
        storage = load(self.unrolled, self.evaluation.values, system)
        holder, key = (storage, target.name) if target.step is None else (storage[target.name], target.step)
        if place:
            holder[key][place] += step * acb(0, 1)
        else:
            holder[key] += step * acb(0, 1)
        forward(self.unrolled, self.evaluation.values, system, storage)
        losses = storage[self.unrolled.graph.network.loss]
        return sum((losses[at] for at in self.unrolled.loss_steps), acb(0)).imag / step.real


def _each(like: Any, number: Callable[[tuple[int, ...]], Any]) -> Any:
    """A number for every component of a value of that shape."""
    if not hasattr(like, "shape"):
        return number(())
    result = like.copy()
    for place in itertools.product(*map(range, like.shape)):
        result[place] = number(place)
    return result


def _flat(value: Any) -> tuple[Any, ...]:
    return tuple(value.flat) if hasattr(value, "flat") else (value,)


def _upper(distance: Any) -> float:
    """A float not below any number of a ball."""
    return math.nextafter(float(distance.abs_upper()), math.inf)


def targets(unrolled: Unrolled) -> tuple[Node, ...]:
    """The parameters, then the states before their first step whose initial value is trainable."""
    network = unrolled.graph.network
    found = [Node(name) for name in network.parameters]
    for name in network.trainable_initial:
        before, after = network.reach[name]
        found += [Node(name, step) for step in range(0, -before, -1)]
        found += [Node(name, unrolled.steps + step) for step in range(1, after + 1)]
    return tuple(found)
