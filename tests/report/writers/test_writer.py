"""Writers: each format in the table has one, and what is not written is not loaded."""

from __future__ import annotations

import re
import subprocess
import sys
from functools import cache

import pytest
from subjects import about

from derive import Network, derive
from derive.report.document import Document
from derive.report.formats import FORMATS
from derive.report.options import Options
from derive.report.publish import made, publish, tell


@cache
def handout() -> Document:
    """The handout of the Elman network for two steps."""
    return tell(about("elman", 2))


@pytest.mark.parametrize("form", FORMATS)
def test_a_format_is_a_file_with_its_ending(form: str) -> None:
    """What the table names is written, whatever else there is, and only a format that takes an engine says one."""
    made = publish(handout(), "sheet", Options(formats=[form], engine="typst"))
    assert made.files[f"sheet.{form}"]
    assert made.engine == ("typst" if form == "pdf" else None)


def test_formats_come_in_the_order_of_the_table() -> None:
    """However they are asked for; the pictures of a format stand after it."""
    files = list(publish(handout(), "sheet", Options(formats=["md", "tex"])).files)
    assert files[:2] == ["sheet.tex", "sheet.md"]
    assert {name.partition("/")[0] for name in files[2:]} == {"sheet.pictures"}


def test_a_writer_that_is_not_wanted_is_not_loaded() -> None:
    """A handout in Markdown does without PyLaTeX, and one without chapters without their modules."""
    probe = (
        "import sys; from derive import derive; from derive.report.options import Options\n"
        "from derive.report.publish import made\n"
        "made(derive('elman', 2), Options(formats=['md']))\n"
        "loaded = {'pylatex', 'derive.report.writers.latex', 'derive.report.chapters.costs'} & set(sys.modules)\n"
        "assert not loaded, loaded"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", probe], check=True)


def test_a_character_that_no_typeface_has_is_told_with_its_key() -> None:
    """The message names the network's key, the character and the remedy; the other formats are written."""
    network = Network(
        name="net",
        equations={"h": "w*h[t-1]", "l": "h[t]"},
        parameters=("w",),
        loss="l",
        initial={"h": 1},
        values={"w": 1},
        title={"en": "Plain"},
        source="褶 한",
    )
    handout = made(derive(network, 1), Options(formats=["pdf", "md"], engine="typst"))
    assert "net-T1.en.md" in handout.files
    said = str(handout.failures["pdf"])
    assert re.match(r"net: source has the character 한 \(U\+D55C\), which no typeface .*; write it otherwise", said)
