"""Sandbox: a template from a stranger reaches nothing but what it is handed, and ends in bounded work and memory."""

from __future__ import annotations

import os
import re
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from itertools import chain, product
from pathlib import Path
from typing import Any

import pytest
from jinja2 import DictLoader
from jinja2.defaults import DEFAULT_FILTERS, DEFAULT_TESTS
from own_templates import put

from derive.derivation import derive
from derive.errors import DeriveError, NarrativeError
from derive.report.chapters import CHAPTERS
from derive.report.document import Reference
from derive.report.narrative import narrative
from derive.report.narrative.filters import FILTERS, TESTS
from derive.report.narrative.folders import languages
from derive.report.narrative.narrative import MOST_BLOCKS, MOST_MARKS, document
from derive.report.narrative.offered import NOT_TAKEN, PLAIN, Offered, OfferedCall, handed
from derive.report.narrative.sandbox import ATTRIBUTES, Sandbox
from derive.report.narrative.templates import MOST_SOURCE, MOST_TEXT, environment, folders, render, table
from derive.report.narrative.work import MOST_WORK, NODE, Work
from derive.report.options import Options
from derive.report.publish import subject, told, told_otherwise
from derive.report.story import MOST_COUNTED, MOST_STEPS, Story
from derive.report.subject import Subject


@cache
def about(network: str = "elman") -> Subject:
    """What the templates here are rendered about."""
    return subject(derive(network, 2), Options(chapters=("all",)))


def rendered(tmp_path: Path, text: str) -> str:
    """What a template writes that can say all that a story can."""
    return render(environment(put(tmp_path, "en/x.md.j2", text)), "en/x.md.j2", **Story(about()).context())


# -- the list of types -------------------------------------------------------------------------------------------------

GIVEN: dict[str, list[tuple[Any, ...]]] = {
    "math": [("T",), ("T=", 3)],
    "sum_of": [("h",)],
    "sym": [("h",), ("h", "t-1"), ("w_h",)],
    "ref": [("tab-checks",)],
    "number": [(12345,)],
    "count_at": [("w_h", 3)],
    "summary_table": [(["w_x"],)],
    "coloured": [("now",)],
    "letter": [("product",), ("contribution",), ("J",)],
    "multiplications": [("reverse",)],
    "order": [("reverse",)],
}
"""What calls that need something are given; the others are given nothing, or the name of a gradient."""


def reached(sandbox: Sandbox, start: dict[str, Any]) -> list[tuple[str, Any]]:
    """Every value that a template comes to from those it is handed, by attributes, entries and calls, with the way there."""
    found: list[tuple[str, Any]] = list(start.items())
    for way, value in found:
        if isinstance(value, Offered):
            for name in dir(value):
                with suppress(DeriveError):  # not of vectors
                    found.append((f"{way}.{name}", sandbox.getattr(value, name)))
        elif isinstance(value, list | tuple):
            found += [(f"{way}[{place}]", one) for place, one in enumerate(value)]
        elif isinstance(value, OfferedCall):
            found += [(f"{way}(…)", result) for result in results(way.rpartition(".")[2], value, start)]
    return found


def results(name: str, call: OfferedCall, start: dict[str, Any]) -> list[Any]:
    """What a call gives for what it may be given."""
    things: dict[str, list[tuple[Any, ...]]] = {
        "show_stage": [(stage,) for stage in start["main_stages"]],
        "show_closed_form": [(form,) for form in start["closed_forms"]],
    }
    tries = (GIVEN | things).get(name, [(), ("w_h",)])
    made = []
    for given in tries:
        with suppress(
            TypeError, LookupError, ValueError, DeriveError
        ):  # it needs something else, or vectors, or scalars
            made.append(call(*given))
    return made


@cache
def all_reached() -> tuple[tuple[str, Any], ...]:
    """What is reached in a handout of scalars, and in one of vectors."""
    found = [reached(environment(), Story(about(network)).context()) for network in ("elman", "elman-vector")]
    return tuple(chain(*found))


def test_a_template_is_handed_what_is_on_the_list_and_nothing_else() -> None:
    """Whatever a template can come to is plain, a list, a call, or seen by a few names; never an object of the host."""
    kinds = {type(value) for _, value in all_reached()}
    assert kinds <= {*PLAIN, list, tuple, Offered, OfferedCall}
    ways = {way for way, _ in all_reached()}
    calls = {way for way, value in all_reached() if isinstance(value, OfferedCall)}
    assert {way for way in calls if f"{way}(…)" not in ways} == set()
    assert len(ways) > 150
    assert {f"{chapter}.subject" for chapter in CHAPTERS} & ways == set()
    assert not [
        way for way in ways if way.rpartition(".")[2].startswith(("subject", "kept", "make", "marks", "sheets", "_"))
    ]


