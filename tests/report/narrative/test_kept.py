"""Kept: packaged templates are compiled once, and what is kept of them is never trusted when something has changed."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2.environment import Environment

from derive.report.narrative import folders, kept
from derive.report.narrative.templates import environment, render

COMPILED: list[str] = []


@pytest.fixture
def packaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A packaged set of its own, whose bytecode is kept in a folder of its own; what is compiled is noted."""
    folder = tmp_path / "templates"
    folder.mkdir()
    (folder / "page.md.j2").write_text("{{ 1 + 1 }} {{ who }}")
    monkeypatch.setattr(folders, "packaged", lambda: folder)
    monkeypatch.setattr(kept, "packaged", lambda: folder)
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path / "bytecode"))
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    compiled = Environment.compile

    def noted(self: Environment, source: str, name: str | None = None, *given: object, **named: object) -> object:
        COMPILED.append(str(name))
        return compiled(self, source, name, *given, **named)  # type: ignore[call-overload]

    monkeypatch.setattr(Environment, "compile", noted)
    COMPILED.clear()
    yield folder
    COMPILED.clear()


def told(extra: Path | None = None, name: str = "page.md.j2") -> str:
    """The page, by an environment that has seen nothing yet."""
    return render(environment(extra), name, who="you")


def bytecode(folder: Path) -> list[Path]:
    """What is kept."""
    return sorted((folder.parent / "bytecode").rglob("*.pyc*"))


def test_a_template_is_compiled_once(packaged: Path) -> None:
    """The second time the bytecode is there, by either name of the template."""
    assert told() == told() == told(name="base/page.md.j2") == "2 you"
    assert COMPILED == ["page.md.j2"]
    assert len(bytecode(packaged)) == 1


def test_a_template_that_has_changed_is_compiled_anew(packaged: Path) -> None:
    """What is kept of a template belongs to its text."""
    told()
    (packaged / "page.md.j2").write_text("{{ 1 + 2 }} {{ who }}")
    assert told() == "3 you"


def test_what_compiles_has_changed(packaged: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is kept belongs to the sandbox and the Jinja that made it: another one compiles anew."""
    told()
    monkeypatch.setattr(kept.jinja2, "__version__", "99")
    assert told() == "2 you"
    assert len(COMPILED) == 2
    assert packaged.is_dir()


@pytest.mark.parametrize("damage", [b"", b"j2", b"nonsense", None])
def test_damaged_bytecode_is_made_anew(packaged: Path, damage: bytes | None) -> None:
    """A file that is empty, cut short or something else is not used."""
    told()
    (place,) = bytecode(packaged)
    place.write_bytes(place.read_bytes()[:-40] if damage is None else damage)
    assert told() == "2 you"
    assert told() == "2 you"
    assert len(COMPILED) == 2


@pytest.mark.parametrize("reason", ["told", "cannot"])
def test_nothing_is_written_where_nothing_may_be(packaged: Path, monkeypatch: pytest.MonkeyPatch, reason: str) -> None:
    """Where Python is told to keep no bytecode, or cannot, it is kept while the process lives, and while it is up to date."""
    monkeypatch.setattr(sys, "dont_write_bytecode", reason == "told")
    if reason == "cannot":
        (packaged.parent / "bytecode").write_text("a file stands there")
    assert told() == told() == "2 you"
    assert COMPILED == ["page.md.j2"]
    assert not bytecode(packaged)
    (packaged / "page.md.j2").write_text("{{ 1 + 2 }} {{ who }}")
    assert told() == "3 you"


def test_a_reader_s_own_templates_are_not_kept(packaged: Path, tmp_path: Path) -> None:
    """Nothing is written into, or for, a folder of templates that is not ours."""
    own = tmp_path / "own"
    shutil.copytree(packaged, own)
    assert told(own) == told(own) == "2 you"
    assert COMPILED == ["page.md.j2", "page.md.j2"]
    assert not bytecode(packaged)
    assert [path.name for path in own.iterdir()] == ["page.md.j2"]
