r"""Where templates are found, and the sandbox they run in.

A name such as ``shell/latex.tex.j2`` is looked for in the reader's own folder first and then in the packaged set, which
also stays reachable under ``base/``: a file may extend the packaged one of the same name. A shell holds the looks of
one format; LaTeX is full of braces, so in ``*.tex.j2`` files the marks are ``\VAR{…}``, ``\BLOCK{…}`` and ``\#{…}``.
"""

from __future__ import annotations

import tomllib
from importlib.resources import as_file, files
from pathlib import Path
from typing import Literal, TypeAlias

from jinja2 import (
    BaseLoader,
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

Shell: TypeAlias = Literal["latex.tex", "typst.typ"]

PALETTE = "shell/palette.toml"


def packaged() -> Path:
    """The folder of the packaged templates: inside the wheel, or beside ``derive/`` in a checkout."""
    with as_file(files("derive")) as package:
        inside = package / "_templates"
        return inside if inside.is_dir() else package.parent / "templates"


def environment(extra: Path | None = None) -> SandboxedEnvironment:
    """Return the sandbox in which templates run; ``extra`` is a folder searched before the packaged set.

    Raises `NarrativeError` if ``extra`` is not a folder.
    """
    if extra is not None and not extra.is_dir():
        raise NarrativeError(f"templates: {extra} is not a folder")
    base = FileSystemLoader(packaged())
    own: list[BaseLoader] = [] if extra is None else [FileSystemLoader(extra)]
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
        raise NarrativeError(_complaint(error, name)) from error
    except (NarrativeError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise NarrativeError(f"template {_place(error, name)}: {error}") from error


def shell(templates: Environment, name: Shell, language: str) -> str:
    """Return the looks of one format for one language, with the palette's colours filled in."""
    return render(templates, f"shell/{name}.j2", language=language, palette=palette(templates))


def palette(templates: Environment) -> dict[str, str]:
    """Return the colours by role, six hexadecimal digits each, as ``shell/palette.toml`` says."""
    try:
        text = render(templates, PALETTE)
        return {role: str(colour).lstrip("#").lower() for role, colour in tomllib.loads(text).items()}
    except tomllib.TOMLDecodeError as error:
        raise NarrativeError(f"template {PALETTE}: {error}") from error


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


def _complaint(error: TemplateError, name: str) -> str:
    """Say what is wrong with a template, where, in one line."""
    match error:
        case TemplateSyntaxError(lineno=line, message=message):
            return f"template {error.name or name}, line {line}: {message}"
        case TemplateNotFound():
            return f"template {name}: there is no template {error.message}"
        case _:
            return f"template {_place(error, name)}: {error.message}"


def _place(error: Exception, name: str) -> str:
    """The template and line in which something went wrong, innermost last."""
    place, trace = name, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename.endswith(".j2"):
            place = f"{Path(trace.tb_frame.f_code.co_filename).name}, line {trace.tb_lineno}"
        trace = trace.tb_next
    return place


def _printable(value: object) -> object:
    """Refuse to print a call that was not made: ``{{ check_table }}`` without its brackets."""
    if callable(value) and not isinstance(value, Undefined):
        raise NarrativeError("a call is written with brackets, such as {{ equations() }}")
    return value
