"""The page in a browser: what it answers is what derive computes, by mouse, by keyboard, and without a script."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unicodedata import normalize

import pytest
from browsing import Opened, html, opened_browser

from derive import derive
from derive.graph import Node

if TYPE_CHECKING:
    from playwright.sync_api import Browser

STEPS = 4
MOVED = {
    "elman": {"w_h": "1.3", "h_0": "0.5"},
    "lstm-scalar": {"w_hf": "-0.7", "b_f": "1.5"},
    "gru-scalar": {"w_hn": "1.1"},
    "bidirectional": {"w_h": "0.9", "v_g": "-0.4"},
    "stacked": {"w_h1": "0.6"},
    "narx": {},
    "bidirectional-classifier": {"w_h": "0.9", "v_g": "-0.4"},
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all tests."""
    yield from opened_browser()


def number(text: str) -> str:
    """A number as the page prints it, as Python prints it."""
    return text.replace("−", "-").replace("\u202f", "").strip()


@pytest.mark.parametrize("network", MOVED)
def test_what_the_page_answers_is_what_derive_computes(browser: Browser, tmp_path: Path, network: str) -> None:
    """After T and values have been changed, L, the gradient and every cell are those of derive, to the digit."""
    opened = Opened(browser, tmp_path, network)
    opened.set("T", str(STEPS))
    for name, value in MOVED[network].items():
        opened.set(name, value)
    lesson = derive(network, STEPS)
    given = opened.page.evaluate("live.state.many")
    example = lesson.evaluate(MOVED[network] | {name: list(map(str, row[:STEPS])) for name, row in given.items()})
    target = opened.page.evaluate("JSON.parse(document.querySelector('#live-facts').textContent).target")
    assert number(opened.text("#live-results [data-of=L]")) == str(example.show(example.loss))
    shown = str(example.show(example.gradient(lesson.gradients[target].target)))
    assert number(opened.text("#live-results [data-of=gradient]")) == shown
    assert number(opened.text("#live-numbers b")) == str(example.show(example.loss))
    first = example.show(example.value(Node(lesson.network.loss, 1)))
    assert number(opened.text("#live-numbers tr:has(b) td")) == str(first)
    accounts = lesson.accounts(example, target)
    for (loss, use), group in accounts.by_steps().items():
        cell = opened.page.evaluate(f"live.sums({{losses: new Set([{loss}]), uses: new Set([{use}])}})")
        assert abs(cell - float(group.sum)) < 1e-12
    assert opened.count("#live-triangle .cell") == len(accounts.by_steps())
    assert opened.said == []
    assert len(opened.asked) == 1


@pytest.mark.parametrize("network", ["lstm", "gru-reset-before", "rnn-classifier", "linear-attention"])
def test_a_network_of_vectors_is_answered_too(browser: Browser, tmp_path: Path, network: str) -> None:
    """L, and the entries of the gradient, are those of derive also where there are vectors and matrices."""
    opened = Opened(browser, tmp_path, network)
    lesson = derive(network, 3)
    example = lesson.evaluate()
    target = opened.page.evaluate("JSON.parse(document.querySelector('#live-facts').textContent).target")
    found = opened.page.evaluate("live.model.gradient")
    expected = example.gradient(lesson.gradients[target].target)
    pairs = zip(_flat(found), _flat(expected), strict=True)
    assert all(abs(one - float(other)) < 1e-12 for one, other in pairs)
    assert opened.page.evaluate("live.model.words") == lesson.states(target).count
    assert opened.said == []


def _flat(nested: Any) -> list[Any]:
    if isinstance(nested, int | float) or not hasattr(nested, "__iter__"):
        return [nested]
    return [entry for part in nested for entry in _flat(part)]


