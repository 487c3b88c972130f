"""The benchmarks at small sizes: they run, what they compare agrees, and what is written follows from what was measured.

Times are not looked at, and a target that is missed fails no test: it is told.
"""

from __future__ import annotations

import doctest
import importlib
import re
from pathlib import Path
from types import ModuleType
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "benchmarks" / "RESULTS.md"
READMES = ("README.md", "README.zh.md")
SUBJECTS = (
    *("recurrence", "gradient", "enumeration", "counting", "numeric"),
    *("code", "start", "stages", "handouts", "growth", "large", "page"),
)
UNITS = {"s": 1.0, "ms": 1e-3, "µs": 1e-6, "kB": 1e-3, "MB": 1.0}
NUMBER = r"\d(?:[\d,]*\d)?(?:\.\d+)?"


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Import a module of the benchmarks, which stand beside the package."""
    monkeypatch.syspath_prepend(str(ROOT))
    return lambda name: importlib.import_module(f"benchmarks.{name}")


def number(text: str) -> tuple[float, float]:
    """The first number of a text, and a unit of its last digit."""
    (found,) = re.findall(NUMBER, text)[:1]
    return float(found.replace(",", "")), 10.0 ** -len(found.partition(".")[2])


def size(text: str) -> tuple[float, float]:
    """A time or an amount of memory: the least and the greatest that is printed so, in seconds or MB."""
    found, last = number(text)
    unit = UNITS[text.rpartition(" ")[2]]
    return (found - last / 2) * unit, (found + last / 2) * unit


def table(results: str) -> list[list[str]]:
    """The cells of the rows of the table of results."""
    lines = [line for line in results.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]


def cost(ratio: str) -> float:
    """Ours divided by the peer's, as the column of ratios says it."""
    found, _ = number(ratio)
    return 1 / found if ratio.endswith(("faster", "less")) else found


def follows(row: list[str]) -> None:
    """Assert that the ratio is that of the figures, and the verdict what ratio and target say."""
    what, ours, peer, ratio, target, verdict, _ = row
    if ours == "–":
        assert (ratio, target, verdict) == ("–", "–", "not measured"), what
        return
    other = target if ratio.endswith("of the limit") else peer.rpartition(": ")[2]
    if ratio != "–":
        (least, most), (low, high) = size(ours), size(other)
        printed, last = number(ratio)
        if ratio.endswith(("faster", "less")):
            least, most, low, high = low, high, least, most
        assert least / high - last <= printed <= most / low + last, f"{what}: {ratio} for {ours}, {other}"
    if target == "–":
        assert verdict == "–", what
        return
    if target == "no slower":
        met = ratio.endswith("faster") or cost(ratio) == 1
    elif target.startswith("≥"):
        met = ratio.endswith("faster") and number(ratio)[0] >= number(target)[0]
    else:
        met = cost(ratio) <= (1 if ratio.endswith("of the limit") else number(target)[0])
    assert verdict == ("met" if met else "not met"), f"{what}: {ratio}, {target}"


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning:casadi", "ignore::DeprecationWarning:importlib")
@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_benchmark_runs_and_its_answers_agree(load: Any, subject: str) -> None:
    """Each subject gives rows; an answer that differs from the peer's would raise, a missing peer is said."""
    rows = list(load(subject).rows(quick=True))
    assert rows
    assert all((row.met is None) == (row.target == "–") for row in rows)
    assert all((row.ours == "–") == ("not installed" in row.peer) for row in rows)
    for row in table(load("__main__").table(rows)):
        follows(row)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning:casadi", "ignore::DeprecationWarning:importlib")