def test_no_attribute_of_what_is_handed_leads_further() -> None:
    """Of all that Python sees of these values a template sees nothing but the names that are offered."""
    sandbox = environment()
    for way, value in all_reached():
        offered = set(dir(value)) if isinstance(value, Offered) else ATTRIBUTES.get(type(value), frozenset())
        for name in {
            *object.__dir__(value),
            *dir(type(value)),
            "func",
            "args",
            "_thing",
            "_function",
            "__globals__",
        } - offered:
            for seen in (sandbox.getattr, sandbox.getitem) if not isinstance(value, dict) else (sandbox.getattr,):
                assert type(seen(value, name)) is sandbox.undefined, (way, name)


def test_what_is_not_on_the_list_is_not_handed_over() -> None:
    """A fact or a call that would give an object of the host is a fault, told before the template has it."""
    for thing in (about(), Path(), {1}, b"bytes", [about()], {"a": about()}, Path, Options):
        with pytest.raises(TypeError, match="a template is not handed"):
            handed(thing)
        with pytest.raises(TypeError, match="a template is not handed"):
            OfferedCall(lambda thing=thing: thing)()
    with pytest.raises(TypeError, match="a template is not handed"):
        Offered(about(), lambda: ("derivation",)).derivation  # noqa: B018 -- looking is what is tried


# -- attempts to get out -----------------------------------------------------------------------------------------------

ESCAPES = (
    "{{ groups.subject.derivation }}",
    "{{ groups['subject'] }}",
    "{{ groups._chapter }}",
    "{{ groups|attr('subject') }}",
    "{{ [groups]|map('attr', '_thing')|join }}",
    "{{ [groups]|sort(attribute='_thing.options')|join }}",
    "{{ groups.marks.things }}",
    "{{ groups.sheets() }}",
    "{{ lags._lags }}",
    "{{ path_formula.func }}",
    "{{ path_formula.__call__.__globals__ }}",
    "{{ equations.__self__ }}",
    "{{ main_stages[0].stage.parts }}",
    "{{ closed_forms[0].form }}",
    "{{ main_stages[0]._thing }}",
    "{{ self.__init__ }}",
    "{{ self._TemplateReference__context }}",
    "{% for x in [1] %}{{ loop._iterable }}{{ loop.__class__ }}{% endfor %}",
    "{% for x in [1] %}{{ loop }}{% endfor %}",
    "{% macro m() %}{{ m._func.__globals__ }}{% endmacro %}{{ m() }}",
    "{% macro m() %}{{ caller.__init__ }}{% endmacro %}{% call m() %}{% endcall %}",
    "{% macro m() %}{{ varargs.__class__ }}{% endmacro %}{{ m(1) }}",
    "{% macro m() %}{{ kwargs.__class__ }}{% endmacro %}{{ m(a=1) }}",
    "{{ namespace.__init__ }}",
    "{{ namespace(a=1)._Namespace__attrs }}",
    "{{ lipsum.__globals__ }}",
    "{{ range.__class__ }}",
    "{{ range(3).__class__ }}",
    "{{ dict(a=1) }}",
    "{{ '{0.__class__}'.format(groups) }}",
    "{{ '{0.__class__}'.format_map({}) }}",
    "{{ '{0.__class__}'|format(groups) }}",
    "{{ ''.__class__.__mro__ }}",
    "{{ ''['__class__'] }}",
    "{{ T.__class__ }}",
    "{{ T.real }}",
    "{{ states.append }}",
    "{{ {'a': 1}.__class__ }}",
    "{{ {'a': 1}|xmlattr }}",
    "{{ missing.__class__ }}",
    "{{ context }}",
    "{{ environment }}",
    "{{ self }}",
    "{{ groups }}",
    "{{ [groups]|join }}",
    "{{ namespace(a=groups)|string }}",
    "{% import 'base/en/handout.md.j2' as story %}{{ story.__dict__ }}",
    "{% autoescape true %}{% endautoescape %}",
    "{{ math('#read(1)') }}",
    "{{ math('\\\\input x') }}",
    "{{ sym('h', '#read(1)-1') }}",
    "{{ sym('h', '') }}",
    "{{ sum_of('no name') }}",
    "{{ ref([]) }}",
    "{{ ref(1) }}",
)


@pytest.mark.parametrize("text", ESCAPES)
def test_a_template_does_not_get_out(text: str, tmp_path: Path) -> None:
    """Each of these ends in one message that names the template."""
    with pytest.raises(NarrativeError, match=r"^template [\w/.]*en/(x|handout)\.md\.j2"):
        rendered(tmp_path, text)


