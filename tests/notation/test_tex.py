"""Formulas as TeX."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from formulas import AFTER, BEFORE, FORMULAS, GALLERY, IN_TEX, ONE, TWO, at, slope, t, w_h
from hypothesis import given

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
    Sum,
    Symbol,
    Words,
    fraction,
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
from derive.notation.letters import SIGNS
from derive.notation.lines import broken
from derive.notation.tex import tex, tex_lines
from derive.notation.text import text
from derive.notation.typst import typst

a, b, c, loss = (symbol(letter) for letter in ("a", "b", "c", "loss"))


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        (at("δ", AFTER), r"\delta_{t + 1}"),
        (Symbol("δ", None, (t, ONE), (symbol("h"),)), r"\delta_{t,1}^{h}"),
        (symbol("y", t, accent="hat"), r"\hat{y}_{t}"),
        (symbol("δ", accent="bar"), r"\bar{\delta}"),
        (symbol("ℓ"), r"\ell"),
        (loss, r"\mathrm{loss}"),
        (times(loss, a), r"\mathrm{loss} \, a"),
        (Number("-1.5", -3), r"-1.5 \times 10^{-3}"),
        (Number("1,000"), "1{,}000"),
        (Number("0.76…"), r"0.76\ldots"),
        (slope(t), "(1 - h_{t}^{2})"),
        (grouped(slope(t)), r"\bigl((1 - h_{t}^{2})\bigr)"),
        (grouped(grouped(slope(t))), r"\Bigl(\bigl((1 - h_{t}^{2})\bigr)\Bigr)"),
        (Group(a, "()", 1), r"\bigl(a\bigr)"),
        (grouped(Fraction(a, b)), r"\left( \frac{a}{b} \right)"),
        (Group(a, "||"), r"\lvert a \rvert"),
        (Group(a, "{}"), r"\{a\}"),
        (power(Symbol("h", sups=(grouped(ONE),)), TWO), r"\bigl(h^{(1)}\bigr)^{2}"),
        (Power(Symbol("h", sups=(ONE,)), TWO), "{h^{1}}^{2}"),
        (power(Number("-2"), TWO), "(-2)^{2}"),
        (times(a, Number("-2"), sign="×"), r"a \times (-2)"),
        (times(number(2), number(3), a), r"2 \cdot 3 a"),
        (times(slope(t), w_h, sign="⊙"), r"(1 - h_{t}^{2}) \odot w_{h}"),
        (plus(negated(a), Colored("now", negated(b)), c), "-a - b + c"),
        (Sum((a, Number("-2"))), "a - 2"),
        (Fraction(ONE, TWO, small=True), r"\tfrac{1}{2}"),
        (Root(a), r"\sqrt{a}"),
        (Apply("tanh", (a, b)), r"\tanh(a, b)"),
        (Apply("relu", (a,)), r"\mathop{\mathrm{relu}}(a)"),
        (Apply("σ", (slope(t),)), r"\sigma\bigl((1 - h_{t}^{2})\bigr)"),
        (Apply("exp", (Fraction(a, b),)), r"\exp\mathopen{}\left( \frac{a}{b} \right)"),
        (transposed(symbol("W", symbol("h"))), r"W_{h}^{\top}"),
        (Big("Σ", relation(t, ("=", ONE)), symbol("T"), at("δ", t)), r"\sum_{t = 1}^{T} \delta_{t}"),
        (Big("Π", t, None, a), r"\prod_{t} a"),
        (Derivative(symbol("L"), w_h), r"\frac{\mathrm{d}L}{\mathrm{d}w_{h}}"),
        (Derivative(symbol("L"), symbol("decay")), r"\frac{\mathrm{d}L}{\mathrm{d}\,\mathrm{decay}}"),
        (Derivative(at("a", t), at("h", BEFORE), "local"), r"\frac{\partial^{+} a_{t}}{\partial h_{t - 1}}"),
        (Derivative(symbol("L"), at("h", t), "partial"), r"\frac{\partial L}{\partial h_{t}}"),
        (Brace(a, Words("path 1")), r"{\underbrace{a}_{\text{path 1}}}"),
        (Brace(a, Words("")), r"{\underbrace{a}}"),
        (Matrix(((a, b), (c, number(0)))), r"\begin{pmatrix} a & b \\ c & 0 \end{pmatrix}"),
        (Cases(((a, relation(t, ("=", symbol("T")))), (b, Words("else")))), None),
        (row(a, Sign("≈"), Sign("∂"), b, Sign("→"), Sign("∞")), r"a \approx \partial b \to \infty"),
        (Row((Sign("(", 2), a, Power(Sign(")", 2), TWO))), r"\Bigl( a \Bigr)^{2}"),
        (Words("if "), r"\text{if }"),
        (Words("50% of {a}"), r"\text{50} \% \text{ of } \{ \text{a} \}"),
        (Words("δ ≤ 1"), r"{\delta} \text{ } {\le} \text{ 1}"),
        (Words("第 2 步"), r"\text{第 2 步}"),
    ],
)
def test_a_formula_is_spelled_as_a_mathematician_types_it(formula: Formula, expected: str | None) -> None:
    """Each kind of node has its TeX, with brackets of a size that suits what they hold."""
    if expected is None:
        expected = r"\begin{cases} a & t = T \\ b & \text{else} \end{cases}"
    assert tex(formula) == expected


def test_colours_are_written_only_when_asked_for() -> None:
    """Markdown has no colours; a LaTeX document defines them by the names of the roles."""
    formula = Colored("state", at("h", t))
    assert tex(formula) == "h_{t}"
    assert tex(formula, color=True) == r"\textcolor{derive-state}{h_{t}}"
    assert tex_lines((Line(formula, "=", a),), color=True) == r"\textcolor{derive-state}{h_{t}} = a"


def test_a_column_is_as_wide_as_the_wider_of_two_lines() -> None:
    """A document defines a command for it; elsewhere the narrower is set over what has the width of the wider, unseen."""
    narrow = Column(a, Number("0.9597"))
    wide = Column(narrow.other, narrow.body)
    assert tex(narrow, color=True) == r"\derivecolumn{a}{0.9597}"
    assert tex(narrow) == r"\underset{\hphantom{\textstyle 0.9597}}{a}"
    assert tex(wide) == "0.9597"


def test_lines_are_aligned_at_their_signs() -> None:
    """Two lines or more are ``aligned``; a continuation is indented, and its sign keeps the spaces of an operation."""
    lines = (Line(a, "=", b), Line(None, "", Row((Sign("+"), c))), Line(None, "≈", Number("1")))
    assert tex_lines(lines[:1]) == "a = b"
    assert tex_lines(lines).split("\n") == [
        r"\begin{aligned}",
        r"a &= b \\",
        r"&\quad {}+ c \\",
        r"&\approx 1",
        r"\end{aligned}",
    ]


def test_an_unknown_sign_is_refused() -> None:
    """A sign no writer knows is named in the error, not printed wrong."""
    with pytest.raises(ValueError, match="'⁂' is not a sign"):
        tex(Sign("⁂"))


def _is_balanced(source: str) -> bool:
    depth = 0
    for token in re.findall(r"\\.|[{}]", source):
        depth += {"{": 1, "}": -1}.get(token, 0)
        if depth < 0:
            return False
    return depth == 0


@given(FORMULAS)
def test_the_braces_of_any_formula_balance(formula: Formula) -> None:
    """Whatever is inside a formula, TeX finds the end of every group."""
    assert _is_balanced(tex(formula, color=True))
    assert _is_balanced(tex_lines(broken(a, "=", formula, 8)))


@given(FORMULAS)
def test_nothing_is_written_that_github_refuses(formula: Formula) -> None:
    r"""GitHub's MathJax has no ``\operatorname``, and a bare character outside ASCII stands only inside ``\text``."""
    source = tex(formula)
    assert r"\operatorname" not in source
    assert re.sub(r"\\text\{[^{}]*\}", "", source).isascii()


