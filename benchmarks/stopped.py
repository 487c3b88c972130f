"""Stopped: handouts of a class, killed half way and continued, are those of a run that was not, byte for byte.

``python -m benchmarks.stopped 1000`` makes the handouts of so many rows, in every format that is asked for, three times over:
of a few, of all, and of all by a run that is ended by SIGKILL once half of the folders are there, and by another that goes on.
It says what each took, and fails where a file differs or memory has grown with the rows. RESULTS.md has no row of it.
"""

from __future__ import annotations

import argparse
import csv
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from benchmarks.child import Taken, taken
from benchmarks.measure import DisagreeError

NETWORK, STEPS = "elman", 3
FEW = 10
"""Of so many times fewer rows the memory is measured, too: it may not grow with their number."""
FLAT = 1.2
"""The memory of all rows is at most so many times that of a few."""
PATIENCE = 3600.0 * 4
OFTEN = 0.05


def main() -> None:
    """Make, kill, continue and compare."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.stopped", description=__doc__)
    parser.add_argument("rows", type=int, nargs="?", default=40)
    parser.add_argument("--format", default="md,tex", help="as of derive report")
    options = parser.parse_args()
    with TemporaryDirectory() as name:
        folder = Path(name)
        _tell("few", few := _run(folder, "few", max(1, options.rows // FEW), options.format))
        _tell("all", whole := _run(folder, "whole", options.rows, options.format))
        there = _killed(folder, "stopped", options.rows, options.format)
        print(f"killed with {there} of {options.rows} folders there", flush=True)
        _tell("went on", _run(folder, "stopped", options.rows, options.format))
        _compare(folder / "whole", folder / "stopped")
    print(
        f"{options.rows} rows: byte for byte the same; memory {whole.megabytes / few.megabytes:.2f} times that of a few"
    )
    if whole.megabytes > FLAT * few.megabytes:
        raise DisagreeError(
            f"memory grows with the rows: {few.megabytes:.0f} MB of a few, {whole.megabytes:.0f} MB of all"
        )


def _words(folder: Path, output: str, rows: int, formats: str) -> tuple[str, ...]:
    """The command that makes so many handouts into a folder."""
    values = folder / f"{rows}.csv"
    if not values.exists():
        draw, names = Random(0), ("w_x", "w_h", "w_y")  # noqa: S311 - the same in every run
        with values.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("name", *names))
            writer.writerows((f"student-{row:04}", *(draw.randint(-20, 20) / 10 for _ in names)) for row in range(rows))
    words = ("report", "--network", NETWORK, "--steps", str(STEPS), "--format", formats)
    return (*words, "--engine", "typst", "--values", str(values), "--output", str(folder / output))


def _run(folder: Path, output: str, rows: int, formats: str) -> Taken:
    found = taken(_words(folder, output, rows, formats), folder, PATIENCE)
    if found.code:
        raise DisagreeError(f"derive report ended with {found.code}: {found.said}")
    return found


def _killed(folder: Path, output: str, rows: int, formats: str) -> int:
    """Start, and end all processes of the run as soon as half of the folders are there; return how many there were."""
    words: Sequence[str] = (sys.executable, "-m", "derive", *_words(folder, output, rows, formats))
    place, began = folder / output, time.monotonic()
    with subprocess.Popen(words, cwd=folder, stdout=subprocess.DEVNULL, start_new_session=True) as run:
        while run.poll() is None and time.monotonic() - began < PATIENCE and _there(place) < rows / 2:
            time.sleep(OFTEN)
        if run.poll() is not None:
            raise DisagreeError("all was made before it could be killed; take more rows")
        os.killpg(run.pid, signal.SIGKILL)
    return _there(place)


def _there(place: Path) -> int:
    return sum(1 for each in place.iterdir() if each.is_dir()) if place.is_dir() else 0


def _compare(one: Path, other: Path) -> None:
    """Refuse if a file is in one folder alone, or differs."""
    first, second = ({path.relative_to(root) for path in root.rglob("*") if path.is_file()} for root in (one, other))
    if first != second:
        raise DisagreeError(f"there alone: {', '.join(sorted(map(str, first ^ second))[:3])}")
    differ = sorted(str(path) for path in first if (one / path).read_bytes() != (other / path).read_bytes())
    if differ:
        raise DisagreeError(f"{len(differ)} of {len(first)} files differ, such as {differ[0]}")


def _tell(what: str, found: Taken) -> None:
    print(f"{what}: {found.seconds:.1f} s of the processor, {found.megabytes:.0f} MB at most", flush=True)


if __name__ == "__main__":
    main()
