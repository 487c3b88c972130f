"""Record: what runs have shown, in RECORD.md, written by the runs themselves."""

from __future__ import annotations

import platform
import re
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from fuzz.campaign import Tally
from fuzz.kills import Kills

RECORD = Path(__file__).with_name("RECORD.md")
PACKAGES = ("click", "jinja2", "markdown-it-py", "numpy", "python-flint", "sympy", "typst")


def line(tally: Tally) -> str:
    """One target's row."""
    return (
        f"| {tally.target.name} | {tally.inputs:,} | {tally.values:,} | {tally.messages:,} | {len(tally.findings)} | "
        f"{len(tally.ways):,} | {tally.slowest:.2f} s | {tally.megabytes:.0f} MB |"
    )


def inputs(tallies: list[Tally], seconds: float) -> str:
    """A run of the fuzzer."""
    count, findings = sum(tally.inputs for tally in tallies), sum(len(tally.findings) for tally in tallies)
    slowest = max(tallies, key=lambda tally: tally.slowest)
    return "\n".join(
        (
            f"{count:,} inputs, seed {tallies[0].seed}, {findings} findings; {seconds / 60:.0f} minutes. {surroundings()}",
            "",
            "| target | inputs | answered by a value | by a message | findings | ways | slowest | most memory added |",
            "|---|---|---|---|---|---|---|---|",
            *map(line, tallies),
            "",
            f"The slowest took {slowest.slowest:.2f} s of processor time; it begins:",
            "",
            "```text",
            ascii(slowest.slowest_input[:300]),
            "```",
        )
    )


def kills(runs: dict[str, Kills], seconds: float) -> str:
    """Reports that were stopped."""
    whole = "| {} | {} | {} | {} | {} | {} | {} |"
    return "\n".join(
        (
            f"{sum(run.times for run in runs.values())} reports; {seconds / 60:.0f} minutes. {surroundings()}",
            "",
            whole.format(
                "signal",
                "sent",
                "before the end",
                "files beside, just after",
                "files lost or partial",
                "left after the next run",
                "said wrongly",
            ),
            "|---|---|---|---|---|---|---|",
            *(
                whole.format(
                    name, run.times, run.ended, run.left_over, len(run.partial), len(run.remained), len(run.said)
                )
                for name, run in runs.items()
            ),
        )
    )


def surroundings() -> str:
    """When, and with which versions."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    ).stdout.strip()
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    return f"{now}, commit {commit or 'unknown'}, Python {platform.python_version()}, {versions}."


def write(title: str, text: str) -> None:
    """Put a section of the record in place of the one of that title."""
    found = RECORD.read_text(encoding="utf-8")
    section = re.compile(rf"^## {re.escape(title)}\n.*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)
    new = f"## {title}\n\n{text}\n\n"
    found = section.sub(lambda _: new, found) if section.search(found) else f"{found.rstrip()}\n\n{new}"
    RECORD.write_text(f"{found.rstrip()}\n", encoding="utf-8")