BOMBS = (
    "{% macro again(n) %}{{ again(n + 1) }}{% endmacro %}{{ again(0) }}",
    '{{ "a" * 5000000000 }}',
    "{{ [1] * 5000000000 }}",
    "{% for i in range(10**9) %}{% endfor %}",
    "{% for i in range(10**5) %}{% for j in range(10**5) %}{% for k in range(10**5) %}{% endfor %}{% endfor %}{% endfor %}",
    "{% for i in range(10**5) %}{% for j in range(10**5) if j > 10**5 %}{% endfor %}{% endfor %}",
    "{% set ns = namespace(x='a') %}{% for i in range(99) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}{{ ns.x }}",
    "{% set ns = namespace(x='a') %}{% for i in range(99) %}{% set ns.x = ns.x + ns.x %}{% endfor %}{{ ns.x }}",
    "{% set ns = namespace(x='a') %}{% for i in range(99) %}{% set ns.x %}{{ ns.x }}{{ ns.x }}{% endset %}{% endfor %}",
    "{% set ns = namespace(x=['a']) %}{% for i in range(99) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x }}",
    "{% set ns = namespace(x=1) %}{% for i in range(99) %}{% set ns.x = {ns.x: ns} %}{% endfor %}{{ ns.x }}",
    "{% set ns = namespace(x=10) %}{% for i in range(99) %}{% set ns.x = ns.x * ns.x %}{% endfor %}{{ ns.x }}",
    "{% set x = 'a' ~ 10**900 %}{% for i in range(10**5) %}{{ x }}{% endfor %}",
    "{% set a = range(10**5)|list %}{{ a|join('a' ~ 10**900)|length }}",
    "{% set ns = namespace() %}{% set ns.x = [ns] %}{{ ns.x }}",
    '{{ "a"|center(10**9) }}',
    '{{ "a"|indent(10**9) }}',
    "{{ [1]|batch(10**9)|list }}",
    "{{ 'a'|wordwrap(1) }}",
    "{{ [1]|tojson(10**9) }}",
    '{{ "%1000000000d" % 1 }}',
    '{{ "%1000000000d"|format(1) }}',
    '{{ "%1000000000d" is odd }}',
    '{{ "%1000000000d" is divisibleby(1) }}',
    "{{ 10 ** 10000000000 }}",
    "{{ 2 << 10000000000 }}",
    "{{ 5|round(10**9) }}",
    "{{ " + "(" * 5_000 + "1" + ")" * 5_000 + " }}",
    "{{ " + "-" * 50_000 + "1 }}",
    "{% for i in [1] %}" * 50 + "{% endfor %}" * 50,
    "{{ " + "9" * 5_000 + " }}",
    '{% include "en/x.md.j2" %}',
    '{% extends "en/x.md.j2" %}',
    '{% import "en/x.md.j2" as x %}',
    "{% block a %}{{ self.a() }}{% endblock %}",
    "{% for i in [1] recursive %}{{ loop([1]) }}{% endfor %}",
    "{{ count_at(main, 10**9) }}",
    "{% for i in range(1, 99) %}{{ count_at(main, i) }}{% endfor %}",
    "{% for i in range(10**4) %}{{ boundary|length }}{{ path_formula() }}{% endfor %}",
    "{{ math('a' ~ 10**900) }}",
    "{{ 1e999 }}",
    "{% set ns = namespace(a=1) %}{% for i in range(50000) %}" + "{% if ns.a %}{% endif %}" * 2000 + "{% endfor %}",
    "{% macro m("
    + ",".join(f"a{n}" for n in range(4000))
    + ") %}{% endmacro %}{% for i in range(9000) %}{{ m() }}{% endfor %}",
    "".join(f"{{% set a{n}=1 %}}" for n in range(600)) + "{% include 'none' ignore missing %}" * 700,
    "{{ lags.letter(0x1" + "0" * 4_000 + ") }}",
    "{{ T }}" * 16_000,
    "{% include " + str([f"none{n}" for n in range(7_000)]) + " ignore missing %}",
    "{% set l = '" + "a" * 3000 + "'|list %}{% for i in range(99) %}{% include l ignore missing %}{% endfor %}",
    "{{ ('" + "1" * 4_000 + "')|int }}",
)


@pytest.mark.parametrize("text", BOMBS)
def test_a_template_ends(text: str, tmp_path: Path) -> None:
    """Whatever repeats or grows without end is one message, after work that is counted, not timed."""
    with pytest.raises(NarrativeError, match=r"^template en/x\.md\.j2"):
        rendered(tmp_path, text)


