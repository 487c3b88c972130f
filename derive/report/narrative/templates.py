r"""Where templates are found, and the sandbox they run in.

A name such as ``en/handout.md.j2`` is looked for in the reader's own folder first and then in the packaged set, which also
stays reachable under ``base/``: a file may extend the packaged one of the same name. LaTeX is full of braces, so in
``*.tex.j2`` files the marks are ``\VAR{…}``, ``\BLOCK{…}`` and ``\#{…}``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableMapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PrefixLoader,
    Template,
    TemplateError,
    TemplateNotFound,
    TemplatesNotFound,
    TemplateSyntaxError,
)
from jinja2.loaders import split_template_path

from derive.characters import lines
from derive.contents import contents_inside
from derive.errors import CheckFailedError, DeriveError, LimitError, NarrativeError, ValuesError
from derive.network import read_toml
from derive.report.narrative.folders import led_to, searched
from derive.report.narrative.kept import TEX
from derive.report.narrative.offered import NOT_TAKEN
from derive.report.narrative.sandbox import Sandbox
from derive.report.narrative.work import CALL, Work

MOST_SOURCE: Final = 200_000
"""How many bytes a file of templates may have."""
MOST_TEXT: Final = 200_000
"""How many characters a template may write."""


class Folder(FileSystemLoader):
    """Loads the files in a folder, and none that a link leads to outside of it."""

    def load(self, environment: Environment, name: str, globals: MutableMapping[str, Any] | None = None) -> Template:  # noqa: A002
        """Load a template by its one name, which pays for looking; another spelling of the name would be compiled once more."""
        if isinstance(environment, Sandbox):
            environment.work.now.spend(CALL)
        if "/".join(split_template_path(name)) != name:
            raise TemplateNotFound(name)
        return super().load(environment, name, globals)

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:  # noqa: ARG002
        """Return a file's text and place; raise `NarrativeError` for what is no file of a template's size in this folder."""
        (folder,) = map(Path, self.searchpath)
        place = folder.joinpath(*split_template_path(template))
        try:
            text = _read(folder, place, template)
        except UnicodeDecodeError:
            raise NarrativeError(f"template {template} is not a UTF-8 text file") from None
        except (OSError, ValueError) as reason:
            said = getattr(reason, "strerror", None) or reason
            raise NarrativeError(f"template {template}: cannot be read ({said})") from None
        if text is None:
            raise TemplateNotFound(template)
        return text, str(place), lambda: True


def environment(extra: Path | None = None) -> Sandbox:
    """Return the sandbox in which templates run; ``extra`` is a folder searched before the packaged set.

    Raises `NarrativeError` as `searched` does.
    """
    *own, base = map(Folder, searched(extra))
    return Sandbox(ChoiceLoader([*own, base, PrefixLoader({"base": base})]))


def render(templates: Sandbox, name: str, **values: object) -> str:
    """Return a template rendered with values.

    Raises `NarrativeError`, which names the file and the line, if it is missing, malformed, uses an unknown name, or asks for
    more work or text than a template may.
    """
    templates.work.now = Work()
    try:
        return lines("".join(_bounded(_marks(templates, name).get_template(name).generate(**values))))
    except TemplateError as error:
        raise NarrativeError(_complaint(templates, error, name)) from error
    except _NOT_ITS_OWN:
        raise
    except _FAULTS as error:
        raise NarrativeError(f"template {_place(templates, error, name)}: {_reason(error)}") from error


# What a call finds out about the network and its example is no fault of the template that made it.
_NOT_ITS_OWN: Final = (CheckFailedError, LimitError, ValuesError)

# What goes wrong in a template, besides what Jinja says: also in what a call was given, and in Python made of the template.
_FAULTS: Final = (
    *(DeriveError, ArithmeticError, AttributeError, LookupError, MemoryError, RuntimeError, SyntaxError, TypeError),
    ValueError,
)


def _reason(error: Exception) -> str:
    match error:
        case RecursionError():
            return "something in it leads back to itself, or is nested too deeply"
        case MemoryError():
            return "there is not enough memory for this"
        case SyntaxError():
            return "something in it is nested too deeply"
        case DeriveError():
            return str(error)
        case ArithmeticError():
            return "what is reckoned there has no result"
        case _:
            return NOT_TAKEN  # and none of Python's own words


def _bounded(parts: Iterator[str]) -> Iterator[str]:
    """The parts of a text, until they are too much."""
    written = 0
    for part in parts:
        written += len(part)
        if written > MOST_TEXT:
            raise NarrativeError(f"it writes more than {MOST_TEXT:,} characters; a handout is shorter")
        yield part


def table(templates: Sandbox, name: str) -> dict[str, str]:
    """Return what a TOML file says, text by key; nothing if there is no such file.

    Raises `NarrativeError` if it is no TOML, or says something that is not text.
    """
    loader: BaseLoader = templates.loader or ChoiceLoader(())
    try:
        return dict(_told(loader.get_source(templates, name)[0], name))
    except TemplateNotFound:
        return {}


@lru_cache(maxsize=16)
def _told(source: str, name: str) -> dict[str, str]:
    """What the text of such a file says: the next handout asks for the same."""
    found = read_toml(source, f"template {name}", NarrativeError)
    for key, value in found.items():
        if not isinstance(value, str):
            raise NarrativeError(f"template {name}: {key} has to be text in quotation marks")
    return {key: lines(value) for key, value in found.items()}


def folders(templates: Sandbox) -> tuple[Path, ...]:
    """Return the folders in which templates are looked for, the reader's own first."""
    loaders = templates.loader.loaders if isinstance(templates.loader, ChoiceLoader) else ()
    return tuple(Path(path) for loader in loaders if isinstance(loader, FileSystemLoader) for path in loader.searchpath)


