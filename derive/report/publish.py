"""Publish: a derivation becomes the files of a handout, as bytes under their names. Nothing is written here."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pylatex
from jinja2 import Environment

from derive.derivation import Derivation
from derive.errors import CheckFailedError, NarrativeError
from derive.notation.express import check_names
from derive.report.chapters.contents import chosen
from derive.report.document.document import Document, Figure
from derive.report.engines.engines import EngineError, latex_is_complete, latex_pdf, typst_pdf, typst_svg
from derive.report.narrative.narrative import document
from derive.report.narrative.templates import environment, shell
from derive.report.options import Options
from derive.report.story import Story
from derive.report.subject import Subject
from derive.report.writers.latex import latex_document
from derive.report.writers.markdown import markdown
from derive.report.writers.typst import typst_source
from derive.report.writers.typst_pictures import picture_source

LOCALES = ("en", "zh")


@dataclass(frozen=True)
class Handout:
    """The files of a handout, and the engine that made its PDF (None if there is none)."""

    files: Mapping[str, bytes]
    engine: str | None


def made(derivation: Derivation, options: Options, tell_progress: Callable[[str], None] = lambda _: None) -> Handout:
    """Return the whole handout, full tables included if they were asked for; ``tell_progress`` hears what is going on.

    Raises `CheckFailedError` if a check disagrees, `DeriveError` for anything the user can put right.
    """
    tell_progress("evaluating and checking")
    about = subject(derivation, options)
    tell_progress("telling")
    document = tell(about)
    tell_progress("writing")
    handout = publish(document, about.file_name, options)
    return Handout({**handout.files, **tables(about)}, handout.engine)


def subject(derivation: Derivation, options: Options) -> Subject:
    """Return a derivation with its example evaluated and every check run.

    Raises `CheckFailedError` if a check disagrees, `DeriveError` for anything the user can put right.
    """
    told = replace(options, chapters=chosen(options.chapters, options.truncate))
    check_names(derivation.network)
    if options.truncate:
        from derive.recurrence import check_window  # noqa: PLC0415 - as in `tables`

        check_window(derivation.network.where, *options.truncate)
    evaluation = derivation.evaluate(options.values, options.digits)
    checks = derivation.verification(evaluation).checks()
    failed = [check.route for check in checks if check.passed is False]
    if failed:
        raise CheckFailedError(
            f"{derivation.network.where}these checks disagree with the recurrence: {', '.join(failed)}; nothing was written"
        )
    return Subject(derivation, evaluation, checks, words(options.locale, options.templates), told)


def told_otherwise(subject: Subject, **changes: Any) -> Subject:
    """Return a subject with other options, its numbers and checks kept: to tell it in another language, with other chapters."""
    options = replace(subject.options, **changes)
    return replace(subject, words=words(options.locale, options.templates), options=options)


def words(locale: str, templates: Path | None) -> Mapping[str, str]:
    """Return the words of one language, with those of the reader's own folder put over the packaged ones."""
    if locale not in LOCALES:
        raise NarrativeError(f"there is no language {locale}; known are {', '.join(LOCALES)}")
    found: dict[str, str] = {}
    names = (f"base/words/{locale}.toml", f"words/{locale}.toml")
    for name in names:
        try:
            found |= tomllib.loads(environment(templates).get_template(name).render())
        except tomllib.TOMLDecodeError as error:
            raise NarrativeError(f"template {name}: {error}") from None
    return found


def tell(subject: Subject) -> Document:
    """Return the handout as a document tree."""
    story, locale = Story(subject), subject.options.locale
    templates = environment(subject.options.templates)
    return document(templates, f"narrative/handout.{locale}.md.j2", locale, story.kept, story.context())


def publish(document: Document, name: str, options: Options) -> Handout:
    """Return the files of a handout: ``name`` with the ending of each format, and the pictures of the Markdown.

    Raises `DeriveError` if the engine asked for is not there or fails.
    """
    formats = options.formats
    sandbox = environment(options.templates)
    files: dict[str, bytes] = {}
    with ThreadPoolExecutor(max_workers=1) as beside:
        used, pdf = _pdf(document, options.engine, sandbox, beside) if "pdf" in formats else (None, None)
        if "tex" in formats:
            files[f"{name}.tex"] = _latex(document, sandbox).dumps().encode()
        if "md" in formats:
            files |= _markdown(document, name, sandbox)
        if pdf is not None:
            files = {f"{name}.pdf": pdf(), **files}
    return Handout(files, used)


def tables(subject: Subject) -> dict[str, bytes]:
    """Return the files of the full tables, in a folder beside the handout, if they were asked for."""
    if not subject.options.full_tables:
        return {}
    from derive.report.full_tables import full_tables  # noqa: PLC0415 - loaded when it is asked for

    folder = subject.tables_folder
    return {f"{folder}/{name}": content for name, content in full_tables(subject).items()}


def _pdf(document: Document, engine: str, templates: Environment, beside: Executor) -> tuple[str, Callable[[], bytes]]:
    """Which engine makes the PDF, and what returns it: the reader's TeX if it is complete, else the embedded Typst.

    Typst, which does not hold the interpreter, begins at once; TeX, for which PyLaTeX changes the working directory, when
    it is called.
    """
    lacking = None if engine == "typst" else latex_is_complete()
    if engine == "latex" and lacking:
        raise EngineError(lacking)
    if engine == "typst" or lacking:
        source = typst_source(document, shell(templates, "typst.typ", document.language))
        return "typst", beside.submit(typst_pdf, source).result
    return "latex", partial(latex_pdf, _latex(document, templates))


def _latex(document: Document, templates: Environment) -> pylatex.Document:
    return latex_document(document, shell(templates, "latex.tex", document.language))


def _markdown(document: Document, name: str, templates: Environment) -> dict[str, bytes]:
    """The Markdown, and its pictures as SVG in a folder beside it."""
    looks = shell(templates, "typst.typ", document.language)
    figures = [block for block in document.blocks if isinstance(block, Figure)]
    places = {figure.label: f"{name}.pictures/{figure.label}.svg" for figure in figures}
    files = {places[figure.label]: typst_svg(picture_source(figure.picture, looks)).encode() for figure in figures}
    return {f"{name}.md": markdown(document, places).encode(), **files}
