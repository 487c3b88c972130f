"""Vectors and matrices are reckoned out with their numbers in brackets, and a reader who checks them finds what they say."""

from __future__ import annotations

import operator
import re
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import reduce
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from matrix_networks import TEXTS
from samples import random_values

from derive.derivation import derive
from derive.network import from_toml
from derive.notation.formula import Formula, Matrix, Minus, Number, Row, inside
from derive.notation.text import text
from derive.report.document import Display, Document
from derive.report.exhibits.worked_steps import MOST_ENTRIES, by_hand, is_about, most_entries, worked_steps
from derive.report.options import Options
from derive.report.printed.proofread import proofread
from derive.report.publish import subject, tell
from derive.report.subject import Subject

NEAR = Fraction(5, 10**4)
"""So much may rounding move a result here."""
ROOM = {"k": 2, "n": 2, "m": 2, "d": 2, "q": 2}


def about(network: str, steps: int = 3, locale: str = "en", **given: object) -> Subject:
    """A handout's subject: a ready-made network, or one of matrices with random values."""
    if network not in TEXTS:
        return subject(derive(network, steps), Options(locale, values=given or {}))
    made = from_toml(TEXTS[network])
    return subject(derive(made, steps), Options(locale, values=random_values(made, steps, 1, ROOM)))


Entries = np.ndarray
"""Printed numbers in rows, as fractions."""


@dataclass
class Reader:
    """Reads numbers as their text has them: ``[1, 2; 3, 4] ([5; 6] − [7; 8]) + 0.5 [7; 8]``."""

    tokens: list[str]

    def terms(self) -> list[Entries]:
        """The terms of a sum, each with its sign."""
        found = [self.term("−" if self.ahead == "−" and self.tokens.pop(0) else "+")]
        while self.ahead in ("+", "−"):
            found.append(self.term(self.tokens.pop(0)))
        return found

    def term(self, sign: str) -> Entries:
        """A product: of matrices, or of entries where ⊙ stands; a single number scales."""
        found = self.factor()
        while self.ahead not in ("", ")", "+", "−"):
            by_entry = self.ahead == "⊙"
            if self.ahead in ("⊙", "·"):
                self.tokens.pop(0)
            other = self.factor()
            found = found * other if by_entry or 1 in (found.size, other.size) else found @ other
        return -found if sign == "−" else found

    def factor(self) -> Entries:
        """A number, a matrix, or a sum in brackets."""
        first = self.tokens.pop(0)
        if first == "(":
            found = added(self.terms())
            assert self.tokens.pop(0) == ")"
        else:
            found = table(first.strip("[]"))
        return self.tokens.pop(0) and found.T if self.ahead == "ᵀ" else found

    @property
    def ahead(self) -> str:
        """The token that comes next."""
        return self.tokens[0] if self.tokens else ""


def read(side: str) -> list[Entries]:
    """The terms of a side of numbers; anything but numbers, brackets and signs is refused."""
    tokens = re.findall(r"\[[^\]]*\]|\d[\d.]*(?:/\d+)?(?:×10[⁻⁰¹²³⁴-⁹]+)?|[()+−·⊙ᵀ]|\S", side)
    reader = Reader(tokens)
    found = reader.terms()
    assert not reader.tokens, side
    return found


def added(terms: list[Entries]) -> Entries:
    """The sum of terms."""
    return reduce(operator.add, terms)


RAISED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹−", "-0123456789-")


def table(numbers: str) -> Entries:
    """Numbers between brackets."""
    spelled = numbers.replace("×10", "e").translate(RAISED).replace(" ", "")
    rows = [[Fraction(number) for number in row.split(",")] for row in spelled.split(";")]
    return np.array(rows, dtype=object)


def chains(of: Subject) -> list[list[tuple[str, str]]]:
    """What each adjoint equals, each side with the sign before it; the first has none, the second is in symbols."""
    (shown,) = worked_steps(of)
    assert isinstance(shown, Display)
    found: list[list[tuple[str, str]]] = []
    for line in shown.lines:
        if line.left is not None:
            found.append([("", text(line.left))])
        parts = re.split(r" ?([=≈]) ", text(line.right))
        if line.sign:
            found[-1].append((line.sign, parts[0]))
        else:
            sign, body = found[-1][-1]
            found[-1][-1] = (sign, f"{body} {parts[0]}")
        found[-1] += zip(parts[1::2], parts[2::2], strict=True)
    return found


def rounded(number: Fraction, like: str) -> Fraction:
    """A number rounded as a printed one is, a half away from 0; a 0 has four places."""
    digits, _, exponent = like.replace("×10", "e").translate(RAISED).strip(" -").partition("e")
    unit = Fraction(10) ** (int(exponent or 0) - (len(digits.partition(".")[2]) if digits != "0" else 4))
    size = int(abs(number) / unit + Fraction(1, 2)) * unit
    return -size if number < 0 else size


def agrees(ours: Entries, after: str) -> bool:
    """Whether what is printed before, reckoned out and rounded entry by entry, is what is printed after."""
    numbers = re.split("[,;]", after.strip("[]−" if after[0] == "−" and "[" in after else "[]"))
    printed = added(read(after))
    assert printed.shape == ours.shape
    return [rounded(entry, like) for entry, like in zip(ours.flat, numbers, strict=True)] == list(printed.flat)


def printed_terms(side: str) -> list[str]:
    """The terms of a sum of numbers or matrices, each with its sign."""
    first, *others = re.split(r" ([+−]) (?![^\[]*\])", side)
    return [first, *(("−" if sign == "−" else "") + part for sign, part in zip(others[::2], others[1::2], strict=True))]


