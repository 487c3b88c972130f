"""Cut the typefaces of the web page out of Latin Modern.

A page carries its typefaces in itself, so they hold what its formulas and its Latin text need, and no more. This script keeps
the signs of `derive/notation/letters.py` and the letters of formulas of Latin Modern Math, in all sizes, so that brackets
stretch, and the Latin text of Latin Modern Roman, regular, bold and italic. Hints are left out: they are not seen. It writes
`LatinModernMath.woff2` and `LatinModernRoman-*.woff2` into `derive/report/writers/web/`, where `GUST-FONT-LICENSE.txt` says how
they may be used. The same originals and the same fontTools give the same bytes.

The originals are those of the Debian package `fonts-lmodern`, Latin Modern 2.005 and Latin Modern Math 1.959. To run:

    apt-get install fonts-lmodern
    pip install fonttools==4.68.0 brotli==1.2.1
    python scripts/make_web_fonts.py /usr/share/texmf/fonts/opentype/public
"""

import argparse
from pathlib import Path

from fontTools.subset import Options, Subsetter, load_font, save_font

TARGET = Path(__file__).resolve().parent.parent / "derive" / "report" / "writers" / "web"

SIGNS = "∂∇∅∀∃∈∉∏∑−∓∗∘√∝∞∣∥∧∨∩∪∼≈≔≠≡≤≥≪≫⊂⊆⊕⊗⊙⊤⊥⋅⋮⋯⋱←→↦⇒⇔⌈⌉⌊⌋⟨⟩⟦⟧✓ℓℒℎℝ𝜕ϵϑϕϱϖ"
MATH = (
    range(0x0020, 0x007F),  # Latin
    (0x00A0, 0x00AC, 0x00AF, 0x00B1, 0x00B7, 0x00D7),
    (0x02C6, 0x02C7, 0x02D9, 0x02DC),  # accents
    (0x0302, 0x0303, 0x0304, 0x0307, 0x0308, 0x20D7),  # accents that stand on a letter
    range(0x0391, 0x03CA),  # Greek
    (0x2013, 0x2014, 0x2016, 0x2018, 0x2019, 0x201C, 0x201D, 0x2026, 0x2032, 0x2061, 0x2062, 0x2064),
    tuple(map(ord, SIGNS)),
    range(0x239B, 0x23B4),  # parts of brackets
    (0x23DE, 0x23DF),  # braces above and below
    range(0x1D434, 0x1D468),  # italic
    range(0x1D7CE, 0x1D7D8),  # bold digits
    range(0x1D6E2, 0x1D71C),  # Greek, italic
)
ROMAN = (range(0x0020, 0x007F), range(0x00A0, 0x0100), tuple(map(ord, "–—‘’“”…−")))
ORIGINALS = {
    "LatinModernMath.woff2": ("lm-math/latinmodern-math.otf", MATH),
    "LatinModernRoman-Regular.woff2": ("lm/lmroman10-regular.otf", ROMAN),
    "LatinModernRoman-Bold.woff2": ("lm/lmroman10-bold.otf", ROMAN),
    "LatinModernRoman-Italic.woff2": ("lm/lmroman10-italic.otf", ROMAN),
}


def main() -> None:
    """Write every subset."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("originals", type=Path, help="the folder with lm and lm-math in it")
    folder: Path = parser.parse_args().originals
    for name, (original, blocks) in ORIGINALS.items():
        options = Options(
            flavor="woff2",
            layout_features=["ssty", "dtls", "kern"] if blocks is MATH else ["kern", "liga", "tnum", "lnum"],
            hinting=False,
            desubroutinize=True,
        )
        options.name_IDs = ["*"]
        options.notdef_outline = True
        font = load_font(str(folder / original), options)
        subsetter = Subsetter(options)
        subsetter.populate(unicodes=[code for block in blocks for code in block])
        subsetter.subset(font)
        font["head"].modified = font["head"].created
        save_font(font, str(TARGET / name), options)


if __name__ == "__main__":
    main()
