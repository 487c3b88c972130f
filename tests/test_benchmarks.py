"""The benchmarks at small sizes: they run, and what they compare agrees. Times are not looked at."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
SUBJECTS = ("recurrence", "gradient", "enumeration", "counting", "numeric", "start")


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Import a module of the benchmarks, which stand beside the package."""
    monkeypatch.syspath_prepend(str(ROOT))
    return lambda name: importlib.import_module(f"benchmarks.{name}")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning:casadi", "ignore::DeprecationWarning:importlib")
@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_benchmark_runs_and_its_answers_agree(load: Any, subject: str) -> None:
    """Each subject gives rows; an answer that differs from the peer's would raise, a missing peer is said."""
    rows = list(load(subject).rows(quick=True))
    assert rows
    assert all((row.met is None) == (row.target == "–") for row in rows)
    assert all((row.ours == "–") == ("not installed" in row.peer) for row in rows)


def test_every_subject_is_in_the_table(load: Any) -> None:
    """What is run here is what `make bench` runs, and a row says whether its target is met."""
    runner: ModuleType = load("__main__")
    measure: ModuleType = load("measure")
    assert runner.SUBJECTS == SUBJECTS
    rows = [
        measure.at_least("a", 1.0, 60.0, "b", 50),
        measure.at_most("c", 4.0, 2.0, "d", 1.5),
        measure.missing("e", "f"),
        measure.beside("g", 2.0, 1.0, "h"),
    ]
    assert [runner.verdict(row) for row in rows] == ["met", "not met", "not measured", "–"]
    assert rows[-1].ratio == "2.0× slower"
    assert runner.table(rows).splitlines()[2] == "| a | 1.00 s | b: 60.0 s | 60.0× faster | ≥ 50× faster | met |  |"


@pytest.mark.parametrize("page", ["README.md", "README.zh.md"])
def test_the_readme_shows_the_results(load: Any, page: str) -> None:
    """The figures in both READMEs are those of the table that `make bench` wrote, and every target is met there."""
    headlines: ModuleType = load("headlines")
    results = (ROOT / "benchmarks" / "RESULTS.md").read_text(encoding="utf-8")
    text = (ROOT / page).read_text(encoding="utf-8")
    assert headlines.renewed(text, results) == text
    assert "| not met |" not in results
    assert "not measured" not in results


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


def test_a_missing_peer_is_no_error(load: Any) -> None:
    """A library that is not installed is None, and its row says so."""
    assert load("measure").peer("no_such_library") is None