def test_pointing_and_clicking_light_the_same_everywhere(browser: Browser, tmp_path: Path) -> None:
    """A word, picked in the table, lights its arrows, its cell and its letters; a second click or Escape lets go."""
    opened = Opened(browser, tmp_path, "elman")
    page = opened.page
    page.click('#live-words tr[data-sel="w:5"]')
    page.mouse.move(2, 2)
    lit = [node.get_attribute("data-key") for node in page.query_selector_all("#live-picture .arrow.lit")]
    assert sorted(map(str, lit)) == ["L>l,3", "h,1>w_h", "h,2>h,1", "h,3>h,2", "l,3>h,3"]
    assert [cell.get_attribute("data-sel") for cell in page.query_selector_all("#live-triangle .lit")] == ["c:3,1"]
    row = page.query_selector_all("#live-reading tr:first-child :is(th, td)")
    assert [normalize("NFKC", cell.text_content() or "") for cell in row] == ["letters", "U1", "J2", "J3e3", ""]
    page.keyboard.press("Escape")
    assert opened.count("#live .lit") == 0
    page.hover('#live-triangle [data-sel="c:2,1"]')
    assert opened.count("#live-picture .arrow.lit") == 4
    page.evaluate(
        "document.querySelector('#live-picture').scrollIntoView({block: 'center'})"
    )  # clear of the bar at the top
    page.click('#live-picture [data-sel="d:h,2"] ellipse', force=True)
    page.mouse.move(2, 2)
    assert sorted(str(n.get_attribute("data-key")) for n in page.query_selector_all("#live-picture .arrow.lit")) == [
        "L>l,2",
        "L>l,3",
        "h,3>h,2",
        "l,2>h,2",
        "l,3>h,3",
    ]


def test_everything_works_by_keyboard(browser: Browser, tmp_path: Path) -> None:
    """Tab enters the triangle, arrows walk in it, Enter keeps, Escape lets go; it is announced."""
    opened = Opened(browser, tmp_path, "elman")
    page = opened.page
    page.focus('#live-triangle [data-sel="u:1"]')
    for key in ("ArrowDown", "ArrowDown", "ArrowRight"):
        page.keyboard.press(key)
    assert page.evaluate("document.activeElement.dataset.sel") == "c:2,2"
    page.keyboard.press("Enter")
    assert page.get_attribute('[data-sel="c:2,2"]', "aria-pressed") == "true"
    page.wait_for_timeout(300)  # what is said waits until the reader does
    assert "0.0799" in opened.text("#live-status")
    page.keyboard.press("Escape")
    assert page.get_attribute('[data-sel="c:2,2"]', "aria-pressed") == "false"
    page.focus("#live-next")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    assert opened.text("#live-at") == "2 of 3"
    # U_1 (e_1 + J_2 δ_2), multiplied out, U_2 δ_2, U_3 δ_3 and J_3 δ_3
    assert opened.text("#live-products") == "6 products of letters"
    assert "1.0184" in opened.text("#live-fold li.now")


@pytest.mark.parametrize(
    ("network", "locale", "ways"), [("lstm-scalar", "en", 3), ("lstm", "zh", 3), ("elman", "en", 1)]
)
def test_an_arrow_opens_into_the_ways_of_equations(
    browser: Browser, tmp_path: Path, network: str, locale: str, ways: int
) -> None:
    """By key or pointer it opens: each way with its formula, lit in one step; they add up to the letter; Escape closes it."""
    opened = Opened(browser, tmp_path, network, locale)
    page = opened.page
    jumps = page.evaluate("live.facts.letters.map(x => x.kind === 'J' ? x.ways.length : 0)")
    letter = jumps.index(max(jumps))
    arrow = f'#live-picture [data-sel="l:{letter}@3"]'
    assert page.is_hidden("#live-opened")
    page.focus(arrow)
    page.keyboard.press("Enter")
    assert page.get_attribute(arrow, "aria-expanded") == "true"
    assert opened.count("#live-opened tbody tr") == ways
    assert opened.count("#live-opened tbody tr math") == 2 * ways
    edges = page.evaluate(f"live.facts.letters[{letter}].ways.map(way => way.map(e => live.facts.edges[e][0]))")
    lit = {
        str(arrow.get_attribute("data-key")).split(",")[0]
        for arrow in page.query_selector_all("#live-opened .arrow.lit")
    }
    assert lit == {head for way in edges for head in way}
    whole = _flat(page.evaluate(f"live.partOf({letter}, 3)"))
    parts = [_flat(page.evaluate(f"live.partOf({letter}, 3, {way})")) for way in range(ways)]
    assert all(abs(sum(entries) - entry) < 1e-12 for entry, *entries in zip(whole, *parts, strict=True))
    page.wait_for_timeout(300)  # what is said waits until the reader does
    assert opened.text("#live-status").count("h 2") == ways
    page.hover(f'#live-opened [data-sel="y:{letter}@3,0"]')
    assert len(page.query_selector_all("#live-opened .arrow.lit")) == len(edges[0])
    page.click("#live-close")
    assert page.is_hidden("#live-opened")
    assert page.evaluate("document.activeElement.dataset.sel") == f"l:{letter}@3"
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    assert page.is_hidden("#live-opened")
    assert page.get_attribute(arrow, "aria-expanded") == "false"
    assert opened.said == []


