"""Calculus: random expressions of two variables, and whether two have the same value at a point."""

from __future__ import annotations

from fractions import Fraction

import sympy
from hypothesis import strategies as st

from derive.equations import expression as ex
from derive.equations.algebra import symbol, to_sympy
from derive.equations.expression import Expr, Var

A, B = Var("a"), Var("b")
POINT = {symbol(A): sympy.Rational(3, 7), symbol(B): sympy.Rational(5, 4)}


def same(ours: Expr, theirs: sympy.Expr) -> bool:
    """Whether two expressions have the same value at a point, to thirty digits."""
    difference = (to_sympy(ours) - theirs).subs(POINT)
    return bool(abs(sympy.N(difference, 40)) < sympy.Float("1e-30"))


TERMS = st.recursive(
    st.sampled_from([A, B, ex.Const(Fraction(2)), ex.Const(Fraction(1, 3))]),
    lambda inner: st.one_of(
        st.builds(ex.Neg, inner),
        st.builds(lambda one, two: ex.Add((one, two)), inner, inner),
        st.builds(lambda one, two: ex.Mul((one, two)), inner, inner),
        st.builds(
            lambda one, two: ex.Div(one, ex.Add((ex.Const(Fraction(3)), ex.Pow(two, Fraction(2))))), inner, inner
        ),
        st.builds(ex.Pow, inner, st.sampled_from([Fraction(n) for n in (0, 1, 2, 3)])),
        st.builds(ex.Call, st.sampled_from(["tanh", "sigmoid", "softplus", "sin", "cos"]), inner),
    ),
    max_leaves=8,
)
