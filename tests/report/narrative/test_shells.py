"""Shells: looks of one's own, colours that can be read, and what the writers call."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NoReturn, get_args

import pytest
from documents import sample
from own_templates import put

from derive import derive
from derive.errors import NarrativeError
from derive.notation.formula import Role
from derive.notebook import show_in
from derive.report import publish
from derive.report.engines import typst_pages
from derive.report.engines.engines import typst_pdf
from derive.report.formats import FORMATS
from derive.report.narrative.folders import packaged
from derive.report.narrative.shells import is_own, palette, shell
from derive.report.narrative.templates import environment
from derive.report.options import Options
from derive.report.publish import made
from derive.report.writers.latex import latex_document
from derive.report.writers.typst import typst_source
from derive.shown import view


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


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (".".join("a" * 20_000) + " = 1", "line 1: it nests too deeply"),
        ("state = #123", "line 1: a text stands in quotation marks"),
        ('state = "#123456"', 'input has to be a colour, such as input = "#5c6370"'),
        ('{packaged}\nmuted = "red"', "muted has to be a colour"),
        ("{packaged}\nmuted = '#123456\"); read(\"x'", "muted has to be a colour"),
        ('{packaged}\n"x: read(1), y" = "#123456"', "there is no role x: read\\(1\\), y; those are input, target"),
    ],
)
def test_a_palette_is_colours_by_role(text: str, said: str, tmp_path: Path) -> None:
    """A palette that is no TOML, lacks a role, or holds anything but colours is named, and none of it reaches an engine."""
    roles = (packaged() / "shell" / "palette.toml").read_text(encoding="utf-8").replace("muted", "# muted")
    own = environment(put(tmp_path, "shell/palette.toml", text.replace("{packaged}", roles)))
    with pytest.raises(NarrativeError, match=r"template shell/palette\.toml: .*" + said):
        shell(own, "typst.typ", "en")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('typst_line = "1em)\\n#read(1)"', 'typst_line has to be a length in em, such as typst_line = "1.26em"'),
        ('typst_paragraph = "wide"', "typst_paragraph has to be a length in em"),
        ('latex_linespread = "1}"', 'latex_linespread has to be a number, such as latex_linespread = "1.02"'),
        ('between_lines = "----"', "between_lines has to be one character at most"),
        ('typst_lines = "2em"', "there is no key typst_lines; those are between_lines, latex_typefaces"),
    ],
)
def test_what_a_language_is_set_by_is_of_its_kind(text: str, said: str, tmp_path: Path) -> None:
    """A length is a length, and a key one that there is: the message names the file, of whichever folder."""
    for folder in ("shell", "en"):
        own = environment(put(tmp_path / folder, f"{folder}/typesetting.toml", text))
        with pytest.raises(NarrativeError, match=rf"template {folder}/typesetting\.toml: {said}"):
            shell(own, "typst.typ", "en")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_type_in_pictures_is_as_large_in_every_language(language: str) -> None:
    """Labels and names have sizes that Computer Modern is drawn in, so that no package of a language makes them wider."""
    source = shell(environment(), "latex.tex", language).partition("% Pictures")[2]
    sizes = re.findall(r"\\fontsize\{([^}]*)\}", source)
    assert len(sizes) == 3
    assert set(sizes) <= {"5", "6", "7", "8", "9", "10"}


def test_templates_of_ones_own_are_set_apart(tmp_path: Path) -> None:
    """A story of a stranger can take an engine as long as a shell can, whatever else a folder holds."""
    assert not is_own(environment())
    assert is_own(environment(put(tmp_path, "en/x.md.j2", "story")))


def test_nothing_of_ones_own_is_set_in_this_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the format, and in notebooks as well: what could take its memory, or end it, is set in another."""
    here: list[str] = []

    def noted(kind: str) -> NoReturn:
        here.append(kind)
        raise typst_pages.RefusedError(kind)

    monkeypatch.setattr(typst_pages, "_compiler", noted)
    monkeypatch.setattr(publish, "warm_up", lambda: None)
    put(tmp_path, "en/handout.md.j2", "# A\n\nb {{ math('T') }}\n\n{{ cell_figure() }}{{ unrolled_figure() }}")
    told = made(derive("elman", 2), Options(templates=tmp_path, formats=tuple(FORMATS), engine="typst"))
    assert (told.failures, here) == ({}, [])
    show_in(templates=tmp_path)
    try:
        assert "<img" in view(derive("elman", 2).unrolled).html
        assert "<math" in view(derive("elman", 2).loss).html
    finally:
        show_in()
    assert here == []
