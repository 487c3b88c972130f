"""Commands: each is a module by its name, and imported when it is called; ``derive --help`` imports them all."""

from __future__ import annotations

from importlib import import_module

import click

from derive.commands.codes import BAD_INPUT, CHECK_FAILED, FAULT, NO_READER

__all__ = ["BAD_INPUT", "CHECK_FAILED", "FAULT", "NAMES", "NO_READER", "Commands"]

NAMES = ("report", "watch", "show", "paths", "code", "compare", "audit", "networks")


class Commands(click.Group):
    """The commands, in the order in which one meets them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - as click has it
        """Their names."""
        return list(NAMES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as click has it
        """The command of a name, or none: click then looks for one that is spelled much like it."""
        if cmd_name not in NAMES:
            self.commands = {name: _command(name) for name in NAMES}
            return None
        return _command(cmd_name)


def _command(name: str) -> click.Command:
    found: click.Command = getattr(import_module(f"derive.commands.{name}"), name)
    return found
