"""Session: the Python by which a notebook makes the tables and numbers of a handout again.

Only a format with cells shows it.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Session:
    """``about`` says what it needs, and ``setup`` makes what the rest uses; then each table has its code, by its label.

    What has no label, as numbers that fill no table, is known by what it is. Where a handout says more in a table than its code
    makes, ``bare`` is what that makes.
    """

    about: str
    setup: str
    code: Mapping[Hashable, str]
    bare: Mapping[str, Any]

    def made_by(self, block: Any) -> str | None:
        """Return the code that makes a block, if there is any."""
        return self.code.get(getattr(block, "label", None) or block)

    def made(self, block: Any) -> Any:
        """Return what the code of a block makes."""
        return self.bare.get(getattr(block, "label", None) or "", block)