_PREAMBLE = r"""\documentclass{article}\usepackage[paperwidth=40cm]{geometry}
\usepackage{amsmath,amssymb,xcolor}
\newcommand\role[1]{\definecolor{derive-#1}{rgb}{0.5,0,0}}
\role{input}\role{now}\role{later}\role{state}\begin{document}
"""


@pytest.mark.parametrize("program", ["xelatex", "pdflatex"])
def test_the_gallery_compiles(program: str, tmp_path: Path) -> None:
    """TeX sets every kind of node, alone, in running text and broken over lines, without a missing character."""
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    gallery = [*GALLERY.values(), Row(tuple(Sign(text) for text in SIGNS))]
    displays = [
        f"\\[{tex_lines(broken(a, '=', formula, limit), color=True)}\\]" for formula in gallery for limit in (60, 12)
    ]
    inlines = [f"${tex(formula)}$" for formula in gallery]
    source = tmp_path / "gallery.tex"
    source.write_text(_PREAMBLE + IN_TEX + "\n".join(displays + inlines) + r"\end{document}", encoding="utf-8")
    command = [program, "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", source.name]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, errors="replace", check=False)
    log = source.with_suffix(".log").read_text(encoding="utf-8", errors="replace")
    assert run.returncode == 0, log[-2000:]
    assert "Missing character" not in log


def test_no_fraction_stands_on_a_fraction() -> None:
    """A fraction that is a term of another, also in brackets, is in one line, with brackets around what would fall apart."""
    a, b, c = map(symbol, "abc")
    tower = fraction(plus(Number("1"), negated(Fraction(a, times(b, c)))), times(Number("2"), b))
    assert tex(tower) == r"\frac{1 - a / (b c)}{2 b}"
    assert text(tower) == "(1 − a/(b c))/(2 b)"
    assert r"1 − a \/ \(b c\)" in typst(tower)
    deeper = fraction(times(b, power(plus(Fraction(a, c), Number("1")), Number("2"))), c)
    assert tex(deeper) == r"\frac{b (a / c + 1)^{2}}{c}"
