"""Chapters: all languages tell the same further chapters, for every kind of network, with the numbers of the mathematics."""

from __future__ import annotations

import math
import re
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from jinja2 import nodes
from reading import (
    FORMULA,
    HAN,
    LANGUAGES,
    NAMES,
    STATELESS,
    TRANSLATIONS,
    formulas,
    lines_of,
    number,
    plainly,
    sections,
    skeleton,
    walk,
)
from samples import random_values

from derive.__main__ import cli
from derive.api import derive
from derive.costs.polynomials import Formula
from derive.errors import DeriveError, StepsError
from derive.graph.unrolled import Node
from derive.network.network import Network
from derive.network.toml import from_toml
from derive.notation.text import text
from derive.numbers.truncated import truncated_gradient
from derive.report.chapters.contents import CHAPTERS, chosen
from derive.report.chapters.polynomials import order, polynomial
from derive.report.document import Display, Document, Figure, Polyline, Reference, Table
from derive.report.exhibits.cells import first_and_last
from derive.report.exhibits.plot import Curve, log_plot
from derive.report.exhibits.printed_numbers import two_digits
from derive.report.narrative.folders import packaged
from derive.report.narrative.templates import environment
from derive.report.options import Options
from derive.report.publish import publish, subject, tell, told_otherwise
from derive.report.subject import Subject

CASES = (
    ("elman", 1, None),
    ("elman", 3, None),
    ("elman", 8, (4, 2)),
    ("elman", 130, (5, 1)),
    ("lstm-scalar", 3, None),
    ("lstm-scalar", 20, None),
    ("elman-vector", 3, (1, 1)),
    ("lstm", 2, None),
    ("narx", 6, None),
    ("many-to-one", 4, (2, 1)),
    ("bidirectional", 3, None),
    ("trainable-initial", 2, None),
    ("stateless", 2, None),
)
BOTH = [pytest.param(*case, id=f"{case[0]}-{case[1]}") for case in CASES]
PEOPLE = frozenset({"Williams", "Peng", "Zipser", "RTRL", "Naumann", "Bengio", "Simard", "Frasconi"})
NAMED = NAMES | PEOPLE | {"Pascanu", "Mikolov"}


@cache
def about(network: str, steps: int, truncate: tuple[int, int] | None = None) -> Subject:
    """A subject with all chapters, its words in English."""
    declared = from_toml(STATELESS, "stateless", "stateless.toml") if network == "stateless" else network
    return subject(derive(declared, steps), Options(chapters=CHAPTERS, truncate=truncate))


@cache
def handout(locale: str, network: str, steps: int, truncate: tuple[int, int] | None = None) -> Document:
    """A handout with all chapters."""
    return tell(told_otherwise(about(network, steps, truncate), locale=locale))


def added(locale: str, *case: Any) -> list[Any]:
    """The blocks of a handout that the chapters add, as a list per chapter."""
    plain = tell(told_otherwise(about(*case), locale=locale, chapters=()))
    found, without = sections(handout(locale, *case)), sections(plain)
    assert len(found) == len(without) + len(CHAPTERS)
    return found[len(without) - 1 : -1]


def chapter(name: str, *case: Any) -> list[Any]:
    """The blocks of one chapter in English."""
    return list(added("en", *case)[CHAPTERS.index(name)])


def table(document: Document, label: str) -> list[list[str]]:
    """The cells of a table as plain text, without its header."""
    found = next(block for block in document.blocks if isinstance(block, Table) and block.label == label)
    return [["".join(map(plainly, cell)) for cell in row] for row in found.rows]


# -- one story in all languages ----------------------------------------------------------------------------------------


