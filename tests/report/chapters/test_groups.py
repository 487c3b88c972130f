"""Groups in print: each table has every path once, and its sums are those of the accounts."""

from __future__ import annotations

from functools import cache

import pytest
from chapter_documents import about, handout, table
from reading import cells, number, plainly

from derive.api import derive
from derive.graph.unrolled import Node
from derive.groups.groups import Accounts
from derive.network import Network
from derive.notation.formula import Minus, Number
from derive.notation.formula import number as whole
from derive.report.chapters import groups
from derive.report.chapters.groups import SortedPaths, percent
from derive.report.document import Table
from derive.report.options import Options
from derive.report.publish import subject


@cache
def sorted_paths(network: str, steps: int, target: str) -> SortedPaths:
    """The paths to a target, to be sorted."""
    return SortedPaths(subject(derive(network, steps), Options()), Node(target))


def rows(table: Table) -> list[list[str]]:
    """The rows of a table as plain text, without the gap of a long one."""
    return [row for row in cells(table) if row[0] != "⋯"]


def digits(cell: str) -> int:
    """A count, printed with spaces."""
    return int(cell.replace("\u202f", ""))


def percentage(cell: str) -> float:
    """A percentage; one said to be small counts as 0."""
    return 0.0 if cell[0] in "<>" else number(cell.removesuffix("\u202f%"))


CASES = [("elman", 8, "w_h"), ("lstm-scalar", 6, "w_hi"), ("narx", 6, "w_1"), ("many-to-one", 5, "w_h")]


@pytest.mark.parametrize(("network", "steps", "target"), CASES)
def test_every_table_has_all_paths_once(network: str, steps: int, target: str) -> None:
    """Counts add up to all paths, sums to the gradient, parts to 100 %, in each half of each table."""
    found = sorted_paths(network, steps, target)
    every = found.subject.derivation.paths(target).count
    gradient = float(found.subject.evaluation.gradient(found.target))
    by_step = rows(groups.step_table(found, "tab"))
    sides = [[(row[at], row[at + 1], row[at + 2]) for row in by_step] for at in range(1, len(by_step[0]), 3)]
    sides.append([(row[1], row[2], row[3]) for row in rows(groups.crossing_table(found, "tab"))])
    sides.append([(row[1], row[2], row[3]) for row in rows(groups.state_table(found, "tab"))])
    for side in sides:
        assert sum(digits(count) for count, _, _ in side) == every
        assert sum(number(total) for _, total, _ in side) == pytest.approx(gradient, abs=1e-4 * len(side))
        assert sum(percentage(part) for *_, part in side) == pytest.approx(100, abs=0.15 * len(side))


def test_only_the_last_loss_has_one_side() -> None:
    """Where all paths begin at one loss they are sorted by their use only."""
    assert {len(row) for row in rows(groups.step_table(sorted_paths("many-to-one", 5, "w_h"), "tab"))} == {4}
    assert {len(row) for row in rows(groups.step_table(sorted_paths("elman", 8, "w_h"), "tab"))} == {7}


def test_the_cell_path_of_an_lstm() -> None:
    """Of 14,166,632,180,785 paths 190 go along the cell alone, and carry most of the gradient."""
    table = rows(groups.state_table(sorted_paths("lstm-scalar", 20, "w_hi"), "tab"))
    assert [row[0] for row in table] == [
        "not at all",
        "through h_t alone",
        "through c_t alone",
        "through several states",
    ]
    assert [digits(row[1]) for row in table] == [20, 488_671_834_540, 190, 13_677_960_346_035]
    assert percentage(table[2][3]) > 75
    assert sum(percentage(row[4]) for row in table) == pytest.approx(100, abs=0.2)


def test_vectors_have_sizes() -> None:
    """What paths of vectors add up to is an array, of which the size is printed."""
    found = sorted_paths("elman-vector", 4, "W_h")
    table = rows(groups.step_table(found, "tab"))
    sums = Accounts(found.subject.evaluation, found.target).by_use()
    for step, row in enumerate(table, 1):
        size = sum(float(entry) ** 2 for entry in sums[step].sum.flat) ** 0.5
        assert number(row[4]) == pytest.approx(size, rel=0.06)


def test_vectors_that_cancel_have_size_0() -> None:
    """Where the paths of a step cancel, what they add up to is 0 in print, not what rounding leaves of it."""
    network = Network(
        name="cancel",
        equations={"a": "W@x[t]", "u": "3*a[t]", "y": "sum(u[t]) - 3*sum(a[t])", "l": "(y[t] - d[t])**2/2"},
        parameters=("W",),
        inputs=("x",),
        targets=("d",),
        loss="l",
        shapes={"W": ("n", "k"), "x": ("k",), "a": ("n",), "u": ("n",)},
        values={"W": [["0.1", "0.7"], ["0.3", "0.2"]], "x": {"cycle": [["0.1", "0.3"], ["0.7", 1]]}, "d": "0.5"},
    )
    found = SortedPaths(subject(derive(network, 2), Options()), Node("W"))
    assert [(row[1], row[2]) for row in rows(groups.step_table(found, "tab"))] == [("2", "0"), ("2", "0")]


def test_all_of_it_is_100_percent() -> None:
    """Where the largest paths are all there are, they carry 100 % of the sum, without a power of ten."""
    table = rows(groups.largest_table(sorted_paths("elman", 1, "w_x"), "tab"))
    assert [row[4] for row in table] == ["100\u202f%"]


def test_the_largest_paths_and_what_they_carry() -> None:
    """The largest paths come in order, and the share of them all is the sum of theirs."""
    found = sorted_paths("lstm-scalar", 20, "w_hi")
    table = rows(groups.largest_table(found, "tab"))
    sizes = [abs(number(row[3])) for row in table]
    assert sizes == sorted(sizes, reverse=True)
    assert 10**found.carried == pytest.approx(sum(percentage(row[4]) for row in table), abs=0.2)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Number("12.3"), "12.3"),
        (Minus(Number("0.5")), "−0.5"),
        (Number("2", -8), "< 0.1"),
        (Minus(Number("9", -2)), "> −0.1"),
        (Number("1", 7), "1×10⁷"),
        (whole(0), "0"),
    ],
)
def test_small_percentages_are_said_to_be_small(value: Number, shown: str) -> None:
    """A percentage below a tenth is no number with a power of ten."""
    assert "".join(map(plainly, percent(value))) == f"{shown}\u202f%"


def test_the_largest_paths_are_printed() -> None:
    """The largest paths come in order, with their values."""
    largest = table(handout("en", "narx", 6), "tab-largest")
    sizes = [abs(number(row[3])) for row in largest]
    assert sizes == sorted(sizes, reverse=True)
    found = about("narx", 6).derivation.largest(about("narx", 6).evaluation, "w_1", 5)
    assert [int(row[2]) for row in largest] == [ranked.path.lag for ranked in found]
