"""The page in Firefox: it computes, reads and opens as in Chromium. Where Firefox is not installed the tests are skipped."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from marionette import FIREFOX, Firefox

from derive import derive
from derive.report.options import Options
from derive.report.publish import made

pytestmark = pytest.mark.skipif(FIREFOX is None, reason="Firefox is not installed: firefox-esr")
NARROW = 500
"""The least width that a window of Firefox has."""


@pytest.fixture(scope="module")
def firefox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firefox]:
    """One Firefox for all tests."""
    with Firefox(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.mark.parametrize(("network", "locale"), [("elman", "en"), pytest.param("lstm", "zh", marks=pytest.mark.slow)])
def test_the_page_answers_in_firefox_as_elsewhere(firefox: Firefox, tmp_path: Path, network: str, locale: str) -> None:
    """L is that of derive; formulas are laid out, nothing is wider than the page; by key an arrow opens and closes."""
    lesson = derive(network, 3)
    (name, content), *_ = made(lesson, Options(locale=locale, formats=["html"])).files.items()
    (tmp_path / name).write_bytes(content)
    firefox.open(tmp_path / name)
    example = lesson.evaluate()
    assert firefox.run("document.querySelector('[data-of=L]').textContent") == str(example.show(example.loss))
    base, below = firefox.run(
        "[...document.querySelector('main msub').children].map(n => { const r = n.getBoundingClientRect(); "
        "return [r.height, r.y + r.height / 2]; })"
    )
    assert 0 < below[0] < base[0]
    assert below[1] > base[1]
    firefox.resize(NARROW, 900)
    assert firefox.run("document.documentElement.scrollWidth <= innerWidth")
    jump = firefox.run("live.facts.letters.findIndex(x => x.kind === 'J')")
    arrow = f'#live-picture [data-sel="l:{jump}@3"]'
    ways = firefox.run(f"live.facts.letters[{jump}].ways.length")
    firefox.press(arrow, "\ue007")
    assert firefox.run("document.querySelectorAll('#live-opened tbody tr').length") == ways
    firefox.press(arrow, "\ue00c")
    assert firefox.run("document.querySelector('#live-opened').hidden")
