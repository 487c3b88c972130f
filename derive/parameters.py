"""Parameters: what stands behind the words of a command line, and the options that commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from derive.report.chapters import ALL, CHAPTERS
from derive.report.narrative.folders import languages, searched

Command = TypeVar("Command", bound=Callable[..., None])


class Steps(click.ParamType[int]):
    """A whole number from 1 on."""

    name = "T"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read the number, or say what is wrong with it."""
        try:
            steps = int(value)
        except (TypeError, ValueError):
            self.fail(f"the number of steps T has to be a whole number from 1 on, not {value!r}", param, ctx)
        if steps < 1:
            self.fail(f"the number of steps T has to be a whole number from 1 on, not {value}", param, ctx)
        return steps


class Raised(click.ParamType[dict[str, int]]):
    """Limits by their names, with commas between, and what they are raised to."""

    name = "NAME=NUMBER"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dict[str, int]:
        """Read names and numbers; whether there is such a limit is for the limits to say."""
        pairs = [part.partition("=") for part in str(value).split(",")]
        try:
            return {name.strip(): int(number) for name, _, number in pairs}
        except ValueError:
            self.fail(f"write a name and a number, such as equations=500, not {value!r}", param, ctx)


class Window(click.ParamType[tuple[int, int]]):
    """How far a truncated pass looks back, k2, and every how many steps one is made, k1 (1 if left out)."""

    name = "K2[,K1]"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        """Read one number or two; whether they make a window is for the derivation to say."""
        through, _, every = str(value).partition(",")
        try:
            return int(through), int(every or 1)
        except ValueError:
            self.fail(f"write k2, or k2,k1, as whole numbers, such as 5 or 6,2, not {value!r}", param, ctx)


class Listed(click.ParamType[tuple[str, ...]]):
    """Names with commas between."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:  # noqa: ARG002
        """Take the names apart; whether there is such a thing is for the report to say."""
        return value if isinstance(value, tuple) else tuple(part.strip() for part in value.split(",") if part.strip())


LANGUAGES = " or ".join(languages(searched()))
OPTIONS: dict[str, Any] = {
    "steps": click.option("--steps", "-T", type=Steps(), default=3, show_default=True, help="Number of steps T."),
    "network": click.option(
        "--network",
        "-n",
        default="elman",
        show_default=True,
        help="A ready-made network (see: derive networks), or the path of a TOML file.",
    ),
    "locale": click.option("--locale", default="en", show_default=True, help=f"Language: {LANGUAGES}."),
    "values": click.option(
        "--values",
        "values_file",
        type=click.Path(path_type=Path),
        help="A TOML file with values for the worked example; or weights, as .pt, .safetensors or .npz. "
        "Of derive report also a .csv, a handout per row.",
    ),
    "set": click.option(
        "--set",
        "settings",
        multiple=True,
        metavar="NAME=VALUE",
        help="One value, exact: w_x=0.5, one per step: x=1,0,-1, or as in a file: W=[[1, 2], [3, 4]]. May be repeated.",
    ),
    "digits": click.option(
        "--digits",
        type=click.IntRange(1),
        default=4,
        show_default=True,
        help="Decimals in the worked example; every one is right.",
    ),
    "max-paths": click.option(
        "--max-paths",
        "most_paths",
        type=click.IntRange(1),
        default=40,
        show_default=True,
        help="Up to this many paths are listed one by one.",
    ),
    "main": click.option("--main", default="", metavar="NAME", help="The parameter whose gradient is told in full."),
    "zoom": click.option(
        "--zoom",
        default="auto",
        show_default=True,
        help="Tell paths by equations, by states, or (auto) by equations while they are few.",
    ),
    "with": click.option(
        "--with",
        "chapters",
        type=Listed(),
        default="",
        metavar="CHAPTERS",
        help=f"Further chapters, with commas between: {', '.join(CHAPTERS)}, or {ALL}.",
    ),
    "truncate": click.option(
        "--truncate",
        type=Window(),
        help="Truncated backpropagation through K2 steps, every K1 steps (1); adds its chapter.",
    ),
    "limit": click.option(
        "--limit",
        "limits",
        type=Raised(),
        multiple=True,
        help="Raise limits, such as equations=500, with commas between; messages name them. May be repeated.",
    ),
    "templates": click.option(
        "--templates", type=click.Path(path_type=Path), help="A folder with your own templates, searched first."
    ),
}


def options(*left_out: str) -> Callable[[Command], Command]:
    """The options that commands share, but for some."""

    def decorate(command: Command) -> Command:
        for option in reversed([option for name, option in OPTIONS.items() if name not in left_out]):
            command = option(command)
        return command

    return decorate


def whole_handout(command: Command) -> Command:
    """The options of commands that make the whole handout."""
    brief = click.option("--brief", is_flag=True, help="The story on two pages.")
    heading = click.option(
        "--heading",
        type=click.Path(path_type=Path),
        help="A TOML file with what stands above the title: course, author, date, institution, logo.",
    )
    return heading(brief(command))
