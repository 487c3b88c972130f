"""What a handout shows of the folding is checked where it is shown; what is wrong is not written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from subjects import about

from derive import derive
from derive.errors import CheckFailedError
from derive.graph.unrolled import Node
from derive.notation.formula import Brace, Colored, Formula, Sum, inside
from derive.notation.text import text
from derive.recurrence.forward_accumulation import ForwardRecurrence, SensitivityRule
from derive.recurrence.stages import Stage, stages_of
from derive.recurrence.tree import Tree, either, terms
from derive.recurrence.truncation import Truncation
from derive.report.exhibits import stages


def refused(tmp_path: Path, network: str, steps: int, what: str, **options: Any) -> None:
    """A handout is refused, for a reason, and nothing is written."""
    with pytest.raises(CheckFailedError, match=what):
        derive(network, steps).report(tmp_path / "output", formats=("md",), **options)
    assert not (tmp_path / "output").exists()


def lacking(tree: Tree) -> Tree:
    """A tree without its last term."""
    return either(terms(tree)[:-1])


@pytest.mark.parametrize("network", ["elman", "elman-vector", "stacked"])
@pytest.mark.parametrize("subject", ["parameter", "adjoint"])
@pytest.mark.parametrize("kind", ["products", "grouped", "factored", "recognised"])
def test_a_stage_that_lost_a_path_is_not_told(
    kind: str, subject: str, network: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever stage is wrong, of the gradient or of the adjoint, the handout is refused and says which."""

    def damaged(recurrence: Any, unrolled: Any, target: Node) -> tuple[Stage, ...]:
        found = stages_of(recurrence, unrolled, target)
        if (target.step is None) != (subject == "parameter"):
            return found
        assert kind in [stage.kind for stage in found]
        return tuple(replace(stage, parts=stage.parts[1:]) if stage.kind == kind else stage for stage in found)

    monkeypatch.setattr(stages, "stages_of", damaged)
    refused(tmp_path, network, 3, f"a stage of folding the paths to .*, {kind}, is not the set of all of them")


def test_stages_that_are_not_shown_are_not_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there are too many paths to show stages, none is made."""
    monkeypatch.setattr(stages, "stages_of", lambda *_: pytest.fail("a stage was made"))
    assert derive("elman", 12).report(tmp_path, formats=("md",), most_paths=1)


@pytest.mark.parametrize(("network", "steps"), [("elman", 3), ("lstm", 2), ("gru", 9)])
def test_a_forward_rule_that_lost_a_term_is_not_told(
    network: str, steps: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The chapter on forward accumulation is refused if a rule is wrong, at any T."""
    rules = ForwardRecurrence.rules.func  # type: ignore[attr-defined]

    def damaged(forward: ForwardRecurrence) -> dict[str, SensitivityRule]:
        return {name: replace(rule, tree=lacking(rule.tree)) for name, rule in rules(forward).items()}

    monkeypatch.setattr(ForwardRecurrence, "rules", property(damaged))
    refused(tmp_path, network, steps, "the step of the forward induction is no identity", chapters=("forward",))


def test_a_forward_sum_that_lost_a_loss_is_not_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor if the rules are right, but not what they are added up to."""
    whole = ForwardRecurrence.loss_at
    monkeypatch.setattr(ForwardRecurrence, "loss_at", lambda *given: whole(*given) if given[2] < 3 else None)
    refused(tmp_path, "elman", 3, "the forward recurrence is not the set of all paths", chapters=("forward",))


def a_term_less(truncation: Truncation, name: str, step: int, end: int) -> Tree | None:
    """A truncated rule without its last term, where it has several."""
    tree = whole_rule(truncation, name, step, end)
    return lacking(tree) if tree is not None and len(terms(tree)) > 1 else tree


def a_loss_less(truncation: Truncation, step: int) -> int:
    """The last loss step but one, where there are several."""
    return max(step, whole_end(truncation, step) - 1)


whole_rule, whole_end = Truncation.rule_at, Truncation.end


@pytest.mark.parametrize(("name", "damaged"), [("rule_at", a_term_less), ("end", a_loss_less)])
@pytest.mark.parametrize(("network", "steps"), [("elman", 5), ("lstm-scalar", 3), ("elman-vector", 60), ("gru", 30)])
def test_a_truncated_rule_that_is_wrong_is_not_told(
    network: str, steps: int, name: str, damaged: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The chapter on truncation is refused if a rule or an end is wrong, where there are many paths too."""
    monkeypatch.setattr(Truncation, name, damaged)
    what = "the truncated recurrence is not the set of the paths that are kept"
    refused(tmp_path, network, steps, what, truncate=(4, 2) if steps > 4 else (2, 1))


def colours(formula: Formula) -> list[tuple[str, str]]:
    """The terms of a sum, or one term, each with its colour."""
    found = []
    for term in formula.terms if isinstance(formula, Sum) else (formula,):
        body = term.body if isinstance(term, Brace) else term
        found.append((body.role if isinstance(body, Colored) else "", text(body)))
    return found


def test_a_colour_says_where_a_term_comes_from() -> None:
    """What comes from another step is blue, what comes from the loss orange, and what stays within the step in neither."""
    upper, lower = (colours(line.right) for line in stages.recurrence(about("stacked", 3)).lines)
    assert [role for role, _ in upper] == ["now", "later"]
    assert [role for role, _ in lower] == ["", "later"]


def test_many_terms_stand_under_one_brace_for_each_step() -> None:
    """Of five terms in one rule the four that come back from the next step have one label."""
    lines = stages.recurrence(about("lstm", 3)).lines
    braces = [formula for formula in inside([lines[0].right]) if isinstance(formula, Brace)]
    assert {text(brace.label) for brace in braces} == {"from the loss of this step", "back from step t + 1"}
    assert [role for role, _ in colours(lines[0].right)] == ["now", "later"]
