"""Held: what a step looks at more than once has a name while the step lasts, and what the next step needs goes on to it.

    h[t] = h_t = tanh(a)      computed in this step and looked at again in it
    h_t = h[t]                looked at more than once
    h_t = tanh(… h_t …)       what the step before has left, renewed; if no other step looks at it, there is no list of it
    h_before = h_t            the same where it is looked at once more after that

So a loop of single numbers is written by hand, where each look into a list takes as long as a product. Only numbers are held:
what has components is looked at by its rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace

from derive.equations import Expr, Var
from derive.equations import expression as ex
from derive.programs.statements import Assign, Block, Listing, Loop, Statement, read, unguarded


def held(listing: Listing) -> Listing:
    """Return a listing whose loops hold what they look at more than once, and carry on what the next step needs.

    >>> from derive.graph import Graph
    >>> from derive.network import load
    >>> from derive.programs.listing import listing as plain
    >>> from derive.recurrence import Recurrence
    >>> for loop in held(plain(Recurrence(Graph(load("elman"))))).blocks:
    ...     print(loop.carried, sorted(var.name for var in loop.held))
    (Var(name='h', lag=1),) ['h', 'y']
    (Var(name='∂a', lag=-1),) ['h']
    """
    return _each(_each(listing, _carrying), _holding)


def _each(listing: Listing, change: Callable[[Loop, Listing], Loop]) -> Listing:
    def changed(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
        return tuple(change(block, listing) if isinstance(block, Loop) else block for block in blocks)

    return replace(listing, forward=changed(listing.forward), backward=changed(listing.backward))


def _carrying(loop: Loop, listing: Listing) -> Loop:
    """A loop with what it looks at one step after it has been computed."""
    looks = (var for statement in loop.body for var in _looks(read(statement), listing))
    late = (var for var in looks if var.lag == loop.direction and var.name in loop.assigned)
    return replace(loop, carried=tuple(dict.fromkeys(late)))


def _holding(loop: Loop, listing: Listing) -> Loop:
    """A loop with what it looks at more than once, or computes, keeps and looks at."""
    times = Counter(var for statement in loop.body for var in _looks(unguarded(statement), listing))
    often = {var for var, count in times.items() if count > 1 and abs(var.lag or 0) < 2}  # before, now, next
    late = {Var(var.name, 0) for var in loop.carried}
    here = {var for var in times if var.lag == 0 and var.name in loop.assigned} | late
    found = (var for var in often | here if var not in loop.carried)
    held = frozenset(var for var in found if var.lag or var.name not in listing.local)
    renewed = frozenset(var for var in loop.carried if _is_over(var, loop))
    return replace(loop, renewed=renewed, held=held)


def _is_over(var: Var, loop: Loop) -> bool:
    """Whether nothing looks at what the step before has left once the value of this step is there."""
    place = next(number for number, statement in enumerate(loop.body) if statement.name == var.name)
    own, later = loop.body[place], loop.body[place + 1 :]
    last = (() if _is_one_line(own) else (own,)) + later
    return not any(var in ex.variables(read(statement)) for statement in last)


def _is_one_line(statement: Statement) -> bool:
    return isinstance(statement, Assign) and not statement.guarded and not _is_summed(statement.expr)


def _is_summed(expr: Expr) -> bool:
    return isinstance(expr, ex.MatMul | ex.Dot | ex.Total | ex.Summed) or any(map(_is_summed, ex.children(expr)))


def _looks(expr: Expr, listing: Listing) -> Iterator[Var]:
    """Every look at a number of some step; a square, which is a product, looks twice."""
    if isinstance(expr, Var):
        if expr.lag is not None and expr.at is None and not listing.shapes.shape(expr):
            yield expr
        return
    children = [*ex.children(expr)]
    for child in children if not _is_square(expr) else children * 2:
        yield from _looks(child, listing)


def _is_square(expr: Expr) -> bool:
    return isinstance(expr, ex.Pow) and expr.exponent == 2 and isinstance(expr.base, Var)
