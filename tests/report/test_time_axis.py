"""One time axis: in the graph, in what is picked, in the triangle and in the numbers a step stands in the same column."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from browsing import Opened, opened_browser

if TYPE_CHECKING:
    from playwright.sync_api import Browser

LEAKY = """
name = "leaky"
inputs = ["x"]
targets = ["d"]
parameters = ["w", "u", "k", "p"]
loss = "l"
[equations]
s = "p*s[t-1] + (1 - p)*tanh(v[t-2])"
v = "v[t-1]/2 + (w*x[t] + u*tanh(v[t-1]) - k*s[t])/2"
l = "(tanh(v[t]) - d[t])**2/2"
[initial]
v = 0
s = 0
[values]
w = 1
u = 1.2
k = 0.5
p = 0.8
x = 1
d = 0
"""
"""Two states, one of them read two steps later, as in a network of leaky units that grow tired."""
FIXED = """
name = "fixed"
inputs = ["x"]
targets = ["d"]
parameters = ["w", "u", "v"]
loss = "l"
loss_at = "last"
[equations]
h = "tanh(w*x[t] + u*h[t-1])"
g = "tanh(v*x[t] + u*g[t+1])"
l = "(h[t] + g[1] - d[t])**2/2"
[initial]
h = 0
g = 0
[values]
w = 0.5
u = 0.8
v = -0.4
x = [1, -1, 0.5]
d = 1
"""
"""Two directions, and a state that is read at one step for all t."""

CENTRES = """() => {
  const middle = n => { const r = n.getBoundingClientRect(); return r.x + r.width / 2; };
  const of = (row, from = 1) => row ? [...row.cells].slice(from, -1).map(middle) : [];
  const nodes = [...document.querySelectorAll('#live-picture .node[data-key]')].map(
    n => [...n.dataset.key.split(','), n.firstElementChild]);
  const steps = live.state.T, names = [...new Set(nodes.map(n => n[0]))].filter(
    name => nodes.filter(([other, t]) => other === name && t >= 1 && t <= steps).length === steps);
  const graph = Array.from({length: steps}, (_, i) => {
    const across = nodes.filter(([name, t]) => names.includes(name) && t == i + 1).map(n => middle(n[2]));
    return (Math.min(...across) + Math.max(...across)) / 2;
  });
  const rows = selector => [...document.querySelectorAll(selector)].map(row => of(row));
  const boxes = ['reading', 'triangle', 'numbers'].map(name => [name, rows(`#live-${name} tr`)]);
  return {graph: [graph], ...Object.fromEntries(boxes)};
}"""
OVER = """() => [...document.querySelectorAll('#live-time .axis :is(td, th)')].filter(cell => {
  const seen = document.createRange(); seen.selectNodeContents(cell);
  const inner = seen.getBoundingClientRect(), outer = cell.getBoundingClientRect();
  return inner.width && (inner.left < outer.left - 1 || inner.right > outer.right + 1);
}).map(cell => cell.textContent)"""
"""Cells that run into others."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all tests."""
    yield from opened_browser()


def opened(browser: Browser, path: Path, network: str, steps: int, locale: str = "en") -> Opened:
    """A page with T and a cell of its triangle chosen; a network may be given by its text."""
    if "\n" in network:
        name = path / f"{network.split(chr(34))[1]}.toml"
        name.write_text(network, encoding="utf-8")
        network = str(name)
    page = Opened(browser, path, network, locale)
    page.set("T", str(steps))
    page.page.click(f'#live-triangle [data-sel="c:{steps},2"]')
    page.page.mouse.move(2, 2)
    return page


def aligned(page: Opened, steps: int) -> None:
    """Every exhibit has each step where the others have it, nothing runs over, and the page stays where it is."""
    found = page.page.evaluate(CENTRES)
    (graph,) = found.pop("graph")
    assert len(graph) == steps
    for exhibit, rows in found.items():
        assert rows, exhibit
        for row in rows:
            assert row == pytest.approx(graph, abs=1), exhibit
    assert page.page.evaluate(OVER) == []
    assert page.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


@pytest.mark.parametrize(
    ("network", "steps"),
    [
        pytest.param("elman", 8, id="elman"),
        pytest.param("lstm", 3, id="lstm", marks=pytest.mark.slow),
        pytest.param("bidirectional", 4, id="bidirectional", marks=pytest.mark.slow),
        pytest.param(LEAKY, 6, id="leaky"),
        pytest.param(FIXED, 8, id="fixed", marks=pytest.mark.slow),
    ],
)
def test_a_step_stands_in_one_column_everywhere(browser: Browser, tmp_path: Path, network: str, steps: int) -> None:
    """Graph, picked word, triangle and numbers share columns, also after T has been moved, and on a phone."""
    page = opened(browser, tmp_path, network, steps)
    aligned(page, steps)
    page.set("T", "2")
    page.page.click('#live-triangle [data-sel="c:2,2"]')
    aligned(page, 2)
    page.set("T", str(steps))
    page.page.set_viewport_size({"width": 360, "height": 780})
    page.page.click(f'#live-triangle [data-sel="c:{steps},2"]')
    aligned(page, steps)
    assert page.said == []


def test_rows_keep_their_names_when_the_axis_is_scrolled(browser: Browser, tmp_path: Path) -> None:
    """On a phone all exhibits scroll together in one box, and what a row is called stays at the left."""
    page = opened(browser, tmp_path, "elman", 8, "zh")
    page.page.set_viewport_size({"width": 360, "height": 780})
    page.page.evaluate("document.querySelector('#live-time').scrollLeft = 200")
    aligned(page, 8)
    left = page.page.evaluate("document.querySelector('#live-time').getBoundingClientRect().left")
    heads = page.page.evaluate(
        "[...document.querySelectorAll('#live-time th[scope=row]')].map(n => n.getBoundingClientRect().left)"
    )
    assert len(heads) > 15
    assert heads == pytest.approx([left] * len(heads), abs=1)


def test_the_row_below_the_graph_runs_from_the_loss(browser: Browser, tmp_path: Path) -> None:
    """What is so far of a word is, step by step, the product of its letters from the loss on; in the end what it adds."""
    page = opened(browser, tmp_path, "elman", 4)
    rows = page.page.evaluate(
        "[...document.querySelectorAll('#live-reading tr')].map(row => [...row.cells].slice(1, -1).map(c => c.innerText))"
    )
    letters, values, so_far = rows
    assert [cell != "" for cell in letters] == [False, True, True, True]
    jump, error = map(float, values[3].split("\n"))
    assert float(so_far[3]) == pytest.approx(error, abs=1e-4)
    assert float(so_far[2]) == pytest.approx(error * jump, abs=1e-4)
    assert float(so_far[1]) == pytest.approx(error * jump * float(values[2]), abs=1e-4)
    added = page.page.evaluate("live.sums({losses: new Set([4]), uses: new Set([2])})")
    assert added == pytest.approx(float(so_far[1]) * float(values[1]), abs=1e-4)
    assert f"{added:.4f}" in page.text("#live-reading .told b")
