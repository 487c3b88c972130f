"""Values show themselves: shortly as text, and in a notebook as well-formed markup in which a network's words stay words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from html.parser import HTMLParser
from types import MemberDescriptorType
from typing import Any

import pytest

from derive import Derivation, Network, derive, load
from derive.errors import DeriveError
from derive.notebook import show_in
from derive.numbers.once import once
from derive.shown import Seen, view

VOID = {"img", "br"}
EVIL = "<script>alert(1)</script> & $x$"


@pytest.fixture(autouse=True)
def as_usual() -> Iterator[None]:
    """What is said of the language does not outlive its test."""
    yield
    show_in()


def met(lesson: Derivation, main: str) -> dict[str, Any]:
    """The values that a person meets, by what they are."""
    example, gradient, exhibits = lesson.evaluate(), lesson.gradients[main], lesson.exhibits()
    return {
        "derivation": lesson,
        "network": lesson.network,
        "graph": lesson.graph,
        "unrolled": lesson.unrolled,
        "loss": lesson.loss,
        "path": lesson.paths(main)[0],
        "path sum": lesson.paths(main),
        "states": lesson.states(main),
        "gradient": gradient,
        "stages": gradient.steps,
        "stage": gradient.steps[0],
        "gradients": lesson.gradients,
        "rule": lesson.rules["h"],
        "rules": lesson.rules,
        "recurrence": lesson.recurrence,
        "evaluation": example,
        "forwards": example.forwards,
        "backwards": example.backwards,
        "worked gradients": example.gradients,
        "worked paths": example.paths(main),
        "worked states": example.states(main),
        "accounts": lesson.accounts(example, main),
        "checks": lesson.checks(example),
        "ledger": lesson.ledger,
        "word": next(iter(lesson.states(main))),
        "letter": lesson.states(main).letters[0],
        "ranked": lesson.largest(example, main)[0],
        "truncation": lesson.truncation(1),
        "forward recurrence": lesson.forward(main),
        "transfer": lesson.transfer(example),
        "verification": lesson.verification(example),
        "values": example.values,
        "program": lesson.program(),
        "shared": lesson.shared(),
        "exhibits": exhibits,
        "exhibit": exhibits["tab-names"],
    }


FORMULAS = {
    "network",
    "loss",
    "path",
    "path sum",
    "gradient",
    "stages",
    "stage",
    "gradients",
    "rule",
    "rules",
    "recurrence",
    "word",
    "letter",
    "truncation",
    "forward recurrence",
    "transfer",
}
"""What shows itself as LaTeX too; tables and pictures have none."""


class Tags(HTMLParser):
    """Reads markup, and refuses tags that do not close one another."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002 - the parser hands it over
        """Note a tag."""
        self.seen.add(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close the last one."""
        assert self.open.pop() == tag


def tags(markup: str) -> set[str]:
    """The tags of well-formed markup."""
    reader = Tags()
    reader.feed(markup)
    reader.close()
    assert not reader.open
    return reader.seen


@pytest.mark.parametrize(
    ("network", "main"), [("elman", "w_h"), pytest.param("elman-vector", "W_h", marks=pytest.mark.slow)]
)
def test_what_a_person_meets_shows_itself(network: str, main: str) -> None:
    """As at most 25 lines of text, as well-formed HTML, as Markdown, and if it is a formula as LaTeX."""
    for name, value in met(derive(network, 2), main).items():
        text = repr(value)
        assert text == str(value)
        assert len(text.splitlines()) <= 25, name
        assert 0 < len(text.encode()) <= 4_000, name
        assert not text.startswith("<"), name
        fragment = view(value)
        assert fragment is not None
        assert "script" not in tags(fragment.html)
        assert fragment.markdown
        if name in FORMULAS:
            assert value._repr_latex_().startswith("$"), name


def reachable(value: object) -> Iterator[object]:
    """What a value is made of, and what can be asked of it without an argument."""
    if isinstance(value, dict | tuple | list):
        yield from list(value.values() if isinstance(value, dict) else value)[:2]
    kind = type(value)
    for name in dir(kind) if kind.__module__.startswith("derive.") else ():
        asked = getattr(kind, name)
        if not name.startswith("_") and isinstance(asked, property | cached_property | once | MemberDescriptorType):
            try:
                yield getattr(value, name)
            except DeriveError:
                continue
    yield from vars(value).values() if kind.__module__.startswith("derive.") and hasattr(value, "__dict__") else ()


def test_no_value_within_reach_is_long() -> None:
    """Whatever is reached from a derivation, of each type: 25 lines, 4 kB at most; what shows itself has HTML, too."""
    lesson = derive("elman", 2)
    example = lesson.evaluate()
    queue: list[object] = [lesson, example, lesson.paths("w_h"), lesson.states("w_h"), lesson.accounts(example, "w_h")]
    queue += [lesson.largest(example, "w_h"), lesson.truncation(1), lesson.forward("w_h"), lesson.transfer(example)]
    queue += [lesson.program(), lesson.shared(), lesson.compare({"w_h": 1}), lesson.verification(example)]
    seen: set[object] = set()
    while queue:
        value = queue.pop()
        kind = type(value)
        ours = kind.__module__.startswith("derive.")
        if (kind if ours else id(value)) in seen or not (ours or isinstance(value, dict | tuple)):
            continue
        seen.add(kind if ours else id(value))
        if ours:
            assert len(repr(value).splitlines()) <= 25, kind
            assert len(repr(value).encode()) <= 4_000, kind
        if isinstance(value, Seen):
            assert not repr(value).startswith("<"), kind
            assert "script" not in tags(str(value._repr_html_())), kind
            assert value._repr_markdown_(), kind
        queue.extend(reachable(value))
    assert len([kind for kind in seen if isinstance(kind, type)]) > 50


def test_what_a_network_says_is_escaped() -> None:
    """A name in print, and what the table of symbols says of it, are text in every form."""
    network = replace(load("elman"), says={"h": EVIL}, title={"en": EVIL})
    table = derive(network, 2).exhibits()["tab-names"]
    assert "script" not in tags(table._repr_html_())
    assert "&lt;script&gt;alert(1)" in table._repr_html_()
    assert "<script" not in table._repr_markdown_()
    assert "$x$" not in table._repr_markdown_()
    assert EVIL in repr(table)


def test_paths_take_what_the_command_line_takes() -> None:
    """A datum at a step is named as there, and so is an initial state."""
    lesson = derive("elman", 3)
    assert lesson.paths("x[1]").target == lesson.paths("x", 1).target == ("x", 1)
    assert lesson.evaluate().paths("h[0]").count == lesson.paths("h", 0).count == 3
    with pytest.raises(DeriveError, match=r"'x\[' names no node; write a parameter"):
        lesson.paths("x[")


def test_values_speak_the_language_that_is_asked_for() -> None:
    """In Chinese, until something else is said; a language that there is not is refused and changes nothing."""
    accounts = derive("elman", 2).accounts(derive("elman", 2).evaluate(), "w_h")
    show_in("zh")
    assert "滞后" in repr(accounts)
    with pytest.raises(DeriveError, match="there is no language xx"):
        show_in("xx")
    assert "滞后" in accounts._repr_html_()


def test_many_paths_are_shown_without_a_list() -> None:
    """Of 14,166,632,180,785 paths the first and the last, with their number."""
    text = repr(derive("lstm-scalar", 20).paths("w_hf"))
    assert "14\u202f166\u202f632\u202f180\u202f785" in text
    assert len(text.splitlines()) == 25
    assert text.endswith(" more lines")


def test_a_stage_says_its_reason() -> None:
    """Alone as among the others; and paths without an example have a product and no value."""
    lesson = derive("elman", 2)
    assert "(sorted by where w_h is used)" in repr(lesson.gradients["w_h"].steps[1])
    assert "product of the local derivatives" in repr(lesson.paths("w_h"))
    assert "value" not in repr(lesson.paths("w_h"))


def test_a_value_of_no_known_kind_says_what_it_is() -> None:
    """It has a name, and nothing for a notebook."""

    class Other(Seen):
        pass

    assert repr(Other()) == "<Other>"
    assert Other()._repr_html_() is None


def test_a_fault_of_the_user_stands_in_place_of_a_table() -> None:
    """What cannot be shown says why, and raises nothing."""
    network = Network(
        name="net", equations={"l": "log(w*x[t])"}, parameters=("w",), inputs=("x",), loss="l", values={"w": -1, "x": 1}
    )
    assert "net" in repr(derive(network, 1))


def test_a_word_is_printed_by_its_letters() -> None:
    """What comes first on the way from the loss stands on the right; each of its letters is told, and no other."""
    states = derive("lstm", 3).states("W_hi")
    word = next(word for word in states if word.lag == 2 and word.ways == 9)
    assert (
        word._repr_latex_()
        == r"$\displaystyle U_{1} D_{1}^{c h} J_{2}^{h c} D_{2}^{c h} J_{3}^{h c} D_{3}^{c h} e_{3}$"
    )
    assert "J_t^{hc}" in repr(word)
    assert "J_t^{hh}" not in repr(word)
    assert word.states is states
