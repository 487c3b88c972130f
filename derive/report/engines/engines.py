"""Engines: source → PDF or SVG, with the Typst that is installed with this package, or with the reader's own TeX.

The same source gives the same bytes. An engine that would hand over a page with something missing on it, a glyph, a
reference, part of a line, raises `EngineError` instead: TeX only writes such things to its log, and Typst says nothing
about a missing glyph unless it is asked for PDF/A, which forbids one; so it is asked for PDF/A.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import typst

from derive.contents import contents
from derive.errors import DeriveError
from derive.report.engines.compiler import MEGABYTES, compiled, environment
from derive.report.engines.guard import DISK
from derive.report.engines.leads import leads_of_pdf, leads_of_svg
from derive.report.engines.typst_pages import FONTS, PAGE, REFUSED, SOURCE, RefusedError, asks, typst_pages
from derive.report.engines.whole_pdf import pages
from derive.report.engines.workplace import workplace
from derive.stopping import deferred

if TYPE_CHECKING:  # loaded only where LaTeX is written
    import pylatex

# What `latex_document` and the packaged shell load, and the typefaces they set in.
LATEX_FILES: Final = (
    *(
        "article.cls",
        "size10.clo",
        "amsmath.sty",
        "amssymb.sty",
        "array.sty",
        "booktabs.sty",
        "caption.sty",
        "colortbl.sty",
        "ctex.sty",
    ),
    *("enumitem.sty", "fancyhdr.sty", "fontspec.sty", "geometry.sty", "hyperref.sty", "lastpage.sty", "longtable.sty"),
    *("tabularx.sty", "tcolorbox.sty", "tikz.sty", "titlesec.sty", "xcolor.sty", "xltabular.sty"),
    *(
        "ctex-fontset-fandol.def",
        "xeCJK.sty",
        "pgflibraryarrows.meta.code.tex",
        "pgflibraryshapes.geometric.code.tex",
        "tcbbreakable.code.tex",
        "tcbskins.code.tex",
    ),
    *("FandolSong-Regular.otf", "FandolSong-Bold.otf", "FandolHei-Regular.otf", "FandolKai-Regular.otf"),
    *("lmroman10-regular.otf", "lmroman10-bold.otf", "lmroman10-italic.otf", "lmmono10-regular.otf", "cmmi10.pfb"),
)

_SPECIALS: Final = Path(__file__).with_name("specials.py")


def _shell(*words: str | Path) -> str:
    """Words for latexmk, which hands them to a shell, with its own signs undone."""
    quoted = subprocess.list2cmdline(map(str, words)) if os.name == "nt" else shlex.join(map(str, words))
    return quoted.replace("%", "%%")


_LATEXMK: Final = (
    *("latexmk", "-xelatex", "-g", "-norc", "-halt-on-error", "-file-line-error", "-no-shell-escape"),
    *("-bibtex-", "-interaction=nonstopmode", "-e"),
    # latexmk's own command for xdvipdfmx, after a look at what it is to do; %D, %O and %S are latexmk's.
    f"$xdvipdfmx = q\x1f{_shell(sys.executable, '-I', '-S', _SPECIALS)} xdvipdfmx -E -o %D %O %S\x1f;",
)
_ERROR: Final = re.compile(r"^(?:\S*?:(?P<line>\d+): (?P<place>.+)|! (?P<bare>.+))$", re.MULTILINE)
_MISSING: Final = re.compile(
    r"^Missing character: There is no (?P<character>\S{1,40}).{0,200} in font (?P<font>[^!\n]{1,1000})", re.MULTILINE
)
_UNDEFINED: Final = re.compile(r"[Rr]eference `(?P<label>[^'\n]{1,100})' on page \S{1,40} undefined")
_OVERFULL: Final = re.compile(r"^Overfull \\hbox \((?P<excess>[\d.]+)pt too wide\)(?P<place>.*)$", re.MULTILINE)
_TOO_HIGH: Final = re.compile(
    r"^Overfull \\vbox \((?P<excess>[\d.]+)pt too high\) has occurred while \\output", re.MULTILINE
)
_PAGES: Final = re.compile(r"^Output written on .* \((\d+) pages?\b", re.MULTILINE)
_LOG: Final = 10_000_000
"""How many bytes of TeX's log are read; that of a long handout has a fiftieth of it. A shell can write what it likes there, so
each pattern above takes a bounded time for each letter."""
_TOLERANCE: Final = 2.0
_STANDARD: Final = "a-2b"
_MARK: Final = "x-formula"
_MATHML: Final = re.compile(r"<math\b[^>]*>.*</math>", re.DOTALL)
_NAMED: Final = 4
_PATIENCE: Final = 60.0
SECONDS_APART: Final = 20
"""How long Typst may take in a process of its own, of what a stranger may have made."""
LARGE: Final = 150_000
"""Typst keeps what it has set, for the next source of its process. One of more characters has a process of its own, whose
memory goes with it: so a large handout needs no more than the largest of its formats does."""


class EngineError(DeriveError):
    """A document that an engine cannot turn into a page with everything on it; ``lacking``, if it lacks a character."""

    def __init__(self, *message: object, lacking: str = "") -> None:
        """Keep the message, and the character."""
        super().__init__(*message)
        self.lacking = lacking


def typst_pdf(source: str, *, apart: bool = False) -> bytes:
    """Return Typst source as a tagged PDF/A-2b; ``apart``: in a process that is ended when it takes too much time or memory.

    A `LARGE` source, and one that `asks` for a package, is made in one in any case, however long that takes. Raises
    `EngineError` if the source is wrong, or needs a character that no packaged typeface has.
    """
    (whole,) = _typst("handout", source, "pdf", _STANDARD, apart=apart)
    return _led("Typst", whole, leads_of_pdf(whole) if apart else None)


def typst_svgs(source: str, *, apart: bool = False) -> tuple[str, ...]:
    """Return every page of Typst source as SVG, its glyphs drawn as outlines; raises as `typst_pdf` does."""
    _typst("pictures", source, "pdf", _STANDARD, apart=apart)
    pages = _typst("pictures", source, "svg", apart=apart)
    return tuple(_led("Typst", page, leads_of_svg(page) if apart else None).decode() for page in pages)


def typst_mathml(formulas: Sequence[str], shell: str, *, apart: bool = False) -> tuple[str, ...]:
    """Return formulas, given as Typst expressions, as MathML elements; ``apart`` and raises as `typst_pdf`.

    ``shell`` defines what they call.
    """
    marked = "".join(f'#html.elem("{_MARK}", {formula})\n' for formula in formulas)
    (whole,) = _typst("formulas", f"{shell}\n{marked}", "html", apart=apart)
    found = tuple(re.findall(rf"<{_MARK}>(.*?)</{_MARK}>", whole.decode(), re.DOTALL))
    if len(found) != len(formulas) or not all(map(_MATHML.fullmatch, found)):
        raise EngineError("Typst: what it made of the formulas is not one MathML element for each")
    return found


def latex_pdf(
    document: pylatex.Document, seconds: float = 180, files: Mapping[str, bytes] = MappingProxyType({})
) -> bytes:
    """Return a PyLaTeX document as a PDF, made by latexmk and XeLaTeX in a folder of its own, with the ``files`` it asks for.

    Raises `EngineError` with TeX's first complaint if it fails or takes longer than ``seconds``, if it makes no whole PDF, or
    if the pages lack a character or a reference, or have something that runs out of the text by more than 2 pt. However this
    ends, TeX and all its children end with it.
    """
    log = ""
    try:
        with deferred(), workplace() as folder:
            source = folder / "handout.tex"
            source.write_text(document.dumps(), encoding="utf-8")
            for name, content in files.items():
                (folder / name).write_bytes(content)
            code = compiled((*_LATEXMK, source.name), folder, seconds)
            log = _log(source)
            if (complaint := _failure(code, seconds, log) or _too_long(source) or _complaint(log)) is None:
                return _whole(source.with_suffix(".pdf"), log)
    except OSError as error:
        complaint = str(error.strerror or error)
    missing = _MISSING.search(log)
    raise EngineError(f"LaTeX: {complaint}", lacking=missing["character"] if missing else "")


def latex_is_complete() -> str | None:
    """Return None if TeX can make the PDF here, else a sentence that says what is missing and how to get it."""
    programs = [name for name in ("latexmk", "xelatex", "kpsewhich") if shutil.which(name) is None]
    missing = programs or _missing_files()
    if not missing:
        return None
    more = len(missing) - _NAMED
    names = ", ".join(missing[:_NAMED]) + (f" and {more} more" if more > 0 else "")
    return f"LaTeX is not complete here, it lacks {names}: `make tex` installs it."


def _missing_files() -> list[str]:
    """The files that kpsewhich does not find."""
    command = ["kpsewhich", *LATEX_FILES]
    try:
        found = subprocess.run(  # noqa: S603 -- no input in it
            command,
            env=environment(FONTS),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=_PATIENCE,
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        found = b""
    there = {Path(os.fsdecode(line)).name for line in found.splitlines()}
    return [name for name in LATEX_FILES if name not in there]


def _typst(kind: str, source: str, form: str, standard: str | None = None, *, apart: bool) -> list[bytes]:
    """The pages of Typst source, made here; those of a large one, or where it is asked for, apart."""
    try:
        if apart or len(source) > LARGE or asks(source):
            return _made_apart(source, form, standard, bounded=apart)
        return typst_pages(source, form, standard, kind)
    except RefusedError as error:
        raise EngineError(f"Typst: {error}", lacking=error.lacking) from None


def _made_apart(source: str, form: str, standard: str | None, *, bounded: bool) -> list[bytes]:
    """The same, by a process that is ended, if ``bounded``, when it takes too much time or memory.

    Raises `RefusedError` if so.
    """
    bounds = (SECONDS_APART, MEGABYTES) if bounded else (None, None)
    program = (sys.executable, "-I", "-S", Path(typst_pages.__code__.co_filename), Path(typst.__file__).parents[1])
    words = (*map(str, program), form, *([standard] if standard else []))
    try:
        with deferred(), workplace() as folder:
            (folder / SOURCE).write_text(source, encoding="utf-8")
            code = compiled(words, folder, *bounds)
            if (refused := folder / REFUSED).exists():
                raise RefusedError(*json.loads(refused.read_text(encoding="utf-8")))
            if code == 0:
                return [page.read_bytes() for page in sorted(folder.glob(f"{PAGE}*"))]
    except OSError as error:
        raise RefusedError(str(error.strerror or error)) from None
    if not bounded:
        raise RefusedError(
            f"what was to be set, {len(source):,} characters of source, needed more memory than there is"
        )
    if code is None:
        raise RefusedError(
            f"a template or logo of your own took more than {SECONDS_APART} s; make it smaller, or repeat less in it"
        )
    raise RefusedError(
        f"a template or logo of your own needed more than {MEGABYTES:,} MB of memory, or ended Typst; make it smaller"
    )


def _log(source: Path) -> str:
    """TeX's log, if it has one; it may hold half a character where TeX cut a line."""
    try:
        return contents(source.with_suffix(".log"), _LOG).decode(errors="replace")
    except OSError:
        return ""


