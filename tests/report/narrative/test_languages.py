"""Languages: words and typesetting of one's own."""

from __future__ import annotations

from pathlib import Path

import pytest
from own_templates import put

from derive.errors import NarrativeError
from derive.report.narrative.languages import typesetting, words
from derive.report.narrative.shells import shell
from derive.report.narrative.templates import environment


def test_a_language_is_set_as_latin_script_unless_it_says_otherwise(tmp_path: Path) -> None:
    """A language without a file on how it is set gets the general one, and changes of it reach the shells."""
    plain = typesetting(environment(), "en")
    assert typesetting(environment(), "fr") == plain
    own = environment(put(tmp_path, "fr/typesetting.toml", 'typst_line = "1.5em"'))
    assert typesetting(own, "fr") == plain | {"typst_line": "1.5em"}
    assert "line: 1.5em" in shell(own, "typst.typ", "fr")
    assert "line: 1.5em" not in shell(own, "typst.typ", "en")


def test_a_table_that_says_something_else_than_text_is_an_error(tmp_path: Path) -> None:
    """A word without its quotation marks is named, not printed."""
    with pytest.raises(NarrativeError, match=r"template en/words\.toml: table has to be text"):
        words(environment(put(tmp_path, "en/words.toml", "table = 3")), "en")


@pytest.mark.parametrize("mark", ["<img src=x onerror=alert(1)>", "</script>", "R&D", '" onclick="x'])
def test_a_word_that_a_script_puts_into_a_page_is_no_markup(mark: str, tmp_path: Path) -> None:
    """The part of a page that answers is made by its script, for which a word is a piece of markup."""
    own = environment(put(tmp_path, "en/words.toml", f"live_start = '{mark}'"))
    with pytest.raises(NarrativeError, match=r"template en/words\.toml: live_start is put into a page by its script"):
        words(own, "en")
    assert words(environment(put(tmp_path, "en/words.toml", f"table = '{mark}'")), "en")["table"] == mark
