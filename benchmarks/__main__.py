"""Run every benchmark; write RESULTS.md and the figures of the READMEs, or with ``--quick`` print small sizes only."""

from __future__ import annotations

import argparse
import importlib
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks.headlines import renew
from benchmarks.measure import Row

SUBJECTS = ("recurrence", "gradient", "enumeration", "counting", "numeric", "start")
PEERS = ("sympy", "python-flint", "mpmath", "numpy", "casadi", "symengine", "networkx", "rustworkx", "torch", "jax")
RESULTS = Path(__file__).parent / "RESULTS.md"
HEAD = """\
# Results

Written by `make bench`. Each comparison was made in one run, ours and the peer's in turns; a time is a median. Before
anything is timed, the two answers are compared. Times depend on the machine; the ratios are what the targets are about.
A row without a target is there because one would ask.

"""


def main() -> None:
    """Measure, print as it goes, and write the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that everything runs; writes nothing")
    parser.add_argument("--only", choices=SUBJECTS, help="one subject; writes nothing")
    options = parser.parse_args()
    rows: list[Row] = []
    for subject in (options.only,) if options.only else SUBJECTS:
        for row in importlib.import_module(f"benchmarks.{subject}").rows(quick=options.quick):
            print(f"{row.what}: {row.ours}, {row.peer}, {row.ratio} ({row.target}: {verdict(row)})", flush=True)
            rows.append(row)
    if not options.quick and not options.only:
        results = HEAD + table(rows) + versions()
        RESULTS.write_text(results, encoding="utf-8")
        renew(RESULTS.parent.parent, results)


def verdict(row: Row) -> str:
    """Whether a target is met, if there is one and it was measured."""
    if row.met is None:
        return "not measured" if row.ours == "–" else "–"
    return "met" if row.met else "not met"


def table(rows: list[Row]) -> str:
    """The rows as a table in Markdown."""
    lines = ["| what | ours | peer | ratio | target | | note |", "|---|---|---|---|---|---|---|"]
    for row in rows:
        cells = (row.what, row.ours, row.peer, row.ratio, row.target, verdict(row), row.note)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def versions() -> str:
    """What was measured with what."""
    found = []
    for name in PEERS:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"{name} not installed")
    return f"\n{platform.python_implementation()} {platform.python_version()} on {platform.machine()}, {', '.join(found)}.\n"


if __name__ == "__main__":
    main()