@pytest.mark.parametrize("subject", ["gradient", "enumeration", "numeric", "counting"])
def test_what_leaves_set_up_out_has_a_figure_from_end_to_end(load: Any, subject: str) -> None:
    """Beside each way, also where we lose, stands the first answer of a fresh process; and those two are in order."""
    contests = load(subject).contests(quick=True)
    assert [contest.ways[0].name for contest in contests] == ["derive"] * len(contests)
    taken = load("fresh").first(subject, 0, 0, quick=True)
    run = contests[0].ways[0].set_up()
    (warm,) = load("measure").medians(run, repeats=1)
    assert taken.seconds > warm
    assert taken.grown >= taken.grown_by_run >= 0


def test_every_subject_is_in_the_table(load: Any) -> None:
    """What is run here is what `make bench` runs, and a row says whether its target is met."""
    runner: ModuleType = load("__main__")
    measure: ModuleType = load("measure")
    assert runner.SUBJECTS == SUBJECTS
    rows = [
        measure.at_least("a", 1.0, 60.0, "b", times=50),
        measure.at_most("c", 4.0, 2.0, "d", times=1.5),
        measure.missing("e", "f"),
        measure.beside("g", 2.0, 1.0, "h"),
    ]
    assert [runner.verdict(row) for row in rows] == ["met", "not met", "not measured", "–"]
    assert rows[-1].ratio == "2.00× slower"
    assert runner.table(rows).splitlines()[2] == "| a | 1.00 s | b: 60.0 s | 60.0× faster | ≥ 50× faster | met |  |"
    assert runner.summary(rows) == (
        "Of 2 targets 1 are met. 1 comparisons are not measured.\n\n- not met: c, d: 2.00 s; 2.00× as long, ≤ 1.5×\n"
    )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ours=st.floats(1e-4, 10), ratio=st.floats(0.01, 1000) | st.floats(0.99, 1.01) | st.floats(1.49, 1.51))
def test_verdict_and_figures_are_one(load: Any, ours: float, ratio: float) -> None:
    """Whatever was measured, also just beside a target: who reads ratio and target comes to the verdict."""
    measure: ModuleType = load("measure")
    theirs = ours * ratio
    rows = [
        measure.at_least("a", ours, theirs, "b", times=1),
        measure.at_least("a", ours, theirs, "b", times=50),
        measure.at_most("a", ours, theirs, "b", times=1.5),
        measure.within("a", ours, theirs),
        measure.beside("a", ours, theirs, "b"),
        measure.alone("a", ours),
    ]
    for row in table(load("__main__").table(rows)):
        follows(row)


def test_the_results_say_what_their_figures_say() -> None:
    """Each ratio in the table of results is that of its figures; "met" and "not met" follow from it, and are counted."""
    results = RESULTS.read_text(encoding="utf-8")
    rows = table(results)
    for row in rows:
        follows(row)
    verdicts = [row[5] for row in rows]
    missed = verdicts.count("not met")
    assert f"Of {verdicts.count('met') + missed} targets {verdicts.count('met')} are met." in results
    assert results.count("\n- not met: ") == missed
    empty = verdicts.count("not measured")
    assert (f" {empty} comparisons are not measured." if empty else "are met.\n") in results


@pytest.mark.parametrize("page", READMES)
def test_the_readme_shows_the_results(load: Any, page: str) -> None:
    """The figures in both READMEs are those of the table that `make bench` wrote, sizes in the first column included."""
    headlines: ModuleType = load("headlines")
    results = RESULTS.read_text(encoding="utf-8")
    text = (ROOT / page).read_text(encoding="utf-8")
    assert headlines.renewed(text, results) == text
    lines = table(text.partition(headlines.MARK)[2])[: len(headlines.SHOWN)]
    for (label, *_), (what, peer) in zip(lines, headlines.SHOWN, strict=True):
        about = [row for row in table(results) if row[0] in {what, f"{what}, end to end"} and peer in row[2]]
        known = " ".join(f"{row[0]} {row[2]} {row[6]}" for row in about)
        assert set(re.findall(NUMBER, label)) <= {*re.findall(NUMBER, known)}, label


