"""Fuzzing: a short run by every door; what is no answer is found, and told."""

from __future__ import annotations

import re
import signal
import time
from dataclasses import replace
from pathlib import Path

import pytest
from fuzz import campaign, kills, record
from fuzz.bad import answers_like_nothing, falls_over_x_and_y
from fuzz.targets import TARGETS, Target

from derive.errors import DeriveError
from derive.network.toml import from_toml

SHORT = {"equation": 1_200, "network": 500, "values": 500, "names": 500, "template": 50, "command": 15}
DOORS = {target.name: target for target in TARGETS}


@pytest.mark.parametrize("name", SHORT)
def test_whatever_comes_in_is_answered(name: str) -> None:
    """The corpus, and random inputs after it, get a value or one clear message within the limits of their door."""
    tally = campaign.run(DOORS[name], SHORT[name], seed=20261126)
    assert tally.findings == {}
    assert tally.values
    assert tally.messages
    assert tally.values + tally.messages == tally.inputs == SHORT[name]


BAD = ("raise", "hang", "grow", "end")
DOOR = Target(
    "nothing", 1, lambda: ("good", *BAD, "fine"), lambda rng: rng.choice(("good", "raise")), lambda _, one, __: one,
    answers_like_nothing, seconds=0.2, megabytes=300,
)  # fmt: skip


def test_what_is_no_answer_is_found() -> None:
    """An exception, a hang, too much memory and a process that ends are each a finding, and the run goes on."""
    tally = campaign.run(DOOR, 6, seed=1)
    raised, *others = tally.findings
    assert raised.startswith("KeyError in bad.py, line ")
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
    target = replace(DOOR, answer=falls_over_x_and_y)
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


def test_what_a_killed_report_leaves_is_told(tmp_path: Path) -> None:
    """A file that is neither old nor new, a handout of two, what lies beside, and an unheard-of exit code are each told."""
    old, new = ({"a.md": letter, "a.tex": letter} for letter in (b"o", b"n"))
    place = kills.Place(tmp_path, old, new, 1)
    place.output.mkdir()
    place.temporary.mkdir()

    def looked(sent: int, code: int, errors: str, **content: bytes) -> list[list[str]]:
        for path in place.output.iterdir():
            path.unlink()
        for name, found in content.items():
            (place.output / name.replace("_", ".")).write_bytes(found)
        kept = kills.Kills(1, 1)
        kills._look(place, sent, code, errors, kept)
        return [kept.partial, kept.remained, kept.said]

    killed, stopped = signal.SIGKILL, signal.SIGTERM
    assert looked(killed, -9, "", a_md=b"o", a_tex=b"n", more=b"") == [[], [], []]
    assert looked(killed, -9, "", a_md=b"o", a_tex=b"") == [["a.tex"], [], []]
    assert looked(stopped, 143, "derive: stopped\n", a_md=b"n", a_tex=b"n") == [[], [], []]
    assert looked(stopped, 143, "derive: stopped\n", a_md=b"o", a_tex=b"n") == [["a handout of two"], [], []]
    assert looked(stopped, 143, "", a_md=b"o", a_tex=b"o", more=b"") == [[], ["more"], []]
    assert looked(stopped, 1, "Traceback", a_md=b"o", a_tex=b"o") == [[], [], ["1: Traceback"]]


def test_a_message_that_quotes_much_keeps_its_ends() -> None:
    """Whatever a file holds, a message says where and what would be right, and no more of the rest than one can read."""
    with pytest.raises(DeriveError) as refused:
        from_toml(f'"{"k" * 5_000}" = 1', "network", "network.toml")
    message = str(refused.value)
    assert message.startswith("network.toml")
    assert "known are" in message.partition(" … ")[2]
    assert " … " in message
    assert len(message) < 1_010


def test_the_record_is_of_a_long_run_without_findings() -> None:
    """RECORD.md tells of 100,000 inputs and of a hundred reports stopped by each kind of signal, and of nothing wrong."""
    text = (Path(record.RECORD)).read_text(encoding="utf-8")
    inputs = re.search(r"^([\d,]+) inputs, seed \d+, (\d+) findings;", text, re.MULTILINE)
    assert inputs is not None
    assert int(inputs[1].replace(",", "")) >= 100_000
    assert inputs[2] == "0"
    rows = re.findall(
        r"^\| SIG[A-Z a-z]+ \| (\d+) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$", text, re.MULTILINE
    )
    assert len(rows) == 2
    for times, ended, _, *wrong in rows:
        assert int(times) >= 100
        assert int(ended) > int(times) // 2
        assert wrong == ["0", "0", "0"]
