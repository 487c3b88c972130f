"""Repeated: what statements for all steps have in common is computed once, under a name of its own.

    y = S q / (zᵀ q)                y_part = zᵀ q,  y = S q / y_part
    dS = … / (zᵀ q)                 dS = … / y_part
    dW = Σ_t da_t h_{t−1}ᵀ          h_before = h_{t−1} at every t

A part that some statement is as a whole has the name of that. Only what is more than one operation of numbers is worth a name,
and never an outer product, which for all steps would be an array of matrices. The way is that of SymPy's ``cse``: a tree that
has been seen is not gone into again, so that of nested parts the largest has a name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby

from derive.equations import Expr, Shape, Var
from derive.equations import expression as ex
from derive.programs.statements import (
    Accumulate,
    AllSteps,
    Assign,
    Block,
    Listing,
    Loop,
    Once,
    Statement,
    Term,
    changed,
    is_timed,
    read,
    unused,
)

PLAIN = frozenset({"ones", "components", "identity", "pi"})
"""Functions that are not worth a name."""


def repeated(listing: Listing) -> Listing:
    """Return a listing in which what is computed for all steps more than once has a name.

    >>> from derive.graph import Graph
    >>> from derive.network import load
    >>> from derive.programs.ahead import ahead
    >>> from derive.programs.listing import listing as plain
    >>> from derive.recurrence import Recurrence
    >>> found = repeated(ahead(plain(Recurrence(Graph(load("linear-attention"))))))
    >>> [name for name in found.fresh if "part" in name]
    ['k part', 'q part', 'y part', 'y part 2', '∂q part', '∂q part 2']
    """
    return _Naming(listing).done()


class _Naming:
    """Knows what is repeated, and the names that it has by now."""

    def __init__(self, listing: Listing) -> None:
        self.listing = listing
        self.fresh: dict[str, Shape] = dict(listing.fresh)
        at_once = [each for block in listing.blocks if isinstance(block, AllSteps | Once) for each in block.body]
        self.added = {each.name for each in at_once if isinstance(each, Accumulate)}
        ahead = (each for each in reversed(at_once) if isinstance(each, Assign) and each.name in listing.fresh)
        self.made = {each.expr: each.name for each in ahead}
        """What was made ahead, by what it is as a whole; not what is added up, which is a sum of it."""
        self.often = self._often(at_once)
        self.names: dict[Expr, Var] = {}
        self.instead: dict[str, str] = {}
        """For names of the same as others, these."""
        self.now: list[Statement] = []
        """What has to stand above the statement that is being changed."""

    def done(self) -> Listing:
        """The listing."""
        forward, backward = (tuple(self._blocks(each)) for each in (self.listing.forward, self.listing.backward))
        return replace(self.listing, forward=forward, backward=backward, fresh=self.fresh)

    def _often(self, statements: list[Statement]) -> set[Expr]:
        """The parts that are there more than once, and worth a name."""
        seen: set[Expr] = set()
        found: set[Expr] = set()

        def look(expr: Expr) -> None:
            if expr in seen and self._is_worth(expr):
                found.add(expr)
                return
            seen.add(expr)
            for child in ex.children(expr):
                look(child)

        for statement in statements:
            look(read(statement))
        return found

    def _is_worth(self, expr: Expr) -> bool:
        if isinstance(expr, ex.Outer) or any(var.name in self.added for var in ex.variables(expr)):
            return False
        return work(expr) > 1 or expr in self.made or _is_earlier(expr)

    def _blocks(self, blocks: tuple[Block, ...]) -> Iterator[Block]:
        for block in blocks:
            if isinstance(block, AllSteps | Once):
                yield from self._apart(statement for each in block.body for statement in self._statement(each))
            elif isinstance(block, Loop):
                yield replace(block, body=tuple(changed(each, self._renamed) for each in block.body))
            else:
                yield block

    def _apart(self, statements: Iterator[Statement]) -> Iterator[Block]:
        """The statements of a block, those without a step in blocks of their own."""
        for once, some in groupby(statements, self._is_once):
            body = tuple(some)
            yield Once(tuple(each for each in body if isinstance(each, Assign))) if once else AllSteps(body)

    def _is_once(self, statement: Statement) -> bool:
        """Whether a statement is one of those that were made without a step."""
        return isinstance(statement, Assign) and statement.name in self.fresh and not is_timed(statement.rule)

    def _statement(self, statement: Statement) -> Iterator[Statement]:
        """A statement after the parts that it is the first to look at; none for what has a name by now."""
        expr = read(statement)
        whole = isinstance(statement, Assign) and expr in self.often
        if whole and expr in self.names and statement.name in self.listing.fresh:
            self.instead[statement.name] = self.names[expr].name
            return
        new = changed(statement, lambda each: self._put(each, statement.name, top=True))
        yield from self.now
        self.now = []
        yield new
        if whole and expr not in self.names and (is_timed(expr) or statement.name in self.listing.fresh):
            self.names[expr] = _named(statement.name, expr)

    def _put(self, expr: Expr, of: str, *, top: bool = False) -> Expr:
        """An expression in which names stand for what is repeated."""
        if expr in self.often and (not top or expr in self.names):
            if expr not in self.names:
                self._make(expr, of)
            return self.names[expr]
        if isinstance(expr, Var):
            return self._renamed(expr)
        return ex.rebuild(expr, lambda child: self._put(child, of))

    def _make(self, expr: Expr, of: str) -> None:
        own = self.made.get(expr)
        base = f"{expr.name} before" if isinstance(expr, Var) else f"{of} part"
        label = own or unused(base, self.fresh)
        self.fresh[label] = self.listing.shapes.shape(expr)
        self.names[expr] = _named(label, expr)
        self.now.append(Assign(label, (Term(ex.rebuild(expr, lambda child: self._put(child, of))),), expr))

    def _renamed(self, expr: Expr) -> Expr:
        """An expression without the names that others stand for."""
        if isinstance(expr, Var):
            return replace(expr, name=self.instead.get(expr.name, expr.name))
        return ex.rebuild(expr, self._renamed)


def _named(label: str, expr: Expr) -> Var:
    return Var(label, 0 if is_timed(expr) else None)


def _is_earlier(expr: Expr) -> bool:
    """Whether something is looked at a step before, for which all rows are moved."""
    return isinstance(expr, Var) and (expr.lag or 0) > 0


def work(expr: Expr) -> int:
    """How many operations something takes; sums over components and functions count twice."""
    match expr:
        case ex.Var() | ex.Const():
            return 0
        case ex.Call(function) if function in PLAIN:
            return 0
        case ex.Neg() | ex.Transpose() | ex.Part():
            own = 0
        case ex.Call() | ex.Defined() | ex.MatMul() | ex.Dot() | ex.Total() | ex.Summed():
            own = 2
        case _:
            own = 1
    return own + sum(map(work, ex.children(expr)))