def test_a_figure_from_end_to_end_stands_beside_the_one_without_set_up(load: Any) -> None:
    """The headlines show both, JAX's too, and say so where a target is not met or a row is empty."""
    headlines: ModuleType = load("headlines")
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert {peer for _, peer in headlines.SHOWN} >= {"jax, compiled", "torch, eager", "casadi", "sympy.diff"}
    rows = []
    for what, peer in headlines.SHOWN:
        named = f"{peer}: 2.00 s" if peer else "–"
        rows.append(f"| {what} | 1.00 s | {named} | 2.00× faster | no slower | met |  |")
        rows.append(f"| {what}, end to end | 3.00 s | {named} | 1.50× slower | no slower | not met |  |")
    lines = table(headlines.renewed(text, "\n".join(rows)).partition(headlines.MARK)[2])[: len(headlines.SHOWN)]
    for line, (_, peer) in zip(lines, headlines.SHOWN, strict=True):
        left_out, end = ("1.00 s / 2.00 s", "3.00 s / 2.00 s") if peer else ("1.00 s", "3.00 s")
        assert line[1:] == [peer or "–", left_out, "2.00× faster", end, "1.50× slower (not met: no slower)"]


def test_figures_without_a_place_are_told(load: Any) -> None:
    """A README without the table, or a table of results without a line that is shown, is an error."""
    headlines: ModuleType = load("headlines")
    with pytest.raises(ValueError, match="has to follow"):
        headlines.renewed("# derive\n", "")
    with pytest.raises(ValueError, match="no result for gradient graph"):
        headlines.renewed((ROOT / "README.md").read_text(encoding="utf-8"), "| what | ours |\n")


def test_answers_that_differ_are_refused(load: Any) -> None:
    """A comparison of different answers is an error, not a row."""
    measure: ModuleType = load("measure")
    measure.agree("rounding", [1.0, 2.0], [1.0 + 1e-12, 2.0])
    with pytest.raises(measure.DisagreeError, match="sums: 3"):
        measure.agree("sums", [3.0], [3.1])
    with pytest.raises(measure.DisagreeError, match="nan"):
        measure.agree("sums", [3.0], [float("nan")])
    with pytest.raises(ValueError, match="shorter"):
        measure.agree("sums", [3.0, 1.0], [3.0])


def test_the_examples_of_measure_run(load: Any) -> None:
    """How times and ratios are printed is as their examples say."""
    failed, tried = doctest.testmod(load("measure"))
    assert (failed, tried > 0) == (0, True)


def test_an_exponent_is_the_slope_of_the_logarithms(load: Any) -> None:
    """What grows linearly has the exponent 1, with the square 2; the row and the picture say so."""
    growth: ModuleType = load("growth")
    points = tuple((size, size / 100, size**2 / 100) for size in (10, 20, 80))
    found = growth.Measured(growth.GROWING[0], points)
    assert (found.exponent(1), found.exponent(2)) == (pytest.approx(1), pytest.approx(2))
    assert found.row.note.startswith("T^1.00 in time, T^2.00 in memory; 10: 0.10 s, 1 MB; 20: 0.20 s, 4 MB; 80: 0.80 s")
    drawn = ET.fromstring(growth.picture([found]))  # noqa: S314 - our own
    said = ["".join(text.itertext()) for text in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert {"seconds: T^1.00", "MB: T^2.00", "T"} <= {*said}
    dots = [
        (float(dot.get("cx", "")), float(dot.get("cy", ""))) for dot in drawn.iter("{http://www.w3.org/2000/svg}circle")
    ]
    (left, high), (mid, middle), (right, low) = dots[:3]
    assert (right - mid) / (mid - left) == pytest.approx((middle - low) / (high - middle), rel=0.01)


def test_a_missing_peer_is_no_error(load: Any) -> None:
    """A library that is not installed has a row that says so."""
    measure: ModuleType = load("measure")
    assert not measure.installed("no_such_library")
    assert measure.missing("a", "no_such_library").peer == "no_such_library: not installed"
