"""Measure the pages of the handouts: how many there are, and how far down each is filled.

A page is filled down to its lowest ink above the footer, as a share of the height of the text. The last page may be as empty
as it likes; any other that is filled less than 80 % ends the run with exit code 1, as does a handout that cannot be made, for
a line wider than the page among others. Every ready-made network is told for T = 1, 3, 8, 20 in both languages by Typst, unless
options say otherwise. Pages are looked at with pdftoppm (poppler). To run:

    .venv/bin/python scripts/measure_pages.py
    .venv/bin/python scripts/measure_pages.py --network elman --network lstm --steps 3 --locale en --engine latex
"""

import argparse
import subprocess
import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from derive import DeriveError, derive
from derive.network import ready_made
from derive.report.options import Options
from derive.report.publish import publish, subject, tell, told_otherwise

RESOLUTION = 36
PAPER, TOP, FOOT = 29.7, 2.3, 2.5
"""The height of A4 and of its margins, in cm, as the shells have them."""
LEAST = 0.8
PALE = 250
"""What is darker, of 255, is ink: also the ground of a box."""


def fills(pdf: bytes) -> list[float]:
    """Return how far down each page of a PDF is filled, 1 being the foot of the text.

    Raises `OSError` without pdftoppm, `subprocess.CalledProcessError` if it cannot read the PDF.
    """
    with TemporaryDirectory() as folder:
        command = ["pdftoppm", "-gray", "-r", str(RESOLUTION), "-", f"{folder}/page"]
        subprocess.run(command, input=pdf, check=True, capture_output=True)  # noqa: S603 - no input in it
        return [fill(page.read_bytes()) for page in sorted(Path(folder).iterdir())]


def fill(page: bytes) -> float:
    """Return how far down a page is filled, given as PGM."""
    _, sizes, _, dots = page.split(b"\n", 3)
    wide, high = map(int, sizes.split())
    per_cm = high / PAPER
    first, last = round(TOP * per_cm), round((PAPER - FOOT) * per_cm)
    inked = (y for y in range(last - 1, first - 1, -1) if min(dots[y * wide : (y + 1) * wide]) < PALE)
    return (next(inked, first - 1) + 1 - first) / (last - first)


def handouts(options: argparse.Namespace) -> Iterator[tuple[str, int, str, bytes | DeriveError]]:
    """Yield each handout: its network, T and language, and its PDF, or why there is none."""
    for name, steps in product(options.network or ready_made(), options.steps or (1, 3, 8, 20)):
        about = None
        for locale in options.locale or ("en", "zh"):
            wanted = Options(locale, formats=("pdf",), engine=options.engine)
            try:
                about = told_otherwise(about, locale=locale) if about else subject(derive(name, steps), wanted)
                made = publish(tell(about), "handout", wanted)
                yield name, steps, locale, made.files["handout.pdf"] if made.files else made.failures["pdf"]
            except DeriveError as error:
                yield name, steps, locale, error


def main() -> int:
    """Print a line for each handout; return 1 if some page is not full."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--network", action="append", help="a ready-made network; several if given several times")
    parser.add_argument("--steps", action="append", type=int, help="T")
    parser.add_argument("--locale", action="append", help="en or zh")
    parser.add_argument("--engine", default="typst", choices=("typst", "latex"))
    short = 0
    for name, steps, locale, made in handouts(parser.parse_args()):
        where = f"{name:<20} T={steps:<3} {locale}"
        if isinstance(made, DeriveError):
            short += 1
            click.echo(f"{where}  not made: {made}")
            continue
        found = fills(made)
        low = [share for share in found[:-1] if share < LEAST]
        short += len(low)
        shares = " ".join(f"{share:4.0%}{'!' if share in low else ' '}" for share in found)
        click.echo(f"{where}  {len(found):>2} pages  {shares}")
    click.echo(f"{short} pages are filled less than {LEAST:.0%}, or handouts not made")
    return 1 if short else 0


if __name__ == "__main__":
    sys.exit(main())
