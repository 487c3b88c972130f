"""Notebook: how values show themselves, as formulas (LaTeX) and as fragments of pages (HTML, Markdown, text).

It fills in `derive.shown`, type by type.
"""

from derive.notebook import formulas, further_views, told, views
from derive.notebook.settings import show_in

__all__ = ["formulas", "further_views", "show_in", "told", "views"]
