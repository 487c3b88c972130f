"""``python -m fuzz``: see the package."""

from __future__ import annotations

import argparse
import sys
import time

from fuzz import campaign, record
from fuzz.targets import TARGETS


def main() -> int:
    """Run the campaigns asked for; 1 if there is a finding."""
    parser = argparse.ArgumentParser(prog="fuzz", description="Send random inputs in by every door.")
    parser.add_argument("--inputs", type=int, default=100_000, help="how many, divided among the targets")
    parser.add_argument("--seed", type=int, default=1, help="decides which")
    parser.add_argument("--target", choices=[target.name for target in TARGETS], help="all inputs for this one")
    parser.add_argument("--record", action="store_true", help="write down in RECORD.md what came of it")
    parser.add_argument("--keep", action="store_true", help="shorten each finding and write it to the corpus")
    asked = parser.parse_args()
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
