"""Formulas as Typst."""

from __future__ import annotations

import json

import pytest
import typst as compiler
from formulas import AFTER, BEFORE, FORMULAS, GALLERY, IN_TYPST, ONE, TWO, at, slope, t, w_h
from hypothesis import given, settings
from hypothesis import strategies as st

from derive.notation.formula import (
    Apply,
    Big,
    Brace,
    Cases,
    Colored,
    Column,
    Derivative,
    Formula,
    Fraction,
    Group,
    Line,
    Matrix,
    Number,
    Power,
    Root,
    Row,
    Sign,
    Symbol,
    Words,
    grouped,
    negated,
    number,
    plus,
    power,
    relation,
    row,
    symbol,
    times,
    transposed,
)
from derive.notation.letters import GREEK, SIGNS
from derive.notation.lines import broken
from derive.notation.typst import typst, typst_lines

a, b, c, loss = (symbol(letter) for letter in ("a", "b", "c", "loss"))


def _compile(formulas: list[str]) -> None:
    """Set formulas in a display and in running text; the compiler raises what it does not understand."""
    source = IN_TYPST + "\n".join(f"$ {formula} $\n${formula}$" for formula in formulas)
    compiler.compile(source.encode(), format="pdf")


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        (at("δ", AFTER), "δ_(t + 1)"),
        (Symbol("δ", None, (t, ONE), (symbol("h"),)), r"δ_(t\,1)^(h)"),
        (symbol("y", t, accent="hat"), "hat(y)_(t)"),
        (symbol("f", accent="bar"), "macron(f)"),
        (loss, "upright(l o s s)"),
        (times(loss, a), "upright(l o s s) thin a"),
        (Number("-1.5", -3), "− 1.5 × 10^(−3)"),
        (Number("1,000"), '1 "," 000'),
        (slope(t), r"\(1 − h_(t)^(2)\)"),
        (grouped(slope(t)), r"lr(size: #1.2em, \( \(1 − h_(t)^(2)\) \))"),
        (grouped(Fraction(a, b)), r"lr(\( frac(a, b) \))"),
        (power(Symbol("h", sups=(grouped(ONE),)), TWO), r"lr(size: #1.2em, \( h^(\(1\)) \))^(2)"),
        (Power(Symbol("h", sups=(ONE,)), TWO), 'class("normal", h^(1))^(2)'),
        (times(number(2), number(3), a), "2 ⋅ 3 a"),
        (times(slope(t), w_h, sign="⊙"), r"\(1 − h_(t)^(2)\) ⊙ w_(h)"),
        (plus(negated(a), b), "− a + b"),
        (Fraction(ONE, TWO, small=True), "inline(frac(1, 2))"),
        (Root(a), "sqrt(a)"),
        (Apply("tanh", (a, b)), r"tanh \(a\, b\)"),
        (Apply("relu", (a,)), r'op("relu") \(a\)'),
        (Apply("σ", (a,)), r"σ \(a\)"),
        (transposed(symbol("W", symbol("h"))), "W_(h)^(⊤)"),
        (Big("Σ", relation(t, ("=", ONE)), symbol("T"), at("δ", t)), "sum_(t = 1)^(T) δ_(t)"),
        (Derivative(symbol("L"), w_h), "frac(upright(d) L, upright(d) w_(h))"),
        (Derivative(symbol("L"), symbol("decay")), "frac(upright(d) L, upright(d) thin upright(d e c a y))"),
        (Derivative(at("a", t), at("h", BEFORE), "local"), "frac(∂^(+) a_(t), ∂ h_(t − 1))"),
        (Brace(a, Words("path 1")), 'underbrace(a, "path 1")'),
        (Brace(a, Words("")), "underbrace(a)"),
        (Colored("state", at("h", t)), 'coloured(#"state", h_(t))'),
        (Column(a, Number("0.9597")), "incolumn(a, 0.9597)"),
        (Matrix(((a, b), (c, number(0)))), "mat(a, b; c, 0)"),
        (Cases(((a, relation(t, ("=", symbol("T")))), (b, Words("else")))), 'cases(a quad & t = T, b quad & "else")'),
        (row(a, Words(" if "), b), 'a" if "b'),
        (Row((Sign("(", 2), a, Power(Sign(")", 2), TWO))), r"lr(size: #1.8em, \() a lr(size: #1.8em, \))^(2)"),
        (Words('a "b" \\ #c'), r'"a \"b\" \\ #c"'),
    ],
)
def test_a_formula_is_spelled_in_typst(formula: Formula, expected: str) -> None:
    """Each kind of node has its Typst, and nothing is stretched or parsed that should not be."""
    assert typst(formula) == expected


def test_lines_are_aligned_at_their_signs() -> None:
    """Lines meet at ``&``; a continuation is indented, and its sign keeps the spaces of an operation."""
    lines = (Line(a, "=", b), Line(None, "", Row((Sign("+"), c))), Line(None, "≈", Number("1")))
    assert typst_lines(lines[:1]) == "a = b"
    assert typst_lines(lines) == 'a & = b \\\n& quad "" + c \\\n& ≈ 1'


def test_an_unknown_sign_is_refused() -> None:
    """A sign no writer knows is named in the error, not printed wrong."""
    with pytest.raises(ValueError, match="'⁂' is not a sign"):
        typst(Sign("⁂"))


def test_the_gallery_compiles() -> None:
    """Typst sets every kind of node, alone and broken over lines."""
    _compile([typst(formula) for formula in GALLERY.values()])
    _compile([typst_lines(broken(a, "=", formula, 12)) for formula in GALLERY.values()])


@settings(max_examples=20, deadline=None)
@given(st.lists(FORMULAS, min_size=5, max_size=20))
def test_any_formula_compiles(formulas: list[Formula]) -> None:
    """Whatever a formula holds, unbalanced brackets and reserved characters among it, Typst understands it."""
    _compile([typst(formula) for formula in formulas])
    _compile([typst_lines(broken(a, "=", formula, 8)) for formula in formulas])


def test_every_letter_and_sign_is_printed() -> None:
    """No letter or sign vanishes: Typst measures each as having a width, without a warning."""
    pieces = [typst(symbol(letter)) for letter in [*GREEK, "ℓ", "ℒ"]] + [typst(Sign(text)) for text in SIGNS]
    widths = ", ".join(f"measure(${piece}$).width.pt()" for piece in pieces)
    source = f"#set text(fallback: false)\n#context [#metadata(({widths}))<widths>]"
    assert min(json.loads(compiler.query(source.encode(), "<widths>", field="value"))[0]) > 0


def test_brackets_of_a_product_keep_their_size() -> None:
    """A bracket around a power is as high as one around a letter: only depth and tall content make it grow."""
    pieces = [typst(grouped(formula)) for formula in (a, plus(ONE, negated(power(at("h", AFTER), TWO))))]
    pieces = [piece.replace("h_(t + 1)^(2)", "h") for piece in pieces]
    heights = ", ".join(f"measure(${piece}$).height.pt()" for piece in pieces)
    source = f"#context [#metadata(({heights}))<heights>]"
    one, other = json.loads(compiler.query(source.encode(), "<heights>", field="value"))[0]
    assert one == pytest.approx(other)
    assert "lr" not in "".join(pieces)


def test_a_group_with_a_bar_on_either_side_is_spaced_like_brackets() -> None:
    """The two bars of |x| are an opening and a closing one, though they look the same."""
    assert typst(Group(a, "||")) == r'class("opening", \|) a class("closing", \|)'
