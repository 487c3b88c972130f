"""Gradient: the derivative of L by one target in every form — its paths, the stages in between, its terms for any T."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from derive.equations import Expr
from derive.graph import Node, Unrolled
from derive.paths import PathSum
from derive.recurrence.closed_form import ClosedForm
from derive.recurrence.recurrence import Recurrence, Rule
from derive.recurrence.stages import Stage, stages_of
from derive.recurrence.tree import Tree, adjoints, either, expression
from derive.shown import Several, Shown


@dataclass(frozen=True, repr=False)
class Gradient(Shown):
    """The derivative of L by one parameter (or trainable initial state), in every form.

    >>> from derive.graph import Graph
    >>> from derive.network import load
    >>> graph = Graph(load("elman"))
    >>> gradient = Gradient(Node("w_h"), Recurrence(graph), Unrolled(graph, 3))
    >>> gradient.path_sum.count, len(gradient.terms), [form.names for form in gradient.closed_forms]
    (6, 3, [('h',)])
    """

    target: Node
    recurrence: Recurrence
    unrolled: Unrolled

    @cached_property
    def path_sum(self) -> PathSum:
        """All paths from L to the target; countable at any T, enumerated lazily."""
        return PathSum(self.unrolled, self.target)

    @cached_property
    def steps(self) -> Several[Stage]:
        """The stages from the path sum to the recurrence, each a value that can be checked."""
        return Several(stages_of(self.recurrence, self.unrolled, self.target))

    @cached_property
    def terms(self) -> tuple[Tree, ...]:
        """The gradient for this T by the recurrence: one term per use, in terms of named adjoints."""
        return self.recurrence.gradient_at(self.unrolled, self.target)

    @property
    def summand(self) -> Expr:
        """What the gradient by a parameter adds over t, for general t; the whole gradient by an initial state.

        Beside that sum stands the `penalty`.
        """
        whole = self.target.step is not None
        return expression(either(self.terms if whole else self.recurrence.gradient(self.target.name)))

    @property
    def penalty(self) -> Expr | None:
        """What the term of L that counts once adds to the gradient, once; None if the target is not in it."""
        found = self.recurrence.penalty(self.target.name) if self.target.step is None else ()
        return expression(either(found)) if found else None

    @property
    def closed_forms(self) -> tuple[ClosedForm, ...]:
        """The closed forms of the adjoints that the gradient uses, also by way of others, where there are some."""
        used = self.recurrence.needed_by(
            node.name for term in self.recurrence.gradient(self.target.name) for node in adjoints(term)
        )
        return tuple(form for form in self.recurrence.closed_forms if used.intersection(form.names))


@dataclass(frozen=True, repr=False)
class GradientByStep(Shown):
    """The derivative of L by a datum at each step: one rule for general t, and the gradient at any step.

    >>> from derive.derivation import derive
    >>> from derive.network import load
    >>> from dataclasses import replace
    >>> found = derive(replace(load("elman"), by=("x",)), 3).gradients["x"]
    >>> found.at(2).path_sum.count, len(found.rule.parts)
    (2, 1)
    """

    name: str
    recurrence: Recurrence
    unrolled: Unrolled

    @cached_property
    def rule(self) -> Rule:
        """The derivative for general t, in terms of named adjoints."""
        return self.recurrence.by_step(self.name)

    @property
    def expression(self) -> Expr:
        """The same as mathematics."""
        return self.rule.expression

    def at(self, step: int) -> Gradient:
        """Return the gradient by the datum of a step."""
        return Gradient(Node(self.name, step), self.recurrence, self.unrolled)
