"""Pages in a browser: Debian's Chromium, driven by playwright.

Where either is missing the tests are skipped; where CI is set, that is a failure.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from derive import derive
from derive.report.options import Options
from derive.report.publish import made

try:
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import Browser, Page, sync_playwright
except ImportError:
    Axe = None

CHROMIUM = shutil.which("chromium")


@cache
def html(network: str, locale: str = "en") -> str:
    """The page of a network, by its name or the path of its file."""
    (name, content), *_ = made(derive(network, 3), Options(locale=locale, formats=["html"])).files.items()
    assert name.endswith(".html")
    return content.decode()


def opened_browser() -> Iterator[Browser]:
    """A browser, for a fixture that all tests of a module share."""
    if Axe is None or CHROMIUM is None:
        reason = "playwright, axe-playwright-python and Chromium are needed: make browser"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


class Opened:
    """A page with what it said on its console, and what it asked for."""

    def __init__(self, browser: Browser, path: Path, network: str, locale: str = "en", **context: Any) -> None:
        """Open it."""
        file = path / f"{Path(network).stem}.{locale}.html"
        file.write_text(html(network, locale), encoding="utf-8")
        self.page: Page = browser.new_context(viewport={"width": 1400, "height": 1000}, **context).new_page()
        self.said: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(file.as_uri())

    def set(self, name: str, value: str) -> None:
        """Type a value, as a reader does."""
        self.page.fill(f'#live-controls input[type=number][data-k="{name}"]', value)

    def text(self, selector: str) -> str:
        """The text of an element."""
        return self.page.text_content(selector) or ""

    def count(self, selector: str) -> int:
        """How many elements there are."""
        return len(self.page.query_selector_all(selector))

    def serious(self) -> list[str]:
        """What axe finds that keeps somebody out."""
        found = Axe().run(self.page).response["violations"]
        return [fault["id"] for fault in found if fault["impact"] in {"serious", "critical"}]