def test_a_template_pays_for_being_compiled_and_has_one_name(tmp_path: Path) -> None:
    """Many files end as one that is repeated; by another spelling of its name a file would be compiled once more."""
    own = environment(put(tmp_path, "en/x.md.j2", "{{ 1 }}" * 100))
    render(own, "en/x.md.j2")
    first = own.work.now.left
    render(own, "en/x.md.j2")
    assert own.work.now.left - first > 100 * NODE
    for name in ("en//x.md.j2", "en/./x.md.j2", "base/en//chapters/costs.md.j2"):
        put(tmp_path, "en/y.md.j2", f"{{% include '{name}' %}}")
        with pytest.raises(NarrativeError, match="there is no template"):
            render(environment(tmp_path), "en/y.md.j2")


def test_what_is_kept_of_a_packaged_template_is_read_with_its_own_marks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A shell for LaTeX that includes a story, in which it sees no marks, leaves nothing for those who read it next."""
    monkeypatch.setattr("sys.pycache_prefix", str(tmp_path / "kept"))
    monkeypatch.setattr("sys.dont_write_bytecode", False)
    own = put(tmp_path / "own", "shell/latex.tex.j2", r"\BLOCK{ include 'base/en/chapters/costs.md.j2' }")
    assert "{%" in render(environment(own), "shell/latex.tex.j2")
    assert not list(tmp_path.glob("kept/**/costs*"))
    put(own, "en/x.md.j2", "{% include 'base/en/chapters/costs.md.j2' %}")
    assert "{%" not in render(environment(own), "en/x.md.j2", **Story(about()).context())
    assert list(tmp_path.glob("kept/**/costs*"))


def test_the_work_of_the_packaged_stories_is_far_below_the_limit() -> None:
    """A handout with all chapters takes less than a tenth of what a template may."""
    for language in ("en", "zh"):
        templates = environment()
        assert render(templates, f"{language}/handout.md.j2", **Story(about()).context())
        assert templates.work.now.left > 0.9 * MOST_WORK


def test_work_is_paid_for_what_things_amount_to() -> None:
    """What is in a value twice is paid for twice, as it would be printed twice."""
    once, twice = Work(), Work()
    text = "a" * 1_000
    once.pay([text])
    twice.pay([[text], [text]])
    assert MOST_WORK - once.left > 1_000
    assert MOST_WORK - twice.left > 2_000


def test_a_template_that_writes_without_end_is_told(tmp_path: Path) -> None:
    """More text than a handout can have is refused, wherever it comes from."""
    with pytest.raises(NarrativeError, match="it writes more than 200,000 characters"):
        rendered(tmp_path, "{% for i in range(3000) %}" + "text " * 20 + "{% endfor %}")


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("{% for s in states %}{{ loop.index }}{{ loop.last }}{{ s }}{{ ', ' if not loop.last }}{% endfor %}", "1Trueh"),
        ("{% for a, b in [(1, 2), (3, 4)] %}{{ a + b }}{{ loop.cycle('x', 'y') }}{% endfor %}", "3x7y"),
        ("{% macro m(a, b=2) %}{{ a }}{{ b }}{% endmacro %}{{ m(1) }}{{ m(3, b=4) }}", "1234"),
        ("{% macro m() %}<{{ caller() }}>{% endmacro %}{% call m() %}c{% endcall %}", "<c>"),
        ("{% set n = namespace(n=0) %}{% for i in range(4) if i is odd %}{% set n.n = n.n + i %}{% endfor %}{{ n.n }}", "4"),
        ("{% set x %}a{{ T }}{% endset %}{{ x|upper }}{% filter lower %}AB{% endfilter %}", "A2ab"),
        ("{{ gradients|join(', ') }} {{ gradients|length }} {{ gradients[:1]|first }}", "w_x, w_h, w_y 3 w_x"),
        ("{{ ('abc'|list)|length }} {{ 'a b'|title }} {{ [3, 1]|sort|join }} {{ ['b', 'a']|max }}", "3 A B 13 b"),
        ("{% for k, v in {'a': 1}.items() %}{{ k }}{{ v }}{% endfor %}{{ {'a': 5}.a }}{{ {'a': 5}['a'] }}", "a155"),
        ("{{ (-2)|abs }}{{ 'ab'|first }}{{ 'ab'|last }}{{ 'ab'|reverse }}{{ [2, 1]|reverse|join(', ') }}", "2abba1, 2"),
        ("{{ ' a '|trim|capitalize }}{{ T|string ~ 1 }}{{ [2.5, 1]|min|int }}{{ 9 is divisibleby(3) }}", "A211True"),
        ("{{ missing|default('none') }}{{ missing is defined }}{{ groups.nothing is defined }}", "noneFalseFalse"),
        ("{{ 7 // 2 }} {{ 2**10 }} {{ -T }} {{ 'a' ~ 1 }} {{ '1'|int + 1 }} {{ T * 2 - 1 }}", "3 1024 -2 a1 2 3"),
        ("{% block a %}x{% endblock %}{{ self.a() }}{% include ['en/none', 'also none'] ignore missing %}", "xx"),
        ("{% with a = 1 %}{{ a }}{% endwith %}{{ main_stages[0].kind }}{{ closed_forms[0].names|join }}", "1productsh"),
    ],
)  # fmt: skip
def test_what_templates_are_for_still_works(text: str, written: str, tmp_path: Path) -> None:
    """Loops, conditions, macros, blocks, text and small numbers are as Jinja's documentation says."""
    assert rendered(tmp_path, text) == written


