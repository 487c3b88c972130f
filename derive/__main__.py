"""The command line: ``derive report``, ``watch``, ``show``, ``paths``, ``code``, ``compare``, ``audit`` and ``networks``.

Exit codes: 0 done, 1 a check disagreed or a gradient that came differs, 2 the input is wrong or something cannot be written,
3 a fault of derive itself, and 128 with its number for a signal. Imports that cost time (SymPy, the writers) happen inside
the commands, so that ``derive --help`` answers at once.
"""

from __future__ import annotations

import gc
import json
import os
import re
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from derive import stopping

if __name__ == "__main__" or Path(sys.argv[0]).name == "derive":
    stopping.listen()  # before anything that takes its time to import

import click

from derive.characters import visible
from derive.parameters import OPTIONS, Listed, Steps, options
from derive.progress import progress
from derive.report.formats import FORMATS, USUAL

if TYPE_CHECKING:
    from derive.derivation import Derivation
    from derive.limits import Limits
    from derive.network import Given
    from derive.report.document import Document
    from derive.report.many import Made
    from derive.report.options import Options
    from derive.report.publish import Handout
    from derive.report.review import Reviewed
    from derive.report.rows import Row

WEIGHTS = (".pt", ".pth", ".safetensors", ".npz")
"""Files of arrays that --values reads too."""
TABLES = (".csv", ".toml")
"""Files of values that may be a handout's for each row."""
EXTRA = re.compile(r"Got unexpected extra arguments? \((.+)\)")
OPENED = (".html", ".pdf")
CHECK_FAILED, BAD_INPUT, FAULT, NO_READER = 1, 2, 3, 128 + 13
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


@click.group(help=HELP, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="derive-bptt", prog_name="derive")
def cli() -> None:
    """The commands."""


@cli.command()
@options()
@click.option(
    "--format",
    "formats",
    type=Listed(),
    default=",".join(USUAL),
    show_default=True,
    help=f"Formats, with commas between, of {', '.join(FORMATS)}.",
)
@click.option(
    "--engine",
    default="auto",
    show_default=True,
    help="What makes the PDF: latex, typst, or auto (your TeX if it is complete, else typst).",
)
@click.option(
    "--markdown",
    default="github",
    show_default=True,
    help="Whose Markdown: github, or pandoc, which Quarto, Jupyter Book and notebooks read too.",
)
@click.option("--paper", default="a4", show_default=True, help="Paper of the PDF: a4 or letter.")
@click.option(
    "--heading",
    type=click.Path(path_type=Path),
    help="A TOML file with what stands above the title: course, author, date, institution, logo.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    default=Path("output"),
    show_default=True,
    help="The folder to write to.",
)
@click.option("--brief", is_flag=True, help="The story on two pages.")
@click.option(
    "--full-tables", is_flag=True, help="Also every table whole, as CSV files in a folder beside the handout."
)
@click.option(
    "--open", "opened", is_flag=True, help="Open what was made: the web page, or else the PDF, or the first file."
)
@click.option(
    "--seed", type=int, default=0, show_default=True, help="What values are drawn by, of --values with ranges."
)
def report(output: Path, seed: int, *, opened: bool, **given: Any) -> None:
    """Write a handout: the derivation of a network over T steps, with a worked example and checks.

    With --values class.csv, or a TOML file with [ranges], one for each row, in folders by their names.
    """
    with _told_errors(), progress() as tell_progress:
        derivation, options, rows = _asked_in_rows(given, seed, tell_progress)
        if rows is None:
            from derive.report.publish import made  # noqa: PLC0415
            from derive.report.write import write  # noqa: PLC0415

            handout = made(derivation, options, tell_progress)
            places = write(handout.files, output)
        else:
            from derive.report.many import all_made  # noqa: PLC0415

            said = all_made(derivation, options, rows, output, heard=lambda far: tell_progress(str(far)))
    if rows is None:
        _say_places(places)
        code = _say_of_one(handout)
    else:
        code = _say_of_rows(said, output)
    if opened:
        _open(places if rows is None else [output])
    if code:
        sys.exit(code)


