"""Statements: loss and gradients over T steps as a short list of typed statements, before any language writes them.

    Assign       h_t = tanh(a_t), for a step; of a sum, each term may need another step that has to exist
    Accumulate   ∂L/∂W += ∂L/∂a_t x_tᵀ, for a step
    Loop         statements step by step, t = 1 … T or back
    AllSteps     statements that wait for no neighbour, each for all steps at once
    Once         what has no step
    Placed       ∂L/∂g_1 from every step that reads g_1, beside 0 at all other steps
    Boundary     the gradient by a value outside 1 … T, from the steps that look there

The names of values are those of the network; the adjoint ∂L/∂h is `adjoint("h")`, what was computed ahead of a loop has a name
with a blank in it, which no network has. How a name is spelled in a language is for its printer.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import TypeAlias

from derive.equations import Expr, Shape, Shapes, Var
from derive.equations import expression as ex
from derive.network import Network
from derive.recurrence import ADJOINT

COUNTED = "L counts"
"""What the loss of each step counts for in L, where that depends on the step."""


TOTAL = "L total"
"""L, while losses are added up."""
PENALTY = "L penalty"
"""What counts once in L."""
ONCE = "What the penalty adds, once for all steps."
"""What code says above that."""
READ = "what all steps give to the steps that they read, 0 at the others"
"""What code says of a value that is `Placed`."""


def adjoint(name: str) -> str:
    """The name of ∂L/∂name."""
    return f"{ADJOINT}{name}"


def collected(name: str) -> str:
    """The name of what comes to a variable at one step for all t, ``g[1]``, from every step that reads it."""
    variable, at = ex.anchor(name)
    return adjoint(f"{variable} at {at or 'T'}")


def placed(variable: str) -> str:
    """The name of the same at every step of the variable, 0 but at the steps that are read so."""
    return adjoint(f"{variable} read")


@dataclass(frozen=True, slots=True)
class Term:
    """A term of a rule; with ``reach`` it is there only where step t + reach is one of 1 … T, and else it is 0.

    ``guarded``: nothing in it is 0 outside 1 … T, so that it may not even be looked at there.
    """

    expr: Expr
    reach: int = 0
    guarded: bool = False


@dataclass(frozen=True, slots=True)
class Assign:
    """name = the sum of the terms; ``rule`` is what it is as mathematics."""

    name: str
    terms: tuple[Term, ...]
    rule: Expr
    joined: tuple[tuple[str, Expr], ...] = ()
    """Rules of other names that stand in place of these names here."""

    @property
    def expr(self) -> Expr:
        """The sum of the terms that are there at every step."""
        return ex.add(*(term.expr for term in self.terms if not term.guarded))

    @property
    def guarded(self) -> tuple[Term, ...]:
        """The terms that are there at some steps only."""
        return tuple(term for term in self.terms if term.guarded)


@dataclass(frozen=True, slots=True)
class Accumulate:
    """name += expr."""

    name: str
    expr: Expr


Statement: TypeAlias = Assign | Accumulate


@dataclass(frozen=True, slots=True)
class Loop:
    """Statements for one step after the other: t = 1 … T if ``direction`` is 1, t = T … 1 if it is −1."""

    direction: int
    body: tuple[Statement, ...]
    carried: tuple[Var, ...] = ()
    """What the step before has computed and this one looks at: it goes on from step to step under a name of its own."""
    renewed: frozenset[Var] = frozenset()
    """What is carried on and no longer looked at when it is computed anew, so that it can keep its name."""
    held: frozenset[Var] = frozenset()
    """What has a name of its own while the step lasts."""

    @property
    def assigned(self) -> frozenset[str]:
        """The names that get a value."""
        return frozenset(statement.name for statement in self.body if isinstance(statement, Assign))


@dataclass(frozen=True, slots=True)
class AllSteps:
    """Statements, each for all steps at once."""

    body: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Once:
    """What has no step."""

    body: tuple[Assign, ...]


@dataclass(frozen=True, slots=True)
class Placed:
    """A value for every step that is 0 but at some: ``rows`` say at which (0: T), and what is added there."""

    name: str
    rows: tuple[tuple[int, str], ...]

    @property
    def body(self) -> tuple[Statement, ...]:
        """No statement of a step."""
        return ()


Block: TypeAlias = Loop | AllSteps | Once | Placed


@dataclass(frozen=True, slots=True)
class Use:
    """What the step t = ``first`` (counted from T on if it is ≤ 0) adds; it is there if T ≥ ``least``."""

    first: int
    least: int
    expr: Expr


@dataclass(frozen=True, slots=True)
class Boundary:
    """The gradient by a value outside 1 … T, by its label."""

    label: str
    name: str
    uses: tuple[Use, ...]


@dataclass(frozen=True)
class Listing:
    """The whole: forwards, then backwards, then what counts ``once``, and the gradients by what is outside 1 … T."""

    network: Network
    forward: tuple[Block, ...]
    backward: tuple[Block, ...]
    boundaries: tuple[Boundary, ...]
    fresh: Mapping[str, Shape]
    """The shapes of the names that were made here."""
    once: tuple[Accumulate, ...] = ()
    loss_added: bool = False
    """Whether the losses are added up as they are computed, so that none of them is kept."""
    loss_factor: Fraction = Fraction(1)
    """What the sum of the losses is still to be multiplied by, so that no step does it."""

    @property
    def collected(self) -> tuple[str, ...]:
        """The sums over all steps that a later rule looks at."""
        return tuple(name for block in self.backward if isinstance(block, Placed) for _, name in block.rows)

    @property
    def inputs(self) -> tuple[str, ...]:
        """The arguments in order: parameters, constants, data, and values outside 1 … T by their labels."""
        network = self.network
        return (*network.timeless, *network.data, *self.labels)

    @cached_property
    def labels(self) -> Mapping[str, str]:
        """Per label of a value outside 1 … T, whose it is."""
        outside = self.network.outside
        return {label: name for name, sides in outside.items() for side in sides for label in side}

    @property
    def blocks(self) -> tuple[Block, ...]:
        """All blocks."""
        return (*self.forward, *self.backward)

    @cached_property
    def shapes(self) -> Shapes:
        """The shape of every name, adjoints included."""
        network = self.network
        of = dict(network.shapes)
        names = (*network.variables, *network.data, *network.timeless)
        of |= {adjoint(name): network.shape(name) for name in names} | dict(self.fresh)
        return Shapes(of, broadcast=True)

    @cached_property
    def counted(self) -> bool:
        """Whether the losses of different steps count for different amounts."""
        return any(var.name == COUNTED for statement in self.statements() for var in ex.variables(read(statement)))

    def statements(self) -> Iterator[Statement]:
        """Every statement, in order."""
        for block in self.blocks:
            yield from block.body

    @cached_property
    def extent(self) -> Mapping[str, tuple[int, int]]:
        """Per name with steps that is read at other steps, how many before 1 and after T are looked at."""
        found = dict(self.network.reach)
        for statement in self.statements():
            for var in ex.variables(unguarded(statement)):
                if var.lag:
                    before, after = found.get(var.name, (0, 0))
                    found[var.name] = (max(before, var.lag), max(after, -var.lag))
        return found

    @cached_property
    def local(self) -> frozenset[str]:
        """The names of a loop that only its own step looks at."""
        assigned = {
            statement.name: block
            for block in self.blocks
            if isinstance(block, Loop)
            for statement in block.body
            if isinstance(statement, Assign)
        }
        kept = set() if self.loss_added else {self.network.loss}
        for boundary in self.boundaries:
            kept |= {var.name for use in boundary.uses for var in ex.variables(use.expr)}
        for block in self.blocks:
            for statement in block.body:
                for var in ex.variables(read(statement)):
                    goes_on = isinstance(block, Loop) and var in block.carried
                    if (var.lag and not goes_on) or assigned.get(var.name) is not block:
                        kept.add(var.name)
        kept |= {adjoint(name) for name in self.network.by}
        return frozenset(assigned) - kept


def unused(name: str, taken: Container[str]) -> str:
    """A name that is not taken: this one, or with the first number behind it.

    >>> unused("h part", {"h part", "h part 2"})
    'h part 3'
    """
    numbered = (f"{name} {count}" for count in itertools.count(2))
    return next(label for label in itertools.chain([name], numbered) if label not in taken)


def read(statement: Statement) -> Expr:
    """What a statement reads."""
    return statement.expr if isinstance(statement, Accumulate) else ex.add(*(term.expr for term in statement.terms))


def changed(statement: Statement, change: Callable[[Expr], Expr]) -> Statement:
    """A statement that reads something else."""
    if isinstance(statement, Accumulate):
        return replace(statement, expr=change(statement.expr))
    return replace(statement, terms=tuple(replace(term, expr=change(term.expr)) for term in statement.terms))


def unguarded(statement: Statement) -> Expr:
    """What a statement reads, whether or not that is outside 1 … T."""
    return statement.expr


def fixed(at: int) -> str:
    """The row of a step that is the same for all t."""
    return "T - 1" if at == ex.LAST_STEP else str(at - 1)


def is_timed(expr: Expr) -> bool:
    """Whether an expression depends on the step; how many components something has does not."""
    match expr:
        case ex.Var(_, lag):
            return lag is not None
        case ex.Call("components"):
            return False
        case _:
            return any(map(is_timed, ex.children(expr)))
