"""Document → PDF: LaTeX made into pages by the reader's TeX if it is complete, else Typst by the embedded Typst."""

from __future__ import annotations

from functools import partial

from derive.report.engines import EngineError, latex_is_complete, latex_pdf, typst_pdf
from derive.report.narrative.shells import is_own
from derive.report.writers.typst import typst_source
from derive.report.writers.writer import Files, Job, Written


def write(job: Job) -> Written:
    """Return the PDF, and which engine makes it; if that is TeX because there is one, Typst can make it otherwise.

    Typst, which does not hold the interpreter, begins at once; TeX, which a signal may have to end, when the file is asked for.
    """
    lacking = None if job.engine == "typst" else latex_is_complete()
    if job.engine == "latex" and lacking:
        return Written(partial(_refused, lacking), "latex")
    if job.engine == "typst" or lacking:
        return _by_typst(job)
    from derive.report.writers.latex import latex_document, logo_files  # noqa: PLC0415 - PyLaTeX loads only where TeX is used

    source = latex_document(job.document, job.looks("latex.tex"), job.name, job.pieces)
    otherwise = None if job.engine == "latex" else partial(_by_typst, job)

    def all_files() -> Files:
        return {f"{job.name}.pdf": latex_pdf(source, files=logo_files(job.document, job.name))}

    return Written(all_files, "latex", otherwise)


def _by_typst(job: Job) -> Written:
    head = job.document.letterhead
    image = head is not None and head.logo is not None
    own = is_own(job.templates)  # nobody knows what such a shell defines, and how
    source = typst_source(job.document, job.looks("typst.typ"), None if own else job.pieces)
    pdf = job.by_typst(typst_pdf, source, image=image)
    return Written(lambda: {f"{job.name}.pdf": pdf()}, "typst")


def _refused(reason: str) -> Files:
    raise EngineError(reason)
