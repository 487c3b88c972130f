"""The full tables: every step and every lag as CSV, the same numbers as the handout and the derivation."""

from __future__ import annotations

import csv
import io
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner
from networks import ZOO, derivation

from derive.__main__ import cli
from derive.api import derive
from derive.graph.unrolled import Node
from derive.report.full_tables import full_tables
from derive.report.options import Options
from derive.report.publish import subject, tables
from derive.report.subject import Subject

Rows = list[dict[str, str]]


@cache
def about(network: str, steps: int) -> Subject:
    """A subject with full tables and all chapters; of the zoo where there is none of that name."""
    lesson = derivation(ZOO[network], steps) if network in ZOO else derive(network, steps)
    return subject(lesson, Options(chapters=("truncation", "forward", "lags"), full_tables=True))


def sheets(network: str, steps: int) -> dict[str, Rows]:
    """Every table, read back."""
    found = full_tables(about(network, steps))
    return {name: list(csv.DictReader(io.StringIO(content.decode()))) for name, content in found.items()}


def column(rows: Rows, name: str) -> dict[int, float]:
    """The numbers in a column by the first entry of their line, empty ones left out."""
    first = next(iter(rows[0]))
    return {int(row[first]): float(row[name]) for row in rows if row[name]}


@pytest.mark.parametrize(("network", "steps"), [("elman", 40), ("narx", 5), ("bidirectional", 4), ("two lags", 6)])
def test_every_step_has_its_line(network: str, steps: int) -> None:
    """Forward and backward tables have all steps, the values outside 1 … T too, and agree with the example."""
    example = about(network, steps).evaluation
    found = sheets(network, steps)
    for name in (*example.unrolled.graph.network.data, *example.unrolled.graph.network.variables):
        inside = {step: float(value) for step, value in example.storage[name].items()}
        assert column(found["forward.csv"], name) == pytest.approx(inside, abs=1e-14)
    for name, rule in example.recurrence.rules.items():
        steps_of = column(found["backward.csv"], f"dL/d{name}")
        assert list(steps_of) == list(range(1, steps + 1))
        for step, value in steps_of.items():
            assert value == pytest.approx(float(example.adjoint(Node(name, step))), abs=1e-14)
        if len(rule.parts) > 1:
            terms = [column(found["backward.csv"], f"dL/d{name} term {place + 1}") for place in range(len(rule.parts))]
            for step, value in steps_of.items():
                assert sum(term.get(step, 0) for term in terms) == pytest.approx(value, abs=1e-13)


@pytest.mark.parametrize(("network", "steps"), [("elman", 40), ("narx", 5), ("bidirectional", 4), ("lstm-scalar", 9)])
def test_columns_add_up_to_the_gradients(network: str, steps: int) -> None:
    """What the steps add, and what the lags add, is each gradient; the lags count all paths; shares add up to 1."""
    example = about(network, steps).evaluation
    found = sheets(network, steps)
    for label, gradient in about(network, steps).derivation.gradients.items():
        whole = pytest.approx(float(example.gradient(gradient.target)), abs=1e-12)
        by_lag = found[f"lags-{label}.csv"]
        assert sum(column(found["gradients.csv"], f"dL/d{label}").values()) == whole
        assert sum(column(by_lag, "sum").values()) == whole
        assert sum(int(row["paths"]) for row in by_lag) == gradient.path_sum.count
        assert sum(column(by_lag, "share").values()) in (0, pytest.approx(1, abs=1e-12))


def test_arrays_have_a_column_per_entry() -> None:
    """Vectors and matrices are written entry by entry, counted from 1."""
    found = sheets("elman-vector", 3)
    example = about("elman-vector", 3).evaluation
    assert column(found["forward.csv"], "h[2]")[3] == pytest.approx(float(example.value(Node("h", 3))[1]))
    added = column(found["gradients.csv"], "dL/dW_x[2,3]")
    assert sum(added.values()) == pytest.approx(float(example.gradient(Node("W_x"))[1, 2]), abs=1e-13)
    assert "share" not in found["lags-W_x.csv"][0]


def test_chapters_add_their_tables() -> None:
    """Truncated passes, sensitivities and products of Jacobians, at every step and lag."""
    found = sheets("elman", 40)
    assert [row["back to"] for row in found["passes.csv"]] == [str(max(1, step - 4)) for step in range(1, 41)]
    losses = column(found["sensitivities.csv"], "dl/dw_h")
    assert sum(losses.values()) == pytest.approx(float(about("elman", 40).evaluation.gradient(Node("w_h"))), abs=1e-12)
    assert list(column(found["transfer.csv"], "log10 norm")) == list(range(40))
    without = full_tables(subject(derive("elman", 3), Options(full_tables=True)))
    assert list(without) == [
        *("forward.csv", "backward.csv", "gradients.csv"),
        *(f"lags-{name}.csv" for name in ("w_x", "w_h", "w_y")),
    ]
    assert "transfer.csv" not in sheets("bidirectional", 4)


def test_they_lie_beside_the_handout(tmp_path: Path) -> None:
    """``--full-tables`` writes a folder beside the handout, which says so; without it there is none."""
    options = ["report", "-T", "2", "--format", "md", "--output", str(tmp_path)]
    assert CliRunner().invoke(cli, options).exit_code == 0
    assert not (tmp_path / "elman-T2.en.tables").exists()
    assert ".tables" not in (tmp_path / "elman-T2.en.md").read_text(encoding="utf-8")
    result = CliRunner().invoke(cli, [*options, "--full-tables"])
    assert str(tmp_path / "elman-T2.en.tables" / "forward.csv") in result.output
    assert "`elman-T2.en.tables`" in (tmp_path / "elman-T2.en.md").read_text(encoding="utf-8")
    assert tables(subject(derive("elman", 2), Options())) == {}
    written = derive("elman", 2).report(tmp_path / "zh", formats=["md"], locale="zh", full_tables=True)
    assert tmp_path / "zh" / "elman-T2.zh.tables" / "backward.csv" in written
