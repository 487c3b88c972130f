"""Templates: where they are found, what they may do, and what is said when one is wrong."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest
from documents import sample

from derive.errors import NarrativeError
from derive.notation.formula import Role
from derive.report.engines.engines import typst_pdf
from derive.report.narrative.folders import packaged
from derive.report.narrative.languages import typesetting, words
from derive.report.narrative.shells import palette, shell
from derive.report.narrative.templates import environment, render
from derive.report.writers.latex import latex_document
from derive.report.writers.typst import typst_source


def put(folder: Path, name: str, text: str) -> Path:
    """A template of the reader's own; returns the folder."""
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def luminance(colour: str) -> float:
    """The relative luminance of a colour, as the accessibility guidelines (WCAG 2) define it."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_own_templates_come_first(tmp_path: Path) -> None:
    """A template in the reader's folder takes the place of the packaged one of the same name."""
    own = environment(put(tmp_path, "shell/typst.typ.j2", "mine"))
    assert shell(own, "typst.typ", "en") == "mine"
    assert "mine" not in shell(own, "latex.tex", "en")


@pytest.mark.parametrize(
    ("name", "text", "mark"),
    [
        ("typst.typ", '{% extends "base/shell/typst.typ.j2" %}{% block more %}// mine{% endblock %}', "// mine"),
        (
            "latex.tex",
            r'\BLOCK{ extends "base/shell/latex.tex.j2" }\BLOCK{ block more }% mine\BLOCK{ endblock }',
            "% mine",
        ),
    ],
)
def test_a_template_extends_the_packaged_one_of_its_name(name: str, text: str, mark: str, tmp_path: Path) -> None:
    """The packaged template stays reachable under base/, so that a block of it can be replaced."""
    extended = shell(environment(put(tmp_path, f"shell/{name}.j2", text)), name, "zh")
    assert mark in extended
    assert extended.replace(mark, "") == shell(environment(), name, "zh").replace(mark, "")


def test_a_palette_of_one_s_own(tmp_path: Path) -> None:
    """A folder that holds only a palette changes the colours of every format."""
    text = (packaged() / "shell" / "palette.toml").read_text(encoding="utf-8")
    own = environment(put(tmp_path, "shell/palette.toml", re.sub(r'state = "#\w+"', 'state = "#123ABC"', text)))
    assert 'state: rgb("#123abc")' in shell(own, "typst.typ", "en")
    assert r"\definecolor{derive-state}{HTML}{123ABC}" in shell(own, "latex.tex", "en")


def test_every_role_has_a_colour_that_can_be_read() -> None:
    """Each role's colour has the contrast to white that the guidelines ask of text, 4.5 to 1."""
    colours = palette(environment())
    assert set(get_args(Role)) <= set(colours)
    for role, colour in colours.items():
        assert 1.05 / (luminance(colour) + 0.05) >= 4.5, role


def test_what_must_be_told_apart_in_grey_is() -> None:
    """The two parts of a recurrence differ in lightness, so that they are told apart in a photocopy."""
    colours = palette(environment())
    assert luminance(colours["now"]) > 2 * luminance(colours["later"])


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_shells_define_what_the_writers_call(language: str) -> None:
    """A document that uses everything compiles with the packaged shell; LaTeX defines each derive-name it is given."""
    assert typst_pdf(typst_source(sample(language), shell(environment(), "typst.typ", language)))
    looks = shell(environment(), "latex.tex", language)
    called = set(re.findall(r"\\(derive\w+)|begin\{(derive\w+)\}", latex_document(sample(language), "").dumps()))
    for names in called:
        assert f"{''.join(names)}}}" in looks or f"{''.join(names)}{{" in looks or "title" in "".join(names)


def test_an_unknown_name_is_an_error(tmp_path: Path) -> None:
    """A template that uses a name nobody gave it is told so, with file and line."""
    own = environment(put(tmp_path, "en/x.md.j2", "one\ntwo {{ three }}\n"))
    with pytest.raises(NarrativeError, match=r"template en/x\.md\.j2, line 2: 'three' is undefined"):
        render(own, "en/x.md.j2")


def test_a_malformed_template_is_an_error(tmp_path: Path) -> None:
    """A mistake in the marks is told with file and line."""
    own = environment(put(tmp_path, "en/x.md.j2", "one\n{% if %}\n"))
    with pytest.raises(NarrativeError, match=r"template en/x\.md\.j2, line 2: "):
        render(own, "en/x.md.j2")


def test_a_missing_template_is_an_error() -> None:
    """A template that is nowhere is named."""
    with pytest.raises(NarrativeError, match=r"there is no template en/none\.md\.j2"):
        render(environment(), "en/none.md.j2")


def test_a_folder_that_is_none_is_an_error(tmp_path: Path) -> None:
    """A misspelt folder is not silently ignored."""
    with pytest.raises(NarrativeError, match="is not a folder"):
        environment(tmp_path / "none")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("narrative/handout.en.md.j2", "en/handout.md.j2, and the packaged one is base/en/handout.md.j2"),
        ("narrative/chapters/costs.zh.md.j2", "zh/chapters/costs.md.j2, and the packaged one is base/zh/chapters/"),
        ("words/pt-BR.toml", "pt-BR/words.toml"),
    ],
)
def test_a_file_in_an_old_place_is_told_its_new_one(old: str, new: str, tmp_path: Path) -> None:
    """What stands where the files of a language stood once is not silently left out."""
    with pytest.raises(NarrativeError, match=f"{re.escape(old)} is not looked for.* move it to .*{re.escape(new)}"):
        environment(put(tmp_path, old, "mine"))


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


def test_a_malformed_palette_is_an_error(tmp_path: Path) -> None:
    """A palette that is not TOML is named."""
    with pytest.raises(NarrativeError, match=r"template shell/palette\.toml: "):
        palette(environment(put(tmp_path, "shell/palette.toml", "state = #123")))


def test_templates_run_in_a_sandbox(tmp_path: Path) -> None:
    """A template cannot reach into Python."""
    own = environment(put(tmp_path, "en/x.md.j2", "{{ ''.__class__.__mro__ }}"))
    with pytest.raises(NarrativeError, match="unsafe"):
        render(own, "en/x.md.j2")


def test_a_template_leads_to_no_other_file(tmp_path: Path) -> None:
    """A template includes templates, and nothing else on the disk."""
    (tmp_path / "secret").write_text("secret")
    own = environment(put(tmp_path / "own", "en/x.md.j2", '{% include "../secret" %}'))
    with pytest.raises(NarrativeError, match="there is no template"):
        render(own, "en/x.md.j2")
