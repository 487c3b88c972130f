"""Told: what commands print — a document in the terminal, the places of files, a review."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from derive.characters import visible

if TYPE_CHECKING:
    from derive.report.document import Document
    from derive.report.review import Reviewed


def say_places(places: Iterable[Path]) -> None:
    """Print where files are, a line each."""
    for place in places:
        click.echo(os.fsencode(visible(os.fspath(place))))  # its own bytes, whether or not they are text


def print_document(document: Document) -> None:
    """Print a document in the terminal."""
    from rich.console import Console  # noqa: PLC0415

    from derive.report.writers.terminal import terminal  # noqa: PLC0415

    try:
        Console(highlight=False).print(terminal(document))
    except SystemExit:  # so it is told that nobody reads, with a code that is not for that
        raise BrokenPipeError from None


def tell_review(told: Reviewed, folder: Path | None, *, as_json: bool) -> None:
    """Print a review, and write its handout if it was asked for."""
    if as_json:
        click.echo(json.dumps(told.data, ensure_ascii=False, indent=2))
    else:
        print_document(told.document)
    if folder is not None:
        from derive.report.write import write  # noqa: PLC0415

        for place in write(told.files, folder):
            click.echo(os.fsencode(visible(os.fspath(place))), err=as_json)
