"""``python -m fuzz``: see the package."""

from __future__ import annotations

import argparse
import signal
import sys
import time

from fuzz import campaign, kills, record
from fuzz.targets import TARGETS


def main() -> int:
    """Run what is asked for; 1 if there is a finding."""
    return stopped(sys.argv[2:]) if sys.argv[1:2] == ["kills"] else sent(sys.argv[1:])


def stopped(arguments: list[str]) -> int:
    """Stop reports."""
    parser = argparse.ArgumentParser(prog="fuzz kills", description="Stop a report at random moments, over and over.")
    parser.add_argument("--times", type=int, default=100, help="how often, by SIGKILL and by the others")
    parser.add_argument("--seed", type=int, default=1, help="decides when")
    parser.add_argument("--record", action="store_true", help="write down in RECORD.md what came of it")
    asked = parser.parse_args(arguments)
    began = time.monotonic()
    runs = {
        name: kills.run(number, asked.times, asked.seed, _told)
        for name, number in (("SIGKILL", signal.SIGKILL), ("SIGTERM and SIGINT", None))
    }
    print(record.kills(runs, time.monotonic() - began))
    if asked.record:
        record.write("Kills", record.kills(runs, time.monotonic() - began))
    wrong = [what for run in runs.values() for what in (*run.partial, *run.remained, *run.said)]
    print(*wrong, sep="\n")
    return int(bool(wrong))


def sent(arguments: list[str]) -> int:
    """Send inputs."""
    parser = argparse.ArgumentParser(prog="fuzz", description="Send random inputs in by every door.")
    parser.add_argument("--inputs", type=int, default=100_000, help="how many, divided among the targets")
    parser.add_argument("--seed", type=int, default=1, help="decides which")
    parser.add_argument("--target", choices=[target.name for target in TARGETS], help="all inputs for this one")
    parser.add_argument("--record", action="store_true", help="write down in RECORD.md what came of it")
    parser.add_argument("--keep", action="store_true", help="shorten each finding and write it to the corpus")
    asked = parser.parse_args(arguments)
    chosen = [target for target in TARGETS if asked.target in (None, target.name)]
    whole = sum(target.share for target in chosen)
    began = time.monotonic()
    tallies = []
    for target in chosen:
        tally = campaign.run(target, asked.inputs * target.share // whole, asked.seed, _told)
        tallies.append(tally)
        print(record.line(tally), flush=True)
        for like, text in tally.findings.items():
            where = campaign.keep(target, campaign.shortened(target, text, like)) if asked.keep else ascii(text[:300])
            print(f"  {like}: {where}")
    if asked.record:
        record.write("Inputs", record.inputs(tallies, time.monotonic() - began))
    return int(any(tally.findings for tally in tallies))


def _told(finding: str) -> None:
    print(finding[:300], file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
