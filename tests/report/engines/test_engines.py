"""Engines: the same bytes each time, and no page with something missing on it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pylatex
import pytest
import typst
from documents import sample

from derive.report.document import CodeText, Document, Emphasis, Paragraph, Strong, Text
from derive.report.engines import engines, typst_pages
from derive.report.engines.compiler import compiled
from derive.report.engines.engines import LATEX_FILES, EngineError, latex_is_complete, latex_pdf, typst_pdf, typst_svgs
from derive.report.engines.specials import private, refused, specials
from derive.report.engines.whole_pdf import pages
from derive.report.narrative.shells import shell
from derive.report.narrative.templates import environment
from derive.report.writers.latex import latex_document
from derive.report.writers.typst import typst_source

FONT = bytes((252, *bytes(10))) + b"%c%s" + bytes(4)
"""How a native typeface is defined, by its place."""


def typst_sample(language: str) -> str:
    """The sample as Typst source."""
    return typst_source(sample(language), shell(environment(), "typst.typ", language))


def latex(*lines: str) -> pylatex.Document:
    """A document with these lines in it."""
    document = pylatex.Document(fontenc=None, inputenc=None, lmodern=False, textcomp=False)
    document.packages.append(pylatex.Package("fontspec"))
    document.extend(map(pylatex.NoEscape, lines))
    return document


@pytest.mark.parametrize("language", ["en", "zh"])
def test_typst_gives_the_same_bytes(language: str) -> None:
    """The same source gives the same PDF, to the byte, whatever was set before by the same compiler, and it is PDF/A."""
    source = typst_sample(language)
    first = typst_pdf(source)
    typst_pdf(f"{source}\n\nmore")
    assert first == typst_pdf(source) == typst_pdf(source, apart=True)
    assert b"pdfaid:part" in first


def test_typst_says_where_a_source_is_wrong() -> None:
    """An error of Typst comes with its hint."""
    with pytest.raises(EngineError, match="Typst: unknown variable: nothing"):
        typst_pdf("#nothing")


def test_typst_does_not_drop_a_character() -> None:
    """A character that no typeface here has is named, in a PDF and in a picture."""
    shown = Document("en", (Text("Title"),), (), (Paragraph((Text("a rare one: 鿼"),)),))
    with pytest.raises(EngineError, match="鿼"):
        typst_pdf(typst_source(shown, shell(environment(), "typst.typ", "en")))
    with pytest.raises(EngineError, match="鿼"):
        typst_svgs("鿼")


def test_typst_does_not_take_another_typeface() -> None:
    """A typeface that is not there is an error, not replaced by whatever this machine has."""
    with pytest.raises(EngineError, match="unknown font family"):
        typst_pdf('#set text(font: "Comic Sans MS")\nHello')


def test_typst_reads_nothing_of_the_readers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A source reads no file of the working directory, nor of any other folder."""
    (tmp_path / "mine.txt").write_text("mine")
    monkeypatch.chdir(tmp_path)
    for name in ("mine.txt", "/mine.txt", "../mine.txt", str(tmp_path / "mine.txt"), "/etc/passwd", "/OFL.txt"):
        for call in ("#read({})", "#include {}", "#image({})", "#json({})", "#plugin({})", "#bibliography({})"):
            with pytest.raises(EngineError, match=r"^Typst: (file not found|path .* would escape)"):
                typst_pdf(call.format(json.dumps(name)))


def test_texts_that_look_like_requests_are_set_side_by_side() -> None:
    """Pages with words such as “import” are made by several threads at once, and the process's environment stays as it is."""
    before = dict(os.environ)
    with ThreadPoolExecutor(max_workers=3) as threads:
        made = list(threads.map(typst_pdf, [f"// import {number}\nText" for number in range(6)]))
    assert [pages(pdf) for pdf in made] == [1] * 6
    assert dict(os.environ) == before