# -- the folder --------------------------------------------------------------------------------------------------------


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    """A file, or a folder, that a link leads to elsewhere is no template; one that stays inside is."""
    put(tmp_path, "elsewhere/secret.md.j2", "secret")
    own = put(tmp_path / "own", "en/real.md.j2", "real")
    (own / "en/linked.md.j2").symlink_to(tmp_path / "elsewhere/secret.md.j2")
    (own / "away").symlink_to(tmp_path / "elsewhere")
    (own / "en/inside.md.j2").symlink_to("real.md.j2")
    put(own, "en/x.md.j2", '{% include "en/inside.md.j2" %}')
    assert render(environment(own), "en/x.md.j2") == "real"
    for place in ("en/linked.md.j2", "away/secret.md.j2"):
        put(own, "en/x.md.j2", f'{{% include "{place}" %}}')
        with pytest.raises(
            NarrativeError, match=r"en/x\.md\.j2, line 1: .* is a link that leads out of .*, which is not"
        ):
            render(environment(own), "en/x.md.j2")


def test_a_link_does_not_tell_what_there_is_elsewhere(tmp_path: Path) -> None:
    """Whether there is a file outside, or a folder, or what stands in it, makes no difference to what is said."""
    outside = put(put(tmp_path / "out", "en/handout.md.j2", "# A"), "there.toml", "a = 1")
    said = []
    for name in ("there.toml", "not"):
        own = put(tmp_path / name / "own", "en/x.md.j2", "{% include 'y' %}")
        (own / "y").symlink_to(outside / name)
        (own / "en" / "words.toml").symlink_to(outside / name)
        (own / "words").symlink_to(outside)
        (own / "xx").symlink_to(outside / ("en" if name == "not" else "not"))
        templates = environment(own)
        for ask, asked in ((render, "en/x.md.j2"), (table, "en/words.toml")):
            with pytest.raises(NarrativeError) as caught:
                ask(templates, asked)
            said.append(str(caught.value))
        assert languages(folders(templates)) == ("en", "zh")
    assert said[:2] == said[2:]
    assert all("is a link that leads out of its folder" in message for message in said)


def test_folders_without_end_are_not_gone_through(tmp_path: Path) -> None:
    """A link that leads back to where it stands, and folders in folders in folders, are no reason to go on and on."""
    own = put(tmp_path / "own", "en/x.md.j2", "here")
    (own / "narrative").symlink_to(own)
    (own / "en" / "again").symlink_to(own)
    (own / "words").symlink_to("words")
    assert render(environment(own), "en/x.md.j2") == "here"
    (own / "narrative").unlink()
    deep = own / "narrative"
    for _ in range(20):
        deep = deep / "/".join("a" * 60)
        deep.mkdir(parents=True)
    try:
        assert render(environment(own), "en/x.md.j2") == "here"
    finally:  # what tidies up behind the tests is not made for folders so deep
        subprocess.run(["rm", "-r", own / "narrative"], check=True)
    put(own, "narrative/chapters/costs.en.md.j2", "where it was")
    with pytest.raises(NarrativeError, match="is not looked for"):
        environment(own)


@pytest.mark.parametrize("place", ["/etc/passwd", "../secret", "en/../../secret", "..", "", "a\\0b", "en", "x" * 5_000])
def test_an_include_leads_to_no_other_file(place: str, tmp_path: Path) -> None:
    """No path leads out of the folder; a folder is no template."""
    (tmp_path / "secret").write_text("secret")
    own = put(tmp_path / "own", "en/x.md.j2", f'{{% include "{place}" %}}')
    with pytest.raises(NarrativeError, match=r"^template "):
        render(environment(own), "en/x.md.j2")


