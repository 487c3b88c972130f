r"""Where templates are found, and the sandbox they run in.

A name such as ``en/handout.md.j2`` is looked for in the reader's own folder first and then in the packaged set, which also
stays reachable under ``base/``: a file may extend the packaged one of the same name. LaTeX is full of braces, so in
``*.tex.j2`` files the marks are ``\VAR{…}``, ``\BLOCK{…}`` and ``\#{…}``.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

from jinja2 import (
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PrefixLoader,
    StrictUndefined,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
    Undefined,
)
from jinja2.sandbox import SandboxedEnvironment

from derive.errors import NarrativeError
from derive.report.narrative.folders import searched


def environment(extra: Path | None = None) -> SandboxedEnvironment:
    """Return the sandbox in which templates run; ``extra`` is a folder searched before the packaged set.

    Raises `NarrativeError` as `searched` does.
    """
    *own, base = map(FileSystemLoader, searched(extra))
    return SandboxedEnvironment(
        loader=ChoiceLoader([*own, base, PrefixLoader({"base": base})]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
        keep_trailing_newline=True,
        finalize=_printable,
    )


def render(templates: Environment, name: str, **values: object) -> str:
    """Return a template rendered with values.

    Raises `NarrativeError`, which names the file and the line, if it is missing, malformed, or uses an unknown name.
    """
    try:
        return _marks(templates, name).get_template(name).render(**values)
    except TemplateError as error:
        raise NarrativeError(_complaint(templates, error, name)) from error
    except (NarrativeError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise NarrativeError(f"template {_place(templates, error, name)}: {error}") from error


def table(templates: Environment, name: str) -> dict[str, str]:
    """Return what a TOML file says, text by key; nothing if there is no such file.

    Raises `NarrativeError` if it is no TOML, or says something that is not text.
    """
    try:
        found = tomllib.loads(templates.get_template(name).render())
    except TemplateNotFound:
        return {}
    except TemplateError as error:
        raise NarrativeError(_complaint(templates, error, name)) from error
    except tomllib.TOMLDecodeError as error:
        raise NarrativeError(f"template {name}: {error}") from None
    for key, value in found.items():
        if not isinstance(value, str):
            raise NarrativeError(f"template {name}: {key} has to be text in quotation marks")
    return found


def folders(templates: Environment) -> tuple[Path, ...]:
    """Return the folders in which templates are looked for, the reader's own first."""
    loaders = templates.loader.loaders if isinstance(templates.loader, ChoiceLoader) else ()
    return tuple(Path(path) for loader in loaders if isinstance(loader, FileSystemLoader) for path in loader.searchpath)


def _marks(templates: Environment, name: str) -> Environment:
    """The same environment, with the marks that suit the format of a template."""
    if not name.endswith(".tex.j2"):
        return templates
    return templates.overlay(
        block_start_string=r"\BLOCK{",
        block_end_string="}",
        variable_start_string=r"\VAR{",
        variable_end_string="}",
        comment_start_string=r"\#{",
        comment_end_string="}",
    )


def _complaint(templates: Environment, error: TemplateError, name: str) -> str:
    """Say what is wrong with a template, where, in one line."""
    match error:
        case TemplateSyntaxError(lineno=line, message=message):
            return f"template {error.name or name}, line {line}: {message}"
        case TemplateNotFound():
            return f"template {name}: there is no template {error.message}"
        case _:
            return f"template {_place(templates, error, name)}: {error.message}"


def _place(templates: Environment, error: Exception, name: str) -> str:
    """The template and line in which something went wrong, innermost last."""
    place, trace = name, error.__traceback__
    while trace is not None:
        file = Path(trace.tb_frame.f_code.co_filename)
        for folder in folders(templates):
            if file.is_relative_to(folder):
                place = f"{file.relative_to(folder).as_posix()}, line {trace.tb_lineno}"
        trace = trace.tb_next
    return place


def _printable(value: object) -> object:
    """Refuse to print a call that was not made: ``{{ check_table }}`` without its brackets."""
    if callable(value) and not isinstance(value, Undefined):
        raise NarrativeError("a call is written with brackets, such as {{ equations() }}")
    return value