def template(chapter: str, locale: str) -> nodes.Template:
    """The template of a chapter, parsed."""
    path = packaged() / locale / "chapters" / f"{chapter}.md.j2"
    return environment().parse(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("locale", TRANSLATIONS)
@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_chapter_has_the_same_calls_and_conditions(chapter: str, locale: str) -> None:
    """A chapter calls the same things under the same conditions in all languages."""
    english, translated = (template(chapter, language) for language in ("en", locale))
    for kind in (nodes.Call, nodes.Getattr, nodes.Name):
        one, other = ({repr(node) for node in tree.find_all(kind)} for tree in (english, translated))
        assert one == other
    for kind, part in ((nodes.If, "test"), (nodes.For, "iter"), (nodes.CondExpr, "test")):
        one, other = ([repr(getattr(node, part)) for node in tree.find_all(kind)] for tree in (english, translated))
        assert sorted(one) == sorted(other)


@pytest.mark.parametrize("locale", LANGUAGES)
def test_every_chapter_has_its_templates(locale: str) -> None:
    """The folder of a language holds the known chapters, and nothing else."""
    found = {path.name for path in (packaged() / locale / "chapters").iterdir()}
    assert found == {f"{chapter}.md.j2" for chapter in CHAPTERS}


@pytest.mark.parametrize("locale", TRANSLATIONS)
@pytest.mark.parametrize(("network", "steps", "truncate"), BOTH)
def test_the_documents_have_the_same_skeleton(locale: str, network: str, steps: int, truncate: Any) -> None:
    """Headings, paragraphs, formulas, tables and pictures follow one another alike, and speak of the same formulas."""
    english, translated = (added(language, network, steps, truncate) for language in ("en", locale))
    for one, other in zip(english, translated, strict=True):
        assert list(map(skeleton, other)) == list(map(skeleton, one))
        assert set(formulas(tuple(one))) == set(formulas(tuple(other)))


@pytest.mark.parametrize("locale", LANGUAGES)
@pytest.mark.parametrize(("network", "steps", "truncate"), BOTH)
def test_the_text_is_whole(locale: str, network: str, steps: int, truncate: Any) -> None:
    """No markup is left, labels are unique, references lead somewhere, and each chapter says something."""
    document = handout(locale, network, steps, truncate)
    for line in lines_of(document):
        assert not re.search(r"[\ue000-\uf8ff]|\*\*|\{[{%#]|[%}]\}|`|(?<!\S)#|\n", line)
        assert not re.search(r"(?<!\d)  |\bNone\b|\bTrue\b|\(\)|（）| [,.:;]", line), line
    labels = [node.label for node in walk(document.blocks) if isinstance(node, Table | Figure)]
    assert len(labels) == len(set(labels))
    assert {node.label for node in walk(document) if isinstance(node, Reference)} <= set(labels)
    assert all(len(blocks) > 1 for blocks in added(locale, network, steps, truncate))


@pytest.mark.parametrize(("network", "steps", "truncate"), BOTH)
def test_chinese_is_chinese(network: str, steps: int, truncate: Any) -> None:
    """The Chinese chapters have no English words but names, Chinese punctuation, and are spaced as Chinese."""
    mark = "，。：；、？！（）“”…"
    blocks = tuple(block for chapter in added("zh", network, steps, truncate) for block in chapter)
    for line in lines_of(Document("zh", (), (), blocks)):
        assert set(re.findall("[A-Za-z]{2,}", line)) <= NAMED, line
        assert not re.search(f"[{HAN}{mark}][,.:;?!()]|[,:;?!()][{HAN}]", line), line
        assert not re.search(f"[{HAN}{mark}] +[{HAN}{mark}{FORMULA}]|{FORMULA} +[{HAN}{mark}]", line), line
        assert not re.search(f"[{HAN}][A-Za-z0-9]|[A-Za-z0-9][{HAN}]", line), line
        assert not re.search("[，。：；、][，。：；、）]|（[，。：；、]", line), line


# -- the numbers -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("network", "steps", "window"), [("elman", 8, (4, 2)), ("narx", 6, (3, 1)), ("lstm-scalar", 3, (2, 1))]
)
def test_truncated_and_bias_are_the_gradient(network: str, steps: int, window: tuple[int, int]) -> None:
    """The printed truncated gradient and bias are those of the truncation, and add up to the gradient."""
    derivation, evaluation = about(network, steps).derivation, about(network, steps).evaluation
    truncation = derivation.truncation(*window)
    document = handout("en", network, steps, window if network == "elman" else None)
    kept, numbers = table(document, "tab-kept"), table(document, "tab-truncated")
    for target, counts, row in zip(derivation.targets, kept, numbers, strict=True):
        assert list(map(int, counts[1:])) == [
            truncation.kept(target) + truncation.dropped(target),
            truncation.kept(target),
            truncation.dropped(target),
        ]
        truncated, bias, full = map(number, row[1:])
        both = truncated_gradient(truncation, evaluation, target)
        assert truncated == pytest.approx(float(both.gradient), abs=5.1e-5)
        assert bias == pytest.approx(float(both.bias), abs=5.1e-5)
        assert truncated + bias == pytest.approx(full, abs=1.6e-4)
        assert full == pytest.approx(float(evaluation.gradient(target)), abs=5.1e-5)