def test_a_template_is_a_file_of_a_template_s_size(tmp_path: Path) -> None:
    """A pipe, from which nothing comes, a file too large and one that is no text are each told."""
    own = put(tmp_path, "en/large.md.j2", "a" * 300_000)
    (own / "en/latin.md.j2").write_bytes(b"\xe9")
    os.mkfifo(own / "en/pipe.md.j2")
    for name, said in {
        "large": "more than 200,000 bytes",
        "latin": "not a UTF-8 text",
        "pipe": "is not a file",
    }.items():
        with pytest.raises(NarrativeError, match=said):
            render(environment(own), f"en/{name}.md.j2")


def test_a_mark_that_no_call_made_is_told(tmp_path: Path) -> None:
    """The characters that stand for what was called are no way to other things, nor to an error of Python's."""
    for mark in ("\ue00099999\ue001", "a \ue000500\ue001 b"):
        own = environment(put(tmp_path, "en/x.md.j2", f"# Title\n\nSubtitle\n\n{mark}\n"))
        story = Story(about())
        with pytest.raises(NarrativeError, match="for marks of calls only"):
            document(own, "en/x.md.j2", "en", story.marks, story.context())


REPEATED = {
    "{% set x = equations() %}{% for i in range(600) %}{{ x }}{% endfor %}": "a template may show 500 tables",
    "{% set x = sym('h') %}{% for i in range(20001) %}{{ x }}{% endfor %}": "and 20,000 things in all, not more",
    "{% set x = sym('h') %}{% for i in range(8600) %}{{ x }}{{ x }}&#xE000;0&#xE001;{% endfor %}": "and 20,000 things in all",
    "[x]: http://x/" + "a" * 60_000 + "\n\n" + "[x] " * 10: "its links have more than 200,000 characters together",
    "```{=html}\nx\n```": "the language of code is one word, not {=html}",
    "``` {python}\nx\n```": "the language of code is one word, not {python}",
    "~~~ a`b\nx\n~~~": "the language of code is one word, not a`b",
    "**a " * 3_000 + "b**" * 3_000: "markup is nested more than 40 times",
    "[x](run:calc.exe)": "a link leads to https://…, http://… or mailto:…, not to run:calc.exe",
    "[x](../../other.pdf)": "not to ../../other.pdf",
    "<ms-settings:x>": "not to ms-settings:x",
}


@pytest.mark.parametrize("text", REPEATED)
def test_what_a_story_shows_is_bounded_and_leads_to_pages(text: str, tmp_path: Path) -> None:
    """What was called for once is not shown without end; a link runs no program, and opens no file, of whoever reads."""
    own = environment(put(tmp_path, "en/x.md.j2", f"# Title\n\nSubtitle\n\n{text}\n"))
    story = Story(about())
    with pytest.raises(NarrativeError, match=re.escape(REPEATED[text])):
        document(own, "en/x.md.j2", "en", story.marks, story.context())