def _too_long(source: Path) -> str | None:
    """What is wrong with a log that was not read to its end, where it says of how many pages it is."""
    log = source.with_suffix(".log")
    return f"wrote more than {_LOG // 1_000_000} MB of its log" if log.exists() and log.stat().st_size > _LOG else None


def _failure(code: int | None, seconds: float, log: str) -> str | None:
    """Why a run did not end well, if so."""
    if code is None:
        return f"took more than {seconds:g} s"
    if code < 0:
        return f"wrote more than {DISK // 1_000_000} MB, or was ended by the system"
    return None if code == 0 else _first_error(log)


def _whole(place: Path, log: str) -> bytes:
    """The PDF of a run that ended well, with as many pages as the log says; latexmk's word alone is not enough."""
    if not place.is_file():
        raise EngineError(f"LaTeX: latexmk ended well, but made no PDF{' but a folder' if place.is_dir() else ''}")
    content = place.read_bytes()
    told = _PAGES.findall(log)
    found = pages(content)
    if not found or (told and int(told[-1]) != found):
        raise EngineError("LaTeX: latexmk ended well, but what it made is not a whole PDF")
    return _led("LaTeX", content, leads_of_pdf(content))


def _led(engine: str, content: bytes, elsewhere: str | None) -> bytes:
    """What an engine made, if it leads nowhere but to pages and letters."""
    if elsewhere is None:
        return content
    raise EngineError(
        f"{engine}: a handout leads to https://…, http://… and mailto:…, and runs nothing; this asks for {elsewhere}"
    )


def _first_error(log: str) -> str:
    """The first error in a log, with the line of the source where TeX stood."""
    error = _ERROR.search(log)
    if error is None:
        return "latexmk failed without a word in its log"
    context = re.search(r"^l\.\d+ (.*)$", log[error.end() :], re.MULTILINE)
    where = f" (line {error['line']})" if error["line"] else ""
    return f"{error['place'] or error['bare']}{where}" + (f" at {context[1].strip()}" if context else "")


def _complaint(log: str) -> str | None:
    """What the log of a run that ended well says is not on the pages."""
    if missing := _MISSING.search(log):
        return f"the typeface {missing['font'].split(':')[0].strip()} has no character {missing['character']}"
    if undefined := _UNDEFINED.search(log):
        return f"a reference leads to {undefined['label']}, which is not there"
    for overfull in _OVERFULL.finditer(log):
        if float(overfull["excess"]) > _TOLERANCE:
            return f"a line is {overfull['excess']} pt too wide{overfull['place'].rstrip()}"
    for overfull in _TOO_HIGH.finditer(log):
        if float(overfull["excess"]) > _TOLERANCE:
            return f"a page is {overfull['excess']} pt too high"
    return None
