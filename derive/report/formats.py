"""Formats: what a handout can be written as, in the order in which its files are named."""

from __future__ import annotations

from collections.abc import Mapping

FORMATS: Mapping[str, str] = {"pdf": "pdf", "tex": "latex", "md": "markdown", "html": "html", "ipynb": "notebook"}
"""By what ``--format`` calls it and the file ends in, the module of `derive.report.writers` whose `write` makes it."""

USUAL = ("pdf", "tex", "md", "html")
"""Those that are written if nobody says which."""