def test_typst_has_no_packages_and_no_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the reader's packages nor those of the network are to be had, whichever way a source asks for them."""
    package = tmp_path / "typst" / "packages" / "local" / "mine" / "0.1.0"
    package.mkdir(parents=True)
    (package / "typst.toml").write_text('[package]\nname = "mine"\nversion = "0.1.0"\nentrypoint = "mine.typ"\n')
    (package / "mine.typ").write_text("#let mine = 1")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    for ask in ('#import "@local/mine:0.1.0"', '#let name = "@loc" + "al/mine:0.1.0"\n#import name'):
        with pytest.raises(EngineError, match="Typst: package not found"):
            typst_pdf(ask)
    for ask in ('#import "@preview/cetz:0.3.0"', '#eval("#imp" + "ort \\"@preview/cetz:0.3.0\\"", mode: "markup")'):
        with pytest.raises(EngineError, match=r"Typst: failed to download package .*refused"):
            typst_pdf(ask)
    assert os.environ["HTTPS_PROXY"] == "http://127.0.0.1:1"
    assert "https_proxy" not in os.environ
    typst_pdf("#assert(sys.inputs == (:))")


def test_what_typst_has_against_a_source_is_short(tmp_path: Path) -> None:
    """A source can have it say millions of characters; few of them come back."""
    (tmp_path / "handout.typ").write_text('#panic("a" * 20000000)')
    program = Path(typst_pages.__file__)
    subprocess.run(
        [sys.executable, "-I", "-S", program, Path(typst.__file__).parents[1], "pdf"], cwd=tmp_path, check=True
    )
    assert 1_000 < (tmp_path / "refused.json").stat().st_size < 10_000


def test_typst_apart_gives_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a process of its own makes is what is made here, to the byte, and so is what is wrong with a source."""
    monkeypatch.chdir(tmp_path)
    source = typst_sample("zh")
    assert typst_pdf(source, apart=True) == typst_pdf(source)
    pages = "one #pagebreak() two"
    assert typst_svgs(pages, apart=True) == typst_svgs(pages)
    for wrong in ("#nothing", "鿼", '#read("/etc/passwd")', '#import "@preview/cetz:0.3.0"'):
        said = []
        for apart in (False, True):
            with pytest.raises(EngineError) as caught:
                typst_pdf(wrong, apart=apart)
            said.append((str(caught.value), caught.value.lacking))
        assert said[0] == said[1]
    assert not list(tmp_path.iterdir())


def test_a_large_source_has_a_process_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the same page, made where memory is given back; it may take more time and memory than a stranger's."""
    source, apart, made_apart = typst_sample("en"), [], engines._made_apart
    here = typst_pdf(source)

    def noted(*given: Any, bounded: bool) -> list[bytes]:
        apart.append(bounded)
        return made_apart(*given, bounded=bounded)

    monkeypatch.setattr(engines, "_made_apart", noted)
    monkeypatch.setattr(engines, "LARGE", 10)
    monkeypatch.setattr(engines, "SECONDS_APART", 0.01)
    typst_pdf("short")
    assert not apart
    assert typst_pdf(source) == here
    with pytest.raises(EngineError, match=r"^Typst: unknown variable: nothing"):
        typst_pdf("#nothing and more")
    assert apart == [False, False]


def test_a_source_apart_ends_in_bounded_time_and_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """What would go on for ever, or ask for all memory, is one message; here, it would be the end of derive."""
    monkeypatch.setattr(engines, "SECONDS_APART", 1)
    with pytest.raises(
        EngineError, match=r"^Typst: a template or logo of your own took more than 1 s; make it smaller"
    ):
        typst_pdf("#for i in range(1000000) { for j in range(1000000) {} }", apart=True)
    with pytest.raises(
        EngineError, match=r"^Typst: a template or logo of your own needed more than 1,000 MB of memory, or ended"
    ):
        typst_pdf('#let long = "x" * 100000000000', apart=True)