def _marks(templates: Sandbox, name: str) -> Environment:
    """The same environment, with the marks that suit the format of a template."""
    if not name.endswith(TEX):
        return templates
    return templates.overlay(
        block_start_string=r"\BLOCK{",
        block_end_string="}",
        variable_start_string=r"\VAR{",
        variable_end_string="}",
        comment_start_string=r"\#{",
        comment_end_string="}",
    )


def _complaint(templates: Sandbox, error: TemplateError, name: str) -> str:
    """Say what is wrong with a template, where, in one line."""
    match error:
        case TemplateSyntaxError(lineno=line, message=message):
            return (
                f"template {_relative(templates, Path(error.filename or error.name or name))}, line {line}: {message}"
            )
        case TemplatesNotFound(templates=asked):
            names = ", ".join(asked_for for asked_for in asked if isinstance(asked_for, str))
            return (
                f"template {name}: there is no template {names}"
                if names
                else f"template {name}: it asks for no template"
            )
        case TemplateNotFound():
            return f"template {name}: there is no template {error.message}"
        case _:
            return f"template {_place(templates, error, name)}: {error.message}"


def _relative(templates: Sandbox, file: Path) -> str:
    """A template's file as it is called."""
    folder = next((folder for folder in folders(templates) if file.is_relative_to(folder)), None)
    return (file.relative_to(folder) if folder else file).as_posix()


def _place(templates: Sandbox, error: Exception, name: str) -> str:
    """The template and line in which something went wrong, innermost last."""
    place, trace = name, error.__traceback__
    while trace is not None:
        file = Path(trace.tb_frame.f_code.co_filename)
        for folder in folders(templates):
            if file.is_relative_to(folder):
                place = f"{file.relative_to(folder).as_posix()}, line {trace.tb_lineno}"
        trace = trace.tb_next
    return place


def _read(folder: Path, place: Path, name: str) -> str | None:
    """The text of a file, None if there is none; what lies outside of the folder, is no file, or is too large is refused.

    Where a link leads is looked up once, and what is opened then is no link any more. Whether there is something outside is
    not looked at.
    """
    home, led = folder.resolve(), led_to(place)
    if not led.is_relative_to(home):
        raise NarrativeError(f"template {name} is a link that leads out of its folder, which is not followed")
    if not led.exists():
        return None
    content = contents_inside(home, led.relative_to(home), MOST_SOURCE)
    if len(content) > MOST_SOURCE:
        raise NarrativeError(f"template {name} has more than {MOST_SOURCE:,} bytes; divide it, and include its parts")
    return content.decode()
