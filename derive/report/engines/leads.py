r"""Leads: where a PDF, or an SVG, leads whoever reads it; to web pages, letters and its own pages, and nowhere else.

A stranger's shell is source of TeX or Typst, and could make a link that runs a program, or a page that does when it is opened.
So what came of it is read, as its readers do, at its end, whichever way it came about. Actions are named in ISO 32000-2, 12.6;
what else a PDF may fetch from a file or run, in 7.3.8.2, 7.11, 8.10.4, 12.5.6 and 13.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import chain, islice, tee
from typing import Final
from xml.parsers.expat import ExpatError, ParserCreate

from derive.report.engines.pdf_tokens import tokens

_SHOWN: Final = 40
_ADDRESS: Final = re.compile(r"(?:https?://|mailto:)", re.IGNORECASE)
_FORBIDDEN: Final = frozenset(
    b"/" + name
    for name in (
        # actions, but for those that lead to a page
        *(b"GoToR", b"GoToE", b"GoToDp", b"Launch", b"Thread", b"Sound", b"Movie", b"Hide", b"Named", b"SubmitForm"),
        *(b"ResetForm", b"ImportData", b"JavaScript", b"JS", b"SetOCGState", b"SetState", b"Rendition", b"Trans"),
        *(b"GoTo3DView", b"RichMediaExecute", b"AA"),
        # what is filled in or played
        *(b"AcroForm", b"XFA", b"Widget", b"Screen", b"3D", b"U3D", b"PRC", b"RichMedia", b"FileAttachment"),
        # other files, and programs
        *(b"EmbeddedFile", b"EmbeddedFiles", b"EF", b"RF", b"UF", b"FS", b"Filespec", b"FileSpec", b"AF", b"FFilter"),
        *(b"Ref", b"OPI", b"PS", b"Collection", b"Encrypt"),
    )
)
_DRAWN: Final = frozenset(
    (
        *("svg", "g", "defs", "symbol", "use", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon"),
        *("image", "a", "clipPath", "mask", "pattern", "linearGradient", "radialGradient", "stop", "style", "title"),
        *("desc", "text", "tspan"),
    )
)
"""Elements of an SVG that are drawn, and no more."""
_SPACE: Final = "}"
_FETCHES: Final = re.compile(r"@import|javascript:|url\(\s*+[\"']?+\s*+(?![#\"'])", re.IGNORECASE)


def leads_of_pdf(content: bytes) -> str | None:
    """Return what a PDF would do, or where it would lead, that it may not; None if there is nothing.

    >>> leads_of_pdf(b"<</S/URI/URI(https://example.org)>>"), leads_of_pdf(b"<</S/URI/URI(run:x)>>")
    (None, '/URI (run:x')
    >>> leads_of_pdf(b"<</S/J#61vaScript/JS(x)>>"), leads_of_pdf(b"<</Title(of /Launch (and /URI))>>")
    ('/JavaScript', None)
    """
    try:
        ahead = [islice(pieces, begin, None) for begin, pieces in enumerate(tee(chain(tokens(content), [b""] * 3), 4))]
        return next((said for pieces in zip(*ahead, strict=False) if (said := _elsewhere(*pieces))), None)
    except ValueError as error:
        return f"what nobody can look at, as {error}"


def leads_of_svg(content: bytes) -> str | None:
    """Return what an SVG would run, or where it would lead, that it may not; None if there is nothing.

    >>> leads_of_svg(b'<svg><a href="javascript:1"/></svg>'), leads_of_svg(b'<svg><a href="https://example.org"/></svg>')
    ('href="javascript:1', None)
    """
    found: list[str] = []

    def begin(name: str, attributes: Mapping[str, str]) -> None:
        if found:  # of which the first is told
            return
        element = name.rpartition(_SPACE)[2]
        if element not in _DRAWN:
            found.append(f"<{element}")
        for key, value in attributes.items():
            attribute = key.rpartition(_SPACE)[2].lower()
            if attribute.startswith("on") or _FETCHES.search(value) or not _stays(element, attribute, value):
                found.append(f'{attribute}="{value[:_SHOWN]}')

    def text(said: str) -> None:
        if not found and _FETCHES.search(said):
            found.append(said[:_SHOWN])

    parser = ParserCreate("utf-8", _SPACE)
    parser.buffer_text = True
    parser.StartElementHandler, parser.CharacterDataHandler = begin, text
    parser.ProcessingInstructionHandler = lambda target, _: found.append(f"<?{target}")
    parser.EntityDeclHandler = lambda name, *_: found.append(f"<!ENTITY {name}")
    try:
        parser.Parse(content, True)  # noqa: FBT003 -- its way of saying that this is all
    except ExpatError as error:
        found.append(f"what nobody can look at, as it is no SVG ({error})")
    return found[0] if found else None


def _elsewhere(piece: bytes, following: bytes, _number: bytes, sign: bytes) -> str | None:
    """What a piece of a PDF asks for that it may not, with those that follow it."""
    match piece:
        case b"/URI" if following[:1] not in (b"/", b">"):
            address = following[1:].decode("latin-1") if following[:1] == b"(" else ""
            return None if _ADDRESS.match(address) else f"/URI ({address[:_SHOWN]}"
        case b"/OpenAction" if following == b"[":  # which leads to a page
            return None
        case b"/F" if following.lstrip(b"-").isdigit() and sign != b"R":  # of which an annotation has some signs
            return None
        case b"/OpenAction" | b"/F":
            return piece.decode()
        case _:
            return piece.decode("latin-1") if piece in _FORBIDDEN else None


def _stays(element: str, attribute: str, value: str) -> bool:
    """Whether what an attribute of an SVG leads to is in it, or a page, or a letter."""
    if attribute not in ("href", "src") or value.startswith("#"):
        return True
    return bool(_ADDRESS.match(value)) if element == "a" else element == "image" and value.startswith("data:image/")