TOO_LONG = "attention in rows"
SHOWN = ("elman-vector", "lstm", "gru", "linear-attention", "ssm", *(name for name in TEXTS if name != TOO_LONG))


@pytest.mark.parametrize("name", SHOWN)
def test_a_sign_of_equality_says_what_a_pocket_calculator_says(name: str) -> None:
    """Behind = stands what the printed matrices and vectors give when rounded, entry by entry; behind ≈ what they do not."""
    for (left, *_), _, *numbers in chains(about(name)):
        assert numbers, left
        for (_, before), (sign, after) in pairwise(numbers):
            terms = printed_terms(after)
            pairs = list(zip(read(before), terms, strict=True)) if len(terms) > 1 else [(added(read(before)), after)]
            assert (sign == "=") is all(agrees(*pair) for pair in pairs), (left, before, sign, after)
            assert all(abs(entry) < NEAR for ours, term in pairs for entry in (ours - added(read(term))).flat), left


def test_the_numbers_are_those_of_the_network() -> None:
    """The Elman network of vectors in NumPy, forwards and backwards: each adjoint, term and factor is the true one, rounded."""
    of = about("elman-vector")
    given = {node: np.array(value, dtype=float) for node, value in of.evaluation.values.of.items()}
    weight = {node.name: value for node, value in given.items() if node.step is None}
    h = [given[next(node for node in given if node.name == "h")]]
    error = []
    for t in (1, 2, 3):
        x, target = (next(v for node, v in given.items() if node == (name, t)) for name in ("x", "yhat"))
        h.append(np.tanh(weight["W_x"] @ x + weight["W_h"] @ h[-1] + weight["b_h"]))
        error.append(weight["W_y"] @ h[-1] + weight["b_y"] - target)
    last = weight["W_y"].T @ error[2]
    now, later = weight["W_y"].T @ error[1], weight["W_h"].T @ ((1 - h[3] ** 2) * last)
    at_three, at_two = chains(of)
    assert [side for _, side in at_three][-1] == column(last)
    assert [side for _, side in at_two][-2:] == [f"{column(now)} + {column(later)}", column(now + later)]
    assert f"({column(1 - h[3] ** 2, 5)} ⊙ {column(last)})" in at_two[2][1]


def column(numbers: Any, places: int = 4) -> str:
    """A column as it is printed."""
    return f"[{'; '.join(f'{number:.{places}f}' for number in numbers)}]".replace("-", "−")


def test_rows_stay_rows() -> None:
    """Where vectors are rows, so are their numbers, left of matrices, and the transposed matrix has its rows as columns."""
    *_, (_, right) = chains(about("vectors as rows"))[0]
    assert ";" not in right


def test_a_result_is_bold_and_nothing_else_is() -> None:
    """Of each adjoint the last vector is bold, which the next line uses."""
    (shown,) = worked_steps(about("elman-vector"))
    assert isinstance(shown, Display)
    bold = [part.text for part in inside(line.right for line in shown.lines) if isinstance(part, Number) and part.bold]
    assert sorted(bold) == ["0.1137", "0.2017", "0.2060", "0.4434"]


def test_what_has_no_room_is_left_to_the_table() -> None:
    """Of an LSTM the states are reckoned out; of many units nothing is, and the handout says how many numbers they have."""
    assert (by_hand(about("lstm")), by_hand(about(TOO_LONG))) == (["h", "c"], [])
    size = MOST_ENTRIES + 1
    wide = about("elman-vector", 2, **{name: square(size) for name in ("W_x", "W_h", "W_y")}, **of_size(size))
    assert (worked_steps(wide), by_hand(wide), most_entries(wide)) == ((), [], size * size)
    assert f"matrices of up to {size * size} numbers" in str(tell(wide))


def square(size: int) -> list[list[int]]:
    """A matrix of ones."""
    return [[1] * size] * size


def of_size(size: int) -> dict[str, object]:
    """Biases, data and an initial state of so many components."""
    return {name: [0] * size for name in ("b_h", "b_y", "h_0")} | {name: [[1] * size] * 2 for name in ("x", "yhat")}


def test_a_wrong_digit_in_a_vector_is_found() -> None:
    """A reader who checks a handout checks these vectors to the last digit printed."""
    of = about("elman-vector")
    document = tell(of)
    assert is_about(of)
    ours = [one for one in proofread(of, document) if str(one.statement).startswith("δ_2 = [1, 0.4")]
    assert [(one.verdict, len(one.statement.sides)) for one in ours] == [("holds", 4)]
    wrong = [one for one in proofread(of, with_digits(document, "0.2017", "0.2071")) if not one.is_sound]
    assert [str(one.statement).endswith("[−0.2071; 0.2060]") for one in wrong] == [True]


def with_digits(document: Document, digits: str, others: str) -> Document:
    """A document with other digits in the bold results of its displays."""

    def changed(formula: Formula) -> Formula:
        match formula:
            case Number(text=found, bold=True) if found == digits:
                return replace(formula, text=others)
            case Minus(body):
                return Minus(changed(body))
            case Row(items):
                return Row(tuple(map(changed, items)))
            case Matrix(rows):
                return Matrix(tuple(tuple(map(changed, row)) for row in rows))
            case _:
                return formula

    blocks = (
        replace(block, lines=tuple(replace(line, right=changed(line.right)) for line in block.lines))
        if isinstance(block, Display)
        else block
        for block in document.blocks
    )
    return replace(document, blocks=tuple(blocks))