def test_what_latex_lacks_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without TeX is told so, with the command that installs it."""
    monkeypatch.setenv("PATH", "/nowhere")
    assert (
        latex_is_complete()
        == "LaTeX is not complete here, it lacks latexmk, xelatex, kpsewhich: `make tex` installs it."
    )


def test_files_that_latex_lacks_are_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A TeX without some files is told which, but not a page of them."""
    for name in ("latexmk", "xelatex", "kpsewhich"):
        program = tmp_path / name
        program.write_text("#!/bin/sh\necho /texmf/article.cls\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    lacking = latex_is_complete()
    assert lacking is not None
    assert lacking.startswith("LaTeX is not complete here, it lacks ")
    assert lacking.endswith(f" and {len(LATEX_FILES) - 5} more: `make tex` installs it.")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_package_is_looked_for(language: str) -> None:
    """What the LaTeX of a handout loads is what a complete TeX has to have."""
    source = latex_document(sample(language), shell(environment(), "latex.tex", language)).dumps()
    packages = re.findall(r"\\usepackage(?:\[[^]]*\])?\{(\w+)\}", source)
    assert len(packages) > 15
    assert {f"{name}.sty" for name in packages} <= set(LATEX_FILES)


@pytest.mark.tex
@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "zh"])
def test_latex_gives_the_same_bytes(language: str) -> None:
    """The same document gives the same PDF, to the byte."""
    document = latex_document(sample(language), shell(environment(), "latex.tex", language))
    assert latex_pdf(document) == latex_pdf(document)


@pytest.mark.tex
def test_latex_says_where_a_source_is_wrong(capfd: pytest.CaptureFixture[str]) -> None:
    """TeX's first error is the message, with its line, and nothing is printed."""
    with pytest.raises(EngineError, match=r"LaTeX: Undefined control sequence. \(line \d+\) at \\nothing"):
        latex_pdf(latex(r"\nothing and text"))
    assert capfd.readouterr() == ("", "")


@pytest.mark.tex
def test_latex_does_not_drop_a_character() -> None:
    """A character that the typeface lacks is named."""
    with pytest.raises(EngineError, match="has no character 梯"):
        latex_pdf(latex("梯"))


@pytest.mark.tex
def test_latex_does_not_run_forever() -> None:
    """A document on which TeX goes round in circles is given up."""
    started = time.monotonic()
    with pytest.raises(EngineError, match="took more than 2 s"):
        latex_pdf(latex(r"\def\x{\x}\x"), seconds=2)
    assert time.monotonic() - started < 20


