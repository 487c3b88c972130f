"""Fuzzing: a short run by every door; what is no answer is found, and told."""

from __future__ import annotations

import random
import time
from dataclasses import replace
from pathlib import Path

import pytest
from fuzz import campaign, record
from fuzz.targets import TARGETS, Answer, Target

SHORT = {"equation": 1_500, "template": 50}
DOORS = {target.name: target for target in TARGETS}


@pytest.mark.parametrize("name", SHORT)
def test_whatever_comes_in_is_answered(name: str) -> None:
    """The corpus, and random inputs after it, get a value or one clear message within the limits of their door."""
    tally = campaign.run(DOORS[name], SHORT[name], seed=20261126)
    assert tally.findings == {}
    assert tally.values
    assert tally.messages
    assert tally.values + tally.messages == tally.inputs == SHORT[name]


def answers_like_nothing(given: str) -> Answer:
    """Do what the input says."""
    match given:
        case "raise":
            raise KeyError(given)
        case "hang":
            while True:
                pass
        case "grow":
            return Answer("value", str(len([bytearray(10**8) for _ in range(100)])))
        case "end":
            return Answer("value", str(random.seed(1) or __import__("os")._exit(7)))
    return Answer("value", given[:1])


BAD = ("raise", "hang", "grow", "end")
DOOR = Target(
    "nothing", 1, lambda: ("good", *BAD, "fine"), lambda rng: rng.choice(("good", "raise")), lambda _, one, __: one,
    answers_like_nothing, seconds=0.2, megabytes=300,
)  # fmt: skip


def test_what_is_no_answer_is_found() -> None:
    """An exception, a hang, too much memory and a process that ends are each a finding, and the run goes on."""
    tally = campaign.run(DOOR, 6, seed=1)
    raised, *others = tally.findings
    assert raised.startswith("KeyError in test_fuzz.py, line ")
    assert others == ["more than 0.2 s", "MemoryError", "the process ended, 7"]
    assert [*tally.findings.values()] == list(BAD)
    assert (tally.inputs, tally.values, tally.ways) == (6, 2, {"g", "f"})


def test_a_seed_decides_everything() -> None:
    """The same seed gives the same run; another one another."""
    one, same, other = (campaign.run(DOORS["values"], 300, seed) for seed in (1, 1, 2))
    assert (one.ways, one.values, one.messages) == (same.ways, same.values, same.messages)
    assert one.ways != other.ways


def test_a_finding_is_made_as_short_as_it_gets() -> None:
    """What does not belong to a finding is cut away."""
    target = replace(DOOR, answer=lambda given: answers_like_nothing("raise" if "x" in given and "y" in given else ""))
    tally = campaign.run(replace(target, seeds=lambda: ("abcxdefgyh" * 3,)), 1, seed=1)
    ((like, text),) = tally.findings.items()
    assert sorted(campaign.shortened(target, text, like)) == ["x", "y"]


def test_a_run_writes_its_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A record says when, with what, how many inputs got which answer, and takes the place of the one before."""
    monkeypatch.setattr(record, "RECORD", tmp_path / "RECORD.md")
    record.RECORD.write_text("# Record\n\nWhat it is.\n\n## Kills\n\nNone.\n", encoding="utf-8")
    for inputs in (6, 5):
        record.write("Inputs", record.inputs([campaign.run(DOOR, inputs, seed=1)], 90.0))
    text = record.RECORD.read_text(encoding="utf-8")
    assert text.startswith(
        "# Record\n\nWhat it is.\n\n## Kills\n\nNone.\n\n## Inputs\n\n5 inputs, seed 1, 4 findings; 2 minutes. "
    )
    assert time.strftime("%Y-%m") in text
    assert "| nothing | 5 | 1 | 0 | 4 | " in text
    assert text.count("## Inputs") == 1