def test_what_there_is_to_write_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A word in each cell of a table that is shown often is long to write, however short it is to call for."""
    put(tmp_path, "en/words.toml", f'caption_names = "{"{T} " * 490}"')
    often = "{% set x = names_table() %}{% for i in range(490) %}{{ x }}{% endfor %}"
    put(tmp_path, "en/handout.md.j2", f"# A\n\nb\n\n{often}")
    with pytest.raises(
        NarrativeError, match="has more than 1,000,000 letters and signs; show less of it, or shorten words"
    ):
        told(told_otherwise(about(), templates=tmp_path))
    monkeypatch.setattr(narrative, "MOST_SIGNS", 1_000)
    put(tmp_path, "en/handout.md.j2", "# A\n\nb\n\n{{ names_table() is string }}")
    with pytest.raises(NarrativeError, match="has more than 1,000 letters and signs"):
        told(told_otherwise(about(), templates=tmp_path))
    assert told(about()).blocks


def test_a_paragraph_of_many_lines_is_read_in_time(tmp_path: Path) -> None:
    """A paragraph is joined once, not once more for each of its lines."""
    own = environment(put(tmp_path, "en/x.md.j2", "# Title\n\nSubtitle\n\n" + "a\n" * 90_000))
    story = Story(about())
    began = time.process_time()
    told = document(own, "en/x.md.j2", "en", story.marks, story.context())
    assert time.process_time() - began < 10
    assert len(told.blocks) == 1


def test_words_are_short_and_have_the_places_that_there_are(tmp_path: Path) -> None:
    """A caption stands as often as its table, so it is short; a place that nothing fills is named, with those there are."""
    put(tmp_path, "en/words.toml", f'caption_checks = "{"x " * 1_001}"')
    with pytest.raises(NarrativeError, match=r"en/words\.toml: caption_checks has more than 2,000 characters"):
        told_otherwise(about(), templates=tmp_path)
    put(tmp_path, "en/words.toml", f'caption_checks = "{"x" * 200}"')
    with pytest.raises(NarrativeError, match=r"en/words\.toml: caption_checks has a word of 200 letters"):
        told_otherwise(about(), templates=tmp_path)
    put(tmp_path, "en/words.toml", 'caption_checks = "after {nodes}"')
    with pytest.raises(NarrativeError, match=r"words\.toml: caption_checks has no place {nodes}; it has {L}, {T}"):
        told(told_otherwise(about(), templates=tmp_path))


def test_no_call_shows_a_text_that_a_template_made_up() -> None:
    """What it says about a network is ours: a text handed over chooses among that, and stands in no formula."""
    made_up = "made$up%"
    story = Story(about())
    context = story.context()
    things = [context, *(found for found in context.values() if isinstance(found, Offered))]
    calls = [
        call
        for thing in things
        for call in (thing.values() if isinstance(thing, dict) else (getattr(thing, name) for name in dir(thing)))
        if isinstance(call, OfferedCall)
    ]
    assert len(calls) > 80
    for call, others in product(calls, [(), ("w_h",), ("h",), ("T=",), (2,)]):
        for given in ((made_up, *others), (*others, made_up)):
            with suppress(DeriveError):
                call(*given)
    kept = [thing for thing in story.marks.things if made_up in repr(thing)]
    assert kept
    assert all(
        isinstance(inline, Reference) for thing in kept for inline in (thing if isinstance(thing, tuple) else [thing])
    )


def test_what_a_call_does_not_take_is_told(tmp_path: Path) -> None:
    """What a call or a thing does not know is told in a few words, which name no place of this machine, nothing of Python's."""
    for text, said in {
        "{{ sym(1, 2, 3, 4) }}": "what is called there does not take",
        "{{ math(1) }}": "what is called there does not take",
        "{{ number('x') }}": "what is called there does not take",
        "{{ equations(subject=1) }}": "what is called there does not take",
        "{{ math({'a': 1}) }}": "this call takes texts, numbers, and lists of them",
        "{{ math(namespace(removesuffix=range)) }}": "this call takes texts, numbers, and lists of them",
        "{{ sym(closed_forms[0]) }}": "this call takes texts, numbers, and lists of them",
        "{{ show_stage(closed_forms[0]) }}": "what is called there does not take",
        "{{ range(stop=3) }}": "what is called there does not take",
        "{{ range(1, 2, 0) }}": "what is called there does not take",
        "{{ namespace(1) }}": "what is called there does not take",
        "{% macro m(a) %}{% endmacro %}{{ m(1, 2) }}": "what is called there does not take what it is given",
        "{% set a, b = [1] %}": "what is called there does not take",
        "{{ 1 / 0 }}": "what is reckoned there has no result",
        "{% extends namespace(split=range) %}": "a template is called for by its name, which is a text",
        "{% include [groups] %}": "a template is called for by its name, which is a text",
        "{% extends 5 %}": "a template is called for by its name, which is a text",
        "{% include 'a' ~ 10**3000 %}": "template a1000",
        "{{ path_formula(missing) }}": "'missing' is undefined",
        "{{ groups.subject }}": "there is no “subject” in it; there are carried, ",
        "{{ ['a'].b }}": "a template sees no “b” of a list",
        "{{ groups['a' ~ 10**3000] }}": "there is no “a1000",
        "{{ sum_of('h') }}": "sum_of: there is no vector h whose components could be added up",
        "{{ sym() }}": "what is called there does not take what it is given; the guide to templates",
        "{# never ended": "template en/x.md.j2, line 1: Missing end of comment tag",
    }.items():
        with pytest.raises(NarrativeError, match=re.escape(said)) as caught:
            rendered(tmp_path, text)
        assert not re.search(rf"{re.escape(str(tmp_path))}|derive\.|Story|object|argument|lambda", str(caught.value))
        assert len(str(caught.value)) < 1_100


def test_there_are_no_filters_and_tests_but_those_on_the_list(tmp_path: Path) -> None:
    """Any other one of Jinja's is refused by a message with those that there are, before anything is rendered."""
    for name in DEFAULT_FILTERS.keys() - FILTERS:
        with pytest.raises(NarrativeError, match=f"there is no filter {name}; there are abs, capitalize, .*, upper$"):
            rendered(tmp_path, f"{{% if 1 > 2 %}}{{{{ T|{name} }}}}{{% endif %}}")
    for name in {key for key in DEFAULT_TESTS if key.isalpha()} - TESTS - {"true", "false"}:
        with pytest.raises(NarrativeError, match=f"there is no test {name}; there are defined, .*, undefined$"):
            rendered(tmp_path, f"{{{{ T is {name} }}}}")


