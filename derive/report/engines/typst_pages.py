"""Make pages of Typst source, in this process, or as one of its own: ``python typst_pages.py PLACE_OF_TYPST FORM [STANDARD]``.

Typst compiles in an empty folder, without packages and network, with the typefaces of this package and its own: so every
machine gives the same pages. A warning, as of a typeface that is missing, is an error too.

As a program it reads ``handout.typ`` in its folder, and leaves there a file for each page, or ``refused.json`` with what is
wrong. A stranger's source could ask for more memory than there is, at which the process ends, so it is better not ours. The
program is run with nothing on its path, so that it finds nothing of derive, and needs nothing.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, Final, cast

if TYPE_CHECKING:
    import typst

FONTS: Final = Path(__file__).with_name("fonts")
EMPTY: Final = Path(__file__).with_name("empty")
"""All that Typst source can read: a folder with an empty file in it."""
SOURCE: Final = "handout.typ"
REFUSED: Final = "refused.json"
PAGE: Final = "page"
_SAID: Final = 2_000
"""So many characters of what Typst has against a source are handed on; a source can have it say as much as it likes."""
_NO_GLYPH: Final = re.compile(r'the text `"(.+)"` could not be displayed')
_EXPECTED: Final = re.compile("html export is under active development")
"""A warning that says nothing of the source."""
_HERE: Final = re.compile(rf"{re.escape(str(Path(__file__).parent))}[^\s)]*")
_SEARCHED: Final = re.compile(r" \(searched at [^)]*\)|, searched at [^)]*")
"""What Typst says of this machine."""
_ASKS: Final = re.compile(r"\b(?:import|include|eval)\b(?!\(text, mode)")
"""What may ask for a package; what reads the text of a block does not, unless the text does."""
_NOWHERE: Final = "http://127.0.0.1:9"
_FREE: Final[defaultdict[str, list[typst.Compiler]]] = defaultdict(list)
"""Compilers that have done what they were asked for, by the kind of it."""
_PROXIES: Final = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy")


class RefusedError(Exception):
    """What Typst has against a source; ``lacking``, if that is a character that no typeface has."""

    def __init__(self, message: str, lacking: str = "") -> None:
        """Keep the message, and the character."""
        super().__init__(message)
        self.lacking = lacking


def typst_pages(source: str, form: str, standard: str | None = None, kind: str = "") -> list[bytes]:
    """Return what source makes: a PDF is one piece, and SVG one for each page; raise `RefusedError` if it is wrong.

    A source that `asks` for something is for the program. What is of a ``kind`` with what came before, much the same source, is
    made faster: Typst knows what it has set already.
    """
    import typst  # noqa: PLC0415 -- as a program, this module is told where it is

    compiled: Any
    try:
        with _compiler(kind) as compiler:
            compiled, warnings = compiler.compile_with_warnings(
                source.encode(),
                format=cast("typst.OutputFormat", form),
                timestamp=0,
                pdf_standards=cast("typst.PDFStandards", standard),
            )
    except typst.TypstError as error:
        if lacking := _NO_GLYPH.search(error.message):
            raise RefusedError(f"no typeface has the character {lacking[1]}", lacking[1]) from None
        hints = "".join(f" ({hint})" for hint in error.hints)
        raise RefusedError(_placeless(f"{error.message}{hints}")) from None
    except (OSError, RuntimeError) as error:  # what the system says
        raise RefusedError(_placeless(str(error))) from None
    if heard := [warning.message for warning in warnings if not _EXPECTED.match(warning.message)]:
        raise RefusedError(_placeless(heard[0]))
    return [compiled] if isinstance(compiled, bytes) else compiled


def _placeless(message: str) -> str:
    """A message without where on this machine a file was looked for."""
    return _SEARCHED.sub("", _HERE.sub("", message))


def warm_up() -> None:
    """Let Typst find its typefaces on a thread of its own, if it has not yet: its first page takes longer than others."""
    if not _fonts.cache_info().currsize:
        Thread(target=_first_page, name="first page").start()


def _first_page() -> None:
    """Make a page with text and a formula, as every handout has; what is wrong is said where pages are wanted."""
    with suppress(RefusedError):
        typst_pages('#set text(font: "New Computer Modern")\nA formula: $x_t^2$', "pdf")


@contextmanager
def _compiler(kind: str) -> Iterator[typst.Compiler]:
    """A compiler that nobody else uses meanwhile: one that is free and has made something of the kind, or a new one."""
    import typst  # noqa: PLC0415 -- as above

    free = _FREE[kind]
    try:
        compiler = free.pop()
    except IndexError:
        compiler = typst.Compiler(root=EMPTY, font_paths=_fonts(), package_path=EMPTY, package_cache_path=EMPTY)
    yield compiler
    free.append(compiler)


@cache
def _fonts() -> typst.Fonts:
    """The typefaces of this package and of Typst, no others."""
    import typst  # noqa: PLC0415 -- as above

    return typst.Fonts(include_system_fonts=False, font_paths=[FONTS])


def asks(source: str) -> bool:
    """Whether a source might ask for a package, which Typst would fetch: the program reaches none."""
    return _ASKS.search(source) is not None


def main(place: str, form: str, *standard: str) -> None:
    """Read the source in this folder, and leave the pages there, or what is wrong."""
    sys.path.append(place)
    os.environ.update(dict.fromkeys(_PROXIES, _NOWHERE))  # the network is a port at which nobody answers
    try:
        pages = typst_pages(Path(SOURCE).read_text(encoding="utf-8"), form, *standard)
    except RefusedError as error:
        Path(REFUSED).write_text(json.dumps((str(error)[:_SAID], error.lacking[:_SAID])), encoding="utf-8")
        return
    for number, page in enumerate(pages):
        Path(f"{PAGE}{number:05}").write_bytes(page)


if __name__ == "__main__":
    main(*sys.argv[1:])