def test_the_tables_of_the_handout_answer_and_are_answered(browser: Browser, tmp_path: Path) -> None:
    """A path of the table lights its term, its cell, its arrows in both pictures and its factors; each of these lights it."""
    opened = Opened(browser, tmp_path, "elman")
    page = opened.page
    row = '#tab-paths-w_h tr[data-sel="p:5"]'
    page.click(f"{row} td:first-child [data-sel]")
    page.mouse.move(2, 2)
    assert [term.get_attribute("data-sel") for term in page.query_selector_all("main munder.lit")] == ["p:5", "p:5"]
    assert [cell.get_attribute("data-sel") for cell in page.query_selector_all("#live-triangle .lit")] == ["c:3,2"]
    arrows = {node.get_attribute("data-key") for node in page.query_selector_all("#live-picture .arrow.lit")}
    assert arrows == {"L>l,3", "l,3>h,3", "h,3>h,2", "h,2>w_h"}
    equations = {node.get_attribute("data-key") for node in page.query_selector_all("#fig-paths-w_h .arrow.lit")}
    assert equations == {"L>l,3", "l,3>y,3", "y,3>h,3", "h,3>a,3", "a,3>h,2", "h,2>a,2", "a,2>w_h"}
    assert opened.count(f"{row} [data-factor].lit") == opened.count("main [data-factor].lit") == 6
    assert page.is_visible("#live-note")
    page.keyboard.press("Escape")
    assert opened.count(".lit") == 0
    for picked in (
        '#live-triangle [data-sel="c:3,2"]',
        '#live-words tr[data-sel="w:4"] button',
        'main munder[data-sel="p:5"]',
    ):
        page.hover(picked)
        assert [line.get_attribute("data-sel") for line in page.query_selector_all("#tab-paths-w_h tr.lit")] == ["p:5"]
    page.hover(f"{row} [data-factor]")
    assert opened.count("#tab-paths-w_h tr.lit") == 3
    assert opened.count("#tab-paths-w_h [data-factor].lit") == 6
    page.focus(f"{row} td:first-child [data-sel]")
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.dataset.sel") == "p:6"
    assert page.get_attribute('#live-words tr[data-sel="w:4"] button', "aria-pressed") == "false"
    opened.set("T", "2")
    assert opened.count("#tab-paths-w_h tr.lit") == 0
    assert opened.said == []


def keys(opened: Opened, box: str, kind: str = ".lit") -> set[str]:
    """The arrows of a picture that are lit, or of another kind."""
    return {str(arrow.get_attribute("data-key")) for arrow in opened.page.query_selector_all(f"{box} .arrow{kind}")}


def test_tables_of_other_parameters_answer(browser: Browser, tmp_path: Path) -> None:
    """A path to another parameter lights its arrows and factors, its number in words; no word or cell of the main one."""
    opened = Opened(browser, tmp_path, "elman")
    page = opened.page
    row = '#tab-paths-w_x tr[data-sel="p:1.5"]'
    page.click(f"{row} td:first-child [data-sel]")
    page.mouse.move(2, 2)
    assert keys(opened, "#fig-flow") == {"L>l,3", "l,3>y,3", "y,3>h,3", "h,3>a,3", "a,3>h,2", "h,2>a,2"}
    assert keys(opened, "#live-picture") == {"L>l,3", "l,3>h,3", "h,3>h,2"}
    assert opened.count(f"{row} [data-factor].lit") == opened.count("main [data-factor].lit") == 6
    assert (
        opened.count("#live-triangle .lit")
        == opened.count("#live-words tr.lit")
        == opened.count("main munder.lit")
        == 0
    )
    example = derive("elman", 3).evaluate()
    value = example.product(derive("elman", 3).paths("w_x")[4])
    assert f"{float(value):.4f}" in opened.text("#live-reading")
    page.keyboard.press("Escape")
    page.hover(f"{row} [data-factor]:nth-of-type(1)")
    assert opened.count("#tab-paths-w_x tr.lit") == opened.count("#tab-paths-w_h tr.lit") == 3
    assert opened.said == []


