"""Heading: what a course puts above the title."""

from __future__ import annotations

import re
import struct
import time
import zlib
from base64 import b64decode
from pathlib import Path

import pytest

from derive.errors import DeriveError
from derive.report.document import Document, Letterhead, Logo, Paragraph, Text
from derive.report.engines import compiler
from derive.report.engines.specials import refused
from derive.report.heading import LARGEST, read_heading
from derive.report.narrative.shells import shell
from derive.report.narrative.templates import environment
from derive.report.options import Options
from derive.report.publish import publish

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 4"><rect width="4" height="4"/></svg>'
DOT = b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==")
NASTY = r'50% & \more #1 $x$ _a_ <b> "q" [c] *d* {e} ~'


def written(folder: Path, text: str) -> Path:
    """A file with a heading."""
    path = folder / "heading.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_heading_is_read(tmp_path: Path) -> None:
    """Institution and course stand on the left, author and date on the right; what a logo is, its bytes say."""
    (tmp_path / "mark").write_bytes(SVG)
    text = 'institution = "X"\ncourse = "Y"\nauthor = "Z"\ndate = 2026-11-26\nlogo = "mark"'
    assert read_heading(written(tmp_path, text)) == Letterhead(("X", "Y"), ("Z", "2026-11-26"), Logo("svg", SVG))
    (tmp_path / "mark").write_bytes(DOT)
    assert read_heading(written(tmp_path, 'logo = "mark"')) == Letterhead((), (), Logo("png", DOT))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("cours = 'a'", "did you mean course"),
        ("course = 3", "course has to be a text"),
        ("course = ", "line 1: the value of course is missing"),
        ("logo = 'none.png'", "none.png cannot be read"),
        ("logo = 'heading.toml'", "none of the images that are known"),
        ("logo = 'large'", "make it smaller"),
        ('logo = "a\\u0000b"', "cannot be read"),
    ],
)
def test_what_is_wrong_with_a_heading_is_said(tmp_path: Path, text: str, said: str) -> None:
    """A slip, a file that is not there, and one that is no image have one message each, before any work is done."""
    (tmp_path / "large").write_bytes(DOT + bytes(LARGEST))
    with pytest.raises(DeriveError, match=re.escape(said)):
        Options(heading=written(tmp_path, text))
    with pytest.raises(DeriveError, match="no paper folio"):
        Options(paper="folio")


@pytest.mark.parametrize("logo", [Logo("svg", SVG), Logo("png", DOT), None], ids=["svg", "png", "none"])
def test_every_format_has_it(logo: Logo | None) -> None:
    """Its texts stand in each format as they are, nothing in them is markup; the logo is a file of its own, or in the page."""
    said = (Paragraph((Text("x"),)),)
    document = Document("en", (Text("Title"),), (), said, Letterhead(("X", NASTY), ("Y",), logo))
    files = publish(document, "a", Options(formats=["pdf", "tex", "md", "html"], engine="typst", paper="letter")).files
    assert files["a.pdf"].startswith(b"%PDF")
    assert ("a.logo.pdf" in files) is (logo is not None)
    kept = [content for name, content in files.items() if name.startswith("a.pictures/logo.")]
    assert kept == ([logo.content] if logo else [])
    assert r"50\% \& \textbackslash{}more \#1 \$x\$" in files["a.tex"].decode()
    assert r"50% & \\more #1 \$x\$" in files["a.md"].decode()
    assert "50% &amp; \\more #1 $x$ _a_ &lt;b&gt;" in files["a.html"].decode()
    assert (b"data:image/" in files["a.html"].partition(b"<body>")[2]) is (logo is not None)


@pytest.mark.parametrize("name", ["typst.typ", "latex.tex"])
def test_letter_paper_keeps_the_length_of_lines(name: str) -> None:
    """Lines are as long on letter paper as on A4, so that formulas break where they do: the margins make up for it."""

    def margin(paper: str) -> float:
        (found,) = re.findall(r"(?:x: |hmargin=)([\d.]+)cm", shell(environment(), name, "en", paper))[-1:]
        return float(found)

    assert 21.59 - 2 * margin("letter") == pytest.approx(21.0 - 2 * margin("a4"), abs=0.011)


def test_only_the_logo_of_the_folder_is_shown() -> None:
    """What xdvipdfmx is asked to show is a file of the folder that is called as a logo is, and no other."""

    def page(path: bytes) -> bytes:
        special = b"pdf:image matrix 1.0 0.0 0.0 1.0 0.0 0.0 page 0 pagebox cropbox (" + path + b")"
        return bytes((239, len(special))) + special + bytes((248,))

    assert refused(page(b"./a.logo.pdf")) is None
    for path in (b"/etc/a.logo.pdf", b"./../a.logo.pdf", b"./a.pdf", b"./a.logo.pdf) (/etc/passwd"):
        assert refused(page(path)) is not None


