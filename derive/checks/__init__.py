"""Checks: a worked example is computed again by other routes, and compared."""

from derive.checks.check import Check, Checks, Outcome, Reason, Route
from derive.checks.verify import General, Verification

__all__ = ["Check", "Checks", "General", "Outcome", "Reason", "Route", "Verification"]
