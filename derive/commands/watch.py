"""``derive watch``: the web page of a network, made anew whenever a file of it is saved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from derive.commands.asked import asked, told_errors
from derive.commands.ceiling import ceiling
from derive.parameters import options, whole_handout


@click.command()
@click.argument("file", required=False)
@options()
@whole_handout
@click.option("--port", type=click.IntRange(0, 65_535), default=0, help="The port of the server; 0: any that is free.")
@click.option("--open", "opened", is_flag=True, help="Open the page in the browser.")
def watch(file: str | None, port: int, *, opened: bool, **given: Any) -> None:
    """Show the web page of a FILE, mine.toml, and make it anew whenever a file of it is saved.

    The file of values, that of the heading and the folder of templates are watched too. The page is shown to browsers on this
    machine only. What is wrong in a file stands above the last page that was right. Ctrl-C ends it.
    """
    with told_errors():
        from derive.report.narrative.languages import words  # noqa: PLC0415
        from derive.report.narrative.templates import environment  # noqa: PLC0415
        from derive.watch import Desk, Server, Watched, follow, host_page  # noqa: PLC0415

        given["network"] = file or given["network"]
        files = (given["network"], given["values_file"], given["heading"], given["templates"])
        watched = Watched(tuple(Path(file) for file in files if file is not None))
        desk = Desk()
        say = words(environment(given["templates"]), given["locale"])
        server = Server(desk, host_page(given["locale"], say), port)
        server.begin()
        click.echo(server.address)
        if opened:
            import webbrowser  # noqa: PLC0415

            webbrowser.open(server.address)
        follow(watched, desk, lambda: _page(dict(given)), lambda error: click.echo(f"derive: {error}", err=True))


def _page(given: dict[str, Any]) -> bytes:
    """The web page of what a command line asks for."""
    derivation, options = asked({**given, "formats": ("html",)}, lambda _: None)
    from derive.report.publish import made  # noqa: PLC0415

    with ceiling(options.templates):
        handout = made(derivation, options)
    for failure in handout.failures.values():
        raise failure
    (page,) = handout.files.values()
    return page
