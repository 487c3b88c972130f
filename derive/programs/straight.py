"""Straight: the statements of a step as one has them who computes by hand, with nothing computed twice or named for one use.

What an equation computes on its way and an adjoint is, as y − ŷ of (y − ŷ)²/2, is computed and kept forwards. A value that is
looked at once, in its own step, stands where it is looked at. Both leave the order of all operations as it is, so that numbers
round as before. Losses are added up as they come, and what all of them are divided by waits for their sum.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace
from fractions import Fraction

from derive.equations import Expr, Var
from derive.equations import expression as ex
from derive.programs.statements import (
    COUNTED,
    Accumulate,
    AllSteps,
    Assign,
    Block,
    Listing,
    Loop,
    Statement,
    changed,
    read,
)
from derive.recurrence import ADJOINT

LONGEST = 6
"""A rule is short if it looks at no more values than this."""
DEEPEST = 16
"""So many operations may stand inside one another before a value has a name: a line stays one, and Python can read it."""


def straight(listing: Listing) -> Listing:
    """Return a listing of loops, with common parts computed once, and values that are used once put in place.

    >>> from derive.graph import Graph
    >>> from derive.network import load
    >>> from derive.programs.listing import listing as plain
    >>> from derive.recurrence import Recurrence
    >>> for loop in straight(plain(Recurrence(Graph(load("elman"))))).blocks:
    ...     print(*(statement.name for statement in loop.body))
    h ∂y l
    ∂a ∂w_y ∂w_x ∂w_h
    """
    return added_up(_inlined(common(listing), lambda _, expr: _depth(expr) < DEEPEST))


def added_up(listing: Listing, *, factored: bool = True) -> Listing:
    """Return a listing that adds up losses as they are computed, if nothing else looks at them.

    ``factored``: a constant that each of them is multiplied or divided by, as the 2 of (y − ŷ)²/2, is left to their sum.

    >>> from derive.graph import Graph
    >>> from derive.network import load
    >>> from derive.programs.listing import listing as plain
    >>> from derive.recurrence import Recurrence
    >>> str(added_up(plain(Recurrence(Graph(load("elman"))))).loss_factor)
    '1/2'
    """
    loss = listing.network.loss
    looks = [var.name for statement in listing.statements() for var in ex.variables(read(statement))]
    looks += [var.name for boundary in listing.boundaries for use in boundary.uses for var in ex.variables(use.expr)]
    if listing.network.loss_at != "every" or loss in looks:
        return listing
    rule = next(each for each in listing.statements() if each.name == loss)
    bare, factor = _without_factor(rule.expr) if factored else (rule.expr, Fraction(1))
    forward = (
        replace(loop, body=tuple(changed(each, lambda _: bare) if each is rule else each for each in loop.body))
        if isinstance(loop, Loop)
        else loop
        for loop in listing.forward
    )
    return replace(listing, forward=tuple(forward), loss_added=True, loss_factor=factor)


def _without_factor(expr: Expr) -> tuple[Expr, Fraction]:
    """An expression without the constant that it is multiplied or divided by, and this."""
    match expr:
        case ex.Div(top, ex.Const(value)) if value:
            bare, factor = _without_factor(top)
            return bare, factor / value
        case ex.Mul((ex.Const(value), *others)):
            return (others[0] if len(others) == 1 else ex.Mul(tuple(others))), value
        case _:
            return expr, Fraction(1)


def common(listing: Listing) -> Listing:
    """Return a listing in which an adjoint that the forward pass computes on its way is kept there.

    >>> from derive.graph import Graph
    >>> from derive.network import load
    >>> from derive.programs.listing import listing as plain
    >>> from derive.recurrence import Recurrence
    >>> [statement.name for statement in common(plain(Recurrence(Graph(load("elman"))))).forward[0].body]
    ['a', 'h', 'y', '∂y', 'l']
    """
    forward = [loop for loop in listing.forward if isinstance(loop, Loop)]
    moved: set[str] = set()
    for rule in listing.statements():
        if not isinstance(rule, Assign) or not rule.name.startswith(ADJOINT) or not _is_worth(rule):
            continue
        for place, loop in enumerate(forward):
            first = next((number for number, each in enumerate(loop.body) if _holds(read(each), rule.expr)), None)
            if first is not None:
                rest = (_with(each, rule.expr, Var(rule.name, 0)) for each in loop.body[first:])
                forward[place] = replace(loop, body=(*loop.body[:first], rule, *rest))
                moved.add(rule.name)
                break
    backward = (_without(block, moved) if isinstance(block, Loop) else block for block in listing.backward)
    return replace(listing, forward=tuple(forward), backward=_not_empty(backward))


def after(listing: Listing) -> Listing:
    """Return a listing in which what each step adds to a matrix, u vᵀ, is added for all steps at once, after all loops.

    >>> from derive.graph import Graph
    >>> from derive.network import load
    >>> from derive.programs.listing import listing as plain
    >>> from derive.recurrence import Recurrence
    >>> [statement.name for statement in after(plain(Recurrence(Graph(load("elman-vector"))))).backward[-1].body]
    ['∂W_y', '∂W_x', '∂W_h']
    """
    loops = [block for block in listing.backward if isinstance(block, Loop)]
    late = (each for loop in loops for each in loop.body if each.name not in listing.collected)  # these are looked at
    products = tuple(each for each in late if _is_product(each))
    if not products:
        return listing
    rest = (
        replace(block, body=tuple(each for each in block.body if each not in products))
        if isinstance(block, Loop)
        else block
        for block in listing.backward
    )
    return replace(listing, backward=(*_not_empty(rest), AllSteps(products)))


def _is_product(statement: Statement) -> bool:
    """Whether a statement adds the outer product of two vectors that are there at every step."""
    expr = statement.expr
    if not isinstance(statement, Accumulate) or not isinstance(expr, ex.Outer):
        return False
    return all(isinstance(side, Var) and side.lag is not None for side in (expr.left, expr.right))


def _without(loop: Loop, names: Collection[str]) -> Loop:
    """A loop that gives these names no value."""
    body = (each for each in loop.body if isinstance(each, Accumulate) or each.name not in names)
    return replace(loop, body=tuple(body))


def _not_empty(blocks: Iterable[Block]) -> tuple[Block, ...]:
    return tuple(block for block in blocks if not isinstance(block, Loop) or block.body)


def _is_worth(rule: Assign) -> bool:
    """Whether an adjoint is something that a forward pass may compute, and more than a name."""
    names = {var.name for var in ex.variables(rule.rule)}
    plain = not rule.guarded and not any(name == COUNTED or name.startswith(ADJOINT) for name in names)
    return plain and bool(names) and not isinstance(rule.expr, Var | ex.Neg)


def _holds(expr: Expr, part: Expr) -> bool:
    return expr == part or (not isinstance(expr, Var) and any(_holds(child, part) for child in ex.children(expr)))


def joined(listing: Listing) -> Listing:
    """Return a listing in which a short rule for a number that one other rule looks at, in its own step, is put in there.

    >>> from derive.graph import Graph
    >>> from derive.network import load
    >>> from derive.programs.listing import listing as plain
    >>> from derive.recurrence import Recurrence
    >>> for loop in joined(common(plain(Recurrence(Graph(load("elman")))))).blocks:
    ...     print(*(statement.name for statement in loop.body))
    h ∂y l
    ∂a ∂w_y ∂w_x ∂w_h
    """

    def short(statement: Assign, expr: Expr) -> bool:
        number = not listing.shapes.shape(Var(statement.name, 0))
        return number and sum(1 for _ in ex.variables(expr)) <= LONGEST

    return _inlined(listing, short)


def _with(statement: Statement, part: Expr, name: Var) -> Statement:
    """A statement in which a name stands for a part."""

    def put(expr: Expr) -> Expr:
        return name if expr == part else expr if isinstance(expr, Var) else ex.rebuild(expr, put)

    return changed(statement, put)


def _inlined(listing: Listing, wanted: Callable[[Assign, Expr], bool]) -> Listing:
    """A listing without the names that are looked at once, in their own step, and are wanted."""

    def blocks(given: tuple[Block, ...]) -> Iterator[Block]:
        for block in given:
            yield replace(block, body=tuple(_in_place(block, listing, wanted))) if isinstance(block, Loop) else block

    return replace(listing, forward=tuple(blocks(listing.forward)), backward=tuple(blocks(listing.backward)))


def _depth(expr: Expr) -> int:
    """How many operations stand inside one another."""
    return 0 if isinstance(expr, Var) else 1 + max(map(_depth, ex.children(expr)), default=0)


def _in_place(loop: Loop, listing: Listing, wanted: Callable[[Assign, Expr], bool]) -> Iterator[Statement]:
    """The statements of a loop, with what is looked at once in the place where it is."""
    looked_at = Counter(var for statement in loop.body for var in ex.variables(read(statement)))
    values: dict[Var, Expr] = {}
    rules: dict[str, tuple[tuple[str, Expr], ...]] = {}
    for statement in loop.body:
        found = changed(statement, lambda expr: ex.substitute(expr, values))
        name = Var(statement.name, 0)
        if isinstance(found, Assign):
            inside = [var.name for var in ex.variables(read(statement)) if var in values]
            found = replace(found, joined=tuple(each for one in inside for each in rules[one]))
            once = looked_at[name] == 1 and statement.name in listing.local and not found.guarded
            if once and wanted(found, found.expr):
                values[name], rules[statement.name] = found.expr, (*found.joined, (found.name, found.rule))
                continue
        yield found
