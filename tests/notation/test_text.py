"""Formulas as plain text."""

from __future__ import annotations

import pytest
from formulas import AFTER, BEFORE, FORMULAS, GALLERY, ONE, RECURRENCE, TWO, at, path, slope, t, w_h
from hypothesis import given

from derive.notation.formula import (
    Apply,
    Big,
    Brace,
    Column,
    Derivative,
    Formula,
    Fraction,
    Group,
    Line,
    Number,
    Power,
    Product,
    Root,
    Row,
    Sign,
    Sum,
    Symbol,
    Words,
    grouped,
    negated,
    number,
    plus,
    power,
    relation,
    symbol,
    times,
    transposed,
)
from derive.notation.text import columns, text, text_lines

a, b, c = (symbol(letter) for letter in "abc")


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        (at("h", t), "h_t"),
        (at("h", BEFORE), "h_{t−1}"),
        (Symbol("δ", subs=(AFTER,), sups=(symbol("h"),)), "δ_{t+1}^h"),
        (symbol("y", t, accent="hat"), "ŷ_t"),
        (Number("-1.5", -3), "−1.5×10⁻³"),
        (power(at("h", t), TWO), "h_t²"),
        (power(at("h", t), number(-1)), "h_t⁻¹"),
        (power(a, symbol("n")), "a^n"),
        (power(a, plus(b, c)), "a^(b + c)"),
        (power(Symbol("h", sups=(grouped(ONE),)), TWO), "(h^{(1)})²"),
        (Power(Power(a, TWO), TWO), "(a²)²"),
        (Fraction(ONE, TWO), "1/2"),
        (Fraction(plus(a, b), times(TWO, c)), "(a + b)/(2 c)"),
        (Fraction(times(a, b), c), "a b/c"),
        (Fraction(Fraction(a, b), c), "(a/b)/c"),
        (times(Fraction(ONE, TWO), a), "1/2 · a"),
        (Derivative(symbol("L"), w_h), "dL/dw_h"),
        (Derivative(symbol("L"), symbol("decay")), "dL/d decay"),
        (Derivative(at("a", t), at("h", BEFORE), "local"), "∂⁺a_t/∂h_{t−1}"),
        (Derivative(symbol("L"), at("h", t), "partial"), "∂L/∂h_t"),
        (transposed(symbol("W", symbol("h"))), "W_hᵀ"),
        (Root(plus(a, b)), "√(a + b)"),
        (Apply("tanh", (a, b)), "tanh(a, b)"),
        (Group(a, "||"), "|a|"),
        (plus(negated(a), negated(b), c), "−a − b + c"),
        (plus(a, Number("-2")), "a − 2"),
        (times(number(2), number(3)), "2 · 3"),
        (times(a, Number("-2"), sign="×"), "a × (-2)".replace("-", "−")),
        (times(Brace(plus(a, b), Words("both")), c), "(a + b) c"),
        (relation(a, ("=", negated(b)), ("≈", c)), "a = −b ≈ c"),
        (Row((Sign("("), a, Sign(","), negated(b), Sign(")"))), "(a, −b)"),
        (Row((a, Sign("−"), b)), "a − b"),
        (Row((Sign("−"), b)), "−b"),
        (Big("Σ", relation(t, ("=", ONE)), symbol("T"), at("δ", t)), "Σ_{t=1}^T δ_t"),
        (GALLERY["cases"], "{ (y_t − ŷ_t) w_y if t = T; (y_t − ŷ_t) w_y + δ_{t+1} (1 − h_{t+1}²) w_h if t < T }"),
        (GALLERY["matrix"], "[W_h, W_y; 0, W_hᵀ]"),
        (GALLERY["vector"], "W_yᵀ e_t + W_hᵀ ((1 − h_{t+1}²) ⊙ δ_{t+1})"),
        (times(Column(a, Number("2")), Column(b, Number("3"))), "a · b"),
        (times(Column(a, Number("2")), Column(b, c)), "a b"),
        (GALLERY["columns"], "(y_t − ŷ_t) · w_y "),
        (GALLERY["colours"], "e_t w_y − δ_{t+1} w_h"),
        (path(1, 2), "(y_2 − ŷ_2) w_y (1 − h_2²) w_h (1 − h_1²) h_0"),
        (Sum((Product((Number("-2"), a)), Product((Number("-3"), b)))), "−2 a − 3 b"),
    ],
)
def test_a_formula_reads_on_one_line(formula: Formula, expected: str) -> None:
    """Plain text has scripts, signs and brackets where the meaning needs them."""
    assert text(formula) == expected


@given(FORMULAS)
def test_any_formula_is_one_line(formula: Formula) -> None:
    """No formula fails to be written, and none takes more than one line."""
    assert "\n" not in text(formula)


def test_lines_are_aligned_at_their_signs() -> None:
    """The left sides end in the same column, also with combining accents, and a continuation starts past the signs."""
    lines = (
        Line(symbol("δ", accent="hat"), "=", times(slope(t), w_h)),
        Line(None, "", Row((Sign("+"), RECURRENCE))),
        Line(None, "≈", Number("-0.5")),
    )
    assert text_lines(lines).split("\n") == [
        "δ̂ = (1 − h_t²) w_h",
        "      + (y_t − ŷ_t) w_y + δ_{t+1} (1 − h_{t+1}²) w_h",
        "  ≈ −0.5",
    ]


def test_a_line_by_itself_has_no_margin() -> None:
    """One line is written as it is, with or without a left side."""
    assert text_lines((Line(None, "", a),)) == "a"
    assert text_lines((Line(a, "=", b),)) == "a = b"


def test_columns_count_what_a_terminal_shows() -> None:
    """A combining accent takes no column, a Chinese character two."""
    assert columns("δ̂") == 1
    assert columns("梯度 t") == 6
