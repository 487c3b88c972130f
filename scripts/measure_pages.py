"""Measure the pages of the handouts: how many there are, how far down each is filled, and the widest gap on it.

A page is filled down to its lowest ink above the footer, as a share of the height of the text; a gap is a stretch without ink.
The last page may be as empty as it likes; any other that is filled less than 80 % ends the run with exit code 1, as does a
handout that cannot be made, for a line wider than the page among others, and with --brief one of more than two pages. Every
ready-made network is told for T = 1, 3, 8, 20 in both languages by both engines, unless options say otherwise. Pages are looked
at with pdftoppm (poppler). To run, and to write docs/pages.md anew:

    .venv/bin/python scripts/measure_pages.py
    .venv/bin/python scripts/measure_pages.py --network elman --network lstm --steps 3 --locale en --engine latex
    .venv/bin/python scripts/measure_pages.py --record docs/pages.md
"""

import argparse
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from derive import DeriveError, derive
from derive.network import ready_made
from derive.report.options import Options
from derive.report.publish import publish, subject, tell, told_otherwise

RESOLUTION = 36
PAPER, TOP, FOOT = 29.7, 1.5, 1.6
"""The height of A4 and of its margins, in cm, as the shells have them."""
LEAST = 0.8
PALE = 250
"""What is darker, of 255, is ink: also the ground of a box."""


@dataclass(frozen=True)
class Page:
    """How far down a page is filled, 1 being the foot of the text, and the widest gap above that."""

    fill: float
    gap: float


@dataclass(frozen=True)
class Told:
    """A handout with its pages, or why there is none."""

    network: str
    steps: int
    locale: str
    engine: str
    pages: Sequence[Page]
    failure: str = ""

    def faults(self, *, brief: bool) -> list[str]:
        """Return what is wrong with it."""
        low = [
            f"page {place} is filled {page.fill:.0%}"
            for place, page in enumerate(self.pages[:-1], 1)
            if page.fill < LEAST
        ]
        long = ["more than two pages"] if brief and len(self.pages) > 2 else []
        return ([f"not made: {self.failure}"] if self.failure else []) + low + long


def pages(pdf: bytes) -> list[Page]:
    """Return how the pages of a PDF are filled.

    Raises `OSError` without pdftoppm, `subprocess.CalledProcessError` if it cannot read the PDF.
    """
    with TemporaryDirectory() as folder:
        command = ["pdftoppm", "-gray", "-r", str(RESOLUTION), "-", f"{folder}/page"]
        subprocess.run(command, input=pdf, check=True, capture_output=True)  # noqa: S603 - no input in it
        return [page(found.read_bytes()) for found in sorted(Path(folder).iterdir())]


def page(dots: bytes) -> Page:
    """Return how a page is filled, given as PGM."""
    _, sizes, _, dots = dots.split(b"\n", 3)
    wide, high = map(int, sizes.split())
    per_cm = high / PAPER
    first, last = round(TOP * per_cm), round((PAPER - FOOT) * per_cm)
    inked = [y for y in range(first, last) if min(dots[y * wide : (y + 1) * wide]) < PALE]
    gaps = (after - before - 1 for before, after in zip([first - 1, *inked], inked, strict=False))
    height = last - first
    return Page(((inked or [first - 1])[-1] + 1 - first) / height, max(gaps, default=0) / height)


def handouts(wanted: argparse.Namespace) -> Iterator[Told]:
    """Yield each handout."""
    for name, steps in product(wanted.network or ready_made(), wanted.steps or (1, 3, 8, 20)):
        about = None
        for locale in wanted.locale or ("en", "zh"):
            options = Options(locale, formats=("pdf",), brief=wanted.brief)
            try:
                about = told_otherwise(about, locale=locale) if about else subject(derive(name, steps), options)
                document = tell(about)
            except DeriveError as error:
                yield Told(name, steps, locale, "", (), str(error))
                continue
            for engine in wanted.engine or ("typst", "latex"):
                made = publish(document, "handout", Options(locale, formats=("pdf",), engine=engine))
                if made.files:
                    yield Told(name, steps, locale, engine, pages(made.files["handout.pdf"]))
                else:
                    yield Told(name, steps, locale, engine, (), str(made.failures["pdf"]))


def record(told: Sequence[Told], *, brief: bool) -> str:
    """Return the table: per network and T the pages of each language and engine, and the emptiest page but the last."""
    columns = list(dict.fromkeys((each.locale, each.engine) for each in told))
    heads = [f"{locale}, {engine}" for locale, engine in columns]
    rows: dict[tuple[str, int], dict[tuple[str, str], Told]] = {}
    for each in told:
        rows.setdefault((each.network, each.steps), {})[each.locale, each.engine] = each
    lines = [f"| network | T | {' | '.join(heads)} |", f"|---|---|{'---|' * len(heads)}"]
    for (network, steps), found in rows.items():
        cells = " | ".join(_cell(found.get(column)) for column in columns)
        lines.append(f"| {network} | {steps} | {cells} |")
    faulty = sum(len(each.faults(brief=brief)) for each in told)
    return "\n".join(
        [*lines, "", f"{faulty} faults: pages but the last filled less than {LEAST:.0%}, handouts not made."]
    )


def _cell(told: Told | None) -> str:
    if told is None or told.failure:
        return "–"
    return f"{len(told.pages)} ({min((page.fill for page in told.pages[:-1]), default=1):.0%})"


def main() -> int:
    """Print a line for each handout; return 1 if some page is not full."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--network", action="append", help="a ready-made network; several if given several times")
    parser.add_argument("--steps", action="append", type=int, help="T")
    parser.add_argument("--locale", action="append", help="en or zh")
    parser.add_argument("--engine", action="append", choices=("typst", "latex"), help="both, unless one is given")
    parser.add_argument("--brief", action="store_true", help="the story on two pages")
    parser.add_argument("--record", type=Path, help="write the table to a file, below its first heading's text")
    wanted = parser.parse_args()
    told = []
    for each in handouts(wanted):
        told.append(each)
        shares = " ".join(
            f"{page.fill:4.0%}{f'/{page.gap:.0%}' if page.gap > 1 - LEAST else ''}" for page in each.pages
        )
        name = f"{each.network:<22} T={each.steps:<3} {each.locale} {each.engine:<6} {len(each.pages):>2} pages"
        click.echo("  ".join((name, shares, *each.faults(brief=wanted.brief))))
    table = record(told, brief=wanted.brief)
    click.echo(table)
    if wanted.record:
        before = wanted.record.read_text().partition("| network")[0] if wanted.record.exists() else ""
        wanted.record.write_text(f"{before}{table}\n")
    return 1 if any(each.faults(brief=wanted.brief) for each in told) else 0


if __name__ == "__main__":
    sys.exit(main())