ACTIVE = {
    "<script>1</script>": "holds more than a picture, <script>",
    '<g xmlns:x="http://www.w3.org/2000/svg"><x:script/></g>': "holds more than a picture, <script>",
    '<h:p xmlns:h="http://www.w3.org/1999/xhtml"/>': "holds more than a picture, <p>",
    "<foreignObject/>": "holds more than a picture",
    '<animate attributeName="href" values="#a"/>': "holds more than a picture",
    '<g onload="1"/>': "by onload in <g>",
    '<a href="java&#10;script:1"/>': "by href in <a>",
    '<image href="http://x/y.png"/>': "by href in <image>",
    '<use href="data:image/svg+xml;base64,AA"/>': "by href in <use>",
    '<rect fill="url(http://x/y)"/>': "by fill in <rect>",
    "<style>@import 'http://x'</style>": "in its style",
    '<?xml-stylesheet href="#x"?>': "holds an instruction",
}


@pytest.mark.parametrize("inside", ACTIVE)
def test_a_logo_is_a_picture_and_nothing_else(inside: str, tmp_path: Path) -> None:
    """An SVG with a script, or with something that is fetched when it is opened, is refused with what that is."""
    (tmp_path / "logo.svg").write_text(f'<svg xmlns="http://www.w3.org/2000/svg">{inside}</svg>')
    with pytest.raises(DeriveError, match=re.escape(ACTIVE[inside])):
        read_heading(written(tmp_path, 'logo = "logo.svg"'))


def test_a_plain_logo_is_taken_whatever_is_before_it(tmp_path: Path) -> None:
    """Comments, a type, what a drawing program notes for itself, and gradients of its own are all a picture may have."""
    svg = """<?xml version="1.0" encoding="UTF-8"?><!-- made --><!-- by hand -->
    <!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">
    <svg xmlns="http://www.w3.org/2000/svg" xmlns:i="http://www.inkscape.org/namespaces/inkscape"><i:view i:zoom="1"/>
    <style>.a{fill:url(#b)}</style><linearGradient id="b"/><rect style="fill:url('#b')"/></svg>"""
    (tmp_path / "logo.svg").write_text(svg)
    head = read_heading(written(tmp_path, 'logo = "logo.svg"'))
    assert head.logo is not None
    assert head.logo.content == svg.encode()


def test_a_logo_is_looked_through_in_time(tmp_path: Path) -> None:
    """Blanks where an address could begin are read once, not once more for each of them."""
    (tmp_path / "heading.toml").write_text('logo = "logo.svg"')
    (tmp_path / "logo.svg").write_text(f'<svg><rect fill="url({" " * 400_000}#a)"/></svg>')
    began = time.process_time()
    assert read_heading(tmp_path / "heading.toml").logo
    assert time.process_time() - began < 3


def test_a_logo_stands_beside_its_heading(tmp_path: Path) -> None:
    """Nothing above or elsewhere is read, by whatever path or link; a folder below is as good as beside."""
    own = tmp_path / "own"
    (own / "folder").mkdir(parents=True)
    (tmp_path / "other.svg").write_bytes(SVG)
    (own / "folder" / "logo.svg").write_bytes(SVG)
    (own / "link.svg").symlink_to(tmp_path / "other.svg")
    (own / "above").symlink_to(tmp_path)
    assert read_heading(written(own, 'logo = "folder/logo.svg"')).logo == Logo("svg", SVG)
    for name in ("../other.svg", str(tmp_path / "other.svg"), "link.svg", "above/other.svg"):
        with pytest.raises(DeriveError, match=r"has to stand beside the file|cannot be read"):
            read_heading(written(own, f'logo = "{name}"'))


@pytest.mark.parametrize(
    "text", ["a = " + "[" * 5_000, "a = " + "9" * 5_000, ".".join("a" * 20_000) + " = 1", "#" * 100_001]
)
def test_a_heading_of_a_stranger_is_one_message(text: str, tmp_path: Path) -> None:
    """Nesting, numbers and lengths without end are told as in any other file."""
    with pytest.raises(DeriveError, match=r"^heading: .*(nests too deeply|more than 100,000 bytes)"):
        read_heading(written(tmp_path, text))


def test_a_logo_that_takes_all_memory_ends_as_one_message(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few bytes can stand for billions of pixels: then there is no PDF, and why, and the other formats are there."""
    rows = zlib.compress(bytes(1 + 30_000 // 8) * 30_000, 9)
    head = struct.pack(">IIBBBBB", 30_000, 30_000, 1, 0, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", rows), (b"IEND", b""))
    png = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    monkeypatch.setattr(compiler, "MEGABYTES", 500)
    monkeypatch.setattr(compiler, "_GUARD", (*compiler._GUARD[:-1], "500"))
    document = Document("en", (Text("Title"),), (), (Paragraph((Text("x"),)),), Letterhead((), (), Logo("png", png)))
    handout = publish(document, "a", Options(formats=["pdf", "tex", "md"], engine="typst"))
    assert set(handout.failures) == {"pdf", "tex"}
    assert "a template or logo of your own needed more than" in str(handout.failures["pdf"])
    assert "a.md" in handout.files
