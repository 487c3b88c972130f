"""The chapter on costs: the ledger in print."""

from __future__ import annotations

from typing import Any

import pytest
from chapter_documents import chapter, handout, table
from reading import (
    lines_of,
    sections,
)
from samples import random_values

from derive.api import derive
from derive.network.network import Network
from derive.notation.text import text
from derive.report.document import Display, Document
from derive.report.options import Options
from derive.report.publish import subject, tell


def test_the_ledger_is_printed() -> None:
    """The rows of the ledger are its counts, and its formulas their polynomials."""
    rows = table(handout("en", "elman", 3), "tab-costs")
    assert rows[0][1:3] == ["55", "12"]
    assert rows[3][0] == "reverse accumulation"
    assert rows[3][1:] == ["17", "8", "6 T − 1", "4 T − 4"]
    assert rows[-1][:3] == ["vertex elimination, best order", "17", "8"]
    unproven = table(handout("en", "lstm-scalar", 20), "tab-costs")
    assert unproven[0][1].startswith("≈ 1.1")
    assert unproven[-1][0] == "vertex elimination, best order found"


def test_the_ledger_of_vectors_is_printed() -> None:
    """For vectors the table has counts at two choices of sizes, and the formulas in T and sizes stand below."""
    document = handout("en", "elman-vector", 3, (1, 1))
    rows = table(document, "tab-costs")
    assert [row[0] for row in rows] == METHODS_OF_VECTORS
    assert rows[-1][1:] == ["68", "50", "140\u202f300", "110\u202f100"]
    assert displayed("elman-vector", 3, (1, 1))["reverse accumulation"] == "T (2 n² + n d + 2 n m + n) − n²"
    longer = displayed("lstm", 2, None)
    assert list(longer) == ["forward accumulation for T ≥ 2", *METHODS_OF_VECTORS[2:]]
    assert longer["forward accumulation for T ≥ 2"].startswith("T (16 n⁴ + 16 n³ d + ")


METHODS_OF_VECTORS = ["every path by itself", "forward accumulation", "the printed recurrence", "reverse accumulation"]


STACK = Network(
    name="stack",
    equations={
        "a": "tanh(A@x[t] + P@a[t-1])",
        "b": "tanh(B@a[t] + Q@b[t-1])",
        "c": "tanh(C@b[t] + R@c[t-1])",
        "l": "sum(c[t]**2)",
    },
    parameters=("A", "B", "C", "P", "Q", "R"),
    inputs=("x",),
    loss="l",
    initial={"a": 0, "b": 0, "c": 0},
    shapes={
        "x": ("d",),
        "a": ("n",),
        "b": ("m",),
        "c": ("k",),
        "A": ("n", "d"),
        "B": ("m", "n"),
        "C": ("k", "m"),
        "P": ("n", "n"),
        "Q": ("m", "m"),
        "R": ("k", "k"),
    },
)
"""Its forward accumulation takes a polynomial of very many terms."""


FAR = Network(
    name="far",
    equations={"h": "tanh(u*h[t-7] + W@x[t])", "l": "sum(h[t])"},
    parameters=("u", "W"),
    inputs=("x",),
    loss="l",
    initial={"h": 0},
    shapes={"u": ("n",), "W": ("n", "d"), "x": ("d",), "h": ("n",)},
)
"""Its formulas hold from T = 7 on only, later than is tried."""


@pytest.mark.parametrize(("locale", "note"), [("en", "left out"), ("zh", "没有印出")])
@pytest.mark.parametrize(("network", "kinds"), [(STACK, {"display", "note"}), (FAR, set())])
def test_long_and_late_formulas_are_left_out(locale: str, note: str, network: Network, kinds: set[str]) -> None:
    """A formula too long to print is left out, and the text says so; one that begins late is not looked for."""
    given = network.with_values(random_values(network, 2, 1))
    document = tell(subject(derive(given, 2), Options(locale, chapters=("costs",))))
    blocks = sections(document)[-2]
    assert any(isinstance(block, Display) for block in blocks) == ("display" in kinds)
    assert any(note in line for line in lines_of(Document(locale, (), (), tuple(blocks)))) == ("note" in kinds)


def displayed(*case: Any) -> dict[str, str]:
    """The formulas of the ledger by what stands left of them, each without its breaks."""
    found: dict[str, str] = {}
    display = next(block for block in chapter("costs", *case) if isinstance(block, Display))
    for line in display.lines:
        left = text(line.left) if line.left else list(found)[-1]
        found[left] = found.get(left, "") + text(line.right)
    return found
