"""Engines: the source of a document becomes PDF or SVG, by Typst or by the reader's own TeX."""

from derive.report.engines.engines import (
    LARGE,
    EngineError,
    latex_is_complete,
    latex_pdf,
    typst_mathml,
    typst_pdf,
    typst_svgs,
)
from derive.report.engines.typst_pages import FONTS, warm_up
from derive.report.engines.whole_pdf import pages

__all__ = [
    "FONTS",
    "LARGE",
    "EngineError",
    "latex_is_complete",
    "latex_pdf",
    "pages",
    "typst_mathml",
    "typst_pdf",
    "typst_svgs",
    "warm_up",
]
