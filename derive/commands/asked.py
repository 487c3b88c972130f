"""Asked: the derivation and the options that a command line asks for; what is wrong with them is one message."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from derive.commands.codes import BAD_INPUT, CHECK_FAILED

if TYPE_CHECKING:
    from derive.derivation import Derivation
    from derive.limits import Limits
    from derive.network import Given
    from derive.report.options import Options
    from derive.report.rows import Row

WEIGHTS = (".pt", ".pth", ".safetensors", ".npz")
"""Files of arrays that --values reads too."""
TABLES = (".csv", ".toml")
"""Files of values that may be a handout's for each row."""


def asked_in_rows(
    given: dict[str, Any], seed: int, tell_progress: Callable[[str], None]
) -> tuple[Derivation, Options, tuple[Row, ...] | None]:
    """What `asked` returns, with the rows of values if the file has several handouts'."""
    derivation, file, rows = derived(given, tell_progress), given["values_file"], None
    if file is not None and file.suffix.lower() in TABLES:
        from derive.report.rows import rows_of  # noqa: PLC0415

        rows = rows_of(file, derivation.network, derivation.steps, seed)
    return derivation, options_for(derivation, given if rows is None else {**given, "values_file": None}), rows


def asked(given: dict[str, Any], tell_progress: Callable[[str], None]) -> tuple[Derivation, Options]:
    """The derivation that a command line asks for, and what is to be made of it."""
    derivation = derived(given, tell_progress)
    return derivation, options_for(derivation, given)


def derived(given: dict[str, Any], tell_progress: Callable[[str], None]) -> Derivation:
    """The derivation, by what is taken out of what was given for it."""
    tell_progress("deriving")
    import sympy  # noqa: F401, PLC0415 -- asked for in a moment; here it is still no garbage to look for

    from derive.derivation import derive  # noqa: PLC0415

    collect_seldom()
    return derive(given.pop("network"), given.pop("steps"), raised_limits(given.pop("limits")))


def options_for(derivation: Derivation, given: dict[str, Any]) -> Options:
    """What is to be made of a derivation, by the rest of what was given."""
    from derive.report.options import Options  # noqa: PLC0415

    told = {name: value for name, value in given.items() if name not in {"values_file", "settings"}}
    file, settings = given["values_file"], given["settings"]
    if file is not None and file.suffix in WEIGHTS:
        return Options(values=derivation.values_from(file) | settings_of(settings, "--set"), **told)
    return Options(values=values_of(file, settings, derivation.network.limits), **told)


def raised_limits(limits: Iterable[dict[str, int]]) -> Limits:
    """The limits, raised by each option that was given."""
    from derive.limits import DEFAULT  # noqa: PLC0415

    return DEFAULT.raised({name: number for raised in limits for name, number in raised.items()})


def collect_seldom() -> None:
    """Leave what was imported, all of SymPy too, out of Python's search for garbage in circles, and search seldom."""
    gc.freeze()
    gc.enable()


def values_of(file: Path | None, settings: tuple[str, ...], limits: Limits) -> dict[str, Given]:
    """Values from a file, with those of ``--set`` over them."""
    from derive.errors import ValuesError  # noqa: PLC0415
    from derive.network import load_values  # noqa: PLC0415

    if file is not None and file.suffix.lower() == ".csv":
        raise ValuesError(f"{file}: a table has the values of several handouts, which derive report makes")
    values: dict[str, Given] = {} if file is None else load_values(file, limits)
    return values | settings_of(settings, "--set")


def settings_of(settings: tuple[str, ...], option: str) -> dict[str, Given]:
    """Values by name, as the command line has them."""
    from derive.errors import ValuesError  # noqa: PLC0415
    from derive.network import read_value  # noqa: PLC0415

    values: dict[str, Given] = {}
    for setting in settings:
        name, equals, text = setting.partition("=")
        if not equals or not name.strip() or not text.strip():
            raise ValuesError(
                f"{option} {setting}: write a name and a value, such as w_x=0.5, x=1,0,-1 or W=[[1, 2], [3, 4]]"
            )
        values[name.strip()] = read_value(name.strip(), text.strip())
    return values


@contextmanager
def told_errors() -> Iterator[None]:
    """Print one message for what the user can put right, and exit with its code; never a traceback for those."""
    from derive.errors import CheckFailedError, DeriveError  # noqa: PLC0415

    try:
        yield
    except DeriveError as error:
        click.echo(f"derive: {error}", err=True)
        sys.exit(CHECK_FAILED if isinstance(error, CheckFailedError) else BAD_INPUT)
