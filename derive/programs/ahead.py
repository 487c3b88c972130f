"""Ahead: what does not wait for its neighbour is done for all steps at once.

A variable waits if it depends on itself at another step. The others are a statement for all steps, before or after the loop
of those that wait. What these need besides one another is computed ahead of the loop: W_x x_t + b of W_x x_t + b + W_h h_{t−1},
and backwards the slope 1 − h_t² and what comes from the loss of the step. The gradients by parameters are sums over all steps.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from derive.equations import Expr, Shape, Var
from derive.equations import expression as ex
from derive.network import LENGTH, closure
from derive.programs.statements import (
    Accumulate,
    AllSteps,
    Assign,
    Block,
    Listing,
    Loop,
    Once,
    Placed,
    Statement,
    Term,
    is_timed,
    read,
    unused,
)


def ahead(listing: Listing) -> Listing:
    """Return the listing with everything for all steps at once that does not wait for its neighbour.

    >>> from derive.graph import Graph
    >>> from derive.network import load
    >>> from derive.programs.listing import listing as plain
    >>> from derive.recurrence import Recurrence
    >>> [type(block).__name__ for block in ahead(plain(Recurrence(Graph(load("elman"))))).blocks]
    ['AllSteps', 'Loop', 'AllSteps', 'AllSteps', 'Loop', 'AllSteps']
    """
    fresh: dict[str, Shape] = dict(listing.fresh)
    forward = tuple(_blocks(listing.forward, listing, fresh))
    backward = tuple(_blocks(listing.backward, listing, fresh))
    return Listing(listing.network, _joined(forward), _joined(backward), listing.boundaries, fresh, listing.once)


def _joined(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """Neighbouring statements for all steps as one block."""
    found: list[Block] = []
    for block in blocks:
        last = found[-1] if found else None
        if isinstance(block, AllSteps) and isinstance(last, AllSteps):
            found[-1] = AllSteps((*last.body, *block.body))
        else:
            found.append(block)
    return tuple(found)


def _blocks(loops: tuple[Block, ...], listing: Listing, fresh: dict[str, Shape]) -> Iterator[Block]:
    """Each loop taken apart; what is added up comes at the end."""
    sums: list[Statement] = []
    for loop in loops:
        if not isinstance(loop, Loop):
            if isinstance(loop, Placed) and sums:  # what it places has to be added up by now
                yield AllSteps(tuple(sums))
                sums = []
            yield loop
            continue
        sums += [statement for statement in loop.body if isinstance(statement, Accumulate)]
        rules = {statement.name: statement for statement in loop.body if isinstance(statement, Assign)}
        for waits, names in _in_order(rules):
            body = tuple(rules[name] for name in names)
            if waits:
                yield from _Loop(loop.direction, body, listing, fresh).blocks()
            else:
                yield AllSteps(body)
    if sums:
        yield AllSteps(tuple(sums))


def _in_order(rules: Mapping[str, Assign]) -> Iterator[tuple[bool, list[str]]]:
    """The names of a loop in groups, each after what it needs; whether the group has to go step by step."""
    needs = {name: {var.name for var in ex.variables(read(rule)) if var.name in rules} for name, rule in rules.items()}
    reach = {name: closure(needs[name], needs.__getitem__) for name in rules}
    peers = {
        name: [other for other in rules if other == name or (other in reach[name] and name in reach[other])]
        for name in rules
    }
    done: set[str] = set()
    while len(done) < len(rules):
        ready = [name for name in rules if name not in done and needs[name] <= done | set(peers[name])]
        ready = [name for name in ready if all(needs[peer] <= done | set(peers[name]) for peer in peers[name])]
        free = [name for name in ready if name not in reach[name] and not rules[name].guarded]
        group = free or peers[ready[0]]
        yield not free, group
        done.update(group)


class _Loop:
    """A loop of statements that wait for one another, and what is computed ahead of it."""

    def __init__(self, direction: int, body: tuple[Assign, ...], listing: Listing, fresh: dict[str, Shape]) -> None:
        self.direction = direction
        self.body = body
        self.listing = listing
        self.fresh = fresh
        self.inside = {statement.name for statement in body}
        self.ahead: list[Assign] = []
        self.once: list[Assign] = []
        self.known: dict[Expr, Expr] = {}

    def blocks(self) -> Iterator[Block]:
        """What is computed once, what for all steps, and the loop of the rest."""
        body = tuple(self._rest(statement) for statement in self.body)
        if self.once:
            yield Once(tuple(self.once))
        if self.ahead:
            yield AllSteps(tuple(self.ahead))
        yield Loop(self.direction, body)

    def _rest(self, statement: Assign) -> Assign:
        """A statement with what is computed ahead under names of its own."""
        sure = ex.add(*(term.expr for term in statement.terms if not term.guarded))
        rest = self._without(sure, statement.name)
        kept = tuple(term for term in statement.terms if term.guarded)
        terms = () if rest == ex.ZERO and kept else (Term(rest),)
        return Assign(statement.name, (*terms, *kept), statement.rule)

    def _without(self, expr: Expr, name: str, role: str = "given") -> Expr:
        """An expression whose parts that do not wait have names."""
        if self._is_free(expr):
            return self._named(expr, name, role) if _is_work(expr) else expr
        match expr:
            case ex.Add(parts):
                return self._split(ex.Add, parts, name, "given")
            case ex.Mul(parts):
                return self._split(ex.Mul, parts, name, "slope")
            case ex.Div(top, bottom):
                return ex.Div(self._without(top, name), self._without(bottom, name, "divisor"))
            case _:
                return ex.rebuild(expr, lambda child: self._without(child, name))

    def _split(self, kind: type[ex.Add | ex.Mul], parts: tuple[Expr, ...], name: str, role: str) -> Expr:
        """The parts of a sum or product that are free as one, in the place of the first of them."""
        free = [part for part in parts if self._is_free(part)]
        whole = free[0] if len(free) == 1 else kind(tuple(free)) if free else None
        if whole is None or not _is_work(whole) or not self._fits(whole, parts, kind):
            return kind(tuple(part if part in free else self._without(part, name) for part in parts))
        first = next(place for place, part in enumerate(parts) if part in free)
        if kind is ex.Mul and not self._same_shape(free):
            return kind(tuple(self._without(part, name) for part in parts))
        found = self._named(whole, name, role)
        rest = [
            found if place == first else self._without(part, name)
            for place, part in enumerate(parts)
            if place == first or part not in free
        ]
        return kind(tuple(rest))

    def _same_shape(self, parts: Collection[Expr]) -> bool:
        """Whether parts that belong together have one shape, so that nothing small is made large for every step."""
        shapes = {self.listing.shapes.shape(part) for part in parts} - {()}
        return len(shapes) < 2

    def _fits(self, whole: Expr, parts: tuple[Expr, ...], kind: type[ex.Add | ex.Mul]) -> bool:
        """Whether what is computed ahead is no larger than what it goes into."""
        return kind is ex.Add or len(self.listing.shapes.shape(whole)) <= max(
            len(self.listing.shapes.shape(part)) for part in parts
        )

    def _named(self, expr: Expr, name: str, role: str) -> Expr:
        """An expression under a name of its own, the same for equal ones."""
        if expr in self.known:
            return self.known[expr]
        timed = is_timed(expr)
        label = unused(f"{name} {role if timed else 'weight'}", self.fresh)
        self.fresh[label] = self.listing.shapes.shape(expr)
        (self.ahead if timed else self.once).append(Assign(label, (Term(expr),), expr))
        self.known[expr] = found = Var(label, 0 if timed else None)
        return found

    def _is_free(self, expr: Expr) -> bool:
        return not any(var.name in self.inside for var in ex.variables(expr))


def _is_work(expr: Expr) -> bool:
    """Whether something is computed at all, more than a look at a name or a number."""
    match expr:
        case ex.Var() | ex.Const():
            return False
        case ex.Neg(body) | ex.Transpose(body):
            return _is_work(body)
        case ex.Div() | ex.Mul() | ex.Add() | ex.Pow() if not any(var != LENGTH for var in ex.variables(expr)):
            return False
        case _:
            return True
