"""Chapters: all languages tell the same further chapters, for every kind of network, with the numbers of the mathematics."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from chapter_documents import about, added, chapter, handout
from jinja2 import nodes
from reading import (
    FORMULA,
    HAN,
    LANGUAGES,
    NAMES,
    TRANSLATIONS,
    formulas,
    lines_of,
    skeleton,
    walk,
)

from derive.report.chapters.contents import CHAPTERS
from derive.report.document import Display, Document, Figure, Reference, Table
from derive.report.narrative.folders import packaged
from derive.report.narrative.templates import environment
from derive.report.options import Options
from derive.report.publish import publish, tell, told_otherwise

CASES = (
    ("elman", 1, None),
    ("elman", 3, None),
    ("elman", 8, (4, 2)),
    ("elman", 130, (5, 1)),
    ("lstm-scalar", 3, None),
    ("lstm-scalar", 20, None),
    ("elman-vector", 3, (1, 1)),
    ("lstm", 2, None),
    ("narx", 6, None),
    ("many-to-one", 4, (2, 1)),
    ("bidirectional", 3, None),
    ("trainable-initial", 2, None),
    ("stateless", 2, None),
)


LONG = {("lstm-scalar", 20), ("lstm", 2)}
"""What takes seconds, and has little that the others have not."""
BOTH = [
    pytest.param(*case, id=f"{case[0]}-{case[1]}", marks=[pytest.mark.slow] if case[:2] in LONG else [])
    for case in CASES
]


PEOPLE = frozenset({"Williams", "Peng", "Zipser", "RTRL", "Naumann", "Bengio", "Simard", "Frasconi"})


NAMED = NAMES | PEOPLE | {"Pascanu", "Mikolov"}


def template(chapter: str, locale: str) -> nodes.Template:
    """The template of a chapter, parsed."""
    path = packaged() / locale / "chapters" / f"{chapter}.md.j2"
    return environment().parse(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("locale", TRANSLATIONS)
@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_chapter_has_the_same_calls_and_conditions(chapter: str, locale: str) -> None:
    """A chapter calls the same things under the same conditions in all languages."""
    english, translated = (template(chapter, language) for language in ("en", locale))
    for kind in (nodes.Call, nodes.Getattr, nodes.Name):
        one, other = ({repr(node) for node in tree.find_all(kind)} for tree in (english, translated))
        assert one == other
    for kind, part in ((nodes.If, "test"), (nodes.For, "iter"), (nodes.CondExpr, "test")):
        one, other = ([repr(getattr(node, part)) for node in tree.find_all(kind)] for tree in (english, translated))
        assert sorted(one) == sorted(other)


@pytest.mark.parametrize("locale", LANGUAGES)
def test_every_chapter_has_its_templates(locale: str) -> None:
    """The folder of a language holds the known chapters, and nothing else."""
    found = {path.name for path in (packaged() / locale / "chapters").glob("*.*")}
    assert found == {f"{chapter}.md.j2" for chapter in CHAPTERS}


@pytest.mark.parametrize("locale", TRANSLATIONS)
@pytest.mark.parametrize(("network", "steps", "truncate"), BOTH)
def test_the_documents_have_the_same_skeleton(locale: str, network: str, steps: int, truncate: Any) -> None:
    """Headings, paragraphs, formulas, tables and pictures follow one another alike, and speak of the same formulas."""
    english, translated = (added(language, network, steps, truncate) for language in ("en", locale))
    for one, other in zip(english, translated, strict=True):
        assert list(map(skeleton, other)) == list(map(skeleton, one))
        assert set(formulas(tuple(one))) == set(formulas(tuple(other)))


@pytest.mark.parametrize("locale", LANGUAGES)
@pytest.mark.parametrize(("network", "steps", "truncate"), BOTH)
def test_the_text_is_whole(locale: str, network: str, steps: int, truncate: Any) -> None:
    """No markup is left, labels are unique, references lead somewhere, and each chapter says something."""
    document = handout(locale, network, steps, truncate)
    for line in lines_of(document):
        assert not re.search(r"[\ue000-\uf8ff]|\*\*|\{[{%#]|[%}]\}|`|(?<!\S)#|\n", line)
        assert not re.search(r"(?<!\d)  |\bNone\b|\bTrue\b|\(\)|（）| [,.:;]", line), line
    labels = [node.label for node in walk(document.blocks) if isinstance(node, Table | Figure)]
    assert len(labels) == len(set(labels))
    labels += [node.label for node in walk(document.blocks) if isinstance(node, Display) and node.label]
    assert {node.label for node in walk(document) if isinstance(node, Reference)} <= set(labels)
    assert all(len(blocks) > 1 for blocks in added(locale, network, steps, truncate))


@pytest.mark.parametrize(("network", "steps", "truncate"), BOTH)
def test_chinese_is_chinese(network: str, steps: int, truncate: Any) -> None:
    """The Chinese chapters have no English words but names, Chinese punctuation, and are spaced as Chinese."""
    mark = "，。：；、？！（）“”…"
    blocks = tuple(block for chapter in added("zh", network, steps, truncate) for block in chapter)
    for line in lines_of(Document("zh", (), (), blocks)):
        assert set(re.findall("[A-Za-z]{2,}", line)) <= NAMED, line
        assert not re.search(f"[{HAN}{mark}][,.:;?!()]|[,:;?!()][{HAN}]", line), line
        assert not re.search(f"[{HAN}{mark}] +[{HAN}{mark}{FORMULA}]|{FORMULA} +[{HAN}{mark}]", line), line
        assert not re.search(f"[{HAN}][A-Za-z0-9]|[A-Za-z0-9][{HAN}]", line), line
        assert not re.search("[，。：；、][，。：；、）]|（[，。：；、]", line), line


def test_what_is_not_defined_is_said() -> None:
    """Backward states have no truncation and no lags, a network without states has nothing to cut."""
    for case in (("bidirectional", 3, None), ("stateless", 2, None)):
        assert [len(chapter(name, *case)) for name in ("truncation", "lags")] == [2, 2]


def test_long_sequences_stay_short() -> None:
    """The chapters for 130 steps have hardly more rows than those for 8."""
    long, short = (
        sum(len(block.rows) for chapter in added("en", *case) for block in chapter if isinstance(block, Table))
        for case in (("elman", 130, (5, 1)), ("elman", 8, (4, 2)))
    )
    assert long <= short + 4


def test_a_chapter_of_one_s_own(tmp_path: Path) -> None:
    """A chapter in the reader's folder takes the place of the packaged one; the others are still found."""
    (tmp_path / "en" / "chapters").mkdir(parents=True)
    own = tmp_path / "en" / "chapters" / "costs.md.j2"
    own.write_text("## Costs\n\nHomework.\n", encoding="utf-8")
    lines = list(lines_of(tell(told_otherwise(about("elman", 3), templates=tmp_path))))
    assert "Homework." in lines
    assert any("vanishes" in line for line in lines)


@pytest.mark.parametrize("network", ["elman", "elman-vector"])
def test_the_formats_are_written(network: str) -> None:
    """Typst sets the chapters without a formula that runs out of the page; LaTeX and Markdown are written."""
    case = next(case for case in CASES if case[0] == network and case[1] == 3)
    files = publish(handout("zh", *case), network, Options("zh", engine="typst")).files
    assert files[f"{network}.pdf"].startswith(b"%PDF")
    assert f"{network}.pictures/fig-reach.svg" in files
