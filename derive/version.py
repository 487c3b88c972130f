"""The version of this package; files that are written say it."""

from __future__ import annotations

from typing import Final

VERSION: Final = "0.1.0"
