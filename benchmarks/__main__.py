"""Run every benchmark; write RESULTS.md and the figures of the READMEs, or with ``--quick`` print small sizes only."""

from __future__ import annotations

import argparse
import importlib
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks.headlines import renew
from benchmarks.measure import Row

SUBJECTS = (
    *("recurrence", "gradient", "enumeration", "counting", "numeric"),
    *("code", "start", "stages", "handouts", "growth", "large", "page"),
)
PEERS = (
    *("sympy", "python-flint", "mpmath", "numpy", "casadi", "symengine"),
    *("networkx", "rustworkx", "torch", "jax", "tangent-ad"),
)
RESULTS = Path(__file__).parent / "RESULTS.md"
HEAD = """\
# Results

Written by `make bench`. Each comparison is made in one run, ours and the peers' in turns; a time is a median. Where there are
answers, they are compared before anything is timed. Sizes are the same on both sides, and numbers are float64 unless a row
says otherwise. Times depend on the machine; the ratios are what the targets are about, and are rounded to our disadvantage.
A row without a target is there because one would ask.

Rows that begin with "stage of a handout" say where the processor's time of a handout goes. Measured on a busy machine on
2026-11-26, before a compiler of Typst was used again, and after: pictures 47 and 33 ms; a second PDF in one process 165 and
18 ms, with other digits 45 ms. To wait for the disk, file by file, took about 50 ms, and together 5. What is left is SymPy's
import, Typst's first setting of the pages, and derive's own modules, where making 217 dataclasses is the larger half.

What of a handout no value changes is made once for all that are told alike in a process: checks at generic values, formulas,
most pictures, proofs, the strings of their blocks. The processor's time of a handout after others with the same values, before
that and after, on 2026-11-26 while some twenty programs shared two processors: elman, T = 3, md, 176 and 64 ms; pdf + tex + md
268 and 95 ms; lstm, all formats, 681 and 313 ms. With values of its own for each, as in a class: md 163 ms, pdf + tex + md
433 ms, of which Typst's setting of what changed is the larger half. A minus sign more in a table had Typst set every page anew,
290 ms of the processor, and in a text 45 ms.

On that day, later, checks came to be run and formulas read while Typst works, and what is told of paths, the terms of rules
near the ends, and pictures to be kept for all handouts of a derivation: of a class in Markdown, while others ran, 94 and 58 ms.

In the evening the worked example came to reckon out vectors, and the page to have one time axis. `--only start` then gave 2.64
times `import sympy` for elman, T = 3, 2.54 times without the web page, and 4.94 times for lstm, for which the row says 4.32.

A class of 1,000 in Markdown and LaTeX, on 2026-11-26, `python -m benchmarks.stopped 1000`: 87.6 s of the processor, two cores
at work, 316 MB at most where 100 rows took 303. Killed with 501 folders there and continued, every file was byte for byte as in
the run that was not.

Where a target is not met, this is why. A fresh process with all formats: the interpreter and imports alone are 1.5 of the 1.8.
In Markdown alone, warm: checks, telling and writing are Python's, and take 45 ms. A class with PDF: what differs between two
handouts, and the pages around it, take Typst longer than the limit by themselves. T = 100,000: each step is still an object of
the graph, and the passes run in Python, at about 1.4 ms and 23 kB a step. A hundred units: power series and complex step go
through matrices entry by entry. The programs of numbers, against loops by hand: these were made faster along with what is
emitted.

Set-up is what is done once, however often one asks: deriving, tracing, compiling, building a graph. A row leaves it out, and
every way is warm, unless it ends in "end to end": that is the first answer of a fresh process, set-up and all, after its
imports; for imports, commands and handouts it is the whole process from its start on.

How a handout in Markdown grows, in the processor's seconds and in memory, with what the smallest one takes taken off; exponents
are those of least squares in logarithms, and the sizes stand in the rows that begin with "growth":

![How time and memory of a handout grow](growth.svg)

"""


def main() -> None:
    """Measure, print as it goes, and write the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that everything runs; writes nothing")
    parser.add_argument("--only", choices=SUBJECTS, help="one subject; RESULTS.md stays")
    options = parser.parse_args()
    rows: list[Row] = []
    for subject in (options.only,) if options.only else SUBJECTS:
        for row in importlib.import_module(f"benchmarks.{subject}").rows(quick=options.quick):
            print(f"{row.what}: {row.ours}, {row.peer}, {row.ratio} ({row.target}: {verdict(row)})", flush=True)
            rows.append(row)
    print(summary(rows))
    if not options.quick and not options.only:
        results = HEAD + summary(rows) + "\n" + table(rows) + versions()
        RESULTS.write_text(results, encoding="utf-8")
        renew(RESULTS.parent.parent, results)


def verdict(row: Row) -> str:
    """Whether a target is met, if there is one and it was measured."""
    if row.met is None:
        return "not measured" if row.ours == "–" else "–"
    return "met" if row.met else "not met"


def summary(rows: list[Row]) -> str:
    """How many targets there are, and each that is not met; how many rows are empty."""
    targets = [row for row in rows if row.met is not None]
    missed = [row for row in targets if not row.met]
    empty = sum(verdict(row) == "not measured" for row in rows)
    text = f"Of {len(targets)} targets {len(targets) - len(missed)} are met."
    text += f" {empty} comparisons are not measured.\n" if empty else "\n"
    lines = [f"- not met: {row.what}, {row.peer}; {row.ratio}, {row.target}\n" for row in missed]
    return "".join((text, "\n" if lines else "", *lines))


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
