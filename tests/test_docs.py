"""The documentation: its examples run, its links lead somewhere, and what it lists is what there is."""

from __future__ import annotations

import doctest
import os
import re
import runpy
import shlex
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import click
import pytest
from click.testing import CliRunner
from markdown_it import MarkdownIt
from markdown_it.token import Token
from reading import TRANSLATIONS

import derive
from derive import DeriveError, __main__, ready_made
from derive.commands.report import report
from derive.equations.functions import NAMES
from derive.limits import DEFAULT
from derive.network.toml import KEYS, from_toml
from derive.report import publish
from derive.report.chapters import CHAPTERS
from derive.report.formats import FORMATS
from derive.report.narrative.folders import packaged
from derive.report.narrative.shells import palette
from derive.report.narrative.templates import environment
from derive.report.options import Options
from derive.report.story import Story
from derive.report.writers import pdf

ROOT = Path(__file__).resolve().parent.parent
NETWORK, TEMPLATE, LIMITS = "docs/writing-a-network.md", "docs/writing-a-template.md", "docs/limits.md"
READMES = ("README.md", "README.zh.md")
FAULTS = ("docs/finding-the-fault.md", "docs/zh/finding-the-fault.md")
NOTEBOOKS = ("docs/notebooks.md", "docs/zh/notebooks.md")
MANY = ("docs/many-handouts.md", "docs/zh/many-handouts.md")
CODE = ("docs/code.md", "docs/zh/code.md")
EXECUTED = (*READMES, *FAULTS, *NOTEBOOKS, MANY[0], CODE[0], "docs/architecture.md", NETWORK, TEMPLATE, LIMITS)
SAME_EXAMPLES = (
    (NETWORK, "docs/zh/writing-a-network.md"),
    (TEMPLATE, "docs/zh/writing-a-template.md"),
    (LIMITS, "docs/zh/limits.md"),
)
"""Pages whose translation has the very same examples, as those about many handouts and code have: they are run once."""
TRANSLATED = (*SAME_EXAMPLES, MANY, CODE)
PAGES = (*EXECUTED, *(chinese for _, chinese in TRANSLATED), "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")
NAMED_FILE = re.compile(r"(?:#|\{#|\\#\{) (\S+\.(?:toml|csv|j2|py))(?: #?\})?\n")
"""How the first line of an example says that it is a file."""


@cache
def tokens(page: str) -> tuple[Token, ...]:
    """A page of the documentation, parsed."""
    return tuple(MarkdownIt("commonmark").enable("table").parse((ROOT / page).read_text(encoding="utf-8")))


def inlines(page: str, kind: str) -> Iterator[Token]:
    """The links, pictures or code spans of a page."""
    for block in tokens(page):
        yield from (token for token in block.children or () if token.type == kind)


def words_in_code(page: str) -> set[str]:
    """Every word that stands in a code span of a page."""
    return {word for span in inlines(page, "code_inline") for word in re.findall(r"[\w-]+", span.content)}


def fences(page: str) -> list[Token]:
    """The examples of a page, in order."""
    return [token for token in tokens(page) if token.type == "fence"]


def commands(example: Token) -> list[list[str]]:
    """The words of each line of a shell example."""
    return [words for line in example.content.splitlines() if (words := shlex.split(line, comments=True))]


