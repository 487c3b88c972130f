"""The handout's tables of letters, folded sums and numbers: their rows and cells are words, and light with them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from browsing import Opened, opened_browser

from derive import derive
from derive.graph import Node

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all tests."""
    yield from opened_browser()


def lit(page: Opened, selector: str) -> list[str]:
    """What is lit, by its names."""
    return [
        str(node.get_attribute("data-sel") or node.get_attribute("data-node"))
        for node in page.page.query_selector_all(f"{selector}.lit")
    ]


def test_letters_and_folded_sums_are_words(browser: Browser, tmp_path: Path) -> None:
    """A letter lights every word that has it, a term of a folded sum its words; a word lights its letters and terms."""
    page = Opened(browser, tmp_path, "lstm")
    lesson = derive("lstm", 3)
    states = lesson.states("W_hi")
    place = next(i for i, letter in enumerate(states.letters) if letter.kind == "J" and letter.ways > 1)
    having = [word for word in states if states.letters[place] in {letter for letter, _ in word.places}]
    page.page.click(f'#tab-letters-W_hi [data-sel="k:{place}"] [data-sel]')
    page.page.mouse.move(2, 2)
    assert len(lit(page, "#tab-words-W_hi tr")) == len(lit(page, "#live-words tr")) == len(having)
    assert lit(page, "#tab-letters-W_hi tr") == [f"k:{place}"]
    assert f"{len(having)} words" in page.text("#live-note")
    page.page.keyboard.press("Escape")
    page.page.hover('#live-words tr[data-sel="w:0"]')
    assert lit(page, "#tab-letters-W_hi tr") == [
        f"k:{i}" for i, letter in enumerate(states.letters) if letter.kind in {"e", "D", "U"}
    ]
    assert "f:0,0" in lit(page, "#tab-folding-W_hi [data-sel^='f:']")
    page.page.focus('#tab-folding-W_hi [data-sel="f:2,1"]')
    page.page.keyboard.press("Enter")
    assert {word["data-sel"] for word in rows(page)} == {
        f"w:{i}" for i in range(states.count) if page.page.evaluate(f"live.model.list[{i}].at(-1).step") == 2
    }
    assert page.said == []


def rows(page: Opened) -> list[dict[str, str]]:
    """The words of the live part that are lit."""
    return [{"data-sel": name} for name in lit(page, "#live-words tr")]


def test_numbers_at_steps_are_words(browser: Browser, tmp_path: Path) -> None:
    """An adjoint lights its bundle, a variable the words through it, the head of a column what passes its step, and back."""
    page = Opened(browser, tmp_path, "elman")
    example = derive("elman", 3).evaluate()
    page.page.click('#tab-backward [data-sel="d:h,2"] >> nth=-1')
    page.page.mouse.move(2, 2)
    assert lit(page, "#live-fold li") == ["d:h,2"]
    assert f"{float(example.adjoint(Node('h', 2))):.4f}" in page.text("#live-note")
    assert page.page.get_attribute('#live-numbers [data-sel="d:h,2"]', "aria-pressed") == "true"
    page.page.keyboard.press("ArrowRight")
    page.page.keyboard.press("Enter")
    assert lit(page, "#live-fold li") == ["d:h,3"]
    page.page.keyboard.press("Escape")
    paths = [path for path in derive("elman", 3).paths("w_h") if ("a", 2) in {tuple(node) for node in path.nodes}]
    page.page.hover('#tab-forward [data-sel="n:a,2"]')
    assert len(lit(page, "#tab-paths-w_h tr")) == len(paths)
    assert f"{sum(float(example.product(path)) for path in paths):.4f}" in page.text("#live-reading")
    page.page.hover('#tab-forward [data-sel="s:2"]')
    column = lit(page, "#tab-forward td")
    assert column
    assert all(node.split(",")[1] == "2" for node in column)
    page.page.hover('#live-triangle [data-sel="c:3,3"]')
    assert set(lit(page, "#tab-forward td")) == {"a,3", "h,3", "y,3", "l,3"}
    assert set(lit(page, "#tab-gradients td")) == set()
    page.page.hover('#tab-gradients [data-sel="u:2"]')
    assert [word["data-sel"] for word in rows(page)] == ["w:1", "w:4"]
    assert page.said == []
