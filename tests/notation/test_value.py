"""The value of a formula is the number that a reader of the page comes to."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from formulas import at, error, slope

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
    Minus,
    Number,
    Part,
    Power,
    Product,
    Root,
    Row,
    Sign,
    Sum,
    Symbol,
    Transposed,
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
from derive.notation.items import spelled
from derive.notation.linear import Value
from derive.notation.lines import broken
from derive.notation.value import UnreadableError, value

a, b, c, t, T, s = (symbol(letter) for letter in "abctTs")
u, v, W = symbol("u"), symbol("v"), symbol("W")
ONE, TWO = Number("1"), Number("2")
VALUES: dict[Symbol, Value] = {
    a: 2.0,
    b: 3.0,
    c: 5.0,
    u: np.array([[1.0], [2.0]]),
    v: np.array([[3.0], [5.0]]),
    symbol("x"): np.array([[7.0], [1.0], [2.0]]),
    W: np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]),
    **{at("h", step): 0.5 + step for step in range(-2, 6)},
    **{at("y", step): 2.0 * step for step in range(6)},
    **{symbol("y", number(step), accent="hat"): 1.0 for step in range(6)},
}
BOUND = {t: 3, T: 4}


@dataclass
class Reader:
    """A reader who knows the values above, and that any derivative is 11."""

    ones: int = 0
    in_rows: bool = False
    axis: int | None = None

    def symbol(self, symbol: Symbol) -> Value | None:
        """The value of a symbol."""
        return VALUES.get(symbol)

    def size(self, symbol: Symbol) -> Value | None:
        """The size k is 2."""
        return 2.0 if symbol == Symbol("k") else None

    def function(self, name: str) -> Callable[..., Value] | None:
        """A function made of others: twice its argument, with the slope 2."""
        return {"twice": lambda z: 2 * z, "twice′": lambda _: 2.0}.get(name)

    def derivative(self, of: Symbol, by: Symbol, kind: str) -> Value:  # noqa: ARG002 - as a reader is asked
        """The derivative of one symbol by another."""
        return 11.0


def read(formula: Formula) -> Value:
    """The value of a formula at t = 3, T = 4."""
    return value(formula, Reader(), BOUND)


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        (Number("0.25"), 0.25),
        (Number("-1.5", -3), -0.0015),
        (a, 2.0),
        (plus(a, negated(b), c), 4.0),
        (negated(plus(a, b)), -5.0),
        (times(a, plus(b, c)), 16.0),
        (times(TWO, Number("3"), a, sign="·"), 12.0),
        (Fraction(plus(a, b), times(TWO, c)), 0.5),
        (power(plus(a, b), TWO), 25.0),
        (power(a, number(-1)), 0.5),
        (power(Symbol("e"), a), math.exp(2)),
        (Power(Apply("tanh", (a,)), TWO), math.tanh(2) ** 2),
        (Root(plus(a, b, Number("4"))), 3.0),
        (Apply("σ", (a,)), 1 / (1 + math.exp(-2))),
        (Apply("ReLU", (negated(a),)), 0.0),
        (Apply("softplus", (a,)), math.log(1 + math.exp(2))),
        (Apply("min", (T, plus(t, TWO))), 4),
        (Group(Row((a, Sign(">"), b)), "[]"), 0.0),
        (Group(plus(a, negated(c)), "||"), 3.0),
        (row(Sign("⌊", 1), Fraction(c, TWO), Sign("⌋")), 2),
        (at("h", plus(t, number(-1))), 2.5),
        (times(error(t), slope(t)), 5.0 * (1 - 3.5**2)),
        (Derivative(symbol("L"), a), 11.0),
        (Brace(Colored("now", times(a, b)), Words("so it is called")), 6.0),
        (times(Column(a, c), Column(b, a), sign="·"), 6.0),
        (Big("Σ", relation(t, ("=", ONE)), T, at("y", t)), 20.0),
        (plus(Big("Σ", relation(s, ("=", t)), T, times(a, at("y", s))), ONE), 29.0),
        (Big("Σ", relation(s, ("=", plus(T, ONE))), T, at("y", s)), 0.0),
        (times(a, Big("Π", relation(s, ("=", ONE)), t, at("h", s))), 2 * 1.5 * 2.5 * 3.5),
        (Cases(((a, relation(t, ("=", T))), (b, relation(t, ("<", T))))), 3.0),
        (row(grouped(plus(a, b), "[]"), Words("  "), Words("used in "), at("y", ONE), Sign("+"), c), 10.0),
    ],
)
def test_a_formula_over_numbers_has_its_value(formula: Formula, expected: float) -> None:
    """Each kind of node means what it does in mathematics, steps included."""
    assert read(formula) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        (times(W, symbol("x")), [[15.0], [45.0]]),
        (times(transposed(W), u), [[9.0], [12.0], [15.0]]),
        (times(u, transposed(symbol("x"))), [[7.0, 1.0, 2.0], [14.0, 2.0, 4.0]]),
        (times(transposed(u), v), 13.0),
        (times(u, v, sign="⊙"), [[3.0], [10.0]]),
        (plus(ONE, negated(power(u, TWO))), [[0.0], [-3.0]]),
        (Fraction(v, u), [[3.0], [2.5]]),
        (Apply("diag", (u,)), [[1.0, 0.0], [0.0, 2.0]]),
        (times(u, transposed(v), u), [[13.0], [26.0]]),
        (times(Transposed(Symbol("𝟏")), u), 3.0),
        (times(Transposed(Symbol("𝟏")), u, Symbol("𝟏"), transposed(u), v), None),
        (plus(u, times(a, Symbol("𝟏"))), [[3.0], [4.0]]),
        (plus(Symbol("I"), Apply("diag", (u,))), [[2.0, 0.0], [0.0, 3.0]]),
        (power(Group(v, "‖‖"), TWO), 34.0),
        (Apply("softmax", (u,)), [[1 / (1 + math.e)], [1 / (1 + 1 / math.e)]]),
        (Apply("logsumexp", (u,)), math.log(math.e + math.exp(2))),
        (Matrix(((a, b), (c, number(0)))), [[2.0, 3.0], [5.0, 0.0]]),
        (Row((Sign("("), a, Sign(","), negated(b), Sign(")"))), [[2.0], [-3.0]]),
        (plus(ONE, negated(power(W, Row((Sign("⊙"), TWO))))), [[0.0, -3.0, -8.0], [-15.0, -24.0, -35.0]]),
        (plus(W, u), [[2.0, 3.0, 4.0], [6.0, 7.0, 8.0]]),
        (times(W, u, transposed(symbol("x")), sign="⊙"), [[7.0, 2.0, 6.0], [56.0, 10.0, 24.0]]),
        (times(Transposed(Symbol("𝟏")), W, Symbol("𝟏")), 21.0),
        (plus(W, times(Symbol("𝟏"), Transposed(Symbol("𝟏")))), [[2.0, 3.0, 4.0], [5.0, 6.0, 7.0]]),
        (power(Group(W, "‖‖"), TWO), 91.0),
    ],
)
def test_a_formula_over_vectors_has_its_value(formula: Formula, expected: object) -> None:
    """Columns, rows and matrices multiply as they stand side by side; 𝟏 and I are as large as they have to be."""
    found = read(formula)
    if expected is None:  # 3 · 𝟏 · 13, a column of no known size
        assert found.component == pytest.approx(39.0)
    else:
        assert np.asarray(found) == pytest.approx(np.asarray(expected))


def test_blocks_are_multiplied_by_blocks() -> None:
    """Of a matrix of matrices 0 and I are as large as what stands beside them; a row of one block is that block."""
    x = symbol("x")
    blocks = Matrix(((Symbol("I"), W), (number(0), a)))
    column = Matrix(((u,), (x,)))
    found = read(times(blocks, column))
    assert [np.asarray(block).tolist() for (block,) in found.rows] == [[[16.0], [47.0]], [[14.0], [2.0], [4.0]]]
    picked = Matrix(((Symbol("I"), number(0)),))
    assert read(times(picked, blocks, column)).tolist() == [[16.0], [47.0]]
    assert read(plus(column, column)).tolist() == [[2.0], [4.0], [14.0], [2.0], [4.0]]


def test_parts_are_taken_and_joined() -> None:
    """[v]_{i:k} counts from 1 and includes its end; so many zeros are as wide as what they stand above or beside."""
    k = symbol("k")
    v, vector_of_zeros = symbol("x"), symbol("𝟎", k)
    assert read(Part(v, (row(k, Sign(":"), number(3)),))).tolist() == [[1.0], [2.0]]
    assert read(Part(W, (number(2), row(ONE, Sign(":"), k)))).tolist() == [[4.0, 5.0]]
    assert read(Part(W, (Sign(":"), number(3)))).tolist() == [[3.0], [6.0]]
    assert read(Matrix(((u,), (vector_of_zeros,)))).size == (2, 1)
    padded = read(plus(Matrix(((u,), (vector_of_zeros,))), Matrix(((vector_of_zeros,), (u,)))))
    assert padded.tolist() == [[1.0], [2.0], [1.0], [2.0]]
    assert read(times(transposed(Matrix(((u,), (v,)))), Matrix(((u,), (v,))))) == 1 + 4 + 49 + 1 + 4
    assert read(Part(symbol("I", number(3)), (row(k, Sign(":"), number(3)), Sign(":")))).tolist() == [
        [0, 1, 0],
        [0, 0, 1],
    ]
    with pytest.raises(UnreadableError, match="does not have"):
        read(Part(v, (row(ONE, Sign(":"), number(4)),)))


@pytest.mark.parametrize(
    ("formula", "misread"),
    [
        (Product((a, Sum((b, c)))), 2.0 * 3.0 + 5.0),
        (Product((Sum((a, b)), c)), 2.0 + 3.0 * 5.0),
        (Minus(Sum((a, b))), -2.0 + 3.0),
        (Big("Σ", relation(s, ("=", ONE)), TWO, Sum((a, b))), 2.0 * 2.0 + 3.0),
        (Power(Product((a, b)), TWO), 2.0 * 9.0),
        (Product((Big("Σ", relation(s, ("=", ONE)), TWO, a), b)), 2 * 2.0 * 3.0),
    ],
)
def test_brackets_that_are_not_printed_are_not_read(formula: Formula, misread: float) -> None:
    """A tree whose brackets were forgotten has the value of what stands on the page, not of what was meant."""
    assert read(formula) == pytest.approx(misread)


@pytest.mark.parametrize(
    "formula",
    [
        symbol("nobody"),
        at("h", Number("99")),
        times(u, v),
        times(W, u),
        plus(u, symbol("x")),
        power(W, TWO),
        plus(W, transposed(W)),
        times(a, u, sign="⊙"),
        Transposed(a),
        Product((u, Product((u, v), "⊙"))),
        Row((a, Sign("+"), Sign("−"), b)),
        Row((Sign("("), a)),
        Row((Number("2"), Number("3"))),
        Power(Power(a, TWO), TWO),
        Power(Fraction(a, b), TWO),
        Power(Symbol("h", sups=(grouped(ONE),)), TWO),
        Apply("zeta", (a,)),
        Big("Σ", t, None, a),
        Cases(((a, relation(t, ("=", T))), (b, relation(t, ("=", TWO))))),
        Sign("⋯"),
        relation(a, ("=", b)),
    ],
)
def test_what_a_reader_cannot_read_is_refused(formula: Formula) -> None:
    """Unknown names, sizes that do not fit, two signs in a row, exponents on what has no brackets, an ellipsis."""
    with pytest.raises(UnreadableError):
        read(formula)


def test_two_things_that_print_alike_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A parameter w_s, and w at step s, look the same under a Σ over s."""
    monkeypatch.setitem(VALUES, symbol("w", s), 1.0)
    monkeypatch.setitem(VALUES, at("w", 1), 2.0)
    with pytest.raises(UnreadableError, match="two things print as"):
        read(Big("Σ", relation(s, ("=", ONE)), ONE, symbol("w", s)))


def test_what_is_broken_over_lines_has_the_value_of_the_whole() -> None:
    """Brackets torn apart, a function whose arguments are on two lines, factors on the next line."""
    long = plus(*(times(a, slope(step), Apply("tanh", (plus(a, negated(at("h", step)), b),))) for step in range(1, 5)))
    formula = plus(negated(times(grouped(long), a)), power(grouped(plus(long, negated(b))), TWO))
    whole = read(formula)
    for limit in (60.0, 30.0, 14.0, 8.0):
        lines = broken(None, "", formula, limit)
        assert len(lines) > 1
        items = Row(tuple(item for line in lines for item in spelled(line.right)))
        assert read(items) == pytest.approx(whole)