EACH_ARROW = """[...document.querySelectorAll('main .arrow[data-sel]')].map(arrow => {
  arrow.dispatchEvent(new MouseEvent('click', {bubbles: true}));
  const lit = [...document.querySelectorAll(`main .arrow[data-key="${arrow.dataset.key}"]`)];
  const told = document.querySelector('#live-triangle .lit, main tr.lit') !== null;
  const found = [lit.every(other => other.matches('.lit')), told];
  arrow.dispatchEvent(new MouseEvent('click', {bubbles: true}));
  return [arrow.closest('figure').id, ...found, document.querySelectorAll('.lit').length];
})"""


@pytest.mark.parametrize(
    ("network", "figures"),
    [
        ("elman", {"fig-unrolled", "fig-paths-w_h", "fig-folding-w_h", "fig-flow"}),
        ("lstm", {"fig-unrolled", "fig-paths-W_hi", "fig-folding-W_hi"}),
        ("bidirectional-classifier", {"fig-unrolled", "fig-paths-w_h", "fig-path-w_h", "fig-flow"}),
    ],
)
def test_arrows_of_every_picture_answer(browser: Browser, tmp_path: Path, network: str, figures: set[str]) -> None:
    """Each arrow on a way to the parameter lights itself in every picture, and a cell or row; a second click lets go."""
    opened = Opened(browser, tmp_path, network)
    found = opened.page.evaluate(EACH_ARROW)
    assert {figure for figure, *_ in found} == figures
    assert all(lit and told and after == 0 for _, lit, told, after in found)
    opened.page.focus("#fig-unrolled .arrow[tabindex='0']")
    opened.page.keyboard.press("ArrowRight")
    opened.page.keyboard.press("Enter")
    assert opened.page.get_attribute("#fig-unrolled .arrow:focus", "aria-pressed") == "true"
    assert opened.said == []


def test_an_arrow_of_equations_is_the_sum_of_the_paths_along_it(browser: Browser, tmp_path: Path) -> None:
    """What an arrow of Figure 1 lights is worth what the paths along it are worth together."""
    opened = Opened(browser, tmp_path, "elman")
    lesson = derive("elman", 3)
    example = lesson.evaluate()
    paths = [path for path in lesson.paths("w_h") if {("h", 2), ("a", 2)} <= {tuple(node) for node in path.nodes}]
    opened.page.hover('#fig-unrolled [data-sel="a:h,2>a,2"]')
    total = sum(float(example.product(path)) for path in paths)
    assert f"{total:.4f}" in opened.text("#live-reading")
    assert f"{len(paths)} paths" in opened.text("#live-reading")
    assert opened.count("#tab-paths-w_h tr.lit") == len(paths)
    assert opened.count("main munder.lit") == 2 * len(paths)


def test_words_and_the_triangle_of_the_handout_answer_too(browser: Browser, tmp_path: Path) -> None:
    """Where paths are told by states, a word of the table and a cell of the triangle are those of the live part."""
    opened = Opened(browser, tmp_path, "lstm")
    page = opened.page
    for i in (1, 13):
        page.click(f'#tab-words-W_hi [data-sel="p:w{i}"] [data-sel]')
        page.mouse.move(2, 2)
        assert [tr.get_attribute("data-sel") for tr in page.query_selector_all("#live-words tr.lit")] == [f"w:{i - 1}"]
    page.keyboard.press("Escape")
    page.click('#tab-triangle-W_hi [data-sel="c:3,2"]')
    page.mouse.move(2, 2)
    assert opened.count("#live-words tr.lit") == opened.count("#tab-words-W_hi tr.lit") == 3
    assert opened.said == []


def test_a_link_keeps_the_settings(browser: Browser, tmp_path: Path) -> None:
    """The address after a click on the link leads to the same numbers; nonsense in it is passed over."""
    opened = Opened(browser, tmp_path, "elman")
    opened.set("T", "6")
    opened.set("w_h", "0.25")
    opened.page.fill('#live-numbers input[data-k="x"][data-t="2"]', "-1")
    before = opened.text("#live-results")
    opened.page.click("#live-link")
    address = opened.page.evaluate("location.href")
    opened.page.goto("about:blank")
    opened.page.goto(address)
    assert opened.text("#live-results") == before
    opened.page.goto("about:blank")
    opened.page.goto(re.sub("#.*", "#T=99&w_h=x&nobody=1&__proto__=2", address))
    assert "1.1949" in opened.text("#live-results")
    assert opened.said == []


