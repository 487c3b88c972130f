"""Checks: a worked example is computed again by independent routes, and compared."""

from derive.checks.verify import Check, Verification

__all__ = ["Check", "Verification"]
