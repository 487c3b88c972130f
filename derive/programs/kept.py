"""Kept: a sum over components or a function that loops compute more than once is computed once, and kept under a name.

    h_t = o_t ⊙ tanh(c_t)                    h_part_t = tanh(c_t),  h_t = o_t ⊙ h_part_t
    do_t = tanh(c_t) ⊙ dh_t                  do_t = h_part_t ⊙ dh_t
    df_t = h_{t−1} ⊙ (Uᵀ da_t) + …           da_part_t = Uᵀ da_t,  df_t = h_{t−1} ⊙ da_part_t + …
    dh_t = f_{t+1} ⊙ (Uᵀ da_{t+1}) + …       dh_t = f_{t+1} ⊙ da_part_{t+1} + …

The second is what another step has computed: such a product with an adjoint is 0 where the adjoint is, outside 1 … T. A part
without a step is computed before all steps, as a weight. Of nested parts the largest has a name, as in `repeated`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from derive.equations import Expr, Shape, Var
from derive.equations import expression as ex
from derive.network import LENGTH
from derive.programs.listing import is_regular
from derive.programs.repeated import PLAIN, work
from derive.programs.statements import (
    Accumulate,
    Assign,
    Block,
    Listing,
    Loop,
    Once,
    Statement,
    Term,
    is_timed,
    unused,
)
from derive.recurrence import ADJOINT

QUICK = PLAIN | {"abs", "sign", "step", "relu", "maximum", "minimum", "clip", "within", "hard_tanh", "hard_sigmoid"}
"""Functions that take no longer than a look at what was kept."""


def kept(listing: Listing, *, weights: bool = False) -> Listing:
    """Return a listing whose loops compute no sum over components and no function of the same twice.

    ``weights``: what has no step is computed before all steps.

    >>> from derive.graph import Graph
    >>> from derive.network import load
    >>> from derive.programs.listing import listing as plain
    >>> from derive.recurrence import Recurrence
    >>> found = kept(plain(Recurrence(Graph(load("lstm")))))
    >>> [statement.name for statement in found.forward[0].body][8:11]
    ['c', 'h part', 'h']
    """
    return _Keeper(listing, weights=weights).done()


class _Keeper:
    """Knows what is computed more than once, and the names that it has by now."""

    def __init__(self, listing: Listing, *, weights: bool) -> None:
        self.listing = listing
        self.weights = weights
        self.fresh: dict[str, Shape] = dict(listing.fresh)
        self.added = {each.name for each in listing.statements() if isinstance(each, Accumulate)}
        self.names: dict[Expr, Var] = {}
        self.reserved: dict[Expr, str] = {}
        """Names that a later statement of the same step will give a value."""
        self.once: list[Assign] = []
        self.now: list[Assign] = []
        """What has to stand above the statement that is being changed."""
        self.both: set[Expr] = set()
        """Products with an adjoint that a loop looks at both of its own step and of another."""
        self.often = self._often()

    def done(self) -> Listing:
        """The listing."""
        forward, backward = (tuple(map(self._block, each)) for each in (self.listing.forward, self.listing.backward))
        once = (Once(tuple(self.once)),) if self.once else ()
        return replace(self.listing, forward=(*once, *forward), backward=backward, fresh=self.fresh)

    def _often(self) -> set[Expr]:
        """The parts that are worth a name: computed more than once, at the same step or in their loop at another."""
        seen: set[Expr] = set()
        found: set[Expr] = set()

        def look(expr: Expr) -> None:
            if self._is_worth(expr):
                if expr in seen or (self.weights and not is_timed(expr)):
                    found.add(expr)
                    return
                seen.add(expr)
            for child in ex.children(expr):
                look(child)

        for block in self.listing.blocks:
            if isinstance(block, Loop):
                here = {part for each in block.body for part in _parts(_sure(each)) if _is_now(part)}
                self.both |= here & {
                    _at_now(part) for each in block.body for part in _parts(_sure(each)) if _is_moved(part)
                }
                for each in block.body:
                    look(_sure(each))
        return found | self.both

    def _is_worth(self, expr: Expr) -> bool:
        if any(var.name in self.added or var == LENGTH for var in ex.variables(expr)):
            return False
        if is_timed(expr):
            return _is_work(expr)
        return self.weights and self._is_given(expr) and (_is_work(expr) or isinstance(expr, ex.Pow))

    def _is_given(self, expr: Expr) -> bool:
        """Whether something is known before the first step."""
        return all(var.name in self.listing.network.timeless for var in ex.variables(expr))

    def _block(self, block: Block) -> Block:
        if not isinstance(block, Loop):
            return block
        return replace(block, body=tuple(each for statement in block.body for each in self._statement(statement)))

    def _statement(self, statement: Statement) -> Iterator[Statement]:
        """A statement after the parts that it is the first to look at."""
        new: Statement
        if isinstance(statement, Accumulate):
            new = replace(statement, expr=self._put(statement.expr, statement.name))
        else:
            whole = len(statement.terms) == 1 and not statement.guarded
            if whole and statement.expr in self.often and statement.expr not in self.names:
                self.names[statement.expr] = Var(statement.name, 0)
                terms = [Term(ex.rebuild(statement.expr, lambda child: self._put(child, statement.name)))]
            else:
                terms = [
                    each if each.guarded else replace(each, expr=self._put(each.expr, statement.name))
                    for each in statement.terms
                ]
            new = replace(statement, terms=tuple(terms))
        yield from self.now
        self.now = []
        yield new

    def _put(self, expr: Expr, of: str) -> Expr:
        """An expression in which names stand for what is kept."""
        if expr in self.often:
            return self.names.get(expr) or self._make(expr, of)
        if _is_moved(expr) and _at_now(expr) in self.both:
            return self._moved(expr)
        for begin, others in _begun(expr):
            if begin in self.both or (_is_moved(begin) and _at_now(begin) in self.both):
                return ex.Mul((self._put(begin, of), *(self._put(other, of) for other in others)))
        return expr if isinstance(expr, Var) else ex.rebuild(expr, lambda child: self._put(child, of))

    def _moved(self, expr: Expr) -> Expr:
        """What another step has computed, or will have when this one comes to it."""
        base = _at_now(expr)
        if base not in self.names and base not in self.reserved:
            of = next(var.name for var in ex.children(base) if isinstance(var, Var) and _is_adjoint(var))
            self.reserved[base] = self._label(base, of, "part")
        name = self.names[base].name if base in self.names else self.reserved[base]
        return Var(name, _lag(expr))

    def _make(self, expr: Expr, of: str) -> Var:
        timed = is_timed(expr)
        label = self.reserved.pop(expr, None) or self._label(expr, of, "part" if timed else "weight")
        self.names[expr] = found = Var(label, 0 if timed else None)
        inner = ex.rebuild(expr, lambda child: self._put(child, of))
        (self.now if timed else self.once).append(Assign(label, (Term(inner),), expr))
        return found

    def _label(self, expr: Expr, of: str, role: str) -> str:
        label = unused(f"{of} {role}", self.fresh)
        self.fresh[label] = self.listing.shapes.shape(expr)
        return label


def _sure(statement: Statement) -> Expr:
    """What a statement computes at every step."""
    return statement.expr


def _parts(expr: Expr) -> Iterator[Expr]:
    """An expression, what it is made of, and the products that products begin with."""
    yield expr
    yield from (begin for begin, _ in _begun(expr))
    for child in ex.children(expr):
        yield from _parts(child)


def _begun(expr: Expr) -> Iterator[tuple[ex.Mul, tuple[Expr, ...]]]:
    """The products that a product begins with, the longest first, each with the factors after it."""
    factors = expr.factors if isinstance(expr, ex.Mul) else ()
    yield from ((ex.Mul(factors[:count]), factors[count:]) for count in range(len(factors) - 1, 1, -1))


def _is_work(expr: Expr) -> bool:
    """Whether something is a sum over components, or a function that takes its time."""
    match expr:
        case ex.MatMul() | ex.Dot() | ex.Total() | ex.Summed():
            return True
        case ex.Call(function):
            return function not in QUICK and any(True for _ in ex.variables(expr))
        case ex.Defined():
            return any(map(_is_work, _parts(expr.value)))
        case _:
            return False


def _lag(expr: Expr) -> int | None:
    """How many steps back something is that is 0 outside 1 … T, a product with an adjoint; None for anything else."""
    if not isinstance(expr, ex.MatMul | ex.Mul) or not any(map(_is_adjoint, ex.children(expr))):
        return None
    lags = {var.lag for var in ex.variables(expr) if var.lag is not None}
    return lags.pop() if len(lags) == 1 and work(expr) > 1 and is_regular(expr) else None


def _is_adjoint(expr: Expr) -> bool:
    return isinstance(expr, Var) and expr.name.startswith(ADJOINT) and expr.lag is not None


def _is_now(expr: Expr) -> bool:
    return _lag(expr) == 0


def _is_moved(expr: Expr) -> bool:
    return bool(_lag(expr))


def _at_now(expr: Expr) -> Expr:
    return ex.shift(expr, _lag(expr) or 0)