def test_entries_of_a_matrix_stand_apart(browser: Browser, tmp_path: Path) -> None:
    """Between the entries of a row there is room, also in a matrix that stands in a display of several lines."""
    page = Opened(browser, tmp_path, "lstm").page
    gaps = page.evaluate(
        """() => [...document.querySelectorAll("mtable:not([class]) > mtr")].flatMap(row => {
            const edge = cell => { const seen = document.createRange(); seen.selectNodeContents(cell);
                                   return seen.getBoundingClientRect() };
            const cells = [...row.children].map(edge);
            return cells.slice(1).map((cell, place) => cell.left - cells[place].right);
        })"""
    )
    assert len(gaps) > 20
    assert min(gaps) > 5


def test_numbers_stand_in_the_columns_of_their_symbols(browser: Browser, tmp_path: Path) -> None:
    """The signs of a line of symbols and of the line of numbers beneath it are in the same places, in every such display."""
    page = Opened(browser, tmp_path, "elman").page
    lines = page.evaluate(
        """() => [...document.querySelectorAll('.display:has(mphantom)')].map(display =>
            [...display.querySelectorAll('mtable.aligned > mtr')].map(line =>
                [...line.querySelectorAll('mo')].filter(sign => !sign.closest('mphantom') && '⋅+='.includes(sign.textContent))
                    .map(sign => sign.textContent + Math.round(sign.getBoundingClientRect().left))))"""
    )
    pairs = [(above, beneath) for display in lines for above, beneath in zip(display[::2], display[1::2], strict=False)]
    assert [above == beneath[: len(above)] for above, beneath in pairs] == [True] * 3
    assert [len(above) for above, _ in pairs] == [2, 5, 9]


CUT = """[...document.querySelectorAll('main figure')].filter(figure => {
  const box = figure.querySelector('.scroll').getBoundingClientRect();
  return [...figure.querySelectorAll('.node > :first-child, .arrow > path')].some(shape => {
    const seen = shape.getBoundingClientRect();
    return seen.top < box.top || seen.bottom > box.bottom;
  });
}).map(figure => figure.id)"""


def test_pictures_are_whole_in_their_boxes(browser: Browser, tmp_path: Path) -> None:
    """No node or arrow is cut off above or below by the box in which its picture scrolls."""
    assert Opened(browser, tmp_path, "elman").page.evaluate(CUT) == []


def test_without_a_script_the_page_is_the_handout(browser: Browser, tmp_path: Path) -> None:
    """Nothing of the part that answers is seen, and all of the handout is."""
    opened = Opened(browser, tmp_path, "elman", java_script_enabled=False)
    assert not opened.page.is_visible("#live")
    assert opened.page.is_visible("#fig-unrolled svg")
    assert opened.count("main h2") == 11


@pytest.mark.parametrize(
    ("network", "locale", "scheme"),
    [("lstm-scalar", "en", "dark"), ("lstm-scalar", "zh", "light"), ("elman", "en", "light"), ("elman", "zh", "dark")],
)
def test_nothing_serious_keeps_anybody_out(
    browser: Browser, tmp_path: Path, network: str, locale: str, scheme: Any
) -> None:
    """Axe finds no serious fault; on a phone nothing makes the page itself scroll sideways."""
    opened = Opened(browser, tmp_path, network, locale, color_scheme=scheme)
    opened.page.click("#live-triangle tbody .cell")
    assert opened.serious() == []
    opened.page.set_viewport_size({"width": 360, "height": 780})
    assert opened.page.evaluate("document.documentElement.scrollWidth") == 360


@pytest.mark.parametrize("network", ["elman", "lstm"])
def test_the_page_is_small(network: str) -> None:
    """It goes by mail: at most 0.6 MB."""
    assert len(html(network).encode()) <= 600_000


def test_hostile_text_stays_text() -> None:
    """What a file says cannot end the facts for the script, or begin another."""
    facts = re.search('<script type="application/json" id="live-facts">(.*?)</script>', html("elman"), re.DOTALL)
    assert facts is not None
    assert "<" not in facts[1]
    assert json.loads(facts[1])["T"] == 3
