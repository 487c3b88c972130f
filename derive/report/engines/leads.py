r"""Leads: where a PDF, or an SVG, leads whoever reads it; to web pages, letters and its own pages, and nowhere else.

A stranger's shell is source of TeX or Typst, and could make a link that runs a program, or a page that does when it is opened.
So what came of it is looked through, at its end, whichever way it came about. Actions are named in ISO 32000-1, 12.6.
"""

from __future__ import annotations

import re
from typing import Final

from derive.report.engines.whole_pdf import objects

_ADDRESS: Final = rb"(?i:https?:|mailto:)"
_NAME: Final = re.compile(rb"#([0-9A-Fa-f]{2})")
_TEXT: Final = re.compile(rb"\((?:\\.|[^\\()])*\)|<[0-9A-Fa-f\s]*>", re.DOTALL)
_STREAM: Final = re.compile(rb"\bstream\r?\n.*?\bendstream\b", re.DOTALL)
_PAGE: Final = re.compile(
    rb"/URI\s*\(" + _ADDRESS + rb"(?:\\.|[^\\()]|\((?:\\.|[^\\()])*\))*\)", re.DOTALL
)  # and no other text
_ELSEWHERE: Final = re.compile(rb"/URI\s*\((?!" + _ADDRESS + rb")[^\r\n)]{0,40}")
_ACTION: Final = re.compile(
    rb"/(?:JavaScript|JS|Launch|GoToR|GoToE|SubmitForm|ImportData|ResetForm|RichMedia|Rendition|Movie|Sound|Thread|Hide|XFA|AcroForm"
    rb"|EmbeddedFiles?|FileAttachment|AA)(?![\w.-])|/OpenAction(?!\s*\[)(?![\w.-])|/URI(?!\s*[/>])(?![\w.-])"
)
_SVG: Final = re.compile(
    rb"<(?:script|foreignObject|iframe)\b|\son\w+\s*=|\bhref\s*=\s*[\"'](?!#|data:image/|"
    + _ADDRESS
    + rb")[^\"']{0,40}",
    re.IGNORECASE,
)


def leads_of_pdf(content: bytes) -> str | None:
    """Return what a PDF would do, or where it would lead, that it may not; None if there is nothing.

    >>> leads_of_pdf(b"<</S/URI/URI(https://example.org)>>"), leads_of_pdf(b"<</S/URI/URI(run:x)>>")
    (None, '/URI(run:x')
    >>> leads_of_pdf(b"<</S/J#61vaScript/JS(x)>>"), leads_of_pdf(b"<</Title(of /Launch (and /URI))>>")
    ('/JavaScript', None)
    """
    for part in (_STREAM.sub(b"stream", content), *objects(content)):
        spelled = _NAME.sub(lambda found: bytes([int(found[1], 16)]), part)
        found = _ACTION.search(_without_texts(_PAGE.sub(b" ", spelled)))
        if found is not None:
            elsewhere = _ELSEWHERE.search(spelled) if found[0] == b"/URI" else None
            return (elsewhere or found)[0].decode("latin-1")
    return None


def leads_of_svg(content: bytes) -> str | None:
    """Return what an SVG would run, or where it would lead, that it may not; None if there is nothing.

    >>> leads_of_svg(b'<a xlink:href="javascript:1">'), leads_of_svg(b'<a xlink:href="https://example.org">')
    ('href="javascript:1', None)
    """
    found = _SVG.search(content)
    return None if found is None else found[0].strip().decode("latin-1")


def _without_texts(part: bytes) -> bytes:
    """What is left without texts, those within others first."""
    while (shorter := _TEXT.sub(b"~", part)) != part:
        part = shorter
    return part
