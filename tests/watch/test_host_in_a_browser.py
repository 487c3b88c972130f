"""The host page in a browser: what is new is loaded where the reader was, what is wrong stands above it, as text."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest

from derive.report.narrative.languages import words
from derive.report.narrative.templates import environment
from derive.watch import Desk, Fault, Server, host_page

try:
    from playwright.sync_api import Page, sync_playwright
except ImportError:
    sync_playwright = None

CHROMIUM = shutil.which("chromium")
EVIL = "<img src=x onerror=\"document.title='evil'\">"
TALL = '<!doctype html><title>p</title><h1 id="{0}">{0}</h1><div style="height:5000px"></div>'


@pytest.fixture
def opened() -> Iterator[tuple[Desk, Page, list[str]]]:
    """A desk, the host page of its server, and what the browser says."""
    if sync_playwright is None or CHROMIUM is None:
        reason = "playwright and Chromium are needed: make browser"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
    desk = Desk()
    server = Server(desk, host_page("en", words(environment(), "en")))
    server.begin()
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.goto(server.address)
        yield desk, page, said
        browser.close()
    server.end()


def test_the_page_is_loaded_anew_where_the_reader_was(opened: tuple[Desk, Page, list[str]]) -> None:
    """And a fault stands above it with its line, as text, until it is mended; the page that was good stays."""
    desk, page, said = opened
    desk.put(TALL.format("one").encode())
    frame = page.frame_locator("#page")
    frame.locator("#one").wait_for()
    assert page.locator("#fault").is_hidden()
    page.frames[1].evaluate("scrollTo(0, 1200)")
    desk.complain(Fault(f"mine.toml: line 8: {EVIL}", 8, 7, ("before", EVIL, "after")))
    page.locator("#fault").wait_for()
    assert page.text_content("#message") == f"mine.toml: line 8: {EVIL}"
    assert page.locator("#lines li.wrong").all_text_contents() == [EVIL]
    assert page.locator("#lines").get_attribute("start") == "7"
    assert page.locator("#kept").is_visible()
    assert page.title() == "derive watch"
    assert frame.locator("#one").count() == 1
    desk.put(TALL.format("two").encode())
    frame.locator("#two").wait_for()
    page.locator("#fault").wait_for(state="hidden")
    page.wait_for_function("document.getElementById('page').contentWindow.scrollY === 1200")
    assert [message for message in said if "favicon" not in message and "404" not in message] == []
