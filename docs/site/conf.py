"""How Sphinx makes the site of the project, of the tree that `scripts/make_site.py` puts together."""

from typing import Any

import derive

project = "derive"
author = "the authors of derive"
project_copyright = author
version = release = derive.__version__
language = "en"

root_doc = "index"
extensions = ["myst_parser", "sphinx.ext.autodoc"]
suppress_warnings = ["misc.highlighting_failure"]  # a language that Pygments does not know is text
myst_heading_anchors = 4  # spelt as GitHub spells them, so that a link of a page holds in both places

default_role = "code"  # `Network`, in a docstring
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_default_options = {"members": True}

html_theme = "furo"
html_title = "derive"
html_copy_source = False
html_show_sphinx = False
# A reader's own fonts; of Chinese ones those for running text, which a browser does not choose by itself.
FONTS = (
    "system-ui, 'Segoe UI', 'Helvetica Neue', Arial, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif"
)
html_theme_options = {name: {"font-stack": FONTS} for name in ("light_css_variables", "dark_css_variables")}


def unsaid(_app: object, _what: str, _name: str, value: object, skip: bool, _options: object) -> bool:  # noqa: FBT001
    """Whether to leave a member out: fields of a named tuple, of which Python says no more than their number."""
    return skip or (getattr(value, "__doc__", None) or "").startswith("Alias for field number")


def setup(app: Any) -> None:
    """Tell Sphinx what is left out."""
    app.connect("autodoc-skip-member", unsaid)
