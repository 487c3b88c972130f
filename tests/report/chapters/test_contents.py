"""Contents: which chapters are told, and what is said about those that there are not."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from derive.__main__ import cli
from derive.api import derive
from derive.errors import DeriveError, StepsError
from derive.report.chapters.contents import CHAPTERS, chosen
from derive.report.options import Options
from derive.report.publish import subject


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
    with pytest.raises(DeriveError, match=f"no chapter epilogue; known are {', '.join(CHAPTERS)}, and all"):
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
