"""``derive compare``: somebody's gradients beside ours, and the mistake in them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from derive.commands.asked import asked, settings_of, told_errors
from derive.commands.ceiling import ceiling
from derive.commands.codes import CHECK_FAILED
from derive.commands.told import tell_review
from derive.parameters import options
from derive.progress import progress


@click.command()
@options("main", "zoom", "with", "truncate", "max-paths")
@click.option(
    "--gradient",
    "gradients",
    multiple=True,
    metavar="NAME=VALUE",
    help="A gradient that somebody's program gave: w_h=0.1577, or W=[[0.1, 0.2], [0.3, 0.4]]. May be repeated.",
)
@click.option(
    "--gradients",
    "gradient_files",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A file of gradients by name: TOML, JSON, or NumPy's npz.",
)
@click.option(
    "--also",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A TOML file with [values] and [gradients] there, to tell mistakes apart. May be repeated.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
@click.option(
    "--report", "folder", type=click.Path(path_type=Path), help="Also write it as a short handout to this folder."
)
def compare(
    gradients: tuple[str, ...],
    gradient_files: tuple[Path, ...],
    also: tuple[Path, ...],
    folder: Path | None,
    *,
    as_json: bool,
    **given: Any,
) -> None:
    """Compare gradients from elsewhere with ours, and name the mistake that gives exactly what came.

    Exits with 0 if all agree, with 1 if one differs.
    """
    with told_errors(), ceiling(given["templates"]):
        with progress() as tell_progress:
            from derive.review import load_given, load_gradients  # noqa: PLC0415

            came = {name: value for file in gradient_files for name, value in load_gradients(file).items()}
            came |= settings_of(gradients, "--gradient")
            derivation, options = asked(given, tell_progress)
            tell_progress("comparing")
            further = [load_given(file) for file in also]
            found = derivation.compare(came, options.values, *further)
            from derive.report.review import reviewed  # noqa: PLC0415

            told = reviewed(derivation.network, options, found)
        tell_review(told, folder, as_json=as_json)
    sys.exit(0 if found.agrees else CHECK_FAILED)
