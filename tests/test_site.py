"""The site's own check: a link that leads nowhere, an anchor that is not there, and what comes from elsewhere are found."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SCRIPT = runpy.run_path(str(ROOT / "scripts" / "make_site.py"))


@pytest.mark.parametrize(
    ("written", "wrong"),
    [
        ('<a href="b.html#here">', []),
        ('<a href="#top"><p id="top">', []),
        ('<a href="under/">', []),
        ('<a href="https://example.org">', []),
        ('<img src="data:image/png;base64,AA==">', []),
        ('<a href="c.html">', ["a.html: c.html leads nowhere"]),
        ('<a href="b.html#there">', ["a.html: b.html#there leads to no anchor"]),
        ('<a href="#there">', ["a.html: #there leads to no anchor"]),
        ('<img src="no.png">', ["a.html: no.png leads nowhere"]),
        ('<script src="https://example.org/a.js">', ["a.html: https://example.org/a.js is fetched from elsewhere"]),
        ('<link href="//example.org/a.css">', ["a.html: //example.org/a.css is fetched from elsewhere"]),
    ],
)
def test_what_is_broken_is_found(written: str, wrong: list[str], tmp_path: Path) -> None:
    """Each link of a page is followed to its file and its anchor; nothing is fetched from another place."""
    (tmp_path / "under").mkdir()
    (tmp_path / "under" / "index.html").write_text("")
    (tmp_path / "a.html").write_text(written)
    (tmp_path / "b.html").write_text('<p id="here">')
    assert list(SCRIPT["broken"](tmp_path)) == wrong


def test_pages_keep_their_places(tmp_path: Path) -> None:
    """What is put together has the pages of the repository where they are there, with README.md as its index."""
    SCRIPT["assemble"](tmp_path)
    pages = {path.relative_to(ROOT) for folder in ("docs", ".") for path in (ROOT / folder).glob("*.md")}
    assert {page for page in pages if not (tmp_path / page).is_file()} == {Path("README.md")}
    assert "](index.md)" in (tmp_path / "README.zh.md").read_text(encoding="utf-8")


def test_every_guide_is_in_the_contents() -> None:
    """A page of the documentation has its place at the side of the site."""
    contents = (ROOT / "docs/site/contents.md").read_text(encoding="utf-8").split()
    pages = [path.relative_to(ROOT) for path in (ROOT / "docs").rglob("*.md") if path.parent.name != "site"]
    assert sorted(map(str, pages)) == sorted(f"{place}.md" for place in contents if place.startswith("docs/"))