@pytest.mark.parametrize("use", [*(f"|{name}" for name in sorted(FILTERS)), *(f"is {name}" for name in sorted(TESTS))])
def test_a_filter_and_a_test_take_values_of_known_types(use: str) -> None:
    """Of whatever is before it or in its brackets there is a result or a message in our words, never Python's or Jinja's."""
    values, inside = (
        ("groups", "[[1], 'a']", "{'a': 1}", "none", "missing", "'x'", "1"),
        ("", "(1)", "(groups)", "(a=1)"),
    )
    texts = [f"{{{{ ({value}) {use}{brackets} }}}}" for value, brackets in product(values, inside)]
    sandbox, context, said = Sandbox(DictLoader(dict(zip(texts, texts, strict=True)))), Story(about()).context(), set()
    for text in texts:
        try:
            said.add(render(sandbox, text, **context))
        except NarrativeError as error:
            said.add(str(error).removeprefix(f"template {text}"))
    assert len(said) > 2
    name = use.removeprefix("|").removeprefix("is ")
    ours = f"{name} (takes|has)|undefined|printed|with brackets|numbers are reckoned|no result|{NOT_TAKEN[:20]}"
    for text in said:
        assert not text.startswith((": ", ", line")) or re.search(ours, text)
        assert not re.search(r"argument|object|environment|unsupported|NoneType|Offered|0x", text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "{% for i in [1] %}{% set l = loop %}{% endfor %}",
            "of “loop” a template sees single names, such as loop.index",
        ),
        ("{% for i in [1] %}{{ 1 in loop }}{% endfor %}", "of “loop” a template sees single names"),
        ("{% for i in [1] %}{{ loop['index'] }}{% endfor %}", "of “loop” a template sees single names"),
        ("{% for i in [1] recursive %}{{ loop.index }}{% endfor %}", "a loop does not call itself"),
        ("{% autoescape true %}a{% endautoescape %}", "a template of a handout has no “autoescape”"),
        ("{{ [self] }}", "of “self” a template sees single names, such as self.a()"),
        ("{% for i in groups %}{% endfor %}", "a loop goes through a list, not this"),
        ("{% for i in 5 %}{% endfor %}", "a loop goes through a list, not a number"),
    ],
)
def test_what_is_jinja_s_own_is_no_value(text: str, said: str, tmp_path: Path) -> None:
    """Loops and templates are seen by single names; they are handed on to nothing, and nothing else is gone through."""
    with pytest.raises(NarrativeError, match=re.escape(said)):
        rendered(tmp_path, text)


def test_what_is_priced_too_low_ends_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A template that takes long without much work is ended by the clock; what a call takes does not count."""
    monkeypatch.setattr("derive.report.narrative.work.MOST_SECONDS", 0.2)
    monkeypatch.setattr("derive.report.narrative.templates.Work", lambda: Work(left=10**15))
    with pytest.raises(NarrativeError, match=r"en/x\.md\.j2, line 1: this takes a template too long"):
        rendered(tmp_path, "{% for i in range(10**5) %}{% for j in range(10**5) %}{% endfor %}{% endfor %}")
    work = Work()
    with work.beside():
        began = time.thread_time()
        while time.thread_time() - began < 0.3:
            pass
    work.spend(1)


def test_each_thread_pays_for_what_it_renders(tmp_path: Path) -> None:
    """Shells are rendered while others are: none takes or gives what another has left."""
    own = environment(put(tmp_path, "en/x.md.j2", "{{ 1 }}"))
    render(own, "en/x.md.j2")
    left = own.work.now.left
    with ThreadPoolExecutor(1) as beside:
        beside.submit(render, own, "en/x.md.j2").result()
        assert beside.submit(lambda: own.work.now).result() is not own.work.now
    assert own.work.now.left == left < MOST_WORK


def test_the_guide_lists_what_a_template_may_use() -> None:
    """The filters, names and limits of the guide are those of the sandbox."""
    guide = (Path(__file__).parents[3] / "docs" / "writing-a-template.md").read_text(encoding="utf-8")
    told = guide.partition("## What a template may do")[2]
    sandbox = environment()
    names = {name for name in (*sandbox.filters, *sandbox.tests, *sandbox.globals) if " " not in name}
    assert not [name for name in names if f"`{name}`" not in told]
    for most in (MOST_WORK, MOST_TEXT, MOST_SOURCE, MOST_BLOCKS, MOST_MARKS, MOST_COUNTED, MOST_STEPS):
        assert f"{most:,}" in told
