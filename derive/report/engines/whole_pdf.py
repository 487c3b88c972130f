"""Whether bytes are a whole PDF, as far as can be told without reading it: its two ends, and its pages.

Of a PDF 1.5 most objects, those that say what is a page among them, stand compressed in object streams (ISO 32000-1, 7.5.7).
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from typing import Final

_STREAM: Final = re.compile(rb"/Type\s*/ObjStm\b.*?\bstream\r?\n(.*?)endstream", re.DOTALL)
_PAGE: Final = re.compile(rb"/Type\s*/Page\b")
_TAIL = 1024


def pages(content: bytes) -> int:
    """Return how many pages a PDF has; 0 if it is none, or not whole.

    >>> pages(b"%PDF-1.5 1 0 obj<</Type/Page>>endobj ... %%EOF"), pages(b"%PDF-1.5 1 0 obj<</Type/Page"), pages(b"")
    (1, 0, 0)
    """
    if not content.startswith(b"%PDF-") or b"%%EOF" not in content[-_TAIL:]:
        return 0
    return len(_PAGE.findall(content)) + sum(len(_PAGE.findall(part)) for part in objects(content))


def objects(content: bytes) -> Iterator[bytes]:
    """Yield the objects of a PDF that stand in object streams."""
    yield from (_unpacked(stream[1]) for stream in _STREAM.finditer(content))


def _unpacked(stream: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(stream)
    except zlib.error:
        return b""