def _say_places(places: Iterable[Path]) -> None:
    for place in places:
        click.echo(os.fsencode(visible(os.fspath(place))))  # its own bytes, whether or not they are text


def _say_of_one(handout: Handout) -> int:
    """Say what made a handout, what is not there and why; return the exit code."""
    if handout.engine:
        click.echo(f"PDF engine: {handout.engine}")
    if handout.remark:
        click.echo(f"derive: {handout.remark}", err=True)
    for wanted, failure in handout.failures.items():
        click.echo(f"derive: there is no {wanted}: {failure}", err=True)
    return BAD_INPUT if handout.failures else 0


def _say_of_rows(said: Sequence[Made], output: Path) -> int:
    """Say where the handouts of rows are, name each that is not there or not whole, and return the exit code."""
    from derive.errors import CheckFailedError  # noqa: PLC0415
    from derive.report.many import ANSWERS  # noqa: PLC0415

    there = [made.folder for made in said if made.folder is not None]
    _say_places([*there, output / ANSWERS] if there else [])
    for remark in dict.fromkeys(made.remark for made in said if made.remark):
        click.echo(f"derive: {remark}", err=True)
    failed = [made for made in said if made.failure is not None]
    for made in failed:
        click.echo(f"derive: {visible(f'{made.row.where}{made.row.name}: {made.failure}')}", err=True)
    if not failed:
        return 0
    return CHECK_FAILED if any(isinstance(made.failure, CheckFailedError) for made in failed) else BAD_INPUT


def _open(places: Sequence[Path]) -> None:
    """Open the web page of a handout in the browser; of one without, the PDF, or whatever came first."""
    import webbrowser  # noqa: PLC0415

    place = next((place for kind in OPENED for place in places if place.suffix == kind), places[0])
    if not webbrowser.open(place.resolve().as_uri()):
        click.echo(f"derive: nothing here opens {visible(os.fspath(place))}", err=True)


@cli.command()
@click.argument("file", required=False)
@options()
@click.option(
    "--heading",
    type=click.Path(path_type=Path),
    help="A TOML file with what stands above the title: course, author, date, institution, logo.",
)
@click.option("--brief", is_flag=True, help="The story on two pages.")
@click.option("--port", type=click.IntRange(0, 65_535), default=0, help="The port of the server; 0: any that is free.")
@click.option("--open", "opened", is_flag=True, help="Open the page in the browser.")
def watch(file: str | None, port: int, *, opened: bool, **given: Any) -> None:
    """Show the web page of a FILE, mine.toml, and make it anew whenever a file of it is saved.

    The file of values, that of the heading and the folder of templates are watched too. The page is shown to browsers on this
    machine only. What is wrong in a file stands above the last page that was right. Ctrl-C ends it.
    """
    with _told_errors():
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
    derivation, options = _asked({**given, "formats": ("html",)}, lambda _: None)
    from derive.report.publish import made  # noqa: PLC0415

    handout = made(derivation, options)
    for failure in handout.failures.values():
        raise failure
    (page,) = handout.files.values()
    return page


@cli.command()
@options()
def show(**given: Any) -> None:
    """Print the derivation in the terminal."""
    with _told_errors():
        with progress() as tell_progress:
            derivation, options = _asked(given, tell_progress)
            from derive.report.publish import subject, tell  # noqa: PLC0415

            tell_progress("evaluating and checking")
            document = tell(subject(derivation, options))
        _print(document)


@cli.command()
@click.argument("node")
@options("main", "zoom", "with", "truncate")
def paths(node: str, **given: Any) -> None:
    """Print the paths from L to a NODE: how many, and what they add up to by lag, step and state.

    NODE is a parameter, such as w_h, or a variable, datum or initial state with its step, such as h[2]. Nothing is
    enumerated, so that T may be large.
    """
    with _told_errors():
        with progress() as tell_progress:
            derivation, options = _asked(given, tell_progress)
            from derive.report.paths_document import sorted_paths  # noqa: PLC0415
            from derive.report.publish import subject  # noqa: PLC0415

            tell_progress("evaluating and checking")
            document = sorted_paths(subject(derivation, options), node)
        _print(document)


