"""Kinds: what a simple mistake is, and how far it is to seek.

Paths      a group of paths alone: lag 0, up to k steps, the last loss, one step's use, none across an end of time, (not)
           through a variable
Rule       one fault in one local partial, everywhere or in one statement (`derive.review.mutants`)
Adjoint    a whole adjoint times a number, or with the terms alone that were assigned last; all of a loop at one end of time
Outcome    right gradients, handed over wrongly: times a number, transposed, one for another, clipped
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from derive.graph import Edge
from derive.review.backward import Change, Fault

COSTS = {
    "lag_at_most": 1.0,
    "window": 3.0,
    "without_lag": 3.0,
    "last_loss": 1.5,
    "every_loss": 2.0,
    "first_loss": 3.0,
    "not_last_loss": 2.0,
    "not_last_losses": 2.5,
    "cut_first": 2.0,
    "cut_last": 2.0,
    "one_use": 2.0,
    "through": 3.0,
    "without": 2.5,
    "without_use": 2.5,
    "without_uses": 3.0,
    "lost": 1.0,
    "adjoint_scaled": 2.5,
    "adjoint_negated": 2.5,
    "overwritten": 2.5,
    "left_out": 2.0,
    "no_penalty": 1.0,
    "doubled": 2.0,
    "halved": 2.5,
    "sign": 1.5,
    "factor": 1.0,
    "factor_twice": 3.0,
    "factors": 2.0,
    "part": 2.5,
    "power": 2.5,
    "function": 2.5,
    "index": 1.5,
    "shift": 2.5,
    "initial": 1.0,
    "at_argument": 2.0,
    "at_value": 2.0,
    "value_for_adjoint": 3.0,
    "value_for_slope": 2.0,
    "exchanged": 3.0,
    "transposed": 1.0,
    "turned": 1.5,
    "order": 2.0,
    "mean": 3.0,
    "scaled": 1.5,
    "negated": 2.0,
    "nothing": 3.0,
    "swapped": 2.0,
    "instead": 2.5,
    "clipped": 1.5,
    "clipped_norm": 2.0,
    "clipped_norm_more": 2.0,
    "transposed_result": 2.0,
}
"""How far a kind of mistake is to seek, in bits: of two that give the same numbers, the one that is made more often is told."""
NORMS: Mapping[Literal["clipped_norm", "clipped_norm_more"], float] = {"clipped_norm": 0.0, "clipped_norm_more": 1e-6}
"""Clipping by the norm, and what is added to the norm that is divided by: PyTorch's ``clip_grad_norm_`` adds 1e-6."""
AT_AN_END = 1.25
"""How much farther it is if it is made at one end of time alone."""


@dataclass(frozen=True, slots=True)
class Paths:
    """A group of paths alone; ``number`` is its lag, step (0: the last) or width, ``name`` the variable."""

    kind: str
    number: int = 0
    name: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """A fault in a rule."""

    change: Change

    @property
    def kind(self) -> str:
        """What kind of slip it is."""
        return self.change.slip.kind if self.change.slip else "shift"


@dataclass(frozen=True, slots=True)
class Outcome:
    """Right gradients handed over wrongly: ``by`` is the factor or bound as it is written, ``names`` whose they are."""

    kind: Literal[
        "scaled",
        "negated",
        "swapped",
        "instead",
        "transposed_result",
        "nothing",
        "clipped",
        "clipped_norm",
        "clipped_norm_more",
    ]
    names: tuple[str, ...] = ()
    by: str = ""

    def takes(self, name: str) -> str:
        """Whose gradient is handed over for that of a name, if it is another's."""
        if self.kind == "swapped" and name in self.names:
            return self.names[1 - self.names.index(name)]
        return self.names[1] if self.kind == "instead" and name == self.names[0] else ""


@dataclass(frozen=True, slots=True)
class Adjoint:
    """A whole adjoint: times a factor, or only some of its terms, the others being overwritten (``=`` for ``+=``)."""

    kind: Literal["adjoint_scaled", "adjoint_negated", "overwritten", "no_penalty", "left_out"]
    name: str
    by: str = ""
    """The factor as it is written; of those that are left out, the end of time."""
    faults: tuple[Fault, ...] = ()
    lost: tuple[Edge, ...] = ()


Mistake = Paths | Rule | Adjoint | Outcome


def faults_of(mistake: Mistake) -> tuple[Fault, ...]:
    """Return the faults of a backward pass that a mistake is."""
    match mistake:
        case Rule(change):
            return (change,)
        case Adjoint(faults=faults):
            return faults
        case _:
            return ()


def cost(mistake: Mistake) -> float:
    """Return how far a mistake is to seek, in bits."""
    if isinstance(mistake, Rule) and mistake.change.end is not None:
        return COSTS[mistake.kind] + AT_AN_END + (0.25 if mistake.change.statement is None else 0.0)
    slip = mistake.change.slip if isinstance(mistake, Rule) else None
    elsewhere = slip is not None and (slip.wrapped or slip.padded or slip.beyond)
    if isinstance(mistake, Outcome) and mistake.kind == "scaled" and mistake.by not in {"2", "1/2"}:
        return COSTS[mistake.kind] + (0.5 if mistake.by.endswith(("T", "losses")) else 1.5)
    return COSTS[mistake.kind] + (0.5 if elsewhere or (isinstance(mistake, Paths) and mistake.number > 0) else 0.0)
