"""Formulas to test with: a gallery of what handouts show, with every kind of node, and a strategy for random ones."""

from __future__ import annotations

import re
from pathlib import Path

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
    Matrix,
    Number,
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


def _defined(shell: str, definition: str) -> str:
    """A definition as a packaged shell has it."""
    file = Path(__file__).parent.parent / "templates" / "shell" / shell
    (found,) = re.findall(definition, file.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return f"{found}\n"


IN_TYPST = "#let coloured(part, body) = std.text(fill: red, body)\n" + _defined("typst.typ.j2", r"^#let incolumn.*?^}$")
IN_TEX = _defined("latex.tex.j2", r"^\\newcommand{\\derivecolumn}.*?}}$")
"""What formulas call, as the packaged shells have it; colours are red."""

T, L, W = symbol("T"), symbol("L"), symbol("W")
t, s, j = symbol("t"), symbol("s"), symbol("j")
ONE, TWO = number(1), number(2)
w_x, w_h, w_y = (symbol("w", symbol(sub)) for sub in "xhy")
BEFORE, AFTER = plus(t, number(-1)), plus(t, ONE)


def at(letter: str, step: Formula | int) -> Symbol:
    """A letter with a step as its subscript."""
    return symbol(letter, number(step) if isinstance(step, int) else step)


def slope(step: Formula | int) -> Group:
    """The slope of tanh: (1 − h²)."""
    return grouped(plus(ONE, negated(power(at("h", step), TWO))))


def error(step: Formula | int) -> Group:
    """The error at a step: (y − ŷ)."""
    index = number(step) if isinstance(step, int) else step
    return grouped(plus(symbol("y", index), negated(symbol("y", index, accent="hat"))))


def path(start: int, end: int) -> Formula:
    """The product along the path that uses w_h at ``start`` and reaches the loss at ``end``."""
    back = [factor for step in range(end - 1, start - 1, -1) for factor in (w_h, slope(step))]
    return times(error(end), w_y, slope(end), *back, at("h", start - 1))


def paths(steps: int) -> Formula:
    """The sum over all paths to w_h, a brace under each."""
    every = [(start, end) for end in range(1, steps + 1) for start in range(1, end + 1)]
    return plus(*(Brace(path(start, end), Words(f"{end} → {start}")) for start, end in every))


def nested(step: int) -> Formula:
    """The state at a step, written out down to the first input."""
    earlier = [times(w_h, nested(step - 1))] if step > 1 else []
    return Apply("tanh", (plus(times(w_x, at("x", step)), *earlier),))


def closed_form() -> Formula:
    """The double sum over uses and losses, with the product of what lies between."""
    between = grouped(Big("Π", relation(j, ("=", AFTER)), s, times(slope(j), w_h)))
    inner = times(error(s), w_y, between, slope(t), at("h", BEFORE))
    return Big("Σ", relation(t, ("=", ONE)), T, Big("Σ", relation(s, ("=", t)), T, inner))


W_h, W_y = symbol("W", symbol("h")), symbol("W", symbol("y"))
RECURRENCE = plus(times(error(t), w_y), times(at("δ", AFTER), slope(AFTER), w_h))
VECTOR = plus(
    times(transposed(W_y), at("e", t)),
    times(transposed(W_h), grouped(times(slope(AFTER), at("δ", AFTER), sign="⊙"))),
)
LONG = times(w_h, slope(t), grouped(plus(*(times(at("δ", step), w_h, slope(step)) for step in range(1, 8)))))

GALLERY: dict[str, Formula] = {
    "recurrence": RECURRENCE,
    "sum": Big("Σ", relation(t, ("=", ONE)), T, times(at("δ", t), slope(t), at("h", BEFORE))),
    "paths": paths(3),
    "vector": VECTOR,
    "cases": Cases(((times(error(t), w_y), relation(t, ("=", T))), (RECURRENCE, row(Words("if "), t, Sign("<"), T)))),
    "matrix": Matrix(((W_h, W_y), (number(0), transposed(W_h)))),
    "nested": nested(3),
    "closed form": closed_form(),
    "chain rule": Big(
        "Σ", t, None, times(Derivative(L, at("h", t), "partial"), Derivative(at("h", t), at("a", t), "local"))
    ),
    "total": relation(Derivative(L, w_h), ("=", closed_form())),
    "numbers": relation(
        times(Number("0.7616"), Number("−0.42"), Number("1.5", -3), sign="×"), ("≈", Number("-4.8", -4))
    ),
    "loss": plus(*(times(Fraction(ONE, TWO, small=True), power(error(step), TWO)) for step in (1, 2, 3))),
    "colours": plus(Colored("now", times(at("e", t), w_y)), Colored("later", negated(times(at("δ", AFTER), w_h)))),
    "quotients": times(
        Fraction(plus(symbol("a"), symbol("b")), Symbol("c", sups=(grouped(ONE),))),
        power(grouped(Fraction(symbol("a"), symbol("b"))), TWO),
    ),
    "functions": times(Root(symbol("x")), Apply("relu", (symbol("z"), ONE)), symbol("loss"), symbol("rate")),
    "superscripts": times(
        power(Symbol("h", sups=(grouped(ONE), Sign("′"))), TWO), Symbol("δ", "bar", (AFTER,), (symbol("h"),))
    ),
    "brackets": times(Group(at("h", t), "||"), Group(plus(at("h", t), slope(t)), "[]"), Group(at("h", t), "{}")),
    "columns": times(Column(error(t), Number("0.9597")), Column(w_y, Number("1.25")), sign="·"),
    "words": row(Words(r"50% of #1, x_y \ {a} ~ ^ & $ "), t, Words(" “quoted”")),
    "broken bracket": Row((Sign("(", 2), symbol("a"), Sign("+"), symbol("b"))),
    "signs": Row(tuple(Sign(text) for text in SIGNS if text not in {"✓", "Σ", "Π", "∑", "∏"})),
}


def _indexed(letter: str, sub: Formula) -> Formula:
    return symbol(letter, sub)


_LETTERS = st.sampled_from([*"abchwxyLWT", *GREEK])
_LEAVES: st.SearchStrategy[Formula] = st.one_of(
    st.builds(Number, st.sampled_from(["0", "2", "0.7616", "−1.5", "-3"]), st.sampled_from([None, None, -3])),
    st.builds(_indexed, _LETTERS, st.sampled_from([t, BEFORE, AFTER, ONE, symbol("in")])),
    st.builds(Symbol, _LETTERS, st.sampled_from(["hat", "bar", None])),
    st.just(Symbol("h", sups=(grouped(ONE),))),
    st.builds(Words, st.text(st.characters(codec="ascii", categories=["L", "P", "S", "Zs"]), max_size=8)),
    st.just(symbol("loss")),
)
_ROLES = st.sampled_from(["input", "now", "later", "state"])


def _larger(inner: st.SearchStrategy[Formula]) -> st.SearchStrategy[Formula]:
    several = st.lists(inner, min_size=2, max_size=4)
    pair = st.tuples(inner, inner)
    return st.one_of(
        st.builds(lambda parts: plus(*parts), several),
        st.builds(lambda parts, sign: times(*parts, sign=sign), several, st.sampled_from(["", "·", "×", "⊙"])),
        st.builds(negated, inner),
        st.builds(power, inner, inner),
        st.builds(transposed, inner),
        st.builds(Fraction, inner, inner, st.booleans()),
        st.builds(Root, inner),
        st.builds(grouped, inner, st.sampled_from(["()", "[]", "{}", "||"])),
        st.builds(lambda name, parts: Apply(name, tuple(parts)), st.sampled_from(["tanh", "relu", "σ"]), several),
        st.builds(Big, st.sampled_from(["Σ", "Π"]), inner, st.one_of(st.none(), inner), inner),
        st.builds(Derivative, inner, inner, st.sampled_from(["partial", "local", "total"])),
        st.builds(Brace, inner, inner),
        st.builds(Colored, _ROLES, inner),
        st.builds(Column, inner, inner),
        st.builds(lambda one, two: Matrix((one, two)), pair, pair),
        st.builds(lambda one, two: Cases((one, two)), pair, pair),
        st.builds(lambda left, sign, right: row(left, Sign(sign), right), inner, st.sampled_from([*SIGNS]), inner),
    )


FORMULAS: st.SearchStrategy[Formula] = st.recursive(_LEAVES, _larger, max_leaves=12)
