"""Narrative: all languages tell the same story, and a template that cannot be told says why."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jinja2 import nodes
from own_templates import put
from reading import (
    FORMULA,
    HAN,
    LANGUAGES,
    NAMES,
    STATELESS,
    TRANSLATIONS,
    formulas,
    lines_of,
    running,
    sections,
    skeleton,
    walk,
)

from derive.api import derive as lesson
from derive.derivation import derive
from derive.errors import NarrativeError
from derive.network.toml import load
from derive.report.document import (
    Display,
    Document,
    Figure,
    Heading,
    Paragraph,
    Reference,
    Strong,
    Table,
)
from derive.report.narrative.folders import packaged
from derive.report.narrative.languages import Vocabulary, words
from derive.report.narrative.templates import environment
from derive.report.options import Options
from derive.report.publish import subject, tell, told_otherwise
from derive.report.subject import Subject

# A network without states, and one of everything else a narrative distinguishes: relu, several targets without a hat.
CASES = (
    ("elman", 1),
    ("elman", 3),
    ("elman", 9),
    ("lstm-scalar", 2),
    ("elman-vector", 1),
    ("elman-vector", 3),
    ("bidirectional", 2),
    ("many-to-one", 1),
    ("many-to-one", 3),
    ("narx", 3),
    ("jordan", 2),
    ("softmax", 2),
    ("gru-scalar", 6),
    ("trainable-initial", 2),
    ("stateless", 1),
    ("stateless", 2),
)
CHINESE_CASES = [pytest.param("zh", name, steps, id=f"{name}-{steps}") for name, steps in CASES]
ALL_CASES = [
    pytest.param(locale, name, steps, id=f"{locale}-{name}-{steps}") for locale in LANGUAGES for name, steps in CASES
]
TRANSLATED = [
    pytest.param(locale, name, steps, id=f"{locale}-{name}-{steps}") for locale in TRANSLATIONS for name, steps in CASES
]
every_translation = pytest.mark.parametrize("locale", TRANSLATIONS)


# -- the documents -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def stateless(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network file without states."""
    path = tmp_path_factory.mktemp("networks") / "stateless.toml"
    path.write_text(STATELESS, encoding="utf-8")
    return path


@cache
def about(network: str, steps: int) -> Subject:
    """A subject, its words in English."""
    return subject(derive(network, steps), Options())


@cache
def handout(locale: str, network: str, steps: int) -> Document:
    """A handout in one language; the derivation is shared by all."""
    return tell(told_otherwise(about(network, steps), locale=locale))


@pytest.fixture
def told(stateless: Path) -> Any:
    """Return a function from language, network and T to the document."""
    return lambda locale, name, steps: handout(locale, str(stateless) if name == "stateless" else name, steps)


SOURCES = {name: load(name).source for name, _ in CASES if name != "stateless"}


def prose(document: Document, name: str) -> list[str]:
    """The texts that are ours to write: without where a network was published, which is quoted as it is."""
    return [line.replace(SOURCES.get(name, ""), "") for line in lines_of(document)]


# -- the templates: one skeleton ---------------------------------------------------------------------------------------


def template(locale: str) -> nodes.Template:
    """The narrative of a language, parsed."""
    name = f"{locale}/handout.md.j2"
    return environment().parse((packaged() / name).read_text(encoding="utf-8"))


def blocks(locale: str) -> dict[str, nodes.Block]:
    """The blocks of a narrative, in order."""
    return {block.name: block for block in template(locale).find_all(nodes.Block)}


BLOCKS = tuple(blocks("en"))


def every(block: nodes.Node, kind: Any) -> list[Any]:
    """The nodes of a kind below a block, in reading order."""
    return list(block.find_all(kind))


@every_translation
def test_the_blocks_are_the_same(locale: str) -> None:
    """All narratives have the same blocks in the same order."""
    assert tuple(blocks(locale)) == BLOCKS


@every_translation
@pytest.mark.parametrize("name", BLOCKS)
def test_a_block_calls_the_same(name: str, locale: str) -> None:
    """A block calls the same things with the same arguments in all languages; order and repetition are free."""
    one, other = ({repr(call) for call in every(blocks(told)[name], nodes.Call)} for told in ("en", locale))
    assert one == other


