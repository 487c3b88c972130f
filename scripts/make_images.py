"""Draw the pictures of the documentation: pages of the handouts, as they are now.

For each picture below a handout is made, and of its pages the one on which a figure or table stands is kept:

    docs/images/elman-T3.png       the paths of the Elman network to its recurrent weight, in English
    docs/images/elman-T3.zh.png    the same page in Chinese
    docs/images/lstm-live.png      the web page of an LSTM for T = 3, with a word picked, in English
    docs/images/lstm-live.zh.png   the same in Chinese

Pages are set by Typst, which comes with derive, so the same texts give the same pictures on every machine. The web page is
taken from Chromium, with the Chinese typeface that is installed (Debian: fonts-noto-cjk-extra). To run, after `make browser`:

    .venv/bin/python scripts/make_images.py
"""

import json
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import typst
from playwright.sync_api import sync_playwright

from derive import derive
from derive.report.engines import FONTS
from derive.report.narrative.shells import shell
from derive.report.narrative.templates import environment
from derive.report.options import Options
from derive.report.publish import made, subject, tell
from derive.report.writers.typst import typst_source

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
RESOLUTION = 80  # dots per inch: a page is about 660 dots wide, as wide as GitHub shows a README

# file: network, T, language, and the label of what the page has to show
PICTURES = {
    "elman-T3.png": ("elman", 3, "en", "tab-paths-w_h"),
    "elman-T3.zh.png": ("elman", 3, "zh", "tab-paths-w_h"),
}


def page(network: str, steps: int, locale: str, label: str) -> bytes:
    """Return the page of a handout on which the thing with that label stands, as PNG."""
    handout = tell(subject(derive(network, steps), Options(locale)))
    source = typst_source(handout, shell(environment(), "typst.typ", locale))
    source += f'\n#context [#metadata(locate(label("{label}")).page()) <wanted>]\n'
    fonts = typst.Fonts(include_system_fonts=False, font_paths=[FONTS])
    wanted = json.loads(typst.query(source.encode(), "<wanted>", field="value", one=True, font_paths=fonts))
    pages = typst.compile(source.encode(), format="png", ppi=RESOLUTION, font_paths=fonts)
    return pages[wanted - 1] if isinstance(pages, list) else pages


# file: network, T, language, and what is picked
LIVE = {
    "lstm-live.png": ("lstm", 3, "en", "w:14"),
    "lstm-live.zh.png": ("lstm", 3, "zh", "w:14"),
}


def live(network: str, steps: int, locale: str, picked: str) -> bytes:
    """Return the part of the web page that answers, with something picked, as PNG."""
    (content,) = made(derive(network, steps), Options(locale, formats=["html"])).files.values()
    with TemporaryDirectory() as folder, sync_playwright() as play:
        file = Path(folder) / "page.html"
        file.write_bytes(content)
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1180, "height": 2400}, device_scale_factor=0.64)
        page.goto(file.as_uri())
        page.click(f'#live [data-sel="{picked}"]')
        page.mouse.move(1, 1)
        return page.locator("#live").screenshot()


def main() -> None:
    """Draw every picture."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    for name, shown in LIVE.items():
        (IMAGES / name).write_bytes(live(*shown))
    for name, wanted in PICTURES.items():
        (IMAGES / name).write_bytes(page(*wanted))


if __name__ == "__main__":
    main()
