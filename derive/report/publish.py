"""Publish: a derivation becomes the files of a handout, as bytes under their names. Nothing is written here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

from derive.derivation import Derivation
from derive.errors import CheckFailedError
from derive.network import Network
from derive.notation.express import check_names
from derive.notation.formula import Formula, Words
from derive.numbers import looked_at, resolve
from derive.report.alike import Common, alike
from derive.report.chapters import chosen
from derive.report.document import Document, Pieces, narrow
from derive.report.engines import EngineError, pages, typst_pdf, warm_up
from derive.report.formats import FORMATS
from derive.report.narrative.languages import story_template, typesetting, words
from derive.report.narrative.narrative import Marks, document
from derive.report.narrative.shells import shell
from derive.report.narrative.templates import environment
from derive.report.options import Options
from derive.report.printed.reading import Reading, expected, noted, reading
from derive.report.story import Story
from derive.report.subject import Subject
from derive.report.writers import Job, Writer, Written

if TYPE_CHECKING:
    from derive.report.document import Live

CHAPTERS_WORK, MORE_DIGITS = 20, 10
"""Further chapters and whole tables look at pairs of steps: work counts T times, at most so many; and once more for each ten
digits."""
ROOMIER, SPARE = 1.04, 0.04
"""So many times the room is tried, and so much of it stays free: TeX, whose pages nobody counts here, sets a little wider."""
MOST_PAGES = 2
LETTER = 0.93
"""How high the text of letter paper is, that of A4 being 1."""


@dataclass(frozen=True)
class Handout:
    """The files of a handout, and the engine that made its PDF (None if there is none).

    ``remark`` says why that is not the engine it was to be; ``failures`` why a format is not there.
    """

    files: Mapping[str, bytes]
    engine: str | None
    remark: str | None = None
    failures: Mapping[str, EngineError] = field(default_factory=dict)


def made(derivation: Derivation, options: Options, tell_progress: Callable[[str], None] = lambda _: None) -> Handout:
    """Return the whole handout, full tables included if they were asked for; ``tell_progress`` hears what is going on.

    Raises `CheckFailedError` if a check disagrees, `DeriveError` for anything the user can put right.
    """
    warm_up()
    tell_progress("evaluating and checking")
    return handout_of(subject(derivation, options), tell_progress)


def handout_of(about: Subject, tell_progress: Callable[[str], None] = lambda _: None) -> Handout:
    """Return the whole handout of a subject, as `made` does."""
    tell_progress("telling")
    document = told(about)
    if "ipynb" in about.options.formats:
        from derive.report.exhibits.session import session  # noqa: PLC0415 - as in `tables`

        document = replace(document, session=session(about, document))
    tell_progress("writing")
    handout = _published(about, document)
    network = about.derivation.network
    failures = {wanted: _placed(failure, network) for wanted, failure in handout.failures.items()}
    return replace(handout, files={**handout.files, **tables(about)}, failures=failures)


def _published(about: Subject, document: Document) -> Handout:
    """The files of a document that is read while engines work: as one whose formulas can all be read, if that is so."""
    found: list[Reading] = []
    awaited = expected(document, about.common.pieces)

    def read() -> None:
        found.append(_held(about, document, awaited))

    wanted = partial(publish, name=about.file_name, options=about.options, pieces=about.common.pieces)
    live = partial(_live, about)
    handout = wanted(noted(about, document, awaited), meanwhile=read, live=live)
    return handout if found == [awaited] else wanted(noted(about, document, found[0]), live=live)


def _live(about: Subject) -> Live | None:
    """What the page answers from."""
    from derive.report.exhibits.live import live  # noqa: PLC0415 - as in `tables`

    return live(about)


def _placed(failure: EngineError, network: Network) -> EngineError:
    """A failure for want of a character, with the key of the network that has it, and the remedy."""
    if not failure.lacking:
        return failure
    texts = {"source": network.source} | {
        f"{table}.{key}": str(text)
        for table, found in {"title": network.title, "about": network.about, "says": network.says}.items()
        for key, text in found.items()
    }
    places = [key for key, text in texts.items() if any(sign in text for sign in failure.lacking)]
    numbers = " ".join(f"U+{ord(sign):04X}" for sign in failure.lacking)
    where = f"{network.where}{' and '.join(places)} has" if places else "the story has"
    lacking = f"the character {failure.lacking} ({numbers}), which no typeface of the handout has"
    return EngineError(f"{where} {lacking}; write it otherwise ({failure})")


def subject(derivation: Derivation, options: Options) -> Subject:
    """Return a derivation with its example evaluated, and what its checks will find unless one disagrees: see `hold_checks`.

    Raises `DeriveError` for anything the user can put right.
    """
    told = replace(options, chapters=chosen(options.chapters, options.truncate))
    check_names(derivation.network)
    if options.truncate:
        from derive.recurrence import check_window  # noqa: PLC0415 - as in `tables`

        check_window(derivation.network.where, *options.truncate)
    _hold_limits(derivation, options)
    language = words(environment(options.templates), options.locale)
    derivation, common = alike(derivation, told, language)
    evaluation = derivation.evaluate(options.values, options.digits)
    awaited = derivation.verification(evaluation).awaited()
    return Subject(derivation, evaluation, awaited, language, told, common)


def hold_checks(about: Subject) -> None:
    """Run every check of a subject; raise `CheckFailedError` if one disagrees."""
    found = about.derivation.verification(about.evaluation).checks()
    failed = [check.route for check in found if check.passed is False]
    if failed:
        where = about.derivation.network.where
        raise CheckFailedError(
            f"{where}these checks disagree with the recurrence: {', '.join(failed)}; nothing was written"
        )


def _hold_limits(derivation: Derivation, options: Options) -> None:
    """No more digits, paths and work than the limits allow, before any of it is done."""
    network = derivation.network
    network.limits.hold("digits", options.digits, network.where)
    network.limits.hold("paths", options.most_paths, network.where)
    further = bool(options.chapters or options.truncate or options.full_tables)
    why = "with whole tables: " if options.full_tables else "with further chapters: " if further else ""
    where = f"{network.where}{why}"
    times = (
        derivation.steps
        * (min(CHAPTERS_WORK, derivation.steps) if further else 1)
        * (1 + options.digits // MORE_DIGITS)
    )
    network.limits.hold("work", looked_at(network, {}) * times, where)
    if not network.is_scalar:
        sizes = resolve(network, derivation.steps, options.values).sizes
        network.limits.hold("work", looked_at(network, sizes) * times, where)
        from derive.numbers import written_out  # noqa: PLC0415 - for arrays only

        network.limits.hold("jacobians", written_out(derivation.graph, sizes) * derivation.steps, network.where)


def told_otherwise(subject: Subject, **changes: Any) -> Subject:
    """Return a subject with other options, its numbers and checks kept: to tell it in another language, with other chapters."""
    options = replace(subject.options, **changes)
    language = words(environment(options.templates), options.locale)
    return replace(subject, words=language, options=options, common=Common())


def tell(subject: Subject) -> Document:
    """Return the handout as a document tree.

    Raises `CheckFailedError` if a check disagrees or a formula in it is not true, and `DeriveError` for what is wrong with a
    template.
    """
    document = told(subject)
    return noted(subject, document, _held(subject, document, expected(document, subject.common.pieces)))


def told(subject: Subject) -> Document:
    """Return the handout as its story has it, before a check was run or a formula read."""
    options, language = subject.options, subject.options.locale
    story, templates = Story(subject, Marks(bounded=options.templates is not None)), environment(options.templates)
    template = story_template(templates, language, brief=options.brief)
    found = document(templates, template, language, story.marks, story.context())
    if options.heading is not None:
        from derive.report.heading import read_heading  # noqa: PLC0415 - as in `tables`

        found = replace(found, letterhead=read_heading(options.heading))
    return subject.common.pieces.same(_in_brief(subject, found) if options.brief else found)


def _in_brief(subject: Subject, found: Document) -> Document:
    """A document cut down to two pages, with the number of what is left out.

    What blocks take is estimated, rather over than under: if something was left out, more is tried while Typst needs no third
    page for a little more still.
    """
    from derive.report.document import fitted  # noqa: PLC0415 - as in `tables`

    options, left_out = subject.options, partial(_more, subject.words)
    lines = float(typesetting(environment(options.templates), options.locale)["two_pages"])
    lines *= LETTER if options.paper == "letter" else 1.0

    def cut_to(share: float) -> Document:
        return replace(found, blocks=fitted(found.blocks, share * lines, left_out), full=True)

    least = cut_to(1.0)
    has_more = least.blocks != found.blocks and _has_two_pages(cut_to(ROOMIER + SPARE), options)
    return cut_to(ROOMIER) if has_more else least


def _more(language: Mapping[str, str], number: int) -> Formula:
    """What stands for so many lines or rows that are left out; one's own story may be in a language without words for it."""
    return Words(language.get("and_more", "… + {number}").replace("{number}", str(number)))


