"""Page: how long a web page takes until it answers, and how long each step of a slider, in Chromium, beside a blank page.

A page is ready when it has been loaded, its script has drawn everything, and the browser has laid it out. A step of a slider is
all that follows from it: numbers, words, triangle, folding and picture drawn anew and laid out.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.measure import Row, at_most, medians, missing, within
from derive.derivation import derive
from derive.report.options import Options
from derive.report.publish import made

PAGES = (("elman", 8, "w_h"), ("lstm-scalar", 3, "w_hi"))
"""A network, how many steps it is shown with, and the parameter whose slider is moved."""
READY, STEP = 1.0, 0.05
"""In seconds: so long may a page take, and so long a step of a slider."""
BLANK = "a blank page"
CHROMIUM = shutil.which("chromium")
_EMPTY = "<!doctype html><title>blank</title><p>blank</p>"
_LAID_OUT = (
    "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(document.body.offsetHeight))))"
)
_MOVE = """([name, value]) => {
  const slider = document.querySelector(`#live-controls input[type=range][data-k="${name}"]`), begin = performance.now();
  slider.value = value;
  slider.dispatchEvent(new Event('input', { bubbles: true }));
  return document.body.offsetHeight ? performance.now() - begin : NaN;
}"""


def rows(*, quick: bool) -> Iterator[Row]:
    """Per page, until it is ready, and a step; both within their limit, and beside a blank page."""
    if find_spec("playwright") is None or CHROMIUM is None:
        yield missing("a web page until it is ready", "Chromium and its driver")
        return
    repeats = 1 if quick else 9
    with TemporaryDirectory() as folder, _browser() as page:
        blank = Path(folder) / "blank.html"
        blank.write_text(_EMPTY, encoding="utf-8")
        for network, steps, parameter in PAGES[:1] if quick else PAGES:
            (content,) = made(derive(network, steps), Options(formats=("html",))).files.values()
            file = Path(folder) / f"{network}.html"
            file.write_bytes(content)
            what = f"page of {network}, T = {steps}"
            ready, empty = medians(partial(_open, page, file), partial(_open, page, blank), repeats=repeats, once=True)
            yield within(f"{what}: until it is ready", ready, READY)
            yield at_most(f"{what}: until it is ready, beside", ready, empty, BLANK, times=None)
            step = _step(page, file, parameter, repeats)
            yield within(
                f"{what}: a step of a slider", step, STEP, "all numbers, words and pictures anew, and laid out"
            )
            yield at_most(f"{what}: a step of a slider, beside", step, empty, BLANK, times=None)


@contextmanager
def _browser() -> Iterator[Any]:
    """A page of Debian's Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser.new_page()
        browser.close()


def _open(page: Any, file: Path) -> None:
    page.goto(file.as_uri())
    page.evaluate(_LAID_OUT)


def _step(page: Any, file: Path, parameter: str, repeats: int) -> float:
    """The median of so many steps, after one to warm up, in seconds."""
    _open(page, file)
    places = count(-50, 7)
    taken = [page.evaluate(_MOVE, [parameter, str(next(places) / 100)]) for _ in range(repeats + 1)]
    return float(median(taken[1:])) / 1000
