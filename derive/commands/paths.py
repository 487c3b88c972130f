"""``derive paths``: the paths to a node, counted and added up in groups."""

from __future__ import annotations

from typing import Any

import click

from derive.commands.asked import asked, told_errors
from derive.commands.ceiling import ceiling
from derive.commands.told import print_document
from derive.parameters import options
from derive.progress import progress


@click.command()
@click.argument("node")
@options("main", "zoom", "with", "truncate")
def paths(node: str, **given: Any) -> None:
    """Print the paths from L to a NODE: how many, and what they add up to by lag, step and state.

    NODE is a parameter, such as w_h, or a variable, datum or initial state with its step, such as h[2]. Nothing is
    enumerated, so that T may be large.
    """
    with told_errors(), ceiling(given["templates"]):
        with progress() as tell_progress:
            derivation, options = asked(given, tell_progress)
            from derive.report.paths_document import sorted_paths  # noqa: PLC0415
            from derive.report.publish import hold_checks, subject  # noqa: PLC0415

            tell_progress("evaluating and checking")
            about = subject(derivation, options)
            hold_checks(about)
            document = sorted_paths(about, node)
        print_document(document)
