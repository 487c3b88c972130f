"""Worked: parts of a worked example that show themselves: a pass in numbers, the gradients, paths with their products.

The example is an `Evaluation`, which makes these, and so is not imported here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from derive.numbers.entries import Number
from derive.paths import Path, PathSum, States
from derive.shown import Seen


@dataclass(frozen=True, repr=False)
class Numbers(Seen):
    """The forward pass, the backward pass, or the gradients of an example."""

    evaluation: Any
    what: Literal["forward", "backward", "gradients", "gradients by step"]


@dataclass(frozen=True, repr=False)
class WorkedPaths(Seen):
    """All paths to a target, each with the product of its local partials in an example.

    >>> from derive.derivation import derive
    >>> from derive.graph import Node
    >>> found = derive("elman", 2).evaluate().paths(Node("w_h"))
    >>> [(path.loss_step, path.use_step, str(found.evaluation.show(product))) for path, product in found]
    [(1, 1, '0'), (2, 2, '0.0799'), (2, 1, '0')]
    """

    evaluation: Any
    paths: PathSum

    def __iter__(self) -> Iterator[tuple[Path, Number]]:
        """Each path, lazily, with its product."""
        return ((path, self.evaluation.product(path)) for path in self.paths)

    @property
    def count(self) -> int:
        """How many paths there are."""
        return self.paths.count


@dataclass(frozen=True, repr=False)
class WorkedStates(Seen):
    """The paths to a target at the level of states in an example: words, and what they add up to."""

    evaluation: Any
    states: States
