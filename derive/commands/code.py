"""``derive code``: loss and gradients as a file of code."""

from __future__ import annotations

import click

from derive.commands.asked import collect_seldom, raised_limits, told_errors
from derive.parameters import OPTIONS, options
from derive.progress import progress


@click.command()
@click.option("--target", default="numpy", show_default=True, help="The language, such as numpy, c or javascript.")
@click.option("--plain", is_flag=True, help="The textbook loop, with nothing done for all steps at once.")
@options(*(name for name in OPTIONS if name not in {"network", "limit"}))
def code(target: str, network: str, limits: tuple[dict[str, int], ...], *, plain: bool) -> None:
    """Print the loss and its gradients as a file of code, for any T, with a gradient check at its end."""
    with told_errors(), progress() as tell_progress:
        tell_progress("deriving")
        from derive.graph import Graph  # noqa: PLC0415
        from derive.network import load  # noqa: PLC0415
        from derive.programs import code as written  # noqa: PLC0415
        from derive.recurrence import Recurrence  # noqa: PLC0415

        collect_seldom()
        text = written(Recurrence(Graph(load(network, raised_limits(limits)))), target, plain=plain)
    click.echo(text, nl=False)