@pytest.mark.parametrize(("network", "steps"), [("elman", 3), ("narx", 6), ("lstm-scalar", 3)])
def test_forward_adds_up_to_the_gradient(network: str, steps: int) -> None:
    """The derivatives of the losses in the forward table add up to the gradient at its foot."""
    *rows, total = table(handout("en", network, steps), "tab-sensitivities")
    assert sum(number(row[-1]) for row in rows) == pytest.approx(number(total[-1]), abs=1e-4 * steps)


def test_a_sensitivity_is_a_derivative() -> None:
    """dh_t/dw_h of Elman's network: p_t = (1 − h_t²)(h_{t−1} + w_h p_{t−1})."""
    evaluation = about("elman", 3).evaluation
    h = [0.0, *(float(evaluation.value(Node("h", step))) for step in (1, 2, 3))]
    p = 0.0
    for step, row in enumerate(table(handout("en", "elman", 3), "tab-sensitivities")[:-1], 1):
        p = (1 - h[step] ** 2) * (h[step - 1] + p)
        assert number(row[1]) == pytest.approx(p, abs=5.1e-5)


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


@pytest.mark.parametrize(("network", "steps"), [("elman", 3), ("narx", 6), ("lstm-scalar", 3)])
def test_lags_add_up_to_the_gradient(network: str, steps: int) -> None:
    """What the lags contribute adds up to the gradient, and their parts to all of it."""
    rows = table(handout("en", network, steps), "tab-reach")
    total = table(handout("en", network, steps), "tab-sensitivities")[-1][-1]
    assert sum(number(row[2]) for row in rows) == pytest.approx(number(total), abs=1e-4 * steps)
    assert sum(number(row[3].rstrip("\u202f%")) for row in rows) == pytest.approx(100, abs=0.1 * steps)


def test_longer_lags_are_one_row() -> None:
    """For many steps the lags beyond the first hundred share a row, and all paths are counted."""
    rows = table(handout("en", "elman", 130, (5, 1)), "tab-reach")
    assert rows[-1][0] == "> 100"
    assert int(rows[-1][1]) == sum(130 - lag for lag in range(101, 130))
    assert len(rows) == 10


def test_the_largest_paths_are_printed() -> None:
    """The largest paths come in order, with their values."""
    rows = table(handout("en", "narx", 6), "tab-largest")
    sizes = [abs(number(row[3])) for row in rows]
    assert sizes == sorted(sizes, reverse=True)
    found = about("narx", 6).derivation.largest(about("narx", 6).evaluation, "w_1", 5)
    assert [int(row[2]) for row in rows] == [ranked.path.lag for ranked in found]


def test_a_step_without_a_loss_adds_nothing() -> None:
    """Where only the last step is judged, the derivative of its loss alone stands in the forward table."""
    *rows, total = table(handout("en", "many-to-one", 4, (2, 1)), "tab-sensitivities")
    assert [row[-1] for row in rows] == ["", "", "", total[-1]]


def test_what_is_not_defined_is_said() -> None:
    """Backward states have no truncation and no lags, a network without states has nothing to cut."""
    for case in (("bidirectional", 3, None), ("stateless", 2, None)):
        assert [len(chapter(name, *case)) for name in ("truncation", "lags")] == [2, 2]


def test_long_sequences_stay_short() -> None:
    """The chapters for 130 steps have hardly more rows than those for 8."""
    long, short = (
        sum(len(block.rows) for chapter in added("en", *case) for block in chapter if isinstance(block, Table))
        for case in (("elman", 130, (5, 1)), ("elman", 8, (4, 2)))
    )
    assert long <= short + 4


# -- asking for chapters -----------------------------------------------------------------------------------------------


def test_chapters_come_in_their_order() -> None:
    """However they are asked for, and once each; a window asks for the chapter on truncation."""
    assert chosen(["costs", "lags", "costs"]) == ("lags", "costs")
    assert chosen([], (3, 1)) == ("truncation",)
    assert chosen(["all"]) == CHAPTERS


def test_without_being_asked_there_are_none() -> None:
    """A handout as it comes has no further chapter."""
    assert subject(derive("elman", 2), Options()).options.chapters == ()


def test_an_unknown_chapter_is_told() -> None:
    """One message names the chapter that there is not, and those there are."""
    with pytest.raises(
        DeriveError, match="no chapter epilogue; known are groups, lags, truncation, forward, costs, and all"
    ):
        subject(derive("elman", 2), Options(chapters=["epilogue", "lags"]))


