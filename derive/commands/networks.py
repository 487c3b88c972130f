"""``derive networks``: the ready-made networks."""

from __future__ import annotations

import click

from derive.commands.asked import told_errors


@click.command()
def networks() -> None:
    """List the ready-made networks, a line each."""
    with told_errors():
        from derive.network import load, ready_made  # noqa: PLC0415

        names = ready_made()
        for name in names:
            click.echo(f"{name:<{max(map(len, names))}}  {load(name).title.get('en', '')}")
