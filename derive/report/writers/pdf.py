"""Document → PDF: LaTeX made into pages by the reader's TeX if it is complete, else Typst by the embedded Typst."""

from __future__ import annotations

from derive.report.engines import EngineError, latex_is_complete, latex_pdf, typst_pdf
from derive.report.writers.typst import typst_source
from derive.report.writers.writer import Job, Written


def write(job: Job) -> Written:
    """Return the PDF, and which engine makes it.

    Typst, which does not hold the interpreter, begins at once; TeX, for which PyLaTeX changes the working directory, when the
    file is asked for. Raises `EngineError` if the engine asked for is not there or fails.
    """
    lacking = None if job.engine == "typst" else latex_is_complete()
    if job.engine == "latex" and lacking:
        raise EngineError(lacking)
    if job.engine == "typst" or lacking:
        pdf = job.beside.submit(typst_pdf, typst_source(job.document, job.looks("typst.typ"))).result
        return Written(lambda: {f"{job.name}.pdf": pdf()}, "typst")
    from derive.report.writers.latex import latex_document  # noqa: PLC0415 - PyLaTeX loads only where TeX is used

    source = latex_document(job.document, job.looks("latex.tex"))
    return Written(lambda: {f"{job.name}.pdf": latex_pdf(source)}, "latex")
