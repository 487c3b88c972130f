"""``derive show``: the derivation in the terminal."""

from __future__ import annotations

from typing import Any

import click

from derive.commands.asked import asked, told_errors
from derive.commands.ceiling import ceiling
from derive.commands.told import print_document
from derive.parameters import options
from derive.progress import progress


@click.command()
@options()
def show(**given: Any) -> None:
    """Print the derivation in the terminal."""
    with told_errors(), ceiling(given["templates"]):
        with progress() as tell_progress:
            derivation, options = asked(given, tell_progress)
            from derive.report.publish import subject, tell  # noqa: PLC0415

            tell_progress("evaluating and checking")
            document = tell(subject(derivation, options))
        print_document(document)
