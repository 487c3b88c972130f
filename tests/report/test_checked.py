"""Checked: what is told of the checks before they are run leaves no door before they were."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from derive import derive
from derive.checks import routes, verify
from derive.checks.routes import Derived
from derive.derivation import Derivation
from derive.errors import CheckFailedError
from derive.numbers import Evaluation
from derive.report.options import Options
from derive.report.publish import handout_of, made, subject, tell

DOORS: Mapping[str, Callable[[Derivation], object]] = {
    "a handout": lambda found: made(found, Options(formats=("md",))),
    "a handout while Typst works": lambda found: made(found, Options(formats=("pdf", "md"), engine="typst")),
    "a handout of a subject": lambda found: handout_of(subject(found, Options(formats=("md",)))),
    "a document": lambda found: tell(subject(found, Options())),
    "exhibits": lambda found: dict(found.exhibits()),
    "a report": lambda found: found.report(),
}


@pytest.mark.parametrize("door", DOORS)
def test_no_door_lets_out_what_a_check_speaks_against(
    door: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Whichever way something is told, a route that disagrees is an error that names it, and nothing comes out."""
    monkeypatch.chdir(tmp_path)

    def wrong(derived: Derived, evaluation: Evaluation) -> routes.Gradients:
        return {node: evaluation.gradient(node) + 1 for node in derived.targets}

    route = routes.Numeric("path sum", "rules", routes.beside(wrong), lambda _derived, _evaluation: "")
    monkeypatch.setattr(verify, "ROUTES", (*verify.ROUTES, route))
    with pytest.raises(
        CheckFailedError, match="these checks disagree with the recurrence: path sum; nothing was written"
    ):
        DOORS[door](derive("elman", 2))
    assert not list(tmp_path.iterdir())
