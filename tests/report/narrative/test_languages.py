"""Languages: words and typesetting of one's own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from own_templates import put

from derive.errors import NarrativeError
from derive.report.narrative.folders import packaged
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


@pytest.mark.parametrize("language", ["en", "zh"])
def test_one_line_changes_one_word(language: str, tmp_path: Path) -> None:
    """A file of one line puts its word over the packaged one, and leaves every other as it is."""
    packaged = words(environment(), language)
    changed = words(environment(put(tmp_path, f"{language}/words.toml", 'caption_checks = "☞"')), language)
    assert changed == packaged | {"caption_checks": "☞"} != packaged


@pytest.mark.parametrize("language", ["en", "zh", "fr"])
@pytest.mark.parametrize(
    ("line", "right"),
    [
        ('caption_cheks = "x"', "caption_cheks; did you mean caption_checks?"),
        ('wholly_unlike = "x"', r"wholly_unlike; all of them are in base/\w\w/words\.toml"),
    ],
)
def test_a_misspelled_word_is_told_by_its_right_name(language: str, line: str, right: str, tmp_path: Path) -> None:
    """A word that nothing asks for would change nothing: it is an error, which names the word that is nearest."""
    own = put(tmp_path, f"{language}/words.toml", line)
    if language == "fr":
        put(tmp_path, "fr/handout.md.j2", "# Titre")
    with pytest.raises(NarrativeError, match=rf"template {language}/words\.toml: there is no word {right}"):
        words(environment(own), language)


@pytest.mark.parametrize("mark", ["<img src=x onerror=alert(1)>", "</script>", "R&D", '" onclick="x'])
def test_a_word_that_a_script_puts_into_a_page_is_no_markup(mark: str, tmp_path: Path) -> None:
    """The part of a page that answers is made by its script, for which a word is a piece of markup."""
    own = environment(put(tmp_path, "en/words.toml", f"live_start = '{mark}'"))
    with pytest.raises(NarrativeError, match=r"template en/words\.toml: live_start is put into a page by its script"):
        words(own, "en")
    assert words(environment(put(tmp_path, "en/words.toml", f"table = '{mark}'")), "en")["table"] == mark


def test_a_term_is_the_same_everywhere() -> None:
    """An adjoint is called 伴随量 throughout, never 伴随 alone."""
    for file in (packaged() / "zh").rglob("*"):
        if file.suffix in {".j2", ".toml"}:  # what is compiled of templates stands beside them
            assert not re.search("伴随(?!量)", file.read_text(encoding="utf-8")), file.name


def test_a_formula_that_is_not_broken_stands_apart_from_chinese() -> None:
    """LaTeX sets no space between a character and a box, so a mark of punctuation stands before the product of a path."""
    assert "：{product}" in words(environment(), "zh")["caption_one_path"]
