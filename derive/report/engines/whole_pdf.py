"""Whether bytes are a whole PDF, as far as can be told without drawing it: its two ends, and its pages."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from derive.report.engines.pdf_tokens import tokens

_TAIL: Final = 1024


def pages(content: bytes) -> int:
    r"""Return how many pages a PDF has; 0 if it is none, or not whole.

    >>> pages(b"%PDF-1.5\n1 0 obj<</Type/Page>>endobj\n%%EOF"), pages(b"%PDF-1.5\n1 0 obj<</Type/Page"), pages(b"")
    (1, 0, 0)
    """
    if not content.startswith(b"%PDF-") or b"%%EOF" not in content[-_TAIL:]:
        return 0
    try:
        return sum(pair == (b"/Type", b"/Page") for pair in pairwise(tokens(content)))
    except ValueError:
        return 0
