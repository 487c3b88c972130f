"""Folders: where templates are looked for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from own_templates import put

from derive.errors import NarrativeError
from derive.report.narrative import folders
from derive.report.narrative.folders import languages, searched
from derive.report.narrative.templates import environment


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


def test_a_language_is_called_as_languages_are(tmp_path: Path) -> None:
    """What a language is called stands in names of files and in sources, so no other folder is one."""
    for name in ("fr", "pt-BR", 'en"+read("x', ".hidden", "a b", "en\n"):
        put(tmp_path, f"{name}/handout.md.j2", "mine")
    assert languages([tmp_path]) == ("fr", "pt-BR")


def test_of_a_folder_without_end_so_much_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither languages nor files in old places are sought among millions of places."""
    for number in range(30):
        put(tmp_path, f"{'ab'[number % 2] * 2}-{number}/handout.md.j2", "mine")
        put(tmp_path, f"narrative/{number}", "mine")
    looked: list[Path] = []
    monkeypatch.setattr(folders, "MOST_PLACES", 7)
    monkeypatch.setattr(folders, "_check_place", lambda _, name: looked.append(name))
    assert len(languages([tmp_path])) in {6, 7}
    searched(tmp_path)
    assert len(looked) == 7
