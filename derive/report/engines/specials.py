r"""Make a PDF of what XeTeX set, unless it asks for a file: ``python specials.py PROGRAM … NAME.xdv``, run by latexmk.

TeX itself opens no file outside of its folder (``openin_any=p``), but xdvipdfmx does:
``\special{pdf:fstream @x (/etc/passwd)}`` puts one into the PDF. So the specials are looked through before, and only those
pass that draw, colour, and link, and the one that shows the logo, a file of the folder. XeTeX takes a typeface from any place
that is named, too: only those of TeX, of the system and of this package get into a PDF. Nor does xdvipdfmx find a configuration
in the folder, which can name a program to run.

The format is that of DVI (D. R. Fuchs, TUGboat 3(2), 1982) with XeTeX's glyphs, version 7: bytes 252 to 254.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

_HARMLESS: Final = re.compile(
    rb"\s*(?:color\s|dvipdfmx:config C 0x[0-9a-fA-F]+\s*$|background\s"
    rb"|x:(?:textcolorpush|textcolorpop|gsave|grestore|scale\s[\d.\s-]*$)"
    rb"|pdf:image matrix [\d. -]+ page \d+ pagebox [a-z]+ \(\./[^()/\\]+\.logo\.pdf\)\s*$"
    rb"|pdf:\s*(?:ann|annot|annotate|annotation|array|bann|bbeginann|bc|bcolor|bcontent|begincolor|beginann|bg|bgcolor|bop|bt|btrans"
    rb"|begintransform|bxobj|beginxobj|close|code|content|dest|dict|docinfo|docview|eann|eannot|ec|ecolor|econtent|endann|endcolor|eop"
    rb"|et|etrans|endtransform|exobj|endxobj|link|literal|minorversion|majorversion|names|nolink|obj|object|out|outline|pageresources"
    rb"|pagesize|put|scolor|setcolor|stream|uxobj|usexobj)(?![\w]))"
)
_OTHER: Final = (
    b"neither drawn, coloured nor linked, but perhaps read from a file, would be what this special asks for: "
)
_NO_FOLDER: Final = "/nonexistent"
_TREES: Final = ("TEXMFDIST", "TEXMFMAIN", "TEXMFLOCAL", "TEXMFDEBIAN", "TEXMFSYSVAR", "OSFONTDIR")
_OF_THE_SYSTEM: Final = (
    *("/usr/share/fonts", "/usr/local/share/fonts", "/usr/share/texmf", "/opt/X11/share/fonts", "/run/current-system"),
    *("/nix/store", "/Library/Fonts", "/System/Library", "C:/Windows/Fonts"),
)
"""Where typefaces are that everybody on a machine has."""
_ELSEWHERE: Final = b"typefaces are those of TeX, of the system and of derive; this one stands elsewhere"
# How many bytes follow an operation.
_LENGTHS: Final = {
    **{code: code - 127 for code in range(128, 132)},
    **{code: code - 132 for code in range(133, 137)},
    132: 8, 137: 8, 139: 44,
    **{first + size: size + 1 for first in (143, 148, 153, 157, 162, 167, 235) for size in range(4)},
}  # fmt: skip
_NOTHING: Final = frozenset((*range(128), 138, 140, 141, 142, 147, 152, 161, 166, *range(171, 235)))
_PREAMBLE, _POSTAMBLE = 247, 248
_BEFORE_THE_NAME: Final = 11


def specials(content: bytes) -> Iterator[bytes]:
    """Yield the specials of all pages; raise `ValueError` for what is no such file."""
    return (what for what, is_font in asked_for(content) if not is_font)


def asked_for(content: bytes) -> Iterator[tuple[bytes, bool]]:
    """Yield the specials of all pages, and the places of typefaces, each with whether it is one; raise as `specials` does."""
    place = 0

    def number(size: int) -> int:
        nonlocal place
        if place + size > len(content):
            raise ValueError("it ends early")
        place += size
        return int.from_bytes(content[place - size : place], "big")

    def skip(size: int) -> None:
        nonlocal place
        place += size

    while (code := number(1)) != _POSTAMBLE:
        if code in _NOTHING:
            continue
        if code in _LENGTHS:
            skip(_LENGTHS[code])
        elif 239 <= code <= 242:  # a special
            size = number(code - 238)
            yield content[place : place + size], False
            skip(size)
        elif 243 <= code <= 246:  # the definition of a font
            skip(code - 242 + 12)
            skip(sum((number(1), number(1))))
        elif code == _PREAMBLE:
            skip(13)
            skip(number(1))
        elif code == 252:
            begin = content[place : place + _BEFORE_THE_NAME]
            if len(begin) < _BEFORE_THE_NAME:
                raise ValueError("it ends early")
            yield content[place + len(begin) : place + len(begin) + begin[-1]], True
            skip(_font(begin))
        elif code in {253, 254}:  # glyphs, the latter after their text
            if code == 254:
                skip(2 * number(2))
            skip(4)
            skip(10 * number(2))
        else:
            raise ValueError(f"byte {code} is no operation")


def _font(begin: bytes) -> int:
    """How long the definition of a native font is: number, size, flags, name, index, and what the flags add."""
    flags, name = int.from_bytes(begin[8:10], "big"), begin[-1]
    return _BEFORE_THE_NAME + name + 4 + sum(4 for flag in (0x0200, 0x1000, 0x2000, 0x4000) if flags & flag)


def refused(content: bytes) -> bytes | None:
    """The first special that may not be, if there is one."""
    return next((special for special in specials(content) if not _HARMLESS.match(special)), None)


def private(content: bytes, folders: Sequence[Path]) -> bytes | None:
    """The first typeface that is in none of the folders, if there is one."""
    places = [place for place, is_font in asked_for(content) if is_font]
    real = [folder.resolve() for folder in folders]
    for place in dict.fromkeys(places):
        path = Path(os.fsdecode(place)).absolute()
        plain = ".." not in path.parts and any(map(path.is_relative_to, folders))
        if not plain and not any(map(path.resolve().is_relative_to, real)):
            return place
    return None


def folders_of_typefaces() -> list[Path]:
    """Where the typefaces of TeX, of the system and of this package are."""
    command = ["kpsewhich", "-expand-var", os.pathsep.join(f"${{{name}}}" for name in _TREES)]
    said = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False).stdout  # noqa: S603 -- no input in it
    known = [
        name for name in os.fsdecode(said).strip().split(os.pathsep) if name and "$" not in name and "{" not in name
    ]
    return [*map(Path, (*known, *_OF_THE_SYSTEM)), Path(__file__).with_name("fonts")]


def main(command: list[str]) -> int:
    """Look, complain in TeX's log, or run the command."""
    source = Path(command[-1])
    try:
        content = source.read_bytes()
        found = refused(content)
        complaint = b"" if found is None else _OTHER + found[:80]
        if not complaint and private(content, folders_of_typefaces()) is not None:
            complaint = _ELSEWHERE
    except (OSError, ValueError) as error:
        complaint = _OTHER + f"? ({error})".encode()
    if complaint:
        with source.with_suffix(".log").open("ab") as log:
            log.write(b"\n! " + complaint.replace(b"\n", b" ") + b"\n")
        return 1
    environment = os.environ | {"TEXMFDOTDIR": _NO_FOLDER}
    return subprocess.run(command, env=environment, check=False).returncode  # noqa: S603 -- as latexmk would run it


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