@every_translation
@pytest.mark.parametrize("name", BLOCKS)
def test_a_block_has_the_same_conditions(name: str, locale: str) -> None:
    """What is said only sometimes is said under the same conditions; only plurals may have fewer in a translation."""
    english, translated = blocks("en")[name], blocks(locale)[name]
    for kind, part in ((nodes.If, "test"), (nodes.For, "iter")):
        one, other = ([repr(getattr(node, part)) for node in every(block, kind)] for block in (english, translated))
        assert one == other
    for alone in (True, False):
        one, other = (
            {repr(node.test) for node in every(block, nodes.CondExpr) if (node.expr2 is None) is alone}
            for block in (english, translated)
        )
        assert other <= one
        assert one - other <= PLURALS, f"{name} in {locale} lacks a condition"


def plural(text: str) -> str:
    """A condition that only chooses between singular and plural."""
    found = environment().parse("{{ 1 if " + text + " }}").find(nodes.CondExpr)
    assert found is not None
    return repr(found.test)


PLURALS = frozenset(
    map(
        plural,
        (
            "T == 1",
            "count(label) == 1",
            "count(main) == 1",
            "states | length == 1",
            "named | length == 1",
            "named | length > 1",
            "closed_forms | length == 1",
            "word_count == '1'",
        ),
    )
)


# -- the words ---------------------------------------------------------------------------------------------------------


WORDS = {locale: words(environment(), locale) for locale in LANGUAGES}


@every_translation
def test_the_words_have_the_same_keys(locale: str) -> None:
    """All languages have the same words, in the same order."""
    assert list(WORDS[locale]) == list(WORDS["en"])


@every_translation
@pytest.mark.parametrize("key", WORDS["en"])
def test_a_word_has_the_same_places(key: str, locale: str) -> None:
    """A phrase names the same formulas in all languages."""
    one, other = (sorted(re.findall(r"\{(\w*)\}", WORDS[told][key])) for told in ("en", locale))
    assert one == other


@pytest.mark.parametrize("key", WORDS["zh"])
def test_chinese_words_are_chinese(key: str) -> None:
    """No word was left in English."""
    assert re.search(f"[、（{HAN}]", WORDS["zh"][key])


# -- the documents: one skeleton ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("locale", "name", "steps"), TRANSLATED)
def test_the_documents_have_the_same_skeleton(told: Any, locale: str, name: str, steps: int) -> None:
    """Headings, paragraphs, lists, formulas, tables and pictures follow one another alike in all languages."""
    english, translated = (told(language, name, steps) for language in ("en", locale))
    assert list(map(skeleton, translated.blocks)) == list(map(skeleton, english.blocks))


@pytest.mark.parametrize(("locale", "name", "steps"), TRANSLATED)
def test_each_section_speaks_of_the_same_formulas(told: Any, locale: str, name: str, steps: int) -> None:
    """The formulas in the sentences of a section are the same ones, though not always in the same order."""
    english, translated = (sections(told(language, name, steps)) for language in ("en", locale))
    for one, other in zip(english, translated, strict=True):
        assert set(formulas(tuple(one))) == set(formulas(tuple(other)))


@pytest.mark.parametrize(("locale", "name", "steps"), ALL_CASES)
def test_references_lead_somewhere(told: Any, locale: str, name: str, steps: int) -> None:
    """Labels are unique, and a reference has the words of the caption it leads to, or the number of an equation."""
    document = told(locale, name, steps)
    labels = [node.label for node in walk(document.blocks) if isinstance(node, Heading | Table | Figure)]
    assert len(labels) == len(set(labels))
    captions = {node.label: node.caption[0] for node in walk(document.blocks) if isinstance(node, Table | Figure)}
    assert all(isinstance(caption, Strong) for caption in captions.values())
    references = [node for node in walk(document) if isinstance(node, Reference)]
    assert references
    numbers = {
        node.label: f"({node.number})" for node in walk(document.blocks) if isinstance(node, Display) and node.number
    }
    assert list(numbers.values()) == [f"({count})" for count in range(1, len(numbers) + 1)]
    for reference in references:
        expected = numbers.get(reference.label) or running(captions[reference.label].inlines).strip()
        assert expected == reference.text