def _has_two_pages(document: Document, options: Options) -> bool:
    """Whether Typst, as it is packaged, needs two pages; what a template of the reader's own tells has the bounds of such."""
    from derive.report.writers.typst import typst_source  # noqa: PLC0415 - loaded in brief, and where a format asks for it

    looks = shell(environment(), "typst.typ", options.locale, options.paper)
    try:
        return pages(typst_pdf(typst_source(document, looks), apart=options.templates is not None)) <= MOST_PAGES
    except EngineError:
        return False


def _held(subject: Subject, document: Document, awaited: Reading) -> Reading:
    """Run the checks, read a document, and refuse it if one disagrees or a formula is not true.

    ``awaited`` is what comes of reading it if all can be read.
    """
    hold_checks(subject)
    found = reading(subject, document, awaited)
    if found.untrue is not None:
        where = subject.derivation.network.where
        raise CheckFailedError(f"{where}this formula, as printed, is not true: {found.untrue}; nothing was written")
    return found


def publish(
    document: Document,
    name: str,
    options: Options,
    meanwhile: Callable[[], None] = lambda: None,
    live: Callable[[], Live | None] = lambda: None,
    pieces: Pieces | None = None,
) -> Handout:
    """Return the files of a handout: ``name`` with the ending of each format, and the pictures of the Markdown.

    A format that its engine fails to make leaves the others as they are. While engines work, ``meanwhile`` may still find
    something that speaks against the document, and raise it. ``live`` finds what a page answers from; ``pieces`` has what was
    made of blocks before.
    """
    handout, templates, kept = Handout({}, None), environment(options.templates), pieces or Pieces()
    with ThreadPoolExecutor(max_workers=2) as beside:
        job = Job(
            narrow(document, lambda number: _more(words(templates, document.language), number), kept),
            name,
            options.engine,
            templates,
            beside,
            options.markdown,
            options.paper,
            live,
            kept,
        )
        begun = {wanted: _writer(wanted)(job) for wanted in FORMATS if wanted in options.formats}
        meanwhile()
        for wanted, written in begun.items():
            handout = _with(handout, wanted, written)
    return handout


def _with(handout: Handout, wanted: str, written: Written, remark: str | None = None) -> Handout:
    """A handout with one more format, by what its engine makes, or by what else there is to do."""
    try:
        files = written.files()
    except EngineError as error:
        reason = EngineError(f"{remark}; {error}", lacking=error.lacking) if remark else error
        if written.otherwise is None:
            return replace(handout, failures={**handout.failures, wanted: reason})
        return _with(handout, wanted, written.otherwise(), str(reason))
    return replace(
        handout,
        files={**handout.files, **files},
        engine=handout.engine or written.engine,
        remark=handout.remark or (remark and f"{remark}; so {written.engine} made the {wanted}"),
    )


def _writer(wanted: str) -> Writer:
    """What writes a format, imported when it is wanted."""
    write: Writer = import_module(f"derive.report.writers.{FORMATS[wanted]}").write
    return write


def tables(subject: Subject) -> dict[str, bytes]:
    """Return the files of the full tables, in a folder beside the handout, if they were asked for."""
    if not subject.options.full_tables:
        return {}
    from derive.report.full_tables import full_tables  # noqa: PLC0415 - loaded when it is asked for

    folder = subject.tables_folder
    return {f"{folder}/{name}": content for name, content in full_tables(subject).items()}
