"""``derive audit``: somebody's function, which is run, beside ours."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from derive.commands.asked import collect_seldom, raised_limits, told_errors
from derive.commands.codes import CHECK_FAILED
from derive.commands.told import tell_review
from derive.parameters import OPTIONS, Steps, options
from derive.progress import progress


@click.command()
@click.argument("function")
@options(*(name for name in OPTIONS if name not in {"network", "locale", "templates", "limit"}))
@click.option(
    "--steps", "-T", "steps", type=Steps(), multiple=True, help="A number of steps to try it at. May be repeated."
)
@click.option(
    "--time-limit",
    "seconds",
    type=click.FloatRange(0.1),
    default=60,
    show_default=True,
    help="Seconds until it is ended.",
)
@click.option("--torch", "tensors", is_flag=True, help="Call it with tensors of PyTorch, in double precision.")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
@click.option(
    "--report", "folder", type=click.Path(path_type=Path), help="Also write it as a short handout to this folder."
)
def audit(
    function: str,
    network: str,
    limits: tuple[dict[str, int], ...],
    steps: tuple[int, ...],
    seconds: float,
    folder: Path | None,
    *,
    tensors: bool,
    as_json: bool,
    **given: Any,
) -> None:
    """Run somebody's FUNCTION, backward.py:loss_and_gradients, and compare its loss and gradients with ours.

    This runs the file, with all that it does, in a process of its own. Arguments are handed over by name: parameters, data
    stacked over the steps, initial values such as h_0. It returns the loss and the gradients by name. Exits with 0 if all
    agree, with 1 if something differs.
    """
    with told_errors():
        with progress() as tell_progress:
            tell_progress("running it")
            from derive.graph import Graph  # noqa: PLC0415
            from derive.network import load  # noqa: PLC0415
            from derive.recurrence import Recurrence  # noqa: PLC0415
            from derive.report.options import Options  # noqa: PLC0415
            from derive.report.review import reviewed  # noqa: PLC0415
            from derive.review import InAProcess  # noqa: PLC0415
            from derive.review import audit as audited  # noqa: PLC0415

            collect_seldom()
            declared = load(network, raised_limits(limits))
            file, _, name = function.partition(":")
            runner = InAProcess(Path(file), name or "loss_and_gradients", seconds, tensors)
            found = audited(Recurrence(Graph(declared)), runner, steps)
            told = reviewed(declared, Options(**given), found)
        tell_review(told, folder, as_json=as_json)
    sys.exit(0 if found.agrees else CHECK_FAILED)