@pytest.mark.parametrize(("locale", "name", "steps"), ALL_CASES)
def test_no_markup_is_left(told: Any, locale: str, name: str, steps: int) -> None:
    """Whatever CommonMark and the template's marks mean has been read: none of it is left in any text."""
    for line in lines_of(told(locale, name, steps)):
        assert not re.search(r"[\ue000-\uf8ff]|\*\*|\{[{%#]|[%}]\}|`|(?<!\S)#|\n", line)
        assert not re.search(r"(?<!\d)  |\bNone\b|\bTrue\b|\(\)|（）", line)


@pytest.mark.parametrize(("locale", "name", "steps"), ALL_CASES)
def test_signs_of_formulas_are_formulas(told: Any, locale: str, name: str, steps: int) -> None:
    """No sign that a typeface for text may lack stands in a sentence by itself."""
    assert not set("≈≤≥→∂⊙Σ⊤") & set("".join(prose(told(locale, name, steps), name)))


# -- what is said only of some networks ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sentence", "network", "steps", "true"),
    [
        ("folded into the recurrence", "elman", 3, True),
        ("folded into the recurrence", "stateless", 2, False),
        ("through the function's own value", "elman", 3, True),
        ("through the function's own value", "stateless", 2, False),
        ("It is negative where the parameter is used at a later step", "bidirectional", 2, True),
        ("It is negative where the parameter is used at a later step", "elman", 3, False),
        ("outer product of such a product", "elman-vector", 3, True),
        ("The order of the factors matters", "elman-vector", 3, True),
        ("The order of the factors matters", "elman", 3, False),
        ("a number added to a vector is added to every component", "softmax", 2, True),
        ("products keep their order", "softmax", 2, True),
        ("In the other terms, too", "gru-scalar", 6, True),
        ("In the other terms, too", "elman", 3, False),
        ("are trained like parameters", "trainable-initial", 2, True),
        ("are trained like parameters", "elman", 3, False),
        ("no two paths end in the same use", "stateless", 2, True),
        ("no two paths end in the same use", "elman", 3, False),
    ],
)
def test_what_is_said_is_true_of_the_network(told: Any, sentence: str, network: str, steps: int, true: bool) -> None:  # noqa: FBT001
    """A sentence that is true of some networks only is said of those."""
    assert any(sentence in line for line in lines_of(told("en", network, steps))) is true


# -- the Chinese -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("locale", "name", "steps"), CHINESE_CASES)
def test_no_english_is_left(told: Any, locale: str, name: str, steps: int) -> None:
    """A Chinese handout has no English words but names."""
    title = running(told(locale, name, steps).title).partition("：")[2] if name == "stateless" else ""
    found = {word for line in prose(told(locale, name, steps), name) for word in re.findall("[A-Za-z]{2,}", line)}
    assert found - NAMES <= {title}


@pytest.mark.parametrize(("locale", "name", "steps"), CHINESE_CASES)
def test_chinese_is_spaced_as_chinese(told: Any, locale: str, name: str, steps: int) -> None:
    """Punctuation is Chinese; Latin letters and digits are set off by a space, formulas by the writers, nothing else."""
    mark = "，。：；、？！（）“”…"
    for line in prose(told(locale, name, steps), name):
        assert not re.search(f"[{HAN}{mark}][,.:;?!()]|[,:;?!()][{HAN}]", line), line
        assert not re.search(f"[{HAN}{mark}] +[{HAN}{mark}{FORMULA}]|{FORMULA} +[{HAN}{mark}]", line), line
        assert not re.search(f"[{HAN}][A-Za-z0-9]|[A-Za-z0-9][{HAN}]", line), line


@pytest.mark.parametrize(("locale", "name", "steps"), CHINESE_CASES)
def test_chinese_sentences_are_whole(told: Any, locale: str, name: str, steps: int) -> None:
    """A paragraph ends in a full stop, a colon, or runs into a formula; no marks stand side by side."""
    document = told(locale, name, steps)
    for line in lines_of(document):
        assert not re.search("[，。：；、][，。：；、）]|（[，。：；、]", line), line
    leads = [
        running(block.inlines)
        for block, after in zip(document.flat, document.flat[1:], strict=False)
        if isinstance(block, Paragraph) and not isinstance(after, Display)
    ]
    assert all(line.endswith(("。", "：", "，", "？")) for line in leads)


# -- templates of one's own --------------------------------------------------------------------------------------------