@pytest.fixture
def secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a file of the reader's, to which the reader's own TeX would be led."""
    (tmp_path / "tex" / "latex").mkdir(parents=True)
    (tmp_path / "secret.tex").write_text("SECRET")
    (tmp_path / "tex" / "latex" / "hidden.tex").write_text("SECRET")
    for name, value in {"TEXINPUTS": f"{tmp_path}//:", "TEXMFHOME": str(tmp_path), "HOME": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)
    return tmp_path


@pytest.mark.tex
def test_tex_reads_and_writes_its_own_folder_only(secrets: Path) -> None:
    """No file is read or written elsewhere, by path or by search, and no program runs."""
    reads = (
        f"{secrets}/secret.tex",
        "../secret.tex",
        "secret",
        "hidden",
        r"\string~/secret",
        f'"|cat {secrets}/secret.tex"',
    )
    looks = [
        rf"\openin\r={name} \ifeof\r\else\errmessage{{it reads {place}}}\fi\closein\r"
        for place, name in enumerate(reads)
    ]
    runs = rf"\immediate\write18{{touch {secrets}/ran}}"
    assert latex_pdf(latex(r"\newread\r", *looks, runs, "well"))
    with pytest.raises(EngineError, match=r"LaTeX: I can't write on file `\.\./written\.tex'"):
        latex_pdf(latex(r"\newwrite\w\immediate\openout\w=../written.tex"))
    with pytest.raises(EngineError, match=r"LaTeX: .*File `.*secret\.tex' not found"):
        latex_pdf(latex(rf"\input{{{secrets}/secret.tex}}"))
    assert sorted(path.name for path in secrets.iterdir()) == ["secret.tex", "tex"]


@pytest.mark.tex
@pytest.mark.parametrize(
    "special",
    [
        "pdf:fstream @a ({}/secret.tex)",
        "pdf: fstream @a ({}/secret.tex)",
        "pdf:image ({}/picture.pdf)",
        "PSfile={}/picture.eps",
        "html:<img src='{}/picture.png'>",
        "dvipdfmx:config D touch",
        "pdf:mapfile {}/secret.tex",
    ],
)
def test_what_makes_the_pdf_opens_no_file_either(special: str, secrets: Path) -> None:
    r"""A ``\special`` that would put a file into the PDF, or run a program, is refused."""
    with pytest.raises(EngineError, match=r"^LaTeX: neither drawn, coloured nor linked, .*" + re.escape(special[:6])):
        latex_pdf(latex(rf"\special{{{special.format(secrets)}}} text"))


@pytest.mark.parametrize("place", ["{}/private.otf", "{}/up/../private.otf"])
def test_a_typeface_from_elsewhere_gets_into_no_pdf(place: str, tmp_path: Path) -> None:
    """XeTeX takes any file that is a typeface, by its place; those of the system and of TeX, by their names."""
    (tmp_path / "up").mkdir()
    named = [Path("/usr/share/fonts/a.otf"), Path("/usr/share/fonts/../../../tmp/a.otf"), tmp_path / "up" / "a.otf"]
    found = [
        private(FONT % (len(str(name)), str(name).encode()) + b"\xf8", [Path("/usr/share/fonts")]) for name in named
    ]
    assert found == [None, *(str(name).encode() for name in named[1:])]
    lookup = subprocess.run(["kpsewhich", "lmroman10-regular.otf"], capture_output=True, text=True, check=True)
    shutil.copy(lookup.stdout.strip(), tmp_path / "private.otf")
    with pytest.raises(EngineError, match=r"^LaTeX: typefaces are those of TeX, of the system and of derive; this"):
        latex_pdf(latex(rf'\font\own="[{place.format(tmp_path)}]" {{\own text}}'))


def test_specials_are_found_among_glyphs() -> None:
    """What XeTeX writes is gone through operation by operation; what is none, or ends early, is refused."""
    page = bytes((139, *bytes(44), 141, 143, 1, 239, 8)) + b"color ab" + bytes((142, 140))
    font = bytes((252, *bytes(8), 2, 0, 3)) + b"abc" + bytes((0, 0, 0, 0)) + bytes(4)
    glyphs = bytes((254, 0, 1, 0, 239, *bytes(4), 0, 1, *bytes(8), 0, 239)) + bytes((253, *bytes(4), 0, 0))
    preamble = bytes((247, *bytes(13), 2)) + b"ab"
    harmless = preamble + font + glyphs + page
    assert list(specials(harmless + b"\xf8")) == [b"color ab"]
    assert refused(harmless + b"\xf8") is None
    assert refused(harmless + bytes((240, 0, 9)) + b"ps:header" + b"\xf8") == b"ps:header"
    for broken in (harmless, harmless + b"\xff", b"", page[:-4], preamble + font[:5]):
        with pytest.raises(ValueError, match=r"ends early|is no operation"):
            refused(broken)


def test_every_character_of_the_list_is_in_both_weights() -> None:
    """What characters.txt has is set in regular and in bold; it has the hanzi of the two standards."""
    characters = (engines.FONTS / "characters.txt").read_text(encoding="utf-8").replace("\n", "")
    hanzi = [sign for sign in characters if sign >= "\u3400" and not "\ue000" <= sign <= "\uffff"]
    assert len(hanzi) == len(set(hanzi)) > 8_105
    rows = (
        bytes((row, cell)).decode("gb2312", errors="ignore") for row in range(0xB0, 0xF8) for cell in range(0xA1, 0xFF)
    )
    assert set("".join(rows)) <= set(characters)
    assert set("沐褶镕璇鳜" + RARE) <= set(characters)
    both = "".join(hanzi)
    assert typst_pdf(f'#set text(font: "Noto Serif SC", fallback: false)\n{both}\n#strong[{both}]')


RARE = "垴劂爔𫸩虒妭觜酅𬮱瑔憙𫟅玼佴椸骦殳櫆鄗羓嬥砠飗肸勔扽闫𬘓𬴊鹔宄𫘧澴垺嵚𬟁𫭟煁䓖舾䣘摴辁瓻恧鲰莰甯𫄨邡晱鞁澂舠洘"
"""Of the 1,605 characters at the end of the General Standard table, which names of people and places are made of."""


@pytest.mark.tex
def test_latex_sets_rare_chinese_characters_too() -> None:
    """What Fandol lacks is set in Noto Serif SC, in each weight and style."""
    rare = Text("沐褶镕璇鳜㑇䶮𬭼")
    blocks = (Paragraph((rare, Strong((rare,)), Emphasis((rare,)), CodeText(rare.text))),)
    assert latex_pdf(latex_document(Document("zh", (rare,), (), blocks), shell(environment(), "latex.tex", "zh")))


def test_a_line_a_little_too_wide_is_let_pass() -> None:
    """What the eye does not see, up to 2 pt, is no error; more is, also of what runs off the foot of a page."""
    log = r"Overfull \hbox ({}pt too wide) in paragraph at lines 3--4"
    assert engines._complaint(log.format("1.99")) is None
    assert engines._complaint(log.format("2.5")) == "a line is 2.5 pt too wide in paragraph at lines 3--4"
    page = r"Overfull \vbox ({}pt too high) has occurred while \output is active []"
    assert engines._complaint(page.format("1.99")) is None
    assert engines._complaint(page.format("349.2")) == "a page is 349.2 pt too high"


def test_a_compiler_ends_with_its_children_when_the_time_is_up(tmp_path: Path) -> None:
    """When the time is up, the children of the command end too."""
    child = "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', sys.argv[1]]); time.sleep(60)"
    late = f"import time, pathlib; time.sleep(1.5); pathlib.Path({str(tmp_path / 'late')!r}).touch()"
    assert compiled([sys.executable, "-c", child, late], tmp_path, 0.7) is None
    time.sleep(1.5)
    assert not (tmp_path / "late").exists()


def test_a_compiler_has_bounded_memory_and_disk(tmp_path: Path) -> None:
    """A command that asks for more memory is refused it; one that fills its folder, file by file, is ended."""
    asks = "import sys\ntry: bytearray(1_100_000_000)\nexcept MemoryError: sys.exit(5)"
    assert compiled([sys.executable, "-c", asks], tmp_path, 9) == 5
    fills = "import itertools, pathlib\nfor n in itertools.count(): pathlib.Path(str(n)).write_bytes(bytes(30_000_000))"
    monitored = compiled([sys.executable, "-c", fills], tmp_path, 20)
    assert monitored is not None
    assert monitored < 0


def test_the_exit_code_of_a_compiler_is_passed_on(tmp_path: Path) -> None:
    """A command that ends in time says how it ended; it runs in the folder, with the environment of a reproducible run."""
    probe = (
        "import os, sys; sys.exit(7 if os.environ['openout_any'] == 'p' and os.path.samefile('.', sys.argv[1]) else 8)"
    )
    assert compiled([sys.executable, "-c", probe, str(tmp_path)], tmp_path, 9) == 7


def test_fonts_come_with_the_package() -> None:
    """The Chinese typefaces stand beside the module, and are all a Chinese page needs."""
    assert {path.suffix for path in engines.FONTS.iterdir() if "NotoSerifSC" in path.name} <= {".ttf", ".otf"}
    assert os.access(engines.FONTS, os.R_OK)
    assert typst_pdf(typst_source(Document("zh", (Text("梯度"),), (), ()), shell(environment(), "typst.typ", "zh")))
