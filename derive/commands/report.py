"""``derive report``: a handout in files, or one for each row of values."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from derive.characters import visible
from derive.commands.asked import asked_in_rows, told_errors
from derive.commands.ceiling import ceiling
from derive.commands.codes import BAD_INPUT, CHECK_FAILED
from derive.commands.told import say_places
from derive.parameters import Listed, options, whole_handout
from derive.progress import progress
from derive.report.formats import FORMATS, USUAL

if TYPE_CHECKING:
    from derive.derivation import Derivation
    from derive.report.many import Made
    from derive.report.options import Options
    from derive.report.publish import Handout

OPENED = (".html", ".pdf")


@click.command()
@options()
@click.option(
    "--format",
    "formats",
    type=Listed(),
    default=",".join(USUAL),
    show_default=True,
    help=f"Formats, with commas between, of {', '.join(FORMATS)}.",
)
@click.option(
    "--engine",
    default="auto",
    show_default=True,
    help="What makes the PDF: latex, typst, or auto (your TeX if it is complete, else typst).",
)
@click.option(
    "--markdown",
    default="github",
    show_default=True,
    help="Whose Markdown: github, or pandoc, which Quarto, Jupyter Book and notebooks read too.",
)
@click.option("--paper", default="a4", show_default=True, help="Paper of the PDF: a4 or letter.")
@whole_handout
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    default=Path("output"),
    show_default=True,
    help="The folder to write to.",
)
@click.option(
    "--full-tables", is_flag=True, help="Also every table whole, as CSV files in a folder beside the handout."
)
@click.option(
    "--open", "opened", is_flag=True, help="Open what was made: the web page, or else the PDF, or the first file."
)
@click.option(
    "--seed", type=int, default=0, show_default=True, help="What values are drawn by, of --values with ranges."
)
def report(output: Path, seed: int, *, opened: bool, **given: Any) -> None:
    """Write a handout: the derivation of a network over T steps, with a worked example and checks.

    With --values class.csv, or a TOML file with [ranges], one for each row, in folders by their names.
    """
    with told_errors(), ceiling(given["templates"]), progress() as tell_progress:
        derivation, options, rows = asked_in_rows(given, seed, tell_progress)
        if rows is None:
            from derive.report.publish import made  # noqa: PLC0415
            from derive.report.write import write  # noqa: PLC0415

            handout = made(derivation, options, tell_progress)
            places = write(handout.files, output)
        else:
            from derive.report.many import all_made  # noqa: PLC0415

            said = all_made(derivation, options, rows, output, heard=lambda far: tell_progress(str(far)))
    _say_not_truncated(derivation, options)
    if rows is None:
        say_places(places)
        code = _say_of_one(handout)
    else:
        code = _say_of_rows(said, output)
    if opened:
        _open(places if rows is None else [output])
    if code:
        sys.exit(code)


def _say_not_truncated(derivation: Derivation, options: Options) -> None:
    """Say why nothing is truncated, if that was asked for and has no meaning."""
    from derive.errors import NetworkError  # noqa: PLC0415

    try:
        if options.truncate:
            derivation.truncation(*options.truncate)
    except NetworkError as reason:
        click.echo(f"derive: {visible(str(reason))}; the chapter on it says so", err=True)


def _say_of_one(handout: Handout) -> int:
    """Say what made a handout, what is not there and why; return the exit code."""
    if handout.engine:
        click.echo(f"PDF engine: {handout.engine}")
    if handout.remark:
        click.echo(f"derive: {handout.remark}", err=True)
    for wanted, failure in handout.failures.items():
        click.echo(f"derive: there is no {wanted}: {failure}", err=True)
    return BAD_INPUT if handout.failures else 0


def _say_of_rows(said: Sequence[Made], output: Path) -> int:
    """Say where the handouts of rows are, name each that is not there or not whole, and return the exit code."""
    from derive.errors import CheckFailedError  # noqa: PLC0415
    from derive.report.many import ANSWERS  # noqa: PLC0415

    there = [made.folder for made in said if made.folder is not None]
    say_places([*there, output / ANSWERS] if there else [])
    for remark in dict.fromkeys(made.remark for made in said if made.remark):
        click.echo(f"derive: {remark}", err=True)
    failed = [made for made in said if made.failure is not None]
    for made in failed:
        click.echo(f"derive: {visible(f'{made.row.where}{made.row.name}: {made.failure}')}", err=True)
    if not failed:
        return 0
    return CHECK_FAILED if any(isinstance(made.failure, CheckFailedError) for made in failed) else BAD_INPUT


def _open(places: Sequence[Path]) -> None:
    """Open the web page of a handout in the browser; of one without, the PDF, or whatever came first."""
    import webbrowser  # noqa: PLC0415

    place = next((place for kind in OPENED for place in places if place.suffix == kind), places[0])
    if not webbrowser.open(place.resolve().as_uri()):
        click.echo(f"derive: nothing here opens {visible(os.fspath(place))}", err=True)
