"""Listing: a recurrence as statements, the textbook loop: forwards step by step, then backwards, adding up the gradients.

The path sums grouped by their nearest arc (`Recurrence.raw`) are a rule for the adjoint of every variable:

    ∂L/∂v_t = Σ over the uses w of v: the local partial of w_{t+k} by v_t, transposed, applied to ∂L/∂w_{t+k}

Where t + k is outside 1 … T there is no such use. Adjoints are 0 there, so the term is, unless something in it has no value
outside; such a term is guarded by a condition.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from derive.equations import Expr, Shape, Var
from derive.equations import expression as ex
from derive.errors import NetworkError
from derive.network import LENGTH, Sweep, closure
from derive.programs.statements import (
    COUNTED,
    Accumulate,
    Assign,
    Block,
    Boundary,
    Listing,
    Loop,
    Placed,
    Statement,
    Term,
    Use,
    adjoint,
    collected,
    placed,
    read,
)
from derive.recurrence import ADJOINT, Recurrence

SINGULAR = frozenset({"log", "sqrt"})
"""Functions that have no value somewhere."""


def listing(recurrence: Recurrence) -> Listing:
    """Return loss and gradients of a network as statements, one after the other, step by step.

    Raises `NetworkError` for an equation that gives a vector as one number, whose size no code could know.

    >>> from derive.graph import Graph
    >>> from derive.network import load
    >>> [type(block).__name__ for block in listing(Recurrence(Graph(load("elman")))).blocks]
    ['Loop', 'Loop']
    """
    return _Lister(recurrence).made()


class _Lister:
    """Knows the recurrence, and which adjoint is known without a rule."""

    def __init__(self, recurrence: Recurrence) -> None:
        self.recurrence = recurrence
        self.graph = recurrence.graph
        self.network = recurrence.graph.network
        self.by_step = tuple(name for name in self.network.by if name in self.network.data)

    def made(self) -> Listing:
        """The listing."""
        forward = tuple(self._forward(sweep) for sweep in self.graph.sweeps)
        backward = [block for sweep in reversed(self.graph.sweeps) for block in self._backward(sweep)]
        data = tuple(self._assigned(name) for name in self.by_step)
        if data:
            backward.append(Loop(1, data))
        once = tuple(Accumulate(adjoint(edge.tail), edge.factor) for edge in self.graph.penalty_edges)
        fresh = {COUNTED: ()} | self._fresh()
        whole = Listing(self.network, forward, tuple(backward), tuple(self._boundaries()), fresh, once)
        return _without_idle(whole)

    def _forward(self, sweep: Sweep) -> Loop:
        rules = self.network.rules
        for name in sweep.names:
            if self.network.shape(name) and not any(True for _ in ex.variables(rules[name])):
                raise NetworkError(
                    f"{self.network.where}equation {name} gives a vector as one number, and a program does not know its "
                    "size; let it use a parameter or data"
                )
        return Loop(sweep.direction, tuple(Assign(name, (Term(rules[name]),), rules[name]) for name in sweep.names))

    def _fresh(self) -> dict[str, Shape]:
        """The shapes of what is collected from every step, and of where it is placed."""
        shapes = {collected(label): self.network.shape(label) for label in self.recurrence.collected}
        variables = (ex.anchor(label)[0] for label in self.recurrence.collected)
        return shapes | {placed(name): self.network.shape(name) for name in variables}

    def _backward(self, sweep: Sweep) -> Iterator[Block]:
        names = [name for name in reversed(sweep.names) if name in self.recurrence.reached]
        for name in names:
            found = [(ex.anchor(label)[1] or ex.LAST_STEP, collected(label)) for label in self._collected(name)]
            if found:
                yield Placed(placed(name), tuple(found))
        rules = [self._assigned(name) for name in names if not self._is_known(name)]
        yield Loop(-sweep.direction, (*rules, *self._accumulated(names)))

    def _collected(self, name: str) -> list[str]:
        """What is collected for a variable, by its labels."""
        return [label for label in self.recurrence.collected if ex.anchor(label)[0] == name]

    def _assigned(self, name: str) -> Assign:
        terms = tuple(self._terms(name))
        rule = ex.add(*(term.expr for term in terms))
        if not terms:  # a datum that no reached equation uses
            terms = (Term(ex.ZERO),)
        return Assign(adjoint(name), terms, rule)

    def _terms(self, name: str) -> Iterator[Term]:
        if name == self.network.loss:
            yield Term(self._counts)
        uses = [edge for edge in self.graph.above[name] if edge.head in self.recurrence.reached and edge.anchor is None]
        for edge in sorted(uses, key=lambda edge: abs(edge.lag or 0)):
            reach = edge.lag or 0
            pulled = ex.shift(edge.partial.pull(self._adjoint(edge.head)), reach)
            guarded = reach != 0 and not (_has_adjoint(pulled) and is_regular(pulled))
            yield Term(pulled, reach, guarded)
        if self._collected(name):
            yield Term(Var(placed(name), 0))

    def _accumulated(self, heads: list[str]) -> Iterator[Statement]:
        """What each parameter gets from the equations of a sweep, those of one equation together."""
        for name in heads:
            for edge in self.graph.below[name]:
                if edge.lag is None:
                    total = adjoint(edge.tail) if edge.anchor is None else collected(edge.collected)
                    yield Accumulate(total, edge.partial.pull(self._adjoint(name)))

    def _boundaries(self) -> Iterator[Boundary]:
        for label, (name, step) in self.network.initial_targets.items():
            uses = []
            for edge in self.graph.above[name]:
                use = step + (edge.lag or 0)
                if edge.head in self.recurrence.reached and (use >= 1 if step < 1 else use <= 0):
                    pulled = edge.partial.pull(self._adjoint(edge.head))
                    uses.append(Use(use, use if step < 1 else 1 - use, pulled))
            yield Boundary(label, name, tuple(uses))

    @property
    def _counts(self) -> Expr:
        """What the loss of step t counts for in L."""
        every = self.network.loss_at == "every"
        return self.network.loss_weight if every else Var(COUNTED, 0)

    def _is_known(self, name: str) -> bool:
        """Whether a variable is a loss that nothing else uses: its adjoint is what it counts for."""
        return name == self.network.loss and not any(
            edge.head in self.recurrence.reached for edge in self.graph.above[name]
        )

    def _adjoint(self, name: str) -> Expr:
        return self._counts if self._is_known(name) else Var(adjoint(name), 0)


def _without_idle(whole: Listing) -> Listing:
    """The listing without values that neither the loss nor a gradient looks at."""
    placed_at = (block for block in whole.backward if isinstance(block, Placed))
    looks: dict[str, set[str]] = {block.name: {name for _, name in block.rows} for block in placed_at}
    for statement in whole.statements():
        looks.setdefault(statement.name, set()).update(var.name for var in ex.variables(read(statement)))
    added = {statement.name for statement in whole.statements() if isinstance(statement, Accumulate)}
    uses = (use.expr for boundary in whole.boundaries for use in boundary.uses)
    wanted = [whole.network.loss, *(adjoint(name) for name in whole.network.by), *(added - set(whole.collected))]
    wanted += [var.name for expr in uses for var in ex.variables(expr)]
    needed = closure(wanted, lambda name: looks.get(name, ()))

    def kept(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
        found: list[Block] = []
        for block in blocks:
            if isinstance(block, Loop):
                body = tuple(each for each in block.body if each.name in needed)
                found += [Loop(block.direction, body)] if body else []
            elif isinstance(block, Placed):
                found += [block] if block.name in needed else []
        return tuple(found)

    return replace(whole, forward=kept(whole.forward), backward=kept(whole.backward))


def _has_adjoint(expr: Expr) -> bool:
    """Whether an expression has a factor that is 0 outside 1 … T: it is linear in the adjoint."""
    return any(var.name.startswith(ADJOINT) for var in ex.variables(expr))


def is_regular(expr: Expr) -> bool:
    """Whether an expression has a finite value whatever its variables with steps are."""
    match expr:
        case ex.Div(_, bottom) if _varies(bottom):
            return False
        case ex.Pow(base, exponent) if _varies(base) and (exponent < 0 or exponent != Fraction(int(exponent))):
            return False
        case ex.Call(function) if function in SINGULAR and any(map(_varies, expr.arguments)):
            return False
        case ex.Defined():
            return is_regular(expr.value)
        case _:
            return all(map(is_regular, ex.children(expr)))


def _varies(expr: Expr) -> bool:
    return any(var.lag is not None for var in ex.variables(expr) if var != LENGTH)