@pytest.mark.parametrize("window", [(0, 1), (2, 3), (3, 0)])
def test_a_bad_window_is_told(window: tuple[int, int]) -> None:
    """A window has to reach from pass to pass."""
    with pytest.raises(StepsError, match="1 ≤ k1 ≤ k2"):
        subject(derive("elman", 2), Options(truncate=window))


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--with", "lag"], "there is no chapter lag; known are"),
        (["--truncate", "1,2"], "1 ≤ k1 ≤ k2, not k1 = 2, k2 = 1"),
        (["--truncate", "two"], "write k2, or k2,k1, as whole numbers"),
    ],
)
def test_the_command_line_tells_what_is_wrong(options: list[str], complaint: str) -> None:
    """Wrong chapters and windows are one message and exit code 2."""
    result = CliRunner().invoke(cli, ["show", "-T", "2", *options])
    assert result.exit_code == 2
    assert complaint in result.output


def test_the_command_line_adds_a_chapter() -> None:
    """``--truncate`` adds its chapter, ``--with`` others."""
    result = CliRunner().invoke(cli, ["show", "-T", "2", "--truncate", "1", "--with", "lags"])
    assert result.exit_code == 0
    assert "Truncated backpropagation" in result.output
    assert "How far back the gradient reaches" in result.output
    assert "What each way of folding costs" not in result.output


def test_a_chapter_of_one_s_own(tmp_path: Path) -> None:
    """A chapter in the reader's folder takes the place of the packaged one; the others are still found."""
    (tmp_path / "en" / "chapters").mkdir(parents=True)
    own = tmp_path / "en" / "chapters" / "costs.md.j2"
    own.write_text("## Costs\n\nHomework.\n", encoding="utf-8")
    lines = list(lines_of(tell(told_otherwise(about("elman", 3), templates=tmp_path))))
    assert "Homework." in lines
    assert any("vanishes" in line for line in lines)


@pytest.mark.parametrize("network", ["elman", "elman-vector"])
def test_the_formats_are_written(network: str) -> None:
    """Typst sets the chapters without a formula that runs out of the page; LaTeX and Markdown are written."""
    case = next(case for case in CASES if case[0] == network and case[1] == 3)
    files = publish(handout("zh", *case), network, Options("zh", engine="typst")).files
    assert files[f"{network}.pdf"].startswith(b"%PDF")
    assert f"{network}.pictures/fig-reach.svg" in files


# -- the parts ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "shown"), [(1.0, "1.0"), (0.994, "0.99"), (0.996, "1.0"), (0.0789, "0.079"), (0.0099, "9.9×10⁻³")]
)
def test_a_rough_size_has_two_digits(value: float, shown: str) -> None:
    """Sizes are rounded to two significant digits, also where rounding carries over."""
    assert text(two_digits(math.log10(value))) == shown


def test_a_polynomial_in_sizes_has_its_powers_of_t_in_front() -> None:
    """The highest power of T first, products of most sizes first, sizes in the network's order; and the order of it."""
    found = Formula({("d", "n"): (Fraction(0), Fraction(1)), ("n", "n"): (Fraction(-1), Fraction(1, 2))}, 1)
    assert text(polynomial(found, ("n", "d"))) == "T (1/2 · n² + n d) − n²"
    assert text(order(found, "n")) == "O(n² T)"


def test_ends_of_a_list() -> None:
    """A list that fits stays whole; of a longer one the middle goes."""
    assert first_and_last(range(9)) == tuple(range(9))
    assert first_and_last(range(10)) == (0, 1, 2, 3, 4, None, 7, 8, 9)


def test_a_curve_stops_where_it_is_zero() -> None:
    """Where a series is 0 it has no logarithm, and its curve has a gap; a point by itself is marked."""
    curve = Curve((0.0, -1.0, float("-inf"), -3.0), two_digits(0.0), "path")
    drawn = [
        shape
        for shape in log_plot((curve,), two_digits(0.0)).shapes
        if isinstance(shape, Polyline) and shape.role == "path"
    ]
    assert [(len(shape.points), shape.marked) for shape in drawn] == [(2, False), (1, True), (3, False)]


def test_pictures_stay_on_their_canvas() -> None:
    """Every point of the plot lies within the picture."""
    figures = [block for block in handout("en", "lstm-scalar", 20).blocks if isinstance(block, Figure)]
    plot = next(figure.picture for figure in figures if figure.label == "fig-reach")
    points = [point for shape in plot.shapes if isinstance(shape, Polyline) for point in shape.points]
    assert all(0 <= x <= plot.width and 0 <= y <= plot.height for x, y in points)