@cli.command()
@click.option("--target", default="numpy", show_default=True, help="The language, such as numpy, c or javascript.")
@click.option("--plain", is_flag=True, help="The textbook loop, with nothing done for all steps at once.")
@options(*(name for name in OPTIONS if name not in {"network", "limit"}))
def code(target: str, network: str, limits: tuple[dict[str, int], ...], *, plain: bool) -> None:
    """Print the loss and its gradients as a file of code, for any T, with a gradient check at its end."""
    with _told_errors(), progress() as tell_progress:
        tell_progress("deriving")
        from derive.graph import Graph  # noqa: PLC0415
        from derive.network import load  # noqa: PLC0415
        from derive.programs import code as written  # noqa: PLC0415
        from derive.recurrence import Recurrence  # noqa: PLC0415

        _collect_seldom()
        text = written(Recurrence(Graph(load(network, _raised(limits)))), target, plain=plain)
    click.echo(text, nl=False)


@cli.command()
@options("main", "zoom", "with", "truncate", "max-paths")
@click.option(
    "--gradient",
    "gradients",
    multiple=True,
    metavar="NAME=VALUE",
    help="A gradient that somebody's program gave: w_h=0.1577, or W=[[0.1, 0.2], [0.3, 0.4]]. May be repeated.",
)
@click.option(
    "--gradients",
    "gradient_files",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A file of gradients by name: TOML, JSON, or NumPy's npz.",
)
@click.option(
    "--also",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A TOML file with [values] and [gradients] there, to tell mistakes apart. May be repeated.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
@click.option(
    "--report", "folder", type=click.Path(path_type=Path), help="Also write it as a short handout to this folder."
)
def compare(
    gradients: tuple[str, ...],
    gradient_files: tuple[Path, ...],
    also: tuple[Path, ...],
    folder: Path | None,
    *,
    as_json: bool,
    **given: Any,
) -> None:
    """Compare gradients from elsewhere with ours, and name the mistake that gives exactly what came.

    Exits with 0 if all agree, with 1 if one differs.
    """
    with _told_errors():
        with progress() as tell_progress:
            from derive.review import load_given, load_gradients  # noqa: PLC0415

            came = {name: value for file in gradient_files for name, value in load_gradients(file).items()}
            came |= _settings(gradients, "--gradient")
            derivation, options = _asked(given, tell_progress)
            tell_progress("comparing")
            further = [load_given(file) for file in also]
            found = derivation.compare(came, options.values, *further)
            from derive.report.review import reviewed  # noqa: PLC0415

            told = reviewed(derivation.network, options, found)
        _tell_review(told, folder, as_json=as_json)
    sys.exit(0 if found.agrees else CHECK_FAILED)


@cli.command()
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
    with _told_errors():
        with progress() as tell_progress:
            tell_progress("running it")
            from derive.graph import Graph  # noqa: PLC0415
            from derive.network import load  # noqa: PLC0415
            from derive.recurrence import Recurrence  # noqa: PLC0415
            from derive.report.options import Options  # noqa: PLC0415
            from derive.report.review import reviewed  # noqa: PLC0415
            from derive.review import InAProcess  # noqa: PLC0415
            from derive.review import audit as audited  # noqa: PLC0415

            _collect_seldom()
            declared = load(network, _raised(limits))
            file, _, name = function.partition(":")
            runner = InAProcess(Path(file), name or "loss_and_gradients", seconds, tensors)
            found = audited(Recurrence(Graph(declared)), runner, steps)
            told = reviewed(declared, Options(**given), found)
        _tell_review(told, folder, as_json=as_json)
    sys.exit(0 if found.agrees else CHECK_FAILED)


def _tell_review(told: Reviewed, folder: Path | None, *, as_json: bool) -> None:
    """Print a review, and write its handout if it was asked for."""
    if as_json:
        click.echo(json.dumps(told.data, ensure_ascii=False, indent=2))
    else:
        _print(told.document)
    if folder is not None:
        from derive.report.write import write  # noqa: PLC0415

        for place in write(told.files, folder):
            click.echo(os.fsencode(visible(os.fspath(place))), err=as_json)


@cli.command()
def networks() -> None:
    """List the ready-made networks, a line each."""
    with _told_errors():
        from derive.network import load, ready_made  # noqa: PLC0415

        names = ready_made()
        for name in names:
            click.echo(f"{name:<{max(map(len, names))}}  {load(name).title.get('en', '')}")


def _asked_in_rows(
    given: dict[str, Any], seed: int, tell_progress: Callable[[str], None]
) -> tuple[Derivation, Options, tuple[Row, ...] | None]:
    """What `_asked` returns, with the rows of values if the file has several handouts'."""
    derivation, file, rows = _derived(given, tell_progress), given["values_file"], None
    if file is not None and file.suffix.lower() in TABLES:
        from derive.report.rows import rows_of  # noqa: PLC0415

        rows = rows_of(file, derivation.network, derivation.steps, seed)
    return derivation, _options_for(derivation, given if rows is None else {**given, "values_file": None}), rows


def _asked(given: dict[str, Any], tell_progress: Callable[[str], None]) -> tuple[Derivation, Options]:
    """The derivation that a command line asks for, and what is to be made of it."""
    derivation = _derived(given, tell_progress)
    return derivation, _options_for(derivation, given)


def _derived(given: dict[str, Any], tell_progress: Callable[[str], None]) -> Derivation:
    """The derivation, by what is taken out of what was given for it."""
    tell_progress("deriving")
    import sympy  # noqa: F401, PLC0415 -- asked for in a moment; here it is still no garbage to look for

    from derive.derivation import derive  # noqa: PLC0415

    _collect_seldom()
    return derive(given.pop("network"), given.pop("steps"), _raised(given.pop("limits")))


def _options_for(derivation: Derivation, given: dict[str, Any]) -> Options:
    """What is to be made of a derivation, by the rest of what was given."""
    from derive.report.options import Options  # noqa: PLC0415

    told = {name: value for name, value in given.items() if name not in {"values_file", "settings"}}
    file, settings = given["values_file"], given["settings"]
    if file is not None and file.suffix in WEIGHTS:
        return Options(values=derivation.values_from(file) | _settings(settings, "--set"), **told)
    return Options(values=_values(file, settings, derivation.network.limits), **told)


def _raised(limits: Iterable[dict[str, int]]) -> Limits:
    """The limits, raised by each option that was given."""
    from derive.limits import DEFAULT  # noqa: PLC0415

    return DEFAULT.raised({name: number for raised in limits for name, number in raised.items()})


def _collect_seldom() -> None:
    """Leave what was imported, all of SymPy too, out of Python's search for garbage in circles, and search seldom."""
    gc.freeze()
    gc.enable()


def _print(document: Document) -> None:
    """Print a document in the terminal."""
    from rich.console import Console  # noqa: PLC0415

    from derive.report.writers.terminal import terminal  # noqa: PLC0415

    try:
        Console(highlight=False).print(terminal(document))
    except SystemExit:  # so it is told that nobody reads, with a code that is not for that
        raise BrokenPipeError from None


def _values(file: Path | None, settings: tuple[str, ...], limits: Limits) -> dict[str, Given]:
    """Values from a file, with those of ``--set`` over them."""
    from derive.errors import ValuesError  # noqa: PLC0415
    from derive.network import load_values  # noqa: PLC0415

    if file is not None and file.suffix.lower() == ".csv":
        raise ValuesError(f"{file}: a table has the values of several handouts, which derive report makes")
    values: dict[str, Given] = {} if file is None else load_values(file, limits)
    return values | _settings(settings, "--set")


def _settings(settings: tuple[str, ...], option: str) -> dict[str, Given]:
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
def _told_errors() -> Iterator[None]:
    """Print one message for what the user can put right, and exit with its code; never a traceback for those."""
    from derive.errors import CheckFailedError, DeriveError  # noqa: PLC0415

    try:
        yield
    except DeriveError as error:
        click.echo(f"derive: {error}", err=True)
        sys.exit(CHECK_FAILED if isinstance(error, CheckFailedError) else BAD_INPUT)


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