def retold(folder: Path, block: str, text: str, locale: str = "en") -> Document:
    """The handout of the Elman network for T = 1 with one block put in place of the packaged one."""
    own = f'{{% extends "base/{locale}/handout.md.j2" %}}\n{{% block {block} %}}\n{text}\n{{% endblock %}}\n'
    return tell(told_otherwise(about("elman", 1), locale=locale, templates=put(folder, f"{locale}/handout.md.j2", own)))


@pytest.mark.parametrize("locale", LANGUAGES)
def test_a_block_can_be_added_to(tmp_path: Path, locale: str) -> None:
    """A template that extends the packaged one and calls super() says what it said, and more."""
    document = retold(tmp_path, "remember", '{{ super() }}\n\nHand in {{ sym("w_h") }} by *Friday*.', locale)
    packaged_one = handout(locale, "elman", 1)
    added = [block for block in document.blocks if block not in packaged_one.blocks]
    assert len(document.blocks) == len(packaged_one.blocks) + 1
    assert [running(block.inlines) for block in added if isinstance(block, Paragraph)] == [
        f"Hand in {FORMULA} by Friday."
    ]


def test_a_block_can_be_replaced(tmp_path: Path) -> None:
    """Replacing a block by nothing leaves it out, and figures and tables are numbered anew."""
    document = retold(tmp_path, "paths", "")
    titles = [running(block.caption[:1]).strip() for block in document.flat if isinstance(block, Table)]
    assert titles == [f"Table {number}" for number in range(1, len(titles) + 1)]
    assert len(titles) < sum(isinstance(block, Table) for block in handout("en", "elman", 1).flat)


def test_a_narrative_of_one_s_own(tmp_path: Path) -> None:
    """A template need not extend anything; headings, lists, code, links and quotations are read as CommonMark."""
    text = (
        "# Mine\n\nFor {{ math('T=', T) }}.\n\n## One\n\n1. first\n2. *second*\n\n"
        "### Two\n\n> said\n\n`code` and [there](https://example.org)\\\nhere\n\n```python\nx = 1\n```\n"
    )
    document = tell(told_otherwise(about("elman", 1), templates=put(tmp_path, "en/handout.md.j2", text)))
    kinds = [type(block).__name__ for block in document.blocks]
    assert kinds == ["Heading", "Items", "Heading", "Callout", "Paragraph", "CodeBlock"]
    assert [block.label for block in document.blocks if isinstance(block, Heading)] == ["sec-1", "sec-1-1"]
    assert running(document.blocks[4].inlines) == "code and there here"  # type: ignore[union-attr]


@pytest.mark.parametrize("text", ["{{ super() }}\n{{ nonsense }}", "{{ super() }}\n{{ nonsense() }}"])
def test_an_unknown_name_is_told_with_its_place(tmp_path: Path, text: str) -> None:
    """A name that nobody gave a template is an error with the template's name and the line."""
    with pytest.raises(NarrativeError, match=r"template en/handout\.md\.j2, line 4: 'nonsense' is undefined"):
        retold(tmp_path, "idea", text)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('{{ sym("q") }}', r"sym\('q'\): the network elman has no such name"),
        ('{{ math("T=", "$") }}', r"math: a letter with a number is written as math\('T=', 3\), with a whole number"),
        ('{{ sym("h", true) }}', "a step is written as t, t-1, T or a number, not True"),
        ('{{ target("q") }}', "no gradient for 'q'; known are w_x, w_h, w_y"),
        ('{{ path_table("h") }}', "no gradient for 'h'; known are w_x, w_h, w_y"),
        ('{{ ref("fig-lost") }}', "no figure, table or equation fig-lost; known are tab-names, .*fig-unrolled"),
    ],
)
def test_a_wrong_argument_is_told(tmp_path: Path, text: str, complaint: str) -> None:
    """A call for something the network does not have says what it has."""
    with pytest.raises(NarrativeError, match=complaint):
        retold(tmp_path, "idea", text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("![a cat](cat.png)", "image"),
        ("one\n\n---\n\ntwo", "hr"),
        ("- a list\n\n  ***\n", "hr"),
        ("a line with <b>bold</b>", "html_inline"),
        ("<div>\na box\n</div>", "html_block"),
        ("| a | b |\n|---|---|\n| 1 | 2 |\n", "table"),
    ],
)
def test_what_a_handout_cannot_show_is_an_error(tmp_path: Path, text: str, shown: str) -> None:
    """Images, HTML, rules and tables of one's own are refused by name, not dropped or printed as they stand."""
    with pytest.raises(NarrativeError, match=f"en/handout.md.j2: a handout cannot show “{shown}”"):
        retold(tmp_path, "idea", text)