def run_make(words: list[str]) -> list[str]:
    """What make would run, as it says when it is asked to run nothing: the words of its last line."""
    if shutil.which("make") is None:
        pytest.skip("there is no make here")
    # As from a fresh shell: nothing of the make that may run these tests reaches it.
    done = subprocess.run(
        ["make", "-n", *words[1:]],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    return shlex.split(done.stdout.splitlines()[-1])


def run_command(words: list[str]) -> str:
    """Run one command of an example, and return what it says; of make's targets only `report` is followed, into its call."""
    match words:
        case ["make", target, *_]:
            called = run_make(words)
            return run_command(called) if target == "report" else ""
        case ["derive", *arguments] | [".venv/bin/python", "-m", "derive", *arguments]:
            done = CliRunner().invoke(__main__.cli, arguments)
            right = {0, 1} if {"compare", "audit"} & set(arguments) else {0}  # 1: a gradient that came differs
            assert done.exit_code in right, f"{shlex.join(words)}\n{done.output}"
            assert arguments[0] != "report" or Path(done.output.splitlines()[0]).exists()
            return done.output
        case _:
            pytest.fail(f"nobody knows how to test: {shlex.join(words)}")


def run_python(example: Token, known: dict[str, object]) -> dict[str, object]:
    """Run a dialogue with Python; what it defines is known to the next one."""
    test = doctest.DocTestParser().get_doctest(example.content, known, "example", None, (example.map or [0])[0])
    assert test.examples, f"no >>> in {example.content}"
    said: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    runner.run(test, out=said.append, clear_globs=False)
    assert not runner.failures, "".join(said)
    return test.globs


@pytest.mark.parametrize("page", EXECUTED)
def test_examples_run(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every example of a page works, in an empty folder, one after the other: files, dialogues with Python, commands."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(pdf, "latex_is_complete", lambda: "this test does without TeX, which takes long")
    known: dict[str, object] = {}
    said = ""
    for example in fences(page):
        named = NAMED_FILE.match(example.content)
        match example.info:
            case "toml" | "csv" | "jinja" | "python" if named:
                place = tmp_path / named[1]
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_text(example.content, encoding="utf-8")
            case "toml":
                tomllib.loads(example.content)
            case "python":
                known = run_python(example, known)
            case "sh":
                said = "".join(run_command(words) for words in commands(example))
            case "text" if page in (*FAULTS, *MANY):  # what the command before it says, of which … is left out
                for part in re.split(r"…+|\n", example.content):
                    assert "".join(part.split()) in "".join(said.split())
            case "text":
                pass
            case other:
                pytest.fail(f"{page}: nobody knows how to test an example in {other!r}")


def test_the_networks_of_the_guide_are_checked(tmp_path: Path) -> None:
    """Each network of the guide that has values goes all the way to a derivation whose checks agree, at several T."""
    found = [
        example for example in fences(NETWORK) if NAMED_FILE.match(example.content) and "[values]" in example.content
    ]
    assert len(found) > 1
    for example in found:
        network = from_toml(example.content, "example", str(tmp_path))
        for steps in (1, 2, 4):
            assert all(check.passed is not False for check in derive.derive(network, steps).checks())


def test_common_mistakes_give_the_messages_listed() -> None:
    """Each line of the table of mistakes, put into the file of the guide, is refused with the message beside it."""
    page = (ROOT / NETWORK).read_text(encoding="utf-8").partition("## Common mistakes")[2]
    rows = re.findall(r"^\| `([^`]+)` \| `([^`]+)` \|$", page, re.MULTILINE)
    assert len(rows) > 10
    (good,) = [example.content for example in fences(NETWORK) if example.content.startswith("# gated.toml")]
    for line, message in rows:
        with pytest.raises(DeriveError) as refused:
            told(from_toml(changed(good, line), "gated", "gated.toml"), 3)
        pattern = ".*".join(re.escape(part) for part in message.split("…"))
        assert re.fullmatch(f"gated.toml: .*{pattern}.*", str(refused.value)), f"{line}\n{refused.value}"


def told(network: derive.Network, steps: int) -> None:
    """Go all the way to a handout, writing nothing."""
    publish.tell(publish.subject(derive.derive(network, steps), Options()))


def changed(text: str, line: str) -> str:
    """A TOML file with one line replaced, or added where its table begins; the line may begin with [table]."""
    bracketed = re.match(r"\[(\w+)\] ", line)
    table, line = (bracketed[1], line[bracketed.end() :]) if bracketed else ("", line)
    start = text.index(f"[{table}]\n") + len(table) + 3 if table and f"[{table}]" in text else 0
    if table and not start:
        return f"{text}\n[{table}]\n{line}\n"
    end = found.start() if (found := re.compile(r"^\[", re.MULTILINE).search(text, start)) else len(text)
    inside, replaced = re.subn(
        rf"^{re.escape(line.split('=')[0].strip())} = .*$", lambda _: line, text[start:end], flags=re.MULTILINE
    )
    return text[:start] + (inside if replaced else f"{line}\n{inside}") + text[end:]


def test_every_limit_is_documented_with_its_number() -> None:
    """The table of limits has each of them, in order, with the number and what it bounds."""
    page = (ROOT / LIMITS).read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (.*) \|$", page, re.MULTILINE)
    assert rows == [(each.name, f"{each.default:,} {each.metadata['bounds']}") for each in fields(DEFAULT)]


def test_every_key_and_function_is_documented() -> None:
    """The guide to networks names every key of the file format and every function, in each language."""
    for page in SAME_EXAMPLES[0]:
        assert {*KEYS, *NAMES} <= words_in_code(page)


@cache
def known_to_templates() -> frozenset[str]:
    """Every fact and call of the story, every block of the narrative, every colour, every kind of folder."""
    story = Story(publish.subject(derive.derive("elman", 1), Options()))
    narrative = (packaged() / "en" / "handout.md.j2").read_text(encoding="utf-8")
    folders = {folder.name for folder in packaged().iterdir() if folder.is_dir()} - set(TRANSLATIONS)
    return frozenset(
        {*story.context(), *re.findall(r"{% block (\w+) %}", narrative), *palette(environment()), *folders}
    )


def guide() -> str:
    """The text of the guide to templates."""
    return (ROOT / TEMPLATE).read_text(encoding="utf-8")


def test_every_call_is_documented() -> None:
    """The guide to templates names everything a template can use."""
    assert known_to_templates() <= words_in_code(TEMPLATE)


def test_calls_that_are_documented_exist() -> None:
    """Everything that the tables of the guide to templates list can be used."""
    first_cells = re.findall(r"^\| (`.*?) \|", guide(), re.MULTILINE)
    assert {name for cell in first_cells for name in re.findall(r"`(\w+)", cell)} <= known_to_templates()


def test_calls_give_what_the_guide_says(tmp_path: Path) -> None:
    """Every call that the guide to templates lists can be called as it stands there, and referred to by its label."""
    rows = re.findall(r"^\| `(\w+\(.*?\))` \|.*?(?:\| (?:`([\w-]+)`.*?)?\|)?$", guide(), re.MULTILINE)
    calls = [call for call, _ in rows] + [f'ref("{label}")' for _, label in rows if label]
    assert len(calls) > 35
    of_vectors = [call for call in calls if call.startswith("sum_of")]
    _called(tmp_path / "vectors", "elman-vector", of_vectors)
    of_functions = [call for call in calls if call.startswith("definitions")]
    _called(tmp_path / "functions", "lif", of_functions)
    _called(tmp_path / "numbers", "elman", [call for call in calls if call not in (*of_vectors, *of_functions)])


def _called(folder: Path, network: str, calls: list[str]) -> None:
    """Assert that a template can make these calls for a network."""
    story = ["{% set stage = main_stages[0] %}{% set form = closed_forms[0] %}{% set unlisted = gradients %}# Title"]
    story += ["Subtitle", *(f"{{{{ {call} }}}}" for call in calls)]
    (folder / "en").mkdir(parents=True)
    (folder / "en" / "handout.md.j2").write_text("\n\n".join(story), encoding="utf-8")
    document = publish.tell(publish.subject(derive.derive(network, 2), Options(templates=folder)))
    assert len(document.blocks) >= len(calls)


@pytest.mark.parametrize("page", READMES)
def test_every_option_is_documented(page: str) -> None:
    """The table of options has every option of the command and every variable of the Makefile.

    No network, chapter or format is left out there, and none of the last two in what ``make`` alone says.
    """
    written = words_in_code(page)
    options = {name for param in report.params if isinstance(param, click.Option) for name in param.opts}
    assert {name for name in options if name.startswith("--")} <= {f"--{word.removeprefix('--')}" for word in written}
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    variables = re.search(r"^override OPTIONS := (.*)$", makefile, re.MULTILINE)
    assert variables is not None
    assert set(variables[1].split()) <= written
    assert {*ready_made(), *CHAPTERS, *FORMATS} <= written
    assert f"of {','.join(CHAPTERS)}, or all" in makefile
    assert f"of {','.join(FORMATS)}, with commas" in makefile


def test_every_module_has_its_place_in_the_architecture() -> None:
    """The way through the house passes every module, and no module that is not there."""
    files = [path for folder in ("derive", "scripts", "tests") for path in (ROOT / folder).rglob("*.py")]
    modules = {path.stem for path in files if path.is_relative_to(ROOT / "derive")} - {"__init__"}
    assert not modules - words_in_code("docs/architecture.md"), "a new module has its place in docs/architecture.md"
    named = {span.content for span in inlines("docs/architecture.md", "code_inline") if span.content.endswith(".py")}
    assert not [name for name in named if not any(path.match(name) for path in files)]


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    """Every relative link and picture of a page is a file that is there; a part of a page is one of its headings."""
    places = [unquote(str(link.attrs["href"])) for link in inlines(page, "link_open")]
    places += [str(picture.attrs["src"]) for picture in inlines(page, "image")]
    for place in places:
        file, _, part = place.partition("#")
        if "://" in place:
            continue
        target = (ROOT / page).parent / file if file else ROOT / page
        assert target.is_file(), place
        assert not part or part in headings(target), place


@cache
def headings(page: Path) -> list[str]:
    """The names by which GitHub links to the headings of a page, in order."""
    found = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return [re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in found]


def destination(page: str, place: str) -> str:
    """Where a link of a page leads, whatever the language: the English page, and of a heading its number there."""
    file, _, part = place.partition("#")
    if "://" in place:
        return place
    target = ((ROOT / page).parent / file if file else ROOT / page).resolve()
    english = target.relative_to(ROOT).as_posix().replace("docs/zh/", "docs/").replace(".zh.md", ".md")
    return f"{english}#{headings(target).index(part)}" if part else english


def skeleton(page: str) -> list[str]:
    """A page without its prose: headings, lists, tables with their columns, pictures, links, and code without words."""
    found = []
    for token in tokens(page):
        if token.type == "fence":
            found.append(f"{token.info}: {without_prose(token.content)}")
        elif token.type in {"heading_open", "list_item_open", "tr_open", "th_open", "td_open"}:
            found.append(token.tag)
        links = [unquote(str(child.attrs["href"])) for child in token.children or () if child.type == "link_open"]
        found += [destination(page, place) for place in links]
        found += [child.type for child in token.children or () if child.type == "image"]
    return found


def without_prose(code: str) -> str:
    """Code without its comments and without the choice of a language."""
    return re.sub(r"\s*# .*| LOCALE=zh", "", code)


def rows(page: str) -> list[str]:
    """The rows of all tables of a page."""
    return re.findall(r"^\|.*\|$", (ROOT / page).read_text(encoding="utf-8"), re.MULTILINE)


def told_in_row(row: str) -> tuple[list[str], list[str]]:
    """What a row of a table says in every language: the code of its first cell, and all code and numbers."""
    return re.findall(r"`[^`]+`", row.partition(" | ")[0]), sorted(re.findall(r"`[^`]+`|\d+(?:[.,]\d+)*", row))


def test_both_languages_have_the_same_skeleton() -> None:
    """A page and its translation differ in their words only: the same headings, tables, links and examples."""
    english, chinese = map(skeleton, READMES)
    assert english == chinese
    for pages in SAME_EXAMPLES:
        english, chinese = map(skeleton, pages)
        assert english == chinese
        ours, theirs = ([told_in_row(row) for row in rows(page)] for page in pages)
        assert [code for code, _ in ours] == [code for code, _ in theirs]
        assert pages[0] == NETWORK or ours == theirs  # "one" may well be a number elsewhere
    for pages in TRANSLATED:
        assert [example.content for example in fences(pages[0])] == [example.content for example in fences(pages[1])]
    for pages in (FAULTS, MANY):
        english, chinese = map(skeleton, pages)
        assert [place for place in english if not re.match(r"text:|.*\.md$", place)] == [
            place.replace(" --locale zh", "") for place in chinese if not re.match(r"text:|.*\.md$", place)
        ]
    english, chinese = map(skeleton, CODE)
    assert [place for place in english if not place.endswith(".md")] == chinese


def test_the_pictures_are_those_of_the_script() -> None:
    """The pictures are the ones that the script draws, small enough to load at once, and all of them are shown."""
    script = runpy.run_path(str(ROOT / "scripts" / "make_images.py"))
    drawn = {*script["PICTURES"], *script["LIVE"]}
    there = list((ROOT / "docs" / "images").iterdir())
    assert {path.name for path in there} == drawn
    assert all(path.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n" and path.stat().st_size < 200_000 for path in there)
    shown = {Path(str(picture.attrs["src"])).name for page in PAGES for picture in inlines(page, "image")}
    assert shown == drawn


def test_the_gallery_has_all_that_it_shows() -> None:
    """Every picture and handout of the gallery's page is there, and nothing else; together they stay small."""
    folder = ROOT / "docs" / "gallery"
    page = (folder / "README.md").read_text(encoding="utf-8")
    there = {path.name for path in folder.iterdir()} - {"README.md"}
    assert set(re.findall(r"\(([\w.-]+\.(?:png|pdf))\)", page)) == there
    assert sum(path.stat().st_size for path in folder.iterdir()) < 6_000_000


def test_the_changelog_knows_this_version() -> None:
    """The version of the package has a section in the changelog."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == derive.__version__
    assert f"\n## [{derive.__version__}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
