"""The command line: ``derive report``, ``watch``, ``show``, ``paths``, ``code``, ``compare``, ``audit`` and ``networks``.

Exit codes: 0 done, 1 a check disagreed or a gradient that came differs, 2 the input is wrong or something cannot be written,
3 a fault of derive itself, and 128 with its number for a signal. Imports that cost time (SymPy, the writers) happen inside
the commands, so that ``derive --help`` answers at once.
"""

from __future__ import annotations

import gc
import os
import re
import sys
import traceback
from pathlib import Path

from derive import stopping

if __name__ == "__main__" or Path(sys.argv[0]).name == "derive":
    stopping.listen()  # before anything that takes its time to import

import click

from derive.characters import visible
from derive.commands import BAD_INPUT, FAULT, NO_READER, Commands

EXTRA = re.compile(r"Got unexpected extra arguments? \((.+)\)")
SELDOM = 100_000
"""Python looks for garbage in circles after so many new objects, not after 700: a handout makes much and throws little away."""


HELP = """Derive backpropagation through time from a network's forward equations.

\b
derive report --steps 3                      a handout in output/, as PDF, LaTeX and Markdown
derive report --network lstm --locale zh     another network, in Chinese
derive watch mine.toml                       its web page, made anew whenever the file is saved
derive show --steps 2 --set w_h=0.5          the derivation in the terminal
derive paths w_h --steps 1000                the paths to a node, counted and added up in groups
derive code --target numpy --network lstm    loss and gradients as a file of code
derive compare --gradient w_h=0.08           somebody's gradient against ours, and the mistake in it
derive audit backward.py:loss_and_gradients  the same of a function, which is run
derive networks                              the ready-made networks
"""


@click.group(
    cls=Commands, help=HELP, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(package_name="derive-bptt", prog_name="derive")
def cli() -> None:
    """The commands."""


def main() -> None:
    """Run the command line; what it cannot do is one message, and an exit code that says what kind of thing that is."""
    stopping.listen()
    gc.disable()  # until all is imported: what modules are made of lasts
    gc.set_threshold(SELDOM)
    code = _code()
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except (OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # or Python tries again at its end, and complains
        code = code or BAD_INPUT
    sys.exit(code)


def _code() -> int:
    """Run the command that was asked for and return its exit code, whatever happens."""
    try:
        return _run()
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else BAD_INPUT
    except (click.Abort, KeyboardInterrupt):
        stopping.end()
    except BrokenPipeError:
        return NO_READER
    except Exception as error:  # noqa: BLE001 -- whatever it is, 1 says that a check disagreed, and nothing else
        return _told(error)


def _run() -> int:
    """Run the command that was asked for; not through `cli.main`, which ends with 1 where nobody reads what is printed."""
    if "_DERIVE_COMPLETE" in os.environ:
        cli(prog_name="derive")
    try:
        with cli.make_context("derive", sys.argv[1:]) as context:
            cli.invoke(context)
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        return BAD_INPUT
    return 0


def _said(message: str) -> str:
    """What is wrong with a command line; a network that stands there bare is told its option."""
    found = EXTRA.match(message)
    if found is None:
        return message
    from derive.network import ready_made  # noqa: PLC0415

    word = found[1].split()[0]
    if word in ready_made() or word.endswith(".toml"):
        return f"write -n {word}: a network is given with --network, or -n for short"
    return f"“{word}” is one thing too many; options begin with --, such as --steps 3"


def _told(error: Exception) -> int:
    """Print what went wrong and return the exit code."""
    match error:
        case click.ClickException():
            message = _said(error.format_message())
        case UnicodeEncodeError():
            remedy = "; PYTHONIOENCODING=utf-8 makes the output UTF-8" if error.encoding != "utf-8" else ""
            message = f"{error.object[error.start]!a} cannot be written as {error.encoding}{remedy}"
        case OSError():
            message = f"{error.filename or 'cannot write to standard output'}: {error.strerror or error}"
        case MemoryError():
            message = "there is not enough memory for this"
        case _:
            for line in "".join(traceback.format_exception(error)).splitlines():
                click.echo(visible(line), err=True)
            click.echo("derive: this is a fault in derive itself; please report it, with the lines above", err=True)
            return FAULT
    click.echo(f"derive: {visible(message)}", err=True)
    return BAD_INPUT


if __name__ == "__main__":
    main()
