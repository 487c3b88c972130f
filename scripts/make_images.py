"""Draw the pictures of the documentation: pages of the handouts, as they are now.

For each picture below a handout is made, and of its pages the one on which a figure or table stands is kept:

    docs/images/elman-T3.png       the paths of the Elman network to its recurrent weight, in English
    docs/images/elman-T3.zh.png    the same page in Chinese

Pages are set by Typst, which comes with derive, so the same texts give the same pictures on every machine. To run,
after `make report` has made the virtual environment:

    .venv/bin/python scripts/make_images.py
"""

import json
from pathlib import Path

import typst

from derive import derive
from derive.report.engines import FONTS
from derive.report.narrative.shells import shell
from derive.report.narrative.templates import environment
from derive.report.options import Options
from derive.report.publish import subject, tell
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


def main() -> None:
    """Draw every picture."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    for name, wanted in PICTURES.items():
        (IMAGES / name).write_bytes(page(*wanted))


if __name__ == "__main__":
    main()
