"""Codes: what a command ends with. 0: done; for a signal 128 and its number."""

from __future__ import annotations

CHECK_FAILED, BAD_INPUT, FAULT, NO_READER = 1, 2, 3, 128 + 13
"""A check disagreed, or a gradient differs; the input is wrong, or nothing can be written; a fault of derive; nobody reads."""
