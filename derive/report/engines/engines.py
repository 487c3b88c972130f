"""Engines: source → PDF or SVG, with the Typst that is installed with this package, or with the reader's own TeX.

The same source gives the same bytes. An engine that would hand over a page with something missing on it, a glyph, a
reference, part of a line, raises `EngineError` instead: TeX only writes such things to its log, and Typst says nothing
about a missing glyph unless it is asked for PDF/A, which forbids one; so it is asked for PDF/A.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from contextlib import redirect_stdout
from functools import cache
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

import typst

from derive.errors import DeriveError
from derive.report.engines.guard import TIMED_OUT

if TYPE_CHECKING:  # loaded only where LaTeX is written
    import pylatex

FONTS: Final = Path(__file__).with_name("fonts")

# What `latex_document` and the packaged shell load, and the typefaces they set in.
LATEX_FILES: Final = (
    *(
        "article.cls",
        "size11.clo",
        "amsmath.sty",
        "amssymb.sty",
        "array.sty",
        "booktabs.sty",
        "caption.sty",
        "ctex.sty",
    ),
    *("enumitem.sty", "fancyhdr.sty", "fontspec.sty", "geometry.sty", "hyperref.sty", "lastpage.sty", "longtable.sty"),
    *("needspace.sty", "tabularx.sty", "tcolorbox.sty", "tikz.sty", "titlesec.sty", "xcolor.sty", "xltabular.sty"),
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

_LATEXMK: Final = ("latexmk", "-xelatex", "-g", "-norc", "-halt-on-error", "-file-line-error", "-no-shell-escape")
_ERROR: Final = re.compile(r"^(?:\S*?:(?P<line>\d+): (?P<place>.+)|! (?P<bare>.+))$", re.MULTILINE)
_MISSING: Final = re.compile(
    r"^Missing character: There is no (?P<character>\S+).* in font (?P<font>[^!]+)", re.MULTILINE
)
_UNDEFINED: Final = re.compile(r"[Rr]eference `(?P<label>[^']+)' on page \S+ undefined")
_OVERFULL: Final = re.compile(r"^Overfull \\hbox \((?P<excess>[\d.]+)pt too wide\)(?P<place>.*)$", re.MULTILINE)
_TOLERANCE: Final = 2.0
_STANDARD: Final = "a-2b"
_NAMED: Final = 4


class EngineError(DeriveError):
    """A document that an engine cannot turn into a page with everything on it."""


def typst_pdf(source: str) -> bytes:
    """Return Typst source as a tagged PDF/A-2b.

    Raises `EngineError` if the source is wrong, or needs a character that no packaged typeface has.
    """
    return _typst(source, "pdf", _STANDARD)


def typst_svg(source: str) -> str:
    """Return Typst source of one page as SVG, its glyphs drawn as outlines; raises as `typst_pdf` does."""
    _typst(source, "pdf", _STANDARD)
    return _typst(source, "svg").decode()


def latex_pdf(document: pylatex.Document, seconds: float = 180) -> bytes:
    """Return a PyLaTeX document as a PDF, made by latexmk and XeLaTeX in a folder of its own.

    Raises `EngineError` with TeX's first complaint if it fails or takes longer than ``seconds``, or if the pages lack a
    character or a reference, or have a line that runs out of the text by more than 2 pt.
    """
    with tempfile.TemporaryDirectory(prefix="derive-") as folder:
        stem = Path(folder) / "handout"
        wrapper = [str(Path(__file__).with_name("guard.py")), str(seconds), *_LATEXMK]
        try:
            with redirect_stdout(StringIO()):
                document.generate_pdf(
                    str(stem), clean=False, clean_tex=False, compiler=sys.executable, compiler_args=wrapper
                )
        except subprocess.CalledProcessError as error:
            timed_out = error.returncode == TIMED_OUT
            reason = f"took more than {seconds:g} s" if timed_out else _first_error(_log(stem))
            raise EngineError(f"LaTeX: {reason}") from None
        if (complaint := _complaint(_log(stem))) is not None:
            raise EngineError(f"LaTeX: {complaint}")
        return stem.with_suffix(".pdf").read_bytes()


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
    found = subprocess.run(command, capture_output=True, text=True, check=False).stdout  # noqa: S603 -- no input in it
    there = {Path(line).name for line in found.splitlines()}
    return [name for name in LATEX_FILES if name not in there]


@cache
def _fonts() -> typst.Fonts:
    """The typefaces of this package and of Typst, no others: so every machine gives the same pages."""
    return typst.Fonts(include_system_fonts=False, font_paths=[FONTS])


def _typst(source: str, form: typst.OutputFormat, standard: typst.PDFStandards = None) -> bytes:
    """Compile; a warning, as of a typeface that is missing, is an error too."""
    try:
        compiled, warnings = typst.compile_with_warnings(
            source.encode(),
            format=form,
            font_paths=_fonts(),
            timestamp=0,
            pdf_standards=standard,
        )
    except typst.TypstError as error:
        hints = "".join(f" ({hint})" for hint in error.hints)
        raise EngineError(f"Typst: {error.message}{hints}") from None
    if warnings:
        raise EngineError(f"Typst: {warnings[0].message}")
    return compiled


def _log(stem: Path) -> str:
    """TeX's log; it may hold half a character where TeX cut a line."""
    log = stem.with_suffix(".log")
    return log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""


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
    return None
