"""Signs: a minus of a factor stands before the whole product, and two of them are none.

    dz = (−(S q/(zᵀ q)²))ᵀ dy q + dz_{t+1}      dz = −(S q/(zᵀ q)²)ᵀ dy q + dz_{t+1}

So a sum subtracts what it would add the negative of, and no number is rounded otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from derive.equations import Expr, Var
from derive.equations import expression as ex
from derive.programs.statements import Accumulate, Block, Boundary, Listing, Loop, Statement


def signed(listing: Listing) -> Listing:
    """Return a listing of loops in which signs stand before products.

    >>> from derive.graph import Graph
    >>> from derive.network import load
    >>> from derive.programs.listing import listing as plain
    >>> from derive.recurrence import Recurrence
    >>> found = signed(plain(Recurrence(Graph(load("ssm")))))
    >>> [type(each.expr).__name__ for each in found.backward[0].body if each.name == "∂a"]
    ['Neg']
    """
    forward, backward = (tuple(map(_block, blocks)) for blocks in (listing.forward, listing.backward))
    once = tuple(replace(each, expr=outward(each.expr)) for each in listing.once)
    boundaries = tuple(map(_boundary, listing.boundaries))
    return replace(listing, forward=forward, backward=backward, once=once, boundaries=boundaries)


def outward(expr: Expr) -> Expr:
    """Return an expression with its minus signs as far outside as they go.

    >>> outward(ex.Mul((Var("a"), ex.Neg(Var("b")))))
    Neg(body=Mul(factors=(Var(name='a', lag=None), Var(name='b', lag=None))))
    """
    if isinstance(expr, Var | ex.Const):
        return expr
    inner = ex.rebuild(expr, outward)
    if isinstance(inner, ex.Neg) and isinstance(inner.body, ex.Neg):
        return inner.body.body
    if not isinstance(inner, ex.Mul | ex.Div | ex.MatMul | ex.Dot | ex.Outer | ex.Transpose | ex.Total | ex.Summed):
        return inner
    signs = sum(isinstance(child, ex.Neg) for child in ex.children(inner))
    bare = ex.rebuild(inner, lambda child: child.body if isinstance(child, ex.Neg) else child) if signs else inner
    return ex.Neg(bare) if signs % 2 else bare


def _block(block: Block) -> Block:
    return replace(block, body=tuple(_statements(block.body))) if isinstance(block, Loop) else block


def _statements(body: tuple[Statement, ...]) -> Iterator[Statement]:
    for each in body:
        if isinstance(each, Accumulate):
            yield replace(each, expr=outward(each.expr))
        else:
            terms = tuple(replace(term, expr=outward(term.expr)) for term in each.terms)
            yield replace(each, terms=terms, rule=outward(each.rule))


def _boundary(boundary: Boundary) -> Boundary:
    return replace(boundary, uses=tuple(replace(use, expr=outward(use.expr)) for use in boundary.uses))
