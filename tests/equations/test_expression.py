"""Expressions: a closed set of nodes, and the few operations on them."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from derive.equations import expression as ex
from derive.equations.expression import (
    ONE,
    ZERO,
    Const,
    Expr,
    Neg,
    Var,
    add,
    children,
    mul,
    rebuild,
    shift,
    substitute,
    variables,
)

leaves: st.SearchStrategy[Expr] = st.one_of(
    st.builds(Const, st.fractions(-3, 3, max_denominator=4)),
    st.builds(Var, st.sampled_from("abc"), st.one_of(st.none(), st.integers(-3, 3))),
)


def _grown(inner: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    several = st.lists(inner, min_size=1, max_size=3).map(tuple)
    return st.one_of(
        *(st.builds(node, inner) for node in (Neg, ex.Transpose, ex.Total)),
        *(st.builds(node, inner, inner) for node in (ex.Div, ex.MatMul, ex.Dot, ex.Outer)),
        *(st.builds(node, several) for node in (ex.Add, ex.Mul)),
        st.builds(ex.Pow, inner, st.fractions(-2, 3, max_denominator=2)),
        st.builds(ex.Call, st.sampled_from(["tanh", "exp"]), inner),
    )


expressions = st.recursive(leaves, _grown, max_leaves=8)
polynomials = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(Neg, inner), *(st.builds(node, st.lists(inner, max_size=3).map(tuple)) for node in (ex.Add, ex.Mul))
    ),
    max_leaves=10,
)


def value(expr: Expr) -> Fraction:
    """A polynomial at numbers of its own for every variable."""
    match expr:
        case Const(number):
            return number
        case Var(name, lag):
            return Fraction(ord(name), 7) + (0 if lag is None else lag + 10)
        case Neg(body):
            return -value(body)
        case ex.Add(terms):
            return sum(map(value, terms), Fraction(0))
        case ex.Mul(factors):
            product = Fraction(1)
            for factor in factors:
                product *= value(factor)
            return product
        case _:
            raise AssertionError(expr)


@settings(deadline=None)
@given(expressions)
def test_every_node_can_be_taken_apart_and_put_together(expr: Expr) -> None:
    """Rebuilding with the same children gives the same expression, and each child is changed once."""
    assert rebuild(expr, lambda child: child) == expr
    seen: list[Expr] = []
    rebuild(expr, lambda child: seen.append(child) or child)  # type: ignore[func-returns-value]
    assert tuple(seen) == children(expr)


@settings(deadline=None)
@given(expressions, st.integers(-5, 5))
def test_shifting_moves_every_step_and_nothing_else(expr: Expr, by: int) -> None:
    """A shift adds to the step of each variable with time, keeps parameters, and is undone by shifting back."""
    moved = list(variables(shift(expr, by)))
    expected = [Var(var.name, None if var.lag is None else var.lag - by) for var in variables(expr)]
    assert moved == expected
    assert shift(shift(expr, by), -by) == expr


@settings(deadline=None)
@given(expressions)
def test_substituting_nothing_changes_nothing(expr: Expr) -> None:
    """Variables without a replacement stay as they are."""
    assert substitute(expr, {}) == expr
    assert substitute(expr, {var: var for var in variables(expr)}) == expr


def test_substitution_is_simultaneous() -> None:
    """Two variables can change places."""
    first, second = Var("a", 0), Var("b", 0)
    swapped = substitute(ex.Div(first, second), {first: second, second: first})
    assert swapped == ex.Div(second, first)


@settings(deadline=None)
@given(st.lists(polynomials, max_size=4))
def test_sums_and_products_are_flat_and_right(parts: list[Expr]) -> None:
    """`add` and `mul` have the value of the plain sum and product, without a sum in a sum or a sign inside."""
    total, product = add(*parts), mul(*parts)
    assert value(total) == value(ex.Add(tuple(parts)))
    assert value(product) == value(ex.Mul(tuple(parts)))
    if isinstance(product, ex.Mul):
        assert not any(isinstance(factor, Neg | ex.Mul) for factor in product.factors)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (add(), ZERO),
        (mul(), ONE),
        (add(ZERO, Var("a")), Var("a")),
        (mul(ONE, Var("a")), Var("a")),
        (mul(ZERO, Var("a")), ZERO),
        (mul(Neg(Var("a")), Neg(Var("b"))), ex.Mul((Var("a"), Var("b")))),
        (mul(Neg(Neg(Var("a"))), Var("b")), ex.Mul((Var("a"), Var("b")))),
        (mul(Neg(ONE), Var("a")), Neg(Var("a"))),
        (mul(ex.Mul((Var("b"), Var("a"))), Var("c")), ex.Mul((Var("b"), Var("a"), Var("c")))),
        (add(ex.Add((Var("b"), Var("a"))), Var("c")), ex.Add((Var("b"), Var("a"), Var("c")))),
    ],
)
def test_the_order_that_was_written_is_kept(found: Expr, expected: Expr) -> None:
    """Ones and zeros go, signs come to the front, and the rest stays in the author's order."""
    assert found == expected