@pytest.mark.parametrize("text", ["", "## No title\n\nText.", "# Only a title", "Text first.\n\n# Title\n\nText."])
def test_a_narrative_begins_with_its_title(tmp_path: Path, text: str) -> None:
    """Without a title and a first paragraph a narrative is refused."""
    with pytest.raises(NarrativeError, match="has to begin with a title"):
        tell(told_otherwise(about("elman", 1), templates=put(tmp_path, "en/handout.md.j2", text)))


@pytest.mark.parametrize("text", ["`{{ sym('h') }}`", "~~~\n{{ equations() }}\n~~~", "    {{ math('T') }}"])
def test_what_a_call_gives_cannot_stand_in_code(tmp_path: Path, text: str) -> None:
    """Code is text: the mark of a formula would be shown as it is, so it is refused."""
    with pytest.raises(NarrativeError, match="what a call gives cannot stand in code"):
        retold(tmp_path, "idea", text)


def test_a_display_without_lines_is_nothing(tmp_path: Path) -> None:
    """A network without functions of its own has no definitions, and whoever calls for them is shown none."""
    text = "# A\n\nb\n\n{{ definitions() }}{{ beside(definitions(), definitions()) }}c\n"
    found = tell(told_otherwise(about("elman", 1), templates=put(tmp_path, "en/handout.md.j2", text)))
    assert [running(block.inlines) for block in found.blocks if isinstance(block, Paragraph)] == ["c"]
    assert len(found.blocks) == 1


def test_a_user_s_text_is_never_markup(tmp_path: Path) -> None:
    """What a network file says about itself is printed as it stands, whatever characters are in it."""
    wild = "*a* [b](c) <i> {{ T }} # $x$ | `d`"
    toml = f"title.en = '{wild}'\nabout.en = '{wild}'\nsource = '{wild}'\n{STATELESS}"
    path = tmp_path / "wild.toml"
    path.write_text(toml, encoding="utf-8")
    document = tell(subject(derive(path, 1), Options()))
    assert sum(wild in line for line in lines_of(document)) == 3


def test_words_of_one_s_own(tmp_path: Path) -> None:
    """A file of words changes those it names and leaves the others."""
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "words.toml").write_text('table = "Panel"\n', encoding="utf-8")
    document = tell(told_otherwise(about("elman", 1), templates=tmp_path))
    captions = [running(block.caption) for block in document.flat if isinstance(block, Table)]
    assert captions[0].startswith("Panel 1")
    assert captions[0].endswith("What the symbols mean.")


def test_a_missing_word_is_told() -> None:
    """A word that an exhibit needs and the words lack is named."""
    few = Vocabulary((key, word) for key, word in WORDS["en"].items() if key != "caption_names")
    with pytest.raises(NarrativeError, match="lack caption_names"):
        tell(replace(about("elman", 1), words=few))


def test_a_language_of_one_s_own(tmp_path: Path) -> None:
    """A folder with a story and words is a language, known by its name, told and written as the packaged ones are."""
    folder = put(
        tmp_path, "fr/handout.md.j2", "# Titre {{ title }}\n\nUne ligne\net une autre.\n\n{{ recurrence() }}\n"
    )
    (folder / "fr" / "words.toml").write_text(
        'brace_now = "perte"\nbrace_later = "retour de {node}"\n', encoding="utf-8"
    )
    files = lesson("elman", 2).report(tmp_path / "out", formats=["md"], locale="fr", templates=folder)
    assert [path.name for path in files] == ["elman-T2.fr.md"]
    written = files[0].read_text(encoding="utf-8")
    assert "Une ligne et une autre." in written
    assert "retour de" in written


def test_an_unknown_language_is_told() -> None:
    """A language we do not have is named, with those we have."""
    with pytest.raises(NarrativeError, match="no language tlh; known are en, zh"):
        told_otherwise(about("elman", 1), locale="tlh")
