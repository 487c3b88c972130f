"""Cut the Chinese fonts of the handout out of Noto Serif SC.

The originals hold 30,000 glyphs and 14 MB a weight; a handout needs the characters of everyday and mathematical
Chinese. This script keeps the hanzi of GB 2312 level 1 (3,755, rows 16 to 55 of the standard), the standard's
punctuation, full-width forms and Greek, those of its level-2 hanzi that mathematics and names use, and Latin with its
accents, so that a name such as Hölder needs no second font. It writes

    NotoSerifSC-Regular.ttf, NotoSerifSC-Bold.ttf   the two subsets, family "Noto Serif SC"
    characters.txt                                  every character that both of them have; line ends do not count
    OFL.txt                                         the licence, under the copyright lines of the originals

into `derive/report/engines/fonts/`. The same originals and the same fontTools give the same bytes.

The originals are in the npm package `@expo-google-fonts/noto-serif-sc`, version 0.4.3, under the SIL Open Font License
1.1. Neither it nor the fonts reserve the name Noto Serif SC, so the subsets keep it. To run:

    npm pack @expo-google-fonts/noto-serif-sc@0.4.3        # in a temporary folder
    tar xzf expo-google-fonts-noto-serif-sc-0.4.3.tgz      # makes ./package
    pip install fonttools==4.68.0
    python scripts/make_fonts.py path/to/package
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

# Rows of GB 2312: 1 punctuation and signs, 2 numbers such as ①, 3 full-width ASCII, 6 Greek, 16 to 55 level 1.
GB2312_ROWS = (1, 2, 3, 6, *range(16, 56))

# All 3,008 hanzi of level 2 would double the size. These are the ones of mathematics (阈值, 信息熵, 耦合, 演绎 …), of
# bookish prose and of people's names; for names, a few that GB 2312 lacks as well.
OTHER_HANZI = (
    "仝伽佟俣倩僖兮冼叵哓喏喵嗯噗噢噱囫囵囹囿圻埭墁夭奕妍妤姗姣娅娓娴婷嫒嬴孑孓孚宓宕寮岐岑岚峥嵇嵘嵩幺庾"
    "弋彗彷徉徜徨忐忑忖忪怡恺恽悖悱惘惚惴慵憧憬懵懿拗揶撷攸斐旌旎旖旮旯昊昵昶晁晔晖晗晟暄曦曷杳杼枘栩桎桢"
    "桦梏梵棣楠榕橹檠殁毓氤氲汨汶沓泓洇涓涿淇淙淼渎滢漪潺濯灏炀炅炜烨焓煊煜熠熵爻狩猝玟玮珂珈珏珞琊琛琦琪"
    "琬瑕瑜瑾璐璞瓒瓯瓴甬痼皓盱眙睽睿砝碓祢禊禧稔穹竺笃筠筮箬箴簋籁粲糅糗綦绌绔绮绻绾缜缦缪缱罅羁翊翎翕翡"
    "耄耆耦聆聿胥脍臬臾舛舨艮芊芮苒苓苡茉茕茗荃荏莘菁菡萃萱蓦蕙薇蘅螯衮裨觑訾诂诌诙诠诤诨诩谀谌谑谕谙谛谟"
    "谧谲谶赅赝跚跷踵蹊蹒轫轭轶轸轼辍辔迥迩逄逦遑遢遴邃邋郇郦鄢酩醍醐鑫钊钰钹铄铎铿锃锟锱锴镌闫闵阈阕阙陲"
    "隽雎雯霁霎霏鞅韫韬颀颉颏颔飒飨馥馨骁骈骐骞骥鲲鳌鸠鹄鹭麒黛黯龃龉龊龌绎诘喆垚堃濛燊璟祎赟彧"
)

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


def wanted() -> set[int]:
    """The code points that a handout may need, whether or not the originals have them."""
    text = "".join((*gb2312(GB2312_ROWS), *OTHER_HANZI))
    return {*map(ord, text), *(point for block in BLOCKS for point in block)}


def subset(original: Path, target: Path) -> None:
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
        subsetter.populate(unicodes=wanted())
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
    """Read the unpacked package that the command line names, write the four files."""
    parser = argparse.ArgumentParser(description="Cut the Chinese fonts of the handout out of Noto Serif SC.")
    parser.add_argument("package", type=Path, help="folder of the unpacked npm package")
    package: Path = parser.parse_args().package

    TARGET.mkdir(parents=True, exist_ok=True)
    for name, original in ORIGINALS.items():
        subset(package / original, TARGET / name)

    points = sorted(set.intersection(*(character_map(TARGET / name) for name in ORIGINALS)))
    lines = ("".join(map(chr, points[start : start + LINE])) + "\n" for start in range(0, len(points), LINE))
    (TARGET / "characters.txt").write_text("".join(lines), encoding="utf-8")

    licence = (package / LICENCE).read_text(encoding="utf-8")
    (TARGET / "OFL.txt").write_text(notice(TARGET / next(iter(ORIGINALS))) + licence, encoding="utf-8")


if __name__ == "__main__":
    main()
